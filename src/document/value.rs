//! One value of a document: a reference that is cheap to copy.

use std::borrow::Cow;

use crate::base::base64;
use crate::document::json;
use crate::document::pointer::Pointer;
use crate::document::settled::Settled;
use crate::document::table::{Document, Kind, Node, Position, SUPERSEDED, tag};

/// A value of a [`Document`], borrowed from it.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    document: &'d Document,
    row: u32,
    view: View,
}

/// How expressions are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// As what they become, where the document settles it.
    Settled,
    /// As they are written.
    Written,
    /// The value of any key of an object with an open key: an expression of which nothing is known.
    OpenKey,
}

/// A setting that Orca reads as a boolean and an author may write as one, as text, or as an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    On,
    Off,
    /// Contains `${`: only the running execution knows its value.
    Expression,
    /// Neither; Jackson would refuse it or read it as false.
    Other,
}

impl Flag {
    fn of(text: &str) -> Self {
        match text.trim() {
            word if word.eq_ignore_ascii_case("true") => Self::On,
            word if word.is_empty() || word.eq_ignore_ascii_case("false") => Self::Off,
            word if word.contains("${") => Self::Expression,
            _ => Self::Other,
        }
    }
}

impl<'d> Value<'d> {
    pub(super) fn new(document: &'d Document, row: u32) -> Self {
        Self { document, row, view: View::Settled }
    }

