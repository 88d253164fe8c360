//! A run in short: totals, the documents that did not pass, and findings that are alike as one group. It keeps what a page of text needs,
//! so that its size depends on the kinds of findings and not on their number.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::base::sanitize::sanitize;
use crate::document::excerpt::Excerpt;
use crate::meta::{Meta, Mode, Severity};
use crate::report::common::{LONGEST, Level, next_step, path, pointer, shown_waiver, stage, subject};
use crate::verdict::{CheckOutcome, CheckRecord, FindingRecord, Outcome, Places, Verdict};

/// The most places that a group keeps besides its first.
const MOST_PLACES: usize = 20;

/// The most groups. What comes later is counted with the group of its check.
const MOST_GROUPS: usize = 2_000;

/// Everything that was judged, in short.
#[derive(Default)]
pub struct Digest {
    /// Every place of a group is kept, not some, and every document that passed.
    keeps_all_places: bool,
    pub documents: usize,
    pub passed: usize,
    pub failed: usize,
    pub inconclusive: usize,
    pub canceled: usize,
    /// Documents that passed, where they are kept.
    pub green: Vec<String>,
    /// Documents that did not pass.
    pub red: Vec<DocumentDigest>,
    /// Findings that are alike.
    pub groups: Vec<Group>,
    known: HashMap<String, usize>,
    /// Findings by severity.
    pub severities: BTreeMap<Severity, usize>,
    /// Findings that fail the release.
    pub enforced: usize,
    pub waived: usize,
    /// Findings by check.
    pub checks: BTreeMap<String, usize>,
    /// Enforced findings by application.
    pub applications: BTreeMap<String, usize>,
    /// Where changes happen, in all documents.
    pub places: Places,
    /// Why checks came to no result.
    pub open: Vec<Reason>,
    /// Why checks were skipped.
    pub skipped: Vec<Reason>,
    /// Why checks did not apply.
    pub not_applicable: Vec<Reason>,
}

/// A document that did not pass.
pub struct DocumentDigest {
    pub file: String,
    pub subject: String,
    pub outcome: Outcome,
    /// Findings by severity, enforced ones only, the worst first.
    pub weight: [usize; 5],
    /// Why it is not judged.
    pub unjudged: Option<String>,
    pub next: String,
}

/// Findings of one check that are fixed in the same way.
pub struct Group {
    pub meta: Arc<Meta>,
    pub severity: Severity,
    pub level: Level,
    /// The first place, and some of the others.
    pub places: Vec<PlaceDigest>,
    pub count: usize,
}

/// Where a finding is.
#[derive(Clone)]
pub struct PlaceDigest {
    pub file: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub pointer: String,
    pub stage: Option<String>,
    pub message: String,
    pub remedy: String,
    pub source: Option<Box<Excerpt>>,
    /// Type and size of the value, where there is no source line.
    pub value: String,
    /// Where else it is.
    pub notes: Vec<(&'static str, String)>,
    /// Why the policy lets it be.
    pub allowed_by: Option<String>,
}

impl PlaceDigest {
    fn of(finding: &FindingRecord, verdict: &Verdict) -> Self {
        Self {
            file: path(verdict),
            line: finding.line,
            column: finding.column,
            pointer: sanitize(&pointer(finding), LONGEST),
            stage: stage(finding).map(|stage| sanitize(&stage, LONGEST)),
            message: sanitize(&finding.message, LONGEST),
            remedy: sanitize(&finding.remedy, 4 * LONGEST),
            source: finding.source.clone(),
            value: sanitize(&finding.excerpt, LONGEST),
            notes: notes(finding),
            allowed_by: finding.waiver.as_ref().map(|waiver| sanitize(&shown_waiver(waiver), 4 * LONGEST)),
        }
    }

    /// `FILE:LINE:COLUMN`, or the file alone.
    pub fn long(&self) -> String {
        self.column.map_or_else(|| self.short(), |column| format!("{}:{column}", self.short()))
    }

    /// `FILE:LINE`, or the file alone.
    pub fn short(&self) -> String {
        self.line.map_or_else(|| self.file.clone(), |line| format!("{}:{line}", self.file))
    }
}

/// A reason, the checks that give it, and in how many documents.
pub struct Reason {
    pub why: String,
    /// What reasons that are alike share.
    shape: String,
    pub checks: Vec<String>,
    pub mode: Mode,
    pub documents: usize,
    /// The first file.
    pub file: String,
}

impl Digest {
    /// An empty digest, which keeps every place where `all_places` says so.
    pub fn keeping(all_places: bool) -> Self {
        Self { keeps_all_places: all_places, ..Self::default() }
    }

