//! Judges a value together with the class of its key: whether it is a secret, and with which confidence.

pub(super) mod bigram;
pub(super) mod mixed_case;
pub(super) mod placeholder;
pub(super) mod reference;
pub(super) mod shape;

use super::key::KeyClass;
use crate::meta::Confidence;

/// The longest value that counts as a secret by its key alone, in bytes. A longer one is a text, and its secrets are found in it.
const LONGEST: usize = 4096;

/// How reliably the begin and end of a value are known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiting {
    /// A value of a document, or a quoted text.
    Quoted,
    /// Taken from a text without quotes, where prose and code look alike.
    Bare,
}

/// The confidence that `value` under a key of `class` is a secret; `None` when it is not.
pub(super) fn judge(class: KeyClass, value: &str, bounds: Delimiting) -> Option<Confidence> {
    let value = value.trim();
    if class == KeyClass::Plain || value.len() > LONGEST || is_placeholder_or_reference(value) {
        return None;
    }
    match class {
        KeyClass::Always => Some(Confidence::High),
        KeyClass::Password => password(value, bounds),
        KeyClass::Shared => shared(value, bounds),
        KeyClass::Token => token(value, bounds),
        KeyClass::Header => header(value),
        KeyClass::Pin => {
            (4..=12).contains(&value.len()).then_some(Confidence::Medium).filter(|_| shape::is_digits(value))
        }
        KeyClass::Mnemonic => mnemonic(value),
        KeyClass::Weak => weak(value),
        KeyClass::Service => weak(value).filter(|_| !shape::is_digest(value)),
        KeyClass::Plain => None,
    }
}

/// Whether `value` cannot be a literal secret: empty, a reference, an expression, a placeholder.
pub(super) fn is_placeholder_or_reference(value: &str) -> bool {
    let value = value.trim();
    value.len() < 4 || reference::is_reference(value) || placeholder::is_placeholder(value) || shape::is_pattern(value)
}

/// A password may look like a word, but not like a path, an address, a sentence or the name of a stored secret.
fn password(value: &str, bounds: Delimiting) -> Option<Confidence> {
    if value.len() > 256
        || shape::is_address(value)
        || shape::is_path(value)
        || shape::is_file_name(value)
        || shape::is_prose(value)
    {
        return None;
    }
    if shape::names_a_secret(value) || placeholder::is_generic_word(value) {
        return None;
    }
    if value.contains('\n') {
        return None;
    }
    let is_word = value.bytes().all(|byte| byte.is_ascii_lowercase());
    if bounds == Delimiting::Bare {
        // `str | None = None`: a type or a prose word, with the text that follows it.
        let first = value.split_whitespace().next().filter(|first| first.len() < value.len());
        if placeholder::is_prose_word(value) || first.is_some_and(placeholder::is_prose_word) || shape::is_code(value) {
            return None;
        }
        return Some(if is_word { Confidence::Medium } else { Confidence::High });
    }
    Some(Confidence::High)
}

fn shared(value: &str, bounds: Delimiting) -> Option<Confidence> {
    if shape::is_uuid(value) {
        return Some(Confidence::Medium);
    }
    if looks_random(value) || (bounds == Delimiting::Quoted && mixed_case::is_mixed_case(value)) {
        return Some(Confidence::High);
    }
    if bounds == Delimiting::Bare
        && value.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.' || byte == b'_')
    {
        return None;
    }
    if value.contains('/') || shape::is_boolean(value) || value.len() < 6 {
        return None;
    }
    password(value, bounds).map(|_| Confidence::Medium)
}

