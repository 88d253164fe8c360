//! What a value looks like: a placeholder, a reference, a name, or a secret.

use crate::model::expression::is_unsettled;
use crate::model::secret_reference::recognise;

/// Words that stand where a secret will be put later.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "changeit",
    "example",
    "placeholder",
    "redacted",
    "dummy",
    "your",
    "insert",
    "replace",
    "todo",
    "fixme",
    "sample",
    "xxxx",
    "****",
    "....",
    "none",
    "null",
    "undefined",
    "nil",
    "n/a",
    "tbd",
    "secret-here",
    "notset",
    "not-set",
    "empty",
    "fake",
    "mock",
    "[secret]",
    "masked",
    "hidden",
    "foobar",
    "lorem",
    "12345678",
];

/// Whether `text` cannot be a literal secret: a reference, an expression, a placeholder, or nothing.
pub(super) fn is_harmless(text: &str) -> bool {
    let text = text.trim();
    if text.len() < 4 || is_unsettled(text) || text.contains("$(") || recognise(text).is_some() {
        return true;
    }
    // A shell variable, a template of some other tool, a redaction.
    let is_variable =
        text.strip_prefix('$').is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
            || text.starts_with("%{")
            || text.starts_with("#{")
            || text.starts_with("<%")
            || (text.starts_with('<') && text.ends_with('>'))
            || (text.starts_with('{') && text.ends_with('}') && !text.contains(['"', ':']))
            || (text.starts_with('[') && text.ends_with(']') && !text.contains(','))
            || (text.starts_with('%') && text.ends_with('%'))
            || (text.starts_with("@@") && text.ends_with("@@"))
            || (text.starts_with("__") && text.ends_with("__"));
    if is_variable || text.starts_with("ENC[") || text.starts_with("arn:") || text.starts_with("AQICAH") {
        return true;
    }
    let mut characters = text.chars();
    let first = characters.next();
    if characters.all(|character| Some(character) == first) {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    PLACEHOLDERS
        .iter()
        .any(|word| lower == *word || (word.len() >= 4 && text.len() <= word.len() + 16 && lower.contains(word)))
        || matches!(
            lower.as_str(),
            "password"
                | "passwd"
                | "secret"
                | "token"
                | "true"
                | "false"
                | "string"
                | "value"
                | "default"
                | "required"
                | "optional"
                | "enabled"
                | "disabled"
                | "plaintext"
                | "text"
                | "basic"
                | "bearer"
                | "admin"
                | "root"
                | "user"
                | "auto"
        )
}

/// Whether `text` is the name of something, a path, an address or a number rather than a secret.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.trim();
    if text.contains(char::is_whitespace) && !text.contains("://") && text.split_whitespace().count() > 2 {
        return true;
    }
    if text.starts_with('/') || text.starts_with("./") || text.starts_with("~/") || text.contains("://") {
        return true;
    }
    if text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ':' | ',' | '-')) {
        return true;
    }
    // `projects/acme/secrets/db`, `my-db-secret`, `shop.prod.db`, `DbCredentials`: words, and at most a short number at the end.
    let words: Vec<&str> = text.split(['-', '_', '.', '/', ':']).collect();
    let is_word = |word: &&str| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        word.len() - letters.len() <= 3
            && letters.chars().all(|c| c.is_ascii_alphabetic())
            && humps(letters) * 4 <= letters.len().max(4)
            && (letters.len() <= 20)
    };
    words.iter().all(is_word)
}

/// How often the case changes inside: names are written in one case or in humps, random texts are not.
fn humps(word: &str) -> usize {
    word.as_bytes()
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()))
        .count()
}

/// Whether `text` is an identifier that machines make and nobody keeps secret: a UUID, a digest, a hash.
pub(super) fn is_identifier(text: &str) -> bool {
    let text = text.trim();
    let is_hex = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = text.split('-').collect();
    let is_uuid = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|part| is_hex(part));
    is_uuid || text.starts_with("sha256:") || text.starts_with("sha512:") || text.starts_with("sha1:")
}

/// Shannon entropy in bits per character.
pub(super) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX).max(1));
    counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count) / total).map(|p| -p * p.log2()).sum()
}

/// Whether `text` looks like something a machine drew at random.
pub(super) fn looks_random(text: &str) -> bool {
    let text = text.trim();
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    text.len() >= 8
        && has_letter
        && (has_digit || text.len() >= 20 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && entropy(text) >= 2.7
        && !is_name(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_secret_is_harmless() {
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
        ] {
            assert!(is_harmless(text), "{text}");
        }
        for text in ["hunter2", "Kx7%tRw2!qLp9", "correct-horse-battery", "p@ssw0rd"] {
            assert!(!is_harmless(text), "{text}");
        }
    }

    #[test]
    fn names_paths_and_numbers_are_no_tokens() {
        for text in [
            "my-db-secret",
            "projects/acme/secrets/db",
            "/run/secrets/token",
            "https://auth.example.com/token",
            "DbCredentials",
            "shop.prod.db1",
            "3600",
            "a sentence of words",
        ] {
            assert!(is_name(text), "{text}");
        }
        for text in ["f3k9QzL1mXw8", "aG9sYS1hbWlnbw==", "Kx7%tRw2!qLp9", "9f86d081884c7d65"] {
            assert!(!is_name(text), "{text}");
        }
        assert!(is_identifier("0f5b3c1e-7a2d-4c4b-9a55-3d2c1b0a9f8e") && !is_identifier("0f5b3c1e7a2d"));
    }
}
