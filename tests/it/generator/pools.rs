//! Scatters the collected variables, fields, commands and files over stages, plants beside decoys beside ordinary ones.

use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::ordinary;

pub(crate) fn flush(draft: &mut Draft) {
    let mut environment = std::mem::take(&mut draft.environment);
    draft.random.shuffle(&mut environment);
    for group in groups(draft, environment) {
        let list = spread(draft, group);
        workload(draft, list);
    }
    let mut fields = std::mem::take(&mut draft.fields);
    draft.random.shuffle(&mut fields);
    for group in groups(draft, fields) {
        map(draft, group);
    }
    let mut files = std::mem::take(&mut draft.files);
    draft.random.shuffle(&mut files);
    for group in groups(draft, files) {
        folder(draft, group);
    }
    for command in std::mem::take(&mut draft.commands) {
        run(draft, command);
    }
}

/// Cuts a list into pieces in which every key stands once.
fn groups(draft: &mut Draft, pairs: Vec<(String, Value)>) -> Vec<Vec<(String, Value)>> {
    let mut out: Vec<Vec<(String, Value)>> = Vec::new();
    let mut room = 0;
    for (key, value) in pairs {
        match out.last_mut() {
            Some(group) if room > 0 && group.iter().all(|(other, _)| *other != key) => group.push((key, value)),
            _ => {
                room = draft.random.number(2, 8);
                out.push(vec![(key, value)]);
            }
        }
        room -= 1;
    }
    out
}

/// `{name, value}` entries with ordinary ones between them.
fn spread(draft: &mut Draft, group: Vec<(String, Value)>) -> Vec<Value> {
    let mut list: Vec<Value> = Vec::new();
    for (name, value) in group {
        if draft.random.chance(60) {
            let (name, value) = ordinary::variable(&draft.random);
            list.push(json!({"name": name, "value": value}));
        }
        list.push(json!({"name": name, "value": value}));
    }
    list
}

fn workload(draft: &mut Draft, list: Vec<Value>) {
    let (service, tag) = (draft.random.service(), draft.random.number(1, 400));
    match draft.random.number(0, 8) {
        0 => {
            let body = json!({"clusters": [{"account": "ecs-prod", "application": service, "cloudProvider": "ecs",
                "containerMappings": [{"containerName": service, "environment": list}], "launchType": "FARGATE"}]});
            draft.stage("deploy", body);
        }
        1 => {
            let direct = list
                .into_iter()
                .map(|mut entry| json!({"key": entry["name"].take(), "value": entry["value"].take()}))
                .collect::<Vec<_>>();
            let body = json!({"clusters": [{"account": "cf-prod", "application": service, "cloudProvider": "cloudfoundry",
                "manifest": {"direct": {"environment": direct, "memory": "1G", "routes": []}}}]});
            draft.stage("deploy", body);
        }
        2 => {
            let body = json!({"account": "codebuild", "projectName": service, "environmentVariables": list});
            draft.stage("awsCodeBuild", body);
        }
        kind => {
            let place = ["containers", "containers", "initContainers"][draft.random.number(0, 3)];
            let mut spec = json!({"serviceAccountName": service, "containers": [{"name": service,
                "image": format!("registry.acme.io/{service}:1.{tag}.0"), "ports": [{"containerPort": 8080}]}]});
            if place == "containers" {
                spec["containers"][0]["env"] = list.into();
            } else {
                spec[place] =
                    json!([{"name": "migrate", "image": format!("registry.acme.io/migrate:{tag}"), "env": list}]);
            }
            let manifest = ordinary::with_pod(&draft.random, kind, &service, spec);
            deploy(draft, manifest);
        }
    }
}

/// Deploys a manifest; an execution sometimes has it in its outputs as well.
pub(crate) fn deploy(draft: &mut Draft, manifest: Value) {
    let outputs = if draft.execution && draft.random.chance(15) {
        json!({"outputs.manifests": [manifest.clone()]})
    } else {
        json!({})
    };
    let body = json!({"account": "prod-eu", "cloudProvider": "kubernetes", "source": "text", "skipExpressionEvaluation": false,
        "moniker": {"app": draft.random.service()}, "manifests": [manifest]});
    draft.stage_with_outputs("deployManifest", body, outputs);
}

