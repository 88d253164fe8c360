//! The two passes over a document.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;

use super::keys::{KeyClass, classify};
use super::text::{self, Inside};
use super::values::{is_harmless, is_identifier};
use super::vendor::{self, VENDORS};
use super::{DetectedSecrets, LiteralSecret, ReferencePlace};
use crate::finding::Confidence;
use crate::model::document::Kind;
use crate::model::secret_reference::{Recognised, recognise};
use crate::model::subject::Subject;
use crate::model::value::Value;
use crate::sanitize::sanitize;
use crate::secret::Secret;

/// How deep texts inside texts are decoded.
const DEEPEST: usize = 3;

/// The longest base64 text that is decoded, in bytes.
const LONGEST_BASE64: usize = 8 << 20;

/// What a keyword points to.
#[derive(Clone, Copy)]
enum Hint {
    Vendor(usize),
    Assignment,
    Address,
    Reference,
}

struct Keywords {
    automaton: Option<AhoCorasick>,
    hints: Vec<Hint>,
    words: Vec<String>,
}

/// All keywords of all detectors, found in one pass.
static KEYWORDS: LazyLock<Keywords> = LazyLock::new(|| {
    let mut words: Vec<String> = Vec::new();
    let mut hints = Vec::new();
    for (n, vendor) in VENDORS.iter().enumerate() {
        words.extend(vendor.keywords.iter().map(|word| (*word).to_owned()));
        hints.extend(vendor.keywords.iter().map(|_| Hint::Vendor(n)));
    }
    for word in text::KEYWORDS {
        words.push((*word).to_owned());
        hints.push(Hint::Assignment);
    }
    for (word, hint) in [
        ("://", Hint::Address),
        ("vault:", Hint::Reference),
        ("ref+vault://", Hint::Reference),
        ("encrypted", Hint::Reference),
        ("secret://", Hint::Reference),
    ] {
        words.push(word.to_owned());
        hints.push(hint);
    }
    // Case matters to vendors' prefixes and is checked again by their patterns; one automaton for all is cheaper than two.
    let automaton =
        AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(&words).ok();
    Keywords { automaton, hints, words }
});

/// Which detectors may find something in a text.
#[derive(Clone, Copy, Default)]
struct Hints {
    vendors: u64,
    assignment: bool,
    address: bool,
    reference: bool,
}

impl Hints {
    /// Takes over one match. `found` is the text that matched, in whatever case: vendors' prefixes are exact.
    fn add(&mut self, pattern: usize, found: &str) {
        match KEYWORDS.hints.get(pattern) {
            Some(Hint::Vendor(n)) if KEYWORDS.words.get(pattern).is_some_and(|word| word == found) => {
                self.vendors |= 1 << (n % 64);
            }
            Some(Hint::Assignment) => self.assignment = true,
            Some(Hint::Address) => self.address = true,
            Some(Hint::Reference) => self.reference = true,
            Some(Hint::Vendor(_)) | None => {}
        }
    }

    fn of(text: &str) -> Self {
        let mut hints = Self::default();
        if let Some(automaton) = &KEYWORDS.automaton {
            automaton
                .find_overlapping_iter(text)
                .for_each(|found| hints.add(found.pattern().as_usize(), text.get(found.range()).unwrap_or_default()));
        }
        hints
    }
}

/// A container that is being walked through.
struct Open<'d> {
    value: Value<'d>,
    end: u32,
    key: Option<Value<'d>>,
}

struct Scan<'d> {
    found: DetectedSecrets<'d>,
    /// The class of each key, by its text as it stands in the document.
    classes: HashMap<&'d str, KeyClass>,
    open: Vec<Open<'d>>,
    /// Objects of kind Secret: rows from and to of their payload.
    payloads: Vec<(u32, u32)>,
    /// Where in `found.literals` a secret under a name stands already.
    seen: HashMap<(String, String), (usize, bool)>,
    /// The same for the values of Kubernetes Secrets.
    seen_payload: HashMap<(String, String), (usize, bool)>,
    stages: Vec<(u32, u32, usize)>,
}

