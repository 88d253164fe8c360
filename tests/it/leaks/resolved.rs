//! Resolved values: planted in every encoding wherever an execution can hold them, they are found and come out nowhere.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::encodings::encodings;
use crate::support::gate::{Gate, Own, sample, source_folder};
use crate::support::openbao::OpenBao;
use crate::support::plimsoll::{finish, plimsoll, write};
use crate::support::spinnaker::{Act, Script, Standin};
use crate::support::until::until;

/// Long enough to be wrapped by encoders, with characters that each of them writes otherwise.
const PLANTED: &str = "rEsolved \"Va/ue'4717~é<&>$+\\ a-long-one-that-base64-wraps-0123456789";

/// Every format that a report is written in.
const FORMATS: [&str; 10] =
    ["json", "text", "verdict", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "tap"];

/// The option that writes every format into `folder`.
pub(super) fn outputs(folder: &Path) -> String {
    FORMATS.map(|format| format!("{format}={}/v.{format}", folder.display())).join(",")
}

/// The reports that [`outputs`] has written.
pub(super) fn written(folder: &Path) -> String {
    FORMATS.map(|format| std::fs::read_to_string(folder.join(format!("v.{format}"))).unwrap_or_default()).concat()
}

/// The sample release with the value in names, keys, parameters, outputs and comments, once for each encoding.
fn planted() -> Value {
    let mut execution = sample("green");
    let mut notifications = Vec::new();
    for (n, form) in encodings(PLANTED).into_iter().enumerate() {
        let stage = execution["stages"][1].as_object_mut().expect("a stage");
        let outputs = stage.entry("outputs").or_insert_with(|| json!({}));
        outputs[format!("out{n}")] = json!({"text": format!("a {form} b"), format!("key {form}"): n});
        execution["trigger"]["parameters"][format!("parameter{n}")] = form.clone().into();
        execution["trigger"]["parameters"][form.clone()] = "x".into();
        notifications.push(json!({"type": "email", "message": {form.clone(): {"text": form}}}));
    }
    execution["notifications"] = notifications.into();
    execution["stages"][1]["name"] = format!("Deploy {PLANTED}").into();
    execution["name"] = encodings(PLANTED)[7].clone().into();
    execution["trigger"]["parameters"]["reference"] = "vault:kv/shop#password".into();
    execution["trigger"]["parameters"]["broken"] = format!("vault:kv/{}#password", encodings(PLANTED)[1]).into();
    execution
}

#[test]
fn no_resolved_value_leaves_the_gate_in_any_form() {
    let server = OpenBao::start();
    server.mount_kv("kv", 2);
    server.call("POST", "kv/data/shop", &json!({"data": {"password": PLANTED, "token": "the-Gates-own-Token-4718"}}));
    let token = server.token("gate", r#"path "kv/data/*" { capabilities = ["read"] }"#);
    let execution = planted();
    let own = Own::of(&sample("green"));
    let folder = source_folder(&own.execution, &execution.to_string());
    let ended = Gate::new()
        .own(&own)
        .args(["--log", "trace", "--profile", "strict", "--confidence", "low"])
        .args(["--output", &outputs(folder.path())])
        .env("PLIMSOLL_SOURCE_DIR", folder.path())
        .env("PLIMSOLL_GATE_TOKEN", "vault:kv/shop#token")
        .env("VAULT_ADDR", &server.address)
        .env("VAULT_CACERT", server.ca())
        .env("VAULT_TOKEN", &token)
        .run();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stdout.contains("leaked-secret-value"), "{}", ended.stdout);
    let mut out = format!("{}\n{}\n{}\n", ended.stdout, ended.stderr, ended.termination);
    out += &written(folder.path());
    assert!(out.contains("[secret]"), "the places are told");
    let mut forms = encodings(PLANTED);
    forms.extend(encodings("the-Gates-own-Token-4718"));
    forms.push(token);
    for form in forms {
        assert!(!out.contains(&form), "{form} came out: {out}");
    }
}

