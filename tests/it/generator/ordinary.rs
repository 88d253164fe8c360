//! What fills a pipeline besides secrets and decoys: stages, variables and tasks as they are found everywhere.

use serde_json::{Value, json};

use super::draft::Draft;
use super::pools;
use super::random::Random;

/// An ordinary environment variable.
pub(crate) fn variable(random: &Random) -> (String, String) {
    let host = random.host();
    let service = random.service();
    let n = random.number(1, 64);
    let list: [(&str, String); 16] = [
        ("LOG_LEVEL", random.pick(&["info", "debug", "warn"]).to_owned()),
        ("PORT", (8000 + n).to_string()),
        ("DB_HOST", host.clone()),
        ("DB_USER", format!("{service}_rw")),
        ("DB_NAME", service.clone()),
        ("SERVICE_URL", format!("https://{host}/api/v{n}")),
        ("JAVA_OPTS", format!("-Xmx{n}g -XX:+UseG1GC -Dservice.name={service}")),
        ("REGION", random.pick(&["eu-west-1", "us-east-1", "ap-southeast-2"]).to_owned()),
        ("FEATURE_NEW_BASKET", random.pick(&["true", "false"]).to_owned()),
        ("WORKERS", n.to_string()),
        ("TIMEOUT", format!("{n}s")),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{host}:4317")),
        ("CACHE_PREFIX", format!("{service}:v{n}:")),
        ("SPRING_PROFILES_ACTIVE", "production,metrics".to_owned()),
        ("TZ", "Europe/Paris".to_owned()),
        ("RELEASE", format!("1.{n}.{}", random.number(0, 20))),
    ];
    let at = random.number(0, list.len());
    let (name, value) = &list[at];
    ((*name).to_owned(), value.clone())
}

/// A manifest of one of the kinds that carry pods.
pub(crate) fn with_pod(random: &Random, kind: usize, service: &str, spec: Value) -> Value {
    let meta = json!({"name": service, "namespace": "shop", "labels": {"app": service, "tier": "backend"}});
    let template = json!({"metadata": {"labels": {"app": service}}, "spec": spec});
    match kind {
        3 => {
            json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "spec": {"schedule": "*/15 2 * * 1-5",
            "jobTemplate": {"spec": {"template": template}}}})
        }
        4 => json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]}),
        5 => json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": meta, "spec": {"serviceName": service,
            "replicas": random.number(1, 5), "template": template}}),
        _ => {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {"replicas": random.number(1, 9),
            "selector": {"matchLabels": {"app": service}}, "template": template}})
        }
    }
}

pub(crate) fn tasks(random: &Random, kind: &str) -> Value {
    let class = super::random::capitalised(kind.rsplit('.').next().unwrap_or(kind));
    json!([{"id": "1", "implementingClass": format!("com.netflix.spinnaker.orca.clouddriver.tasks.{class}Task"), "name": kind,
        "startTime": 1_795_436_397_593_u64, "endTime": 1_795_436_398_334_u64 + random.next() % 60_000, "status": "SUCCEEDED",
        "stageStart": true, "stageEnd": true, "loopStart": false, "loopEnd": false}])
}

/// An ordinary stage.
pub(crate) fn stage(draft: &mut Draft) {
    let service = draft.random.service();
    let digest = draft.random.hex(64);
    match draft.random.number(0, 10) {
        0 => draft.stage("manualJudgment", json!({"instructions": format!("Look at the dashboards of {service}, then say yes."),
            "judgmentInputs": [{"value": "yes"}, {"value": "no"}], "failPipeline": true, "selectedStageRoles": ["release-managers"]})),
        1 => draft.stage("wait", json!({"waitTime": draft.random.number(10, 900), "comments": "Let the caches warm up."})),
        2 => draft.stage("checkPreconditions", json!({"preconditions": [{"type": "expression", "failPipeline": true,
            "context": {"expression": "${ #stage('Bake')['status'].toString() == 'SUCCEEDED' }"}}]})),
        3 => draft.stage("kayentaCanary", json!({"analysisType": "realTime", "canaryConfig": {"canaryConfigId": draft.random.uuid(),
            "lifetimeDuration": "PT1H", "metricsAccountName": "prometheus", "storageAccountName": "gcs-kayenta",
            "scoreThresholds": {"pass": "95", "marginal": "75"}, "scopes": [{"scopeName": "default", "controlScope": format!("{service}-baseline"),
            "experimentScope": format!("{service}-canary"), "step": 60}]}})),
        4 => draft.stage("bakeManifest", json!({"templateRenderer": "HELM3", "outputName": service, "namespace": "shop",
            "overrides": {"image.tag": "${trigger['tag']}", "replicaCount": "4", "ingress.host": format!("{service}.acme.io")},
            "expectedArtifacts": [{"id": draft.random.uuid(), "displayName": service, "matchArtifact": {"type": "embedded/base64", "name": service}}]})),
        5 => draft.stage("findArtifactsFromResource", json!({"account": "prod-eu", "location": "shop", "manifestName": format!("deployment {service}"), "mode": "static"})),
        6 => {
            let mut text = String::from("# written by the platform team\n");
            for n in 0..draft.random.number(8, 40) {
                let (name, value) = variable(&draft.random);
                text.push_str(&[name.to_lowercase().as_str(), ".", &n.to_string(), "=", &value, "\n"].concat());
            }
            let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": service, "namespace": "shop"},
                "data": {"application.properties": text}});
            pools::deploy(draft, map);
        }
        7 => {
            let lines = format!("#!/bin/bash\nset -euo pipefail\ncd {service}\nmake test\nmake publish VERSION=1.{}.0\n", draft.random.number(1, 90));
            draft.stage("script", json!({"command": lines, "repoUrl": format!("acme/{service}"), "scriptPath": "ops", "account": "ci"}));
        }
        _ => {
            let mut env = Vec::new();
            for _ in 0..draft.random.number(3, 12) {
                let (name, value) = variable(&draft.random);
                env.push(json!({"name": name, "value": value}));
            }
            let spec = json!({"containers": [{"name": service, "image": format!("registry.acme.io/{service}@sha256:{digest}"), "env": env,
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "250m", "memory": "512Mi"}},
                "readinessProbe": {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 10},
                "securityContext": {"runAsNonRoot": true, "allowPrivilegeEscalation": false}}]});
            let manifest = with_pod(&draft.random, 6, &service, spec);
            pools::deploy(draft, manifest);
        }
    }
}
