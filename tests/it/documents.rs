//! The table of documents: what is recognised, what is judged of it, and near misses (`tests/tables/documents/rows.json`).
//!
//! A row is a file as a user has it, and what `check` must make of it under the profile `production`:
//! `exit` (null: any), `exitNot`; `kind` of every verdict or `kinds` in order; `verdicts`, `documents`, `pipelines`, `applications` in
//! order; `enforced`: checks with an enforced finding; `found`: with any finding; `clean`: judged, without a finding; `quiet`: without a
//! finding; `pointers` among the findings; `says` and `saysNot`: in the report or the reasons.

use serde_json::Value;

use crate::support::plimsoll::{Ran, run};

const ROWS: &str = include_str!("../tables/documents/rows.json");

#[test]
fn every_document_is_read_as_its_row_says() {
    let rows: Vec<Value> = serde_json::from_str(ROWS).expect("the table is a list");
    assert!(rows.len() >= 25, "{}", rows.len());
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let wrong = mismatches(row);
            (!wrong.is_empty()).then(|| format!("{}: {}", row["name"], wrong.join("; ")))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// Judges the file of `row`, in JSON.
fn judged(row: &Value) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(row["file"].as_str().expect("a file name"));
    let lines = strings(&row["text"]).join("\n");
    let text = if row["json"].is_null() { lines + "\n" } else { row["json"].to_string() };
    std::fs::write(&file, text).expect("the file can be written");
    let mut arguments = vec!["check".to_owned(), file.to_str().expect("text").to_owned()];
    arguments.extend(["--profile", "production", "--format", "json"].map(str::to_owned));
    arguments.extend(strings(&row["args"]));
    run(arguments)
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

/// What does not hold of `row`.
fn mismatches(row: &Value) -> Vec<String> {
    let ran = judged(row);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
    let verdicts = report["verdicts"].as_array().cloned().unwrap_or_else(|| vec![report.clone()]);
    let list = |key: &str| -> Vec<Value> {
        verdicts.iter().flat_map(|verdict| verdict[key].as_array().cloned().unwrap_or_default()).collect()
    };
    let (findings, checks) = (list("findings"), list("checks"));
    let mut wrong = Vec::new();
    let mut expect = |what: String, holds: bool| {
        if !holds {
            wrong.push(what);
        }
    };
    let code = i64::from(ran.code);
    expect(format!("exit {code}"), row["exit"].as_i64().is_none_or(|exit| exit == code));
    let refused = row["exitNot"].as_array();
    expect(format!("exit {code}"), refused.is_none_or(|codes| !codes.iter().any(|exit| *exit == code)));
    for (key, of_subject) in
        [("kinds", "kind"), ("documents", "document"), ("pipelines", "pipeline"), ("applications", "application")]
    {
        let all: Vec<Value> = verdicts.iter().map(|verdict| verdict["subject"][of_subject].clone()).collect();
        expect(format!("{key} {all:?}"), row[key].as_array().is_none_or(|expected| *expected == all));
    }
    let kind = &row["kind"];
    expect("kind".into(), kind.is_null() || verdicts.iter().all(|verdict| verdict["subject"]["kind"] == *kind));
    let count = verdicts.len() as u64;
    expect(format!("{count} verdicts"), row["verdicts"].as_u64().is_none_or(|expected| expected == count));
    let has = |check: &str| findings.iter().any(|finding| finding["check"] == check);
    let fails = |check: &str| findings.iter().any(|finding| finding["check"] == check && finding["mode"] == "enforce");
    let is_judged = |check: &str| {
        let unjudged = |line: &Value| matches!(line["outcome"].as_str(), Some("inconclusive" | "skipped"));
        !checks.iter().any(|line| line["id"] == check && unjudged(line))
    };
    for check in strings(&row["enforced"]) {
        expect(format!("{check} does not fail"), fails(&check));
    }
    for check in strings(&row["found"]) {
        expect(format!("{check} finds nothing"), has(&check));
    }
    for check in strings(&row["clean"]) {
        expect(format!("{check} finds something or is not judged"), !has(&check) && is_judged(&check));
    }
    for check in strings(&row["quiet"]) {
        expect(format!("{check} finds something"), !has(&check));
    }
    for pointer in strings(&row["pointers"]) {
        let is_there = findings.iter().any(|finding| finding["pointer"] == pointer.as_str());
        expect(format!("no finding at {pointer}"), is_there);
    }
    let texts = findings.iter().map(|finding| &finding["message"]).chain(checks.iter().map(|line| &line["reason"]));
    let said: Vec<&str> =
        texts.chain(verdicts.iter().map(|verdict| &verdict["unjudged"])).filter_map(Value::as_str).collect();
    let says = |text: &str| said.iter().any(|line| line.contains(text));
    expect("it does not say so".into(), row["says"].as_str().is_none_or(says));
    expect("it says so".into(), row["saysNot"].as_str().is_none_or(|text| !says(text)));
    wrong
}

/// A folder with `files`, judged; the names are checked against what is reported.
fn folder(files: &[(&str, &str)]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a parent")).expect("the folder can be made");
        std::fs::write(file, text).expect("the file can be written");
    }
    run(["check", folder.path().to_str().expect("text"), "--profile", "starter", "--format", "json"])
}

fn verdicts(ran: &Ran) -> Vec<Value> {
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
    report["verdicts"].as_array().cloned().unwrap_or_default()
}

const VALUES: (&str, &str) = ("chart/values.yaml", "replicas: 2\nimage:\n  tag: \"1\"\n");
const PIPELINE: (&str, &str) =
    ("p.json", r#"{"application": "a", "name": "p", "stages": [{"refId": "1", "type": "wait", "name": "w"}]}"#);

#[test]
fn a_folder_skips_files_of_other_tools_and_counts_them() {
    let ran = folder(&[("chart/Chart.yaml", "apiVersion: v2\nname: web\n"), VALUES, PIPELINE]);
    assert_eq!((ran.code, verdicts(&ran).len()), (0, 1), "{} {}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("skipped 2 files") && ran.stderr.contains("render them first"), "{}", ran.stderr);
}

#[test]
fn a_file_that_looks_like_ours_and_cannot_be_read_is_never_skipped() {
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n{{- if .Values.x }}\n  name: web\n{{- end }}\n";
    for (name, text, says) in [
        ("broken.yaml", template, "render it first"),
        ("broken.json", r#"{"application": "a", "stages": [{"type": "deploy""#, "not JSON"),
        ("broken.yaml", "stages: 3\n", "not a recognised document"),
        ("broken.yaml", "kind: Unheard\n", "not a recognised document"),
    ] {
        let ran = folder(&[(name, text), PIPELINE]);
        assert_eq!(ran.code, 3, "{text}: {} {}", ran.stdout, ran.stderr);
        let said: Vec<String> = verdicts(&ran).iter().map(|verdict| verdict["unjudged"].to_string()).collect();
        assert!(said.iter().any(|why| why.contains(says)), "{text}: {said:?}");
    }
}

#[test]
fn a_folder_in_which_nothing_is_judged_does_not_pass() {
    let ran = folder(&[VALUES]);
    assert_eq!((ran.code, verdicts(&ran).len()), (3, 1), "{} {}", ran.stdout, ran.stderr);
}
