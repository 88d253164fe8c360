//! `plimsoll gate` as a Run Job runs it, against a Spinnaker over HTTP and a real Vault: every way it can answer.

mod identity;
mod judge;
mod judgments;
mod options;
mod signatures;
mod stops;
mod verdicts;

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::support::gate::{Gate, Own, sample};
use crate::support::openbao::OpenBao;
use crate::support::spinnaker::Standin;
use crate::support::until::until;

/// What must never be seen.
const PLANTED: [&str; 3] = ["planted-Database-4711", "planted-Payment-4712", "planted-Gate-4713"];

/// The token Gate takes, which lies in Vault.
const GATE_TOKEN: &str = PLANTED[2];

/// One Vault for all of these tests, with the secrets of the sample release.
static VAULT: LazyLock<OpenBao> = LazyLock::new(|| {
    let server = OpenBao::start();
    server.mount_kv("secret", 2);
    let checkout = json!({"data": {"database_url": PLANTED[0], "payment_api_password": PLANTED[1]}});
    server.call("POST", "secret/data/shop/checkout", &checkout);
    server.call("POST", "secret/data/gate", &json!({"data": {"token": GATE_TOKEN}}));
    server.call("POST", "sys/auth/approle", &json!({"type": "approle"}));
    server
});

/// What lets a process log in to Vault as a role of its own, so that what becomes of its token can be told.
fn vault_variables(role: &str) -> Vec<(&'static str, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    VAULT.policy(role, "path \"secret/data/*\" { capabilities = [\"read\"] }");
    VAULT.call("POST", &format!("auth/approle/role/{role}"), &json!({"token_policies": [role]}));
    let id = VAULT.call("GET", &format!("auth/approle/role/{role}/role-id"), &Value::Null);
    let secret = VAULT.call("POST", &format!("auth/approle/role/{role}/secret-id"), &json!({}));
    vec![
        ("VAULT_ADDR", VAULT.address.clone()),
        ("VAULT_CACERT", VAULT.ca().display().to_string()),
        ("VAULT_ROLE_ID", text(&id["data"]["role_id"])),
        ("VAULT_SECRET_ID", text(&secret["data"]["secret_id"])),
    ]
}

/// Lets `gate` log in to Vault as a role of its own.
pub(crate) fn with_vault(gate: Gate, role: &str) -> Gate {
    vault_variables(role).into_iter().fold(gate, |gate, (name, value)| gate.env(name, value))
}

fn is_of(entry: &Value, role: &str) -> bool {
    entry["auth"]["policies"].as_array().is_some_and(|policies| policies.contains(&role.into()))
}

/// Whether a token of `role` was given to somebody.
fn has_logged_in(role: &str) -> bool {
    VAULT.audit().iter().any(|entry| is_of(entry, role))
}

/// Whether a token of `role` was revoked.
fn was_revoked(role: &str) -> bool {
    let of_role = |entry: &Value| entry["request"]["path"] == "auth/token/revoke-self" && is_of(entry, role);
    VAULT.audit().iter().any(of_role)
}

/// Stores the sample release `name` and what its checks ask for, and gives the ids of its gate.
pub(crate) fn pipeline(spinnaker: &Standin, name: &str) -> Own {
    let execution = sample(name);
    let own = Own::of(&execution);
    spinnaker.execution(&own.execution, execution);
    spinnaker.accounts(sample("accounts"));
    spinnaker.document("canary-configs", "shop-checkout", sample("canary-config"));
    spinnaker.document("applications", "shop", sample("application"));
    own
}

/// The index of the gate's stage among the stages of the sample.
const GATE: usize = 0;

/// How often the execution was read.
fn reads(spinnaker: &Standin, own: &Own) -> usize {
    let path = format!("/pipelines/{}", own.execution);
    spinnaker.requests().iter().filter(|request| request.path == path).count()
}