    /// Adds a verdict.
    pub fn add(&mut self, verdict: &Verdict) {
        self.documents += 1;
        match verdict.outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Inconclusive => self.inconclusive += 1,
            Outcome::Canceled => self.canceled += 1,
        }
        for finding in &verdict.findings {
            self.finding(finding, verdict);
        }
        if verdict.outcome != Outcome::Passed {
            self.red.push(document(verdict));
        } else if self.keeps_all_places {
            self.green.push(format!("{} ({})", path(verdict), subject(verdict)));
        }
        self.places.add(&verdict.places);
        if verdict.unjudged.is_none() {
            self.reasons(verdict);
        }
    }

    /// The worst first: documents by their enforced findings, groups by level, severity and the rank of their document.
    pub fn sort(&mut self) {
        self.red.sort_by(|a, b| {
            b.outcome.cmp(&a.outcome).then_with(|| b.weight.cmp(&a.weight)).then_with(|| a.file.cmp(&b.file))
        });
        let rank: HashMap<&str, usize> =
            self.red.iter().enumerate().map(|(n, document)| (document.file.as_str(), n)).rev().collect();
        let rank_of = |group: &Group| {
            let file = group.places.first().map_or("", |place| &place.file);
            (rank.get(file).copied().unwrap_or(usize::MAX), file.to_owned())
        };
        self.groups.sort_by_cached_key(|group| {
            (
                std::cmp::Reverse(group.level),
                std::cmp::Reverse(group.severity),
                rank_of(group),
                group.meta.id.to_string(),
                group.places.first().map(|place| place.message.clone()),
            )
        });
    }

    /// The applications with the most enforced findings.
    pub fn worst_applications(&self, most: usize) -> Vec<(&str, usize)> {
        let mut all: Vec<(&str, usize)> = self.applications.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        all.truncate(most);
        all
    }

    /// Why checks did not apply: reason, how many checks, in how many documents at most.
    pub fn not_applicable_by_reason(&self) -> Vec<(&str, usize, usize)> {
        let mut all: Vec<(&str, usize, usize)> = Vec::new();
        // Checks of each mode are counted apart.
        for reason in &self.not_applicable {
            match all.iter_mut().find(|(why, ..)| *why == reason.why) {
                Some((_, checks, documents)) => {
                    *checks += reason.checks.len();
                    *documents = reason.documents.max(*documents);
                }
                None => all.push((&reason.why, reason.checks.len(), reason.documents)),
            }
        }
        all
    }

    fn finding(&mut self, finding: &FindingRecord, verdict: &Verdict) {
        let level = Level::of(finding);
        if finding.waiver.is_none() {
            *self.severities.entry(finding.severity).or_insert(0) += 1;
            *self.checks.entry(finding.meta.id.to_string()).or_insert(0) += 1;
        }
        if level == Level::Error {
            self.enforced += 1;
            if let Some(application) = &verdict.subject.application {
                *self.applications.entry(sanitize(application, 100)).or_insert(0) += 1;
            }
        }
        self.waived += usize::from(finding.waiver.is_some());
        let is_full = self.groups.len() >= MOST_GROUPS;
        let shape = if is_full { String::new() } else { shape(&finding.remedy) };
        let waiver = finding.waiver.as_ref().map_or("", |waiver| &waiver.from);
        let key = format!("{}\0{}\0{}\0{waiver}\0{shape}", finding.meta.id, level.word(), finding.severity.word());
        if let Some(group) = self.known.get(&key).and_then(|&at| self.groups.get_mut(at)) {
            group.count += 1;
            if self.keeps_all_places || group.places.len() <= MOST_PLACES {
                group.places.push(PlaceDigest::of(finding, verdict));
            }
            return;
        }
        self.known.insert(key, self.groups.len());
        self.groups.push(Group {
            meta: Arc::clone(&finding.meta),
            severity: finding.severity,
            level,
            places: vec![PlaceDigest::of(finding, verdict)],
            count: 1,
        });
    }

    fn reasons(&mut self, verdict: &Verdict) {
        let of = |check: &CheckRecord| match check.outcome {
            CheckOutcome::Inconclusive => Some(Came::Open),
            CheckOutcome::NotApplicable => Some(Came::NotApplicable),
            _ => check.skipped.as_ref().map(|_| Came::Skipped),
        };
        // Once for each document, however many checks give it.
        let mut counted: Vec<(Came, String, Mode)> = Vec::new();
        for (check, came) in verdict.checks.iter().filter_map(|check| Some((check, of(check)?))) {
            let reason = check.reason.as_deref().or(check.skipped.as_deref()).unwrap_or("no reason was given");
            let why = sanitize(reason, 4 * LONGEST);
            let list = match came {
                Came::Open => &mut self.open,
                Came::Skipped => &mut self.skipped,
                Came::NotApplicable => &mut self.not_applicable,
            };
            let alike = shape(&why);
            let at = list.iter().position(|known| known.shape == alike && known.mode == check.mode);
            let at = at.unwrap_or_else(|| {
                let file = path(verdict);
                list.push(Reason {
                    why: why.clone(),
                    shape: alike,
                    checks: Vec::new(),
                    mode: check.mode,
                    documents: 0,
                    file,
                });
                list.len() - 1
            });
            let Some(known) = list.get_mut(at) else { continue };
            if !known.checks.iter().any(|id| *id == check.meta.id) {
                known.checks.push(check.meta.id.to_string());
            }
            let here = (came, known.shape.clone(), check.mode);
            if !counted.contains(&here) {
                known.documents += 1;
                counted.push(here);
            }
            list.truncate(MOST_GROUPS);
        }
    }
}

