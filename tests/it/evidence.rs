//! Evidence from Spinnaker that decides a verdict: templates, child pipelines, strategies, saved pipelines, roles.

use serde_json::{Value, json};

use crate::support::plimsoll::{run, write};
use crate::support::spinnaker::{Act, Script, Standin, saved_from};
use crate::tables::{base, failed};

/// Judges `document` against the stand-in, through its Gate or through the services themselves.
pub(crate) fn judge(spinnaker: &Standin, document: &Value, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "document.json", document.to_string());
    let gate = spinnaker.gate_url();
    let mut arguments = vec!["check", &file, "--format", "verdict", "--gate-url", &gate];
    arguments.extend(more);
    run(arguments).json()
}

/// A Spinnaker that has everything a world of the tables has.
pub(crate) fn standin(world: &Value) -> Standin {
    let spinnaker = Standin::start();
    spinnaker.accounts(world["accounts"].clone());
    for kind in ["applications", "canary-configs", "templates", "strategies", "plans"] {
        for (name, document) in world[kind].as_object().into_iter().flatten() {
            spinnaker.document(kind, name, document.clone());
        }
    }
    for pipeline in world["pipelines"].as_object().into_iter().flatten().map(|(_, pipeline)| pipeline) {
        spinnaker.pipeline(pipeline.clone());
    }
    if world["execution"].is_object() {
        spinnaker.pipeline(saved_from(&world["execution"]));
    }
    for (id, execution) in world["executions"].as_object().into_iter().flatten() {
        spinnaker.execution(id, execution.clone());
    }
    spinnaker
}

pub(crate) fn outcome_of(verdict: &Value, check: &str) -> String {
    let checks = verdict["checks"].as_array().expect("checks");
    let line = checks.iter().find(|line| line["id"] == check).expect("it is there");
    line["outcome"].as_str().expect("an outcome").to_owned()
}

#[test]
fn the_bases_pass_through_gate_too() {
    for name in ["kubernetes", "aws", "child", "starts-child"] {
        let world = base(name);
        let verdict = judge(&standin(&world), &world["execution"], &[]);
        assert_eq!(verdict["outcome"], "passed", "{name}: {:?}", failed(&verdict));
    }
}

