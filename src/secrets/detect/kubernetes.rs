//! Kubernetes Secrets, where every value of the payload is a secret by definition.

use super::decode;
use super::value;
use crate::base::sanitize::sanitize;
use crate::document::value::Value;
use crate::secrets::reference::{Recognised, recognise};

/// The content of one entry of a payload.
pub(super) enum Content {
    /// A reference, as bank-vaults reads them: encoded or not.
    Reference(String, Recognised),
    Secret(String),
}

/// One entry of a payload.
pub(super) struct Entry<'n> {
    pub(super) value: Value<'n>,
    pub(super) what: String,
    pub(super) content: Content,
}

/// The objects that contain the payload.
pub(super) fn payloads(object: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    ["data", "stringData"].into_iter().filter_map(move |key| object.get(key).filter(|payload| payload.is_object()))
}

/// The entries of the Secret `object` that are neither empty nor public.
pub(super) fn entries(object: Value<'_>) -> Vec<Entry<'_>> {
    let secret = object.at(&["metadata", "name"]).and_then(Value::as_str).unwrap_or_default();
    let mut entries = Vec::new();
    for (key, is_base64) in [("data", true), ("stringData", false)] {
        let Some(payload) = object.get(key).filter(|payload| payload.is_object()) else { continue };
        for (name, value) in payload.entries() {
            let Some(written) = value.as_str() else { continue };
            let decoded = if is_base64 { decode::base64_text(&written) } else { None };
            let plain = decoded.unwrap_or_else(|| written.clone().into_owned());
            let name = name.as_str().unwrap_or_default();
            if let Some(recognised) = recognise(&plain).filter(|recognised| *recognised != Recognised::Noop) {
                let what = String::new();
                entries.push(Entry { value, what, content: Content::Reference(plain, recognised) });
                continue;
            }
            if plain.trim().is_empty()
                || value::is_placeholder_or_reference(&written)
                || value::is_placeholder_or_reference(&plain)
                || is_public(&name, &plain)
            {
                continue;
            }
            let what = format!("{} of the Secret {:?}", sanitize(&name, 60), sanitize(&secret, 60));
            entries.push(Entry { value, what, content: Content::Secret(plain) });
        }
    }
    entries
}

/// Certificates, which Secrets contain next to their keys and which are public.
fn is_public(name: &str, plain: &str) -> bool {
    let is_certificate = plain.trim_start().starts_with("-----BEGIN CERTIFICATE") && !plain.contains("PRIVATE KEY");
    is_certificate || (matches!(name, "username" | "user" | "host" | "port") && plain.len() <= 64)
}