pub(super) fn scan<'d>(subject: &Subject<'d>) -> DetectedSecrets<'d> {
    let document = subject.root.document();
    let mut scan = Scan {
        found: DetectedSecrets::default(),
        classes: HashMap::new(),
        open: Vec::new(),
        payloads: Vec::new(),
        seen: HashMap::new(),
        seen_payload: HashMap::new(),
        stages: Vec::new(),
    };
    for (index, stage) in subject.release.iter().flat_map(|release| release.stages.iter().enumerate()) {
        scan.stages.push((stage.value.row(), stage.value.end_row(), index));
    }
    let raw = subject.root.raw();
    let base = subject.root.start();
    let mut matches = KEYWORDS.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(raw)).peekable();
    for value in subject.root.descendants() {
        let row = value.row();
        while scan.open.last().is_some_and(|open| row >= open.end) {
            scan.open.pop();
        }
        match value.kind() {
            Kind::Object | Kind::Array => scan.enter(value),
            Kind::String => {
                let (start, end) = (value.start() - base, value.end() - base);
                let mut hints = Hints::default();
                // Matches come in the order of their ends.
                while let Some(hit) = matches.next_if(|hit| hit.end() <= end) {
                    if hit.start() > start {
                        hints.add(hit.pattern().as_usize(), raw.get(hit.range()).unwrap_or_default());
                    }
                }
                scan.string(value, hints);
            }
            _ => {}
        }
    }
    let _ = document;
    scan.finish()
}

impl<'d> Scan<'d> {
    fn enter(&mut self, value: Value<'d>) {
        let key = value.key_before();
        if value.is_object() && value.get("kind").is_some_and(|kind| kind.is_str("Secret")) {
            self.kubernetes_secret(value);
        }
        self.open.push(Open { value, end: value.end_row(), key });
    }

    /// Whether what is walked through is a result of running, and not what somebody wrote.
    fn is_result(&self) -> bool {
        let results = ["kato.tasks", "outputs", "outputs.manifests", "tasks", "annotations", "parentExecution"];
        self.open.iter().any(|open| open.key.is_some_and(|key| results.iter().any(|name| key.is_key_named(name))))
    }

    fn stage_of(&self, row: u32) -> Option<usize> {
        let at = self.stages.partition_point(|(from, _, _)| *from <= row).checked_sub(1)?;
        self.stages.get(at).filter(|(_, to, _)| row < *to).map(|(_, _, index)| *index)
    }

