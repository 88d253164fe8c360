//! Looks into texts, and keeps what was found: each secret once, with every place it stands in.

use super::collector::{Collector, Found};
use super::decode::{self, Decoded};
use super::document_scanner::{self, DocumentScanner};
use super::heredoc;
use super::key::KeyClass;
use super::keyword::{Hint, Hit, KEYWORDS};
use super::text::{self, Inside};
use super::value::{self, Delimiting};
use super::{CustomRules, DetectedSecrets, ReferencePlace, Route, Unread};
use crate::base::sanitize::sanitize;
use crate::document::Document;
use crate::document::value::Value;
use crate::meta::Confidence;
use crate::secrets::reference::{Recognised, recognise};
use crate::spinnaker::input::Input;

/// How deep texts inside texts are looked into: JSON in YAML in base64 in gzip, and once more.
const DEEPEST: usize = 6;

/// The longest text that is read as a document of its own, in bytes.
const LONGEST_NESTED: usize = 16 << 20;

/// The same for YAML, whose parser takes longer.
const LONGEST_YAML: usize = 4 << 20;

/// Bytes that may be decoded in one document, beyond twice its own size.
const ALLOWANCE: usize = 64 << 20;

/// Base64 texts inside one text that are decoded.
const MOST_EMBEDDED: usize = 2000;

/// Where a text stands.
#[derive(Clone)]
pub(super) struct At<'d> {
    /// The value of the judged document that holds it.
    pub(super) place: Value<'d>,
    /// Where inside that value.
    pub(super) inner: Option<String>,
    /// How many texts it stands inside.
    pub(super) depth: usize,
    pub(super) route: Route,
    /// What came of running, not what somebody wrote.
    pub(super) is_result: bool,
}

impl At<'_> {
    fn within(&self, what: &str) -> Self {
        let inner = match &self.inner {
            Some(outer) => format!("{outer}, {what}"),
            None => what.to_owned(),
        };
        Self { inner: Some(inner), depth: self.depth + 1, ..self.clone() }
    }

    fn encoded(&self, what: &str) -> Self {
        let route = if self.route == Route::Plain { Route::Encoded } else { self.route };
        Self { route, ..self.within(what) }
    }
}

/// A text with its key.
pub(super) struct Text<'t> {
    pub(super) value_span: &'t str,
    pub(super) hits: &'t [Hit],
    /// The name it stands under; empty when there is none.
    pub(super) name: &'t str,
    pub(super) class: KeyClass,
    /// It may be base64 as a whole.
    pub(super) may_be_base64: bool,
    /// The secret of a git webhook, whatever it looks like.
    pub(super) is_git_secret: bool,
}

/// What has been found so far.
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

/// Looks at every text of the document.
pub(super) fn find<'d>(subject: &Input<'d>, custom: &CustomRules) -> DetectedSecrets<'d> {
    let mut text_scanner = TextScanner {
        custom,
        found: DetectedSecrets::default(),
        stages: Vec::new(),
        literals: Collector::default(),
        payloads: Collector::default(),
        budget: subject.root.raw().len().saturating_mul(2).saturating_add(ALLOWANCE),
    };
    for (index, stage) in subject.pipeline.iter().flat_map(|pipeline| pipeline.stages.iter().enumerate()) {
        text_scanner.stages.push((stage.value.row(), stage.value.end_row(), index));
    }
    DocumentScanner::over(subject.root, &|value| value, None, &mut text_scanner);
    text_scanner.found.literals = text_scanner.literals.into_kept();
    text_scanner.found.kubernetes = text_scanner.payloads.into_kept();
    text_scanner.found
}

