//! Variables encrypted by Vault's transit engine, which are decrypted for the child.

use crate::base::sanitize::sanitize;
use crate::clients::vault::transit::TransitKey;
use crate::clients::vault::{Error, Kind};
use crate::run::exec::failure::Failure;
use crate::run::exec::is_path;

/// Reads `MOUNT/KEY`.
///
/// # Errors
/// When it is not a valid path: the expected form.
pub fn key(text: &str) -> Result<TransitKey, String> {
    match text.rsplit_once('/') {
        Some((mount, name)) if is_path(text) => Ok(TransitKey { mount: mount.into(), name: name.into() }),
        _ => Err("use MOUNT/KEY, for example transit/shop".into()),
    }
}

/// Whether `text` is a ciphertext of the transit engine: `vault:v`, the key's version, `:` and base64.
pub fn is_ciphertext(text: &str) -> bool {
    let Some((version, encoded)) = text.strip_prefix("vault:v").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    is_number && !encoded.is_empty() && encoded.bytes().all(is_base64)
}

/// Why the variable `name` could not be decrypted, and how to fix it.
pub fn failure(name: &str, key: &TransitKey, error: &Error) -> Failure {
    let place = sanitize(&format!("{}/decrypt/{}", key.mount, key.name), 200);
    let (reason, help) = match error.kind {
        Kind::Denied => (
            format!("permission denied for {place}"),
            format!("add this to the policy of the Vault role: path \"{place}\" {{ capabilities = [\"update\"] }}"),
        ),
        Kind::Rejected => (
            format!("{place} cannot decrypt it"),
            "check that this key exists, that it encrypted the value, and that it still decrypts this key version (min_decryption_version)"
                .into(),
        ),
        Kind::NotFound | Kind::NoMount => {
            (format!("{place} does not exist"), "check the mount, the key and VAULT_NAMESPACE".into())
        }
        _ => (format!("decryption failed: {error}"), error.help.clone()),
    };
    Failure { subject: sanitize(name, 100), reason, help }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_mount_and_a_name() {
        let read = key("transit/eu/shop").unwrap();
        assert_eq!((read.mount.as_str(), read.name.as_str()), ("transit/eu", "shop"));
        for text in ["", "shop", "transit/", "/shop", "transit/../sys", "transit/a b"] {
            assert!(key(text).is_err_and(|why| why.contains("transit/shop")), "{text}");
        }
    }

    #[test]
    fn ciphertexts_are_distinguished_from_references_and_words() {
        assert!(is_ciphertext("vault:v1:z6MlLHW7+/aA=="));
        for text in ["vault:v1", "vault:v1:", "vault:vx:abc=", "vault:v/x#y", "vault:v1:a b", "x vault:v1:abc"] {
            assert!(!is_ciphertext(text), "{text}");
        }
    }
}
