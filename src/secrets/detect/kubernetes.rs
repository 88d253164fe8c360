//! Kubernetes Secrets, where every value of the payload is a secret by definition.

use super::collector::What;
use super::decide::{self, mixed_case, placeholder, shape};
use super::decode;
use super::key::{KeyClass, classify, is_about, words};
use super::text::address;
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

/// The longest document that is read for what is not public in it, in bytes.
const LONGEST: usize = 4096;

/// What Secrets contain next to their secrets and what is public: certificates, switches, and what a key says that is no secret.
fn is_public(name: &str, plain: &str) -> bool {
    let plain = plain.trim();
    let is_certificate = || plain.starts_with("-----BEGIN CERTIFICATE") && !plain.contains("PRIVATE KEY");
    // Public keys of hosts, one a line: `example.com ssh-ed25519 AAAA…`.
    let is_host_key = |line: &str| {
        line.split(' ').nth(1).is_some_and(|kind| kind.starts_with("ssh-") || kind.starts_with("ecdsa-sha2-"))
    };
    let are_host_keys = || plain.lines().all(|line| line.is_empty() || line.starts_with('#') || is_host_key(line));
    let is_account = || matches!(name, "username" | "user" | "host" | "port") && plain.len() <= 64;
    shape::is_boolean(plain)
        || is_certificate()
        || is_account()
        || are_host_keys()
        || shape::is_labelled_digest(plain)
        || shape::is_prose(plain) && !matches!(classify(name), KeyClass::Password | KeyClass::Pass | KeyClass::Mnemonic)
        || describes(name) && is_description(plain)
        || matches!(classify(name), KeyClass::Token | KeyClass::Shared | KeyClass::Header)
            && placeholder::is_generic_word(plain)
            && placeholder::repeats(name, plain)
        || are_settings(plain)
        || is_public_document(plain)
}

/// Whether `name` is that of a setting or an account: `url`, `project`, `webhook.username`.
fn describes(name: &str) -> bool {
    const SETTINGS: &[&str] = &[
        "username",
        "user",
        "email",
        "mail",
        "login",
        "database",
        "db",
        "dbname",
        "schema",
        "project",
        "namespace",
        "bucket",
        "region",
        "zone",
        "cluster",
        "organization",
        "org",
        "team",
        "tenant",
        "domain",
        "repository",
        "repo",
        "registry",
        "environment",
        "crt",
        "cert",
        "certificate",
        "address",
        "addr",
        "comment",
        "note",
        "kind",
        "iat",
        "exp",
        "nbf",
    ];
    let words = words(name);
    let last = words.last().map(String::as_str).unwrap_or_default();
    let is_certificate = || {
        words.iter().any(|word| matches!(word.as_str(), "ca" | "cert" | "crt" | "certificate" | "chain" | "bundle"))
            && !words.iter().any(|word| matches!(word.as_str(), "key" | "private"))
    };
    let is_address = || words.iter().any(|word| matches!(word.as_str(), "url" | "uri" | "endpoint"));
    // `key: …`, `hash: …` describe a secret elsewhere, and are one here.
    let is_secret =
        matches!(last, "key" | "keys" | "hash" | "hashes" | "header" | "headers" | "hint" | "st" | "parameter");
    classify(name) == KeyClass::Plain
        && !is_secret
        && (SETTINGS.contains(&last) || is_about(name) || is_address() || is_certificate())
}

/// Whether a value is a name, an address without credentials, a date or a number.
fn is_description(plain: &str) -> bool {
    let scheme = plain.find("://");
    let bare = scheme.and_then(|at| plain.get(at + 3..)).unwrap_or(plain);
    let has_password = bare.split_once('@').is_some_and(|(user, _)| user.contains(':'));
    let mut parts = bare.split(|character| scheme.is_some() && matches!(character, '?' | '&' | '='));
    !has_password
        && scheme.is_none_or(|at| address::read(plain, at).is_empty())
        && !mixed_case::is_mixed_case(bare)
        && (parts.all(shape::is_name) || shape::is_path(plain) || shape::is_date(plain))
}

/// Whether `plain` is the configuration of a program, in lines like `HTTP_PORT=3000`, and none is a secret. Names of users are not in
/// capitals.
fn are_settings(plain: &str) -> bool {
    let is_setting = |line: &str| {
        let Some((name, value)) = line.split_once('=') else { return false };
        name.len() >= 2
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
            && classify(name) == KeyClass::Plain
            && (value.is_empty() || is_description(value))
    };
    plain.len() <= LONGEST
        && plain.lines().all(|line| line.trim().is_empty() || line.starts_with('#') || is_setting(line.trim()))
}

/// Whether `plain` is a document in JSON of which each part is public: `[{"id": "7", "iat": 1583789194}]`.
fn is_public_document(plain: &str) -> bool {
    if plain.len() > LONGEST || !plain.starts_with(['{', '[']) {
        return false;
    }
    serde_json::from_str(plain).is_ok_and(|document| is_public_value("", &document))
}

fn is_public_value(name: &str, value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(_) => describes(name),
        Value::String(text) => is_public(name, text) || describes(name) && decide::is_absent(text),
        Value::Array(elements) => elements.iter().all(|element| is_public_value(name, element)),
        Value::Object(entries) => entries.iter().all(|(name, value)| is_public_value(name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_secret_are_public() {
        for (name, value) in [
            ("type", "helm"),
            ("project", "shop"),
            ("url", "https://charts.example.com/stable"),
            ("url", "git@git.example.com:shop"),
            ("AWS_ENDPOINT_URL_S3", "http://store.shop.svc.cluster.local:9000"),
            ("namespace", "kube-system"),
            ("email-username", "reports@example.com"),
            ("admin.passwordMtime", "2026-03-20T17:54:53Z"),
            ("greeting", "This is not the value that you are looking for."),
            ("accounts.bob.tokens", r#"[{"id":"7","iat":1583789194,"exp":1583789194}]"#),
            ("enableOCI", "true"),
            ("tokenURL", "http://store:9100/headers?access_token=faketoken&token_type=Bearer"),
            ("known_hosts", "git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPbq"),
            ("ca.pem", "ca-data"),
            ("token", "token"),
            ("server", "HTTP_PORT=3000\nROOT_URL=http://git.example.com\nMODE=cluster\n"),
        ] {
            assert!(is_public(name, value), "{name}: {value}");
        }
    }

    #[test]
    fn whatever_else_it_holds_is_not() {
        for (name, value) in [
            ("admin", "swordfish"),
            ("key", "swordfish"),
            ("url", "https://chat.example.com/services/T0AB12CD3/f3k9QzL1mXw8Tb5R"),
            ("url", "postgres://shop:swordfish@db.example.com/shop"),
            ("dsn-url", "shop:swordfish@db.example.com"),
            ("id", "f3k9QzL1mXw8Tb5R"),
            ("users", "bob=swordfish"),
            ("ca.key.pem", "swordfish"),
            ("server", "HTTP_PORT=3000\nPASSWD=swordfish"),
            ("password", "password"),
            ("config.json", r#"{"id":"7","admin":"swordfish"}"#),
            ("config.json", r#"{"pin":7301}"#),
            ("password", "this is the password for the database"),
        ] {
            assert!(!is_public(name, value), "{name}: {value}");
        }
    }
}
