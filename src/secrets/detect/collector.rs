//! What was found, each secret once under its name, with every place it stands in.

use std::collections::{HashMap, HashSet};

use super::LiteralSecret;
use super::text_scanner::At;
use crate::base::secret::Secret;
use crate::document::inner::Inner;
use crate::meta::Confidence;

/// A secret that has just been found.
pub(super) struct Found<'t> {
    pub(super) text: &'t str,
    pub(super) detector: &'static str,
    /// What it is: names only.
    pub(super) what: String,
    pub(super) confidence: Confidence,
    /// Where inside its text it stands.
    pub(super) inner: Option<Inner>,
}

/// Secrets, none twice.
#[derive(Default)]
pub(super) struct Collector<'d> {
    kept: Vec<LiteralSecret<'d>>,
    /// Where a secret under a name stands already: its index, and whether that is a result.
    seen: HashMap<(String, String), (usize, bool)>,
    /// What has been told of each place, by its row.
    told: HashMap<u32, Told>,
}

impl<'d> Collector<'d> {
    /// Whether `text` has been told of the place at `row`, or is a part of what has.
    pub(super) fn has_told(&self, row: u32, text: &str) -> bool {
        self.told.get(&row).is_some_and(|told| told.has(text, &self.kept))
    }

    /// Keeps `found`, which stands at `at`: as a place more of what is known, or as something new.
    pub(super) fn keep(&mut self, found: Found<'_>, at: &At<'d>, stage: Option<usize>) {
        let key = (found.what, found.text.to_owned());
        let told = self.told.entry(at.place.row()).or_default();
        if let Some((n, was_result)) = self.seen.get_mut(&key) {
            told.add(found.text, *n);
            let Some(known) = self.kept.get_mut(*n).filter(|known| known.place.row() != at.place.row()) else { return };
            if *was_result && !at.is_result {
                // What somebody wrote is the place to mend; what came of it is the copy.
                known.related.push(std::mem::replace(&mut known.place, at.place));
                *was_result = false;
            } else {
                known.related.push(at.place);
            }
            return;
        }
        let n = self.kept.len();
        told.add(found.text, n);
        self.kept.push(LiteralSecret {
            place: at.place,
            inner: joined(at.inner.as_ref(), found.inner),
            route: at.route,
            detector: found.detector,
            what: key.0.clone(),
            length: found.text.chars().count(),
            confidence: found.confidence,
            related: Vec::new(),
            stage,
            text: Secret::new(key.1.clone()),
        });
        self.seen.insert(key, (n, at.is_result));
    }

    /// Everything that was kept, in the order it was met.
    pub(super) fn into_kept(self) -> Vec<LiteralSecret<'d>> {
        self.kept
    }
}

/// A place inside a place.
fn joined(outer: Option<&Inner>, inner: Option<Inner>) -> Option<Inner> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(outer.then(&inner)),
        (outer, inner) => inner.or_else(|| outer.cloned()),
    }
}

/// What has been told of one place.
#[derive(Default)]
struct Told {
    texts: HashSet<String>,
    /// The last few secrets, whose texts another may be part of.
    last: Vec<usize>,
}

impl Told {
    /// How many are kept: one secret is told by neighbours only.
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
