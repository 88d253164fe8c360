//! The decision: whether a value that a reader proposes is a secret, and with which confidence.
//!
//! A reader proposes a [`Candidate`] and judges nothing. [`Features`] are measured once per value. Then the first of [`vetoes`] that
//! holds ends the matter; otherwise the [`rows`] that hold add their points, and the sum is the confidence. Each veto and each row
//! carries a sample on which it decides and one on which it does not, and a test compares them.

pub(super) mod bigram;
pub(super) mod features;
mod header;
pub(super) mod mixed_case;
mod phrase;
pub(super) mod placeholder;
pub(super) mod reference;
mod rows;
pub(super) mod shape;
mod vetoes;

pub(super) use features::{Features, has};

use super::key::KeyClass;
use crate::meta::Confidence;
use crate::spinnaker::evaluate::{Evaluated, Scope, evaluate};
use crate::spinnaker::expression::expressions;

/// How a reader came to a value: what it knows about where the value begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// A value of a document, a quoted text, the argument of an option.
    Quoted,
    /// Taken from a text without quotes, where prose and code look alike.
    Bare,
    /// A word after a name and a blank, as sentences and a few configurations have it.
    Spoken,
}

/// A value that may be a secret.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'t> {
    /// The name of the value; empty when its place has none.
    pub(super) name: &'t str,
    pub(super) class: KeyClass,
    pub(super) how: How,
    pub(super) value: &'t str,
}

/// The result of a decision for a secret.
#[derive(Clone, Debug)]
pub(super) struct Judgement {
    pub(super) confidence: Confidence,
    pub(super) because: Because,
}

/// Why a value was found to be a secret: names of rows and features, never the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Because {
    /// What the key says, in words.
    pub class: String,
    /// The rows that added points, with their points.
    pub rows: Vec<(&'static str, u8)>,
    /// The features that the vetoes and rows found.
    pub features: Vec<&'static str>,
}

impl Because {
    /// The sum of the points.
    pub fn score(&self) -> u8 {
        self.rows.iter().map(|(_, points)| *points).fold(0, u8::saturating_add)
    }
}

/// The longest value whose expressions are evaluated, in bytes.
const LONGEST_EVALUATED: usize = 1024;

/// The points for a high confidence.
const HIGH: u8 = 6;

/// The points for a medium confidence; fewer are no finding.
const MEDIUM: u8 = 3;

