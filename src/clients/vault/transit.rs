//! Vault's transit engine: keys that never leave Vault.

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

impl Vault {
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
