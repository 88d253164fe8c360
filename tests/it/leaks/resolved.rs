//! Resolved values: planted in every encoding wherever an execution can hold them, they are found and come out nowhere.

use serde_json::{Value, json};

use crate::support::encodings::encodings;
use crate::support::gate::{Gate, Own, sample, source_folder};
use crate::support::openbao::OpenBao;

/// Long enough to be wrapped by encoders, with characters that each of them writes otherwise.
const PLANTED: &str = "rEsolved \"Va/ue'4717~é<&>$+\\ a-long-one-that-base64-wraps-0123456789";

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
        .args(["--output", &format!("json={0}/v.json,text={0}/v.txt", folder.path().display())])
        .env("PLIMSOLL_SOURCE_DIR", folder.path())
        .env("PLIMSOLL_GATE_TOKEN", "vault:kv/shop#token")
        .env("VAULT_ADDR", &server.address)
        .env("VAULT_CACERT", server.ca())
        .env("VAULT_TOKEN", &token)
        .run();
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stdout.contains("leaked-secret-value"), "{}", ended.stdout);
    let mut out = format!("{}\n{}\n{}\n", ended.stdout, ended.stderr, ended.termination);
    for name in ["v.json", "v.txt"] {
        out += &std::fs::read_to_string(folder.path().join(name)).expect("the output is there");
    }
    assert!(out.contains("[secret]"), "the places are told");
    let mut forms = encodings(PLANTED);
    forms.extend(encodings("the-Gates-own-Token-4718"));
    forms.push(token);
    for form in forms {
        assert!(!out.contains(&form), "{form} came out: {out}");
    }
}
