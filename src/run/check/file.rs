//! One file of documents, read or not.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::clients::files::{Error, InputFile};
use crate::document::value::Value;
use crate::document::{Document, Syntax, Unreadable};
use crate::spinnaker::input::{Part, add_comments, parts};
use crate::verdict;

/// A file, and what could be read of it.
pub(super) struct ReadFile {
    pub(super) name: String,
    /// Of its bytes, in hex; empty when they could not be read.
    pub(super) sha256: String,
    document: Result<Parsed, NotRead>,
}

self_cell::self_cell!(
    /// A file's text, parsed, and the documents in it.
    struct Parsed {
        owner: Document,
        #[covariant]
        dependent: Parts,
    }
);

/// The documents of a file, in order.
struct Parts<'f> {
    all: Vec<Part<'f>>,
    /// What the file is, when it is one document and not a list.
    whole: Option<Value<'f>>,
}

impl<'f> Parts<'f> {
    /// The documents of a YAML stream, the elements of a JSON array, or the one there is; each in its parts.
    fn of(document: &'f Document, syntax: Syntax) -> Self {
        let root = document.root();
        let (all, whole) = match syntax {
            Syntax::Yaml => {
                let mut documents = root.elements();
                let first = documents.next().filter(|_| documents.next().is_none());
                let mut all: Vec<_> = root.elements().flat_map(elements).flat_map(parts).collect();
                add_comments(&mut all, document.comments());
                (all, first)
            }
            Syntax::Json => (elements(root).into_iter().flat_map(parts).collect(), Some(root)),
        };
        Self { all, whole }
    }
}

/// The elements of a list, each a document; else the value itself.
fn elements(root: Value<'_>) -> Vec<Value<'_>> {
    if root.elements().next().is_some() { root.elements().collect() } else { vec![root] }
}

/// Why a file is not a document.
pub(super) enum NotRead {
    File(String),
    /// Its text is not a document; `has_mark` says whether it looks like one of Spinnaker or Kubernetes all the same.
    Document {
        error: Unreadable,
        has_mark: bool,
    },
}

impl NotRead {
    /// Why the text of `input` is not a document, and what to do. The file is read again for this: a text that is a document costs
    /// nothing more. Standard input cannot be read again.
    fn explained(mut error: Unreadable, input: &InputFile) -> Self {
        let text = if *input == InputFile::Stdin { None } else { input.read().ok() };
        if text.as_deref().is_some_and(holds_template) {
            error.reason.push_str(NOT_RENDERED);
        }
        Self::Document { error, has_mark: text.as_deref().is_none_or(written_mark) }
    }
}

/// What to do with a text that a template engine has not seen yet.
const NOT_RENDERED: &str =
    "; it holds template actions ({{ … }}): render it first, for example with helm template, and check the result";

/// Whether a text holds an action of a template engine.
fn holds_template(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"{{")
        .and_then(|at| text.get(at..))
        .is_some_and(|rest| memchr::memmem::find(rest, b"}}").is_some())
}

/// Whether a text that could not be read has a key that documents of Spinnaker and Kubernetes have.
fn written_mark(text: &[u8]) -> bool {
    static MARK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?m)(?:^|[{,\s"'-])(?:stages|kind|pipelines?)["']?[ \t]*:"#).ok());
    MARK.as_ref().is_none_or(|mark| mark.is_match(text))
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
        let parsed = |document| Parsed::new(document, |document| Parts::of(document, syntax));
        let document = Document::read(bytes, syntax).map(parsed).map_err(|error| NotRead::explained(error, input));
        Self { name, sha256, document }
    }

    /// Why there is nothing to judge.
    pub(super) fn error(&self) -> Option<&NotRead> {
        self.document.as_ref().err()
    }

    /// Whether nothing in the file looks like a document of Spinnaker or Kubernetes, so that in a folder it may be skipped.
    pub(super) fn is_foreign(&self) -> bool {
        match &self.document {
            Ok(_) => self.parts().iter().all(Part::is_foreign),
            Err(NotRead::Document { has_mark, .. }) => !has_mark,
            Err(NotRead::File(_)) => false,
        }
    }

    /// The documents of the file.
    pub(super) fn parts(&self) -> &[Part<'_>] {
        self.document.as_ref().map(|parsed| parsed.borrow_dependent().all.as_slice()).unwrap_or_default()
    }

    /// Whether `part` is not all there is in the file: another document is, or something around it.
    pub(super) fn is_one_of_several(&self, part: &Part<'_>) -> bool {
        let Ok(parsed) = &self.document else { return false };
        let parts = parsed.borrow_dependent();
        parts.all.len() > 1 || parts.whole.is_none_or(|whole| whole.row() != part.value.row())
    }

    /// SHA-256 of one of its documents: of the whole file when the document is alone in it, else of the document's own text.
    pub(super) fn sha256_of(&self, part: &Part<'_>) -> String {
        if self.is_one_of_several(part) { verdict::sha256(part.value.raw().as_bytes()) } else { self.sha256.clone() }
    }
}
