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

/// Every format, and how its report of [`documents`] is known.
const FORMATS: [(&str, &str); 10] = [
    ("json", "\"schema\": \"plimsoll.dev/report/v1\""),
    ("jsonl", "{\"schema\":\"plimsoll.dev/verdict/v1\""),
    ("sarif", "\"ruleId\":\"document-not-judged\""),
    ("junit", "<failure type="),
    ("github", "::error file=a-release.json,line="),
    ("gitlab", "\"check_name\":\"plaintext-secret\""),
    ("markdown", "## Plimsoll: failed\n"),
    ("html", "<!doctype html>"),
    ("tap", "TAP version 13\n"),
    ("text", "\n3 documents: 1 passed, 1 failed, 1 inconclusive\n"),
];

#[test]
fn the_same_documents_give_the_same_bytes_in_every_format() {
    let folder = documents();
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT[0-9:.]+Z").expect("a pattern");
    for (format, mark) in FORMATS {
        let once = || {
            let ran = check(folder.path(), &[".", "--format", format]);
            assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{format}");
            time.replace_all(&ran.stdout, "[time]").into_owned()
        };
        let first = once();
        assert!(first.contains(mark), "{format}: {first}");
        assert!(!first.contains("Kx7tRw2"), "{format}: {first}");
        assert_eq!(first, once(), "{format}");
    }
}

#[test]
fn a_verdict_is_one_document() {
    let folder = documents();
    let ran = check(folder.path(), &["a-release.json", "--format", "verdict"]);
    let verdict: Value = serde_json::from_str(&ran.stdout).expect("one document");
    assert_eq!((ran.code, &verdict["schema"]), (1, &json!("plimsoll.dev/verdict/v1")));
    for arguments in [&[".", "--format", "verdict"][..], &[".", "--output", "verdict=one.json"]] {
        let ran = check(folder.path(), arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(
            ran.stderr.contains("the format verdict holds one verdict, and there are 3 documents"),
            "{}",
            ran.stderr
        );
        assert!(!folder.path().join("one.json").exists());
    }
}

#[test]
fn the_exit_code_may_ignore_findings() {
    let folder = documents();
    let code = |arguments: &[&str]| check(folder.path(), arguments).code;
    assert_eq!(code(&[".", "--exit-zero"]), 0);
    assert_eq!(code(&["missing.json", "--exit-zero"]), 2);
    assert_eq!(code(&["a-release.json", "--fail-on", "critical"]), 1);
    assert_eq!(code(&["b-application.json", "--fail-on", "medium"]), 0);
    assert_eq!(code(&["b-application.json", "--fail-on", "low"]), 1);
    assert_eq!(code(&["c-broken.json", "--fail-on", "critical"]), 3);
    // A warning counts as much as an error, and what is less severe does not.
    let only = ["a-release.json", "--only", "root-container"];
    assert_eq!(code(&[&only[..], &["--profile", "starter"]].concat()), 0);
    assert_eq!(code(&[&only[..], &["--profile", "starter", "--fail-on", "high"]].concat()), 1);
    assert_eq!(code(&[&only[..], &["--fail-on", "critical"]].concat()), 0);
}

#[test]
fn the_text_report_is_as_long_and_as_colourful_as_asked_for() {
    let folder = documents();
    let shown = |arguments: &[&str]| check(folder.path(), &[&["."], arguments].concat()).stdout;
    assert!(shown(&["--color", "always"]).contains("\u{1b}[1;31m"));
    assert!(!shown(&["--color", "never"]).contains('\u{1b}'));
    let quiet = shown(&["-q"]);
    assert!(
        quiet.lines().all(|line| line.contains(" error[") || line.starts_with("inconclusive: ") || line.is_empty())
    );
    assert!(!quiet.contains("next:"), "{quiet}");
    let few = shown(&["--max-findings", "1"]);
    assert_eq!(few.matches("error[").count() + few.matches("warning[").count(), 1, "{few}");
    assert!(shown(&["-v"]).contains("  passed: b-application.json (application shop)\n"));
}

/// A report that people read grows with what is wrong and not with the number of places.
#[test]
fn a_hundred_documents_are_reported_on_a_few_screens() {
    let folder = tempfile::tempdir().expect("a folder");
    for n in 0..100 {
        let stages: Vec<Value> = (0..=n % 7)
            .map(|n| json!({"refId": n.to_string(), "type": "deployManifest", "name": format!("Deploy {n}"), "account": "prod",
                "source": "text", "manifests": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("p{n}")},
                "spec": {"containers": [{"name": "a", "image": "a:1"}]}}]}))
            .collect();
        let release = json!({"application": format!("shop{n}"), "name": "release", "stages": stages});
        write(folder.path(), &format!("p{n:02}.json"), serde_json::to_string_pretty(&release).expect("JSON"));
    }
    let output = plimsoll().current_dir(folder.path()).env("COLUMNS", "100").args(["check", "."]).output();
    let ran: Ran = output.expect("the program starts").into();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines.len() < 220, "{} lines:\n{}", lines.len(), ran.stdout);
    assert!(lines.iter().all(|line| line.chars().count() <= 100 || !line.trim().contains(' ')), "{}", ran.stdout);
    // The worst documents have the most stages.
    assert!(
        lines[0] == "the worst documents:" && lines[1].starts_with("  failed p06.json: 7 critical"),
        "{}",
        ran.stdout
    );
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
