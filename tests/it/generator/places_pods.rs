//! Secrets in the containers of pods.

use serde_json::{Value, json};

use super::draft::{Draft, bare, plant};
use super::pools::deploy;
use super::tables::How;

fn container(draft: &mut Draft, kind: &str, build: fn(&str, String) -> Value) {
    let value = draft.random.secret();
    let service = draft.random.service();
    let mut container = build(kind, value);
    container["name"] = service.clone().into();
    container["image"] = format!("registry.acme.io/{service}:2.{}.0", draft.random.number(1, 30)).into();
    let manifest = super::ordinary::with_pod(&draft.random, 6, &service, json!({"containers": [container]}));
    deploy(draft, manifest);
}

pub(crate) const CASES: &[(&str, How)] = &[
    (
        "container-environment",
        How::Place(|d, kind| {
            container(
                d,
                kind,
                |kind, value| json!({"env": [{"name": "PORT", "value": "80"}, {"name": "DB_PASSWORD", "value": bare(kind, value)}]}),
            );
        }),
    ),
    (
        "container-argument-pair",
        How::Place(|d, kind| {
            container(d, kind, |kind, value| json!({"args": ["--user", "app", "--password", bare(kind, value)]}));
        }),
    ),
    (
        "container-argument",
        How::Place(|d, kind| {
            container(
                d,
                kind,
                |kind, value| json!({"args": ["--port=80", plant(kind, value.clone(), format!("--db-password={value}"))]}),
            );
        }),
    ),
    (
        "container-command",
        How::Place(|d, kind| {
            container(
                d,
                kind,
                |kind, value| json!({"command": ["sh", "-c", plant(kind, value.clone(), format!("exec /app --auth-token {value}"))]}),
            );
        }),
    ),
    (
        "container-lifecycle",
        How::Place(|d, kind| {
            container(
                d,
                kind,
                |kind, value| json!({"lifecycle": {"preStop": {"exec": {"command": ["sh", "-c", plant(kind, value.clone(), format!("curl -u ops:{value} http://localhost/drain"))]}}}}),
            );
        }),
    ),
    (
        "container-probe-header",
        How::Place(|d, kind| {
            container(
                d,
                kind,
                |kind, value| json!({"livenessProbe": {"httpGet": {"path": "/", "port": 80, "httpHeaders": [{"name": "Authorization", "value": plant(kind, value.clone(), format!("Bearer {value}"))}]}}}),
            );
        }),
    ),
    (
        "container-probe-command",
        How::Place(|d, kind| {
            container(
                d,
                kind,
                |kind, value| json!({"readinessProbe": {"exec": {"command": ["redis-cli", "-a", bare(kind, value), "ping"]}}}),
            );
        }),
    ),
    (
        "init-container",
        How::Place(|d, kind| {
            let value = d.random.secret();
            let spec = json!({"containers": [{"name": "a", "image": "a:1"}], "initContainers": [{"name": "m", "image": "m:1", "env": [{"name": "FLYWAY_PASSWORD", "value": bare(kind, value)}]}]});
            let manifest = super::ordinary::with_pod(&d.random, 6, "orders", spec);
            deploy(d, manifest);
        }),
    ),
    (
        "ephemeral-container",
        How::Place(|d, kind| {
            let value = d.random.secret();
            let spec = json!({"containers": [{"name": "a", "image": "a:1"}], "ephemeralContainers": [{"name": "debug", "image": "d:1", "env": [{"name": "API_TOKEN", "value": bare(kind, value)}]}]});
            let manifest = super::ordinary::with_pod(&d.random, 4, "orders", spec);
            deploy(d, manifest);
        }),
    ),
    (
        "cron-job-environment",
        How::Place(|d, kind| {
            let value = d.random.secret();
            let spec = json!({"containers": [{"name": "a", "image": "a:1", "env": [{"name": "BACKUP_PASSPHRASE", "value": bare(kind, value)}]}]});
            let manifest = super::ordinary::with_pod(&d.random, 3, "backup", spec);
            deploy(d, manifest);
        }),
    ),
];
