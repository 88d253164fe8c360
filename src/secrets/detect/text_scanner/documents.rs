//! Documents inside texts: a text that is one as a whole, and those that a script contains.

use std::ops::Range;

use super::{At, DEEPEST, Text, TextScanner};
use crate::document::inner::Inner;
use crate::document::value::Value;
use crate::document::{Document, Kind};
use crate::secrets::detect::document_scanner::{self, DocumentScanner};
use crate::secrets::detect::key::KeyClass;
use crate::secrets::detect::keyword::{Hint, Hit, KEYWORDS};
use crate::secrets::detect::{embedded, heredoc, text};

/// The longest text that is parsed as a nested document, in bytes.
const LONGEST_NESTED: usize = 16 << 20;

/// The same for YAML, whose parser is slower.
const LONGEST_YAML: usize = 4 << 20;

/// The longest object in braces that is read as YAML when it is not JSON, in bytes.
const LONGEST_FLOW: usize = 64 << 10;

impl<'d> TextScanner<'_, 'd> {
    /// Scans the documents inside a script. Returns the parts of the text that they take up.
    pub(super) fn embedded_documents(&mut self, text: &Text<'_>, at: &At<'d>) -> Vec<Range<usize>> {
        let mut read = Vec::new();
        if text.hits.is_empty() || !text.content.contains(['{', '[', '<']) {
            return read;
        }
        for region in embedded::regions(text.content) {
            let from = text.hits.partition_point(|hit| hit.at.end <= region.span.start);
            if text.hits.get(from).is_none_or(|hit| hit.at.start >= region.span.end) {
                continue;
            }
            if at.depth >= DEEPEST {
                self.leave_unread("a document in it is nested more than six levels deep", false);
                return read;
            }
            if !self.spend(region.content.len()) {
                break;
            }
            let content = region.content.trim();
            let json = content.starts_with(['{', '[']).then(|| Document::json(content.to_owned()).ok()).flatten();
            let kind = if json.is_some() { "JSON" } else { "YAML" };
            let may_be_yaml = region.is_here_document && document_scanner::looks_like_yaml(content)
                || content.starts_with(['{', '[']) && content.len() <= LONGEST_FLOW;
            let is_json = json.is_some();
            let Some(document) = json.or_else(|| may_be_yaml.then(|| read_yaml(&region.content)).flatten()) else {
                continue;
            };
            // `{ export TOKEN=x; }` is YAML as well, with a key that has no value.
            let is_complete = is_json
                || region.is_here_document
                || document.root().elements().all(|root| root.entries().all(|(_, value)| value.kind() != Kind::Null));
            if !is_of_objects(document.root()) || !is_complete {
                continue;
            }
            let line = Inner::line(line_of(text.content, region.span.start));
            let here = At {
                inner: Some(at.inner.as_ref().map_or_else(|| line.clone(), |outer| outer.then(&line))),
                ..at.clone()
            };
            let within = here.within(kind);
            DocumentScanner::over(document.root(), &|_| at.place, Some((&within, text.name)), self);
            if !is_json {
                let Range { start, end } = region.span.clone();
                self.comments(&Text { content: text.content.get(start..end).unwrap_or_default(), ..*text }, &here);
            }
            read.push(region.span);
        }
        read
    }

    /// Scans a text that is a JSON or YAML document. Returns whether it is one.
    pub(super) fn nested(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        let content = text.content.trim();
        // A key may be written in escapes: `{"\u5bc6\u7801": "…"}`.
        let may_hold = !text.hits.is_empty() || content.contains("\\u");
        if !may_hold || content.len() < 8 {
            return false;
        }
        if at.depth >= DEEPEST || content.len() > LONGEST_NESTED {
            if content.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(content).is_ok() {
                self.leave_unread("a document in it is nested more than six levels deep, or larger than 16 MiB", false);
            }
            return false;
        }
        let is_json = content.starts_with(['{', '[']) && content.ends_with(['}', ']']);
        if is_json
            && !content.starts_with("{{")
            && self.spend(content.len())
            && let Ok(document) = Document::json(content.to_owned())
        {
            let at = at.within("JSON");
            DocumentScanner::over(document.root(), &|_| at.place, Some((&at, text.name)), self);
            return true;
        }
        if content.len() <= LONGEST_YAML && document_scanner::looks_like_yaml(content) && self.spend(content.len()) {
            let Some(document) = read_yaml(content) else { return false };
            let root = document.root();
            if !is_of_objects(root) {
                return false;
            }
            let within = at.within("YAML");
            DocumentScanner::over(root, &|_| at.place, Some((&within, text.name)), self);
            self.comments(text, at);
            return true;
        }
        false
    }

    /// Kubernetes Secrets written out in a script.
    pub(super) fn manifests(&mut self, text: &Text<'_>, hits: &[Hit], at: &At<'d>) -> bool {
        let mut done = 0;
        for hit in hits.iter().filter(|hit| hit.hint == Hint::Manifest) {
            if hit.at.start < done || at.depth >= DEEPEST {
                continue;
            }
            let span = heredoc::around(text.content, &hit.at);
            done = span.end;
            let block = text.content.get(span).unwrap_or_default();
            if !self.spend(block.len()) {
                break;
            }
            let read = [false, true]
                .into_iter()
                .find_map(|is_loose| crate::document::Document::yaml(&heredoc::written(block, is_loose)).ok());
            let Some(document) = read else { continue };
            let within = at.within("YAML");
            DocumentScanner::over(document.root(), &|_| at.place, Some((&within, text.name)), self);
        }
        // The rest of the script is scanned as well.
        false
    }

    /// Scans the comments of a YAML text.
    fn comments(&mut self, text: &Text<'_>, at: &At<'d>) {
        if !text.content.contains('#') {
            return;
        }
        for (n, line) in text.content.lines().enumerate() {
            let comment = match line.trim_start() {
                trimmed if trimmed.starts_with('#') => trimmed,
                _ => match line.find(" #") {
                    Some(from) => line.get(from + 1..).unwrap_or_default(),
                    None => continue,
                },
            };
            let hits: Vec<Hit> = KEYWORDS.hits(comment).collect();
            for inside in text::scan(comment, &hits, "", KeyClass::Plain) {
                self.inside(
                    &Text {
                        content: comment,
                        hits: &hits,
                        name: "",
                        class: KeyClass::Plain,
                        may_be_base64: false,
                        is_git_secret: false,
                    },
                    inside,
                    n + 1,
                    at,
                );
            }
        }
    }
}

/// The line of a position, counted from one.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.get(..at).map_or(0, |before| memchr::memchr_iter(b'\n', before.as_bytes()).count())
}

/// A YAML document. Tabs are invalid as indentation, but occur in practice.
fn read_yaml(content: &str) -> Option<Document> {
    Document::yaml(content)
        .or_else(
            |error| {
                if content.contains("\n\t") { Document::yaml(&content.replace('\t', "  ")) } else { Err(error) }
            },
        )
        .ok()
}

/// Whether a document is more than a list of plain texts. YAML is read as a list of documents.
fn is_of_objects(root: Value<'_>) -> bool {
    root.is_object()
        || root.elements().next().is_some_and(|first| first.is_object() || first.elements().next().is_some())
}
