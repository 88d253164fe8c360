//! Values of a secret store that a document may legitimately contain: names, addresses, placeholders.

use super::decide::{is_absent, mixed_case, shape};
use super::key::{KeyClass, classify};

/// Whether `value`, which a secret store has under `field`, may occur in a document by chance or legitimately: a name, an
/// address, a placeholder. A field named after a password counts as secret even when its value looks like a word.
pub fn is_benign(field: &str, value: &str) -> bool {
    let value = value.trim();
    if has_password(value) {
        return false;
    }
    let is_named = shape::is_name(value)
        || shape::is_address(value)
        || shape::is_path(value)
        || shape::is_file_name(value)
        || shape::is_prose(value)
        || shape::is_date(value)
        || shape::is_digits(value)
        || shape::is_boolean(value);
    is_absent(value) || (is_named && !is_secret_name(field))
}

/// Whether `text` is a name of words, or the name of a file, so that a part of it is no secret.
pub fn is_plain_name(text: &str) -> bool {
    shape::is_name(text) && !mixed_case::is_mixed_case(text) || shape::is_file_name(text) && shape::is_wordy(text)
}

/// Whether `name`, of a field or a variable, is the name of a secret.
pub fn is_secret_name(name: &str) -> bool {
    !matches!(classify(name), KeyClass::Plain | KeyClass::Weak | KeyClass::Service)
}

/// An address with a password in it.
fn has_password(value: &str) -> bool {
    value.split_once("://").is_some_and(|(_, rest)| {
        let place = rest.split('/').next().unwrap_or_default();
        place.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    })
}
