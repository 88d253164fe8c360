//! The effective policy as a policy file: what `plimsoll policy print` prints, `plimsoll policy lint` accepts.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The sections of a policy file in the order in which people read them; any other follows in alphabetical order.
const ORDER: [&str; 11] =
    ["schema", "name", "version", "profile", "production", "triggers", "gate", "git", "secrets", "freeze", "checks"];

/// The policy file with the content of `policy`, the serialised effective policy, and its hash as a comment.
pub(super) fn render(policy: &Value, sha256: &str) -> String {
    let mut out = format!("# sha256 {sha256}\n");
    let Some(sections) = policy.as_object() else { return out };
    let mut keys: Vec<&String> = sections.keys().collect();
    keys.sort_by_key(|key| (ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len()), *key));
    for key in keys {
        let Some(value) = sections.get(key) else { continue };
        let value = if key == "checks" { checks(value) } else { value.clone() };
        write_entry(key, &value, 0, &mut out);
    }
    out
}

/// The section `checks` as a file may hold it: options are keys of the check, and the confidence follows from the profile.
fn checks(section: &Value) -> Value {
    let Some(checks) = section.as_object() else { return section.clone() };
    checks.iter().map(|(id, settings)| (id.clone(), check(settings))).collect::<Map<_, _>>().into()
}

fn check(settings: &Value) -> Value {
    let Some(settings) = settings.as_object() else { return settings.clone() };
    let mut settings = settings.clone();
    settings.remove("confidence");
    if let Some(Value::Object(options)) = settings.remove("options") {
        settings.extend(options);
    }
    settings.into()
}

fn write_entry(key: &str, value: &Value, indent: usize, out: &mut String) {
    let pad = "  ".repeat(indent);
    let key = quoted_key(key);
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            let _ = writeln!(out, "{pad}{key}:");
            for (key, value) in entries {
                write_entry(key, value, indent + 1, out);
            }
        }
        // JSON is valid YAML in flow style, with unambiguous quoting.
        other => {
            let _ = writeln!(out, "{pad}{key}: {other}");
        }
    }
}

/// `key`, quoted unless it is a plain word.
fn quoted_key(key: &str) -> String {
    let is_word = key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    if is_word { key.to_owned() } else { Value::from(key).to_string() }
}
