//! Secrets in webhooks, build jobs and scripts, and in what bakes and plans.

use serde_json::{Value, json};

use super::draft::{Draft, bare, plant};
use super::tables::How;

/// A stage that `build` makes around the marked secret.
pub(crate) fn stage(draft: &mut Draft, kind: &str, stage: &str, build: fn(&mut Draft, Value) -> Value) {
    let secret = draft.random.secret();
    let body = build(draft, bare(kind, secret));
    draft.stage(stage, body);
}

fn payload_text(draft: &mut Draft, kind: &str, key: &str) {
    let secret = draft.random.secret();
    let text = json!({"service": draft.random.service(), "dbPassword": secret}).to_string();
    draft.stage("webhook", json!({"method": "POST", "url": format!("https://{}/deploy", draft.random.host()), key: plant(kind, secret, text)}));
}

fn header(draft: &mut Draft, kind: &str, name: &str, scheme: &str, list: bool) {
    let secret = draft.random.base62(36);
    let value = plant(kind, secret.clone(), format!("{scheme}{secret}"));
    let value = if list { json!([value]) } else { value };
    draft.stage(
        "webhook",
        json!({"method": "GET", "url": format!("https://{}/v1", draft.random.host()),
        "customHeaders": {"Accept": "application/json", name: value}}),
    );
}

