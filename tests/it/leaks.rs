//! Known values are planted wherever a document can hold them; no byte that comes out holds one, in any encoding.

mod resolved;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::plimsoll::{plimsoll, write};

/// A value of its own for each place, with characters that other encodings write otherwise.
fn planted(n: usize) -> String {
    format!("pL{n:02}\"ant/ed+V4lue~{n:02}!x7Q")
}

/// The forms in which a value could slip out.
fn forms(value: &str) -> Vec<String> {
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url: String = value
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let json = Value::from(value).to_string();
    let mut forms = vec![
        value.to_owned(),
        hex,
        url,
        json.trim_matches('"').to_owned(),
        value.replace('~', "~0").replace('/', "~1"),
    ];
    // Base64 in its three alignments: what does not depend on the neighbours.
    for alignment in 0..3 {
        let padded = format!("{}{value}", "\0".repeat(alignment));
        let whole = base64::engine::general_purpose::STANDARD_NO_PAD.encode(padded);
        let skip = [0, 2, 3][alignment];
        forms.push(whole[skip..whole.len() - 2].to_owned());
    }
    forms
}

/// An execution with a planted value in every place that is known to hold secrets.
fn execution() -> (Value, usize) {
    let mut n = 0;
    let mut next = || {
        n += 1;
        planted(n)
    };
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("export DB_PASSWORD='{}'\n", next()));
    let script = format!("mysql --password='{}' -h db", next());
    let dotenv = format!("A=1\nAPI_TOKEN={}\n", next());
    let in_json = json!({"password": next()}).to_string();
    let shared = next();
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"a": next()},
        "data": {"b": base64::engine::general_purpose::STANDARD.encode(next())}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c",
        "env": [{"name": "DB_PASSWORD", "value": next()}, {"name": "OTHER_PASSWORD", "value": shared}], "args": [format!("--api-token={}", next())]}]}});
    let document = json!({
        "type": "PIPELINE", "id": "E1", "application": "shop", "name": "release", "status": "RUNNING",
        "authentication": {"user": "bob@example.com"},
        "trigger": {"type": "manual", "secret": next(), "parameters": {"dbPassword": next()}, "payload": {"token": next()}},
        "notifications": [{"type": "email", "address": "a@b.c", "smtpPassword": next()}],
        "stages": [
            // A value that is a secret elsewhere stands in a name and in a key too.
            {"refId": "1", "type": "deployManifest", "name": format!("Deploy {shared}"), "context": {"account": "prod", "source": "text",
                "manifests": [secret, pod], "kato.tasks": [{"resultObjects": [{"password": next()}]}]}},
            {"refId": "2", "type": "webhook", "name": "Hook", "context": {
                "customHeaders": {"Authorization": [format!("Bearer {}", next())], "X-Api-Key": next()},
                "url": "https://bob:hunter2Kx7tRw2qLp9@example.com/x", "payload": in_json}},
            {"refId": "3", "type": "script", "name": "Script", "context": {"command": script, "environment": dotenv,
                "clusters": [{"base64UserData": encoded, "osConfig": {"adminPassword": next()}}],
                "auths": {shared.clone(): {"password": next()}}}},
            {"refId": "4", "type": "gremlin", "name": "Chaos", "context": {"gremlinApiKey": next(), "ref": format!("encrypted:noop!v:{}", next())}},
        ]
    });
    (document, n)
}

#[test]
fn no_planted_value_comes_out_in_any_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let (document, count) = execution();
    let file = write(folder.path(), "execution.json", serde_json::to_string_pretty(&document).expect("JSON"));
    let broken =
        write(folder.path(), "broken.json", serde_json::to_string(&document).expect("JSON").replace("]}", "]"));
    let token = write(folder.path(), "token", planted(0));
    let mut out = String::new();
    for path in [&file, &broken] {
        for format in ["text", "json"] {
            let outputs = resolved::outputs(folder.path());
            let output = plimsoll()
                .args([
                    "check",
                    path,
                    "--format",
                    format,
                    "--profile",
                    "strict",
                    "--confidence",
                    "low",
                    "--log",
                    "trace",
                    "--output",
                    &outputs,
                ])
                .args(["--gate-url", "http://127.0.0.1:1", "--gate-token-file", &token, "--deadline", "2s"])
                .output()
                .expect("it starts");
            out += &String::from_utf8_lossy(&output.stdout);
            out += &String::from_utf8_lossy(&output.stderr);
            out += &resolved::written(folder.path());
        }
    }
    assert!(out.contains("plaintext-secret") && out.contains("inline-kubernetes-secret"), "{out}");
    for n in 0..=count {
        for form in forms(&planted(n)) {
            assert!(!out.contains(&form), "value {n} came out as {form}: {}", context(&out, &form));
        }
    }
    assert!(!out.contains("hunter2Kx7tRw2qLp9"));
}

/// Where it came out.
fn context(out: &str, form: &str) -> String {
    let at = out.find(form).unwrap_or_default();
    let start = out[..at].rfind('\n').unwrap_or_default();
    out[start..].chars().take(400).collect()
}
