//! What only an execution holds: outputs, results of tasks, logs, build information, the trigger and its parents.

use serde_json::{Value, json};

use super::draft::{bare, decoy, plant};
use super::tables::How;

fn kato(results: Value) -> Value {
    json!([{"id": "9c1e", "status": {"completed": true, "failed": false, "retryable": false}, "history": [{"phase": "ORCHESTRATION", "status": "Initializing Orchestration Task"}],
        "resultObjects": results}])
}

pub(crate) const PLANTS: &[(&str, How)] = &[
    (
        "kato-result",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let results = json!([{"serverGroupNames": ["eu:shop-v001"]}, {"serviceKey": {"user": "app", "password": bare(kind, secret)}}]);
            d.stage("createServiceKey", json!({"cloudProvider": "cloudfoundry", "kato.tasks": kato(results)}));
        }),
    ),
    (
        "kato-result-manifest",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let manifest = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"main": bare(kind, secret)}});
            d.stage("deployManifest", json!({"account": "prod-eu", "source": "artifact", "kato.tasks": kato(json!([{"manifests": [manifest]}]))}));
        }),
    ),
    (
        "output-value",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            d.stage_with_outputs(
                "evaluateVariables",
                json!({"variables": []}),
                json!({"dbPassword": bare(kind, secret)}),
            );
        }),
    ),
    (
        "output-manifest",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let spec = json!({"containers": [{"name": "a", "image": "a:1", "env": [{"name": "DB_PASSWORD", "value": bare(kind, secret)}]}]});
            let manifest = super::ordinary::with_pod(&d.random, 6, "orders", spec);
            d.stage_with_outputs(
                "deployManifest",
                json!({"account": "prod-eu", "source": "artifact"}),
                json!({"outputs.manifests": [manifest]}),
            );
        }),
    ),
    (
        "context-output-manifest",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"SMTP_PASSWORD": bare(kind, secret)}});
            d.stage(
                "deployManifest",
                json!({"account": "prod-eu", "source": "artifact", "outputs.manifests": [manifest]}),
            );
        }),
    ),
    (
        "property-file",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            d.stage_with_outputs(
                "jenkins",
                json!({"master": "ci", "job": "db"}),
                json!({"propertyFileContents": {"version": "1.4", "db_password": bare(kind, secret)}}),
            );
        }),
    ),
    (
        "build-information",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            d.stage("jenkins", json!({"master": "ci", "buildInfo": {"number": 7, "result": "SUCCESS", "properties": {"DEPLOY_PASSWORD": bare(kind, secret)}}}));
        }),
    ),
    (
        "job-log",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("migrating\nconnecting with password={secret}\ndone\n");
            d.stage(
                "runJobManifest",
                json!({"account": "prod-eu", "jobStatus": {"name": "m-1", "logs": plant(kind, secret, text)}}),
            );
        }),
    ),
    (
        "webhook-answer",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            d.stage("webhook", json!({"url": format!("https://{}/session", d.random.host()), "webhook": {"statusCodeValue": 200, "body": {"user": "ci", "access_token": bare(kind, secret)}}}));
        }),
    ),
    (
        "webhook-answer-text",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = json!({"client_secret": secret, "scope": "all"}).to_string();
            d.stage("webhook", json!({"url": format!("https://{}/session", d.random.host()), "webhook": {"statusCodeValue": 200, "body": plant(kind, secret, text)}}));
        }),
    ),
    (
        "task-error",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("Command failed: mysql -u root --password={secret} -e 'select 1'");
            d.stage("script", json!({"exception": {"exceptionType": "IllegalStateException", "details": {"errors": [plant(kind, secret, text)]}}}));
        }),
    ),
    (
        "trigger-payload",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            d.trigger_field("payload", json!({"ref": "main", "token": bare(kind, secret)}));
        }),
    ),
    (
        "trigger-parameter-of-the-run",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            d.trigger_parameter("releasePassword", bare(kind, secret));
        }),
    ),
    (
        "trigger-properties",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            d.trigger_field("properties", json!({"version": "1.4.2", "NPM_TOKEN": bare(kind, secret)}));
        }),
    ),
    (
        "parent-trigger-parameter",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            d.parent_trigger_field("parameters", json!({"region": "eu", "dbPassword": bare(kind, secret)}));
        }),
    ),
    (
        "grandparent-trigger-parameter",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let trigger = json!({"type": "manual", "parameters": {"adminPassword": bare(kind, secret)}});
            d.parent_trigger_field(
                "parentExecution",
                json!({"type": "PIPELINE", "name": "weekly", "stages": [], "trigger": trigger}),
            );
        }),
    ),
    (
        "grandparent-stage",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let stage = json!({"type": "webhook", "context": {"customHeaders": {"X-Api-Key": [bare(kind, secret)]}}});
            d.trigger_field(
                "linkedExecution",
                json!({"type": "PIPELINE", "trigger": {"parentExecution": {"stages": [stage]}}}),
            );
        }),
    ),
    (
        "synthetic-stage",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            d.stage("createServerGroup", json!({"cluster": "shop-prod", "env": {"JDBC_PASSWORD": bare(kind, secret)}, "syntheticStageOwner": "STAGE_BEFORE"}));
        }),
    ),
];

