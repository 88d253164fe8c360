//! Reports, read by programs that did not write them. `.ci/report-readers` installs those.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::plimsoll::{plimsoll, write};

/// Where `.ci/report-readers` has put the readers.
fn tools() -> PathBuf {
    let tools = std::env::var_os("PLIMSOLL_REPORT_READERS").expect("PLIMSOLL_REPORT_READERS names their folder");
    PathBuf::from(tools)
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/reports").join(name)
}

/// A hundred stages with names that try to become markup, an application that passes and a file that is not a document.
fn documents(folder: &Path) {
    let hostile = "</script><script>alert(1)</script> | [x](https://evil.example) @everyone #1 ::error::x";
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [
        {"name": "a", "image": "a:1", "env": [{"name": "DB_PASSWORD", "value": "planted-Kx7tRw2qLp9"}]}]}});
    let stages: Vec<Value> = (0..100)
        .map(|n: usize| {
            let before: Vec<String> = [1, 7].iter().filter_map(|back| n.checked_sub(*back)).map(|n| n.to_string()).collect();
            if n.is_multiple_of(9) {
                json!({"refId": n.to_string(), "requisiteStageRefIds": before, "type": "deployManifest", "account": "prod",
                    "name": format!("Deploy {n} {hostile}"), "source": "text", "manifests": [pod]})
            } else {
                json!({"refId": n.to_string(), "requisiteStageRefIds": before, "type": "wait", "name": format!("Wait {n}")})
            }
        })
        .collect();
    let release = json!({"application": "shop", "name": hostile, "stages": stages});
    write(folder, "a b.json", serde_json::to_string_pretty(&release).expect("JSON"));
    write(folder, "application.json", r#"{"name": "shop", "email": "a@b.c"}"#);
    write(folder, "broken.json", r#"{"name": "shop", "stages": [}"#);
}

fn reported() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    documents(folder.path());
    let mut command = plimsoll();
    command.current_dir(folder.path()).args(["check", ".", "--profile", "strict"]);
    for format in ["json", "sarif", "junit", "gitlab", "markdown", "tap", "html"] {
        command.args(["--output", &format!("{format}=report.{format}")]);
    }
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

fn succeeds(command: &mut Command) {
    let output = command.output().expect("it starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
}

#[test]
fn other_programs_read_each_format() {
    let folder = reported();
    let tools = tools();
    let mut command = Command::new(tools.join("venv/bin/python"));
    command.arg(script("read.py")).arg(folder.path());
    let schema = tools.join("sarif-schema.json");
    if schema.exists() {
        command.arg(schema);
    }
    succeeds(&mut command);
}

#[test]
fn other_programs_verify_signed_verdicts_and_theirs_are_verified() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}, "data": {"k": "v"}}"#;
    write(folder.path(), "config.json", map);
    let ours = |arguments: &[&str]| succeeds(plimsoll().current_dir(folder.path()).args(arguments));
    let theirs = |step: &str| {
        let mut python = Command::new(tools().join("venv/bin/python"));
        succeeds(python.arg(script("signatures.py")).arg(step).arg(folder.path()));
    };
    theirs("keys");
    for name in ["ed", "ec", "rsa"] {
        let private = format!("{name}.pem");
        let outputs = format!("jws={name}.jws,dsse={name}.dsse");
        ours(&[
            "check",
            "config.json",
            "--offline",
            "--sign-key",
            &private,
            "--sign-audience",
            "eu",
            "--sign-output",
            &outputs,
        ]);
    }
    theirs("verify");
    for name in ["ed", "ec", "rsa"] {
        ours(&["verify", &format!("{name}.theirs"), "--key", &format!("{name}.pub"), "--audience", "eu"]);
    }
}

#[test]
fn the_page_works_in_a_browser_at_every_size_and_fetches_nothing() {
    let folder = reported();
    let tools = tools();
    let mut command = Command::new(tools.join("venv/bin/python"));
    command.arg(script("page.py")).arg(folder.path().join("report.html"));
    command.arg(tools.join("node_modules/axe-core/axe.min.js")).arg("/usr/bin/chromium");
    succeeds(&mut command);
}
