//! `secrets.paths`: the gate answers no guess about a path that the policy does not list. Whatever Vault holds there, the output is the
//! same, and Vault is not asked.

use super::audit::{asked, variables};
use super::*;
use crate::support::gate::{Gate, Own, sample, source_folder};
use crate::support::plimsoll::finish;

/// Paths that the gate's role could tell apart, by what would be said of them.
const GUESSES: [&str; 9] = [
    "vault:kv2/guess/there#a",
    "vault:kv2/guess/there#no-such-field",
    "vault:kv2/guess/missing#a",
    "vault:kv2/data/guess/there#a#9",
    "vault:kv2/secret-of-others#k",
    "vault:no-such-mount/guess/x#a",
    "vault:kv2/shop-internal/there#a",
    "ref+vault://kv2/shop/there?namespace=nowhere#/a",
    "encrypted:vault!e:kv2!p:guess/there!k:a",
];

/// A policy that lists the paths of each application.
fn policy(folder: &tempfile::TempDir) -> String {
    let text = json!({"schema": "plimsoll.dev/policy/v1", "name": "t", "version": "1", "profile": "production",
        "secrets": {"paths": ["kv2/{application}/*"]}});
    write(folder.path(), "policy.json", text.to_string())
}

fn secrets() {
    for path in ["guess/there", "shop-internal/there", "shop/own"] {
        SERVER.call("POST", &format!("kv2/data/{path}"), &json!({"data": {"a": PLANTED}}));
    }
}

/// What a verdict says, without what differs between any two runs; `reference` by a name.
fn told(verdict: &Value, reference: &VaultReference) -> String {
    let finding = |finding: &Value| {
        json!([finding["check"], finding["detector"], finding["mode"], finding["message"], finding["remedy"]])
    };
    let findings: Vec<Value> = verdict["findings"].as_array().expect("findings").iter().map(finding).collect();
    let parts = json!([verdict["outcome"], findings, verdict["checks"], verdict["secrets"]]);
    parts.to_string().replace(&reference.shown(), "REFERENCE")
}

#[test]
fn check_answers_no_guess_about_a_path_of_another_application() {
    secrets();
    let folder = tempfile::tempdir().expect("a folder");
    let policy = policy(&folder);
    let environment = variables("paths-check");
    let judge = |text: &str| {
        let stages = json!([{"type": "wait", "refId": "1", "a": text}]);
        let document = json!({"application": "shop", "name": "x", "stages": stages});
        let file = write(folder.path(), "p.json", document.to_string());
        let only =
            ["check", &file, "--only", "unresolvable-secret-reference", "--policy", &policy, "--format", "verdict"];
        let child = plimsoll().args(only).envs(environment.iter().cloned()).spawn().expect("it starts");
        let ran = finish(child, Duration::from_mins(1));
        assert!(ran.stderr.is_empty(), "{}", ran.stderr);
        (ran.code, told(&ran.json(), &reference(text)))
    };
    let all = GUESSES.map(judge);
    assert_eq!(all[0].0, 1, "{}", all[0].1);
    assert!(all[0].1.contains("the policy does not let this application refer to REFERENCE"), "{}", all[0].1);
    assert!(all.iter().all(|one| *one == all[0]), "{all:#?}");
    assert!(asked("paths-check").is_empty(), "{:?}", asked("paths-check"));
    // Its own path is asked for.
    assert_eq!(judge("vault:kv2/data/shop/own#a").0, 0);
    assert!(asked("paths-check").contains(&"read kv2/data/shop/own".to_owned()));
}

#[test]
fn the_gate_answers_no_guess_about_a_path_of_another_application() {
    secrets();
    let folder = tempfile::tempdir().expect("a folder");
    let policy = policy(&folder);
    let environment = variables("paths-gate");
    let judge = |text: &str| {
        let execution = sample("green").to_string();
        let execution = execution.replace("vault:secret/data/shop/checkout#database_url", text);
        let execution =
            execution.replace("vault:secret/data/shop/checkout#payment_api_password", "vault:kv2/shop/own#a");
        let own = Own::of(&sample("green"));
        let sources = source_folder(&own.execution, &execution);
        let report = sources.path().join("v.json");
        let gate = Gate::new().own(&own).env("PLIMSOLL_SOURCE_DIR", sources.path());
        let gate = gate.args(["--policy", &policy, "--output", &format!("verdict={}", report.display())]);
        let answered = environment.iter().cloned().fold(gate, |gate, (name, value)| gate.env(name, value)).run();
        let shown = reference(text).shown();
        let written: Value = serde_json::from_str(&std::fs::read_to_string(report).expect("a report")).expect("JSON");
        (answered.code, told(&written, &reference(text)), answered.termination.replace(&shown, "REFERENCE").len())
    };
    let all = GUESSES.map(judge);
    assert!(all[0].0 == 1 && all[0].1.contains("does not let this application refer to REFERENCE"), "{}", all[0].1);
    assert!(all.iter().all(|one| *one == all[0]), "{all:#?}");
    let of_guesses: Vec<String> = asked("paths-gate")
        .into_iter()
        .filter(|line| {
            !line.contains("kv2/data/shop/own") && !line.contains("auth/") && !line.ends_with("mounts/kv2/shop/own")
        })
        .collect();
    assert!(of_guesses.is_empty(), "{of_guesses:?}");
}
