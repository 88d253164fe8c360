//! Values that Vault's transit engine has encrypted, which the child is given decrypted.

use crate::base::sanitize::sanitize;
use crate::clients::vault::transit::TransitKey;
use crate::clients::vault::{Error, Kind};
use crate::run::exec::is_path;
use crate::run::exec::plan::Failure;

/// Reads `MOUNT/KEY`.
///
/// # Errors
/// When it is no path; how it is written.
pub fn key(text: &str) -> Result<TransitKey, String> {
    match text.rsplit_once('/') {
        Some((mount, name)) if is_path(text) => Ok(TransitKey { mount: mount.into(), name: name.into() }),
        _ => Err("write the engine's mount and the key's name: transit/shop".into()),
    }
}

/// Whether `text` is as the transit engine writes what it has encrypted: `vault:v`, the key's version, and base64.
pub fn is_ciphertext(text: &str) -> bool {
    let Some((version, encoded)) = text.strip_prefix("vault:v").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    is_number && !encoded.is_empty() && encoded.bytes().all(is_base64)
}

/// Why the variable `name` could not be decrypted, and what to do.
pub fn failure(name: &str, key: &TransitKey, error: &Error) -> Failure {
    let place = sanitize(&format!("{}/decrypt/{}", key.mount, key.name), 200);
    let (reason, help) = match error.kind {
        Kind::Denied => (
            format!("decrypting it at {place} is denied"),
            format!("give the Vault role a policy that may: path \"{place}\" {{ capabilities = [\"update\"] }}"),
        ),
        Kind::Rejected => (
            format!("{place} does not decrypt it"),
            "check that the key is there and encrypted it, and still decrypts this version (min_decryption_version)"
                .into(),
        ),
        Kind::NotFound | Kind::NoMount => {
            (format!("there is no {place}"), "check the mount, the key and VAULT_NAMESPACE".into())
        }
        _ => (format!("it could not be decrypted: {error}"), error.help.clone()),
    };
    Failure { whose: sanitize(name, 100), reason, help }
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
    fn what_the_engine_wrote_is_told_from_references_and_words() {
        assert!(is_ciphertext("vault:v1:z6MlLHW7+/aA=="));
        for text in ["vault:v1", "vault:v1:", "vault:vx:abc=", "vault:v/x#y", "vault:v1:a b", "x vault:v1:abc"] {
            assert!(!is_ciphertext(text), "{text}");
        }
    }
}
