//! What each command asks of Vault, and that its token ends with it: as the server's own audit device has it.

use super::*;
use crate::support::gate::{Gate, Own, sample, source_folder};
use crate::support::plimsoll::finish;

/// Lets a run log in as a role of its own, whose policy marks every line of it in the audit log.
pub(super) fn variables(role: &str) -> Vec<(&'static str, String)> {
    // A mount of these tests' own: others make theirs.
    static MOUNT: std::sync::Once = std::sync::Once::new();
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    MOUNT.call_once(|| {
        SERVER.call("POST", "sys/auth/audit", &json!({"type": "approle"}));
    });
    SERVER.policy(role, READER);
    SERVER.call("POST", &format!("auth/audit/role/{role}"), &json!({"token_policies": [role]}));
    let id = SERVER.call("GET", &format!("auth/audit/role/{role}/role-id"), &Value::Null);
    let secret = SERVER.call("POST", &format!("auth/audit/role/{role}/secret-id"), &json!({}));
    vec![
        ("VAULT_ADDR", SERVER.address.clone()),
        ("VAULT_CACERT", SERVER.ca().display().to_string()),
        ("VAULT_AUTH_MOUNT", "audit".into()),
        ("VAULT_ROLE_ID", text(&id["data"]["role_id"])),
        ("VAULT_SECRET_ID", text(&secret["data"]["secret_id"])),
    ]
}

/// What the role's token was used for, in order, and whether Vault did what was asked.
pub(super) fn asked(role: &str) -> Vec<String> {
    let is_of = |entry: &&Value| {
        let policies = entry["auth"]["policies"].as_array();
        entry["type"] == "response" && policies.is_some_and(|policies| policies.contains(&role.into()))
    };
    let told = |entry: &Value| {
        let failed = entry["error"].as_str().map(|error| format!(" failed: {error}")).unwrap_or_default();
        let text = |key: &str| entry["request"][key].as_str().unwrap_or_default().to_owned();
        format!("{} {}{failed}", text("operation"), text("path"))
    };
    SERVER.audit().iter().filter(is_of).map(told).collect()
}

/// One login, one question about the mount, one reading of each path however many fields are wanted, and the token given back; nothing
/// else, and nothing after it.
#[track_caller]
fn asked_only_what_it_must(role: &str, paths: &[&str]) {
    let asked = asked(role);
    let (first, last) = (asked.first().expect("it logged in"), asked.last().expect("it logged out"));
    assert_eq!(
        (first.as_str(), last.as_str()),
        ("update auth/audit/login", "update auth/token/revoke-self"),
        "{asked:?}"
    );
    let mut between: Vec<&str> = asked[1..asked.len() - 1].iter().map(String::as_str).collect();
    between.retain(|line| !line.starts_with("read sys/internal/ui/mounts/kv2/"));
    between.sort_unstable();
    let expected: Vec<String> = paths.iter().map(|path| format!("read {path}")).collect();
    assert_eq!(between, expected, "{asked:?}");
    assert!(asked.len() <= 3 + paths.len(), "a mount is asked about once: {asked:?}");
}

/// The secrets of these tests, each read by nobody else.
fn secret(name: &str) {
    SERVER.call(
        "POST",
        &format!("kv2/data/audit/{name}"),
        &json!({"data": {"a": PLANTED, "b": "another planted-Value"}}),
    );
}

#[test]
fn check_reads_each_path_once_and_its_token_ends_with_it() {
    secret("check-1");
    secret("check-2");
    let folder = tempfile::tempdir().expect("a folder");
    let stages = json!([{"type": "wait", "refId": "1", "a": "vault:kv2/audit/check-1#a", "b": "vault:kv2/audit/check-1#b"},
        {"type": "wait", "refId": "2", "a": "x ${vault:kv2/audit/check-2#a}", "b": "vault:kv2/audit/check-2#a"}]);
    let file =
        write(folder.path(), "p.json", json!({"application": "shop", "name": "x", "stages": stages}).to_string());
    let only = ["check", &file, "--only", "unresolvable-secret-reference"];
    let child = plimsoll().args(only).envs(variables("audit-check")).spawn().expect("it starts");
    let ran = finish(child, Duration::from_mins(1));
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    asked_only_what_it_must("audit-check", &["kv2/data/audit/check-1", "kv2/data/audit/check-2"]);
}

#[test]
fn gate_reads_each_path_once_and_its_token_ends_with_it() {
    secret("gate");
    let execution = sample("green").to_string();
    let execution = execution.replace("vault:secret/data/shop/checkout#database_url", "vault:kv2/audit/gate#a");
    let execution = execution.replace("vault:secret/data/shop/checkout#payment_api_password", "vault:kv2/audit/gate#b");
    let own = Own::of(&sample("green"));
    let folder = source_folder(&own.execution, &execution);
    let gate = Gate::new().own(&own).env("PLIMSOLL_SOURCE_DIR", folder.path());
    let gate = variables("audit-gate").into_iter().fold(gate, |gate, (name, value)| gate.env(name, value));
    let answered = gate.run();
    let properties = answered.properties();
    assert!(!properties["plimsollFailed"].to_string().contains("unresolvable"), "{}", answered.stderr);
    asked_only_what_it_must("audit-gate", &["kv2/data/audit/gate"]);
}

#[test]
fn exec_reads_each_path_once_and_its_token_ends_before_the_child_starts() {
    secret("exec");
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out").display().to_string();
    let template = write(folder.path(), "t", "${vault:kv2/audit/exec#b}");
    let mut command = plimsoll();
    command.args(["exec", "--template", &template, "--", "/bin/sh", "-c", &format!("echo \"$A\" > {out}")]);
    command.env("A", "vault:kv2/audit/exec#a").env("PATH", "/usr/bin:/bin").envs(variables("audit-exec"));
    let ran = finish(command.spawn().expect("it starts"), Duration::from_mins(1));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(std::fs::read_to_string(out).expect("the child has run").trim(), PLANTED);
    asked_only_what_it_must("audit-exec", &["kv2/data/audit/exec"]);
}

#[test]
fn a_run_that_finds_nothing_gives_its_token_back_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let stages = json!([{"type": "wait", "refId": "1", "a": "vault:kv2/audit/nothing#a"}]);
    let file =
        write(folder.path(), "p.json", json!({"application": "shop", "name": "x", "stages": stages}).to_string());
    for (role, arguments, code) in [
        ("audit-missing-check", vec!["check", &file, "--only", "unresolvable-secret-reference"], 1),
        ("audit-missing-exec", vec!["exec", "--", "/bin/true"], 3),
        ("audit-doctor", vec!["doctor", "vault:kv2/audit/nothing#a"], 3),
    ] {
        let mut command = plimsoll();
        command.args(&arguments).env("A", "vault:kv2/audit/nothing#a").envs(variables(role));
        let ran = finish(command.spawn().expect("it starts"), Duration::from_mins(1));
        assert_eq!(ran.code, code, "{role}: {}{}", ran.stdout, ran.stderr);
        let asked = asked(role);
        assert_eq!(asked.last().map(String::as_str), Some("update auth/token/revoke-self"), "{role}: {asked:?}");
    }
}
