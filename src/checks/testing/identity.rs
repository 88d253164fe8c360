//! Executions that carry an identity token, and the issuer that signs it.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde_json::{Value as Json, json};

use crate::checks::testing::Case;
use crate::checks::testing::executions::execution;
use crate::jose::key::{PublicKey, SignatureForm, SigningKey, key_set};

pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";
pub(crate) const COMMIT: &str = "9f2c41d07b6e58a3c9d0e1f2a3b4c5d6e7f80912";

/// When the releases of these cases were started, in seconds.
pub(crate) const STARTED: i64 = 1_795_000_000;

/// The Ed25519 key of a seed, the same in each run: tokens are a part of the pages' examples.
fn seeded(seed: u8) -> SigningKey {
    let algorithm = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let der = [&algorithm[..], &[seed; 32]].concat();
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    SigningKey::from_pem(format!("{begin}\n{}\n{end}\n", STANDARD.encode(der)).as_bytes(), Algorithm::RS256).unwrap()
}

/// The key of the issuer.
pub(crate) static KEY: LazyLock<SigningKey> = LazyLock::new(|| seeded(1));

/// A key that the issuer does not have.
pub(crate) static OTHER: LazyLock<SigningKey> = LazyLock::new(|| seeded(2));

/// What the issuer has under the name `k1`.
pub(crate) fn issuer_keys() -> Vec<PublicKey> {
    let mut jwk = KEY.public().to_jwk();
    jwk["kid"] = "k1".into();
    jwk["x5t"] = "aGVsbG8".into();
    key_set(&json!({"keys": [jwk]})).unwrap()
}

/// The claims of a good token.
pub(crate) fn claims() -> Json {
    json!({"iss": ISSUER, "aud": "plimsoll", "sub": "repo:acme/shop:ref:refs/heads/main", "repository": "acme/shop",
        "ref": "refs/heads/main", "sha": COMMIT, "iat": STARTED - 20, "nbf": STARTED - 20, "exp": STARTED + 280})
}

/// The good claims with one changed; `null` removes it.
pub(crate) fn with(name: &str, value: Json) -> Json {
    let mut claims = claims();
    match value {
        Json::Null => drop(claims.as_object_mut().unwrap().remove(name)),
        value => claims[name] = value,
    }
    claims
}

pub(crate) fn header() -> Json {
    json!({"alg": "EdDSA", "kid": "k1", "typ": "JWT", "x5t": "aGVsbG8"})
}

/// A token over any texts, signed by `key`.
pub(crate) fn raw(key: &SigningKey, header: &str, payload: &str) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = key.sign(input.as_bytes(), key.algorithm(), SignatureForm::Jose).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A token of the issuer with these claims.
pub(crate) fn token(claims: &Json) -> String {
    raw(&KEY, &header().to_string(), &claims.to_string())
}

/// A policy's issuer, without its keys.
pub(crate) fn issuer() -> Json {
    json!({"issuer": ISSUER, "audience": "plimsoll", "jwks": "keys.json", "algorithms": ["EdDSA"],
        "claims": {"repository": "acme/shop", "ref": ["refs/heads/main", "refs/tags/v*"]}})
}

/// `document` under a policy with `issuer`, which has its keys.
pub(crate) fn under(issuer: Json, document: Json) -> Case {
    let mut case: Case = document.into();
    let mut issuer: crate::policy::identity::Issuer = serde_json::from_value(issuer).unwrap();
    issuer.check().unwrap();
    issuer.keys = issuer_keys();
    case.policy.triggers.identity.issuers = vec![issuer];
    case.now = jiff::Timestamp::from_second(STARTED + 30).unwrap();
    case
}

/// An API trigger by `user` with `token` as parameter.
pub(crate) fn api(user: &str, token: &str) -> Json {
    let mut document = execution(user, json!({"type": "manual", "parameters": {"identityToken": token}}));
    document["buildTime"] = json!(STARTED * 1000);
    document
}

/// A webhook with `token` in its payload.
pub(crate) fn webhook(token: &str) -> Json {
    let mut document = execution("anonymous", json!({"type": "webhook", "payload": {"identityToken": token}}));
    document["buildTime"] = json!(STARTED * 1000);
    document
}