fn token(value: &str, bounds: Delimiting) -> Option<Confidence> {
    if shape::is_uuid(value) {
        return Some(Confidence::Medium);
    }
    // `{shop AQAAABAAA f3k9…}`, as stores write it: a label and a ciphertext.
    if bounds == Delimiting::Quoted
        && let Some((label, last)) = value.trim_matches(['{', '}', '[', ']']).rsplit_once(' ')
        && label.split(' ').count() <= 2
        && last.len() >= 12
        && last.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.:@%$!~*&#".contains(&byte))
        && looks_random(last)
    {
        return Some(Confidence::Medium);
    }
    if shape::is_labelled_digest(value)
        || (bounds == Delimiting::Bare && shape::is_variable_of_a_secret(value))
        || shape::is_address(value)
        || shape::is_file_name(value)
        || shape::is_prose(value)
    {
        return None;
    }
    if looks_random(value) || (bounds == Delimiting::Quoted && mixed_case::is_mixed_case(value)) {
        return Some(Confidence::High);
    }
    if value.len() >= 15 && shape::is_digits(value) && shape::entropy(value) > 2.0 {
        return Some(Confidence::Medium);
    }
    if is_word_with_number(value) {
        return Some(Confidence::Medium);
    }
    // `hunter2`, `Summer2024!`: a word with digits or punctuation attached is not an ordinary name.
    let has = |what: fn(&u8) -> bool| value.as_bytes().iter().any(what);
    let is_glued = bounds == Delimiting::Quoted
        && (6..=40).contains(&value.len())
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !value.contains(['-', '_', '.', '/', ':', ' ', ',']);
    is_glued.then_some(Confidence::Medium)
}

/// `Thistle-Tundra602`: words with capitals and a number are a password; names of stored secrets have neither.
fn is_word_with_number(value: &str) -> bool {
    // `Summer2024!`, `Lagoon3270_`: names do not end in punctuation.
    let value = value.trim_end_matches(['!', '_', '.', '*', '#', '?', '%', '&', '@', '+']);
    let bytes = value.as_bytes();
    let number = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let has = |what: fn(&u8) -> bool| bytes.iter().any(what);
    (8..=64).contains(&value.len())
        && (2..=6).contains(&number)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'!' | b'#' | b'+'))
        && bytes.get(bytes.len() - number - 1).is_some_and(u8::is_ascii_alphabetic)
        && !shape::names_a_secret(value.trim_end_matches(|character: char| character.is_ascii_digit()))
}

/// `Bearer …`, `Basic …`, a cookie, or the bare token.
fn header(value: &str) -> Option<Confidence> {
    if is_cookie(value) {
        // `zikCSB=hL6ePyK`: part of a key, not a cookie.
        let is_key = value.split_once('=').is_some_and(|(name, _)| !shape::is_name(name)) && !value.contains(';');
        return cookie(value).or_else(|| token(value, Delimiting::Quoted).filter(|_| is_key));
    }
    if shape::is_address(value) {
        return None;
    }
    let Some((scheme, rest)) = value.split_once(' ') else {
        return token(value, Delimiting::Quoted).or_else(|| is_mixed(value).then_some(Confidence::High));
    };
    let credentials = rest.trim();
    if is_placeholder_or_reference(credentials) || (credentials.starts_with('{') && credentials.ends_with('}')) {
        return None;
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return basic(credentials).then_some(Confidence::High);
    }
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b':');
    let one_word = credentials.split_whitespace().count() == 1;
    let is_known = ["bearer", "token", "apikey", "api-key", "key", "splunk", "geniekey", "ssws", "jwt", "bot", "pve"]
        .iter()
        .any(|known| scheme.trim_end_matches(':').eq_ignore_ascii_case(known));
    if is_known
        && one_word
        && credentials.len() >= 6
        && (!shape::is_name(credentials) || is_word_with_number(credentials) || is_long_mix(credentials))
    {
        return Some(Confidence::High);
    }
    let last = credentials.rsplit(['=', ' ', ',']).next().unwrap_or_default().trim_matches('"');
    (is_scheme && (looks_random(credentials) || (last.len() >= 16 && looks_random(last)))).then_some(Confidence::High)
}

/// Letters and digits after a scheme, where names do not occur, except names of secrets.
fn is_long_mix(value: &str) -> bool {
    let has = |what: fn(&u8) -> bool| value.as_bytes().iter().any(what);
    value.len() >= 12
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !value.contains(['/', '.', ':', '-', '_'])
        || mixed_case::is_mixed_case(value) && !shape::names_a_secret(value)
}

/// The credentials of `Basic`: base64 of `user:password`, or something as random.
pub(super) fn basic(credentials: &str) -> bool {
    match super::decode::base64_text(credentials) {
        Some(decoded) => decoded
            .split_once(':')
            .is_some_and(|(_, password)| !password.trim().is_empty() && !is_harmless_password(password)),
        None => looks_random(credentials),
    }
}

fn is_harmless_password(password: &str) -> bool {
    reference::is_reference(password) || placeholder::is_placeholder(password) || placeholder::is_generic_word(password)
}

