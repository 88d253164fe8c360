//! The effective policy as a policy file: what `plimsoll policy print` prints, `plimsoll policy lint` accepts.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::base::sanitize::sanitize;
use crate::document::pointer::Pointer;
use crate::policy::file::Origins;
use crate::policy::{Policy, Profile};

/// The sections of a policy file in the order in which people read them; any other follows in alphabetical order.
const ORDER: [&str; 12] = [
    "schema",
    "name",
    "version",
    "mode",
    "profile",
    "production",
    "triggers",
    "gate",
    "git",
    "secrets",
    "freeze",
    "checks",
];

/// The policy file with the content of `policy`, and its hash as a comment. With `origins`, each value has a comment that says where it
/// comes from.
pub(super) fn render(policy: &Policy, origins: Option<&Origins>) -> String {
    let json = serde_json::to_value(policy).unwrap_or_default();
    let mut out = format!("# sha256 {}\n", policy.sha256());
    let Some(sections) = json.as_object() else { return out };
    let from = origins.map(|origins| Where { origins, profile: policy.profile });
    // What is no key of a file: a baseline is named by its path.
    let mut keys: Vec<&String> = sections.keys().filter(|key| *key != "baseline").collect();
    keys.sort_by_key(|key| (ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len()), *key));
    if let Some(file) = &policy.baseline_file {
        write_entry("baseline", &Value::from(file.as_str()), &Place::default(), from.as_ref(), &mut out);
    }
    for key in keys {
        let Some(value) = sections.get(key) else { continue };
        let value = if key == "checks" { checks(value) } else { value.clone() };
        write_entry(key, &value, &Place::default(), from.as_ref(), &mut out);
    }
    out
}

/// Where values come from.
struct Where<'a> {
    origins: &'a Origins,
    profile: Profile,
}

impl Where<'_> {
    /// Where the value at `pointer` comes from.
    fn of(&self, pointer: &str) -> String {
        if let Some(origin) = self.origins.get(pointer) {
            return origin.clone();
        }
        if pointer == "/profile" {
            return "built in, or --profile".into();
        }
        if pointer.starts_with("/checks/") { format!("profile {}", self.profile.word()) } else { "built in".into() }
    }
}

/// How deep an entry is, and where it is.
#[derive(Default)]
struct Place {
    depth: usize,
    pointer: Pointer,
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

fn write_entry(key: &str, value: &Value, place: &Place, from: Option<&Where<'_>>, out: &mut String) {
    let mut pointer = place.pointer.clone();
    pointer.push(key);
    let pad = "  ".repeat(place.depth);
    let key = quoted_key(key);
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            let _ = writeln!(out, "{pad}{key}:");
            let below = Place { depth: place.depth + 1, pointer };
            for (key, value) in entries {
                write_entry(key, value, &below, from, out);
            }
        }
        // JSON is valid YAML in flow style, with unambiguous quoting.
        other => {
            let origin = from.map(|from| format!("  # {}", sanitize(&from.of(pointer.as_str()), 300)));
            let _ = writeln!(out, "{pad}{key}: {other}{}", origin.unwrap_or_default());
        }
    }
}

/// `key`, quoted unless it is a plain word.
fn quoted_key(key: &str) -> String {
    let is_word = key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    if is_word { key.to_owned() } else { Value::from(key).to_string() }
}
