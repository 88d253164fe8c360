//! Releases that another execution starts: by a stage, and by a pipeline trigger.

use serde_json::{Value, json};

use super::engine::{ENGINE, Ended, Execution, ROBOT, stage, text};
use super::releases::{BUILDER, git, pipeline, release, wait};

/// A pipeline whose only stage starts the release `child` and waits for it.
fn parent_of(id: &str, child: &str) -> Value {
    let start = json!({"type": "pipeline", "name": "Release", "refId": "1", "requisiteStageRefIds": [], "application": "shop",
        "pipeline": child, "waitForCompletion": true});
    pipeline(id, json!([start]))
}

/// The release that the stage of `parent` starts, at its end.
fn child_of(parent: &Execution) -> Ended {
    let started = |execution: &Value| stage(execution, "1")["context"]["executionId"].is_string();
    let execution = parent.until("the child starts", started);
    Execution { id: text(&stage(&execution, "1")["context"]["executionId"]) }.end()
}

#[test]
fn a_release_that_a_stage_starts_passes() {
    ENGINE.save(&release("child"));
    let parent = parent_of("parent", "child");
    ENGINE.save(&parent);
    let parent = ENGINE.start_as_is(&parent, &git(), BUILDER);
    let child = child_of(&parent);
    child.expect("SUCCEEDED", "passed");
    let trigger = &child.execution["trigger"];
    // The child runs as the user of the parent, not as its own service account.
    assert_eq!((&trigger["user"], &trigger["parentExecution"]["id"]), (&json!(BUILDER), &json!(parent.id)));
    let parent = parent.end();
    assert_eq!(parent.execution["status"], "SUCCEEDED");
    assert_eq!(trigger["parentPipelineStageId"], parent.stage("1")["id"]);
    // What the child's gate reports is in the outputs of the stage that started it.
    assert_eq!(parent.stage("1")["outputs"]["plimsollExecution"], child.id.as_str());
}

#[test]
fn a_release_that_a_person_starts_through_a_parent_is_a_manual_one() {
    ENGINE.save(&release("child-by-hand"));
    let parent = parent_of("parent-by-hand", "child-by-hand");
    ENGINE.save(&parent);
    let parent = ENGINE.start_as_is(&parent, &json!({"type": "manual"}), "alice");
    let child = child_of(&parent);
    child.expect("TERMINAL", "failed");
    assert_eq!(child.failed(), ["manual-trigger"]);
    assert_eq!(parent.end().execution["status"], "TERMINAL");
}

/// Runs a pipeline as [`BUILDER`] to its end; a trigger with these further keys then starts the release `id`.
#[track_caller]
fn after_another(id: &str, further: &Value) -> Ended {
    let built = format!("{id}-built");
    let mut after = release(id);
    let mut trigger = json!({"type": "pipeline", "enabled": true, "application": "shop", "pipeline": built, "status": ["successful"]});
    let keys = trigger.as_object_mut().expect("an object");
    keys.extend(further.as_object().expect("an object").clone());
    after["triggers"] = json!([trigger]);
    ENGINE.save(&after);
    let before = pipeline(&built, json!([wait("1", 0)]));
    ENGINE.save(&before);
    let before = ENGINE.start_as_is(&before, &git(), BUILDER).end();
    let ended = ENGINE.started(id).end();
    let trigger = &ended.execution["trigger"];
    assert_eq!((&trigger["type"], &trigger["parentExecution"]["id"]), (&json!("pipeline"), &json!(before.id)));
    assert!(trigger["parentPipelineStageId"].is_null(), "{trigger}");
    ended
}

#[test]
fn a_release_that_a_pipeline_trigger_starts_as_its_service_account_passes() {
    let ended = after_another("triggered", &json!({"runAsUser": ROBOT}));
    ended.expect("SUCCEEDED", "passed");
    let users = [&ended.execution["trigger"]["user"], &ended.execution["authentication"]["user"]];
    assert_eq!(users, [ROBOT, ROBOT]);
}

#[test]
fn a_release_that_a_pipeline_trigger_starts_without_a_service_account_is_the_parents() {
    let ended = after_another("triggered-by-parent", &json!({}));
    ended.expect("SUCCEEDED", "passed");
    let users = [&ended.execution["trigger"]["user"], &ended.execution["authentication"]["user"]];
    assert_eq!(users, [&json!(BUILDER), &Value::Null]);
}

/// A pipeline that a service account has run to its end: what a forger borrows.
fn lender(id: &str) -> Value {
    let lender = pipeline(id, json!([wait("1", 0)]));
    ENGINE.save(&lender);
    ENGINE.start_as_is(&lender, &git(), BUILDER).end().execution
}

/// A person starts the release `id` and claims that `parent` did.
#[track_caller]
fn is_forged(pipeline: &Value, parent: &Value, stage: Option<&Value>, user: &str) {
    let mut trigger =
        json!({"type": "pipeline", "parentPipelineId": parent["id"], "parentExecution": parent, "user": BUILDER});
    if let Some(stage) = stage {
        trigger["parentPipelineStageId"] = stage.clone();
    }
    ENGINE.save(pipeline);
    let ended = ENGINE.start_as_is(pipeline, &trigger, user).end();
    ended.expect("TERMINAL", "failed");
    assert!(ended.failed().contains(&"untrusted-principal".to_owned()), "{:?}", ended.failed());
}

#[test]
fn a_borrowed_parent_is_refused() {
    let parent = lender("lender");
    let stage = &stage(&parent, "1")["id"];
    is_forged(&release("borrowed-stage"), &parent, Some(stage), "mallory");
    is_forged(&release("borrowed-stage-as-robot"), &parent, Some(stage), BUILDER);
    is_forged(&release("borrowed-trigger"), &parent, None, "mallory");
}

#[test]
fn a_person_who_claims_a_pipeline_trigger_is_refused() {
    let parent = lender("lender-of-trigger");
    let mut pipeline = release("claimed-trigger");
    pipeline["triggers"] = json!([{"type": "pipeline", "enabled": true, "application": "shop", "pipeline": "lender-of-trigger",
        "status": ["failed"]}]);
    // The parent has succeeded.
    is_forged(&pipeline, &parent, None, "mallory");
    pipeline["id"] = "claimed-user".into();
    pipeline["name"] = "claimed-user".into();
    pipeline["triggers"][0]["status"] = json!(["successful"]);
    is_forged(&pipeline, &parent, None, "mallory");
}
