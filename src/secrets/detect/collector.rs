//! The secrets found so far: each once under its name, with every place it occurs.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::LiteralSecret;
use super::decide::{Because, Judgement};
use super::text_scanner::At;
use crate::base::secret::Secret;
use crate::document::inner::Inner;
use crate::meta::Confidence;

/// What a found secret is, for messages: names only, never the value.
#[derive(Clone)]
pub(super) struct What {
    /// `the value of DB_PASSWORD`.
    pub(super) text: String,
    /// The name of the key, variable or option that holds the value, where that is known.
    pub(super) key: Option<String>,
}

impl From<String> for What {
    fn from(text: String) -> Self {
        Self { text, key: None }
    }
}

impl From<&str> for What {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl What {
    /// The same, held by `key` where no other is known.
    pub(super) fn held_by(self, key: &str) -> Self {
        let key = self.key.or_else(|| (!key.is_empty()).then(|| key.to_owned()));
        Self { key, ..self }
    }
}

/// A newly found secret.
pub(super) struct Found<'t> {
    pub(super) text: &'t str,
    pub(super) detector: Cow<'static, str>,
    pub(super) what: What,
    pub(super) confidence: Confidence,
    /// Why a decision found it; empty where its form alone did.
    pub(super) because: Because,
    /// The position inside its text.
    pub(super) inner: Option<Inner>,
    /// The line of its text that holds it; empty where that is the whole text.
    pub(super) line: &'t str,
    /// A rule of the policy found it.
    pub(super) is_by_own_rule: bool,
}

impl<'t> Found<'t> {
    /// A secret that is known by its place or its form.
    pub(super) fn new(
        text: &'t str,
        detector: impl Into<Cow<'static, str>>,
        what: impl Into<What>,
        confidence: Confidence,
    ) -> Self {
        Self {
            text,
            detector: detector.into(),
            what: what.into(),
            confidence,
            because: Because::default(),
            inner: None,
            line: "",
            is_by_own_rule: false,
        }
    }

    /// A secret that was decided.
    pub(super) fn judged(
        text: &'t str,
        detector: impl Into<Cow<'static, str>>,
        what: impl Into<What>,
        judgement: Judgement,
    ) -> Self {
        Self { because: judgement.because, ..Self::new(text, detector, what, judgement.confidence) }
    }
}

/// Secrets without duplicates.
#[derive(Default)]
pub(super) struct Collector<'d> {
    kept: Vec<LiteralSecret<'d>>,
    /// By description and value: the index of the secret, and whether its place is a result of running.
    seen: HashMap<(String, String), (usize, bool)>,
    /// The secrets reported for each value of the document, by its row.
    reported: HashMap<u32, Reported>,
}

impl<'d> Collector<'d> {
    /// Whether `text`, or a text that contains it or is contained in it, has been reported for the value at `row`.
    pub(super) fn has_reported(&self, row: u32, text: &str) -> bool {
        self.reported.get(&row).is_some_and(|reported| reported.has(text, &self.kept))
    }

    /// Keeps `found` at `at`: as one more place of a known secret, or as a new one.
    pub(super) fn keep(&mut self, found: Found<'_>, at: &At<'d>, stage: Option<usize>) {
        let What { text: what, key: holder } = found.what;
        let key = (what, found.text.to_owned());
        let reported = self.reported.entry(at.place.row()).or_default();
        if let Some((n, was_result)) = self.seen.get_mut(&key) {
            reported.add(found.text, *n);
            let Some(known) = self.kept.get_mut(*n).filter(|known| known.place.row() != at.place.row()) else { return };
            // No one name holds a value that stands under several.
            known.key = known.key.take().filter(|known| holder.as_ref() == Some(known));
            if *was_result && !at.is_result {
                // The authored value is the place to fix; the result of running is a copy.
                known.related.push(std::mem::replace(&mut known.place, at.place));
                *was_result = false;
            } else {
                known.related.push(at.place);
            }
            return;
        }
        let n = self.kept.len();
        reported.add(found.text, n);
        self.kept.push(LiteralSecret {
            place: at.place,
            inner: joined(at.inner.as_ref(), found.inner),
            route: at.route,
            detector: found.detector,
            is_by_own_rule: found.is_by_own_rule,
            what: key.0.clone(),
            key: holder,
            length: found.text.chars().count(),
            confidence: found.confidence,
            because: found.because,
            related: Vec::new(),
            stage,
            text: Secret::new(key.1.clone()),
        });
        self.seen.insert(key, (n, at.is_result));
    }

    /// The secrets, in the order they were found.
    pub(super) fn into_kept(self) -> Vec<LiteralSecret<'d>> {
        self.kept
    }
}

/// A position inside a position.
fn joined(outer: Option<&Inner>, inner: Option<Inner>) -> Option<Inner> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(outer.then(&inner)),
        (outer, inner) => inner.or_else(|| outer.cloned()),
    }
}

/// The secrets reported for one value.
#[derive(Default)]
struct Reported {
    texts: HashSet<String>,
    /// The last few secrets: a later text may be part of one of them.
    last: Vec<usize>,
}

impl Reported {
    /// How many are kept: overlapping texts are found one right after another.
    const KEPT: usize = 16;

    fn has(&self, text: &str, kept: &[LiteralSecret<'_>]) -> bool {
        let overlaps = |known: &str| known.contains(text) || (known.len() >= 8 && text.contains(known));
        let neighbours = self.last.iter().filter_map(|n| kept.get(*n));
        self.texts.contains(text) || neighbours.into_iter().any(|literal| overlaps(literal.text.expose()))
    }

    fn add(&mut self, text: &str, secret: usize) {
        self.texts.insert(text.to_owned());
        if self.last.len() == Self::KEPT {
            self.last.remove(0);
        }
        self.last.push(secret);
    }
}
