//! The classic attacks on tokens, each against a verdict that is otherwise good.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use serde_json::{Value, json};

use super::key::{PublicKey, SignatureForm, SigningKey, key_set};
use super::statement::{ISSUER, Parties, claims, without_images};
use super::verify::{Expectations, Proven, prove};
use super::{Refusal, dsse, jws};
use crate::report::testing::verdict;
use crate::verdict::{Outcome, Verdict};

const HOUR: Duration = Duration::from_hours(1);

fn pair(algorithm: &'static rcgen::SignatureAlgorithm) -> SigningKey {
    let pem = KeyPair::generate_for(algorithm).unwrap().serialize_pem();
    SigningKey::from_pem(pem.as_bytes(), Algorithm::PS256).unwrap()
}

fn ed25519() -> SigningKey {
    pair(&PKCS_ED25519)
}

fn release() -> Verdict {
    let mut verdict = verdict(Outcome::Passed, 0);
    verdict.subject.sha256 = "ab".repeat(32);
    verdict.subject.execution_id = Some("01J".to_owned());
    verdict.images = vec![("registry.example.com/shop".to_owned(), "cd".repeat(32))];
    verdict
}

fn parties() -> Parties {
    Parties { issuer: ISSUER.to_owned(), audience: None, attempt: None }
}

fn payload(verdict: &Verdict) -> Value {
    serde_json::to_value(claims(verdict, &parties())).unwrap()
}

/// A token over `payload` with the header `header`, signed as `key` signs.
fn token(key: &SigningKey, header: &Value, payload: &str) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload));
    let signature = key.sign(input.as_bytes(), key.algorithm(), SignatureForm::Jose).unwrap();
    jws::compact(&input, &signature)
}

fn header(key: &SigningKey) -> Value {
    json!({"alg": format!("{:?}", key.algorithm()), "kid": key.public().id, "typ": jws::TYPE})
}

fn good(key: &SigningKey) -> String {
    token(key, &header(key), &payload(&release()).to_string())
}

/// Proves `text` an hour at most after the verdict of the tests.
fn proved(text: &str, key: &SigningKey, expected: Expectations) -> Result<Proven, Refusal> {
    let expected = Expectations { max_age: HOUR, ..expected };
    prove(text, &[key.public().clone()], &expected, Timestamp::UNIX_EPOCH)
}

fn refused(text: &str, key: &SigningKey) -> String {
    proved(text, key, Expectations::default()).unwrap_err().reason
}

#[test]
fn a_verdict_is_proven_by_its_key_in_every_form() {
    for key in [ed25519(), pair(&PKCS_ECDSA_P256_SHA256)] {
        let proven = proved(&good(&key), &key, Expectations::default()).unwrap();
        assert_eq!(proven.statement.predicate.verification_result, "PASSED");
        assert_eq!(proven.statement.subject[1].name, "registry.example.com/shop");
        assert_eq!(proven.key_id, key.public().id);

        let payload = serde_json::to_vec(&proven.statement).unwrap();
        let signature =
            key.sign(&dsse::signing_input(&payload), dsse::algorithm(key.algorithm()), SignatureForm::Der).unwrap();
        let envelope = dsse::envelope(&payload, &key.public().id, &signature);
        let bundle = dsse::bundle(envelope.clone(), &key.public().id);
        for text in [envelope.to_string(), bundle.to_string()] {
            assert_eq!(proved(&text, &key, Expectations::default()).unwrap().statement, proven.statement);
            let other = ed25519();
            assert!(refused(&text, &other).contains("no signature of the envelope holds"));
        }
    }
}

#[test]
fn every_changed_byte_is_refused() {
    let key = ed25519();
    let good = good(&key);
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(proved(&changed, &key, Expectations::default()).is_err(), "byte {at} of the token");
    }
    for end in 0..good.len() {
        assert!(proved(&good[..end], &key, Expectations::default()).is_err(), "cut at {end}");
    }

    let payload = payload(&release()).to_string();
    let signature = key.sign(&dsse::signing_input(payload.as_bytes()), Algorithm::EdDSA, SignatureForm::Der).unwrap();
    let changed = payload.replace("PASSED", "FAILED");
    let envelope = dsse::envelope(changed.as_bytes(), &key.public().id, &signature);
    assert!(refused(&envelope.to_string(), &key).contains("no signature of the envelope holds"));
}

