//! Vault's transit engine: keys that never leave Vault.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::vault::call::{Call, SecretText};
use crate::clients::vault::{Error, Vault};

/// A key of the transit engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransitKey {
    pub mount: String,
    pub name: String,
}

/// How a signature is made, and in which form Vault writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransitScheme {
    Ed25519,
    /// P-256 with SHA-256, as ASN.1 DER.
    Ecdsa,
    /// P-256 with SHA-256, as in a JSON Web Signature.
    EcdsaJose,
    RsaPkcs1,
    RsaPss,
}

impl Vault {
    /// The public key of each version of `key` (`:mount/keys/:name`), the oldest first: PEM, or base64 of an Ed25519 key.
    ///
    /// # Errors
    /// When the key does not exist or is symmetric, or Vault is not available.
    pub async fn transit_public_keys(
        &self,
        key: &TransitKey,
        deadline: Deadline,
    ) -> Result<BTreeMap<u32, String>, Error> {
        #[derive(Deserialize)]
        struct KeyResponse {
            keys: BTreeMap<u32, serde_json::Value>,
        }
        let call = Call::get(format!("{}/keys/{}", key.mount, key.name));
        let response: KeyResponse = self.session.call(&call, deadline).await?.data()?;
        let public = |value: &serde_json::Value| value.get("public_key")?.as_str().map(str::to_owned);
        let keys: BTreeMap<u32, String> =
            response.keys.iter().filter_map(|(version, value)| Some((*version, public(value)?))).collect();
        if keys.is_empty() {
            let help = "create it with `vault write transit/keys/NAME type=ed25519`";
            return Err(Error::new("the transit key is symmetric and cannot sign", help));
        }
        Ok(keys)
    }

    /// Signs `message` with one version of `key`; the signature is in the encoding of `scheme`, without Vault's prefix.
    ///
    /// # Errors
    /// When the key cannot sign that way, or Vault is not available.
    pub async fn sign_with(
        &self,
        key: &TransitKey,
        version: u32,
        scheme: TransitScheme,
        message: &[u8],
        deadline: Deadline,
    ) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct SignResponse {
            signature: String,
        }
        let mut body = serde_json::Map::new();
        body.insert("input".into(), STANDARD.encode(message).into());
        body.insert("key_version".into(), version.into());
        let options: &[(&str, &str)] = match scheme {
            TransitScheme::Ed25519 => &[],
            TransitScheme::Ecdsa => &[("hash_algorithm", "sha2-256"), ("marshaling_algorithm", "asn1")],
            TransitScheme::EcdsaJose => &[("hash_algorithm", "sha2-256"), ("marshaling_algorithm", "jws")],
            TransitScheme::RsaPkcs1 => &[("hash_algorithm", "sha2-256"), ("signature_algorithm", "pkcs1v15")],
            TransitScheme::RsaPss => {
                &[("hash_algorithm", "sha2-256"), ("signature_algorithm", "pss"), ("salt_length", "hash")]
            }
        };
        for (name, value) in options {
            body.insert((*name).to_owned(), (*value).into());
        }
        let call = Call::post(format!("{}/sign/{}", key.mount, key.name), &body.into());
        let response: SignResponse = self.session.call(&call, deadline).await?.data()?;
        // `vault:v1:` and the signature.
        response.signature.splitn(3, ':').nth(2).map(str::to_owned).ok_or_else(Error::unreadable)
    }

    /// Signs `message` (`:mount/sign/:name`); the signature is in Vault's form, `vault:v1:…`.
    ///
    /// # Errors
    /// When the key cannot sign, or Vault is not available.
    pub async fn sign(&self, key: &TransitKey, message: &[u8], deadline: Deadline) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct SignResponse {
            signature: String,
        }
        let call = Call::post(format!("{}/sign/{}", key.mount, key.name), &json!({"input": STANDARD.encode(message)}));
        self.session.call(&call, deadline).await?.data().map(|response: SignResponse| response.signature)
    }

    /// Whether `signature` is valid for `message` (`:mount/verify/:name`).
    ///
    /// # Errors
    /// When Vault is not available, or does not accept the form of the signature.
    pub async fn verify_signature(
        &self,
        key: &TransitKey,
        message: &[u8],
        signature: &str,
        deadline: Deadline,
    ) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct VerifyResponse {
            valid: bool,
        }
        let body = json!({"input": STANDARD.encode(message), "signature": signature});
        let call = Call::post(format!("{}/verify/{}", key.mount, key.name), &body);
        self.session.call(&call, deadline).await?.data().map(|response: VerifyResponse| response.valid)
    }

    /// Decrypts a ciphertext of the key (`:mount/decrypt/:name`, `vault:v1:…`).
    ///
    /// # Errors
    /// When another key encrypted it, the plaintext is not text, or Vault is not available.
    pub async fn decrypt(&self, key: &TransitKey, ciphertext: &str, deadline: Deadline) -> Result<Secret, Error> {
        #[derive(Deserialize)]
        struct DecryptResponse {
            plaintext: SecretText,
        }
        let call = Call::post(format!("{}/decrypt/{}", key.mount, key.name), &json!({"ciphertext": ciphertext}));
        let response: DecryptResponse = self.session.call(&call, deadline).await?.data()?;
        let bytes =
            STANDARD.decode(response.plaintext.0.expose()).map(Zeroizing::new).map_err(|_| Error::unreadable())?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Error::new("the plaintext is not text", "encrypt text, or base64 of the bytes"))?;
        Ok(Secret::new(text.to_owned()))
    }
}
