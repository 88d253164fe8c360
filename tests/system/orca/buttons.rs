//! What people press in Deck, and what they send in its place.

use serde_json::{Value, json};

use super::engine::{ENGINE, Execution, stage};
use super::releases::{gated_after, git, release, stage_of, wait};

/// Starts the release `id` with `stage`, whose reference id is 0, before its gate, and waits until that stage runs.
#[track_caller]
fn waiting(id: &str, before: Value) -> Execution {
    let execution = ENGINE.release(&gated_after(release(id), before), &git());
    execution.until("the stage runs", |execution| stage(execution, "0")["status"] == "RUNNING");
    execution
}

#[test]
fn an_answered_judgment_is_no_patch() {
    let judgment = json!({"type": "manualJudgment", "name": "Go?", "refId": "0", "requisiteStageRefIds": [], "failPipeline": true,
        "instructions": "look at ${trigger.hash}", "judgmentInputs": [{"value": "yes"}], "notifications": []});
    let execution = waiting("judged", judgment);
    execution.patch("0", &json!({"judgmentStatus": "continue", "judgmentInput": "yes"}), "bob");
    execution.end().expect("SUCCEEDED", "passed");
}

#[test]
fn a_skipped_wait_is_no_patch_and_the_report_says_who_skipped_it() {
    let execution = waiting("skipped-wait", wait("0", 3600));
    execution.patch("0", &json!({"skipRemainingWait": true}), "bob");
    execution.end().expect("SUCCEEDED", "passed");
    let log = execution.logs();
    assert!(log.contains("bob skipped the wait"), "{log}");
}

#[test]
fn a_skipped_execution_window_is_a_warning() {
    let mut windowed = wait("0", 0);
    windowed["restrictExecutionDuringTimeWindow"] = true.into();
    let never = json!({"startHour": 0, "startMin": 0, "endHour": 0, "endMin": 0});
    windowed["restrictedExecutionWindow"] = json!({"days": [], "whitelist": [never]});
    let execution = waiting("skipped-window", windowed);
    // The window is a stage of its own before the stage that it restricts.
    let window = |execution: &Value| {
        let mut stages = execution["stages"].as_array().into_iter().flatten();
        stages.any(|stage| stage["refId"] == "0<1" && stage["status"] == "RUNNING")
    };
    execution.until("the window waits", window);
    execution.patch("0<1", &json!({"skipRemainingWait": true}), "bob");
    execution.end().expect("SUCCEEDED", "passed");
    let log = execution.logs();
    assert!(log.contains("warning[stage-patched-at-run-time]: \"bob\" skipped the execution window"), "{log}");
}

#[test]
fn another_manifest_for_the_rollout_is_a_patch() {
    let execution = waiting("patched", wait("0", 3600));
    let mut manifests = stage_of(&mut release("unused"), "5")["manifests"].take();
    manifests[0]["spec"]["replicas"] = 60.into();
    execution.patch("5", &json!({"manifests": manifests}), "mallory");
    execution.patch("0", &json!({"skipRemainingWait": true}), "mallory");
    let ended = execution.end();
    ended.expect("TERMINAL", "failed");
    assert_eq!(ended.failed(), ["pipeline-drift", "stage-patched-at-run-time"]);
}
