//! Objects and lists of manifests as they may be written: as a text that holds them, or by an expression.

use crate::document::Kind;
use crate::document::value::Value;

/// The keys that lead from an object to the spec of its pods.
const TO_PODS: [&str; 3] = ["spec", "template", "jobTemplate"];

/// A text that holds one object as that object; any other value as it is.
pub(super) fn read(value: Value<'_>) -> Value<'_> {
    let mut inside = value.embedded();
    inside.next().filter(|first| first.is_object() && inside.next().is_none()).unwrap_or(value)
}

/// The value at the end of `keys`, where a text that holds an object counts as that object.
pub(super) fn at<'d>(value: Value<'d>, keys: &[&str]) -> Option<Value<'d>> {
    keys.iter().try_fold(value, |value, key| value.get(key).map(read))
}

/// The elements of a list, or of a text that holds one.
///
/// # Errors
/// With the text, when it does not hold a list of objects.
pub(super) fn items(list: Value<'_>) -> Result<Vec<Value<'_>>, Value<'_>> {
    if list.is_open() {
        return Err(list);
    }
    if list.kind() != Kind::String {
        return Ok(list.elements().filter(|item| item.kind() != Kind::Null).collect());
    }
    if list.is_blank() {
        return Ok(Vec::new());
    }
    let flat = |value: Value<'_>| value.kind() == Kind::Array;
    let items: Vec<Value<'_>> =
        list.embedded().flat_map(|value| if flat(value) { value.elements().collect() } else { vec![value] }).collect();
    if items.is_empty() || !items.iter().all(|item| item.is_object()) { Err(list) } else { Ok(items) }
}

/// A text in place of an object, which [`read`] could not read, or an expression that stays open.
pub(super) fn is_unread(value: Value<'_>) -> bool {
    value.is_open() || (value.kind() == Kind::String && !value.is_blank())
}

/// What keeps the spec of a pod in `value` from being read: a text in place of an object on the way, or a key that is an expression.
pub(super) fn unread(value: Value<'_>) -> Option<Value<'_>> {
    let mut here = value;
    loop {
        if let Some(open) = here.open_key() {
            return Some(open);
        }
        here = read(TO_PODS.iter().find_map(|key| here.get(key))?);
        if is_unread(here) {
            return Some(here);
        }
    }
}
