//! What may be the value of a secret in a store and stand in a document all the same.

use super::key::{KeyClass, classify};
use super::value::{is_placeholder_or_reference, shape};

/// Whether `value`, which a secret store has under `field`, may stand in a document by chance or in its own right: a name, an
/// address, a placeholder. A field that is called a password holds one even when it looks like a word.
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
    is_placeholder_or_reference(value) || (is_named && !is_secret_name(field))
}

/// Whether `name`, of a field or a variable, says that a secret stands under it.
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
