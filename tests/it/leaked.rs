//! `leaked-secret-value`, end to end: values in a real Vault, documents and logs that hold them.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::openbao::OpenBao;
use crate::support::plimsoll::{Ran, plimsoll, write};

const PLANTED: &str = "pLanted \"Value\"/4713~é";

fn server() -> (OpenBao, String) {
    let server = OpenBao::start();
    server.mount_kv("kv", 2);
    server.call("POST", "kv/data/shop", &json!({"data": {"password": PLANTED, "username": "checkout"}}));
    let token = server.token("leaks", r#"path "kv/data/*" { capabilities = ["read"] }"#);
    (server, token)
}

fn check(server: &OpenBao, token: &str, arguments: &[&str]) -> Ran {
    let mut command = plimsoll();
    command.arg("check").args(arguments).args(["--only", "leaked-secret-value", "--format", "json"]);
    command.env("VAULT_ADDR", &server.address).env("VAULT_CACERT", server.ca()).env("VAULT_TOKEN", token);
    command.output().expect("the program starts").into()
}

fn execution(id: &str, trigger: &Value, context: &Value) -> String {
    json!({"type": "PIPELINE", "id": id, "application": "checkout", "status": "RUNNING", "trigger": trigger,
        "stages": [{"refId": "1", "type": "wait", "name": "Wait", "status": "RUNNING", "context": context}]})
    .to_string()
}

#[test]
fn a_resolved_value_is_found_in_documents_parents_and_logs_and_never_told() {
    let (server, token) = server();
    let folder = tempfile::tempdir().expect("a folder");
    let reference = "vault:kv/shop#password";
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("user:{PLANTED}\n"));
    let hex: String = PLANTED.bytes().map(|byte| format!("{byte:02X}")).collect();
    let own = write(
        folder.path(),
        "own.json",
        // The user's name is the application's, and that is no leak.
        execution(
            "C",
            &json!({"type": "pipeline", "parentExecution": {"id": "P"}}),
            &json!({"a": reference, "user": "vault:kv/shop#username", "b": {"header": format!("Basic {encoded}")}, "z": {hex.clone(): 1}}),
        ),
    );
    let parent = write(folder.path(), "parent.json", execution("P", &json!({"type": "git"}), &json!({"out": PLANTED})));
    let log = write(folder.path(), "job.log", format!("started\nusing {}\n", urlencoded(PLANTED)));
    let ran = check(&server, &token, &[&own, &parent, "--job-log", &log]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let report = ran.json();
    let findings = report["verdicts"][0]["findings"].as_array().expect("findings");
    let messages: Vec<&str> = findings.iter().map(|finding| finding["message"].as_str().expect("a text")).collect();
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert_eq!(messages[0], "the value of kv/shop#password occurs here as base64");
    assert_eq!(findings[0]["pointer"], "/stages/0/context/b/header");
    assert_eq!(findings[0]["related"], json!(["/stages/0/context/z/[secret]"]));
    assert_eq!(
        messages[1],
        "the value of kv/shop#password occurs in plain text in parent execution P, at /stages/0/context/out"
    );
    assert!(
        messages[2].contains("URL-encoded in the log") && messages[2].contains("job.log, line 2"),
        "{}",
        messages[2]
    );
    // What one document refers to is looked for in the other.
    assert_eq!(report["verdicts"][1]["findings"][0]["pointer"], "/stages/0/context/out");
    for form in [PLANTED, &encoded, &hex, &urlencoded(PLANTED)] {
        assert!(!(ran.stdout.clone() + &ran.stderr).contains(form), "{form} came out");
    }
}

fn urlencoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[test]
fn references_alone_pass_and_a_log_that_cannot_be_read_is_no_pass() {
    let (server, token) = server();
    let folder = tempfile::tempdir().expect("a folder");
    let own = write(
        folder.path(),
        "own.json",
        execution(
            "C",
            &json!({"type": "git"}),
            &json!({"a": "vault:kv/shop#password", "account": "checkout", "b": "vault:kv/shop#username"}),
        ),
    );
    let log = write(folder.path(), "job.log", "nothing in it\n");
    let ran = check(&server, &token, &[&own, "--job-log", &log]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let ran = check(&server, &token, &[&own, "--job-log", "/nonexistent.log"]);
    assert!(ran.code == 2 && ran.stderr.contains("--job-log"), "{}{}", ran.stdout, ran.stderr);
    server.seal();
    let ran = check(&server, &token, &[&own, "--deadline", "2s"]);
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
}
