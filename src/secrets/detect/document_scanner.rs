//! Scans the values of a document, with the key of each value.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::collector::Found;
use super::decide::{self, Candidate, How};
use super::decode;
use super::key::{KeyClass, classify};
use super::keyword::{Hint, Hit, KEYWORDS};
use super::text::command;
use super::text_scanner::{At, Text, TextScanner};
use super::{Route, kubernetes, place};
use crate::document::Kind;
use crate::document::inner::Inner;
use crate::document::pointer::Pointer;
use crate::document::value::Value;
use crate::meta::Confidence;

/// A container that is being scanned.
pub(super) struct Open<'n> {
    pub(super) value: Value<'n>,
    end: u32,
    pub(super) key: Option<Value<'n>>,
    /// Its index in the list that contains it.
    index: usize,
    /// How many of its elements have been scanned.
    met: usize,
    /// The class it gives to values inside whose own keys have none.
    says: KeyClass,
    /// The class is not from its own key, but from that of the container around it.
    is_inherited: bool,
    /// It is, or lies in, a result of running.
    is_result: bool,
    /// Its strings are captions, once that is known.
    has_captions: Option<bool>,
}

/// One scan: of the judged document, or of a document inside one of its texts.
pub(super) struct DocumentScanner<'w, 'o, 'n, 'd> {
    text_scanner: &'w mut TextScanner<'o, 'd>,
    /// Maps a value to the value of the judged document that contains it.
    place_of: &'w dyn Fn(Value<'n>) -> Value<'d>,
    /// The position of a nested document, and the name of the text that contains it; `None` for the judged document.
    within: Option<(&'w At<'d>, &'w str)>,
    root: Value<'n>,
    open: Vec<Open<'n>>,
    /// The class of each key, by its text as written in the document.
    classes: HashMap<&'n str, KeyClass>,
    /// The most recent keys, each in its [`slot`]: nearly every key is one of a few.
    last: Vec<(&'n str, KeyClass)>,
    /// Row ranges that have been scanned in another way: payloads of Secrets.
    payloads: Vec<(u32, u32)>,
}

impl<'w, 'o, 'n, 'd> DocumentScanner<'w, 'o, 'n, 'd> {
    /// Scans everything inside `root`.
    pub(super) fn over(
        root: Value<'n>,
        place_of: &'w dyn Fn(Value<'n>) -> Value<'d>,
        within: Option<(&'w At<'d>, &'w str)>,
        text_scanner: &'w mut TextScanner<'o, 'd>,
    ) {
        let mut walk = Self {
            text_scanner,
            place_of,
            within,
            root,
            open: Vec::new(),
            classes: HashMap::new(),
            last: vec![("", KeyClass::Plain); SLOTS],
            payloads: Vec::new(),
        };
        walk.run();
    }

    fn run(&mut self) {
        let raw = self.root.raw();
        let base = self.root.start();
        let mut hits: Vec<Hit> = Vec::new();
        for value in self.root.descendants() {
            let row = value.row();
            while self.open.last().is_some_and(|open| row >= open.end) {
                self.open.pop();
            }
            if let Some(parent) = self.open.last_mut().filter(|_| value.kind() != Kind::Key) {
                parent.met += 1;
            }
            match value.kind() {
                Kind::Object | Kind::Array => self.enter(value),
                Kind::String => self.string(value, raw, inside_quotes(value, base), &mut hits),
                Kind::Key => {
                    KEYWORDS.hits_in(raw, inside_quotes(value, base), &mut hits);
                    if !hits.is_empty() {
                        self.key(value, &hits);
                    }
                }
                Kind::Number => self.number(value),
                _ => {}
            }
        }
    }

    fn enter(&mut self, value: Value<'n>) {
        let key = value.key_before();
        if value.is_object() {
            if kubernetes::is_secret(value) {
                self.kubernetes_secret(value);
            }
            self.json_web_key(value);
            self.terraform_random_password(value);
            self.notification(value, key);
        } else if key.is_some_and(|key| place::ARGUMENTS.iter().any(|name| key.is_key_named(name))) {
            self.arguments(value);
        }
        let parent = self.open.last();
        let index = parent.map_or(0, |parent| parent.met.saturating_sub(1));
        let is_result = parent.is_some_and(|parent| parent.is_result) || key.is_some_and(place::is_result);
        let around = parent.map(|parent| (parent.says, parent.is_inherited, parent.value.kind() == Kind::Array));
        let (says, is_inherited) = self.says_of(key, around);
        let (end, has_captions) = (value.end_row(), None);
        self.open.push(Open { value, end, key, index, met: 0, says, is_inherited, is_result, has_captions });
    }

    /// The class that a container gives to neutral values inside, and whether it has it from the container around it. `around` is what
    /// that one says, whether it is inherited there, and whether it is a list.
    fn says_of(&mut self, key: Option<Value<'n>>, around: Option<(KeyClass, bool, bool)>) -> (KeyClass, bool) {
        let (says, is_inherited, is_list) = around.unwrap_or((KeyClass::Plain, false, false));
        let Some(key) = key else {
            return if is_list { (says, is_inherited) } else { (KeyClass::Plain, false) };
        };
        let class = self.class_of_key(key);
        let name = key.as_str().unwrap_or_default();
        match place::class_of_values(&name, class) {
            // `credentials: {nexus: {admin: …}}`: one level more.
            KeyClass::Plain if says != KeyClass::Plain && !is_inherited && place::is_neutral(&name) => {
                (KeyClass::Parent, true)
            }
            own => (own, false),
        }
    }

    /// Whether `value` is a caption among captions.
    fn is_caption(&mut self, value: Value<'n>, class: KeyClass) -> bool {
        matches!(class, KeyClass::Password | KeyClass::Pass | KeyClass::Shared | KeyClass::Token)
            && value.key_before().is_some()
            && self.open.last_mut().is_some_and(|parent| {
                let object = parent.value;
                *parent.has_captions.get_or_insert_with(|| place::has_captions(object))
            })
            && value.as_str().is_some_and(|text| !text.chars().any(char::is_numeric))
    }

    /// The position of `value`, for secrets found in it.
    fn at(&self, value: Value<'n>) -> At<'d> {
        let place = (self.place_of)(value);
        match self.within {
            None => {
                let is_result = self.open.last().is_some_and(|open| open.is_result);
                let is_variable = place::is_variable(value, &self.open);
                At { place, inner: None, depth: 0, route: self.route(value), is_result, is_variable }
            }
            Some((outer, _)) => {
                let pointer = crate::base::sanitize::sanitize(&self.path(value), 120);
                let inner = outer.inner.as_ref().map(|inner| inner.then_at(&Inner::step(pointer.clone())));
                At { place, inner, ..outer.clone() }
            }
        }
    }

    /// The pointer of a value that is being scanned, built from the open containers: no list is counted again for each of its elements.
    fn path(&self, value: Value<'n>) -> String {
        let mut pointer = Pointer::root();
        let key = value.key_before();
        let last = self.open.last().map_or(0, |parent| parent.met.saturating_sub(1));
        let steps = self.open.iter().skip(1).map(|open| (open.key, open.index)).chain([(key, last)]);
        for (key, index) in steps.filter(|_| !self.open.is_empty()) {
            match key.and_then(Value::as_str) {
                Some(key) => pointer.push(&key),
                None => pointer.push(&index.to_string()),
            }
        }
        pointer.to_string()
    }

    fn route(&self, value: Value<'n>) -> Route {
        if place::is_parameter_default(value, &self.open) { Route::ParameterDefault } else { Route::Plain }
    }

    fn class_of_key(&mut self, key: Value<'n>) -> KeyClass {
        let raw = key.raw();
        let last = self.last.get_mut(slot(raw));
        if let Some((_, class)) = last.as_ref().filter(|(last, _)| *last == raw) {
            return *class;
        }
        let class = *self.classes.entry(raw).or_insert_with(|| classify(&key.as_str().unwrap_or_default()));
        if let Some(last) = last {
            *last = (raw, class);
        }
        class
    }

    /// The key or label that names `value`, and the class it gives.
    fn name_of(&mut self, value: Value<'n>) -> (Option<Value<'n>>, KeyClass) {
        let Some(parent) = self.open.last() else { return (None, KeyClass::Plain) };
        let (parent_value, parent_key, says) = (parent.value, parent.key, parent.says);
        let Some(key) = value.key_before() else {
            // An element of a list: the list's key names it (headers are lists of values).
            let class = parent_key.map_or(KeyClass::Plain, |key| self.class_of_key(key));
            return (parent_key, class);
        };
        if place::is_value_key(key) {
            if let Some(sibling) = place::sibling_name(parent_value) {
                let class = self.class_of_key(sibling);
                if class != KeyClass::Plain {
                    return (Some(sibling), class);
                }
                let label = place::sibling_label(parent_value)
                    .filter(|label| label.as_str().is_some_and(|text| text.split_whitespace().count() <= 4));
                if let Some(label) = label {
                    let class = self.class_of_key(label);
                    return (Some(sibling), class);
                }
                return (Some(sibling), place::class_by_parent(key, says));
            }
            // `{"label": "Admin password", "value": "…"}`.
            let label = place::sibling_label(parent_value)
                .filter(|label| label.as_str().is_some_and(|text| text.split_whitespace().count() <= 4));
            if let Some(label) = label {
                let class = self.class_of_key(label);
                return (Some(label), class);
            }
            // `options: [{"value": "…"}]`: named by the parameter that has the options.
            if let [.., parameter, options, _] = self.open.as_slice()
                && options.key.is_some_and(|key| key.is_key_named("options"))
                && let Some(sibling) = place::sibling_name(parameter.value)
            {
                let class = self.class_of_key(sibling);
                return (Some(sibling), class);
            }
            // `{"DbPassword": {"Type": "String", "Default": "…"}}`: the object's own key.
            if let Some(key) = parent_key {
                let class = self.class_of_key(key);
                if class != KeyClass::Plain || says == KeyClass::Plain {
                    return (Some(key), class);
                }
            }
        }
        let class = self.class_of_key(key);
        if class != KeyClass::Plain {
            if place::is_encrypted(parent_key) {
                return (Some(key), KeyClass::Plain);
            }
            return (Some(key), class);
        }
        (Some(key), place::class_by_parent(key, says))
    }

    fn number(&mut self, value: Value<'n>) {
        let raw = value.raw();
        if raw.len() < 4 || !raw.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        let (name, class) = self.name_of(value);
        if let Some(name) = name.filter(|_| matches!(class, KeyClass::Password | KeyClass::Pass | KeyClass::Pin)) {
            let name = name.as_str().unwrap_or_default();
            let at = self.at(value);
            self.text_scanner.look(
                &Text { content: raw, hits: &[], name: &name, class, may_be_base64: false, is_git_secret: false },
                &at,
            );
        }
    }

    /// Scans a key, which may itself contain a token or an address.
    fn key(&mut self, key: Value<'n>, hits: &[Hit]) {
        if !hits.iter().any(|hit| matches!(hit.hint, Hint::Vendor(_) | Hint::Address)) || self.is_payload(key) {
            return;
        }
        let Some(content) = key.as_str() else { return };
        let hits: Vec<Hit> =
            KEYWORDS.hits(&content).filter(|hit| matches!(hit.hint, Hint::Vendor(_) | Hint::Address)).collect();
        let at = self.at(key);
        self.text_scanner.look(
            &Text {
                content: &content,
                hits: &hits,
                name: "",
                class: KeyClass::Plain,
                may_be_base64: false,
                is_git_secret: false,
            },
            &at,
        );
    }

    /// Scans a text, which is at `inside` in `whole`; `hits` is a reusable buffer for its keywords.
    fn string(&mut self, value: Value<'n>, whole: &str, inside: Range<usize>, hits: &mut Vec<Hit>) {
        let raw = value.raw();
        if raw.len() < 6 {
            return;
        }
        let (name, mut class) = self.name_of(value);
        if self.is_caption(value, class) {
            class = KeyClass::Plain;
        }
        let is_escaped = memchr::memchr(b'\\', raw.as_bytes()).is_some();
        let may_be_base64 = decode::may_be_base64(raw) && is_worth_decoding(raw.trim_matches('"'))
            || raw.as_bytes().get(1..3).is_some_and(|head| matches!(head, [b'%', _] | [b'0', b'x']))
            || decode::may_be_hexadecimal(raw.trim_matches('"'));
        // An escape may hide a keyword: `\u0070assword`, `https:\/\/`.
        let hides = is_escaped && (raw.contains("\\u") || raw.contains("\\/"));
        let is_list = self.within.is_some()
            && raw.contains(':')
            && value.key_before().is_some_and(|key| key.is_key_named("list"));
        let is_of_note = class != KeyClass::Plain || may_be_base64 || hides || is_list || self.text_scanner.wants_all();
        let has_hits = if is_escaped {
            // It is searched after decoding; this only decides whether it must be.
            is_of_note || KEYWORDS.are_in(whole, inside)
        } else {
            KEYWORDS.hits_in(whole, inside, hits);
            !hits.is_empty()
        };
        if (!is_of_note && !has_hits) || self.is_payload(value) {
            return;
        }
        let Some(content) = value.as_str() else { return };
        let own_hits;
        let hits = if is_escaped {
            own_hits = KEYWORDS.hits(&content).collect::<Vec<_>>();
            own_hits.as_slice()
        } else {
            hits
        };
        let name_text = match (name, self.within) {
            (Some(name), _) => name.as_str().unwrap_or_default(),
            (None, Some((_, outer))) => Cow::Borrowed(outer),
            (None, None) => Cow::Borrowed(""),
        };
        let is_git_secret = self.within.is_none() && &*name_text == "secret" && place::is_trigger(&self.open);
        let at = self.at(value);
        if self.within.is_some() && self.chpasswd(value, &content, &at) {
            return;
        }
        self.text_scanner
            .look(&Text { content: &content, hits, name: &name_text, class, may_be_base64, is_git_secret }, &at);
    }

    /// `chpasswd: {list: "user:password\n…"}` of cloud-init.
    fn chpasswd(&mut self, value: Value<'n>, content: &str, at: &At<'d>) -> bool {
        let is_list = value.key_before().is_some_and(|key| key.is_key_named("list"));
        if !is_list || !self.open.last().is_some_and(|open| open.key.is_some_and(|key| key.is_key_named("chpasswd"))) {
            return false;
        }
        for (user, password) in content.lines().filter_map(|line| line.trim().split_once(':')) {
            if !decide::is_absent(password) && !matches!(password, "R" | "RANDOM") {
                let what = format!("the password of {}", crate::base::sanitize::sanitize(user, 60));
                self.text_scanner.literal(Found::new(password, "cloud-init", what, Confidence::High), at);
            }
        }
        true
    }

    fn is_payload(&self, value: Value<'n>) -> bool {
        self.payloads.last().is_some_and(|_| {
            let row = value.row();
            let at = self.payloads.partition_point(|(from, _)| *from <= row);
            self.payloads.get(..at).unwrap_or_default().iter().rev().take(4).any(|(_, to)| row < *to)
        })
    }

    /// Scans the payload of a Kubernetes Secret, where every value is a secret by definition.
    fn kubernetes_secret(&mut self, object: Value<'n>) {
        for payload in kubernetes::payloads(object) {
            self.payloads.push((payload.row(), payload.end_row()));
        }
        self.payloads.sort_unstable();
        for entry in kubernetes::entries(object) {
            let at = self.at(entry.value);
            match entry.content {
                kubernetes::Content::Reference(text, recognised) => {
                    self.text_scanner.keep_reference(&text, recognised, &at);
                }
                kubernetes::Content::Secret(plain) => self.text_scanner.payload(entry.what, &plain, &at),
            }
        }
    }

    /// A private key as JSON (RFC 7517): `d`, or `k` of a symmetric one.
    fn json_web_key(&mut self, object: Value<'n>) {
        let Some(kind) = object.get("kty").and_then(Value::as_str) else { return };
        let part = if kind == "oct" { "k" } else { "d" };
        let Some(secret) = object.get(part) else { return };
        let Some(text) = secret.as_str().filter(|text| text.len() >= 16) else { return };
        let at = self.at(secret);
        let what = "the private part of a JSON web key".to_owned();
        self.text_scanner.literal(Found::new(&text, "json-web-key", what, Confidence::High), &at);
    }

    /// Recognises a `random_password` in Terraform's state.
    fn terraform_random_password(&mut self, object: Value<'n>) {
        if object.get("type").and_then(Value::as_str).as_deref() != Some("random_password") {
            return;
        }
        let instances = object.get("instances").into_iter().flat_map(Value::elements).take(100);
        let results: Vec<Value<'n>> =
            instances.filter_map(|instance| instance.get("attributes")?.get("result")).collect();
        for result in results {
            let Some(text) = result.as_str().filter(|text| !decide::is_absent(text)) else { continue };
            let at = self.at(result);
            let what = "a password that Terraform drew".to_owned();
            self.text_scanner.literal(Found::new(&text, "terraform-state", what, Confidence::High), &at);
        }
    }

    /// Scans notifications whose address is a credential by itself (`echo/…/microsoftteams`, `…/googlechat`).
    fn notification(&mut self, object: Value<'n>, key: Option<Value<'n>>) {
        let is_one = key.is_none()
            && self.open.last().is_some_and(|open| open.key.is_some_and(|key| key.is_key_named("notifications")));
        if !is_one || self.within.is_some() {
            return;
        }
        let Some(address) = place::bearer_address(object) else { return };
        let (at, text) = (self.at(address), address.as_str().unwrap_or_default());
        let what = "a webhook address that is itself a credential".to_owned();
        self.text_scanner.literal(Found::new(&text, "notification-address", what, Confidence::Medium), &at);
    }

    /// A list of arguments: `["--password", "…"]`, `["mysql", "-p…"]`.
    fn arguments(&mut self, list: Value<'n>) {
        let elements: Vec<Value<'n>> = list.elements().take(400).collect();
        let texts: Vec<Cow<'n, str>> = elements.iter().map(|element| element.as_str().unwrap_or_default()).collect();
        let words: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        for (n, pair) in words.windows(2).enumerate() {
            let [option, next] = pair else { continue };
            let is_option = option.starts_with('-') && !option.contains(['=', ' ']) && !next.starts_with('-');
            if !is_option {
                continue;
            }
            let class = classify(option.trim_start_matches('-'));
            let candidate = Candidate { name: option, class, how: How::Quoted, value: next };
            let Some(judgement) = decide::decide(&candidate) else { continue };
            if let Some(element) = elements.get(n + 1) {
                let at = self.at(*element);
                let what = super::text::value_of(option);
                self.text_scanner.literal(Found::judged(next, "command-argument", what, judgement), &at);
            }
        }
        for (n, inside) in command::of_list(&words) {
            let (Some(element), Some(word)) = (elements.get(n), words.get(n)) else { continue };
            let at = self.at(*element);
            let text = word.get(inside.span.clone()).unwrap_or_default();
            self.text_scanner.literal(Found::new(text, inside.detector, inside.what, inside.confidence), &at);
        }
    }
}

/// The number of cached keys.
const SLOTS: usize = 128;

/// The cache slot of a key, by its length and its first and last byte inside the quotes.
fn slot(raw: &str) -> usize {
    let ends = |at: usize| raw.as_bytes().get(at).copied().map_or(0, usize::from);
    (raw.len() * 7 + ends(1) * 5 + ends(raw.len().saturating_sub(2))) % SLOTS
}

/// The range of `value`'s text, relative to `base`.
fn inside_quotes(value: Value<'_>, base: usize) -> Range<usize> {
    value.start() - base + 1..value.end() - base - 1
}

/// Whether the text, by its length and letters, could be base64 of a text: names and paths are valid base64 too.
pub(super) fn is_worth_decoding(text: &str) -> bool {
    text.len() >= decode::SHORTEST_BASE64
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Whether a text of several lines may be YAML: its first line that is not blank or a comment is a key or an element.
pub(super) fn looks_like_yaml(text: &str) -> bool {
    let mut lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.trim_start().is_empty() && !line.trim_start().starts_with('#'));
    let Some(first) = lines.next() else { return false };
    if first == "---" || first.starts_with("- ") || first.starts_with("%YAML") {
        return true;
    }
    let Some((key, rest)) = first.split_once(':') else { return false };
    let is_flow = || rest.starts_with(" {") && rest.ends_with('}') || rest.starts_with(" [") && rest.ends_with(']');
    if !text.contains('\n') && !is_flow() {
        return false;
    }
    let key = key.trim().trim_matches(['"', '\'']);
    !key.is_empty()
        && key.len() <= 120
        && !key.contains([' ', '=', '(', '{', '$', ';'])
        && (rest.is_empty() || rest.starts_with(' '))
}