#[test]
fn algorithms_and_keys_of_the_token_are_never_trusted() {
    let key = ed25519();
    let with = |name: &str, value: Value| {
        let mut header = header(&key);
        header[name] = value;
        token(&key, &header, &payload(&release()).to_string())
    };
    for algorithm in ["none", "None", "HS256", "RS512", "ES384", "", "EDDSA"] {
        assert!(refused(&with("alg", algorithm.into()), &key).contains("algorithm"), "{algorithm}");
    }
    // Another accepted algorithm than that of the key.
    for algorithm in ["ES256", "PS256", "RS256"] {
        assert_eq!(refused(&with("alg", algorithm.into()), &key), "the signature does not hold", "{algorithm}");
    }
    for name in ["jwk", "jku", "x5u", "x5c", "x5t"] {
        assert!(refused(&with(name, json!("https://evil.example")), &key).contains("brings its own key"), "{name}");
    }
    for name in ["crit", "b64", "zip", "cty"] {
        assert!(refused(&with(name, json!(["exp"])), &key).contains("not supported"), "{name}");
    }
    for id in ["", "../../etc/passwd", "x' or 1=1", "\u{0}"] {
        assert!(refused(&with("kid", id.into()), &key).contains("not among the given ones"), "{id:?}");
    }
    assert!(refused(&with("kid", json!(["a"])), &key).contains("names no key"));
    assert!(refused(&with("typ", "JWT".into()), &key).contains("not a signed verdict"));

    // A key of the same name that did not sign.
    let other = ed25519();
    let mut stolen = header(&other);
    stolen["kid"] = key.public().id.clone().into();
    let forged = token(&other, &stolen, &payload(&release()).to_string());
    assert_eq!(refused(&forged, &key), "the signature does not hold");

    // A public key as the secret of a symmetric algorithm.
    let header = json!({"alg": "HS256", "kid": key.public().id, "typ": jws::TYPE});
    let secret = jsonwebtoken::EncodingKey::from_secret(key.public().to_jwk().to_string().as_bytes());
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode("{}"));
    let signature = jsonwebtoken::crypto::sign(input.as_bytes(), &secret, Algorithm::HS256).unwrap();
    assert!(refused(&format!("{input}.{signature}"), &key).contains("algorithm"));
}

#[test]
fn a_token_has_one_form() {
    let key = ed25519();
    let good = good(&key);
    let (input, signature) = good.rsplit_once('.').unwrap();
    for changed in [
        format!("{good}="),
        format!("{input}.{signature}=="),
        format!("{input}.{}", signature.replace(['-', '_'], "+")) + "/",
        format!("{input}."),
        format!("{good}.{signature}"),
        format!("{input}. {signature}"),
    ] {
        assert!(proved(&changed, &key, Expectations::default()).is_err(), "{changed}");
    }
    // The last letter of 64 bytes carries four bits that say nothing.
    let last = signature.chars().last().unwrap();
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = letters.find(last).unwrap();
    let twin = letters.as_bytes()[value ^ 1] as char;
    let twin = format!("{input}.{}{twin}", &signature[..signature.len() - 1]);
    assert!(refused(&twin, &key).contains("canonical"));
    assert!(refused(&"a".repeat(jws::LONGEST + 1), &key).contains("longer than"));

    let twice = payload(&release()).to_string().replacen('{', "{\"iat\":1,", 1);
    assert!(refused(&token(&key, &header(&key), &twice), &key).contains("distinct keys"));
    for payload in ["[]", "null", "{", "\"text\"", "{}"] {
        assert!(proved(&token(&key, &header(&key), payload), &key, Expectations::default()).is_err(), "{payload}");
    }
    let header = header(&key).to_string().replacen('{', "{\"alg\":\"none\",", 1);
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode("{}"));
    assert!(refused(&format!("{input}.AAAA"), &key).contains("distinct keys"));
}

#[test]
fn time_and_parties_are_required() {
    let key = ed25519();
    let keys = [key.public().clone()];
    let at = |seconds: i64| Timestamp::from_second(seconds).unwrap();
    let expected = Expectations { max_age: HOUR, ..Expectations::default() };
    let when = |seconds| prove(&good(&key), &keys, &expected, at(seconds)).map(drop).map_err(|error| error.reason);
    assert_eq!(when(3600), Ok(()));
    assert!(when(3661).unwrap_err().contains("too old"));
    assert_eq!(when(-60), Ok(()));
    assert!(when(-61).unwrap_err().contains("from the future"));

    let issuer = Expectations { issuer: Some("https://other.example".to_owned()), ..Expectations::default() };
    assert!(proved(&good(&key), &key, issuer).unwrap_err().reason.contains("issuer"));
    let audience = |name: &str| Expectations { audience: Some(name.to_owned()), ..Expectations::default() };
    assert!(proved(&good(&key), &key, audience("eu")).unwrap_err().reason.contains("audience is missing"));
    let for_eu = claims(&release(), &Parties { audience: Some("eu".to_owned()), ..parties() });
    let for_eu = token(&key, &header(&key), &serde_json::to_string(&for_eu).unwrap());
    assert!(proved(&for_eu, &key, audience("eu")).is_ok());
    assert!(proved(&for_eu, &key, audience("us")).unwrap_err().reason.contains("audience is \"eu\""));
    assert!(refused(&for_eu, &key).contains("is for the audience"));
}

