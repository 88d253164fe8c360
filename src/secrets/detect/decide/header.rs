//! Values of HTTP headers: a scheme and credentials, cookies, or the bare token.

use super::features::{Features, has};
use super::{is_absent, mixed_case, placeholder, shape};
use crate::secrets::detect::decode;

/// Whether `value` is `Bearer …`, `Basic …` or another scheme with credentials.
pub(super) fn is_scheme_with_credentials(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once(' ') else { return false };
    let credentials = rest.trim();
    if is_absent(credentials) || (credentials.starts_with('{') && credentials.ends_with('}')) {
        return false;
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return basic(credentials);
    }
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b':');
    let one_word = credentials.split_whitespace().count() == 1;
    let is_known = ["bearer", "token", "apikey", "api-key", "key", "splunk", "geniekey", "ssws", "jwt", "bot", "pve"]
        .iter()
        .any(|known| scheme.trim_end_matches(':').eq_ignore_ascii_case(known));
    let features = Features::of(credentials);
    if is_known
        && one_word
        && credentials.len() >= 6
        && (!features.name() || features.word_with_number() || is_long_mix(credentials))
    {
        return true;
    }
    let last = credentials.rsplit(['=', ' ', ',']).next().unwrap_or_default().trim_matches('"');
    is_scheme && (features.random() || (last.len() >= 16 && Features::of(last).random()))
}

/// Letters and digits after a scheme, where names do not occur, except names of secrets.
fn is_long_mix(value: &str) -> bool {
    value.len() >= 12
        && has(value, u8::is_ascii_digit)
        && has(value, u8::is_ascii_alphabetic)
        && !value.contains(['/', '.', ':', '-', '_'])
        || mixed_case::is_mixed_case(value) && !shape::names_a_secret(value)
}

/// The credentials of `Basic`: base64 of `user:password`, or something as random.
pub(super) fn basic(credentials: &str) -> bool {
    match decode::base64_text(credentials) {
        Some(decoded) => decoded.split_once(':').is_some_and(|(_, password)| {
            !password.trim().is_empty() && !is_absent(password) && !placeholder::is_generic_word(password)
        }),
        None => Features::of(credentials).random(),
    }
}

/// Whether `value` has the form of cookies.
pub(super) fn is_cookie(value: &str) -> bool {
    (value.contains('=') && !value.contains(' ') || value.contains("; ")) && !value.trim_end().ends_with('=')
}

/// Whether one of the cookies is more than a setting.
pub(super) fn is_secret_cookie(value: &str) -> bool {
    is_cookie(value)
        && value.split(';').any(|pair| {
            let Some((name, content)) = pair.split_once('=') else { return false };
            let attributes = ["path", "domain", "expires", "max-age", "samesite"];
            let is_attribute = attributes.iter().any(|known| name.trim().eq_ignore_ascii_case(known));
            !is_attribute && !is_absent(content) && content.len() >= 8 && Features::of(content).random()
        })
}

/// A token alone, without a scheme; `zikCSB=hL6ePyK` is part of a key, and not a cookie.
pub(super) fn is_bare_token(value: &str) -> bool {
    let is_key = || value.split_once('=').is_some_and(|(name, _)| !shape::is_name(name)) && !value.contains(';');
    if is_cookie(value) { is_key() } else { !value.contains(' ') }
}

/// Letters with digits or punctuation, eight characters or more.
pub(super) fn is_mixed(value: &str) -> bool {
    value.len() >= 8
        && has(value, u8::is_ascii_alphabetic)
        && has(value, u8::is_ascii_digit)
        && !value.contains(char::is_whitespace)
        && !shape::is_name(value)
}
