//! `secrets.allow` of the policy: what it names is reported as allowed, with its reason, and nothing else is.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::plimsoll::{Ran, plimsoll, write};

const DEMO: &str = "planted-Kx7tRw2qLp9";
const OTHER: &str = "planted-Zq8vNm3sDf1";

/// A pipeline with two secrets, of which the first stands in two places when `twice`.
fn pipeline(twice: bool) -> Value {
    let other = if twice { DEMO } else { OTHER };
    let name = if twice { "DEMO_PASSWORD" } else { "SHOP_PASSWORD" };
    json!({"application": "shop", "name": "release", "stages": [
        {"refId": "1", "type": "script", "name": "One", "env": {"DEMO_PASSWORD": DEMO}},
        {"refId": "2", "type": "script", "name": "Two", "command": format!("export {name}={other}"), "requisiteStageRefIds": ["1"]}
    ]})
}

fn run(folder: &Path, allow: &str, arguments: &[&str]) -> Ran {
    let policy = format!(
        "schema: plimsoll.dev/policy/v1\nname: shop\nversion: \"1\"\nsecrets:\n  allow:\n    - {allow}\n  paths: []\n"
    );
    write(folder, "policy.yaml", policy);
    plimsoll().current_dir(folder).args(arguments).output().expect("the program starts").into()
}

/// The places of findings that fail and of those that are allowed, and the outcome of the check.
fn judged(folder: &Path, allow: &str) -> (Vec<String>, Vec<String>, String) {
    let arguments = ["check", "release.json", "--policy", "policy.yaml", "--format", "verdict"];
    let ran = run(folder, allow, &arguments);
    assert!(!ran.stdout.contains("Kx7tRw2") && !ran.stdout.contains("Zq8vNm3"), "{}", ran.stdout);
    let verdict: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let findings = verdict["findings"].as_array().expect("findings");
    let of_check = findings.iter().filter(|finding| finding["check"] == "plaintext-secret");
    let (allowed, counted): (Vec<&Value>, Vec<&Value>) = of_check.partition(|finding| finding["waiver"].is_object());
    assert_eq!(verdict["counts"]["waived"], allowed.len());
    assert!(allowed.iter().all(|finding| finding["mode"] == "off" && finding["waiver"]["reason"] == "a sample"));
    let checks = verdict["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["id"] == "plaintext-secret").expect("the check");
    let pointers =
        |of: &[&Value]| of.iter().map(|one| one["pointer"].as_str().unwrap_or_default().to_owned()).collect();
    (pointers(&counted), pointers(&allowed), check["outcome"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn an_allowed_secret_is_reported_with_its_reason_and_fails_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "release.json", pipeline(false).to_string());
    let (one, two) = ("/stages/0/env/DEMO_PASSWORD", "/stages/1/command");
    for (allow, counted, allowed, outcome) in [
        ("{key: demo_password, reason: a sample}", &[two][..], &[one][..], "failed"),
        ("{key: shop_*, reason: a sample}", &[one], &[two], "failed"),
        ("{key: '*_password', reason: a sample}", &[], &[one, two], "warned"),
        ("{key: command, reason: a sample}", &[one, two], &[], "failed"),
        ("{path: /stages/*/env/*_PASSWORD, reason: a sample}", &[two], &[one], "failed"),
        ("{path: /stages/1/command, reason: a sample}", &[one], &[two], "failed"),
        ("{pattern: 'planted-K[A-Za-z0-9]+', reason: a sample}", &[two], &[one], "failed"),
        ("{pattern: 'planted-', reason: a sample}", &[one, two], &[], "failed"),
        ("{key: demo_password, applications: [billing], reason: a sample}", &[one, two], &[], "failed"),
        ("{key: demo_password, expires: '2099-12-31', reason: a sample}", &[two], &[one], "failed"),
        ("{key: demo_password, expires: '2020-12-31', reason: a sample}", &[one, two], &[], "failed"),
    ] {
        let strings = |of: &[&str]| of.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        let expected = (strings(counted), strings(allowed), outcome.to_owned());
        assert_eq!(judged(folder.path(), allow), expected, "{allow}");
    }
}

#[test]
fn an_entry_hides_no_other_place_of_the_same_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "release.json", pipeline(true).to_string());
    let first = vec!["/stages/0/env/DEMO_PASSWORD".to_owned()];
    let failed = (first.clone(), Vec::new(), "failed".to_owned());
    assert_eq!(judged(folder.path(), "{path: /stages/0/env/DEMO_PASSWORD, reason: a sample}"), failed);
    let warned = (Vec::new(), first, "warned".to_owned());
    assert_eq!(judged(folder.path(), "{key: DEMO_PASSWORD, reason: a sample}"), warned);
}

