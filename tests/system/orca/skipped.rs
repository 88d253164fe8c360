//! What did not judge: Orca goes on behind it, and the gate does not pass it.

use serde_json::{Value, json};

use super::engine::{ENGINE, Execution, text};
use super::releases::{git, release, stage_of};
use crate::support::until::until;

/// What makes Orca skip a stage.
fn skips() -> Vec<Value> {
    vec![
        json!({"stageEnabled": {"type": "expression", "expression": "false"}}),
        json!({"stageEnabled": {"type": "expression", "expression": "${nothing.of.this.name}"}}),
        json!({"stageEnabled": "${{'type': 'expression', 'expression': 'false'}}"}),
        json!({"manualSkip": true}),
        json!({"manualSkip": "${true}"}),
        json!({"startTimeExpiry": "1000"}),
    ]
}

/// A release whose canary has these further settings.
fn with_canary(id: &str, settings: &Value) -> Value {
    let mut pipeline = release(id);
    let canary = stage_of(&mut pipeline, "4").as_object_mut().expect("a stage");
    canary.extend(settings.as_object().expect("an object").clone());
    pipeline
}

/// The same without its gate.
fn without_gate(mut pipeline: Value) -> Value {
    let stages = pipeline["stages"].as_array_mut().expect("stages");
    stages.retain(|stage| stage["refId"] != "1");
    for reference in ["2", "3"] {
        stage_of(&mut pipeline, reference)["requisiteStageRefIds"] = json!([]);
    }
    pipeline
}

fn start_all(pipelines: impl Iterator<Item = Value>) -> Vec<Execution> {
    pipelines.map(|pipeline| ENGINE.release(&pipeline, &git())).collect()
}

#[test]
fn orca_rolls_out_behind_a_canary_that_it_skipped() {
    let pipelines = skips().into_iter().enumerate();
    let open = pipelines.map(|(n, settings)| without_gate(with_canary(&format!("canary-skipped-{n}"), &settings)));
    for (execution, settings) in start_all(open).iter().zip(skips()) {
        let ended = execution.end();
        let statuses = [&ended.stage("4")["status"], &ended.stage("5")["status"]];
        assert_eq!(statuses, ["SKIPPED", "SUCCEEDED"], "{settings}");
    }
}

#[test]
fn the_gate_stops_a_release_whose_canary_orca_would_skip() {
    let pipelines = skips().into_iter().enumerate();
    let gated = pipelines.map(|(n, settings)| with_canary(&format!("canary-gated-{n}"), &settings));
    for (execution, settings) in start_all(gated).iter().zip(skips()) {
        let ended = execution.end();
        assert_eq!(ended.execution["status"], "TERMINAL", "{settings}");
        assert!(ended.error().contains("canary-not-gating"), "{settings}: {}", ended.error());
    }
}

#[test]
fn what_is_enabled_anyway_is_no_way_round() {
    let mut pipeline =
        with_canary("canary-enabled", &json!({"stageEnabled": {"type": "expression", "expression": "true"}}));
    stage_of(&mut pipeline, "1")["stageEnabled"] = json!({"type": "expression", "expression": " "});
    ENGINE.release(&pipeline, &git()).end().expect("SUCCEEDED", "passed");
}

#[test]
fn orca_rolls_out_behind_a_gate_that_timed_out_where_the_author_marks_that_as_successful() {
    let held = ENGINE.hold("/gate/pipelineConfigs/marked/history");
    let mut pipeline = release("marked");
    let gate = stage_of(&mut pipeline, "1").as_object_mut().expect("a stage");
    gate.insert("stageTimeoutMs".into(), 1000.into());
    gate.insert("markSuccessfulOnTimeout".into(), true.into());
    let execution = ENGINE.release(&pipeline, &git());
    let ended = execution.end();
    assert_eq!([&ended.stage("1")["status"], &ended.stage("5")["status"]], ["SUCCEEDED", "SUCCEEDED"]);
    drop(held);
    let job = || ENGINE.jobs_of(&execution).pop().expect("a Job");
    until("the gate's Job ends", || !job()["exit"].is_null());
    let log = text(&job()["log"]);
    assert!(job()["exit"] != 0 && log.contains("gate-neutralised"), "{log}");
}