#[test]
fn what_a_reader_expects_must_be_said() {
    let key = ed25519();
    let good = good(&key);
    let text = |text: &str| Some(text.to_owned());
    let right = Expectations {
        application: text("shop"),
        execution: text("01J"),
        policy_sha256: text("00"),
        documents: vec!["AB".repeat(32)],
        images: vec!["cd".repeat(32)],
        ..Expectations::default()
    };
    proved(&good, &key, right).unwrap();
    let wrong = [
        (Expectations { application: text("other"), ..Expectations::default() }, "application"),
        (Expectations { pipeline: text("other"), ..Expectations::default() }, "pipeline"),
        (Expectations { execution: text("01K"), ..Expectations::default() }, "execution"),
        (Expectations { policy_sha256: text("11"), ..Expectations::default() }, "policy"),
        (Expectations { documents: vec!["cd".repeat(32)], ..Expectations::default() }, "document"),
        (Expectations { images: vec!["ab".repeat(32)], ..Expectations::default() }, "image"),
    ];
    for (expected, what) in wrong {
        assert!(proved(&good, &key, expected).unwrap_err().reason.contains(what), "{what}");
    }
    let short = without_images(&claims(&release(), &parties()));
    let short = token(&key, &header(&key), &serde_json::to_string(&short).unwrap());
    let expected = Expectations { images: vec!["cd".repeat(32)], ..Expectations::default() };
    assert!(proved(&short, &key, expected).unwrap_err().help.contains("short form"));
}

#[test]
fn a_token_of_many_images_is_one_that_readers_accept() {
    let key = ed25519();
    let name = |n: usize| format!("registry.example.com/{}/{n}", "\"team".repeat(20));
    let many = Verdict { images: (0..5000).map(|n| (name(n), "cd".repeat(32))).collect(), ..release() };
    let token = token(&key, &header(&key), &payload(&many).to_string());
    let proven = proved(&token, &key, Expectations::default()).unwrap();
    let named = proven.statement.subject.len() - 1;
    assert!(named > 50 && named + proven.statement.predicate.plimsoll.images_omitted == 5000, "{named}");
}

#[test]
fn only_what_was_wholly_judged_is_passed() {
    let result = |verdict: &Verdict| claims(verdict, &parties()).statement.predicate;
    assert_eq!(result(&release()).verified_levels, ["PLIMSOLL_POLICY_DEFAULT"]);
    for verdict in [
        Verdict { partial: true, ..release() },
        Verdict { outcome: Outcome::Inconclusive, ..release() },
        Verdict { outcome: Outcome::Failed, enforced: false, ..release() },
        Verdict { outcome: Outcome::Canceled, ..release() },
    ] {
        let predicate = result(&verdict);
        assert_eq!((&*predicate.verification_result, &*predicate.verified_levels[0]), ("FAILED", "FAILED"));
        assert_eq!(predicate.plimsoll.outcome, verdict.outcome.word());
        assert_eq!(predicate.plimsoll.enforced, verdict.enforced);
    }
}

#[test]
fn keys_that_cannot_be_trusted_are_refused() {
    let key = ed25519();
    let set = |keys: Value| key_set(&json!({ "keys": keys }));
    let good = key.public().to_jwk();
    let with = |name: &str, value: Value| {
        let mut jwk = good.clone();
        jwk[name] = value;
        jwk
    };
    assert_eq!(set(json!([good])).unwrap()[0].id, key.public().id);
    let symmetric = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "x"});
    for bad in [with("use", "enc".into()), with("alg", "HS256".into()), with("x", "AAAA".into()), symmetric] {
        assert!(set(json!([bad])).is_err(), "{bad}");
        // One key that cannot be used does not hide the others.
        assert_eq!(set(json!([bad, good])).unwrap().len(), 1);
    }
    assert!(key_set(&json!([])).is_err() && set(json!([])).is_err());
    let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    assert!(SigningKey::from_pem(p384.serialize_pem().as_bytes(), Algorithm::PS256).is_err());
    assert!(PublicKey::from_pem(p384.public_key_pem().as_bytes()).is_err());
    for text in ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] {
        assert!(SigningKey::from_pem(text.as_bytes(), Algorithm::PS256).is_err(), "{text}");
    }
    let ed = STANDARD.encode([0; 31]);
    assert!(PublicKey::from_ed25519(ed.as_bytes()).is_err());
}
