//! `plimsoll judge` as a command of its own: in a Job, and outside of the execution.

use serde_json::json;

use super::judgments::{Release, told};

/// What runs outside, on standard output and standard error.
#[track_caller]
fn ended(answered: &crate::support::gate::Answered, code: i32, words: &[&str]) {
    let told = format!("{}{}", answered.stdout, answered.stderr);
    assert_eq!(answered.code, code, "{told}");
    assert!(!told.contains("SPINNAKER_") && answered.termination.is_empty(), "nobody reads it: {told}");
    for word in words {
        assert!(told.contains(word), "{word}: {told}");
    }
}

#[test]
fn in_a_job_it_reports_and_answers_as_the_gate_does() {
    for (name, code, outcome, word) in [("good", 0, "passed", "continue"), ("red", 1, "failed", "stop")] {
        let release = Release::new(name);
        told(&release.judge().run(), code, outcome, &[&format!("was answered: {word}")]);
        assert_eq!(release.now()["context"]["judgmentStatus"], word);
    }
    let release = Release::new("green");
    told(&release.judge().run(), 3, "inconclusive", &["left waiting for a person"]);
    // Its stage has to be the one that runs it.
    let own = crate::support::gate::Own { job: "plimsoll-other".into(), ..release.own.clone() };
    told(&release.judge().own(&own).run(), 1, "failed", &["foreign-execution", "was not answered"]);
    assert!(release.sent().is_empty());
}

#[test]
fn in_a_job_a_wrong_configuration_is_answered_too() {
    let release = Release::new("good");
    told(&release.judge().unset("PLIMSOLL_JUDGE").run(), 2, "inconclusive", &["PLIMSOLL_JUDGE"]);
    told(&release.judge().unset("PLIMSOLL_JOB_NAME").run(), 2, "inconclusive", &["PLIMSOLL_JOB_NAME"]);
    release.judge().args(["--no-such-option"]).run().ended(2, "inconclusive");
    let folder = tempfile::tempdir().expect("a folder");
    let read_only = release.judge().unset("PLIMSOLL_GATE_URL").env("PLIMSOLL_SOURCE_DIR", folder.path());
    told(&read_only.run(), 2, "inconclusive", &["--gate-url"]);
    assert!(release.sent().is_empty());
}

#[test]
fn outside_of_a_job_it_reports_as_check_does_and_answers() {
    let release = Release::new("good");
    ended(&release.outside().run(), 0, &["passed: execution shop / demo", "judgment \"Go?\" was answered: continue"]);
    assert_eq!(release.now()["status"], "SUCCEEDED");
    let input = release.now()["context"]["judgmentInput"].clone();
    assert!(input.as_str().expect("a text").starts_with("Plimsoll: passed"), "{input}");

    let release = Release::new("red");
    let answered = release.outside().env("PLIMSOLL_FORMAT", "json").run();
    assert_eq!(answered.code, 1, "{}", answered.stderr);
    let verdict: serde_json::Value = serde_json::from_str(&answered.stdout).expect("one document");
    assert_eq!((&verdict["outcome"], &verdict["subject"]["stageId"]), (&json!("failed"), &json!(null)));
    assert!(answered.stderr.contains("was answered: stop"), "{}", answered.stderr);
    // Who answered already is seen there too, though the execution has ended with it.
    ended(&release.outside().run(), 1, &["already answered by \"robot\": stop"]);
}

#[test]
fn outside_of_a_job_wrong_arguments_are_for_people() {
    let release = Release::new("good");
    ended(&release.outside().unset("PLIMSOLL_JUDGE").run(), 2, &["PLIMSOLL_JUDGE"]);
    ended(&release.outside().args(["--no-such-option"]).run(), 2, &["--no-such-option"]);
    ended(&release.outside().env("PLIMSOLL_EXECUTION_ID", "none").run(), 3, &["not found"]);
    assert!(release.sent().is_empty());
    let ended_before = |status: &str| {
        release.spinnaker.update(&release.own.execution, |execution| execution["status"] = json!(status));
        ended(&release.outside().run(), 4, &[status]);
    };
    ended_before("SUCCEEDED");
    ended_before("TERMINAL");
}

#[test]
fn the_doctor_shows_who_may_execute_and_tries_no_change() {
    let release = Release::new("good");
    release.spinnaker.document("applications", "shop", json!({"name": "SHOP", "email": "shop@example.com"}));
    let doctor = |name: &str| {
        let mut command = crate::support::plimsoll::plimsoll();
        command.args(["doctor", "--application", name]).env("PLIMSOLL_GATE_URL", release.spinnaker.gate_url());
        let output = command.env("PLIMSOLL_GATE_TOKEN", "spk_t").output().expect("the program starts");
        crate::support::plimsoll::Ran::from(output)
    };
    let ran = doctor("shop");
    assert!(ran.stdout.contains("READ is for everybody"), "{}", ran.stdout);
    let permissions = json!({"name": "shop", "permissions": {"READ": ["dev"], "EXECUTE": ["release-managers"]}});
    release.spinnaker.document("permissions", "shop", permissions);
    let ran = doctor("shop");
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    for line in [
        "ok    application \"shop\": READ is for the roles \"dev\", EXECUTE, which judge needs, for the roles \"release-managers\"",
        "-     application \"shop\": answering a judgment: not tried",
    ] {
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    assert!(release.sent().is_empty());
    let ran = doctor("none");
    assert!(ran.code == 3 && ran.stdout.contains("FAIL  application \"none\": not found"), "{}", ran.stdout);
}