/// Decides. `None`: not a secret.
pub(super) fn decide(candidate: &Candidate<'_>) -> Option<Judgement> {
    let candidate = Candidate { value: candidate.value.trim(), ..*candidate };
    if candidate.class == KeyClass::Plain {
        return None;
    }
    if candidate.value.len() <= LONGEST_EVALUATED
        && candidate.value.contains("${")
        && let Some(judgement) = beside_expressions(&candidate)
    {
        return Some(judgement);
    }
    let features = Features::of(candidate.value);
    if vetoes::first(&candidate, &features).is_some() {
        return None;
    }
    let rows: Vec<(&'static str, u8)> = rows::holding(&candidate, &features).collect();
    let because =
        Because { class: format!("{:?}", candidate.class).to_lowercase(), rows, features: features.present() };
    let confidence = match because.score() {
        HIGH.. => Confidence::High,
        MEDIUM.. => Confidence::Medium,
        _ => return None,
    };
    Some(Judgement { confidence, because })
}

/// `real${''}`, `Kx7tRw2qLp9${execution.id}`: a literal with expressions beside it is a literal.
fn beside_expressions(candidate: &Candidate<'_>) -> Option<Judgement> {
    if let Evaluated::Values(values) = evaluate(candidate.value, &Scope::default()) {
        return values.iter().find_map(|value| decide(&Candidate { value, ..*candidate }));
    }
    let mut rest = candidate.value.to_owned();
    for expression in expressions(candidate.value) {
        rest = rest.replace(&format!("${{{expression}}}"), " ");
    }
    if rest.contains("${") {
        return None;
    }
    // What is left of a name is a name.
    let is_secret = |part: &&str| {
        let has = |kind: fn(&u8) -> bool| features::has(part, kind);
        let is_varied = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
        is_varied && part.len() >= 8 && looks_random(part) && judge(KeyClass::Parent, part, candidate.how).is_some()
    };
    let part = rest.split_whitespace().find(is_secret)?;
    decide(&Candidate { value: part, ..*candidate })
}

/// The confidence alone, for a value whose name does not matter.
pub(super) fn judge(class: KeyClass, value: &str, how: How) -> Option<Confidence> {
    decide(&Candidate { name: "", class, how, value }).map(|judgement| judgement.confidence)
}

/// Whether `value`, in a place that takes a password, is one.
pub(super) fn is_password_in_place(value: &str) -> bool {
    judge(KeyClass::Place, value, How::Quoted).is_some()
}

/// Whether `value` cannot be a literal secret, wherever it is: too short, a reference, an expression, a placeholder.
pub(super) fn is_absent(value: &str) -> bool {
    let value = value.trim();
    let candidate = Candidate { name: "", class: KeyClass::Always, how: How::Quoted, value };
    vetoes::first(&candidate, &Features::of(value)).is_some()
}

/// Whether `value` looks random rather than like a name.
pub(super) fn looks_random(value: &str) -> bool {
    Features::of(value).random()
}

/// The same for keys that say little.
pub(super) fn looks_clearly_random(value: &str) -> bool {
    Features::of(value).clearly_random()
}

/// The same for one part of an address: letters of one case count.
pub(super) fn looks_random_in_address(part: &str) -> bool {
    shape::entropy(part) >= 3.0 && looks_random(part) && !shape::is_uuid(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(class: KeyClass, value: &str) -> bool {
        judge(class, value, How::Quoted).is_some()
    }

    #[test]
    fn passwords_may_look_like_nothing() {
        for text in [
            "hunter2",
            "sunshine",
            "Summer2024!",
            "correct horse battery staple",
            "correct-horse-battery-staple",
            "Kx7%tRw2!qLp9",
            "p@ssw0rd",
            "73920184",
            "naïve-Über9",
            "nonesuch9!x",
            "$ecret!Pass9",
            "letmein",
            "a\"b'c\\d9",
        ] {
            assert!(is(KeyClass::Password, text), "{text}");
        }
        for text in [
            "",
            "abc",
            "${parameters.password}",
            "$(VAULT_TOKEN)",
            "$DB_PASSWORD",
            "{{ .Values.password }}",
            "<your-token>",
            "changeme",
            "CHANGE_ME_NOW",
            "xxxxxxxx",
            "********",
            "vault:secret/x#y",
            "encrypted:s3!r:a!b:c",
            "[REDACTED]",
            "password",
            "ENC[AES256_GCM,data:x]",
            "your-token-here",
            "/run/secrets/db",
            "https://auth.example.com",
            "The password of the database",
            "db-password-secret",
            "true",
            "string",
            "password.txt",
            "process.env.DB_PASSWORD",
            "os.environ['X']",
            "%DB_PASSWORD%",
            "((db_password))",
            "!Ref DbPassword",
            "{cipher}a1b2c3",
            "op://vault/item/password",
        ] {
            assert!(!is(KeyClass::Password, text), "{text}");
        }
    }

    #[test]
    fn tokens_are_distinguished_from_names() {
        for text in [
            "f3k9QzL1mXw8",
            "aG9sYS1hbWlnbw==",
            "Kx7%tRw2!qLp9",
            "9f86d081884c7d65",
            "0f5b3c1e-7a2d-4c4b-9a55-3d2c1b0a9f8e",
            "xkqzjwvbnmrtpl",
            "s3cr3t-t0k3n-v4lu3",
        ] {
            assert!(is(KeyClass::Token, text), "{text}");
        }
        for text in [
            "my-db-secret",
            "projects/acme/secrets/db",
            "/run/secrets/token",
            "https://auth.example.com/token",
            "DbCredentials",
            "shop.prod.db1",
            "3600",
            "a sentence of words",
            "sha256:9f86d081884c7d65",
        ] {
            assert!(!is(KeyClass::Token, text), "{text}");
        }
    }

    #[test]
    fn headers_are_read_behind_their_scheme() {
        for text in [
            "Bearer f3k9QzL1mXw8",
            "Basic Ym9iOkt4N3RSdzJxTHA5",
            "token f3k9QzL1mXw8",
            "sid=f3k9QzL1mXw8aa; Path=/",
            "f3k9QzL1mXw8",
        ] {
            assert!(is(KeyClass::Header, text), "{text}");
        }
        for text in [
            "Bearer ${token}",
            "Basic ${#toBase64(x)}",
            "Bearer <token>",
            "theme=dark; lang=en",
            "application/json",
            "Bearer",
        ] {
            assert!(!is(KeyClass::Header, text), "{text}");
        }
    }
}
