//! Passed, failed, and everything that keeps the gate from knowing.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{GATE, GATE_TOKEN, PLANTED, has_logged_in, pipeline, reads, until, was_revoked, with_vault};
use crate::support::gate::{Gate, Own};
use crate::support::scripted::{Reply, Scripted};
use crate::support::spinnaker::{Act, Auth, Face, Script, Standin, fixture};

#[test]
fn a_good_release_passes_with_the_gates_own_token_from_vault() {
    let auth = Auth::Bearer { token: GATE_TOKEN, user: "plimsoll" };
    let spinnaker = Standin::options().auth(auth).prefix("/gate").start();
    let own = pipeline(&spinnaker, "green");
    let gate = Gate::of(&own, &spinnaker.gate_url()).env("PLIMSOLL_GATE_TOKEN", "vault:secret/gate#token");
    let output = format!("verdict={}", gate.file("verdict.json").display());
    let answered = with_vault(gate, "green")
        .env("PLIMSOLL_APPLICATION", "shop")
        .env("PLIMSOLL_LOG", "trace")
        .args(["--output", &output])
        .run();

    assert_eq!(answered.ended(0, "passed"), "passed");
    let properties = answered.properties();
    assert_eq!(properties["plimsollExecution"], own.execution.as_str());
    assert_eq!(properties["plimsollStage"], own.stage.as_str());
    assert_eq!(properties["plimsollAttempt"], own.job.as_str());
    assert_eq!(properties["plimsollFailed"], json!([]));
    assert_eq!(answered.termination, "Plimsoll: passed.");
    assert!(answered.stderr.contains("passed: execution shop"), "{}", answered.stderr);

    // What Orca is told covers the document that others read.
    let document = std::fs::read(answered.path("verdict.json")).expect("the verdict was written");
    let hash: String = Sha256::digest(&document).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(properties["plimsollVerdictSha256"], hash);
    let verdict: Value = serde_json::from_slice(&document).expect("it is JSON");
    assert_eq!(verdict["outcome"], "passed");
    assert_eq!(verdict["subject"]["stageId"], own.stage.as_str());
    assert_eq!(verdict["secrets"]["resolved"], 2, "{verdict}");
    let policy = verdict["policy"]["sha256"].as_str().expect("a hash");
    assert!(properties["plimsollPolicy"].as_str().expect("a text").ends_with(policy));

    assert!(has_logged_in("green") && was_revoked("green"), "the token was not given back");
    let document = String::from_utf8_lossy(&document);
    let said = [&answered.stdout, &answered.stderr, &answered.termination, &*document].concat();
    for secret in PLANTED {
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn a_bad_release_fails_and_deck_shows_why() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "red");
    let answered = with_vault(Gate::of(&own, &spinnaker.gate_url()), "red").run();
    let summary = answered.ended(1, "failed");
    let failed = answered.properties()["plimsollFailed"].clone();
    for check in ["manual-trigger", "plaintext-secret", "root-container", "canary-not-gating"] {
        assert!(failed.as_array().expect("a list").contains(&json!(check)), "{failed}");
        assert!(summary.contains(check), "{summary}");
        assert!(answered.termination.contains(&format!("\n- {check}: ")), "{}", answered.termination);
    }
    assert!(answered.termination.starts_with("Plimsoll: failed: 4 findings"), "{}", answered.termination);
    assert!(was_revoked("red"), "the token was not given back");
}

#[test]
fn what_a_running_orca_wrote_is_judged_as_its_own() {
    for name in ["cron-gate-running", "git-gate-running", "redis/git-gate-running"] {
        let spinnaker = Standin::start();
        let execution = fixture(name);
        let own = Own::of(&execution);
        spinnaker.execution(&own.execution, execution);
        spinnaker.accounts(json!([{"name": "gates", "type": "kubernetes", "environment": "management"}]));
        Gate::of(&own, &spinnaker.gate_url()).run().ended(0, "passed");
        // Orca's own port has no accounts, which leaves open what they decide, and nothing else.
        let answered = Gate::new().own(&own).env("PLIMSOLL_ORCA_URL", spinnaker.orca_url()).run();
        let properties = answered.properties();
        assert_eq!(properties["plimsollFailed"], json!([]), "{}", answered.stderr);
        assert_eq!(properties["plimsollExecution"], own.execution.as_str());
    }
}

#[test]
fn a_vault_that_is_down_leaves_it_open_and_says_so() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    let gate = || {
        // What the deadline does to it is the fault matrix' to try: here it is asked but once.
        let gate = Gate::of(&own, &spinnaker.gate_url()).env("VAULT_MAX_RETRIES", "0");
        gate.env("VAULT_ADDR", "http://127.0.0.1:9").env("VAULT_TOKEN", "x")
    };
    let answered = gate().run();
    let summary = answered.ended(3, "inconclusive");
    assert!(summary.contains("unresolvable-secret-reference"), "{summary}");
    assert!(answered.termination.contains("Vault: the connection was refused"), "{}", answered.termination);

    // The same when the gate's own credentials lie there.
    let answered = gate().env("PLIMSOLL_GATE_TOKEN", "vault:secret/gate#token").run();
    answered.ended(3, "inconclusive");
    assert!(answered.termination.contains("PLIMSOLL_GATE_TOKEN could not be looked up"), "{}", answered.termination);

    // Without any Vault configured, what needs one is not passed either.
    let answered = Gate::of(&own, &spinnaker.gate_url()).run();
    answered.ended(3, "inconclusive");
    assert!(answered.termination.contains("VAULT_ADDR"), "{}", answered.termination);
}

