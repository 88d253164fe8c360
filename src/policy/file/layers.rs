//! A policy of several files: each is valid by itself, and a later one overrides the values of those before it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::PolicyError;
use crate::document::value::Value;
use crate::document::{Document, Kind, Syntax};
use crate::policy::SCHEMA;

/// Lists to which a later file adds. Any other value of a later file replaces the earlier one.
const ADDED: [&str; 5] = ["/freeze", "/scopes", "/waivers", "/secrets/allow", "/secrets/patterns"];

/// Where each value of the effective policy comes from, by the pointer of the value: `FILE:LINE`.
pub type Origins = BTreeMap<String, String>;

/// One policy file.
pub struct Layer {
    pub(super) file: PathBuf,
    document: Document,
    is_yaml: bool,
}

impl Layer {
    /// Reads the text of a policy file.
    ///
    /// # Errors
    /// When it is not YAML or JSON, or not one document.
    pub fn read(file: &Path, bytes: Vec<u8>) -> Result<Self, PolicyError> {
        let name = file.to_string_lossy();
        // JSON is valid YAML; only a file with the extension is read as JSON alone.
        let syntax = if name.ends_with(".json") { Syntax::Json } else { Syntax::Yaml };
        let document = Document::settings(bytes, syntax).map_err(|error| PolicyError {
            position: Some(error.position),
            ..PolicyError::new(file, error.reason, "fix the syntax at this position")
        })?;
        let count = document.root().elements().take(2).count();
        match (syntax, count) {
            (Syntax::Yaml, 0) => {
                return Err(PolicyError::new(file, "it is empty", format!("add `schema: {SCHEMA}` as the first line")));
            }
            (Syntax::Yaml, 2..) => {
                return Err(PolicyError::new(file, "it contains several documents", "keep one policy per file"));
            }
            _ => {}
        }
        Ok(Self { file: file.to_owned(), document, is_yaml: syntax == Syntax::Yaml })
    }

    /// Whether it is a baseline or a report, and no policy.
    pub fn is_baseline(&self) -> bool {
        let schemas = ["plimsoll.dev/baseline/", "plimsoll.dev/report/", "plimsoll.dev/verdict/"];
        self.root().str("schema").is_some_and(|schema| schemas.iter().any(|known| schema.starts_with(known)))
    }

    /// The policy in it.
    pub(super) fn root(&self) -> Value<'_> {
        let root = self.document.root();
        if self.is_yaml { root.elements().next().unwrap_or(root) } else { root }
    }

    fn json(&self) -> Json {
        serde_json::from_str(self.root().raw()).unwrap_or_default()
    }
}

/// The values of all `layers` in one, as JSON.
pub(super) fn merged(layers: &[Layer]) -> Json {
    let mut all = Json::Object(Map::new());
    for layer in layers {
        merge(&mut all, layer.json(), "");
    }
    all
}

fn merge(into: &mut Json, from: Json, at: &str) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (key, value) in from {
                let below = format!("{at}/{key}");
                match into.get_mut(&key) {
                    Some(known) => merge(known, value, &below),
                    None => {
                        into.insert(key, value);
                    }
                }
            }
        }
        (Json::Array(into), Json::Array(from)) if ADDED.contains(&at) => into.extend(from),
        (into, from) => *into = from,
    }
}

/// Where each value of `layers` comes from.
pub(super) fn origins(layers: &[Layer]) -> Origins {
    let mut all = Origins::new();
    for layer in layers {
        let name = layer.file.to_string_lossy();
        add_origins(layer.root(), layer.root(), &name, &mut all);
    }
    all
}

fn add_origins(root: Value<'_>, value: Value<'_>, name: &str, all: &mut Origins) {
    if value.kind() == Kind::Object {
        for (_, below) in value.entries() {
            add_origins(root, below, name, all);
        }
        return;
    }
    let pointer = value.pointer_from(root).to_string();
    let here = format!("{name}:{}", value.position().line);
    match all.get_mut(&pointer) {
        Some(known) if ADDED.contains(&pointer.as_str()) => {
            known.push_str(", ");
            known.push_str(&here);
        }
        _ => {
            all.insert(pointer, here);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn later_files_override_values_and_add_to_lists_of_entries() {
        let layer = |file: &str, text: &str| Layer::read(Path::new(file), text.as_bytes().to_vec()).unwrap();
        let layers = [
            layer("a.yaml", "name: a\nproduction:\n  accounts: [x]\n  words: [w]\nwaivers:\n  - {check: one}\n"),
            layer("b.yaml", "production:\n  accounts: [y]\nwaivers:\n  - {check: two}\n"),
        ];
        let expected = json!({
            "name": "a", "production": {"accounts": ["y"], "words": ["w"]}, "waivers": [{"check": "one"}, {"check": "two"}],
        });
        assert_eq!(merged(&layers), expected);
        let origins = origins(&layers);
        assert_eq!(origins["/production/accounts"], "b.yaml:2");
        assert_eq!(origins["/production/words"], "a.yaml:4");
        assert_eq!(origins["/waivers"], "a.yaml:6, b.yaml:4");
    }
}