impl<'d> TextScanner<'_, 'd> {
    /// Whether every text must be looked at, keywords or not.
    pub(super) fn wants_all(&self) -> bool {
        !self.custom.patterns.is_empty()
    }

    fn stage_of(&self, row: u32) -> Option<usize> {
        let at = self.stages.partition_point(|(from, _, _)| *from <= row).checked_sub(1)?;
        self.stages.get(at).filter(|(_, to, _)| row < *to).map(|(_, _, index)| *index)
    }

    /// Looks into a text. Whether anything was found.
    pub(super) fn look(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        if self.reference(text, at) || self.nested(text, at) {
            return true;
        }
        let mut any = self.manifests(text, at);
        let (mut line, mut counted) = (1, 0);
        for inside in text::scan(text.value_span, text.hits, text.name, text.class) {
            any = true;
            line += text
                .value_span
                .get(counted..inside.span.start)
                .map_or(0, |part| memchr::memchr_iter(b'\n', part.as_bytes()).count());
            counted = inside.span.start.max(counted);
            self.inside(text, inside, line, at);
        }
        any |= self.own_patterns(text, at);
        any = any || self.by_name(text, at);
        any = any || (text.may_be_base64 && self.base64(text.value_span, text.name, at));
        any |= self.embedded(text, at);
        any || self.percent(text, at)
    }

    /// Whether the text is a secret reference, as a whole.
    fn reference(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        if !text.hits.iter().any(|hit| hit.hint == Hint::Reference) {
            return false;
        }
        let Some(recognised) = recognise(text.value_span) else { return false };
        if recognised == Recognised::Noop {
            let start = text.value_span.find("v:").or_else(|| text.value_span.find("v=")).map_or(0, |at| at + 2);
            let secret = text.value_span.get(start..).unwrap_or_default().trim();
            let secret = secret.split(['&', '!']).next().unwrap_or_default();
            if secret.len() >= 2 && !crate::spinnaker::expression::is_unsettled(secret) {
                let what = format!("a secret written out behind the noop engine{}", under(text.name));
                self.literal(
                    secret,
                    "noop-reference",
                    what,
                    Confidence::High,
                    None,
                    &At { route: Route::Noop, ..at.clone() },
                );
            }
        } else if at.depth == 0 {
            let stage = self.stage_of(at.place.row());
            self.found.references.push(ReferencePlace {
                place: at.place,
                text: text.value_span.trim().to_owned(),
                recognised,
                stage,
            });
        }
        true
    }

    /// Walks a text that is a JSON or YAML document.
    fn nested(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        let value_span = text.value_span.trim();
        // A key may be written in escapes: `{"\u5bc6\u7801": "…"}`.
        let may_hold = !text.hits.is_empty() || value_span.contains("\\u");
        if !may_hold || at.depth >= DEEPEST || value_span.len() > LONGEST_NESTED || value_span.len() < 8 {
            return false;
        }
        let is_json = value_span.starts_with(['{', '[']) && value_span.ends_with(['}', ']']);
        if is_json
            && !value_span.starts_with("{{")
            && self.spend(value_span.len(), at)
            && let Ok(document) = Document::json(value_span.to_owned())
        {
            let at = at.within("JSON");
            DocumentScanner::over(document.root(), &|_| at.place, Some((&at, text.name)), self);
            return true;
        }
        if value_span.len() <= LONGEST_YAML
            && document_scanner::looks_like_yaml(value_span)
            && self.spend(value_span.len(), at)
        {
            // Tabs are no indentation in YAML, and people write them all the same.
            let read = crate::document::Document::yaml(value_span);
            let read = if read.is_err() && value_span.contains("\n\t") {
                crate::document::Document::yaml(&value_span.replace('\t', "  "))
            } else {
                read
            };
            let Ok(document) = read else { return false };
            let root = document.root();
            if !root.elements().next().is_some_and(|first| first.is_object() || first.elements().next().is_some()) {
                return false;
            }
            let within = at.within("YAML");
            DocumentScanner::over(root, &|_| at.place, Some((&within, text.name)), self);
            self.comments(text, at);
            return true;
        }
        false
    }

    /// Secrets of Kubernetes that a script writes out.
    fn manifests(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        let mut done = 0;
        for hit in text.hits.iter().filter(|hit| hit.hint == Hint::Manifest) {
            if hit.at.start < done || at.depth >= DEEPEST {
                continue;
            }
            let span = heredoc::around(text.value_span, &hit.at);
            done = span.end;
            let block = text.value_span.get(span).unwrap_or_default();
            if !self.spend(block.len(), at) {
                break;
            }
            let read = [false, true]
                .into_iter()
                .find_map(|is_loose| crate::document::Document::yaml(&heredoc::written(block, is_loose)).ok());
            let Some(document) = read else { continue };
            let within = at.within("YAML");
            DocumentScanner::over(document.root(), &|_| at.place, Some((&within, text.name)), self);
        }
        // What else stands in the script is looked for all the same.
        false
    }

    /// What stands in a YAML text's comments.
    fn comments(&mut self, text: &Text<'_>, at: &At<'d>) {
        if !text.value_span.contains('#') {
            return;
        }
        for (n, line) in text.value_span.lines().enumerate() {
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
                        value_span: comment,
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

    fn inside(&mut self, text: &Text<'_>, inside: Inside, line: usize, at: &At<'d>) {
        let secret = text.value_span.get(inside.span.clone()).unwrap_or_default();
        let is_whole = secret.len() >= text.value_span.trim().len();
        let inner = (!is_whole).then(|| format!("line {line}"));
        let route = if inside.in_expression && at.route == Route::Plain { Route::Expression } else { at.route };
        self.literal(secret, inside.detector, inside.what, inside.confidence, inner, &At { route, ..at.clone() });
    }

    /// Tokens that the shop's policy describes.
    fn own_patterns(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        let mut any = false;
        for pattern in &self.custom.patterns {
            for captures in pattern.regex.captures_iter(text.value_span) {
                let Some(found) = captures.get(1).or_else(|| captures.get(0)) else { continue };
                any = true;
                let is_whole = found.len() >= text.value_span.trim().len();
                let inner = (!is_whole).then(|| "own pattern".to_owned());
                self.literal(found.as_str(), "custom-pattern", pattern.what.clone(), Confidence::High, inner, at);
            }
        }
        any
    }

    /// A secret that only its key tells.
    fn by_name(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        let what = || text::value_of(text.name);
        if text.is_git_secret && !value::is_placeholder_or_reference(text.value_span) {
            self.literal(text.value_span, "git-webhook-secret", what(), Confidence::High, None, at);
            return true;
        }
        if text.class == KeyClass::Plain {
            return false;
        }
        let Some(confidence) = value::judge(text.class, text.value_span, Delimiting::Quoted) else { return false };
        self.literal(text.value_span, "key-name", what(), confidence, None, at);
        true
    }

    /// Looks into base64: an encoding is no protection.
    fn base64(&mut self, value_span: &str, name: &str, at: &At<'d>) -> bool {
        if at.depth >= DEEPEST || !self.spend(value_span.len(), at) {
            return false;
        }
        let Some(bytes) = decode::base64_bytes(value_span) else { return false };
        match decode::unfold(&bytes) {
            Some(Decoded::Text(decoded)) => {
                if !self.spend(decoded.len(), at) {
                    return false;
                }
                self.decoded(&decoded, name, &at.encoded("base64"))
            }
            Some(Decoded::Key(what)) => {
                self.literal(value_span, "key-store", what.to_owned(), Confidence::High, None, at);
                true
            }
            Some(Decoded::TooLong) => {
                self.found.unread.push(Unread { place: at.place, why: "it unfolds to more than 16 MiB" });
                false
            }
            None => false,
        }
    }

    /// A text that came out of an encoding.
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
            &Text {
                value_span: decoded,
                hits: &hits,
                name,
                class: KeyClass::Plain,
                may_be_base64,
                is_git_secret: false,
            },
            at,
        )
    }

    /// Base64 in the middle of a text that speaks of it.
    fn embedded(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        if at.depth >= DEEPEST || !text.hits.iter().any(|hit| hit.hint == Hint::Encoded) {
            return false;
        }
        let mut any = false;
        if at.depth == 0 {
            for part in decode::mime_parts(text.value_span) {
                any |= self.decoded(&part, text.name, &at.encoded("MIME part"));
            }
        }
        let is_of_base64 =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '-' | '_' | '=');
        let runs = text
            .value_span
            .split(|character: char| !is_of_base64(character))
            .filter(|run| run.len() >= decode::SHORTEST_BASE64 && run.len() < text.value_span.len());
        for run in runs.take(MOST_EMBEDDED) {
            // `NAME=base64`: the name belongs to the run.
            let run = run.trim_start_matches('-');
            let run = run
                .rsplit_once('=')
                .filter(|(_, rest)| rest.len() >= decode::SHORTEST_BASE64)
                .map_or(run, |(_, rest)| rest);
            if document_scanner::is_worth_decoding(run) {
                any |= self.base64(run, text.name, at);
            }
        }
        any
    }

    /// A text with percent signs for its punctuation: a form, a part of an address.
    fn percent(&mut self, text: &Text<'_>, at: &At<'d>) -> bool {
        if text.hits.is_empty()
            || at.depth >= DEEPEST
            || !text.value_span.contains('%')
            || text.value_span.contains(char::is_whitespace)
        {
            return false;
        }
        let Some(decoded) = decode::percent(text.value_span).filter(|decoded| decoded != text.value_span) else {
            return false;
        };
        if !self.spend(decoded.len(), at) {
            return false;
        }
        self.decoded(&decoded, text.name, &at.within("percent-encoded"))
    }

    /// Takes `bytes` from the budget.
    fn spend(&mut self, bytes: usize, at: &At<'d>) -> bool {
        if let Some(rest) = self.budget.checked_sub(bytes) {
            self.budget = rest;
            return true;
        }
        if self.found.unread.is_empty() {
            let why = "the texts inside the document's texts unfold to more than is read";
            self.found.unread.push(Unread { place: at.place, why });
        }
        false
    }

    /// Keeps one secret. `inner` says where inside the text it stands, `at` where the text does.
    pub(super) fn literal(
        &mut self,
        text: &str,
        detector: &'static str,
        what: String,
        confidence: Confidence,
        inner: Option<String>,
        at: &At<'d>,
    ) {
        let text = text.trim();
        let row = at.place.row();
        if text.is_empty()
            || (!self.custom.placeholders.is_empty() && self.custom.placeholders.contains(&text.to_lowercase()))
        {
            return;
        }
        if !self.literals.has_told(row, text) {
            let stage = self.stage_of(row);
            self.literals.keep(Found { text, detector, what, confidence, inner }, at, stage);
        }
    }

    /// Keeps one value of a Kubernetes Secret.
    pub(super) fn payload(&mut self, what: String, text: &str, at: &At<'d>) {
        let stage = self.stage_of(at.place.row());
        let found = Found { text, detector: "kubernetes-secret", what, confidence: Confidence::High, inner: None };
        self.payloads.keep(found, at, stage);
    }

    /// Keeps a reference that is Vault's to resolve, wherever it was written.
    pub(super) fn keep_reference(&mut self, text: &str, recognised: Recognised, at: &At<'d>) {
        let stage = self.stage_of(at.place.row());
        self.found.references.push(ReferencePlace { place: at.place, text: text.trim().to_owned(), recognised, stage });
    }
}

fn under(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!(" in {}", sanitize(name, 60)) }
}
