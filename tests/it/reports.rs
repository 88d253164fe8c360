//! Whole reports as a user sees them, and where they go.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::plimsoll::{Ran, plimsoll, write};

/// What differs from run to run or from release to release, and what is shown in its place.
const VARIABLE: [(&str, &str); 4] = [
    (r#""(startedAt|finishedAt)": "[^"]*""#, r#""$1": "[time]""#),
    (r#"("name": "plimsoll",\s*"version": )"[^"]*""#, r#"$1"[version]""#),
    (r#"("policy": \{\s*"name": "[^"]*",\s*"version": "[^"]*",\s*"sha256": )"[^"]*""#, r#"$1"[sha256]""#),
    // A tag that is drawn anew in each run tells secrets of one report apart.
    (r", #[0-9a-f]{8}\b", ""),
];

/// A folder with a pipeline that fails, an application that passes and a file that is not a document.
fn documents() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let release = json!({"application": "shop", "name": "release", "stages": [
        {"refId": "1", "type": "plimsollGate", "alias": "preconfiguredJob", "name": "Gate", "continuePipeline": true},
        {"type": "deployManifest", "name": "Deploy", "account": "prod", "source": "text", "requisiteStageRefIds": ["1"],
         "manifests": [{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [
            {"name": "a", "env": [{"name": "DB_PASSWORD", "value": "planted-Kx7tRw2qLp9"}]}
         ]}}]}
    ]});
    write(folder.path(), "a-release.json", serde_json::to_string_pretty(&release).expect("JSON"));
    write(folder.path(), "b-application.json", r#"{"name": "shop", "email": "a@b.c"}"#);
    write(folder.path(), "c-broken.json", r#"{"name": "shop", "stages": [}"#);
    folder
}

/// Runs `plimsoll check` in `folder`, so that no path of the machine gets into a report.
fn check(folder: &Path, arguments: &[&str]) -> Ran {
    plimsoll().current_dir(folder).arg("check").args(arguments).output().expect("the program starts").into()
}

/// The settings for snapshots of this file.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, instead) in VARIABLE {
        settings.add_filter(pattern, instead);
    }
    settings
}

#[test]
fn the_text_report() {
    let folder = documents();
    let ran = check(folder.path(), &["."]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(!ran.stdout.contains("Kx7tRw2"));
    settings().bind(|| insta::assert_snapshot!("report-text", ran.stdout));
}

#[test]
fn the_json_report() {
    let folder = documents();
    let ran = check(folder.path(), &["--format", "json", "."]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(!ran.stdout.contains("Kx7tRw2"));
    settings().bind(|| insta::assert_snapshot!("report-json", ran.stdout));
}

#[test]
fn every_output_gets_the_report_in_its_format() {
    let folder = documents();
    // The second file is in the folder that is judged, and must not become one of its documents.
    let ran = check(folder.path(), &[".", "--output", "text=report.txt", "--output", "json=report.json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("it was written");
    assert_eq!(read("report.txt"), ran.stdout);
    let report: Value = serde_json::from_str(&read("report.json")).expect("one document");
    let outcomes: Vec<&str> = report["verdicts"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|verdict| verdict["outcome"].as_str())
        .collect();
    assert_eq!((outcomes, &report["outcome"]), (vec!["failed", "passed", "inconclusive"], &json!("failed")));
}

#[test]
fn a_wrong_output_path_is_refused_before_anything_is_judged() {
    let folder = documents();
    write(folder.path(), "last/old.json", "the report of the last run");
    let outputs = ["--output", "json=last/old.json", "--output", "json=new.json", "--output"];
    for wrong in ["text=missing/report.txt", "text=last", "text=./new.json"] {
        let ran = check(folder.path(), &[&["a-release.json"], &outputs[..], &[wrong]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{wrong}");
        assert!(ran.stderr.contains(&format!("cannot write the report {wrong}")), "{}", ran.stderr);
        let old = std::fs::read_to_string(folder.path().join("last/old.json")).expect("it is still there");
        assert_eq!(old, "the report of the last run", "{wrong}");
        assert!(!folder.path().join("new.json").exists(), "{wrong}");
    }
}

#[test]
fn a_report_that_cannot_be_written_to_its_end_is_an_error() {
    let folder = documents();
    let outputs = ["--output", "json=/dev/full", "--output", "json=good.json"];
    let ran = check(folder.path(), &[&["b-application.json"], &outputs[..]].concat());
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("cannot write the report json=/dev/full"), "{}", ran.stderr);
    assert!(ran.stdout.contains("passed: application shop"), "{}", ran.stdout);
    let good: Value = serde_json::from_slice(&std::fs::read(folder.path().join("good.json")).expect("it was written"))
        .expect("one document");
    assert_eq!(good["outcome"], "passed");
}
