//! Releases, made of the example pipelines that are shipped.

use std::path::Path;

use serde_json::{Value, json};

/// The hash of the commit that starts releases.
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// The gate is a preconfigured Run Job stage.
pub(crate) const PRECONFIGURED: &str = "example-pipeline.json";

/// The gate is a plain Run Job stage.
pub(crate) const RUN_JOB: &str = "example-pipeline-run-job.json";

/// An example as a pipeline of its own, without its execution window: a test runs at any time.
pub(crate) fn example(file: &str, id: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("stage-definitions").join(file);
    let mut pipeline: Value =
        serde_json::from_slice(&std::fs::read(path).expect("the example is there")).expect("it is JSON");
    pipeline["id"] = id.into();
    pipeline["name"] = id.into();
    pipeline["limitConcurrent"] = false.into();
    let rollout = stage_of(&mut pipeline, "5").as_object_mut().expect("a stage");
    rollout.retain(|key, _| !key.starts_with("restrict"));
    pipeline
}

/// The release that tests change.
pub(crate) fn release(id: &str) -> Value {
    example(PRECONFIGURED, id)
}

/// The stage with that reference id.
#[track_caller]
pub(crate) fn stage_of<'p>(pipeline: &'p mut Value, reference: &str) -> &'p mut Value {
    let mut stages = pipeline["stages"].as_array_mut().expect("stages").iter_mut();
    stages.find(|stage| stage["refId"] == reference).expect("there is such a stage")
}

/// Adds a variable to the container that the rollout deploys.
pub(crate) fn with_variable(mut pipeline: Value, name: &str, value: &str) -> Value {
    let container = &mut stage_of(&mut pipeline, "5")["manifests"][0]["spec"]["template"]["spec"]["containers"][0];
    container["env"].as_array_mut().expect("variables").push(json!({"name": name, "value": value}));
    pipeline
}

/// The trigger of the example, as Echo passes it on.
pub(crate) fn git() -> Value {
    json!({"type": "git", "source": "github", "project": "acme", "slug": "shop", "branch": "main", "hash": COMMIT, "eventId": "e-1"})
}

/// A pipeline with these stages that a push starts.
pub(crate) fn pipeline(id: &str, stages: Value) -> Value {
    let trigger = json!({"type": "git", "enabled": true, "source": "github", "project": "acme", "slug": "shop", "branch": "main",
        "runAsUser": BUILDER});
    json!({"application": "shop", "name": id, "id": id, "type": "pipeline", "spelEvaluator": "v4", "triggers": [trigger], "stages": stages})
}

/// The service account of the pipelines before the release.
pub(crate) const BUILDER: &str = "build@managed-service-account";

/// A stage that waits.
pub(crate) fn wait(reference: &str, seconds: u32) -> Value {
    json!({"type": "wait", "name": format!("Wait {reference}"), "refId": reference, "requisiteStageRefIds": [], "waitTime": seconds})
}

/// Lets the gate start after the stage with that reference id.
pub(crate) fn gated_after(mut pipeline: Value, stage: Value) -> Value {
    stage_of(&mut pipeline, "1")["requisiteStageRefIds"] = json!([stage["refId"]]);
    pipeline["stages"].as_array_mut().expect("stages").push(stage);
    pipeline
}
