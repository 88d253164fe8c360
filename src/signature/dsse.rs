//! The statement in a DSSE envelope (`secure-systems-lab/dsse`), alone or in a Sigstore bundle.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::signature::Refusal;
use crate::signature::jws::object;
use crate::signature::key::{PublicKey, SignatureForm};

/// The type of a payload that is an in-toto statement.
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// The most bytes of an envelope.
const LONGEST: usize = 1 << 20;

const HELP: &str = "pass the envelope as it was written: payloadType, payload and signatures";

/// The algorithm by which a key signs an envelope. Readers of DSSE take RSA for PKCS#1.
pub fn algorithm(of_jws: Algorithm) -> Algorithm {
    if of_jws == Algorithm::PS256 { Algorithm::RS256 } else { of_jws }
}

/// What a key signs: type and payload with their lengths.
pub fn signing_input(payload: &[u8]) -> Vec<u8> {
    encoded(PAYLOAD_TYPE, payload)
}

fn encoded(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// The envelope of `payload` and its signature.
pub fn envelope(payload: &[u8], key_id: &str, signature: &[u8]) -> Value {
    json!({
        "payloadType": PAYLOAD_TYPE,
        "payload": STANDARD.encode(payload),
        "signatures": [{"keyid": key_id, "sig": STANDARD.encode(signature)}],
    })
}

/// `envelope` in a Sigstore bundle, as `cosign verify-blob-attestation --bundle` reads it. Readers of bundles compare the key id of a
/// signature with a hash of their own, so it has none there; the bundle names the key.
pub fn bundle(mut envelope: Value, key_id: &str) -> Value {
    for signature in envelope.get_mut("signatures").and_then(Value::as_array_mut).into_iter().flatten() {
        signature.as_object_mut().map(|signature| signature.remove("keyid"));
    }
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": key_id}, "tlogEntries": []},
        "dsseEnvelope": envelope,
    })
}

/// The statement in the envelope or bundle of `text`, once one of `keys` proves it, and the id of that key.
///
/// # Errors
/// When it is not an envelope, no key signed it, or the payload is not a statement.
pub fn verified(text: &str, keys: &[PublicKey]) -> Result<(serde_json::Map<String, Value>, String), Refusal> {
    let refused = |reason: &str| Refusal::new(reason, HELP);
    if text.len() > LONGEST {
        return Err(refused("the envelope is longer than 1 MiB"));
    }
    let outer = object(text.as_bytes()).ok_or_else(|| refused("it is not a JSON object with distinct keys"))?;
    let envelope = match outer.get("dsseEnvelope") {
        Some(inner) => inner.as_object().ok_or_else(|| refused("dsseEnvelope is not an object"))?,
        None => &outer,
    };
    let text_at = |key: &str| envelope.get(key).and_then(Value::as_str);
    let (Some(payload_type), Some(payload)) = (text_at("payloadType"), text_at("payload")) else {
        return Err(refused("the envelope has no payloadType and payload"));
    };
    if payload_type != PAYLOAD_TYPE {
        return Err(refused("the payload is not an in-toto statement (payloadType)"));
    }
    let payload = STANDARD.decode(payload).map_err(|_| refused("the payload is not canonical base64"))?;
    let signatures = envelope.get("signatures").and_then(Value::as_array).filter(|list| (1..=8).contains(&list.len()));
    let signatures = signatures.ok_or_else(|| refused("the envelope needs one to eight signatures"))?;
    let message = encoded(payload_type, &payload);
    for entry in signatures {
        let signature = entry.get("sig").and_then(Value::as_str).and_then(|sig| STANDARD.decode(sig).ok());
        let Some(signature) = signature else { return Err(refused("a signature is not canonical base64")) };
        let is_by = |key: &&PublicKey| {
            key.algorithms
                .iter()
                .filter(|of_key| **of_key == algorithm(**of_key))
                .any(|of_key| key.verifies(&message, &signature, *of_key, SignatureForm::Der))
        };
        if let Some(key) = keys.iter().find(is_by) {
            let statement =
                object(&payload).ok_or_else(|| refused("the payload is not a JSON object with distinct keys"))?;
            return Ok((statement, key.id.clone()));
        }
    }
    let help =
        "add the public key of the signer with --key or --jwks, or get the envelope again from where it was written";
    Err(Refusal::new("no signature of the envelope holds for a given key", help))
}
