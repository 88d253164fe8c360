//! What the gate is told: what is wrong with it, what wins, what it writes where.

use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::pipeline;
use crate::support::gate::{Answered, Gate, Own, sample, source_folder};
use crate::support::plimsoll::{run, write};
use crate::support::spinnaker::Standin;

/// A folder in place of Spinnaker with the sample release, and a gate on it.
fn on_folder(name: &str) -> (TempDir, impl Fn() -> Gate) {
    let execution = sample(name);
    let own = Own::of(&execution);
    let folder = source_folder(&own.execution, &execution.to_string());
    let path = folder.path().to_owned();
    (folder, move || Gate::new().own(&own).env("PLIMSOLL_SOURCE_DIR", &path))
}

#[test]
fn wrong_configuration_is_told_to_people_and_to_orca() {
    let (folder, gate) = on_folder("red");
    let strange = "schema: plimsoll.dev/policy/v1\nchecks: {no-such-check: {mode: off}}\n";
    let policy = write(folder.path(), "policy.yaml", strange);
    let config = write(folder.path(), "config.yaml", "no-such-option: 1\n");
    let set = |name: &str, value: &str| gate().env(name, value);
    let cases: Vec<(Gate, &str)> = vec![
        (gate().unset("PLIMSOLL_JOB_NAME"), "PLIMSOLL_JOB_NAME"),
        (set("PLIMSOLL_JOB_NAME", " "), "PLIMSOLL_JOB_NAME"),
        (gate().unset("PLIMSOLL_EXECUTION_ID"), "PLIMSOLL_EXECUTION_ID"),
        (gate().unset("PLIMSOLL_STAGE_ID"), "PLIMSOLL_STAGE_ID"),
        (set("PLIMSOLL_EXECUTION_ID", "${execution.id}"), "did not evaluate"),
        (set("PLIMSOLL_STAGE_ID", "${#currentStage().id}"), "did not evaluate"),
        (set("PLIMSOLL_JOB_NAME", "plimsoll-${x}"), "did not evaluate"),
        (set("PLIMSOLL_APPLICATION", "${execution.application}"), "did not evaluate"),
        (set("PLIMSOLL_GATE_URL", "https://${gate}/"), "--gate-url"),
        (set("PLIMSOLL_GATE_URL", "gate:8084"), "--gate-url"),
        (gate().unset("PLIMSOLL_SOURCE_DIR"), "--gate-url"),
        (set("PLIMSOLL_SOURCE_DIR", "/nonexistent"), "--source-dir"),
        (set("PLIMSOLL_POLICY", "/nonexistent/policy.yaml"), "policy.yaml"),
        (set("PLIMSOLL_POLICY", &policy), "no-such-check"),
        (set("PLIMSOLL_CONFIG", &config), "no-such-option"),
        (set("PLIMSOLL_PROFILE", "lenient"), "lenient"),
        (set("PLIMSOLL_ONLY", "no-such-check"), "no-such-check"),
        (set("PLIMSOLL_DEADLINE", "soon"), "soon"),
        (set("PLIMSOLL_OUTPUT", "pdf=x"), "pdf"),
        (set("PLIMSOLL_GATE_TOKEN_FILE", "/nonexistent/token"), "PLIMSOLL_GATE_TOKEN_FILE"),
        (set("PLIMSOLL_GATE_TOKEN", "vault:secret/x"), "PLIMSOLL_GATE_TOKEN"),
        (set("PLIMSOLL_GATE_USER", "x"), "--gate-password-file"),
        (set("VAULT_ADDR", "https://v").env("VAULT_SKIP_VERIFY", "1"), "VAULT_SKIP_VERIFY"),
        (set("VAULT_ADDR", "https://v"), "VAULT_TOKEN"),
        (gate().args(["--no-such-flag"]), "--no-such-flag"),
        (gate().args(["surplus"]), "surplus"),
    ];
    for (gate, word) in cases {
        let answered = gate.run();
        answered.ended(2, "inconclusive");
        assert!(answered.stderr.contains(word), "{word}: {}", answered.stderr);
        assert!(answered.termination.contains(word), "{word}: {}", answered.termination);
        assert!(answered.termination.starts_with("Plimsoll: nothing was judged"), "{}", answered.termination);
    }
}

#[test]
fn the_summary_that_deck_shows_names_every_missing_setting() {
    let names = ["PLIMSOLL_EXECUTION_ID", "PLIMSOLL_STAGE_ID", "PLIMSOLL_JOB_NAME", "PLIMSOLL_GATE_URL"];
    let answered = Gate::new().run();
    let summary = answered.ended(2, "inconclusive");
    for name in names {
        assert!(summary.contains(name), "{name}: {summary}");
    }
}

