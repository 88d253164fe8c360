//! Green, red, cancelled, restarted, and without Vault.

use serde_json::{Value, json};

use super::engine::{ENGINE, Ended, stage, text};
use super::releases::{PRECONFIGURED, RUN_JOB, example, git, release, with_variable};
use crate::support::openbao::OpenBao;
use crate::support::until::until_some;

/// A password that nobody has elsewhere.
const PLANTED: &str = "Kx7%tRw2!qLp9";

/// The stages of the example behind the gate.
const BEHIND: [&str; 6] = ["2", "3", "4", "5", "6", "7"];

#[track_caller]
fn nothing_behind_the_gate_started(ended: &Ended) {
    for reference in BEHIND {
        let status = &ended.stage(reference)["status"];
        assert!(status == "NOT_STARTED" || status == "CANCELED", "stage {reference} is {status}");
    }
}

#[track_caller]
fn passes(file: &str, id: &str) {
    let execution = ENGINE.release(&example(file, id), &git());
    let ended = execution.end();
    ended.expect("SUCCEEDED", "passed");
    let gate = ended.stage("1");
    let job = ENGINE.jobs_of(&execution).pop().expect("a Job");
    assert_eq!(*ended.reported("plimsollExecution"), execution.id.as_str());
    assert_eq!(*ended.reported("plimsollStage"), gate["id"]);
    assert_eq!(*ended.reported("plimsollAttempt"), job["name"]);
    // Later stages find it in the outputs.
    assert_eq!(gate["outputs"]["plimsollOutcome"], "passed");
    assert_eq!((&ended.stage("5")["status"], &ended.stage("6")["status"]), (&json!("SUCCEEDED"), &json!("SKIPPED")));
}

#[test]
fn a_good_release_passes_with_the_preconfigured_stage() {
    passes(PRECONFIGURED, "green");
}

#[test]
fn a_good_release_passes_with_a_plain_run_job_stage() {
    passes(RUN_JOB, "green-run-job");
}

#[test]
fn a_bad_release_ends_at_the_gate_and_deck_shows_why() {
    let ended = ENGINE.release(&with_variable(release("red"), "DB_PASSWORD", PLANTED), &git()).end();
    ended.expect("TERMINAL", "failed");
    assert_eq!(ended.failed(), ["plaintext-secret"]);
    nothing_behind_the_gate_started(&ended);
    let error = ended.error();
    assert!(error.contains("Plimsoll: failed") && !error.contains(PLANTED), "{error}");
}

#[test]
fn a_gate_whose_release_is_cancelled_ends_by_itself() {
    let held = ENGINE.hold("/gate/pipelineConfigs/cancelled/history");
    let execution = ENGINE.release(&release("cancelled"), &git());
    execution.until_judged_by_a_job();
    execution.cancel("carol");
    // Orca does not stop the Job.
    let job = until_some(|| {
        let job = ENGINE.jobs_of(&execution).pop().ok_or("there is no Job")?;
        if job["exit"].is_null() { Err("the Job runs".to_owned()) } else { Ok(job) }
    });
    drop(held);
    assert_eq!(job["exit"], 4, "{}", job["log"]);
    let log = text(&job["log"]);
    assert!(log.contains("\"plimsollOutcome\":\"canceled\"") && text(&job["termination"]).contains("carol"), "{job}");
    let ended = execution.end();
    assert_eq!(ended.execution["status"], "CANCELED");
    nothing_behind_the_gate_started(&ended);
}

#[test]
fn a_gate_that_is_restarted_judges_anew_under_a_new_attempt() {
    let pipeline = with_variable(release("restarted"), "DB_PASSWORD", "vault:secret/restarted#password");
    let execution = ENGINE.release(&pipeline, &git());
    let first = execution.end();
    first.expect("TERMINAL", "failed");
    assert_eq!(first.failed(), ["unresolvable-secret-reference"]);

    ENGINE.vault.call("POST", "secret/data/restarted", &json!({"data": {"password": PLANTED}}));
    let held = ENGINE.hold("/gate/pipelineConfigs/restarted/history");
    execution.restart("1", "dave");
    let running = execution.until_judged_by_a_job();
    // What the first attempt reported is still there while the second runs.
    let gate = stage(&running, "1");
    assert_eq!(gate["context"]["plimsollAttempt"], *first.reported("plimsollAttempt"));
    drop(held);
    let second = execution.end();
    second.expect("SUCCEEDED", "passed");
    let jobs: Vec<Value> = ENGINE.jobs_of(&execution).iter().map(|job| job["name"].clone()).collect();
    let attempts = [first.reported("plimsollAttempt"), second.reported("plimsollAttempt")];
    assert!(jobs.iter().eq(attempts), "{jobs:?} {attempts:?}");
}

#[test]
fn without_vault_nothing_is_judged_and_nothing_is_deployed() {
    let mut vault = OpenBao::start();
    vault.kill();
    ENGINE.variables("without-vault", &json!({"VAULT_ADDR": vault.address, "VAULT_CACERT": vault.ca()}));
    let mut pipeline = release("vault-down");
    pipeline["application"] = "without-vault".into();
    let ended = ENGINE.release(&pipeline, &git()).end();
    ended.expect("TERMINAL", "inconclusive");
    nothing_behind_the_gate_started(&ended);
    let error = ended.error();
    assert!(error.contains("Vault: the connection was refused"), "{error}");
}