#[test]
fn no_resolved_value_leaves_check_in_any_form_or_format() {
    let server = OpenBao::start();
    server.mount_kv("kv", 2);
    server.call("POST", "kv/data/shop", &json!({"data": {"password": PLANTED}}));
    let token = server.token("check", r#"path "kv/data/*" { capabilities = ["read"] }"#);
    let folder = tempfile::tempdir().expect("a folder");
    let execution = write(folder.path(), "execution.json", planted().to_string());
    let log = encodings(PLANTED).iter().map(|form| format!("before {form} after\n")).collect::<String>();
    let log = write(folder.path(), "job.log", log);
    let outputs: Vec<String> =
        FORMATS.iter().map(|format| format!("{format}={}/report.{format}", folder.path().display())).collect();
    let mut command = plimsoll();
    command.args([
        "--log",
        "trace",
        "check",
        "--profile",
        "strict",
        "--confidence",
        "low",
        &execution,
        "--job-log",
        &log,
    ]);
    command.args(outputs.iter().flat_map(|output| ["--output", output]));
    command.env("VAULT_ADDR", &server.address).env("VAULT_CACERT", server.ca()).env("VAULT_TOKEN", &token);
    let ran = finish(command.spawn().expect("it starts"), Duration::from_mins(1));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let mut out = format!("{}\n{}\n", ran.stdout, ran.stderr);
    for format in FORMATS {
        let report = std::fs::read_to_string(folder.path().join(format!("report.{format}"))).expect("it is written");
        assert!(report.contains("leaked-secret-value"), "{format}: {report}");
        out += &report;
    }
    assert!(out.contains("[secret]"), "the places are told");
    for form in encodings(PLANTED).into_iter().chain([token]) {
        assert!(!out.contains(&form), "{form} came out: {out}");
    }
}

/// Every process whose command line or environment holds one of `forms`.
fn holders(forms: &[String]) -> Vec<String> {
    let holds = |file: std::path::PathBuf| {
        let bytes = std::fs::read(file).unwrap_or_default();
        forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form.as_bytes()))
    };
    let all = std::fs::read_dir("/proc").expect("proc").filter_map(Result::ok).map(|entry| entry.path());
    let held = all.filter(|process| holds(process.join("environ")) || holds(process.join("cmdline")));
    held.map(|process| process.display().to_string()).collect()
}

#[test]
fn while_check_and_gate_run_no_environment_or_command_line_holds_a_resolved_value() {
    let server = OpenBao::start();
    server.mount_kv("kv", 2);
    server.call("POST", "kv/data/shop", &json!({"data": {"password": PLANTED}}));
    let token = server.token("run", r#"path "kv/data/*" { capabilities = ["read"] }"#);
    let spinnaker = Standin::start();
    let mut execution = sample("green");
    execution["trigger"]["parameters"]["reference"] = "vault:kv/shop#password".into();
    let own = Own::of(&execution);
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "execution.json", execution.to_string());
    spinnaker.execution(&own.execution, execution);
    // Accounts never come: so both stay as they are once they know the value.
    spinnaker.script(Script::on("^/credentials").act(Act::Never));
    let vault = [
        ("VAULT_ADDR", server.address.clone()),
        ("VAULT_CACERT", server.ca().display().to_string()),
        ("VAULT_TOKEN", token),
    ];
    let mut check = plimsoll();
    check.args(["check", &file, "--gate-url", &spinnaker.gate_url()]).envs(vault.clone());
    let check = check.spawn().expect("it starts");
    let gate =
        vault.into_iter().fold(Gate::of(&own, &spinnaker.gate_url()), |gate, (name, value)| gate.env(name, value));
    let gate = gate.start();
    let read = || {
        let is_read = |entry: &&Value| {
            entry["type"] == "response" && entry["request"]["path"] == "kv/data/shop" && entry["error"].is_null()
        };
        server.audit().iter().filter(is_read).count()
    };
    // The first was the test's own writing of it.
    until("both ask Vault", || read() >= 3);
    let mut forms = encodings(PLANTED);
    forms.dedup();
    assert_eq!(holders(&forms), [""; 0]);
    gate.signal("TERM");
    assert_eq!(gate.finish().code, 4);
    let mut check = check;
    check.kill().expect("it runs");
    check.wait().expect("it ends");
}
