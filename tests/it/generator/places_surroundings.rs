//! Secrets in what a stage hands on, and around the stages: notifications, triggers, parameters, artifacts.

use serde_json::{Value, json};

use super::draft::{Draft, bare, plant};
use super::encode::base64;
use super::places::stage;
use super::places_servers::cluster;
use super::tables::How;

/// The address of a chat hook that needs nothing else to be used.
fn hook(draft: &mut Draft, google: bool) -> String {
    let random = &draft.random;
    if google {
        format!(
            "https://chat.googleapis.com/v1/spaces/{}/messages?key=AIzaSy{}&token={}",
            random.base62(11),
            random.urlsafe(33),
            random.urlsafe(43)
        )
    } else {
        format!(
            "https://acme.webhook.office.com/webhookb2/{}@{}/IncomingWebhook/{}/{}",
            random.uuid(),
            random.uuid(),
            random.hex(32),
            random.uuid()
        )
    }
}

fn notification(draft: &mut Draft, kind: &str, google: bool, at_stage: bool) {
    let address = bare(kind, hook(draft, google));
    let service = if google { "googlechat" } else { "microsoftteams" };
    if at_stage {
        draft.stage(
            "manualJudgment",
            json!({"instructions": "Look at the dashboard.", "sendNotifications": true,
            "notifications": [{"type": service, "level": "stage", "when": ["manualJudgment"], "address": address}]}),
        );
    } else {
        draft.notification(
            json!({"type": service, "level": "pipeline", "when": ["pipeline.failed"], "address": address}),
        );
    }
}

fn trigger(draft: &mut Draft, kind: &str, build: fn(Value) -> Value) {
    let secret = draft.random.secret();
    let trigger = build(bare(kind, secret));
    draft.trigger(trigger);
}

fn parameter(draft: &mut Draft, kind: &str, key: &str, as_option: bool) {
    let secret = bare(kind, draft.random.secret());
    draft.parameter(if as_option {
        json!({"name": key, "label": "", "required": false, "hasOptions": true, "default": "", "options": [{"value": ""}, {"value": secret}]})
    } else {
        json!({"name": key, "label": "Password of the database", "required": true, "hasOptions": false, "options": [], "default": secret})
    });
}

fn artifact(draft: &mut Draft, kind: &str, key: &str) {
    let secret = draft.random.secret();
    let reference = format!("https://ci:{secret}@git.acme.io/raw/{}/values.yaml", draft.random.service());
    draft.artifact(json!({"id": draft.random.uuid(), "displayName": "values", "matchArtifact": {"type": "http/file", "name": "values.yaml"},
        "useDefaultArtifact": true, key: {"type": "http/file", "name": "values.yaml", "reference": plant(kind, secret, reference)}}));
}

