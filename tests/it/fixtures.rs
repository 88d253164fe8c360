//! Executions that a running Orca wrote, judged: each gets a verdict, and the bypasses among them are caught.

use crate::support::plimsoll::run;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/executions/orca");

fn failed(name: &str, profile: &str) -> Vec<String> {
    let ran = run(["check", &format!("{FOLDER}/{name}.json"), "--format", "verdict", "--profile", profile]);
    assert!(matches!(ran.code, 0 | 1 | 3), "{name}: {} {}", ran.code, ran.stderr);
    let verdict = ran.json();
    let checks = verdict["checks"].as_array().expect("checks").iter();
    checks
        .filter(|check| check["outcome"] == "failed")
        .map(|check| check["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn every_execution_of_a_running_orca_gets_a_verdict() {
    let ran = run(["check", FOLDER, "--format", "json", "--profile", "strict"]);
    assert!(matches!(ran.code, 0 | 1 | 3), "{}", ran.stderr);
    let report = ran.json();
    let verdicts = report["verdicts"].as_array().expect("verdicts");
    assert!(verdicts.len() >= 49, "{}", verdicts.len());
    assert!(verdicts.iter().all(|verdict| verdict["subject"]["kind"] == "execution"));
    assert!(!ran.stdout.contains("cannot be read"));
}

#[test]
fn a_green_release_passes_and_bypasses_are_caught() {
    assert_eq!(failed("release-green", "starter"), Vec::<String>::new());
    assert_eq!(failed("dynamic-parameters", "starter"), ["gate-neutralised", "gate-overridden"]);
}

/// A running Orca writes every key of a trigger twice; what is the same twice is read once, a type that differs leaves it open.
#[test]
fn the_trigger_that_orca_writes_twice_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let execution = |second: &str| {
        format!(
            r#"{{"type":"PIPELINE","id":"E","status":"RUNNING","stages":[{{"type":"wait","status":"SUCCEEDED"}}],"trigger":{{"type":"git","user":"x","artifacts":[],"type":"{second}","user":"x","artifacts":[]}}}}"#
        )
    };
    let same = crate::support::plimsoll::write(folder.path(), "same.json", execution("git"));
    assert_eq!(run(["check", &same]).code, 0);
    let other = crate::support::plimsoll::write(folder.path(), "other.json", execution("manual"));
    let ran = run(["check", &other]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    assert!(ran.stdout.contains("its trigger holds \"type\" twice, with different values"), "{}", ran.stdout);
}
