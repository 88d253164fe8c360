//! Secrets next to a keyword without an operator, as in logs, notes and names: `clockify SECRET f3k9…`, `coda-token-0f5b…`,
//! and after the bare name of a service: `cloudflare: "f3k9…"`.
//!
//! Such a value is recognised only by its shape, so only clearly random values count.

use std::ops::Range;

use super::{Inside, value_of};
use crate::meta::Confidence;
use crate::secrets::detect::decide::{is_absent, looks_clearly_random, shape};
use crate::secrets::detect::key::{KeyClass, is_service};

/// Nouns that refer to secrets in prose.
const NOUNS: &[&str] = &["key", "token", "secret", "access", "private", "api", "code"];

/// How far is read after a word, in bytes.
const REACH: usize = 220;

/// The secret after the name of a service at `hit`, when the name is a separate word and only punctuation is between.
pub(super) fn service(text: &str, hit: &Range<usize>) -> Option<Inside> {
    let bytes = text.as_bytes();
    let before = hit.start.checked_sub(1).and_then(|at| bytes.get(at));
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'@' | b'-')) {
        return None;
    }
    let rest = rest(text, hit.end);
    let separators = rest.bytes().take(8).take_while(|byte| b" \t:=,>\"'`|".contains(byte)).count();
    let value = word(rest.get(separators..)?);
    let between = rest.get(..separators)?;
    let has_sign = between.contains([':', '=', ',', '\'', '"']);
    let is_secret = if shape::is_uuid(value) {
        between.contains('=')
    } else {
        value.len() >= if has_sign { 16 } else { 20 }
            && is_clearly_random(value, if has_sign { 2 } else { 3 })
            && !shape::is_digest(value)
            && !is_object(value, false)
    };
    let from = hit.end + separators;
    (separators > 0 && is_secret && !is_absent(value)).then(|| {
        let what = value_of(text.get(hit.clone()).unwrap_or_default());
        Inside::new(from..from + value.len(), "keyword-proximity", what, Confidence::Medium)
    })
}

/// The secret after a noun at `noun`, which ends a name (or is followed by more nouns): `lemlistSECRET 0f5b…`,
/// `prospect-access-4d9f…`. `class` is that of the name up to the end of its nouns.
pub(super) fn noun(text: &str, noun: &Range<usize>) -> Option<Inside> {
    let rest = rest(text, noun.end);
    let nouns = nouns(rest);
    let tail = rest.get(nouns..)?;
    let separators = tail.bytes().take(4).take_while(|byte| b" \t-_.:=".contains(byte)).count();
    let value = word(tail.get(separators..)?);
    let between = tail.get(..separators)?;
    // `privateKey = …` is an assignment, and read as one.
    if nouns > 0 && between.contains(['=', ':']) {
        return None;
    }
    let is_apart = between.contains([' ', '\t', ':', '=']);
    let start = name_start(text, noun.start);
    // `checksum/secret=…` of a chart.
    if text.get(..start).is_some_and(|before| before.ends_with("checksum/")) {
        return None;
    }
    let name = text.get(start..noun.end + nouns)?;
    let is_noun = text.get(noun.clone()).is_some_and(|word| NOUNS.iter().any(|noun| word.eq_ignore_ascii_case(noun)));
    if !is_noun || separators == 0 || value.len() < 14 || value.bytes().filter(u8::is_ascii_digit).count() < 2 {
        return None;
    }
    // `AWS_ACCESS_KEY_ID=…`: the name goes on.
    if value.trim_end_matches('=').contains('=') {
        return None;
    }
    // The middle of base64 contains no names.
    if !shape::is_name(name) {
        return None;
    }
    let class = class_of_name(text, start, name);
    let is_clear =
        matches!(class, KeyClass::Token | KeyClass::Shared | KeyClass::Password | KeyClass::Pass | KeyClass::Header);
    let is_secret = match value.len() {
        // After a hyphen comes the end of a name, unless it is longer than ordinary names.
        36 if shape::is_uuid(value) => is_clear,
        length if is_apart => {
            length >= 14
                && is_clearly_random(value, 2)
                && (is_clear || class == KeyClass::Weak)
                && !is_object(value, is_shouted(name))
        }
        length => {
            length >= 20
                && is_clearly_random(value, 2)
                && is_clear
                && !value.contains(['-', '.', '/'])
                && speaks_up(name)
        }
    };
    let from = noun.end + nouns + separators;
    (is_secret && !is_absent(value))
        .then(|| Inside::new(from..from + value.len(), "keyword-proximity", value_of(name), Confidence::Medium))
}

/// The class of a name: of its last word and the word before it, which may be a separate word.
fn class_of_name(text: &str, start: usize, name: &str) -> KeyClass {
    let before = text.get(text.floor_char_boundary(start.saturating_sub(40))..start).unwrap_or_default();
    let before =
        before.strip_suffix(' ').and_then(|before| before.rsplit([' ', '\n', '"', '\'', ':', '=', ',']).next());
    let joined = match before {
        Some(before) if !before.is_empty() => format!("{before}_{name}"),
        _ => name.to_owned(),
    };
    let class = super::class_of(&joined.replace(['-', '.'], "_"));
    let is_shouted =
        name.bytes().any(|byte| byte.is_ascii_uppercase()) && !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let ends_in = |words: &[&str]| words.iter().any(|word| name.to_ascii_lowercase().ends_with(word));
    match class {
        // `vendor ACCESS …`, `vendorPRIVATE…`: in capitals, or after a service.
        KeyClass::Plain
            if ends_in(&["access", "private"])
                && (is_shouted
                    || name.ends_with("ACCESS")
                    || name.ends_with("PRIVATE")
                    || before.is_some_and(is_service)) =>
        {
            KeyClass::Token
        }
        KeyClass::Weak if !is_shouted && !name.ends_with("KEY") && !before.is_some_and(is_service) => KeyClass::Plain,
        class => class,
    }
}