#[test]
fn help_is_an_answer_and_no_verdict() {
    let ran = run(["gate", "--help"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.contains("--termination-log") && !ran.stdout.contains("SPINNAKER_CONFIG"), "{}", ran.stdout);
    // Another command's mistakes are nobody's verdict.
    let ran = run(["check", "gate", "--no-such-flag"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
}

/// The hash of the policy that the gate says it judged by.
fn policy_of(answered: &Answered) -> String {
    answered.ended(1, "failed");
    let policy = answered.properties()["plimsollPolicy"].as_str().expect("a text").to_owned();
    policy.rsplit(' ').next().expect("a hash").to_owned()
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let hash = |profile: &str| {
        let ran = run(["policy", "print", "--profile", profile, "--format", "json"]);
        Sha256::digest(ran.stdout.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let (folder, gate) = on_folder("red");
    let config = write(folder.path(), "config.yaml", "profile: strict\nsettle: 1s\n");
    let by_file = || gate().env("PLIMSOLL_CONFIG", &config);
    let by_environment = || by_file().env("PLIMSOLL_PROFILE", "production");
    assert_eq!(policy_of(&gate().run()), hash("production"));
    assert_eq!(policy_of(&by_file().run()), hash("strict"));
    assert_eq!(policy_of(&by_environment().run()), hash("production"));
    assert_eq!(policy_of(&by_environment().args(["--profile", "strict"]).run()), hash("strict"));
}

#[test]
fn a_gate_asks_for_no_less_than_its_policy() {
    let (_folder, gate) = on_folder("red");
    let loose = gate().args(["--profile", "starter"]).run();
    assert_eq!(policy_of(&loose), policy_of(&gate().run()));
    assert!(loose.stderr.contains("looser than the policy's"), "{}", loose.stderr);
}

#[test]
fn ids_and_addresses_may_come_by_flag_too() {
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "red");
    let url = spinnaker.gate_url();
    let flags = ["--execution", &own.execution, "--stage", &own.stage, "--job-name", &own.job, "--gate-url", &url];
    let answered = Gate::new().env("PLIMSOLL_EXECUTION_ID", "another").args(flags).run();
    answered.ended(1, "failed");
    assert_eq!(answered.properties()["plimsollExecution"], own.execution.as_str());
}

#[test]
fn several_outputs_are_written_and_standard_output_stays_orcas() {
    let (folder, gate) = on_folder("red");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let outputs = format!("verdict={},text={}", at("a.json"), at("a.txt"));
    let answered = gate().env("PLIMSOLL_OUTPUT", &outputs).env("PLIMSOLL_FORMAT", "json").run();
    answered.ended(1, "failed");
    let json: Value = serde_json::from_slice(&std::fs::read(at("a.json")).expect("it was written")).expect("JSON");
    assert_eq!((&json["schema"], &json["outcome"]), (&json!("plimsoll.dev/verdict/v1"), &json!("failed")));
    let text = std::fs::read_to_string(at("a.txt")).expect("it was written");
    assert!(text.lines().count() > 10 && answered.stderr.contains(&text), "{text}");

    let flags = ["--output", &format!("verdict={}", at("b.json")), "--output", &format!("text={}", at("b.txt"))];
    gate().args(flags).run().ended(1, "failed");
    assert!(folder.path().join("b.json").exists() && folder.path().join("b.txt").exists());
}

#[test]
fn every_end_leaves_the_verdict_that_was_asked_for() {
    let (_folder, gate) = on_folder("red");
    let gate = gate().env("PLIMSOLL_EXECUTION_ID", "01JNOTHERE").env("PLIMSOLL_SETTLE", "100ms");
    let output = format!("verdict={}", gate.file("verdict.json").display());
    let answered = gate.env("PLIMSOLL_OUTPUT", output).run();
    answered.ended(3, "inconclusive");
    let document = std::fs::read(answered.path("verdict.json")).expect("it was written");
    let verdict: Value = serde_json::from_slice(&document).expect("JSON");
    assert_eq!(verdict["outcome"], "inconclusive");
    assert_eq!(verdict["subject"]["executionId"], "01JNOTHERE");
}

#[test]
fn an_output_that_cannot_be_written_is_no_pass() {
    let (_folder, gate) = on_folder("green");
    let only = || gate().env("PLIMSOLL_ONLY", "root-container");
    only().run().ended(0, "passed");
    let answered = only().env("PLIMSOLL_OUTPUT", "json=/nonexistent/verdict.json").run();
    let summary = answered.ended(3, "inconclusive");
    assert!(summary.contains("output") && answered.termination.contains("verdict.json"), "{summary}");
    // A failure stays one.
    let (_folder, gate) = on_folder("red");
    gate().env("PLIMSOLL_OUTPUT", "json=/nonexistent/verdict.json").run().ended(1, "failed");
}

#[test]
fn a_termination_log_that_cannot_be_written_changes_no_verdict() {
    let (folder, gate) = on_folder("red");
    let fifo = folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    let places: [PathBuf; 4] = ["/nonexistent/log".into(), folder.path().to_owned(), fifo, "/dev/full".into()];
    for place in places {
        let answered = gate().env("PLIMSOLL_TERMINATION_LOG", &place).run();
        answered.ended(1, "failed");
        assert!(answered.stderr.contains("termination log cannot be written"), "{place:?}: {}", answered.stderr);
        gate().env("PLIMSOLL_TERMINATION_LOG", &place).args(["--bad"]).run().ended(2, "inconclusive");
    }
}
