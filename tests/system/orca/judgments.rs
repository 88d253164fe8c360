//! Manual judgments that the gate, or a judge of their own, answers. Who has which role is the stand-ins' to tell: Orca's own
//! judgment stage is not published.

use serde_json::{Value, json};

use super::engine::{ENGINE, Execution, stage, text};
use super::releases::{example, git, stage_of, with_variable};

/// The gate answers the judgment beside it.
const JUDGMENT: &str = "example-pipeline-judgment.json";

/// A judge of its own answers the judgment behind the canary.
const JUDGE: &str = "example-pipeline-judge.json";

/// Whose token the gate has.
const PRINCIPAL: &str = "plimsoll@example.com";

/// A password that nobody has elsewhere.
const PLANTED: &str = "Kx7%tRw2!qLp9";

fn answer(stage: &Value) -> (&Value, &Value, &Value) {
    (&stage["status"], &stage["context"]["judgmentStatus"], &stage["lastModified"]["user"])
}

#[test]
fn a_good_release_continues() {
    let ended = ENGINE.release(&example(JUDGMENT, "judgment-green"), &git()).end();
    ended.expect("SUCCEEDED", "passed");
    let judgment = ended.stage("8");
    assert_eq!(answer(judgment), (&json!("SUCCEEDED"), &json!("continue"), &json!(PRINCIPAL)));
    let input = text(&judgment["context"]["judgmentInput"]);
    assert!(input.contains("passed") && input.contains(&text(ended.reported("plimsollAttempt"))), "{input}");
    assert!(text(ended.reported("plimsollSummary")).ends_with("was answered: continue"));
}

#[test]
fn a_bad_release_is_stopped_and_deck_shows_why() {
    let pipeline = with_variable(example(JUDGMENT, "judgment-red"), "DB_PASSWORD", PLANTED);
    let execution = ENGINE.release(&pipeline, &git());
    let ended = execution.end();
    let judgment = ended.stage("8");
    assert_eq!(answer(judgment), (&json!("TERMINAL"), &json!("stop"), &json!(PRINCIPAL)), "{}", execution.logs());
    let input = text(&judgment["context"]["judgmentInput"]);
    assert!(input.contains("failed: 1 finding (plaintext-secret)") && !input.contains(PLANTED), "{input}");
    assert_eq!(ended.execution["status"], "TERMINAL");
    for behind in ["2", "3", "4", "5", "6", "7"] {
        assert_eq!(ended.stage(behind)["status"], "NOT_STARTED", "{behind}");
    }
    // Orca cancels the gate's stage, and its Job has its own outcome.
    let job = crate::support::until::until_some(|| {
        let job = ENGINE.jobs_of(&execution).pop().ok_or("there is no Job")?;
        if job["exit"].is_null() { Err("the Job runs".to_owned()) } else { Ok(job) }
    });
    assert_eq!(job["exit"], 1, "{}", job["log"]);
}

#[test]
fn a_judge_of_its_own_answers_behind_the_canary() {
    let ended = ENGINE.release(&example(JUDGE, "judge-green"), &git()).end();
    ended.expect("SUCCEEDED", "passed");
    assert_eq!(answer(ended.stage("8")), (&json!("SUCCEEDED"), &json!("continue"), &json!(PRINCIPAL)));
    let judge = ended.stage("9");
    assert_eq!((&judge["status"], &judge["context"]["plimsollOutcome"]), (&json!("SUCCEEDED"), &json!("passed")));
    assert_eq!(judge["context"]["plimsollStage"], judge["id"]);
}

/// The release `id`, whose gate waits for the history of the pipeline until the guard is dropped.
fn held(id: &str, pipeline: &Value) -> (super::engine::Held, Execution) {
    let held = ENGINE.hold(&format!("/gate/pipelineConfigs/{id}/history"));
    let execution = ENGINE.release(pipeline, &git());
    execution.until_judged_by_a_job();
    execution.until("the judgment waits", |execution| stage(execution, "8")["status"] == "RUNNING");
    (held, execution)
}

#[test]
fn the_earlier_answer_of_a_person_is_kept() {
    let (held, execution) = held("judgment-bob", &example(JUDGMENT, "judgment-bob"));
    execution.patch("8", &json!({"judgmentStatus": "continue", "judgmentInput": "fine"}), "bob");
    execution.until("Orca takes it", |execution| stage(execution, "8")["status"] == "SUCCEEDED");
    drop(held);
    let ended = execution.end();
    ended.expect("SUCCEEDED", "passed");
    let judgment = ended.stage("8");
    assert_eq!(answer(judgment), (&json!("SUCCEEDED"), &json!("continue"), &json!("bob")));
    assert_eq!(judgment["context"]["judgmentInput"], "fine");
    assert!(text(ended.reported("plimsollSummary")).contains("already answered by \"bob\": continue"));
}

#[test]
fn a_person_who_continues_releases_nothing_that_failed() {
    let pipeline = with_variable(example(JUDGMENT, "judgment-bob-red"), "DB_PASSWORD", PLANTED);
    let (held, execution) = held("judgment-bob-red", &pipeline);
    execution.patch("8", &json!({"judgmentStatus": "continue"}), "bob");
    execution.until("Orca takes it", |execution| stage(execution, "8")["status"] == "SUCCEEDED");
    drop(held);
    let ended = execution.end();
    ended.expect("TERMINAL", "failed");
    assert_eq!(ended.stage("2")["status"], "NOT_STARTED");
}

#[test]
fn the_judgment_of_another_execution_is_never_touched() {
    let mut waiting = example(JUDGMENT, "judgment-other");
    stage_of(&mut waiting, "1").as_object_mut().expect("a stage").remove("parameters");
    let other = ENGINE.release(&waiting, &git());
    other.until("the judgment waits", |execution| stage(execution, "8")["status"] == "RUNNING");
    let ended = ENGINE.release(&example(JUDGMENT, "judgment-own"), &git()).end();
    ended.expect("SUCCEEDED", "passed");
    let now = other.read();
    let judgment = stage(&now, "8");
    assert_eq!((&judgment["status"], &judgment["lastModified"]), (&json!("RUNNING"), &Value::Null));
    other.cancel("carol");
}