#[test]
fn a_vault_that_answers_garbage_is_inconclusive() {
    let vault = Scripted::start(|_, _| Reply::Full(200, Vec::new(), "<html>a proxy's page</html>".into()));
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    let gate = Gate::of(&own, &spinnaker.gate_url()).env("VAULT_ADDR", &vault.address);
    gate.env("VAULT_TOKEN", "x").run().ended(3, "inconclusive");
    assert!(!vault.asked().is_empty());
}

#[test]
fn a_reference_that_does_not_resolve_fails() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    let text = spinnaker.stored(&own.execution).to_string().replace("#database_url", "#no_such_field");
    spinnaker.execution(&own.execution, serde_json::from_str(&text).expect("it is JSON still"));
    let answered = with_vault(Gate::of(&own, &spinnaker.gate_url()), "unresolvable").run();
    answered.ended(1, "failed");
    assert_eq!(answered.properties()["plimsollFailed"], json!(["unresolvable-secret-reference"]));
    assert!(answered.termination.contains("no_such_field"), "{}", answered.termination);
    assert!(was_revoked("unresolvable"));
}

#[test]
fn whatever_gate_says_in_place_of_the_execution_is_inconclusive() {
    const CREDENTIALS: &str = "--gate-token-file";
    let cases: Vec<(Act, &[&str])> = vec![
        (Act::Login, &["not logged in", CREDENTIALS]),
        (Act::RedirectTo("https://sso.example.com/start".into()), &["redirect", "sso.example.com"]),
        (Act::Unauthorized, &["401", CREDENTIALS]),
        (Act::Status(403), &["403"]),
        (Act::Html, &["web page"]),
        (Act::Empty, &["empty"]),
        (Act::Status(500), &["500"]),
        (Act::Status(503), &["503"]),
        (Act::TooManyRequests(None), &["429"]),
        (Act::NoRoute, &["404"]),
        (Act::Close, &["closed"]),
        (Act::Truncated, &["broke off"]),
        (Act::Never, &["deadline"]),
        (Act::Deep(100_000), &["did not answer with an execution", "nested"]),
        (Act::Body(b"{\"stages\":".to_vec()), &["did not answer with an execution"]),
        (Act::Filled { bytes: (64 << 20) + 1, announced: true }, &["larger"]),
    ];
    std::thread::scope(|scope| {
        for (act, words) in cases {
            scope.spawn(move || {
                let spinnaker = Standin::start();
                let own = pipeline(&spinnaker, "green");
                spinnaker.script(Script::on("^/pipelines/").act(act.clone()));
                let answered = Gate::of(&own, &spinnaker.gate_url()).env("PLIMSOLL_SETTLE", "4s").run();
                let summary = answered.ended(3, "inconclusive");
                for word in words {
                    assert!(answered.termination.contains(word), "{act:?} {word}: {}", answered.termination);
                }
                assert!(summary.starts_with("inconclusive, nothing was judged: "), "{act:?}: {summary}");
                assert_eq!(answered.properties()["plimsollFailed"], json!([]));
            });
        }
    });
}

#[test]
fn gate_hiding_orcas_refusal_is_told_as_what_it_is() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    spinnaker.script(Script::on("^/pipelines/").face(Face::Orca).act(Act::Status(403)));
    let answered = Gate::of(&own, &spinnaker.gate_url()).env("PLIMSOLL_SETTLE", "4s").run();
    answered.ended(3, "inconclusive");
    assert!(answered.termination.contains("empty"), "{}", answered.termination);
}

#[test]
fn an_execution_that_is_not_there_is_inconclusive_after_a_while() {
    let spinnaker = Standin::start();
    let own = Own { execution: "01JNOTHERE".into(), ..pipeline(&spinnaker, "green") };
    let answered = Gate::of(&own, &spinnaker.gate_url()).env("PLIMSOLL_SETTLE", "2s").run();
    let summary = answered.ended(3, "inconclusive");
    assert!(summary.contains("01JNOTHERE") && answered.termination.contains("PLIMSOLL_EXECUTION_ID"), "{summary}");
    assert!(answered.took >= Duration::from_secs(2), "{:?}", answered.took);
    assert!(reads(&spinnaker, &own) > 2, "it was hardly asked for again");
}

/// Lets the accounts trickle in, and changes the execution meanwhile.
fn changed_while_judged(role: &str, change: impl FnOnce(&mut Value)) -> crate::support::gate::Answered {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    spinnaker.script(Script::on("^/credentials").times(1).act(Act::Drip(Duration::from_millis(10))));
    let running = with_vault(Gate::of(&own, &spinnaker.gate_url()), role).start();
    until("the accounts are asked for", || spinnaker.requests().iter().any(|request| request.path == "/credentials"));
    spinnaker.update(&own.execution, change);
    running.finish()
}

#[test]
fn a_stage_that_is_patched_while_it_is_judged_is_judged_as_patched() {
    let answered = changed_while_judged("patched", |execution| {
        // Anybody who may run the pipeline may let it go on whatever the gate says (T12).
        execution["stages"][GATE]["context"]["continuePipeline"] = true.into();
        execution["stages"][GATE]["lastModified"] = json!({"user": "mallory", "lastModifiedTime": 1});
    });
    answered.ended(1, "failed");
    assert_eq!(
        answered.properties()["plimsollFailed"],
        json!(["gate-neutralised", "pipeline-drift", "stage-patched-at-run-time"])
    );
}

#[test]
fn a_reference_that_came_while_it_was_judged_is_looked_up_too() {
    let answered = changed_while_judged("late-reference", |execution| {
        execution["stages"][GATE]["context"]["comments"] = "vault:secret/shop/checkout#came_late".into();
    });
    answered.ended(1, "failed");
    assert!(answered.termination.contains("came_late"), "{}", answered.termination);
}
