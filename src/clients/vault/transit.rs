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
    /// Signs `message` (`:mount/sign/:name`); the answer is as Vault writes it, `vault:v1:…`.
    ///
    /// # Errors
    /// When the key cannot sign, or Vault cannot be asked.
    pub async fn sign(&self, key: &TransitKey, message: &[u8], deadline: Deadline) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Answer {
            signature: String,
        }
        let call = Call::post(format!("{}/sign/{}", key.mount, key.name), &json!({"input": STANDARD.encode(message)}));
        self.session.call(&call, deadline).await?.data().map(|answer: Answer| answer.signature)
    }

    /// Whether `signature` is the key's for `message` (`:mount/verify/:name`).
    ///
    /// # Errors
    /// When Vault cannot be asked, or does not take it for a signature at all.
    pub async fn verify_signature(
        &self,
        key: &TransitKey,
        message: &[u8],
        signature: &str,
        deadline: Deadline,
    ) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Answer {
            valid: bool,
        }
        let body = json!({"input": STANDARD.encode(message), "signature": signature});
        let call = Call::post(format!("{}/verify/{}", key.mount, key.name), &body);
        self.session.call(&call, deadline).await?.data().map(|answer: Answer| answer.valid)
    }

    /// Decrypts what the key encrypted (`:mount/decrypt/:name`, `vault:v1:…`).
    ///
    /// # Errors
    /// When it is not the key's, is no text, or Vault cannot be asked.
    pub async fn decrypt(&self, key: &TransitKey, ciphertext: &str, deadline: Deadline) -> Result<Secret, Error> {
        #[derive(Deserialize)]
        struct Answer {
            plaintext: SecretText,
        }
        let call = Call::post(format!("{}/decrypt/{}", key.mount, key.name), &json!({"ciphertext": ciphertext}));
        let answer: Answer = self.session.call(&call, deadline).await?.data()?;
        let bytes =
            STANDARD.decode(answer.plaintext.0.expose()).map(Zeroizing::new).map_err(|_| Error::unreadable())?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Error::new("what was encrypted is no text", "encrypt a text, or base64 of the bytes"))?;
        Ok(Secret::new(text.to_owned()))
    }
}
