//! Signed verdicts of the gate: with a key in a file, and with keys that never leave Vault.

use std::path::Path;

use rcgen::{KeyPair, PKCS_ED25519};
use serde_json::{Value, json};

use super::{VAULT, pipeline, with_vault};
use crate::support::gate::{Answered, Gate};
use crate::support::plimsoll::{Ran, plimsoll, write};
use crate::support::spinnaker::Standin;

fn verify(verdict: &str, arguments: &[&str]) -> Ran {
    plimsoll().arg("verify").arg(verdict).args(arguments).output().expect("the program starts").into()
}

fn token(answered: &Answered) -> String {
    answered.properties()["plimsollVerdict"].as_str().expect("a text").to_owned()
}

/// A key pair in `folder`: the paths of both halves.
fn key(folder: &Path) -> (String, String) {
    let pair = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
    (write(folder, "key.pem", pair.serialize_pem()), write(folder, "key.pub", pair.public_key_pem()))
}

#[test]
fn a_later_stage_verifies_what_the_gate_has_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let (private, public) = key(folder.path());
    let spinnaker = Standin::start();
    let own = pipeline(&spinnaker, "green");
    let gate = with_vault(Gate::of(&own, &spinnaker.gate_url()), "signed-green").env("PLIMSOLL_SIGN_KEY", &private);
    let answered = gate.run();
    answered.ended(0, "passed");

    let verdict = token(&answered);
    let expected = ["--key", &public, "--application", "shop", "--execution", &own.execution, "--json"];
    let ran = verify(&verdict, &expected);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let proven: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let claims = &proven["claims"];
    assert_eq!(claims["predicate"]["verificationResult"], "PASSED");
    assert_eq!(claims["predicate"]["plimsoll"]["attempt"], own.job.as_str());
    let hash = &answered.properties()["plimsollVerdictSha256"];
    assert_eq!(&claims["predicate"]["inputAttestations"][0]["digest"]["sha256"], hash);
    assert!(claims["subject"].as_array().is_some_and(|subjects| subjects.len() > 1), "no image is named: {claims}");

    let other = verify(&verdict, &["--key", &public, "--execution", "01OTHER"]);
    assert_eq!(other.code, 1);
    assert!(other.stderr.contains("the execution of the verdict is"), "{}", other.stderr);
}

#[test]
fn what_failed_or_was_not_judged_is_signed_as_that() {
    let folder = tempfile::tempdir().expect("a folder");
    let (private, public) = key(folder.path());
    let spinnaker = Standin::start();
    let red = pipeline(&spinnaker, "red");
    let answered =
        with_vault(Gate::of(&red, &spinnaker.gate_url()), "signed-red").env("PLIMSOLL_SIGN_KEY", &private).run();
    answered.ended(1, "failed");
    let ran = verify(&token(&answered), &["--key", &public]);
    assert!(ran.code == 1 && ran.stderr.contains("FAILED (failed)"), "{}", ran.stderr);

    // Observed: Orca reads that the release passed, and the signature says what is true.
    let policy = write(
        folder.path(),
        "policy.yaml",
        "schema: plimsoll.dev/policy/v1\nname: shop\nversion: \"1\"\nmode: observe\n",
    );
    let gate = Gate::of(&red, &spinnaker.gate_url()).env("PLIMSOLL_SIGN_KEY", &private);
    let answered = with_vault(gate, "signed-observed").env("PLIMSOLL_POLICY", policy).run();
    answered.ended(0, "passed");
    let ran = verify(&token(&answered), &["--key", &public]);
    assert!(ran.code == 1 && ran.stderr.contains("FAILED (failed, observed)"), "{}", ran.stderr);

    // Nothing could be judged.
    let missing = Standin::start();
    let gate = Gate::of(&red, &missing.gate_url()).env("PLIMSOLL_SIGN_KEY", &private).env("PLIMSOLL_SETTLE", "1s");
    let answered = gate.run();
    answered.ended(3, "inconclusive");
    let ran = verify(&token(&answered), &["--key", &public]);
    assert!(ran.code == 3 && ran.stderr.contains("FAILED (inconclusive"), "{}", ran.stderr);
}

/// The gate of the green sample, which signs with the transit key `name`.
fn signed_by(spinnaker: &Standin, role: &str, name: &str) -> Answered {
    let own = pipeline(spinnaker, "green");
    let gate = with_vault(Gate::of(&own, &spinnaker.gate_url()), role);
    let rules = format!(
        "path \"secret/data/*\" {{ capabilities = [\"read\"] }}\n\
         path \"transit/keys/{name}\" {{ capabilities = [\"read\"] }}\n\
         path \"transit/sign/{name}\" {{ capabilities = [\"update\"] }}"
    );
    VAULT.policy(role, &rules);
    gate.env("PLIMSOLL_SIGN_KEY", format!("transit:transit/{name}")).run()
}

fn jwks(folder: &Path, name: &str) -> String {
    let token = VAULT.token(&format!("jwks-{name}"), "path \"transit/keys/*\" { capabilities = [\"read\"] }");
    let ran: Ran = plimsoll()
        .args(["jwks", &format!("transit:transit/{name}")])
        .env("VAULT_ADDR", &VAULT.address)
        .env("VAULT_CACERT", VAULT.ca())
        .env("VAULT_TOKEN", token)
        .output()
        .expect("the program starts")
        .into();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    write(folder, name, ran.stdout)
}

#[test]
fn keys_that_never_leave_vault_sign_and_are_rotated_with_overlap() {
    let folder = tempfile::tempdir().expect("a folder");
    let spinnaker = Standin::start();
    VAULT.ask("POST", "sys/mounts/transit", &json!({"type": "transit"}));
    for kind in ["ed25519", "ecdsa-p256", "rsa-2048"] {
        VAULT.call("POST", &format!("transit/keys/{kind}"), &json!({"type": kind}));
        let first = signed_by(&spinnaker, &format!("transit-{kind}"), kind);
        first.ended(0, "passed");
        let before = jwks(folder.path(), kind);
        assert_eq!(verify(&token(&first), &["--jwks", &before]).code, 0, "{kind}");

        VAULT.call("POST", &format!("transit/keys/{kind}/rotate"), &json!({}));
        let second = signed_by(&spinnaker, &format!("transit-{kind}-2"), kind);
        let ran = verify(&token(&second), &["--jwks", &before]);
        assert!(ran.code == 1 && ran.stderr.contains("not among the given ones"), "{kind}: {}", ran.stderr);
        let both = jwks(folder.path(), kind);
        for verdict in [token(&first), token(&second)] {
            let ran = verify(&verdict, &["--jwks", &both]);
            assert_eq!(ran.code, 0, "{kind}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_verdict_that_cannot_be_signed_does_not_pass() {
    let spinnaker = Standin::start();
    VAULT.ask("POST", "sys/mounts/transit", &json!({"type": "transit"}));
    let answered = signed_by(&spinnaker, "transit-missing", "missing");
    let summary = answered.ended(3, "inconclusive");
    assert!(summary.contains("the verdict cannot be signed"), "{summary}");
    assert_eq!(token(&answered), "");

    let own = pipeline(&spinnaker, "green");
    let gate =
        with_vault(Gate::of(&own, &spinnaker.gate_url()), "sign-no-file").env("PLIMSOLL_SIGN_KEY", "/nowhere.pem");
    let answered = gate.run();
    assert!(answered.ended(3, "inconclusive").contains("the verdict cannot be signed"));
    assert!(answered.stderr.contains("PLIMSOLL_SIGN_KEY"), "{}", answered.stderr);
}