fn map(draft: &mut Draft, group: Vec<(String, Value)>) {
    let mut map = Map::new();
    for (key, value) in group {
        if draft.random.chance(50) {
            let (name, value) = ordinary::variable(&draft.random);
            if !map.contains_key(&name) {
                map.insert(name, value.into());
            }
        }
        map.insert(key, value);
    }
    let service = draft.random.service();
    match draft.random.number(0, 13) {
        0 => draft.stage("jenkins", json!({"master": "ci", "job": format!("{service}-release"), "parameters": map})),
        1 => draft.stage("Aws.LambdaDeploymentStage", json!({"functionName": service, "runtime": "python3.12", "envVariables": map, "account": "aws-prod"})),
        2 => draft.stage("bakeManifest", json!({"templateRenderer": "HELM3", "outputName": service, "overrides": map, "namespace": "shop"})),
        3 => draft.stage("deploy", json!({"clusters": [{"cloudProvider": "ecs", "account": "ecs-prod", "application": service, "environmentVariables": map}]})),
        4 => draft.stage("deploy", json!({"clusters": [{"cloudProvider": "titus", "account": "titus", "application": service, "env": map}]})),
        5 => draft.stage("pipeline", json!({"application": service, "pipeline": draft.random.uuid(), "pipelineParameters": map, "waitForCompletion": true})),
        6 => draft.stage("deployCloudFormation", json!({"stackName": service, "source": "text", "parameters": map, "regions": ["eu-west-1"]})),
        7 => {
            let variables: Vec<Value> = map.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
            draft.stage("evaluateVariables", json!({"variables": variables}));
        }
        8 => draft.stage("terraform", json!({"action": "apply", "workspace": service, "overrides": map})),
        9 => draft.stage("webhook", json!({"method": "POST", "url": format!("https://{}/deployments", draft.random.host()), "payload": {"service": service, "config": map}})),
        10 => draft.stage("preconfiguredJob", json!({"account": "prod-eu", "parameters": map})),
        11 => draft.stage("bake", json!({"baseOs": "debian-12", "package": service, "regions": ["eu-west-1"], "extendedAttributes": map})),
        _ => draft.stage("deploy", json!({"clusters": [{"cloudProvider": "gce", "account": "gce-prod", "application": service, "instanceMetadata": map}]})),
    }
}

fn folder(draft: &mut Draft, group: Vec<(String, Value)>) {
    let service = draft.random.service();
    match draft.random.number(0, 5) {
        0 => {
            for (name, text) in group {
                if name.ends_with("yaml") {
                    draft.stage("deploy", json!({"clusters": [{"cloudProvider": "appengine", "account": "gae-prod", "application": service, "configFiles": [text]}]}));
                } else {
                    deploy(
                        draft,
                        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": service, "namespace": "shop"}, "data": {name: text}}),
                    );
                }
            }
        }
        1 => {
            for (name, text) in group {
                draft.stage("webhook", json!({"method": "PUT", "url": format!("https://{}/files", draft.random.host()), "payload": {"path": name, "content": text}}));
            }
        }
        _ => {
            let data: Map<String, Value> = group.into_iter().collect();
            deploy(
                draft,
                json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("{service}-files"), "namespace": "shop"}, "data": data}),
            );
        }
    }
}

fn run(draft: &mut Draft, command: Value) {
    let service = draft.random.service();
    match draft.random.number(0, 5) {
        0 | 1 => draft.stage("script", json!({"command": command, "repoUrl": format!("acme/{service}"), "scriptPath": "ops/run.sh", "account": "ci"})),
        2 => {
            let spec = json!({"restartPolicy": "Never", "containers": [{"name": service, "image": "registry.acme.io/tools:4.2.0", "command": ["/bin/sh", "-c"], "args": [command]}]});
            let manifest = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": format!("{service}-"), "namespace": "jobs"}, "spec": {"backoffLimit": 0, "template": {"spec": spec}}});
            draft.stage("runJobManifest", json!({"account": "prod-eu", "alias": "runJob", "cloudProvider": "kubernetes", "source": "text", "manifest": manifest}));
        }
        3 => draft.stage("awsCodeBuild", json!({"account": "codebuild", "projectName": service, "commands": [command]})),
        _ => draft.stage("deploy", json!({"clusters": [{"cloudProvider": "azure", "account": "azure-prod", "application": service,
            "customScriptsSettings": {"fileUris": [], "commandToExecute": command}}]})),
    }
}