pub(crate) const DECOYS: &[(&str, How)] = &[
    (
        "deployed-server-groups",
        How::Place(|d, kind| {
            let name = format!("{}-prod-v0{}", d.random.service(), d.random.digits(2));
            d.stage(
                "deploy",
                json!({"deploy.server.groups": {"eu-west-1": [decoy(kind, name)]}, "deploy.account.name": "prod"}),
            );
        }),
    ),
    (
        "kato-task-identifiers",
        How::Place(|d, kind| {
            let id = d.random.uuid();
            d.stage("enableServerGroup", json!({"kato.last.task.id": {"id": decoy(kind, id)}, "kato.task.firstNotFoundRetry": -1, "kato.task.notFoundRetryCount": 0}));
        }),
    ),
    (
        "manifest-names",
        How::Place(|d, kind| {
            let name = format!("secret {}-tls", d.random.service());
            d.stage_with_outputs(
                "deployManifest",
                json!({"account": "prod"}),
                json!({"outputs.manifestNamesByNamespace": {"shop": [decoy(kind, name)]}}),
            );
        }),
    ),
    (
        "artifact-store-reference",
        How::Place(|d, kind| {
            let reference = format!("ref://{}/{}", d.random.service(), d.random.hex(64));
            d.stage("bakeManifest", json!({"resolvedExpectedArtifacts": [{"id": d.random.uuid(), "boundArtifact": {"type": "remote/base64", "reference": decoy(kind, reference)}}]}));
        }),
    ),
    (
        "git-trigger-hash",
        How::Place(|d, kind| {
            let hash = d.random.hex(40);
            d.trigger_field("hash", decoy(kind, hash));
        }),
    ),
    (
        "pod-names",
        How::Place(|d, kind| {
            let name = format!(
                "gate-{}-{}",
                d.random.chars("bcdfghjklmnpqrstvwxz2456789", 5),
                d.random.chars("bcdfghjklmnpqrstvwxz2456789", 5)
            );
            d.stage(
                "runJobManifest",
                json!({"jobStatus": {"mostRecentPodName": decoy(kind, name), "jobState": "Succeeded"}}),
            );
        }),
    ),
    (
        "build-log-of-no-interest",
        How::Place(|d, kind| {
            let text = format!(
                "Using credential ci-github\n > git fetch --tags https://git.acme.io/shop.git\nChecking out {}\nMasking supported pattern matches of $TOKEN\n",
                d.random.hex(40)
            );
            d.stage("jenkins", json!({"buildInfo": {"log": decoy(kind, text), "fingerprint": d.random.hex(32)}}));
        }),
    ),
    (
        "trigger-correlation",
        How::Place(|d, kind| {
            let id = format!("{}_{}_deploy_{}", d.random.ulid(), d.random.ulid(), d.random.digits(13));
            d.trigger_field("correlationId", decoy(kind, id));
        }),
    ),
];