pub(crate) const CASES: &[(&str, How)] = &[
    (
        "pipeline-stage-parameter",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "pipeline",
                |d, s| json!({"application": "shop", "pipeline": d.random.uuid(), "pipelineParameters": {"version": "1.4", "rootPassword": s}}),
            );
        }),
    ),
    (
        "run-multiple-pipelines",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text =
                format!("shop:\n  child_pipeline: deploy\n  args:\n    version: '1.4'\n    db_password: {secret}\n");
            d.stage("runMultiplePipelines", json!({"yamlConfig": [plant(kind, secret, text)]}));
        }),
    ),
    (
        "evaluated-variable",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "evaluateVariables",
                |_, s| json!({"variables": [{"key": "region", "value": "eu"}, {"key": "dbPassword", "value": s}]}),
            );
        }),
    ),
    (
        "strategy-parameter",
        How::Place(|d, kind| {
            cluster(
                d,
                kind,
                "aws",
                |d, s| json!({"strategy": "custom", "strategyPipeline": d.random.uuid(), "pipelineParameters": {"adminPassword": s}}),
            );
        }),
    ),
    (
        "monitor-parameter",
        How::Place(|d, kind| {
            cluster(
                d,
                kind,
                "aws",
                |_, s| json!({"strategy": "monitored", "deploymentMonitor": {"id": "logs", "parameters": {"apiKey": s}}}),
            );
        }),
    ),
    (
        "canary-scope-parameter",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "kayentaCanary",
                |d, s| json!({"canaryConfig": {"canaryConfigId": d.random.uuid(), "scopes": [{"scopeName": "default", "extendedScopeParams": {"apiToken": s}}]}}),
            );
        }),
    ),
    (
        "save-pipeline-inline",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let pipeline = json!({"application": "shop", "name": "child", "stages": [{"type": "jenkins", "parameters": {"DEPLOY_PASSWORD": secret}}]});
            d.stage("savePipeline", json!({"pipeline": plant(kind, secret, base64(pipeline.to_string()))}));
        }),
    ),
    (
        "template-variable-default",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "createV2PipelineTemplate",
                |_, s| json!({"pipelineTemplate": {"schema": "v2", "id": "release", "variables": [{"name": "dbPassword", "type": "string", "defaultValue": s}]}}),
            );
        }),
    ),
    (
        "template-variable-value",
        How::Place(|d, kind| {
            stage(
                d,
                kind,
                "pipeline",
                |_, s| json!({"type": "pipeline", "template": {"type": "front50/pipelineTemplate", "reference": "spinnaker://release"}, "variables": {"replicas": 3, "dbPassword": s}}),
            );
        }),
    ),
    (
        "application-pager-key",
        How::Place(|d, kind| {
            let key = d.random.hex(32);
            d.stage(
                "upsertApplication",
                json!({"application": {"name": "shop", "email": "shop@acme.com", "pdApiKey": bare(kind, key)}}),
            );
        }),
    ),
    (
        "precondition-command",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("curl -s -u probe:{secret} https://{}/ready", d.random.host());
            d.stage(
                "checkPreconditions",
                json!({"preconditions": [{"type": "script", "context": {"command": plant(kind, secret, text)}}]}),
            );
        }),
    ),
    (
        "judgment-instructions",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("Log in to the console as admin, password: {secret}, and look at the queue.");
            d.stage("manualJudgment", json!({"instructions": plant(kind, secret, text)}));
        }),
    ),
    (
        "comment-with-password",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("break-glass login: root / password={secret}");
            d.stage("wait", json!({"waitTime": 5, "comments": plant(kind, secret, text)}));
        }),
    ),
    ("notification-teams", How::Place(|d, kind| notification(d, kind, false, false))),
    ("notification-google-chat", How::Place(|d, kind| notification(d, kind, true, false))),
    ("notification-teams-of-a-stage", How::Place(|d, kind| notification(d, kind, false, true))),
    ("notification-google-chat-of-a-stage", How::Place(|d, kind| notification(d, kind, true, true))),
    (
        "git-trigger-secret",
        How::Place(|d, kind| {
            trigger(
                d,
                kind,
                |s| json!({"type": "git", "enabled": true, "source": "github", "project": "acme", "slug": "shop", "branch": "main", "secret": s}),
            );
        }),
    ),
    (
        "webhook-trigger-constraint",
        How::Place(|d, kind| {
            trigger(
                d,
                kind,
                |s| json!({"type": "webhook", "enabled": true, "source": "shop", "payloadConstraints": {"environment": "prod", "token": s}}),
            );
        }),
    ),
    (
        "pubsub-trigger-constraint",
        How::Place(|d, kind| {
            trigger(
                d,
                kind,
                |s| json!({"type": "pubsub", "enabled": true, "pubsubSystem": "google", "subscriptionName": "shop", "attributeConstraints": {"secret": s}}),
            );
        }),
    ),
    (
        "trigger-parameter",
        How::Place(|d, kind| {
            trigger(
                d,
                kind,
                |s| json!({"type": "cron", "enabled": true, "cronExpression": "0 0 3 ? * MON-FRI", "parameters": {"dbPassword": s}}),
            );
        }),
    ),
    ("parameter-default", How::Place(|d, kind| parameter(d, kind, "dbPassword", false))),
    ("parameter-default-token", How::Place(|d, kind| parameter(d, kind, "DEPLOY_TOKEN", false))),
    (
        "parameter-default-recognised-token",
        How::Place(|d, kind| {
            let token = format!("glpat-{}", d.random.urlsafe(20));
            d.parameter(json!({"name": "extra", "default": bare(kind, token), "required": false}));
        }),
    ),
    ("parameter-option", How::Place(|d, kind| parameter(d, kind, "adminPassword", true))),
    ("artifact-default-userinfo", How::Place(|d, kind| artifact(d, kind, "defaultArtifact"))),
    ("artifact-bound-userinfo", How::Place(|d, kind| artifact(d, kind, "boundArtifact"))),
    (
        "artifact-query-token",
        How::Place(|d, kind| {
            let secret = d.random.hex(40);
            let text = format!("https://raw.acme.io/shop/values.yaml?token={secret}");
            d.artifact(json!({"id": d.random.uuid(), "matchArtifact": {"type": "http/file", "name": "v"}, "defaultArtifact": {"type": "http/file", "reference": plant(kind, secret, text)}}));
        }),
    ),
];
