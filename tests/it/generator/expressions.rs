//! Literals in expressions, `noop` references, and stages that fetch a secret into the execution.

use serde_json::{Value, json};

use super::draft::{Draft, bare, plant};
use super::encode::base64;
use super::tables::{How, Text};

fn expression(draft: &mut Draft, kind: &str, key: &str, text: Text) {
    let secret = draft.random.secret();
    let text = text(&draft.random, &secret);
    draft.named(key, plant(kind, secret, text));
}

/// A webhook stage whose answer is a secret; what is planted is its address.
fn fetch(draft: &mut Draft, kind: &str, url: String, headers: Value) {
    let mut body =
        json!({"method": "GET", "url": plant(kind, "", url), "customHeaders": headers, "waitForCompletion": false});
    if draft.execution {
        let secret = draft.random.secret();
        let answer = bare(kind, secret);
        body["webhook"] = json!({"statusCode": "OK", "statusCodeValue": 200, "body": {"request_id": draft.random.uuid(), "data": {"data": {"password": answer}}}});
    }
    draft.stage("webhook", body);
}

fn vault_header() -> Value {
    json!({"X-Vault-Token": "${parameters.vaultToken}"})
}

pub(crate) const CASES: &[(&str, How)] = &[
    (
        "noop-encrypted",
        How::Place(|d, kind| expression(d, kind, "DB_PASSWORD", |_, s| format!("encrypted:noop!v:{s}"))),
    ),
    ("noop-secret-uri", How::Place(|d, kind| expression(d, kind, "apiToken", |_, s| format!("secret://noop?v={s}")))),
    (
        "noop-under-a-plain-key",
        How::Place(|d, kind| expression(d, kind, "SETTING", |_, s| format!("encrypted:noop!v:{s}"))),
    ),
    (
        "noop-in-properties-text",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("host={}\nspring.datasource.password=encrypted:noop!v:{secret}\n", d.random.host());
            d.file("noop.properties", plant(kind, secret, text));
        }),
    ),
    ("expression-literal", How::Place(|d, kind| expression(d, kind, "DB_PASSWORD", |_, s| format!("${{\"{s}\"}}")))),
    (
        "expression-literal-single-quotes",
        How::Place(|d, kind| expression(d, kind, "adminPassword", |_, s| format!("${{ '{s}' }}"))),
    ),
    (
        "expression-to-base64",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("Basic ${{#toBase64(\"{}:{secret}\")}}", d.random.person());
            d.stage("webhook", json!({"url": format!("https://{}/x", d.random.host()), "customHeaders": {"Authorization": plant(kind, secret, text)}}));
        }),
    ),
    (
        "expression-to-base64-concatenated",
        How::Place(|d, kind| {
            let secret = d.random.secret();
            let text = format!("${{ 'Basic ' + #toBase64('{}:{secret}') }}", d.random.person());
            d.stage("webhook", json!({"url": format!("https://{}/x", d.random.host()), "customHeaders": {"Authorization": [plant(kind, secret, text)]}}));
        }),
    ),
    (
        "expression-elvis",
        How::Place(|d, kind| expression(d, kind, "password", |_, s| format!("${{parameters.password ?: '{s}'}}"))),
    ),
    (
        "expression-elvis-map",
        How::Place(|d, kind| {
            expression(d, kind, "DEPLOY_TOKEN", |_, s| format!("${{parameters['token'] ?: \"{s}\"}}"));
        }),
    ),
    (
        "expression-get-with-default",
        How::Place(|d, kind| {
            expression(d, kind, "SMTP_PASSWORD", |_, s| format!("${{parameters.getOrDefault('smtpPassword', '{s}')}}"));
        }),
    ),
    (
        "expression-from-base64",
        How::Place(|d, kind| expression(d, kind, "DB_PASSWORD", |_, s| format!("${{#fromBase64('{}')}}", base64(s)))),
    ),
    (
        "expression-ternary",
        How::Place(|d, kind| {
            expression(d, kind, "rootPassword", |_, s| {
                format!("${{parameters.env == 'prod' ? '{s}' : parameters.rootPassword}}")
            });
        }),
    ),
    (
        "expression-ternary-else",
        How::Place(|d, kind| {
            expression(d, kind, "API_KEY", |_, s| {
                format!("${{trigger['type'] == 'manual' ? trigger.parameters.key : '{s}'}}")
            });
        }),
    ),
    (
        "expression-concatenation",
        How::Place(|d, kind| {
            expression(d, kind, "DSN", |r, s| {
                format!("${{'postgres://app:{s}@' + parameters.host + '/{}'}}", r.service())
            });
        }),
    ),
    (
        "expression-bearer-literal",
        How::Place(|d, kind| {
            let secret = d.random.base62(36);
            let text = format!("${{\"Bearer {secret}\"}}");
            d.stage("webhook", json!({"url": format!("https://{}/x", d.random.host()), "customHeaders": {"Authorization": plant(kind, secret, text)}}));
        }),
    ),
    (
        "expression-with-token",
        How::Place(|d, kind| {
            let body = d.random.base62(30);
            let token = format!("ghp_{body}{}", super::encode::crc32_base62(&body));
            let text = format!("${{#readJson('{{\"extra\":\"{token}\"}}')['extra']}}");
            d.named("EXTRA", plant(kind, token, text));
        }),
    ),
    (
        "expression-inline-map",
        How::Place(|d, kind| {
            expression(d, kind, "settings", |_, s| format!("${{#toJson({{'user': 'app', 'password': '{s}'}})}}"));
        }),
    ),
    (
        "literal-beside-an-expression",
        How::Place(|d, kind| {
            expression(d, kind, "DATABASE_URL", |r, s| format!("mysql://app:{s}@${{parameters.host}}/{}", r.service()));
        }),
    ),
    (
        "fetch-vault-kv2",
        How::Place(|d, kind| {
            let url = format!("https://vault.acme.io:8200/v1/secret/data/{}", d.random.service());
            fetch(d, kind, url, vault_header());
        }),
    ),
    (
        "fetch-vault-kv1",
        How::Place(|d, kind| {
            let url = format!("https://vault.corp.acme.com/v1/kv/{}/db", d.random.service());
            fetch(d, kind, url, vault_header());
        }),
    ),
    (
        "fetch-vault-database-credentials",
        How::Place(|d, kind| {
            let url = format!("http://vault.vault.svc:8200/v1/database/creds/{}", d.random.service());
            fetch(d, kind, url, vault_header());
        }),
    ),
    (
        "fetch-aws-secrets-manager",
        How::Place(|d, kind| {
            let url = format!("https://secretsmanager.{}.amazonaws.com/", d.random.pick(&["eu-west-1", "us-east-1"]));
            fetch(
                d,
                kind,
                url,
                json!({"X-Amz-Target": "secretsmanager.GetSecretValue", "Content-Type": "application/x-amz-json-1.1"}),
            );
        }),
    ),
    (
        "fetch-gcp-secret-manager",
        How::Place(|d, kind| {
            let url = format!(
                "https://secretmanager.googleapis.com/v1/projects/acme/secrets/{}/versions/latest:access",
                d.random.service()
            );
            fetch(d, kind, url, json!({"Authorization": "Bearer ${parameters.token}"}));
        }),
    ),
    (
        "fetch-azure-key-vault",
        How::Place(|d, kind| {
            let url = format!("https://acme-prod.vault.azure.net/secrets/{}?api-version=7.4", d.random.service());
            fetch(d, kind, url, json!({"Authorization": "Bearer ${parameters.token}"}));
        }),
    ),
    (
        "fetch-kubernetes-secret",
        How::Place(|d, kind| {
            let url = format!("https://kubernetes.default.svc/api/v1/namespaces/shop/secrets/{}", d.random.service());
            fetch(d, kind, url, json!({"Authorization": "Bearer ${parameters.token}"}));
        }),
    ),
    (
        "fetch-by-expression-from-url",
        How::Place(|d, kind| {
            let text = format!("${{#fromUrl('https://vault.acme.io/v1/secret/data/{}')}}", d.random.service());
            d.stage("evaluateVariables", json!({"variables": [{"key": "answer", "value": plant(kind, "", text)}]}));
        }),
    ),
    (
        "fetch-by-expression-json-from-url",
        How::Place(|d, kind| {
            let text = format!(
                "${{#jsonFromUrl('https://acme.vault.azure.net/secrets/{}?api-version=7.4')['value']}}",
                d.random.service()
            );
            d.stage("evaluateVariables", json!({"variables": [{"key": "answer", "value": plant(kind, "", text)}]}));
        }),
    ),
];