    /// The name the value stands under: its own key, or its sibling's where a list of `{name, value}` is an environment.
    fn name_of(&self, value: Value<'d>) -> Option<Value<'d>> {
        let own = value.key_before();
        let parent = self.open.last()?;
        if own.is_none() {
            // An element of a list: the list's key names it (headers are lists of values).
            return parent.key;
        }
        let key = own?;
        let is_value = ["value", "Value", "default", "defaultValue", "parameterValue", "ParameterValue"]
            .iter()
            .any(|name| key.is_key_named(name));
        if is_value {
            let names = ["name", "key", "Name", "Key", "parameterKey", "ParameterKey", "variable"];
            let sibling =
                names.iter().find_map(|name| parent.value.get(name).filter(|value| value.kind() == Kind::String));
            return sibling.or(own);
        }
        own
    }

    fn class(&mut self, name: Value<'d>) -> KeyClass {
        let raw = name.raw();
        if let Some(class) = self.classes.get(raw) {
            return *class;
        }
        let class = classify(&name.as_str().unwrap_or_default());
        self.classes.insert(raw, class);
        class
    }

    fn string(&mut self, value: Value<'d>, hints: Hints) {
        let name = self.name_of(value);
        let class = name.map_or(KeyClass::Plain, |name| self.class(name));
        let length = value.end() - value.start();
        let is_encoded = length >= 26 && may_be_base64(value.raw());
        let is_quiet = hints.vendors == 0 && !hints.assignment && !hints.address && !hints.reference;
        if length < 6 || (class == KeyClass::Plain && is_quiet && !is_encoded) {
            return;
        }
        let Some(content) = value.as_str() else { return };
        if hints.reference && self.reference(value, &content) {
            return;
        }
        let known = name.map(|name| sanitize(&name.as_str().unwrap_or_default(), 60)).unwrap_or_default();
        let mut any = false;
        for inside in inside(&content, hints) {
            any = true;
            self.literal(value, &content, inside, &known, None);
        }
        if !any && let Some(name) = name.filter(|_| class != KeyClass::Plain) {
            any = self.by_name(value, &content, name, class, &known);
        }
        if !any && is_encoded {
            self.encoded(value, &content, &known, 1);
        }
    }

    /// Whether the value is a secret reference, as a whole.
    fn reference(&mut self, value: Value<'d>, content: &str) -> bool {
        let Some(recognised) = recognise(content) else { return false };
        let stage = self.stage_of(value.row());
        if recognised == Recognised::Noop {
            let start = content.find("v:").or_else(|| content.find("v=")).map_or(0, |at| at + 2);
            let inside = Inside {
                span: start..content.len(),
                detector: "noop-reference",
                what: "a secret written out behind the noop engine".into(),
                confidence: Confidence::High,
            };
            self.literal(value, content, inside, "", None);
            return true;
        }
        self.found.references.push(ReferencePlace { place: value, text: content.trim().to_owned(), recognised, stage });
        true
    }

    /// A secret that only its key tells.
    fn by_name(&mut self, value: Value<'d>, content: &str, name: Value<'d>, class: KeyClass, known: &str) -> bool {
        let key = name.as_str().unwrap_or_default();
        let whole = || Inside {
            span: 0..content.len(),
            detector: "key-name",
            what: format!("the value of {known}"),
            confidence: Confidence::High,
        };
        // `trigger.secret`, `triggers[].secret`: the HMAC secret of a git webhook, whatever it looks like.
        let is_trigger = key == "secret"
            && self
                .open
                .iter()
                .any(|open| open.key.is_some_and(|key| key.is_key_named("trigger") || key.is_key_named("triggers")));
        if is_trigger && !is_harmless(content) {
            self.literal(value, content, Inside { detector: "git-webhook-secret", ..whole() }, known, None);
            return true;
        }
        if class == KeyClass::Token && is_identifier(content) {
            self.literal(value, content, Inside { confidence: Confidence::Medium, ..whole() }, known, None);
            return true;
        }
        let Some(confidence) = text::judge(&key, content) else { return false };
        self.literal(value, content, Inside { confidence, ..whole() }, known, None);
        true
    }

    /// Looks into base64: an encoding is no protection.
    fn encoded(&mut self, value: Value<'d>, content: &str, known: &str, depth: usize) {
        let Some(decoded) = decode(content) else { return };
        let hints = Hints::of(&decoded);
        for inside in inside(&decoded, hints) {
            self.literal(value, &decoded, inside, known, Some("base64"));
        }
        if depth < DEEPEST && may_be_base64(&decoded) {
            self.encoded(value, &decoded, known, depth + 1);
        }
    }

    fn literal(&mut self, place: Value<'d>, content: &str, inside: Inside, name: &str, within: Option<&str>) {
        let text = content.get(inside.span.clone()).unwrap_or_default().trim();
        if text.is_empty() {
            return;
        }
        let key = (format!("{name}\0{}", inside.what), text.to_owned());
        let is_result = self.is_result();
        if let Some(&(n, was_result)) = self.seen.get(&key) {
            let Some(known) = self.found.literals.get_mut(n).filter(|known| known.place.row() != place.row()) else {
                return;
            };
            if was_result && !is_result {
                // What somebody wrote is the place to mend; what came of it is the copy.
                known.related.push(std::mem::replace(&mut known.place, place));
                self.seen.insert(key, (n, false));
            } else {
                known.related.push(place);
            }
            return;
        }
        let is_whole = text.len() >= content.trim().len() && within.is_none();
        let line = content.get(..inside.span.start).unwrap_or_default().matches('\n').count() + 1;
        let inner = (!is_whole).then(|| match within {
            Some(encoding) => format!("{encoding}, line {line}"),
            None => format!("line {line}"),
        });
        self.seen.insert(key, (self.found.literals.len(), is_result));
        self.found.literals.push(LiteralSecret {
            place,
            inner,
            detector: inside.detector,
            what: inside.what,
            length: text.chars().count(),
            confidence: inside.confidence,
            related: Vec::new(),
            stage: self.stage_of(place.row()),
            text: Secret::new(text.to_owned()),
        });
    }

    /// The payload of a Kubernetes Secret: each value is a secret because it stands there.
    fn kubernetes_secret(&mut self, object: Value<'d>) {
        for (key, is_base64) in [("data", true), ("stringData", false)] {
            let Some(payload) = object.get(key).filter(|payload| payload.is_object()) else { continue };
            self.payloads.push((payload.row(), payload.end_row()));
            for (name, value) in payload.entries() {
                let Some(content) = value.as_str() else { continue };
                let plain = if is_base64 {
                    decode(&content).map_or(Cow::Borrowed(&*content), Cow::Owned)
                } else {
                    Cow::Borrowed(&*content)
                };
                let is_reference = recognise(&plain).is_some_and(|recognised| recognised != Recognised::Noop);
                if is_reference {
                    // As bank-vaults reads it: the reference is Vault's to resolve, encoded or not.
                    self.reference(value, &plain);
                    continue;
                }
                if plain.trim().is_empty() || is_harmless(&content) || is_harmless(&plain) {
                    continue;
                }
                self.payload_value(object, name, value, &plain, &content);
            }
        }
        // The last-applied copy is the same Secret once more.
        let copy = object.at(&["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"]);
        if let Some(copy) = copy {
            self.payloads.push((copy.row(), copy.end_row()));
        }
    }

    fn payload_value(&mut self, object: Value<'d>, name: Value<'d>, value: Value<'d>, plain: &str, raw: &str) {
        let secret = object.at(&["metadata", "name"]).and_then(Value::as_str).unwrap_or_default();
        let what =
            format!("{} of the Secret {:?}", sanitize(&name.as_str().unwrap_or_default(), 60), sanitize(&secret, 60));
        let is_result = self.is_result();
        let seen = (what.clone(), plain.to_owned());
        if let Some(&(n, was_result)) = self.seen_payload.get(&seen) {
            let Some(known) = self.found.kubernetes.get_mut(n) else { return };
            if was_result && !is_result {
                known.related.push(std::mem::replace(&mut known.place, value));
                self.seen_payload.insert(seen, (n, false));
            } else {
                known.related.push(value);
            }
            return;
        }
        self.seen_payload.insert(seen, (self.found.kubernetes.len(), is_result));
        let copy = object.at(&["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"]);
        let related = copy.filter(|copy| copy.as_str().is_some_and(|text| text.contains(raw))).into_iter().collect();
        self.found.kubernetes.push(LiteralSecret {
            place: value,
            inner: None,
            detector: "kubernetes-secret",
            what,
            length: plain.chars().count(),
            confidence: Confidence::High,
            related,
            stage: self.stage_of(value.row()),
            text: Secret::new(plain.to_owned()),
        });
    }

    /// What stands in a Kubernetes Secret is told once, as that.
    fn finish(mut self) -> DetectedSecrets<'d> {
        self.payloads.sort_unstable();
        let payloads = self.payloads;
        let in_payload = |value: Value<'_>| {
            let at = payloads.partition_point(|(from, _)| *from <= value.row());
            payloads.get(..at).unwrap_or_default().iter().rev().take(4).any(|(_, to)| value.row() < *to)
        };
        for literal in &mut self.found.literals {
            literal.related.retain(|value| !in_payload(*value));
            if in_payload(literal.place)
                && let Some(other) = literal.related.first().copied()
            {
                literal.place = other;
                literal.related.remove(0);
            }
        }
        self.found.literals.retain(|literal| !in_payload(literal.place));
        self.found
    }
}

