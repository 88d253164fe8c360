//! Where Orca deploys.

use serde_json::{Value, json};

use super::engine::{ENGINE, ROBOT};
use super::releases::{git, pipeline, release, stage_of, wait};

/// A deployment of the example to the account that `account` names in its own way.
fn deploy(reference: &str, after: &[&str], account: &Value) -> Value {
    let mut stage = stage_of(&mut release("unused"), "2").take();
    let keys = stage.as_object_mut().expect("a stage");
    keys.remove("account");
    keys.extend(account.as_object().expect("an object").clone());
    stage["refId"] = reference.into();
    stage["name"] = format!("Deploy {reference}").into();
    stage["requisiteStageRefIds"] = json!(after);
    stage["manifests"][0]["metadata"]["name"] = format!("deployed-{reference}").into();
    stage
}

/// The accounts in which Clouddriver deployed the object of that name.
fn accounts_of(name: &str) -> Vec<Value> {
    let operations = ENGINE.operations();
    let of_object = |operation: &&Value| operation["manifests"][0]["metadata"]["name"] == name;
    operations.iter().filter(of_object).map(|operation| operation["account"].clone()).collect()
}

/// A release with a deployment beside the gate, which has not started when the gate judges.
fn beside(id: &str, account: &Value) -> Value {
    let mut pipeline = release(id);
    let stages = pipeline["stages"].as_array_mut().expect("stages");
    stages.extend([wait("8", 3600), deploy("9", &["8"], account)]);
    pipeline
}

#[track_caller]
fn is_stopped(id: &str, account: &Value) {
    let ended = ENGINE.release(&beside(id, account), &git()).end();
    let outcome = ended.reported("plimsollOutcome");
    assert!(outcome == "failed" || outcome == "inconclusive", "{}", ended.execution);
    assert_eq!(ended.execution["status"], "TERMINAL");
    assert!(ended.error().contains("gate-not-dominating"), "{}", ended.error());
}

#[test]
fn orca_evaluates_keys_and_the_gate_knows() {
    let accounts = [
        json!({"${'account'}": "prod-eu"}),
        json!({"${'acc'.concat('ount')}": "prod-eu"}),
        json!({"${'account'}": "${parameters.where}"}),
    ];
    let references = ["key-1", "key-2", "key-3"];
    let stages: Vec<Value> =
        references.iter().zip(&accounts).map(|(name, account)| deploy(name, &[], account)).collect();
    let mut trigger = git();
    trigger["parameters"] = json!({"where": "prod-eu"});
    let ended = ENGINE.start_as_is(&pipeline("keys", json!(stages)), &trigger, ROBOT).end();
    assert_eq!(ended.execution["status"], "SUCCEEDED");
    for reference in references {
        assert_eq!(accounts_of(&format!("deployed-{reference}")), ["prod-eu"]);
    }
    for (n, account) in accounts.iter().enumerate() {
        is_stopped(&format!("key-beside-{n}"), account);
    }
}

#[test]
fn an_account_under_its_other_name_is_known() {
    is_stopped("account-name", &json!({"account.name": "prod-eu"}));
}

#[test]
fn a_deployment_elsewhere_beside_the_gate_passes() {
    let mut pipeline = beside("beside", &json!({"account": "staging-eu"}));
    stage_of(&mut pipeline, "8")["waitTime"] = 0.into();
    ENGINE.release(&pipeline, &git()).end().expect("SUCCEEDED", "passed");
}
