//! Scans texts and collects the secrets in them: each once, with every place it occurs.

mod documents;
mod own_rules;

use std::ops::Range;

use super::collector::{Collector, Found, What};
use super::decide::{self, Candidate, How};
use super::decode::{self, Decoded};
use super::document_scanner::{self, DocumentScanner};
use super::key::KeyClass;
use super::keyword::{Hint, Hit, KEYWORDS};
use super::own;
use super::text::{self, Inside};
use super::weak;
use super::{CustomRules, DetectedSecrets, ReferencePlace, Route, Unread};
use crate::base::sanitize::sanitize;
use crate::document::inner::Inner;
use crate::document::value::Value;
use crate::meta::Confidence;
use crate::secrets::reference::{Recognised, recognise};

/// The depth to which texts inside texts are scanned: JSON in YAML in base64 in gzip, and one more.
const DEEPEST: usize = 6;

/// Bytes that may be decoded in one document, beyond twice its own size.
const ALLOWANCE: usize = 64 << 20;

/// Base64 texts inside one text that are decoded.
const MOST_EMBEDDED: usize = 2000;

/// The position of a text.
#[derive(Clone)]
pub(super) struct At<'d> {
    /// The value of the judged document that contains it.
    pub(super) place: Value<'d>,
    /// The position inside that value; `None` for the whole value.
    pub(super) inner: Option<Inner>,
    /// How many texts enclose it.
    pub(super) depth: usize,
    pub(super) route: Route,
    /// A result of running, not authored.
    pub(super) is_result: bool,
    /// The value of an environment variable of a container.
    pub(super) is_variable: bool,
}

impl At<'_> {
    fn within(&self, what: &str) -> Self {
        let step = Inner::step(what);
        let inner = self.inner.as_ref().map_or_else(|| step.clone(), |outer| outer.then(&step));
        Self { inner: Some(inner), depth: self.depth + 1, ..self.clone() }
    }

    fn encoded(&self, what: &str) -> Self {
        let route = if self.route == Route::Plain { Route::Encoded } else { self.route };
        Self { route, ..self.within(what) }
    }
}

/// A text with its key.
pub(super) struct Text<'t> {
    pub(super) content: &'t str,
    pub(super) hits: &'t [Hit],
    /// Its name, by key or label; empty when it has none.
    pub(super) name: &'t str,
    pub(super) class: KeyClass,
    /// It may be base64 as a whole.
    pub(super) may_be_base64: bool,
    /// The secret of a git webhook, whatever it looks like.
    pub(super) is_git_secret: bool,
}

/// The scanner of texts, with everything found so far.
pub(super) struct TextScanner<'o, 'd> {
    custom: &'o CustomRules,
    found: DetectedSecrets<'d>,
    /// Stages: rows from and to, and index.
    stages: Vec<(u32, u32, usize)>,
    literals: Collector<'d>,
    /// Values of Kubernetes Secrets.
    payloads: Collector<'d>,
    /// Bytes that may still be decoded.
    budget: usize,
}

/// Scans every text inside `root`. `stages` are the stages in it, in document order, so that a finding can name its stage by index.
pub(super) fn find<'d>(
    root: Value<'d>,
    stages: impl IntoIterator<Item = Value<'d>>,
    custom: &CustomRules,
) -> DetectedSecrets<'d> {
    let mut text_scanner = TextScanner {
        custom,
        found: DetectedSecrets::default(),
        stages: stages.into_iter().enumerate().map(|(n, stage)| (stage.row(), stage.end_row(), n)).collect(),
        literals: Collector::default(),
        payloads: Collector::default(),
        budget: root.raw().len().saturating_mul(2).saturating_add(ALLOWANCE),
    };
    DocumentScanner::over(root, &|value| value, None, &mut text_scanner);
    text_scanner.found.literals = text_scanner.literals.into_kept();
    text_scanner.found.kubernetes = text_scanner.payloads.into_kept();
    text_scanner.found
}