/// Whether a name joined to a value is more than that of an object with a suffix (`shop-secret-0f5b…`): its noun is in
/// capitals, or it names an API or a service.
fn speaks_up(name: &str) -> bool {
    let first = name.split(['-', '_', '.']).next().unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    let is_of_api = ["api", "secret_key", "secret-key", "secretkey", "access_key", "access-key"]
        .iter()
        .any(|word| lower.contains(word));
    (is_shouted(name) && name.len() > 7) || is_of_api || is_service(first)
}

/// Whether a name ends in a noun in capitals.
fn is_shouted(name: &str) -> bool {
    ["SECRET", "TOKEN", "KEY", "ACCESS", "PRIVATE"].iter().any(|noun| name.ends_with(noun))
}

/// Whether `value` is the name of a generated object (`shop-tls-2f8a9c1d`). After a noun in capitals, a long one is a token with
/// the vendor's word before it.
fn is_object(value: &str, is_shouted: bool) -> bool {
    let longest =
        value.split(|character: char| !character.is_ascii_alphanumeric()).map(str::len).max().unwrap_or_default();
    shape::is_suffixed(value) && !(is_shouted && longest >= 24)
}

/// Clearly random letters and digits: at least `digits` digits, and letters as well, or very many digits.
fn is_clearly_random(value: &str, digits: usize) -> bool {
    let count = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    count >= digits && letters >= 2 && looks_clearly_random(value) && !shape::is_date(value)
}

/// The length of further nouns: `SECRET_ACCESS_KEY`, `secret key`, `PRIVATEtoken`.
fn nouns(rest: &str) -> usize {
    let mut at = 0;
    for _ in 0..4 {
        let Some(here) = rest.get(at..) else { break };
        let separator = usize::from(here.starts_with([' ', '_', '-', '.']));
        let Some(word) = here.get(separator..) else { break };
        let Some(noun) =
            NOUNS.iter().find(|noun| word.get(..noun.len()).is_some_and(|start| start.eq_ignore_ascii_case(noun)))
        else {
            break;
        };
        at += separator + noun.len();
    }
    at
}

/// The leading characters of `rest` that a token may contain.
fn word(rest: &str) -> &str {
    let end = rest
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || b"_-+/=.~!".contains(&byte)))
        .unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().trim_end_matches(['.', '!', '-'])
}

fn rest(text: &str, from: usize) -> &str {
    text.get(from..text.floor_char_boundary(from + REACH)).unwrap_or_default()
}

fn name_start(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(at.saturating_sub(64)..at).unwrap_or_default();
    at - before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte)).count()
}

#[cfg(test)]
mod tests {
    use crate::secrets::detect::text::testing::found;

    #[test]
    fn values_next_to_nouns_and_services_are_found() {
        for text in [
            "clockify SECRET Kx7tRw2qLp9Zb4Nd8s",
            "shop PRIVATE TOKEN Kx7tRw2qLp9Zb4Nd8s",
            "clarifai access key Kx7tRw2qLp9Zb4Nd8s",
            "cloudflare: \"Kx7tRw2qLp9Zb4Nd8s\"",
            "\"artifactory\", \"Kx7tRw2qLp9Zb4Nd8s\"",
            "shop token - 'Kx7tRw2qLp9Zb4Nd8s'",
            "asking the shop API\nusing Key=Kx7tRw2qLp9Zb4Nd8s",
        ] {
            assert_eq!(found(text), ["Kx7tRw2qLp9Zb4Nd8s"], "{text}");
        }
        assert_eq!(found("run shop-api-token-Kx7tRw2qLp9Zb4Nd8s6v"), ["Kx7tRw2qLp9Zb4Nd8s6v"]);
    }

    #[test]
    fn names_digests_and_ids_next_to_them_are_not() {
        for text in [
            "waiting for secret shop-tls-2f8a9c1d7e6b5a43",
            "private subnet-0a1b2c3d4e5f67890",
            "PRIVATE subnet-0a1b2c3d4e5f67890",
            "cache key 9f86d081884c7d659a2feaa0c55ad015",
            "shop-secret-9f86d081884c7d659a2feaa0",
            "grafana: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
            "sentry: shop@9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
            "heroku: 0a1b2c3d-4e5f-6789-abcd-ef0123456789",
            "heroku run bash",
            "secret version 0a1b2c3d-4e5f-6789-abcd-ef0123456789",
            "the key to the access of private data",
            "access log 2026-11-25T10:00:00Z",
            "monkey Kx7tRw2qLp9Zb4Nd8s",
            "export SHOP_ACCESS_KEY_ID=Kx7tRw2qLp9Zb4Nd8s",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