/// Every secret inside `content` that `hints` allow for, none twice.
fn inside(content: &str, hints: Hints) -> Vec<Inside> {
    let mut found: Vec<Inside> = Vec::new();
    for (n, vendor) in VENDORS.iter().enumerate() {
        if hints.vendors & (1 << (n % 64)) == 0 {
            continue;
        }
        for span in vendor::find(n, content) {
            let is_test = vendor.name == "jwt" || vendor.name == "aws-access-key";
            let confidence = if is_test { Confidence::Medium.max(Confidence::High) } else { Confidence::High };
            add(&mut found, Inside { span, detector: vendor.name, what: vendor.what.to_owned(), confidence });
        }
    }
    if hints.address {
        for inside in text::userinfo(content) {
            add(&mut found, inside);
        }
    }
    if hints.assignment {
        for inside in text::assignments(content) {
            add(&mut found, inside);
        }
    }
    found
}

/// The first detector that finds a place has it.
fn add(found: &mut Vec<Inside>, inside: Inside) {
    let overlaps = |other: &Inside| inside.span.start < other.span.end && other.span.start < inside.span.end;
    if !found.iter().any(overlaps) {
        found.push(inside);
    }
}

fn may_be_base64(raw: &str) -> bool {
    let text = raw.trim_matches('"').trim_end_matches(['=', '\n']);
    text.len() >= 24
        && text.len() <= LONGEST_BASE64
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'\n' | b'\r' | b'\\')
        })
}

/// The text that base64 `text` stands for, when it is a text.
fn decode(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|character| !character.is_whitespace() && *character != '=').collect();
    if compact.len() > LONGEST_BASE64 || compact.len() < 4 {
        return None;
    }
    let engine = if compact.contains(['-', '_']) {
        &base64::engine::general_purpose::URL_SAFE_NO_PAD
    } else {
        &base64::engine::general_purpose::STANDARD_NO_PAD
    };
    let bytes = engine.decode(compact).ok()?;
    let decoded = String::from_utf8(bytes).ok()?;
    let strange = decoded.chars().filter(|character| character.is_control() && !character.is_whitespace()).count();
    (strange == 0).then_some(decoded)
}