#[test]
fn a_templated_pipeline_is_judged_as_orca_would_run_it() {
    let saved = base("saved");
    let stages = saved["pipeline"]["stages"].clone();
    let mut configuration = saved["pipeline"].clone();
    configuration["type"] = json!("templatedPipeline");
    configuration["template"] = json!({"reference": "spinnaker://canary:stable"});
    configuration["stages"] = json!([]);
    let with_plan = |stages: Value| {
        let mut world = saved.clone();
        world["plans"] = json!({"P1": {"id": "P1", "application": "shop", "stages": stages}});
        judge(&standin(&world), &configuration, &[])
    };
    assert_eq!(with_plan(stages.clone())["outcome"], "passed");
    let mut without_gate = stages;
    without_gate.as_array_mut().expect("stages").remove(0);
    let verdict = with_plan(without_gate);
    assert_eq!(outcome_of(&verdict, "gate-not-dominating"), "failed");
    let finding = verdict["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .find(|finding| finding["check"] == "gate-not-dominating");
    assert!(finding.expect("a finding")["line"].is_null(), "a plan has no lines in the file");
    // Neither planned nor a template that could be told apart from other versions of it.
    let verdict = judge(&standin(&saved), &configuration, &[]);
    assert_eq!(verdict["outcome"], "inconclusive");
}

#[test]
fn a_saved_pipeline_that_cannot_be_had_is_never_passed() {
    let world = base("kubernetes");
    for act in [Act::Empty, Act::Status(500)] {
        let spinnaker = standin(&world);
        spinnaker.script(Script::on("^/applications/shop/pipelineConfigs/").times(50).act(act));
        let verdict = judge(&spinnaker, &world["execution"], &[]);
        assert_eq!(verdict["outcome"], "inconclusive");
        assert_eq!(outcome_of(&verdict, "ad-hoc-execution"), "inconclusive");
        assert_eq!(outcome_of(&verdict, "pipeline-drift"), "inconclusive");
    }
}

#[test]
fn a_custom_strategy_is_looked_into() {
    let mut world = base("aws");
    let beside = json!({"id": "S9", "refId": "9", "requisiteStageRefIds": [], "type": "deploy", "name": "Beside", "status": "NOT_STARTED",
        "context": {"clusters": [{"account": "k8s-staging", "strategy": "custom", "strategyApplication": "shop", "strategyPipeline": "ST1"}]}});
    world["execution"]["stages"].as_array_mut().expect("stages").push(beside);
    let with = |account: &str| {
        let mut world = world.clone();
        world["strategies"] = json!({"shop": [{"id": "ST1", "application": "shop", "name": "Ours", "strategy": true,
            "stages": [{"refId": "1", "type": "deploy", "name": "Deploy", "account": account, "strategy": "redblack"}]}]});
        judge(&standin(&world), &world["execution"], &[])
    };
    assert_eq!(with("k8s-staging")["outcome"], "passed");
    assert_eq!(outcome_of(&with("aws-prod"), "gate-not-dominating"), "failed");
}

#[test]
fn fiats_roles_tell_a_machine_from_a_person() {
    let mut world = base("kubernetes");
    world["execution"]["authentication"]["user"] = json!("jenkins");
    let spinnaker = standin(&world);
    let folder = tempfile::tempdir().expect("a folder");
    let policy = json!({"schema": "plimsoll.dev/policy/v1", "triggers": {"serviceAccountRoles": ["machines"]}});
    let policy = write(folder.path(), "policy.json", policy.to_string());
    let fiat = spinnaker.fiat_url();
    let more = ["--policy", policy.as_str(), "--fiat-url", fiat.as_str()];
    assert_eq!(outcome_of(&judge(&spinnaker, &world["execution"], &more), "untrusted-principal"), "failed");
    spinnaker.document("roles", "jenkins", json!([{"name": "machines", "source": "FILE"}]));
    assert_eq!(judge(&spinnaker, &world["execution"], &more)["outcome"], "passed");
}

#[test]
fn a_child_that_is_saved_anew_before_it_starts_is_another_one() {
    let world = base("starts-child");
    let spinnaker = standin(&world);
    let first = judge(&spinnaker, &world["execution"], &[]);
    assert_eq!(first["outcome"], "passed", "{:?}", failed(&first));
    // The gate sees the child as it is saved now, and says so where the child has no gate of its own.
    let warned =
        |verdict: &Value| verdict.to_string().contains("has no gate of its own; it is judged as it is saved now");
    assert!(warned(&first));
    let mut anew = world["pipelines"]["P2"].clone();
    anew["updateTs"] = json!("1795000001000");
    anew["stages"][0]["manifests"][0]["spec"]["template"]["spec"]["containers"][0]["securityContext"] = json!({});
    spinnaker.pipeline(anew.clone());
    let second = judge(&spinnaker, &world["execution"], &[]);
    assert_eq!(failed(&second), ["root-container"]);
    // Whoever compares the two knows that what started is not what was judged.
    let judged = |verdict: &Value| verdict["children"][0].clone();
    assert_ne!(judged(&first)["sha256"], judged(&second)["sha256"]);
    assert_eq!(judged(&second)["updateTs"], "1795000001000");
    // A gate in the child judges the execution that starts, whatever the parent's gate saw.
    let mut gated = world["pipelines"]["P2"].clone();
    let stages = gated["stages"].as_array_mut().expect("stages");
    for stage in stages.iter_mut().filter(|stage| stage["requisiteStageRefIds"].as_array().is_none_or(Vec::is_empty)) {
        stage["requisiteStageRefIds"] = json!(["g"]);
    }
    stages.push(json!({"refId": "g", "requisiteStageRefIds": [], "type": "plimsollGate", "alias": "preconfiguredJob", "name": "Gate"}));
    spinnaker.pipeline(gated);
    let third = judge(&spinnaker, &world["execution"], &[]);
    assert_eq!(third["outcome"], "passed", "{:?}", failed(&third));
    assert!(!warned(&third));
}