/// Whether `value` is a list of cookies.
fn is_cookie(value: &str) -> bool {
    (value.contains('=') && !value.contains(' ') || value.contains("; ")) && !value.trim_end().ends_with('=')
}

/// Whether one of the cookies is more than a setting.
fn cookie(value: &str) -> Option<Confidence> {
    let is_secret = value.split(';').any(|pair| {
        let Some((name, content)) = pair.split_once('=') else { return false };
        let attributes = ["path", "domain", "expires", "max-age", "samesite"];
        let is_attribute = attributes.iter().any(|known| name.trim().eq_ignore_ascii_case(known));
        !is_attribute && !is_placeholder_or_reference(content) && content.len() >= 8 && looks_random(content)
    });
    is_secret.then_some(Confidence::High)
}

fn mnemonic(value: &str) -> Option<Confidence> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let is_phrase = (11..=33).contains(&words.len())
        && words.iter().all(|word| (3..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase()));
    if is_phrase { Some(Confidence::High) } else { token(value, Delimiting::Quoted) }
}

fn weak(value: &str) -> Option<Confidence> {
    if super::decode::base64_text(value).is_some_and(|decoded| is_pair(&decoded)) {
        return Some(Confidence::High);
    }
    if is_pair(value)
        && value
            .split_once(':')
            .is_some_and(|(_, password)| is_mixed(password) || is_word_with_number(password) || looks_random(password))
    {
        return Some(Confidence::Medium);
    }
    looks_clearly_random(value).then_some(Confidence::Medium)
}

/// `user:password`, with a password that is not a placeholder or reference.
fn is_pair(text: &str) -> bool {
    let Some((user, password)) = text.split_once(':') else { return false };
    let is_user = !user.is_empty()
        && user.len() <= 128
        && user.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'"' | b'<' | b'/'));
    is_user
        && (4..=256).contains(&password.len())
        && !password.contains(['\n', ' ', '{', '"'])
        && !password.starts_with('/')
        && !is_harmless_password(password)
}

/// Letters with digits or punctuation, eight characters or more.
fn is_mixed(value: &str) -> bool {
    let has = |what: fn(&u8) -> bool| value.as_bytes().iter().any(what);
    value.len() >= 8
        && has(u8::is_ascii_alphabetic)
        && has(u8::is_ascii_digit)
        && !value.contains(char::is_whitespace)
        && !shape::is_name(value)
}

/// Whether `value` looks random rather than like a name.
pub(super) fn looks_random(value: &str) -> bool {
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    value.len() >= 8
        && letters * 20 >= value.len()
        && !value.contains(char::is_whitespace)
        && shape::entropy(value) >= 2.5
        && !shape::is_name(value)
        && !shape::is_path(value)
        && !shape::is_address(value)
        && !shape::is_labelled_digest(value)
        && !shape::is_code(value)
        && !shape::is_date(value)
        || is_long_number(value)
}

/// Digits that are too many for a time, an id or a port.
fn is_long_number(value: &str) -> bool {
    value.len() >= 20 && shape::is_digits(value) && shape::entropy(value) > 2.0
}

/// As [`looks_random`], for keys that say little: long, of several kinds of characters, and not a digest or id.
pub(super) fn looks_clearly_random(value: &str) -> bool {
    let kinds = [u8::is_ascii_lowercase as fn(&u8) -> bool, u8::is_ascii_uppercase, u8::is_ascii_digit];
    let kinds = kinds.iter().filter(|kind| value.as_bytes().iter().any(**kind)).count();
    value.len() >= 16
        && kinds >= 2
        && shape::entropy(value) >= 3.2
        && !shape::is_uuid(value)
        && !shape::is_file_name(value)
        && looks_random(value)
        && (!value.contains(['/', ':', '@', ',']) || is_padded(value))
}

/// Long base64, recognised by its padding.
fn is_padded(value: &str) -> bool {
    value.len() >= 40
        && value.ends_with('=')
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

/// As [`looks_clearly_random`], for one part of an address: letters of one case count.
pub(super) fn looks_random_in_address(part: &str) -> bool {
    shape::entropy(part) >= 3.0 && looks_random(part) && !shape::is_uuid(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(class: KeyClass, value: &str) -> bool {
        judge(class, value, Delimiting::Quoted).is_some()
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
