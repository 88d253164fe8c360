//! Where resolved secret values occur in documents and logs. Pure.

use std::collections::BTreeMap;

use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::document::value::Value;
use crate::meta::Confidence;
use crate::secrets::detect::is_benign;
use crate::secrets::redact::{Form, Match, SecretMatcher};
use crate::secrets::reference::VaultReference;

/// A value shorter than this, in bytes, is not searched for: it occurs by chance.
pub const SHORTEST: usize = 6;

/// A value shorter than this, in bytes, counts only as a separate word.
const SHORT: usize = 8;

/// A reference and the value it resolved to.
#[derive(Clone)]
pub struct Resolved {
    /// The reference as written in the document.
    pub reference: String,
    /// The path and field it points to, for messages.
    pub shown: String,
    /// The confidence of a finding where the value occurs.
    pub confidence: Confidence,
    value: Secret,
}

impl Resolved {
    /// The `value` of `reference`, written as `text`.
    pub fn new(text: &str, reference: &VaultReference, value: Secret) -> Self {
        let confidence = match value.expose().trim() {
            value if is_benign(reference.field.as_deref().unwrap_or_default(), value) => Confidence::Low,
            value if value.len() < SHORT => Confidence::Medium,
            _ => Confidence::High,
        };
        Self { reference: text.to_owned(), shown: reference.shown(), confidence, value }
    }
}

/// A value in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InLog {
    /// Which value: index in [`Leaks::values`].
    pub value: usize,
    /// The log's name.
    pub log: String,
    /// The first line that contains it, counted from one.
    pub line: usize,
    pub form: Form,
    /// The number of occurrences.
    pub count: usize,
}

/// A value in a document.
pub struct InDocument<'d> {
    /// Which value: index in [`Leaks::values`].
    pub value: usize,
    pub place: Value<'d>,
    pub form: Form,
}

/// The values to search for, and their occurrences in logs.
#[derive(Default)]
pub struct Leaks {
    values: Vec<Resolved>,
    known: SecretMatcher,
    in_logs: Vec<InLog>,
}

impl Leaks {
    /// Searches for `values`, each once, however many references resolve to it.
    pub fn of(values: impl IntoIterator<Item = Resolved>) -> Self {
        let mut each: BTreeMap<String, Resolved> = BTreeMap::new();
        for resolved in values {
            let text = resolved.value.expose().to_owned();
            match each.get_mut(&text) {
                // The higher confidence of two fields decides.
                Some(known) if known.confidence >= resolved.confidence => {}
                _ => drop(each.insert(text, resolved)),
            }
        }
        let mut values: Vec<Resolved> = each.into_values().collect();
        values.sort_by(|one, other| one.reference.cmp(&other.reference));
        let known = SecretMatcher::of(values.iter().map(|resolved| &resolved.value), SHORTEST);
        Self { values, known, in_logs: Vec::new() }
    }

