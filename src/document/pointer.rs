//! JSON Pointers (RFC 6901).

use std::borrow::Cow;
use std::fmt;

/// The path of a value from the root of its document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// One step down, to the key or index `token`.
    pub fn push(&mut self, token: &str) {
        self.0.push('/');
        if !token.contains(['~', '/']) {
            return self.0.push_str(token);
        }
        for character in token.chars() {
            match character {
                '~' => self.0.push_str("~0"),
                '/' => self.0.push_str("~1"),
                other => self.0.push(other),
            }
        }
    }

    /// This pointer followed by `rest`.
    #[must_use]
    pub fn join(mut self, rest: &Self) -> Self {
        self.0.push_str(&rest.0);
        self
    }

    /// The pointer as text; empty for the whole document.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The steps, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.split('/').skip(1).map(unescaped)
    }

    /// The last step, unescaped; `None` for the whole document.
    pub fn last(&self) -> Option<Cow<'_, str>> {
        self.0.rsplit_once('/').map(|(_, token)| unescaped(token))
    }
}

fn unescaped(token: &str) -> Cow<'_, str> {
    if token.contains('~') { Cow::Owned(token.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(token) }
}

impl From<String> for Pointer {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use crate::document::{Document, Kind};

    #[test]
    fn points_at_values_with_awkward_keys() {
        let document = Document::json(r#"{"a/b":[{"c~d":{"":1}}]}"#.to_owned()).unwrap();
        let root = document.root();
        let deep = root.descendants().last().unwrap();
        assert_eq!(deep.raw(), "1");
        assert_eq!(deep.pointer_from(root).as_str(), "/a~1b/0/c~0d/");
        assert_eq!(deep.pointer_from(root).tokens().collect::<Vec<_>>(), ["a/b", "0", "c~d", ""]);
        assert_eq!(root.pointer_from(root).as_str(), "");
    }

    #[test]
    fn agrees_with_serde_json_on_every_value() {
        let text = r#"{"x":[1,{"y":[[],{}, "z"]}],"w":null}"#;
        let document = Document::json(text.to_owned()).unwrap();
        let root = document.root();
        let whole: serde_json::Value = serde_json::from_str(text).unwrap();
        for value in root.descendants().filter(|value| value.kind() != Kind::Key) {
            assert_eq!(whole.pointer(value.pointer_from(root).as_str()), Some(&value.to_json()));
        }
    }
}
