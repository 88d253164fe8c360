//! One file of documents, read or not.

use crate::clients::files::{Error, InputFile};
use crate::document::value::Value;
use crate::document::{Document, Syntax, Unreadable};
use crate::verdict;

/// A file, and what could be read of it.
pub(super) struct ReadFile {
    pub(super) name: String,
    /// Of its bytes, in hex; empty when they could not be read.
    pub(super) sha256: String,
    document: Result<(Document, Syntax), NotRead>,
}

/// Why a file is not a document.
pub(super) enum NotRead {
    File(String),
    Document(Unreadable),
}

impl ReadFile {
    /// Reads and parses the file.
    pub(super) fn read(input: &Result<InputFile, Error>) -> Self {
        let not_read =
            |name: String, why: String| Self { name, sha256: String::new(), document: Err(NotRead::File(why)) };
        let input = match input {
            Ok(input) => input,
            Err(error @ (Error::Missing(path) | Error::Unreadable { path, .. })) => {
                return not_read(path.to_string_lossy().into_owned(), error.to_string());
            }
        };
        let name = input.name();
        let bytes = match input.read() {
            Ok(bytes) => bytes,
            Err(error) => return not_read(name, error.to_string()),
        };
        let syntax = Syntax::of(&name, &bytes);
        let sha256 = verdict::sha256(&bytes);
        let document = Document::read(bytes, syntax).map(|document| (document, syntax)).map_err(NotRead::Document);
        Self { name, sha256, document }
    }

    /// Why there is nothing to judge.
    pub(super) fn error(&self) -> Option<&NotRead> {
        self.document.as_ref().err()
    }

    /// The documents of the file: those of a YAML stream, the elements of a JSON array, or the one there is.
    pub(super) fn roots(&self) -> Vec<Value<'_>> {
        let Ok((document, syntax)) = &self.document else { return Vec::new() };
        let root = document.root();
        match syntax {
            Syntax::Yaml => root.elements().collect(),
            Syntax::Json if root.elements().next().is_some() => root.elements().collect(),
            Syntax::Json => vec![root],
        }
    }

    /// Whether its documents are elements of a list, even when there is one.
    pub(super) fn is_list(&self) -> bool {
        match &self.document {
            Ok((document, Syntax::Json)) => document.root().elements().next().is_some(),
            Ok((document, Syntax::Yaml)) => document.root().elements().nth(1).is_some(),
            Err(_) => false,
        }
    }

    /// SHA-256 of one of its documents: of the whole file when the document is alone in it, else of the document's own text.
    pub(super) fn sha256_of(&self, root: Value<'_>) -> String {
        if self.is_list() { verdict::sha256(root.raw().as_bytes()) } else { self.sha256.clone() }
    }
}
