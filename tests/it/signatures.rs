//! `check --sign-key`, `verify` and `jwks`, as their users run them.

use std::path::Path;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use crate::support::certificates;
use crate::support::https::Https;
use crate::support::plimsoll::{Ran, plimsoll, write};

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    plimsoll().current_dir(folder).args(arguments).output().expect("the program starts").into()
}

/// Key files of each kind, and a manifest that passes.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, pair) in [
        ("ed", KeyPair::generate_for(&PKCS_ED25519)),
        ("ec", KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)),
        ("rsa", KeyPair::generate_for(&PKCS_RSA_SHA256)),
    ] {
        let pair = pair.expect("a key");
        write(folder.path(), &format!("{name}.pem"), pair.serialize_pem());
        write(folder.path(), &format!("{name}.pub"), pair.public_key_pem());
    }
    let pod = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}, "data": {"k": "v"}});
    write(folder.path(), "config.json", pod.to_string());
    folder
}

fn sign(folder: &Path, arguments: &[&str]) {
    let ran = run(folder, &[&["check", "config.json", "--offline"], arguments].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn every_kind_of_key_signs_in_every_form() {
    let folder = folder();
    for key in ["ed", "ec", "rsa"] {
        let (private, public) = (format!("{key}.pem"), format!("{key}.pub"));
        sign(
            folder.path(),
            &["--sign-key", &private, "--sign-output", "jws=jws,dsse=dsse", "--sign-output", "sigstore=bundle"],
        );
        for form in ["jws", "dsse", "bundle"] {
            let ran = run(folder.path(), &["verify", form, "--key", &public, "--document", "config.json"]);
            assert_eq!(ran.code, 0, "{key} {form}: {}", ran.stderr);
            assert!(ran.stdout.starts_with("verdict   PASSED (passed)"), "{}", ran.stdout);
            let other = if key == "ed" { "ec.pub" } else { "ed.pub" };
            let ran = run(folder.path(), &["verify", form, "--key", other]);
            assert!(ran.code == 1 && ran.stderr.contains("help: add the public key of the signer"), "{}", ran.stderr);
        }
    }
    sign(folder.path(), &["--sign-key", "rsa.pem", "--sign-rsa", "rs256", "--sign-output", "jws=jws"]);
    assert_eq!(run(folder.path(), &["verify", "jws", "--key", "rsa.pub"]).code, 0);
}

#[test]
fn a_key_set_holds_every_key_and_no_private_half() {
    let folder = folder();
    let ran = run(folder.path(), &["jwks", "ed.pem", "ec.pub", "rsa.pem"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let set: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let keys = set["keys"].as_array().expect("a list");
    assert_eq!(keys.iter().map(|key| key["kty"].as_str().expect("a text")).collect::<Vec<_>>(), ["OKP", "EC", "RSA"]);
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{key}");
        }
    }
    write(folder.path(), "set.json", &ran.stdout);
    sign(folder.path(), &["--sign-key", "ec.pem", "--sign-audience", "eu", "--sign-output", "jws=jws"]);
    assert_eq!(run(folder.path(), &["verify", "jws", "--jwks", "set.json", "--audience", "eu"]).code, 0);
    assert_eq!(run(folder.path(), &["verify", "jws", "--jwks", "set.json"]).code, 1);
}

#[test]
fn a_key_set_is_fetched_over_https_from_a_server_that_is_trusted() {
    let folder = folder();
    certificates::write(folder.path());
    let set = run(folder.path(), &["jwks", "ed.pem"]);
    write(folder.path(), "set.json", &set.stdout);
    sign(folder.path(), &["--sign-key", "ed.pem", "--sign-output", "jws=jws"]);
    let server = Https::start(folder.path());
    for (path, ca, code, words) in [
        ("set.json", "ca.pem", 0, ""),
        ("set.json", "client.pem", 3, "cannot be fetched"),
        ("none.json", "ca.pem", 3, "the server answered 404"),
        ("config.json", "ca.pem", 2, "not a JSON Web Key Set"),
    ] {
        let mut command = plimsoll();
        command.current_dir(folder.path()).env("SSL_CERT_FILE", ca);
        let address = format!("{}/{path}", server.address);
        let ran: Ran = command.args(["verify", "jws", "--jwks", &address]).output().expect("it starts").into();
        assert!(ran.code == code && ran.stderr.contains(words), "{path}: {}", ran.stderr);
    }
}

#[test]
fn a_verdict_that_is_no_pass_ends_with_its_own_code() {
    let folder = folder();
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "c:1", "securityContext": {"privileged": true}}]}});
    write(folder.path(), "bad.json", pod.to_string());
    let ran =
        run(folder.path(), &["check", "bad.json", "--offline", "--sign-key", "ed.pem", "--sign-output", "jws=bad"]);
    assert_eq!(ran.code, 1);
    let ran = run(folder.path(), &["verify", "bad", "--key", "ed.pub"]);
    assert!(ran.code == 1 && ran.stderr.contains("the verdict is not a pass"), "{}", ran.stderr);

    let only = ["check", "config.json", "--offline", "--only", "plaintext-secret", "--sign-key", "ed.pem"];
    assert_eq!(run(folder.path(), &[&only[..], &["--sign-output", "jws=part"]].concat()).code, 0);
    let ran = run(folder.path(), &["verify", "part", "--key", "ed.pub", "--termination-log", "log"]);
    assert!(ran.code == 3 && ran.stderr.contains("passed, partial"), "{}", ran.stderr);
    let reason = std::fs::read_to_string(folder.path().join("log")).expect("it is written");
    assert!(reason.starts_with("Plimsoll: the signature holds, and the verdict is not a pass"), "{reason}");
}

