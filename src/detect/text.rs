//! Secrets inside a text that has a structure of its own: commands, `.env` files, properties, YAML, JSON, addresses, connection
//! strings. Only texts that hold one of [`KEYWORDS`] come here.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::keys::{KeyClass, classify};
use super::values::{is_harmless, is_name, looks_random};
use crate::finding::Confidence;
use crate::sanitize::sanitize;

/// What an assignment of a secret holds somewhere, in any case.
pub(super) const KEYWORDS: &[&str] = &[
    "passw",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "accesskey",
    "private_key",
    "authorization",
];

/// One secret inside a text.
pub(super) struct Inside {
    pub(super) span: Range<usize>,
    pub(super) detector: &'static str,
    pub(super) what: String,
    pub(super) confidence: Confidence,
}

static ASSIGNMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // NAME = value, NAME: value, "name": "value", --name value, name => value
    Regex::new(
        r#"(?i)(?:--?|\b)([a-z0-9_.\-]*(?:passw(?:or)?d|passwd|pwd|passphrase|secret|token|api[_\-]?key|access[_\-]?key|private[_\-]?key)[a-z0-9_\-]*)\\?["']?(\s*(?:=>|:=|=|:)\s*|\s+)\\?(?:"([^"\\\n]+)\\?"|'([^'\n]+)'|([^\s"'`,;&|<>(){}\[\]\\]+))"#,
    )
    .ok()
});

static USERINFO: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\b[a-zA-Z][a-zA-Z0-9+.\-]*://([^\s/@:"'<>]*):([^\s/@"'<>]+)@[A-Za-z0-9\[$]"#).ok());

static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\bauthorization\\?[\x22']?\s*[:=]\s*\\?[\x22']?(?:bearer|basic|token)\s+([A-Za-z0-9._~+/=\-]{8,})")
        .ok()
});

/// Every assignment of a secret in `text`.
pub(super) fn assignments(text: &str) -> Vec<Inside> {
    let mut found = Vec::new();
    if let Some(pattern) = &*HEADER {
        for captures in pattern.captures_iter(text) {
            if let Some(value) = captures.get(1).filter(|value| !is_harmless(value.as_str())) {
                found.push(Inside {
                    span: value.range(),
                    detector: "authorization-header",
                    what: "credentials in an Authorization header".into(),
                    confidence: Confidence::High,
                });
            }
        }
    }
    let Some(pattern) = &*ASSIGNMENT else { return found };
    for captures in pattern.captures_iter(text) {
        let (Some(key), Some(sign)) = (captures.get(1), captures.get(2)) else { continue };
        let Some(value) = captures.get(3).or_else(|| captures.get(4)).or_else(|| captures.get(5)) else { continue };
        // A blank between name and value counts for an option of a command only: `--password x`.
        let is_option = text.get(..key.start()).is_some_and(|before| before.ends_with('-'));
        if sign.as_str().trim().is_empty() && !is_option {
            continue;
        }
        if let Some(confidence) = judge(key.as_str(), value.as_str()) {
            let what = format!("the value of {}", sanitize(key.as_str().trim_start_matches('-'), 60));
            found.push(Inside { span: value.range(), detector: "assignment", what, confidence });
        }
    }
    found
}

/// Every password in the user part of an address in `text`.
pub(super) fn userinfo(text: &str) -> Vec<Inside> {
    let Some(pattern) = &*USERINFO else { return Vec::new() };
    let passwords = pattern.captures_iter(text).filter_map(|captures| captures.get(2));
    passwords
        .filter(|password| !is_harmless(password.as_str()))
        .map(|password| Inside {
            span: password.range(),
            detector: "url-password",
            what: "a password in an address".into(),
            confidence: Confidence::High,
        })
        .collect()
}

/// How sure it is that `value` under `key` is a secret; nothing when it is none.
pub(super) fn judge(key: &str, value: &str) -> Option<Confidence> {
    // What is longer is a text of its own, and its secrets are found in it by their form.
    if value.len() > 400 || key.len() > 120 || is_harmless(value) {
        return None;
    }
    match classify(key) {
        KeyClass::Always => Some(Confidence::High),
        KeyClass::Password if is_password(value) => Some(Confidence::High),
        KeyClass::Token if looks_random(value) => Some(Confidence::High),
        KeyClass::Header => {
            let credentials = value.split_once(' ').map_or(value, |(_, rest)| rest.trim());
            (!is_harmless(credentials)
                && (looks_random(credentials) || (value.contains(' ') && credentials.len() >= 8)))
                .then_some(Confidence::High)
        }
        _ => None,
    }
}

/// A password may look like a word, but not like a path, an address, a sentence or the name of a secret.
fn is_password(value: &str) -> bool {
    let value = value.trim();
    if value.starts_with('/') || value.contains("://") || value.split_whitespace().count() > 3 {
        return false;
    }
    let words = super::keys::words(value);
    let names_one = words
        .iter()
        .any(|word| matches!(word.as_str(), "secret" | "secrets" | "password" | "passwords" | "credentials" | "vault"));
    !(names_one && is_name(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut all: Vec<_> =
            assignments(text).into_iter().chain(userinfo(text)).map(|inside| &text[inside.span]).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    #[test]
    fn assignments_of_every_kind_are_found() {
        for text in [
            "export DB_PASSWORD=Kx7tRw2qLp9",
            "mysql --password Kx7tRw2qLp9 -h db",
            "mysql --password=Kx7tRw2qLp9",
            "spring.datasource.password: Kx7tRw2qLp9\nother: x",
            "{\"password\": \"Kx7tRw2qLp9\"}",
            "{\\\"password\\\": \\\"Kx7tRw2qLp9\\\"}",
            "jdbc:sqlserver://h;user=sa;password=Kx7tRw2qLp9;x=1",
            "postgres://app:Kx7tRw2qLp9@db/shop",
            "curl -H 'Authorization: Bearer Kx7tRw2qLp9'",
            "apiKey = 'Kx7tRw2qLp9'",
        ] {
            assert_eq!(found(text), ["Kx7tRw2qLp9"], "{text}");
        }
    }

    #[test]
    fn references_names_and_prose_are_not() {
        for text in [
            "export DB_PASSWORD=$DB_PASSWORD",
            "password: ${parameters.password}",
            "--password-file /run/secrets/db",
            "the token is refreshed hourly",
            "token: my-service-token",
            "secretName: shop-db",
            "postgres://app:$PASSWORD@db",
            "postgres://db:5432/x",
            "git@github.com:acme/shop",
            "kubectl create secret generic db",
            "password: changeme",
            "echo \"password: <set in vault>\"",
            "tokenTTL=3600",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