    /// The document that the value belongs to.
    pub fn document(self) -> &'d Document {
        self.document
    }

    /// The same value with its expressions as they are written, not as what they become: for texts that are searched or compared.
    #[must_use]
    pub fn written(self) -> Self {
        Self { view: View::Written, ..self }
    }

    /// The same value with its expressions as what they become, which is how values are read unless [`Value::written`] was asked for.
    #[must_use]
    pub fn evaluated(self) -> Self {
        Self { view: View::Settled, ..self }
    }

    /// The row `row` of the same document, read in the same way.
    fn at_row(self, row: u32) -> Self {
        Self { row, view: if self.view == View::OpenKey { View::Settled } else { self.view }, ..self }
    }

    /// What the expressions of its document become, unless it is read as written.
    fn settled(self) -> Option<&'d Settled> {
        if self.view == View::Written { None } else { self.document.settled() }
    }

    /// Whether only the run knows it: a text with an expression that stays open, or any value of an object with an open key.
    pub fn is_open(self) -> bool {
        let is_open_text = || self.settled()?.choices(self.row).map(|choices| choices.len() != 1);
        self.view == View::OpenKey || self.kind() == Kind::String && is_open_text() == Some(true)
    }

    /// The key of this object that stays open, so that it may be any key.
    pub fn open_key(self) -> Option<Value<'d>> {
        let row = self.settled()?.open_key(self.row)?;
        Some(Value { document: self.document, row, view: View::OpenKey })
    }

    /// Each text that it may have: several where a conditional decides, and none where only the run knows it.
    pub fn choices(self) -> Vec<Cow<'d, str>> {
        if self.view == View::OpenKey {
            return Vec::new();
        }
        match self.settled().and_then(|settled| settled.choices(self.row)) {
            Some(choices) => choices.iter().map(|choice| Cow::Borrowed(&**choice)).collect(),
            None => self.text().into_iter().collect(),
        }
    }

    fn node(self) -> Option<&'d Node> {
        self.document.nodes.get(self.row as usize)
    }

    /// The value's row in the table: unique within its document.
    pub fn row(self) -> u32 {
        self.row
    }

    /// The type of the value.
    pub fn kind(self) -> Kind {
        if self.view == View::OpenKey {
            return Kind::String;
        }
        self.node().map_or(Kind::Null, |node| node.kind)
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    /// The text of the value as written in the document, quotes and escapes included.
    pub fn raw(self) -> &'d str {
        self.node().and_then(|node| self.document.text.get(node.span())).unwrap_or_default()
    }

    /// The text of a string or key: what its expression becomes, or the expression where that is open.
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        let node = self.node()?;
        if !matches!(node.kind, Kind::String | Kind::Key) {
            return None;
        }
        let becomes = self.settled().filter(|_| self.view == View::Settled).and_then(|settled| match node.kind {
            Kind::Key => settled.name(self.row),
            _ => settled.choices(self.row).filter(|choices| choices.len() == 1)?.first().map(|choice| &**choice),
        });
        Some(becomes.map_or_else(|| json::decode(self.raw(), node.escaped), Cow::Borrowed))
    }

    /// The text of a string, and of a number, `true` or `false` as written: for settings that an author may write either way.
    pub fn text(self) -> Option<Cow<'d, str>> {
        match self.kind() {
            Kind::String | Kind::Key => self.as_str(),
            Kind::Number | Kind::True | Kind::False => Some(Cow::Borrowed(self.raw())),
            _ => None,
        }
    }

    /// Whether it is the string `text`.
    pub fn is_str(self, text: &str) -> bool {
        self.as_str().is_some_and(|value| value == text)
    }

    /// A number, or a string that contains one.
    pub fn as_f64(self) -> Option<f64> {
        self.text().and_then(|text| text.trim().parse().ok())
    }

    /// How Orca and Jackson would read it where a boolean is expected: `true`, `"true"` in any case, or an expression.
    pub fn flag(self) -> Flag {
        if let [first, others @ ..] = self.choices().as_slice()
            && !others.is_empty()
        {
            let flag = Flag::of(first);
            return if others.iter().all(|other| Flag::of(other) == flag) { flag } else { Flag::Expression };
        }
        match self.kind() {
            Kind::True => Flag::On,
            Kind::False | Kind::Null => Flag::Off,
            Kind::String => Flag::of(&self.as_str().unwrap_or_default()),
            _ => Flag::Other,
        }
    }

    /// The flag under `key`; off when it is missing.
    pub fn flag_at(self, key: &str) -> Flag {
        self.get(key).map_or(Flag::Off, Value::flag)
    }

    /// The value under `key`; `None` when this is not an object or has no such key. Of a key that a trigger holds twice this is the
    /// last value, as in Jackson; [`Value::get_all`] gives both.
    ///
    /// What is unknown is never absent: in an open text, and in an object with an open key, every key has an open value.
    pub fn get(self, key: &str) -> Option<Value<'d>> {
        if self.is_open() {
            return Some(self);
        }
        let node = self.node().filter(|node| node.kind == Kind::Object)?;
        let open = self.open_key();
        if open.is_some() {
            return open;
        }
        let tag = tag(key.as_bytes());
        let mut row = self.row + 1;
        while row < node.next {
            let (name, value) = (self.at_row(row), self.at_row(row + 1));
            if name.is_tagged_key(key, tag) {
                return Some(value);
            }
            row = value.node()?.next;
        }
        None
    }

    /// Every value under `key`: two where a trigger of Orca holds the key twice, the one that counts last.
    pub fn get_all(self, key: &str) -> impl Iterator<Item = Value<'d>> + use<'d> {
        let last = self.get(key);
        let earlier = last.into_iter().flat_map(move |last| self.superseded_by(last));
        earlier.chain(last)
    }

    /// The earlier values of the key of `last`, which is a value of this object.
    fn superseded_by(self, last: Value<'d>) -> impl Iterator<Item = Value<'d>> + use<'d> {
        let name = last.key_before().and_then(Value::as_str);
        self.repeated().filter(move |(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// Keys that a later key of the same name supersedes, with their values. Only triggers of executions hold any.
    pub fn repeated(self) -> impl Iterator<Item = (Value<'d>, Value<'d>)> + use<'d> {
        self.entries().filter(|(key, _)| key.node().is_some_and(|node| node.tag == SUPERSEDED))
    }

    /// The objects and lists that this text without expressions holds. Empty for any other value, and for a text inside such a text.
    pub fn embedded(self) -> Elements<'d> {
        self.embedded_in(|text| (!text.contains("${")).then(|| text.to_owned()))
    }

    /// The same for a text that holds them in base64.
    pub fn embedded_base64(self) -> Elements<'d> {
        self.embedded_in(|text| String::from_utf8(base64::decode_lenient(text.trim().as_bytes())?).ok())
    }

    fn embedded_in(self, decode: impl Fn(&str) -> Option<String>) -> Elements<'d> {
        let is_text = self.kind() == Kind::String && self.document.host.is_none();
        let read = || Document::embedded_text(&decode(&self.as_str()?)?, self.row);
        let root = is_text.then(|| self.document.embedded.document(self.row, read)).flatten().map(Document::root);
        match root {
            Some(root) if root.kind() == Kind::Array => root.elements(),
            Some(root) if root.is_object() => Elements { parent: root, at: 0, end: 1 },
            _ => Elements { parent: self, at: 0, end: 0 },
        }
    }

    /// This value itself, or, of a value in a document that a text of `root`'s document holds, that text.
    #[must_use]
    pub fn in_document_of(self, root: Value<'d>) -> Value<'d> {
        match self.document.host {
            Some(row) if !std::ptr::eq(self.document, root.document) => root.at_row(row),
            _ => self,
        }
    }

    /// The value at the end of `keys`.
    pub fn at(self, keys: &[&str]) -> Option<Value<'d>> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The string under `key`; `None` when it is missing, blank, or not a string.
    pub fn str(self, key: &str) -> Option<Cow<'d, str>> {
        self.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
    }

    /// The elements of the array under `key`; empty when there is no such array. An open text is the only element of its list.
    pub fn list(self, key: &str) -> Elements<'d> {
        match self.get(key) {
            Some(value) if value.is_open() => Elements { parent: value, at: value.row, end: value.row + 1 },
            Some(value) => value.elements(),
            None => Elements { parent: self, at: 0, end: 0 },
        }
    }

    /// First byte of the value in the document's text.
    pub fn start(self) -> usize {
        self.node().map_or(0, |node| node.start as usize)
    }

    /// One after its last byte.
    pub fn end(self) -> usize {
        self.node().map_or(0, |node| node.end as usize)
    }

    /// Length of [`Value::raw`] in bytes, read from the table and not from the text.
    pub fn length(self) -> usize {
        self.end() - self.start()
    }

    /// Whether it is a string written with escapes.
    pub fn is_escaped(self) -> bool {
        self.node().is_some_and(|node| node.escaped)
    }

    /// The innermost value or key of the document that begins at or before `offset` bytes of its text: the one that contains the offset.
    #[must_use]
    pub fn at_offset(self, offset: usize) -> Value<'d> {
        let after = self.document.nodes.partition_point(|node| node.start as usize <= offset);
        self.at_row(u32::try_from(after.saturating_sub(1)).unwrap_or_default())
    }

    /// The row that follows everything inside it.
    pub fn end_row(self) -> u32 {
        self.node().map_or(self.row, |node| node.next)
    }

    /// The key of this value; `None` for an element of an array and for the root.
    pub fn key_before(self) -> Option<Value<'d>> {
        let before = self.at_row(self.row.checked_sub(1)?);
        (before.kind() == Kind::Key).then_some(before)
    }

    /// The value of this key; `None` for anything else.
    pub fn value_after(self) -> Option<Value<'d>> {
        (self.kind() == Kind::Key).then(|| self.at_row(self.row + 1))
    }

    /// Whether it is the key `key`.
    pub fn is_key_named(self, key: &str) -> bool {
        let Some(node) = self.node().filter(|node| node.kind == Kind::Key) else { return false };
        let is_superseded = || node.tag == SUPERSEDED && self.as_str().is_some_and(|value| value == key);
        self.is_tagged_key(key, tag(key.as_bytes())) || is_superseded()
    }

    fn is_tagged_key(self, key: &str, tag: [u8; 2]) -> bool {
        let Some(node) = self.node() else { return false };
        if let Some(settled) = self.settled().filter(|settled| settled.has_keys())
            && let Some(name) = settled.name(self.row)
        {
            return name == key;
        }
        if node.escaped {
            return node.tag != SUPERSEDED && self.as_str().is_some_and(|value| value == key);
        }
        let (start, end) = (node.start as usize, node.end as usize);
        end - start == key.len() + 2
            && node.tag == tag
            && self.document.text.as_bytes().get(start + 1..end - 1) == Some(key.as_bytes())
    }

    /// The keys and values of an object; empty for any other type.
    pub fn entries(self) -> Entries<'d> {
        let (at, end) = self.children(Kind::Object);
        Entries { parent: self, at, end }
    }

    /// The elements of an array; empty for any other type.
    pub fn elements(self) -> Elements<'d> {
        let (at, end) = self.children(Kind::Array);
        Elements { parent: self, at, end }
    }

    fn children(self, kind: Kind) -> (u32, u32) {
        match self.node() {
            Some(node) if node.kind == kind => (self.row + 1, node.next),
            _ => (0, 0),
        }
    }

    /// This value and every key and value inside it, in the order of the text.
    pub fn descendants(self) -> impl Iterator<Item = Value<'d>> {
        let end = self.node().map_or(self.row, |node| node.next);
        (self.row..end).map(move |row| self.at_row(row))
    }

    /// Whether `other` is this value or lies inside it.
    pub fn holds(self, other: Value<'_>) -> bool {
        std::ptr::eq(self.document, other.document)
            && other.row >= self.row
            && self.node().is_some_and(|node| other.row < node.next)
    }

    /// Whether it is `null`, a blank string, or an empty object or array.
    pub fn is_blank(self) -> bool {
        match self.kind() {
            Kind::Null => true,
            Kind::String => self.as_str().is_none_or(|text| text.trim().is_empty()),
            Kind::Array | Kind::Object => self.node().is_some_and(|node| node.next == self.row + 1),
            _ => false,
        }
    }

    /// The pointer of this value, seen from `root`. The pointer of a key is that of its value.
    pub fn pointer_from(self, root: Value<'d>) -> Pointer {
        let mut pointer = Pointer::root();
        let mut here = root.written();
        while here.row != self.row {
            let Some((index, child)) = here.child_towards(self) else { break };
            match child.kind() {
                Kind::Key => pointer.push(&child.as_str().unwrap_or_default()),
                _ => pointer.push(&index.to_string()),
            }
            let value = child.value_after().unwrap_or(child);
            if value.row > self.row {
                break;
            }
            here = value;
        }
        pointer
    }

    /// The child of this list or object that holds `other`, with its index: of an object the key.
    fn child_towards(self, other: Value<'d>) -> Option<(usize, Value<'d>)> {
        let held = self.holds(other) && matches!(self.kind(), Kind::Array | Kind::Object);
        let is_before = |row: u32| row <= other.row;
        let found = held.then(|| self.document.children.last_before(self.row, is_before, self.child_rows()))??;
        Some((found.0, self.at_row(found.1)))
    }

    /// The element of this list at `index`, found without walking through a long list.
    pub fn element(self, index: usize) -> Option<Value<'d>> {
        let is_list = self.kind() == Kind::Array;
        let row = is_list.then(|| self.document.children.nth(self.row, index, self.child_rows()))??;
        Some(self.at_row(row))
    }

    /// The rows of its children: of an object those of its keys.
    fn child_rows(self) -> impl Iterator<Item = u32> + Clone + use<'d> {
        let end = self.end_row();
        let document = self.document;
        let next = move |row: &u32| {
            let node = document.nodes.get(*row as usize)?;
            // The value follows its key.
            let last = if node.kind == Kind::Key { document.nodes.get(*row as usize + 1)? } else { node };
            Some(last.next)
        };
        std::iter::successors(Some(self.row + 1), next).take_while(move |row| *row < end)
    }

    /// The position of the value in its file.
    pub fn position(self) -> Position {
        self.document.position_of_row(self.row)
    }

    /// A copy as a `serde_json` value, for the few callers that pass a part on.
    pub fn to_json(self) -> serde_json::Value {
        serde_json::from_str(self.raw()).unwrap_or_default()
    }

    /// As [`Value::to_json`], but rebuilt from the table and not from the text, to test the table.
    #[cfg(test)]
    pub(crate) fn rebuilt(self) -> serde_json::Value {
        match self.kind() {
            Kind::Object => self
                .entries()
                .map(|(key, value)| (key.as_str().unwrap_or_default().into_owned(), value.rebuilt()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Kind::Array => self.elements().map(Value::rebuilt).collect(),
            _ => self.to_json(),
        }
    }
}

/// The keys and values of an object.
#[derive(Clone)]
pub struct Entries<'d> {
    parent: Value<'d>,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Entries<'d> {
    type Item = (Value<'d>, Value<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let (key, value) = (self.parent.at_row(self.at), self.parent.at_row(self.at + 1));
        self.at = value.node()?.next;
        Some((key, value))
    }
}

/// The elements of an array.
#[derive(Clone)]
pub struct Elements<'d> {
    parent: Value<'d>,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Elements<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let value = if self.parent.view == View::OpenKey { self.parent } else { self.parent.at_row(self.at) };
        self.at = value.node()?.next;
        Some(value)
    }
}
