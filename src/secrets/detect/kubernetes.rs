//! Kubernetes Secrets, where every value of the payload is a secret by definition.

use super::collector::What;
use super::decide;
use super::decode;
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
    pub(super) what: What,
    pub(super) content: Content,
}

/// Whether `object` is a Secret, or is one by all that can be seen where its kind is an expression: only a Secret has `stringData`, and
/// `data` of another kind is seldom base64 throughout.
pub(super) fn is_secret(object: Value<'_>) -> bool {
    let object = object.evaluated();
    if object.get("apiVersion").is_none() {
        return false;
    }
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    if kind.eq_ignore_ascii_case("secret") {
        return true;
    }
    let is_open = kind.contains("${") || kind.contains("{{") || kind.is_empty();
    let is_encoded = |data: Value<'_>| {
        let mut values = data.entries().map(|(_, value)| value.as_str().unwrap_or_default()).peekable();
        values.peek().is_some() && values.all(|value| decode::base64_text(&value).is_some())
    };
    let has_payload = || {
        object.get("stringData").is_some_and(Value::is_object)
            || object.get("data").is_some_and(|data| data.is_object() && is_encoded(data))
    };
    is_open && has_payload()
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
                let what = What::from("");
                entries.push(Entry { value, what, content: Content::Reference(plain, recognised) });
                continue;
            }
            if plain.trim().is_empty()
                || decide::is_absent(&written)
                || decide::is_absent(&plain)
                || is_public(&name, &plain)
            {
                continue;
            }
            let what = format!("{} of the Secret {:?}", sanitize(&name, 60), sanitize(&secret, 60));
            let what = What::from(what).held_by(&name);
            entries.push(Entry { value, what, content: Content::Secret(plain) });
        }
    }
    entries
}

/// What Secrets contain next to their secrets and what is public: certificates, names of users, switches.
fn is_public(name: &str, plain: &str) -> bool {
    if matches!(plain.trim().to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off") {
        return true;
    }
    let is_certificate = plain.trim_start().starts_with("-----BEGIN CERTIFICATE") && !plain.contains("PRIVATE KEY");
    is_certificate || (matches!(name, "username" | "user" | "host" | "port") && plain.len() <= 64)
}