impl<'d> TextScanner<'_, 'd> {
    /// Whether every text must be scanned, even without keywords: custom patterns have none.
    pub(super) fn wants_all(&self) -> bool {
        !self.custom.patterns.is_empty() || !self.custom.own.is_empty()
    }

    fn stage_of(&self, row: u32) -> Option<usize> {
        let at = self.stages.partition_point(|(from, _, _)| *from <= row).checked_sub(1)?;
        self.stages.get(at).filter(|(_, to, _)| row < *to).map(|(_, _, index)| *index)
    }

    /// Scans a text. Returns whether anything was found.
    pub(super) fn look(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        if self.reference(text, at) || self.nested(text, at) {
            return true;
        }
        let is_by_own = self.own_rules(text, at);
        let read = self.embedded_documents(text, at);
        let own_hits: Vec<Hit>;
        let hits = if read.is_empty() {
            text.hits
        } else {
            own_hits = text.hits.iter().filter(|hit| !is_inside(&read, hit.at.start)).cloned().collect();
            own_hits.as_slice()
        };
        let mut any = is_by_own | self.manifests(text, hits, at);
        let (mut line, mut counted) = (1, 0);
        for inside in text::scan(text.content, hits, text.name, text.class) {
            any = true;
            line += text
                .content
                .get(counted..inside.span.start)
                .map_or(0, |part| memchr::memchr_iter(b'\n', part.as_bytes()).count());
            counted = inside.span.start.max(counted);
            self.inside(text, inside, line, at);
        }
        any |= self.custom_patterns(text, at);
        any = any || self.by_name(text, at);
        any = any || (text.may_be_base64 && self.base64(text.content, text.name, at));
        any |= self.embedded(text, at);
        any || self.percent(text, at) || self.hexadecimal(text, at)
    }

    /// Reports that a text was not read.
    fn leave_unread(&mut self, why: &'static str, is_encoded: bool) {
        if !self.found.unread.iter().any(|unread| unread.why == why) {
            self.found.unread.push(Unread { why, is_encoded });
        }
    }

    /// A text of hexadecimal digits that stands for a text.
    fn hexadecimal(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        if !text.may_be_base64 || at.depth >= DEEPEST || !self.spend(text.content.len()) {
            return false;
        }
        match decode::hexadecimal(text.content).and_then(|bytes| decode::expand(&bytes)) {
            Some(Decoded::Text(decoded)) => self.decoded(&decoded, text.name, &at.encoded("hexadecimal")),
            _ => false,
        }
    }

    /// Whether the text is a secret reference, as a whole.
    fn reference(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        if !text.hits.iter().any(|hit| hit.hint == Hint::Reference) {
            return false;
        }
        let Some(recognised) = recognise(text.content) else { return false };
        if recognised == Recognised::Noop {
            let start = text.content.find("v:").or_else(|| text.content.find("v=")).map_or(0, |at| at + 2);
            let secret = text.content.get(start..).unwrap_or_default().trim();
            let secret = secret.split(['&', '!']).next().unwrap_or_default();
            if secret.len() >= 2 && !crate::spinnaker::expression::is_unsettled(secret) {
                let what = format!("a secret written out behind the noop engine{}", under(text.name));
                let what = What::from(what).held_by(text.name);
                let found = Found::new(secret, "noop-reference", what, Confidence::High);
                self.literal(found, &At { route: Route::Noop, ..at.clone() });
            }
        } else if at.depth == 0 {
            let stage = self.stage_of(at.place.row());
            self.found.references.push(ReferencePlace {
                place: at.place,
                text: text.content.trim().to_owned(),
                recognised,
                stage,
            });
        }
        true
    }

    fn inside(&mut self, text: &Text<'_>, inside: Inside, line: usize, at: &At<'d>) {
        let secret = text.content.get(inside.span.clone()).unwrap_or_default();
        let is_whole = secret.len() >= text.content.trim().len();
        let inner = (!is_whole).then(|| Inner::line(line));
        let route = if inside.in_expression && at.route == Route::Plain { Route::Expression } else { at.route };
        let what = if is_whole { inside.what.held_by(text.name) } else { inside.what };
        let found = Found {
            inner,
            because: inside.because,
            line: own::line_of(text.content, &inside.span),
            ..Found::new(secret, inside.detector, what, inside.confidence)
        };
        self.literal(found, &At { route, ..at.clone() });
    }

    /// Tokens that match the policy's custom patterns.
    fn custom_patterns(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        let mut any = false;
        for pattern in &self.custom.patterns {
            for captures in pattern.regex.captures_iter(text.content) {
                let Some(found) = captures.get(1).or_else(|| captures.get(0)) else { continue };
                any = true;
                let is_whole = found.len() >= text.content.trim().len();
                let inner = (!is_whole).then(|| Inner::step("custom pattern"));
                let what = What::from(pattern.what.clone()).held_by(if is_whole { text.name } else { "" });
                let found = Found::new(found.as_str(), "custom-pattern", what, Confidence::High);
                self.literal(Found { inner, ..found }, at);
            }
        }
        any
    }

    /// A secret recognised only by its key.
    fn by_name(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        let what = || text::value_of(text.name);
        if text.is_git_secret && !decide::is_absent(text.content) {
            self.literal(Found::new(text.content, super::GIT_WEBHOOK_SECRET, what(), Confidence::High), at);
            return true;
        }
        if text.class == KeyClass::Plain {
            return false;
        }
        let candidate = Candidate { name: text.name, class: text.class, how: How::Quoted, value: text.content };
        let Some(judgement) = decide::decide(&candidate) else { return self.weak_password(text, at) };
        self.literal(Found::judged(text.content, "key-name", what(), judgement), at);
        true
    }

    /// A word such as `changeme` is a placeholder in most places. As the password of a container that is deployed it is the password.
    fn weak_password(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        let is_meant = at.is_variable && at.inner.is_none() && text.class == KeyClass::Password;
        if !is_meant || !weak::is_weak_password(text.content) {
            return false;
        }
        let what = What::from(format!("the weak password in {}", sanitize(text.name, 60))).held_by(text.name);
        self.literal(Found::new(text.content, "weak-password", what, Confidence::Medium), at);
        true
    }

    /// Scans the decoded content of base64: an encoding does not protect.
    fn base64(&mut self, content: &str, name: &str, at: &At<'d>) -> bool {
        if !self.spend(content.len()) {
            return false;
        }
        let Some(bytes) = decode::base64_bytes(content) else { return false };
        if at.depth >= DEEPEST {
            // Names and digests are base64 as well, but do not stand for a text.
            if decode::expand(&bytes).is_some() {
                self.leave_unread("it is encoded more than six times", true);
            }
            return false;
        }
        match decode::expand(&bytes) {
            Some(Decoded::Text(decoded)) => {
                if !self.spend(decoded.len()) {
                    return false;
                }
                self.decoded(&decoded, name, &at.encoded("base64"))
            }
            Some(Decoded::Key(what)) => {
                self.literal(Found::new(content, "key-store", what.to_owned(), Confidence::High), at);
                true
            }
            Some(Decoded::TooLong) => {
                self.leave_unread("it expands to more than 16 MiB", true);
                false
            }
            Some(Decoded::TooDeep) => {
                self.leave_unread("it is compressed more than four times", true);
                false
            }
            None => false,
        }
    }

    /// Scans a decoded text.
    fn decoded(&mut self, decoded: &str, name: &str, at: &At<'d>) -> bool {
        let hits: Vec<Hit> = KEYWORDS.hits(decoded).collect();
        let may_be_base64 = decode::may_be_base64(decoded);
        if hits.is_empty() && !may_be_base64 {
            return false;
        }
        let mut any = false;
        for part in
            if hits.iter().any(|hit| hit.hint == Hint::Encoded) { decode::mime_parts(decoded) } else { Vec::new() }
        {
            any |= self.decoded(&part, name, &at.within("MIME part"));
        }
        any | self.look(
            &Text { content: decoded, hits: &hits, name, class: KeyClass::Plain, may_be_base64, is_git_secret: false },
            at,
        )
    }

    /// Base64 inside a text that mentions an encoding.
    fn embedded(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        if at.depth >= DEEPEST || !text.hits.iter().any(|hit| hit.hint == Hint::Encoded) {
            return false;
        }
        let mut any = false;
        if at.depth == 0 {
            for part in decode::mime_parts(text.content) {
                any |= self.decoded(&part, text.name, &at.encoded("MIME part"));
            }
        }
        let is_of_base64 =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '-' | '_' | '=');
        let runs = text
            .content
            .split(|character: char| !is_of_base64(character))
            .filter(|run| run.len() >= decode::SHORTEST_BASE64 && run.len() < text.content.len());
        for run in runs.take(MOST_EMBEDDED) {
            // `NAME=base64`: the name belongs to the run.
            let run = run.trim_start_matches('-');
            let run = run
                .rsplit_once('=')
                .filter(|(_, rest)| rest.len() >= decode::SHORTEST_BASE64)
                .map_or(run, |(_, rest)| rest);
            let digits = run.trim_start_matches("0x");
            if decode::may_be_hexadecimal(digits) {
                let run = Text { content: digits, hits: &[], may_be_base64: true, ..*text };
                any |= self.hexadecimal(&run, at);
            } else if document_scanner::is_worth_decoding(run) {
                any |= self.base64(run, text.name, at);
            }
        }
        any
    }

    /// A percent-encoded text: a form, or part of an address.
    fn percent(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        let is_whole = text.content.starts_with('%') && text.content.matches('%').count() * 6 >= text.content.len();
        if text.hits.is_empty() && !is_whole
            || at.depth >= DEEPEST
            || !text.content.contains('%')
            || text.content.contains(char::is_whitespace)
        {
            return false;
        }
        let Some(decoded) = decode::percent(text.content).filter(|decoded| decoded != text.content) else {
            return false;
        };
        if !self.spend(decoded.len()) {
            return false;
        }
        self.decoded(&decoded, text.name, &at.within("percent-encoded"))
    }

    /// Takes `bytes` from the budget. Returns false, and reports the text as unread, when the budget is used up.
    fn spend(&mut self, bytes: usize) -> bool {
        if let Some(rest) = self.budget.checked_sub(bytes) {
            self.budget = rest;
            return true;
        }
        self.leave_unread("its nested and encoded texts exceed the size limit", false);
        false
    }

    /// Keeps one secret. `at` is the position of its text.
    pub(super) fn literal(&mut self, found: Found<'_>, at: &At<'d>) {
        let found = Found { text: found.text.trim(), ..found };
        let row = at.place.row();
        let is_placeholder =
            || !self.custom.placeholders.is_empty() && self.custom.placeholders.contains(&found.text.to_lowercase());
        let is_left_out = || is_placeholder() || !found.is_by_own_rule && self.is_ignored(&found);
        if !found.text.is_empty() && !self.literals.has_reported(row, found.text) && !is_left_out() {
            let stage = self.stage_of(row);
            self.literals.keep(found, at, stage);
        }
    }

    /// Keeps one value of a Kubernetes Secret.
    pub(super) fn payload(&mut self, what: What, text: &str, at: &At<'d>) {
        let stage = self.stage_of(at.place.row());
        let found = Found::new(text, super::KUBERNETES_SECRET, what, Confidence::High);
        if !self.is_ignored(&found) {
            self.payloads.keep(found, at, stage);
        }
    }

    /// Keeps a reference to Vault, wherever it was written.
    pub(super) fn keep_reference(&mut self, text: &str, recognised: Recognised, at: &At<'d>) {
        let stage = self.stage_of(at.place.row());
        self.found.references.push(ReferencePlace { place: at.place, text: text.trim().to_owned(), recognised, stage });
    }
}

/// Whether a position lies in one of the ranges, which are in order.
fn is_inside(ranges: &[Range<usize>], at: usize) -> bool {
    let next = ranges.partition_point(|range| range.start <= at);
    next.checked_sub(1).and_then(|n| ranges.get(n)).is_some_and(|range| range.contains(&at))
}

fn under(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" in {}", sanitize(name, 60)) }
}
