//! Values that Vault's transit engine has encrypted.

use serde_json::json;

use super::{SERVER, exec, written};
use crate::support::plimsoll::Ran;

/// What is encrypted.
const PLAIN: &str = "a-transit-Value-4716";

#[test]
fn a_value_that_the_transit_engine_encrypted_is_decrypted_for_the_child_and_masked() {
    SERVER.call("POST", "sys/mounts/transit", &json!({"type": "transit"}));
    for key in ["shop", "other"] {
        SERVER.call("POST", &format!("transit/keys/{key}"), &json!({}));
    }
    let encrypted = |key: &str, base64: &str| {
        let answer = SERVER.call("POST", &format!("transit/encrypt/{key}"), &json!({"plaintext": base64}));
        answer["data"]["ciphertext"].as_str().expect("a ciphertext").to_owned()
    };
    let token = SERVER.token("transit", "path \"transit/decrypt/shop\" { capabilities = [\"update\"] }");
    let text = encrypted("shop", "YS10cmFuc2l0LVZhbHVlLTQ3MTY=");
    let run = |arguments: &[&str], value: &str, command: &[&str]| -> Ran {
        let mut command = exec(arguments, &[("A", value)], command);
        command.env("VAULT_TOKEN", &token).output().expect("it starts").into()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let script = format!("printf %s \"$A\" > {}/a; echo \"has $A\"", folder.path().display());
    let shell = ["/bin/sh", "-c", script.as_str()];

    let ran = run(&["--transit-key", "transit/shop"], &text, &shell);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "has [secret]\n"), "{}", ran.stderr);
    assert_eq!(written(folder.path(), "a"), PLAIN);
    // Without the option it is the child's own to decrypt.
    assert_eq!(run(&[], &text, &shell).stdout, format!("has {text}\n"));

    let bytes = encrypted("shop", "//4=");
    let foreign = encrypted("other", "YS10cmFuc2l0LVZhbHVlLTQ3MTY=");
    for (key, value, told) in [
        ("transit/other", &text, "error: A: permission denied for transit/decrypt/other\nhelp: "),
        ("transit/shop", &foreign, "error: A: transit/decrypt/shop cannot decrypt it\nhelp: "),
        ("transit/shop", &bytes, "the plaintext is not text"),
    ] {
        let ran = run(&["--transit-key", key], value, &["/bin/echo", "started"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{key}: {}", ran.stderr);
        assert!(ran.stderr.contains(told) && !ran.stderr.contains(PLAIN), "{told:?} is not in: {}", ran.stderr);
    }
    assert_eq!(run(&["--transit-key", "shop"], &text, &["/bin/echo"]).code, 2);
}