/// How a check came to no result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    Open,
    Skipped,
    NotApplicable,
}

/// What is said about a finding beside its place.
fn notes(finding: &FindingRecord) -> Vec<(&'static str, String)> {
    let elsewhere = finding.elsewhere.iter().map(|one| ("found in", format!("{} at {}", one.document, one.pointer)));
    let related = finding.related.iter().map(|related| ("also at", related.clone()));
    elsewhere.chain(related).map(|(what, text)| (what, sanitize(&text, 4 * LONGEST))).collect()
}

fn document(verdict: &Verdict) -> DocumentDigest {
    let errors = verdict.findings.iter().filter(|finding| Level::of(finding) == Level::Error);
    let mut weight = [0; 5];
    for finding in errors {
        let at = match finding.severity {
            Severity::Critical => 0,
            Severity::High => 1,
            Severity::Medium => 2,
            Severity::Low => 3,
            Severity::Info => 4,
        };
        if let Some(count) = weight.get_mut(at) {
            *count += 1;
        }
    }
    DocumentDigest {
        file: path(verdict),
        subject: subject(verdict),
        outcome: verdict.outcome,
        weight,
        unjudged: verdict.unjudged.as_deref().map(|why| sanitize(why, 4 * LONGEST)),
        next: next_step(verdict),
    }
}

impl DocumentDigest {
    /// Its enforced findings by severity: `2 critical, 1 low`.
    pub fn counts(&self) -> String {
        let words = ["critical", "high", "medium", "low", "info"];
        let counts = self.weight.iter().zip(words).filter(|(n, _)| **n > 0);
        counts.map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
    }
}

/// A remedy or a reason without the names and numbers in it: what has the same shape is alike.
fn shape(message: &str) -> String {
    let mut shape = String::with_capacity(message.len());
    for (n, part) in message.split('"').enumerate() {
        if n % 2 == 0 {
            shape.extend(part.chars().filter(|character| !character.is_ascii_digit()));
        } else {
            shape.push('"');
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{finding, verdict};

    #[test]
    fn findings_that_differ_in_names_and_numbers_are_alike() {
        let mut digest = Digest::default();
        let mut one = verdict(Outcome::Failed, 0);
        let fixed = |remedy: &'static str| FindingRecord { remedy: remedy.into(), ..finding() };
        one.findings =
            vec![fixed("close the 2 doors of \"a\""), fixed("close the 10 doors of \"b\""), fixed("call \"a\"")];
        digest.add(&one);
        digest.sort();
        let groups: Vec<_> = digest.groups.iter().map(|group| (group.places[0].remedy.as_str(), group.count)).collect();
        assert_eq!(groups, [("close the 2 doors of \"a\"", 2), ("call \"a\"", 1)]);
        assert_eq!((digest.enforced, digest.checks["root-container"]), (3, 3));
    }

    #[test]
    fn the_worst_document_is_first() {
        let mut digest = Digest::default();
        for (name, outcome, critical) in [
            ("a", Outcome::Inconclusive, 0),
            ("b", Outcome::Failed, 1),
            ("c", Outcome::Failed, 2),
            ("d", Outcome::Passed, 0),
        ] {
            let mut one = verdict(outcome, critical);
            one.subject.file = Some(name.into());
            for finding in &mut one.findings {
                finding.severity = Severity::Critical;
            }
            digest.add(&one);
        }
        digest.sort();
        let names: Vec<_> = digest.red.iter().map(|document| (document.file.as_str(), document.counts())).collect();
        assert_eq!(names, [("c", "2 critical".into()), ("b", "1 critical".into()), ("a", String::new())]);
    }

    /// A million findings of one kind need the memory of a few.
    #[test]
    fn a_group_keeps_few_places() {
        let mut digest = Digest::default();
        let one = verdict(Outcome::Failed, 10_000);
        digest.add(&one);
        assert_eq!((digest.groups.len(), digest.groups[0].count), (1, 10_000));
        assert!(digest.groups[0].places.len() <= MOST_PLACES + 1);
    }
}
