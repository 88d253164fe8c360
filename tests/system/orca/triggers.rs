//! Every kind of trigger, as Orca itself writes it: each key twice, some with two values.

use serde_json::{Value, json};

use super::engine::{ENGINE, Execution, ROBOT};
use super::releases::{git, release};

/// An image as an artifact of a trigger.
fn image() -> Value {
    json!({"type": "docker/image", "name": "registry.example.com/shop/base", "version": "1", "reference": "registry.example.com/shop/base:1"})
}

/// Each trigger with the expected artifacts of its pipeline.
fn triggers() -> Vec<(&'static str, Value, Value)> {
    let with = |mut trigger: Value, further: Value| {
        let keys = trigger.as_object_mut().expect("an object");
        keys.extend(further.as_object().expect("an object").clone());
        trigger
    };
    let build = json!({"name": "shop", "number": 7, "url": "https://ci.example.com/shop/7", "building": false, "result": "SUCCESS",
        "artifacts": [{"fileName": "shop.jar", "relativePath": "build/shop.jar"}], "duration": 3, "timestamp": "1",
        "scm": [{"name": "shop", "branch": "main", "sha1": "0123456789abcdef0123456789abcdef01234567"}]});
    let expected = json!([{"id": "base", "displayName": "base", "usePriorArtifact": false, "useDefaultArtifact": false,
        "matchArtifact": with(image(), json!({"id": "m", "artifactAccount": "docker"}))}]);
    let docker = json!({"type": "docker", "account": "docker", "organization": "shop", "registry": "registry.example.com",
        "repository": "shop/base", "tag": "1", "artifacts": [image()]});
    vec![
        ("artifacts", with(git(), json!({"artifacts": [image()]})), json!([])),
        ("expected", with(git(), json!({"artifacts": [image()], "expectedArtifactIds": ["base"]})), expected),
        (
            "jenkins",
            json!({"type": "jenkins", "master": "ci", "job": "shop", "buildNumber": 7, "buildInfo": build, "properties": {"k": "v"}}),
            json!([]),
        ),
        ("docker", docker, json!([])),
        (
            "cron",
            json!({"type": "cron", "id": "nightly", "cronExpression": "0 0 3 * * ?", "eventId": "e-2"}),
            json!([]),
        ),
    ]
}

/// The trigger as a team saves it: without what each event brings.
fn saved(trigger: &Value) -> Value {
    let mut saved = trigger.clone();
    let keys = saved.as_object_mut().expect("an object");
    for of_event in ["buildInfo", "buildNumber", "properties", "artifacts", "tag", "hash", "eventId"] {
        keys.remove(of_event);
    }
    keys.extend([("enabled".to_owned(), true.into()), ("runAsUser".to_owned(), ROBOT.into())]);
    saved
}

/// Applications whose gates read executions from Orca itself. Gate, which reads an execution into a map, has lost the first of two values.
const DIRECT: &str = "direct";

#[test]
fn a_release_passes_however_it_is_triggered() {
    ENGINE.variables(DIRECT, &json!({"PLIMSOLL_ORCA_URL": ENGINE.orca()}));
    let executions: Vec<(&str, Execution)> = triggers()
        .into_iter()
        .map(|(name, trigger, expected)| {
            let mut pipeline = release(&format!("trigger-{name}"));
            pipeline["application"] = DIRECT.into();
            pipeline["triggers"] = json!([saved(&trigger)]);
            pipeline["expectedArtifacts"] = expected;
            (name, ENGINE.release(&pipeline, &trigger))
        })
        .collect();
    for (name, execution) in executions {
        let text = execution.read_text();
        let (_, trigger) = text.rsplit_once("\"trigger\":{").expect("it has a trigger");
        assert!(trigger.matches("\"rebake\":").count() == 2, "{name}: {trigger}");
        execution.end().expect("SUCCEEDED", "passed");
    }
}
