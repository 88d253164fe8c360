//! The table of roles and bindings: `tests/tables/access.txt`, one object a line.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::plimsoll::run;

const TABLE: &str = include_str!("../tables/access.txt");

const CHECKS: [&str; 11] = [
    "anonymous-binding",
    "certificate-approving-role",
    "cluster-admin-binding",
    "default-service-account",
    "node-proxy-role",
    "pod-exec-role",
    "privilege-granting-role",
    "secret-reading-role",
    "token-minting-role",
    "webhook-config-role",
    "wildcard-role",
];

struct Row {
    line: String,
    fails: BTreeSet<String>,
    warns: BTreeSet<String>,
    object: Value,
}

fn words(cell: &str) -> Vec<String> {
    cell.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "-").map(str::to_owned).collect()
}

fn object(cells: &[&str]) -> Value {
    let kind = cells[0];
    let mut object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": "x"}});
    if kind.ends_with("Binding") {
        let (role_kind, role) = cells[1].split_once('/').expect("a role");
        object["roleRef"] = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role});
        let subjects = words(cells[2]).into_iter().map(|subject| {
            let (kind, name) = subject.split_once(':').expect("a subject");
            json!({"kind": kind, "name": name})
        });
        object["subjects"] = subjects.collect();
        return object;
    }
    let groups: Vec<String> =
        words(cells[1]).into_iter().map(|group| if group == "core" { String::new() } else { group }).collect();
    let mut rule = json!({"apiGroups": groups, "resources": words(cells[2]), "verbs": words(cells[3])});
    let names = words(cells.get(4).copied().unwrap_or_default());
    if !names.is_empty() {
        rule["resourceNames"] = json!(names);
    }
    object["rules"] = json!([rule]);
    object
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        Row {
            line: line.to_owned(),
            fails: words(cells[0]).into_iter().collect(),
            warns: words(cells[1]).into_iter().collect(),
            object: object(&cells[2..]),
        }
    };
    lines.map(row).collect()
}

#[test]
fn every_role_and_binding_is_judged_as_the_table_says() {
    let rows = rows();
    assert!(rows.len() >= 80, "{}", rows.len());
    let folder = tempfile::tempdir().expect("a folder");
    for (n, row) in rows.iter().enumerate() {
        let file = folder.path().join(format!("{n:03}.json"));
        std::fs::write(file, row.object.to_string()).expect("the file can be written");
    }
    let only = CHECKS.iter().flat_map(|check| ["--only", check]);
    let folder = folder.path().to_str().expect("text");
    let ran = run(["check", folder, "--profile", "production", "--format", "json"].into_iter().chain(only));
    let report = ran.json();
    let verdicts = report["verdicts"].as_array().expect("verdicts");
    assert_eq!(verdicts.len(), rows.len());
    let mut wrong = Vec::new();
    for (row, verdict) in rows.iter().zip(verdicts) {
        let with = |outcome: &str| -> BTreeSet<String> {
            let checks = verdict["checks"].as_array().expect("checks").iter();
            checks
                .filter(|check| check["outcome"] == outcome)
                .map(|check| check["id"].as_str().expect("an id").to_owned())
                .collect()
        };
        let (fails, warns) = (with("failed"), with("warned"));
        if fails != row.fails || warns != row.warns {
            wrong.push(format!("{}\n    fails {fails:?}, warns {warns:?}", row.line));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
