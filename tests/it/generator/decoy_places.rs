//! Places of a pipeline that look as if a secret stood there.

use serde_json::json;

use super::draft::{Draft, decoy};
use super::tables::How;

fn header(draft: &mut Draft, kind: &str, name: &str, value: &str) {
    draft.stage(
        "webhook",
        json!({"url": format!("https://{}/v1", draft.random.host()), "customHeaders": {name: [decoy(kind, value)]}}),
    );
}

fn parameter(draft: &mut Draft, kind: &str, name: &str, value: &str) {
    draft.parameter(json!({"name": name, "label": "Password", "description": "Password of the database; ask the platform team.", "required": true, "default": decoy(kind, value)}));
}

pub(crate) const CASES: &[(&str, How)] = &[
    ("header-reference", How::Place(|d, kind| header(d, kind, "Authorization", "Bearer ${parameters.token}"))),
    (
        "header-reference-basic",
        How::Place(|d, kind| {
            header(d, kind, "Authorization", "Basic ${#toBase64(parameters.user + ':' + parameters.password)}");
        }),
    ),
    (
        "header-reference-stage",
        How::Place(|d, kind| {
            header(
                d,
                kind,
                "X-Vault-Token",
                "${#stage('Login')['context']['webhook']['body']['auth']['client_token']}",
            );
        }),
    ),
    ("header-harmless", How::Place(|d, kind| header(d, kind, "X-Request-Source", "spinnaker-release-pipeline"))),
    (
        "header-content-type",
        How::Place(|d, kind| header(d, kind, "Content-Type", "application/vnd.acme.token-request+json; charset=utf-8")),
    ),
    (
        "header-request-id",
        How::Place(|d, kind| {
            let id = d.random.uuid();
            header(d, kind, "X-Request-Id", &id);
        }),
    ),
    ("parameter-default-empty", How::Place(|d, kind| parameter(d, kind, "dbPassword", ""))),
    (
        "parameter-default-reference",
        How::Place(|d, kind| parameter(d, kind, "adminPassword", "vault:secret/data/admin#password")),
    ),
    ("parameter-default-placeholder", How::Place(|d, kind| parameter(d, kind, "apiToken", "<token>"))),
    (
        "parameter-default-branch",
        How::Place(|d, kind| {
            let branch = format!("feature/{}-token-refresh", d.random.service());
            d.parameter(json!({"name": "branch", "default": decoy(kind, branch), "hasOptions": true, "options": [{"value": "main"}, {"value": "release"}]}));
        }),
    ),
    (
        "parameter-default-commit",
        How::Place(|d, kind| {
            let commit = d.random.hex(40);
            d.parameter(json!({"name": "commit", "default": decoy(kind, commit), "description": "Commit to deploy"}));
        }),
    ),
    (
        "parameter-option-names",
        How::Place(|d, kind| {
            d.parameter(json!({"name": "authMethod", "default": "token", "hasOptions": true, "options": [{"value": decoy(kind, "password")}, {"value": "token"}, {"value": "certificate"}]}));
        }),
    ),
    (
        "notification-channel",
        How::Place(|d, kind| {
            d.notification(json!({"type": "slack", "level": "pipeline", "when": ["pipeline.failed"], "address": decoy(kind, "#secrets-and-tokens"), "message": {"pipeline.failed": {"text": "Password rotation failed, look at the log"}}}));
        }),
    ),
    (
        "notification-mail",
        How::Place(|d, kind| {
            let address = format!("{}@acme.com", d.random.person());
            d.notification(json!({"type": "email", "level": "pipeline", "when": ["pipeline.complete"], "address": decoy(kind, address)}));
        }),
    ),
    (
        "notification-chat-by-expression",
        How::Place(|d, kind| {
            d.notification(json!({"type": "googlechat", "level": "pipeline", "when": ["pipeline.failed"], "address": decoy(kind, "${parameters.chatHook}")}));
        }),
    ),
    (
        "trigger-constraint-regex",
        How::Place(|d, kind| {
            d.trigger(json!({"type": "webhook", "enabled": true, "source": "shop", "payloadConstraints": {"ref": decoy(kind, "^refs/tags/v[0-9]+\\.[0-9]+\\.[0-9]+$"), "token": ".+", "action": "published"}}));
        }),
    ),
    (
        "trigger-subscription",
        How::Place(|d, kind| {
            let name = format!("{}-deploy-events", d.random.service());
            d.trigger(json!({"type": "pubsub", "enabled": true, "pubsubSystem": "google", "subscriptionName": decoy(kind, name), "attributeConstraints": {"eventType": "OBJECT_FINALIZE"}}));
        }),
    ),
    (
        "trigger-docker-tag",
        How::Place(|d, kind| {
            d.trigger(json!({"type": "docker", "enabled": true, "account": "dockerhub", "registry": "index.docker.io", "organization": "acme", "repository": "acme/token-service", "tag": decoy(kind, "^v\\d+\\.\\d+\\.\\d+$")}));
        }),
    ),
    (
        "trigger-service-account",
        How::Place(|d, kind| {
            let user = format!("{}@managed-service-account", d.random.uuid());
            d.trigger(json!({"type": "cron", "enabled": true, "id": d.random.uuid(), "cronExpression": "0 0 10 ? * MON-FRI *", "runAsUser": decoy(kind, user)}));
        }),
    ),
    (
        "artifact-docker-digest",
        How::Place(|d, kind| {
            let reference = format!("registry.acme.io/{}@sha256:{}", d.random.service(), d.random.hex(64));
            d.artifact(json!({"id": d.random.uuid(), "matchArtifact": {"type": "docker/image", "name": "a"}, "defaultArtifact": {"type": "docker/image", "reference": decoy(kind, reference), "artifactAccount": "docker-registry"}}));
        }),
    ),
    (
        "artifact-github-file",
        How::Place(|d, kind| {
            let reference = format!(
                "https://api.github.com/repos/acme/{}/contents/deploy/secret-provider.yaml",
                d.random.service()
            );
            d.artifact(json!({"id": d.random.uuid(), "matchArtifact": {"type": "github/file", "name": "a", "artifactAccount": "github"}, "defaultArtifact": {"type": "github/file", "reference": decoy(kind, reference), "version": d.random.hex(40)}}));
        }),
    ),
    (
        "artifact-bucket-object",
        How::Place(|d, kind| {
            let reference = format!("gs://acme-releases/{}/app.tgz#1{}", d.random.service(), d.random.digits(15));
            d.artifact(json!({"id": d.random.uuid(), "matchArtifact": {"type": "gcs/object", "name": "a"}, "defaultArtifact": {"type": "gcs/object", "reference": decoy(kind, reference)}}));
        }),
    ),
    (
        "webhook-harmless-url",
        How::Place(|d, kind| {
            let url = format!("https://vault.acme.io/v1/sys/health?standbyok=true&service={}", d.random.service());
            d.stage("webhook", json!({"method": "GET", "url": decoy(kind, url)}));
        }),
    ),
    (
        "webhook-documentation-url",
        How::Place(|d, kind| {
            let url = format!("https://docs.acme.io/{}/secrets/how-to-rotate-a-token", d.random.service());
            d.stage("webhook", json!({"method": "GET", "url": decoy(kind, url)}));
        }),
    ),
    (
        "webhook-policy-check-url",
        How::Place(|d, kind| {
            let url = format!("https://{}/api/v1/secrets-scan/results?service=shop", d.random.host());
            d.stage("webhook", json!({"method": "GET", "url": decoy(kind, url)}));
        }),
    ),
    (
        "judgment-about-passwords",
        How::Place(|d, kind| {
            d.stage("manualJudgment", json!({"instructions": decoy(kind, "Check that the password rotation has run and that no token is older than 30 days, then approve."), "judgmentInputs": [{"value": "rotate password"}, {"value": "skip"}]}));
        }),
    ),
    (
        "precondition-on-a-password",
        How::Place(|d, kind| {
            d.stage("checkPreconditions", json!({"preconditions": [{"type": "expression", "context": {"expression": decoy(kind, "${parameters.password != null && parameters.password.length() > 12}"), "failureMessage": "The password is too short"}}]}));
        }),
    ),
    (
        "conditional-on-a-token",
        How::Place(|d, kind| {
            d.stage("wait", json!({"waitTime": 10, "stageEnabled": {"type": "expression", "expression": decoy(kind, "parameters.token != ''")}}));
        }),
    ),
    (
        "cloudformation-parameter-definition",
        How::Place(|d, kind| {
            d.stage("deployCloudFormation", json!({"stackName": "db", "templateBody": {"Parameters": {"DbPassword": {"Type": "String", "NoEcho": true, "Description": decoy(kind, "Password of the database administrator")}},
        "Resources": {"Db": {"Properties": {"MasterUserPassword": {"Ref": "DbPassword"}}}}}}));
        }),
    ),
    (
        "cloudformation-dynamic-reference",
        How::Place(|d, kind| {
            let reference = format!("{{{{resolve:secretsmanager:prod/{}:SecretString:password}}}}", d.random.service());
            d.stage("deployCloudFormation", json!({"stackName": "db", "templateBody": {"Resources": {"Db": {"Properties": {"MasterUserPassword": decoy(kind, reference)}}}}}));
        }),
    ),
    (
        "lambda-key-arn",
        How::Place(|d, kind| {
            let arn = format!("arn:aws:kms:eu-west-1:{}:key/{}", d.random.digits(12), d.random.uuid());
            d.stage("Aws.LambdaDeploymentStage", json!({"functionName": "resize", "KMSKeyArn": decoy(kind, arn), "s3bucket": "acme-code", "s3key": "resize/1.zip", "envVariables": {}}));
        }),
    ),
    (
        "table-key-schema",
        How::Place(|d, kind| {
            d.stage("deployCloudFormation", json!({"stackName": "t", "templateBody": {"Resources": {"Table": {"Properties": {"KeySchema": [{"AttributeName": decoy(kind, "tokenId"), "KeyType": "HASH"}]}}}}}));
        }),
    ),
    (
        "task-definition-secrets",
        How::Place(|d, kind| {
            let arn =
                format!("arn:aws:ssm:eu-west-1:{}:parameter/prod/{}/password", d.random.digits(12), d.random.service());
            d.stage("deploy", json!({"clusters": [{"cloudProvider": "ecs", "account": "ecs", "taskDefinition": {"containerDefinitions": [{"secrets": [{"name": "DB_PASSWORD", "valueFrom": decoy(kind, arn)}]}]}}]}));
        }),
    ),
    (
        "stage-name-about-secrets",
        How::Place(|d, kind| {
            d.stage("pipeline", json!({"pipeline": d.random.uuid(), "application": "shop", "comments": decoy(kind, "Rotates the API token and the database password.")}));
        }),
    ),
    (
        "tag-list",
        How::Place(|d, kind| {
            d.stage("upsertEntityTags", json!({"tags": [{"name": "secret-scanning", "value": decoy(kind, "enabled")}, {"name": "password-policy", "value": "strict"}]}));
        }),
    ),
    (
        "canary-config-identifiers",
        How::Place(|d, kind| {
            let id = d.random.uuid();
            d.stage("kayentaCanary", json!({"canaryConfig": {"canaryConfigId": decoy(kind, id), "storageAccountName": "kayenta-gcs", "metricsAccountName": "prometheus-token-auth"}}));
        }),
    ),
];