    /// The same for the values of several documents, with the logs given next to them.
    pub fn together<'a>(all: impl IntoIterator<Item = &'a Leaks>, logs: &[(String, Vec<u8>)]) -> Self {
        let mut leaks = Self::of(all.into_iter().flat_map(|leaks| leaks.values.iter().cloned()));
        leaks.in_logs = logs.iter().flat_map(|(name, text)| leaks.search(name, text)).collect();
        leaks
    }

    /// The values that are searched for.
    pub fn values(&self) -> &[Resolved] {
        &self.values
    }

    /// The occurrences in logs.
    pub fn in_logs(&self) -> &[InLog] {
        &self.in_logs
    }

    fn search(&self, name: &str, text: &[u8]) -> Vec<InLog> {
        let mut found: BTreeMap<usize, InLog> = BTreeMap::new();
        let (mut line, mut counted) = (1, 0);
        let mut hits = self.known.find(text);
        hits.retain(|hit| self.counts(hit, text));
        hits.sort_unstable();
        for hit in hits {
            line += memchr::memchr_iter(b'\n', text.get(counted..hit.start).unwrap_or_default()).count();
            counted = counted.max(hit.start);
            let new = InLog { value: hit.value, log: sanitize(name, 200), line, form: hit.form, count: 0 };
            found.entry(hit.value).or_insert(new).count += 1;
        }
        found.into_values().collect()
    }

    /// Every value and key of `root` that contains one of the secret values, in document order, once for each.
    pub fn in_document<'d>(&self, root: Value<'d>) -> Vec<InDocument<'d>> {
        if self.known.is_empty() {
            return Vec::new();
        }
        let mut found: BTreeMap<(u32, usize), InDocument<'d>> = BTreeMap::new();
        let mut add = |place: Value<'d>, value: usize, form: Form| {
            let new = InDocument { value, place, form };
            let known = found.entry((place.row(), value)).or_insert(new);
            known.form = known.form.min(form);
        };
        let raw = root.raw().as_bytes();
        for hit in self.known.find(raw) {
            if self.counts(&hit, raw) {
                add(root.at_offset(root.start() + hit.start), hit.value, hit.form);
            }
        }
        // Escapes are the author's choice: a string with escapes is also searched in decoded form.
        for place in root.descendants().filter(|place| place.is_escaped()) {
            let Some(text) = place.as_str() else { continue };
            for hit in self.known.find(text.as_bytes()) {
                if self.counts(&hit, text.as_bytes()) {
                    add(place, hit.value, hit.form);
                }
            }
        }
        found.into_values().collect()
    }

    /// Whether a match counts: a short value, or a short part of one, only as a separate word.
    fn counts(&self, hit: &Match, text: &[u8]) -> bool {
        let value = self.values.get(hit.value).map_or(0, |resolved| resolved.value.expose().trim().len());
        let is_short = value < SHORT || (hit.form == Form::Part && hit.end - hit.start < SHORT);
        let is_word = |at: Option<usize>| {
            at.and_then(|at| text.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        !is_short || !(is_word(hit.start.checked_sub(1)) || is_word(Some(hit.end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn resolved(field: &str, value: &str) -> Resolved {
        let reference = VaultReference::plain("kv/shop", field);
        Resolved::new(&format!("vault:kv/shop#{field}"), &reference, Secret::new(value.into()))
    }

    fn pointers(leaks: &Leaks, text: &str) -> Vec<String> {
        let document = Document::json(text.to_owned()).unwrap();
        let root = document.root();
        leaks.in_document(root).iter().map(|found| found.place.pointer_from(root).to_string()).collect()
    }

    #[test]
    fn a_value_is_found_however_the_document_escapes_it() {
        let leaks = Leaks::of([resolved("password", "a\"b/c\\d€fgh")]);
        for text in [
            r#"{"x": {"k": "x a\"b/c\\d€fgh y"}}"#,
            r#"{"x": {"k": "\u0061\u0022b\/c\\d\u20acfgh"}}"#,
            r#"{"x": {"k": "{\"deep\": \"a\\\"b/c\\\\d€fgh\"}"}}"#,
        ] {
            assert_eq!(pointers(&leaks, text), ["/x/k"], "{text}");
        }
        assert_eq!(pointers(&leaks, r#"{"x": {"a\"b/c\\d€fgh": 1}}"#), ["/x/a\"b~1c\\d€fgh"]);
    }

    #[test]
    fn how_sure_it_is_depends_on_what_the_value_and_its_field_are() {
        for (field, value, confidence) in [
            ("password", "correct-horse-battery", Confidence::High),
            ("password", "hunter2", Confidence::Medium),
            ("password", "changeme", Confidence::Low),
            ("username", "checkout-service", Confidence::Low),
            ("host", "db.shop.svc", Confidence::Low),
            ("url", "postgres://app:hunter2@db/shop", Confidence::High),
            ("url", "https://shop.example.com/a@b:c", Confidence::Low),
            ("k", "xK29-fuQ8s.77aLm", Confidence::High),
        ] {
            assert_eq!(resolved(field, value).confidence, confidence, "{field} {value}");
        }
    }

    #[test]
    fn a_short_value_is_found_as_a_word_and_a_very_short_one_not_at_all() {
        let leaks = Leaks::of([resolved("password", "hunter2"), resolved("pin", "4711")]);
        assert_eq!(pointers(&leaks, r#"["a hunter2.", "ahunter2", "hunter21", "x\nhunter2", "4711"]"#), ["/0", "/3"]);
    }

    #[test]
    fn logs_are_reported_by_line() {
        let leaks = Leaks::of([resolved("password", "s3cret-Value")]);
        let log = b"one\ntwo s3cret-Value\nthree czNjcmV0LVZhbHVl\n".to_vec();
        let together = Leaks::together([&leaks], &[("build.log".into(), log)]);
        assert_eq!(
            together.in_logs(),
            [InLog { value: 0, log: "build.log".into(), line: 2, form: Form::Plain, count: 2 }]
        );
    }
}