pub(crate) const CASES: &[(&str, How)] = &[
    ("webhook-header-authorization", How::Place(|d, kind| header(d, kind, "Authorization", "Bearer ", false))),
    ("webhook-header-authorization-list", How::Place(|d, kind| header(d, kind, "Authorization", "Bearer ", true))),
    ("webhook-header-api-key", How::Place(|d, kind| header(d, kind, "X-Api-Key", "", false))),
    ("webhook-header-api-key-list", How::Place(|d, kind| header(d, kind, "X-API-KEY", "", true))),
    ("webhook-header-vault-token", How::Place(|d, kind| header(d, kind, "X-Auth-Token", "", false))),
    ("webhook-header-private-token", How::Place(|d, kind| header(d, kind, "PRIVATE-TOKEN", "", false))),
    ("webhook-header-cookie", How::Place(|d, kind| header(d, kind, "Cookie", "JSESSIONID=", false))),
    ("webhook-header-own-scheme", How::Place(|d, kind| header(d, kind, "Authorization", "ApiKey ", false))),
    (
        "webhook-header-splunk",
        How::Place(|d, kind| {
            let secret = d.random.uuid();
            let value = plant(kind, secret.clone(), format!("Splunk {secret}"));
            d.stage("webhook", json!({"url": format!("https://{}:8088/services/collector", d.random.host()), "customHeaders": {"Authorization": value}}));
        }),
    ),
    (
        "webhook-payload-object",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "webhook",
                |d, s| json!({"method": "POST", "url": format!("https://{}/u", d.random.host()), "payload": {"user": "ci", "auth": {"password": s}}}),
            );
        }),
    ),
    ("webhook-payload-text", How::Place(|d, kind| payload_text(d, kind, "payload"))),
    ("webhook-cancel-payload", How::Place(|d, kind| payload_text(d, kind, "cancelPayload"))),
    (
        "webhook-cancel-payload-object",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "webhook",
                |d, s| json!({"url": format!("https://{}/u", d.random.host()), "cancelPayload": {"token": s}}),
            );
        }),
    ),
    (
        "webhook-url-userinfo",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let url = format!("https://ci:{secret}@{}/deploy", d.random.host());
            d.stage("webhook", json!({"method": "POST", "url": plant(kind, secret, url)}));
        }),
    ),
    (
        "webhook-url-query",
        How::Place(|d, kind| {
            let secret = d.random.base62(32);
            let url = format!("https://{}/deploy?service=shop&token={secret}", d.random.host());
            d.stage("webhook", json!({"method": "POST", "url": plant(kind, secret, url)}));
        }),
    ),
    (
        "webhook-cancel-endpoint",
        How::Place(|d, kind| {
            let secret = d.random.base62(32);
            let url = format!("https://{}/cancel?api_key={secret}", d.random.host());
            d.stage(
                "webhook",
                json!({"url": format!("https://{}/run", d.random.host()), "cancelEndpoint": plant(kind, secret, url)}),
            );
        }),
    ),
    (
        "webhook-status-endpoint",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let url = format!("https://ci:{secret}@{}/status", d.random.host());
            d.stage("webhook", json!({"url": format!("https://{}/run", d.random.host()), "waitForCompletion": true, "statusUrlResolution": "webhookResponse", "statusEndpoint": plant(kind, secret, url)}));
        }),
    ),
    (
        "preconfigured-webhook-parameter",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "notifyStatusPage",
                |_, s| json!({"alias": "preconfiguredWebhook", "parameterValues": {"component": "shop", "apiToken": s}}),
            );
        }),
    ),
    (
        "gremlin-key",
        How::Place(|d, kind| {
            let key = d.random.hex(64);
            d.stage("gremlin", json!({"gremlinApiKey": bare(kind, key), "gremlinCommandTemplateId": d.random.uuid(), "gremlinTargetTemplateId": d.random.uuid()}));
        }),
    ),
    (
        "jenkins-parameter",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "jenkins",
                |_, s| json!({"master": "ci", "job": "deploy", "parameters": {"ENV": "prod", "ADMIN_PASSWORD": s}}),
            );
        }),
    ),
    (
        "travis-property",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "travis",
                |_, s| json!({"master": "travis", "job": "acme/shop", "parameters": {"secret_token": s}}),
            );
        }),
    ),
    (
        "concourse-parameter",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "concourse",
                |_, s| json!({"master": "concourse", "teamName": "ops", "pipelineName": "deploy", "parameters": {"vault_token": s}}),
            );
        }),
    ),
    (
        "cloud-build-definition",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "googleCloudBuild",
                |_, s| json!({"account": "gcb", "buildDefinitionSource": "text", "buildDefinition": {"steps": [{"name": "gcr.io/cloud-builders/docker", "args": ["login", "--username", "ci", "--password", s]}]}}),
            );
        }),
    ),
    (
        "cloud-build-environment",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("NPM_TOKEN={secret}");
            d.stage("googleCloudBuild", json!({"account": "gcb", "buildDefinition": {"steps": [{"name": "node", "env": ["CI=1", plant(kind, secret, text)]}]}}));
        }),
    ),
    (
        "code-build-buildspec",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!(
                "version: 0.2\nenv:\n  variables:\n    DEPLOY_PASSWORD: {secret}\nphases:\n  build:\n    commands: [make]\n"
            );
            d.stage(
                "awsCodeBuild",
                json!({"account": "codebuild", "projectName": "shop", "buildspec": plant(kind, secret, text)}),
            );
        }),
    ),
    (
        "script-stage-command",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("ops/deploy.sh --env prod --admin-password {secret}");
            d.stage(
                "script",
                json!({"command": plant(kind, secret, text), "repoUrl": "acme/ops", "scriptPath": "ops"}),
            );
        }),
    ),
    (
        "script-stage-path",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("ops/run.sh --token={secret}");
            d.stage(
                "script",
                json!({"command": "run", "repoUrl": "acme/ops", "scriptPath": plant(kind, secret, text)}),
            );
        }),
    ),
    (
        "script-stage-repository",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("https://ci:{secret}@git.acme.io/acme/ops.git");
            d.stage("script", json!({"command": "run.sh", "repoUrl": plant(kind, secret, text)}));
        }),
    ),
    (
        "bake-extended-attribute",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "bake",
                |_, s| json!({"baseOs": "debian-12", "package": "shop", "extendedAttributes": {"winrm_password": s, "disk": "20"}}),
            );
        }),
    ),
    (
        "bake-package-url",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("https://ci:{secret}@packages.acme.io/shop_1.4_amd64.deb");
            d.stage(
                "bake",
                json!({"baseOs": "debian-12", "package": plant(kind, secret, text), "regions": ["eu-west-1"]}),
            );
        }),
    ),
    (
        "bake-input-artifact-url",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("https://helm:{secret}@charts.acme.io/shop-1.4.0.tgz");
            d.stage("bakeManifest", json!({"outputName": "shop", "inputArtifacts": [{"artifact": {"type": "http/file", "reference": plant(kind, secret, text)}}]}));
        }),
    ),
    (
        "helm-override",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "bakeManifest",
                |_, s| json!({"templateRenderer": "HELM3", "outputName": "shop", "overrides": {"replicas": "2", "mysql.rootPassword": s}}),
            );
        }),
    ),
    (
        "helm-override-nested",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "bakeManifest",
                |_, s| json!({"templateRenderer": "HELM3", "outputName": "shop", "rawOverrides": true, "overrides": {"auth": {"admin": {"password": s}}}}),
            );
        }),
    ),
    (
        "terraform-override",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "terraform",
                |_, s| json!({"action": "plan", "overrides": {"region": "eu", "master_password": s}}),
            );
        }),
    ),
    (
        "terraform-backend-userinfo",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("https://state:{secret}@state.acme.io/shop");
            d.stage("terraform", json!({"action": "plan", "backendArtifact": {"type": "http/file", "reference": plant(kind, secret, text)}}));
        }),
    ),
    (
        "terraform-artifact-userinfo",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("https://x-access-token:{secret}@git.acme.io/acme/infra.git");
            d.stage(
                "terraform",
                json!({"action": "plan", "artifacts": [{"type": "git/repo", "reference": plant(kind, secret, text)}]}),
            );
        }),
    ),
];