#[test]
fn wrong_input_is_answered_with_what_to_do() {
    let folder = folder();
    sign(folder.path(), &["--sign-key", "ed.pem", "--sign-output", "jws=jws"]);
    write(folder.path(), "empty", "");
    write(folder.path(), "set.json", "{}");
    for (arguments, code, words) in [
        (&["verify", "jws"][..], 2, "no key is given"),
        (&["verify", "nowhere", "--key", "ed.pub"], 2, "no such file"),
        (&["verify", "", "--key", "ed.pub"], 2, "the signed verdict is empty"),
        (&["verify", "empty", "--key", "ed.pub"], 1, "the token has no signature"),
        (&["verify", "jws", "--key", "config.json"], 2, "no PEM public key"),
        (&["verify", "jws", "--key", "ed.pem"], 2, "no PEM public key"),
        (&["verify", "jws", "--jwks", "set.json"], 2, "not a JSON Web Key Set"),
        (&["verify", "jws", "--jwks", "http://localhost/set"], 2, "HTTPS only"),
        (&["verify", "jws", "--jwks", "https://127.0.0.1:9/set"], 3, "cannot be fetched"),
        (&["verify", "jws", "--jwks", "https://127.0.0.1:9/set", "--offline"], 2, "--offline"),
        (&["verify", "jws", "--key", "ed.pub", "--image", "shop:1"], 2, "has no digest"),
        (&["verify", "jws", "--key", "ed.pub", "--max-age", "9"], 2, "invalid duration"),
        (&["check", "config.json", "--sign-key", "ed.pub"], 2, "not a PEM private key"),
        (&["check", "config.json", "--sign-key", "transit:x"], 2, "transit:MOUNT/NAME"),
        (&["check", "config.json", "--sign-output", "jws=x"], 2, "--sign-key"),
        (&["check", "config.json", "--sign-key", "ed.pem", "--sign-output", "x"], 2, "jws=FILE"),
        (&["check", "config.json", "--sign-key", "ed.pem", "--sign-output", "jws=no/where"], 2, "cannot write"),
        (&["jwks", "nowhere.pem"], 2, "cannot be read"),
    ] {
        let ran = run(folder.path(), arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("PRIVATE KEY"), "{}", ran.stderr);
    }
}

#[test]
fn an_image_that_an_artifact_replaces_is_named_by_the_artifact() {
    let folder = folder();
    let (written, bound) = ("a".repeat(64), "b".repeat(64));
    let artifact = json!({"type": "docker/image", "name": "registry.example.com/shop",
        "reference": format!("registry.example.com/shop@sha256:{bound}")});
    let pod = |image: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": image}]}});
    let side = format!("registry.example.com/side@sha256:{written}");
    let execution = json!({"type": "PIPELINE", "id": "01J", "application": "shop", "name": "release", "status": "RUNNING",
        "trigger": {"type": "docker", "artifacts": [artifact], "resolvedExpectedArtifacts": [{"boundArtifact": artifact}]},
        "stages": [{"id": "1", "refId": "1", "type": "deployManifest", "name": "Deploy", "status": "RUNNING", "context": {
            "account": "prod", "source": "text", "manifests": [pod("registry.example.com/shop"), pod(&side)]}}]});
    write(folder.path(), "execution.json", execution.to_string());
    run(folder.path(), &["check", "execution.json", "--offline", "--sign-key", "ed.pem", "--sign-output", "jws=jws"]);
    let ran = run(folder.path(), &["verify", "jws", "--key", "ed.pub", "--json"]);
    let proven: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let subjects = proven["claims"]["subject"].as_array().expect("a list");
    let named: Vec<_> =
        subjects.iter().skip(1).map(|subject| (&subject["name"], &subject["digest"]["sha256"])).collect();
    let expected =
        [(json!("registry.example.com/shop"), json!(bound)), (json!("registry.example.com/side"), json!(written))];
    assert_eq!(named, expected.iter().map(|(name, digest)| (name, digest)).collect::<Vec<_>>());
}
