//! A document: its text, parsed once, and the table of its values.
//!
//! The parsers fill the table (`table`), [`value::Value`] reads it, and [`Document::read`] here joins the two. Only `base` is used.

mod children;
mod comments;
mod embedded;
pub mod excerpt;
pub mod inner;
mod json;
pub mod pointer;
pub mod settled;
mod table;
pub mod value;
mod yaml;

pub use table::{Document, Kind, Position, Unreadable};
use table::{START, position};
use value::Value;
use yaml::Schema;

/// The syntax of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    Json,
    Yaml,
}

impl Syntax {
    /// Chosen by the extension of the file's name; for any other extension JSON if the text begins with `{` or `[`, else YAML.
    pub fn of(name: &str, text: &[u8]) -> Self {
        let extension =
            std::path::Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => return Self::Yaml,
            "json" => return Self::Json,
            _ => {}
        }
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{' | b'[') | None => Self::Json,
            Some(_) => Self::Yaml,
        }
    }
}

impl Document {
    /// Reads `bytes` as `syntax`. A YAML stream becomes an array of its documents.
    ///
    /// # Errors
    /// When the bytes are not UTF-8, not of that syntax, nested deeper than [`MAX_DEPTH`], or contain an object with a duplicate
    /// key that has different values: parsers differ on which one wins, so the document that Orca reads cannot be known.
    pub fn read(bytes: Vec<u8>, syntax: Syntax) -> Result<Self, Unreadable> {
        let text = text_of(bytes)?;
        match syntax {
            Syntax::Json => Self::json(text),
            Syntax::Yaml => Self::yaml(&text),
        }
    }

    /// The same for a file of Plimsoll's own, a policy or a configuration: plain `on` and `off` are texts there.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn settings(bytes: Vec<u8>, syntax: Syntax) -> Result<Self, Unreadable> {
        let text = text_of(bytes)?;
        match syntax {
            Syntax::Json => Self::json(text),
            Syntax::Yaml => Self::stream(&text, Schema::Core),
        }
    }

    /// Reads a JSON text.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn json(text: String) -> Result<Self, Unreadable> {
        let nodes = json::index(&text)?;
        Ok(Self::new(text, nodes, None))
    }

    /// Reads a YAML stream: always an array, with one element for a file of one document.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn yaml(text: &str) -> Result<Self, Unreadable> {
        Self::stream(text, Schema::Kubernetes)
    }

    fn stream(text: &str, schema: Schema) -> Result<Self, Unreadable> {
        let stream = yaml::to_json(text, schema)?;
        // Rows of the JSON form cannot be traced back to the file before the table exists: report the start of the file.
        let document = |(text, marks): (String, Vec<(u32, u32)>)| {
            let nodes = json::index(&text).map_err(|error| Unreadable { position: START, ..error })?;
            Ok(Self::new(text, nodes, Some(marks)))
        };
        let comments = stream.comments.map(document).transpose()?.map(Box::new);
        let mut document = document(stream.json)?;
        document.comments = comments;
        document.source = Some(text.into());
        Ok(document)
    }

    /// The comments of a YAML file, each a text without its `#`.
    pub fn comments(&self) -> impl Iterator<Item = Value<'_>> {
        self.comments.iter().flat_map(|comments| comments.root().elements())
    }

    /// Reads a text that stands where an object or a list is expected, at `host` in the document that holds it. A YAML stream is a list
    /// of its documents, as in [`Document::yaml`]. `None` when it is neither JSON nor YAML.
    pub(super) fn embedded_text(text: &str, host: u32) -> Option<Self> {
        let is_json = text.trim_start().starts_with(['{', '[']);
        let json = is_json.then(|| Self::json(text.to_owned()).ok()).flatten();
        let mut document = json.or_else(|| Self::yaml(text).ok())?;
        document.host = Some(host);
        Some(document)
    }

    /// The file that a YAML document was read from; `None` for JSON, whose text is the file.
    pub(super) fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The value or key in `row`.
    pub(super) fn value_in(&self, row: u32) -> Option<Value<'_>> {
        ((row as usize) < self.nodes.len()).then(|| Value::new(self, row).written())
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value::new(self, 0)
    }
}

fn text_of(mut bytes: Vec<u8>) -> Result<String, Unreadable> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    if u32::try_from(bytes.len()).is_err() {
        return Err(Unreadable { reason: "the document is larger than 4 GiB".into(), position: START });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default()).into_owned();
        Unreadable { reason: "the document is not UTF-8".into(), position: position(&text, good) }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Tokens of YAML and near misses, in any order.
    const YAML: &str =
        r##"([a-c&*!<>|'"#%@?,:\-\[\]{}~0-9.\\ \n\t]|<<: |- |: |: \n  |\n---\n|&a |\*a |é|\u{85}){0,24}"##;

    /// Every position that a value reports lies in a file: both numbers count from one.
    fn positions_are_valid(document: &Document) -> bool {
        document.root().descendants().map(Value::position).all(|position| position.line > 0 && position.column > 0)
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            for syntax in [Syntax::Json, Syntax::Yaml] {
                if let Ok(document) = Document::read(bytes.clone(), syntax) {
                    prop_assert!(positions_are_valid(&document));
                }
            }
        }

        #[test]
        fn json_is_accepted_exactly_when_serde_json_accepts_it(bytes in "[\\[\\]{}:,\"\\\\a-cu0-9 \n.tfnulsre\u{feff}é-]{0,24}") {
            let without_mark = bytes.strip_prefix('\u{feff}').unwrap_or(&bytes);
            let expected = serde_json::from_str::<serde::de::IgnoredAny>(without_mark).is_ok();
            match Document::read(bytes.clone().into_bytes(), Syntax::Json) {
                Ok(document) => prop_assert!(expected && positions_are_valid(&document)),
                Err(error) => {
                    let beyond_grammar = ["duplicate key", "surrogate"].iter().any(|word| error.reason.contains(word));
                    prop_assert!(!expected || beyond_grammar, "{error}");
                }
            }
        }

        #[test]
        fn yaml_becomes_valid_json_with_a_position_for_every_value(text in YAML) {
            if let Ok(document) = Document::yaml(&text) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(document.text()).is_ok());
                prop_assert!(document.root().kind() == Kind::Array && positions_are_valid(&document));
            }
        }
    }

    #[test]
    fn errors_name_the_duplicate_key_and_suggest_a_template() {
        let why = |text: &str, syntax| Document::read(text.into(), syntax).err().unwrap().to_string();
        assert_eq!(
            why("{\"stages\": [],\n \"stages\": [1]}", Syntax::Json),
            "duplicate key \"stages\" with different values at line 2, column 2"
        );
        assert_eq!(why("stages: 1\nstages: 2\n", Syntax::Yaml), "duplicate key \"stages\" at line 2, column 1");
        assert!(!why("{\"\\u001b[31m\": 1, \"\\u001b[31m\": 2}", Syntax::Json).contains('\u{1b}'));
        assert_eq!(
            why("name: {{ .Values.name }}\n", Syntax::Yaml),
            "mapping key is not a string (unrendered Helm template?) at line 1, column 8"
        );
    }
}