#[test]
fn a_fingerprint_allows_one_finding() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "release.json", pipeline(false).to_string());
    let all = ["check", "release.json", "--format", "verdict", "--only", "plaintext-secret"];
    let ran: Ran = plimsoll().current_dir(folder.path()).args(all).output().expect("the program starts").into();
    let verdict: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let fingerprint = verdict["findings"][1]["fingerprint"].as_str().expect("a fingerprint");
    let (counted, allowed, _) = judged(folder.path(), &format!("{{fingerprint: '{fingerprint}', reason: a sample}}"));
    assert_eq!((counted.len(), allowed), (1, vec!["/stages/1/command".to_owned()]));
}

#[test]
fn a_person_sees_what_is_allowed_and_what_was() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "release.json", pipeline(false).to_string());
    let check = ["check", "release.json", "--policy", "policy.yaml"];
    let allow = "{key: DEMO_PASSWORD, reason: a sample, owner: platform, ticket: OPS-7, expires: '2099-12-31'}\n    - {key: SHOP_PASSWORD, reason: old, expires: '2020-12-31'}";
    let shown = run(folder.path(), allow, &check).stdout;
    for part in [
        "allowed[plaintext-secret]: the value of DEMO_PASSWORD",
        "allowed by: secrets.allow[0]: a sample (owner platform, ticket OPS-7, until 2099-12-31)",
        "secrets.allow[1] of the policy allowed it until \"2020-12-31\"",
        "1 enforced, 1 allowed;",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let warnings = run(folder.path(), allow, &["policy", "lint", "policy.yaml"]).stdout;
    assert!(warnings.contains("secrets.allow[1] expired on \"2020-12-31\""), "{warnings}");
    let open = run(folder.path(), "{key: DEMO_PASSWORD, reason: a sample}", &["policy", "lint", "policy.yaml"]).stdout;
    assert!(open.contains("secrets.allow[0] has no owner and no expiry date"), "{open}");
}

#[test]
fn an_entry_that_names_nothing_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    for (allow, place, help) in [
        ("{key: A}", "policy.yaml:6:7 at /secrets/allow/0: it has no reason", "needs a reason"),
        ("{reason: x}", "/secrets/allow/0: it names no secret", "fingerprint, key, path and pattern"),
        ("{reason: x, pattern: '.*'}", "/secrets/allow/0/pattern: the pattern matches nearly", "literally"),
        ("{reason: x, key: '*'}", "/secrets/allow/0/key: it matches every key", "turns the checks off"),
        ("{reason: x, kye: A}", "/secrets/allow/0/kye: unknown key \"kye\"", "did you mean `key`?"),
        ("{reason: x, key: A, expires: soon}", "/secrets/allow/0/expires: invalid date \"soon\"", "2026-12-31"),
    ] {
        let ran = run(folder.path(), allow, &["policy", "lint", "policy.yaml"]);
        assert!(ran.code == 2 && ran.stderr.contains(place) && ran.stderr.contains(help), "{allow}: {}", ran.stderr);
    }
}

#[test]
fn a_finding_is_explained_with_its_document() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "release.json", pipeline(false).to_string());
    let run = |arguments: &[&str]| -> Ran {
        plimsoll().current_dir(folder.path()).args(arguments).output().expect("the program starts").into()
    };
    let checked = run(&["check", "release.json", "--format", "verdict", "--only", "plaintext-secret"]);
    let verdict: Value = serde_json::from_str(&checked.stdout).expect("JSON");
    let fingerprint = verdict["findings"][0]["fingerprint"].as_str().expect("a fingerprint");
    let explained = run(&["explain", "--finding", fingerprint, "release.json"]);
    let asked = run(&["check", "release.json", "--why", fingerprint]);
    assert!(
        explained.code == 0 && asked.stderr.contains(explained.stdout.trim()),
        "{} {}",
        explained.stdout,
        asked.stderr
    );
    for part in
        ["why plaintext-secret at /stages/0/env/DEMO_PASSWORD", "detector: key-name", "class of the key: password"]
    {
        assert!(explained.stdout.contains(part), "{part}: {}", explained.stdout);
    }
    assert!(!explained.stdout.contains("Kx7tRw2"));
    assert!(run(&["explain", "--finding", "00", "release.json"]).stderr.contains("no finding has the fingerprint"));
    assert_eq!(run(&["explain", "--finding", fingerprint, "missing.json"]).code, 2);
    assert_eq!(run(&["explain", "--finding", fingerprint]).code, 2);
}
