//! From a JSON text to the table of its values.
//!
//! `serde_json` decides whether the text is JSON and reports where it is not. The table is filled by one loop that stops at input it
//! does not know. Neither recurses, so no nesting can exhaust the stack.

mod text;

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::base::sanitize::quoted;
use crate::document::table::{Kind, MAX_DEPTH, Node, START, SUPERSEDED, Unreadable, position, tag};

pub(super) use text::decode;

/// An object with more keys than this is searched for duplicates through a set, a smaller one by comparing all pairs.
const SMALL_OBJECT: usize = 12;

/// A text of this length or more is checked by `serde_json` on a second thread, in parallel with the indexing.
const LONG: usize = 1 << 20;

/// So many characters of a duplicate key are reported.
const LONGEST_KEY: usize = 60;

/// The table of `text`'s values.
pub(super) fn index(text: &str) -> Result<Vec<Node>, Unreadable> {
    let is_json = || serde_json::from_str::<serde::de::IgnoredAny>(text).map(drop);
    let (is_json, filled) = if text.len() < LONG {
        let is_json = is_json();
        (is_json, Table::of(text))
    } else {
        std::thread::scope(|scope| match std::thread::Builder::new().spawn_scoped(scope, is_json) {
            Ok(other) => {
                let filled = Table::of(text);
                (other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), filled)
            }
            // No thread is available: one after the other.
            Err(_) => (is_json(), Table::of(text)),
        })
    };
    // That the text is not JSON further on is reported before anything else.
    is_json.map_err(|error| unreadable(text, &error))?;
    let table = filled.map_err(|stop| match stop {
        Stop::Refused(refused) => refused,
        Stop::NoJson(at) => Unreadable { reason: "not JSON".into(), position: position(text, at) },
    })?;
    // Not shrunk: memory that was reserved and never written is not used, and shrinking copies, since freed memory is zeroed.
    Ok(if table.repeated.is_empty() { table.nodes } else { without(&table.nodes, &table.repeated) })
}

/// An estimate of the number of rows, so that the table seldom grows: every row but the first follows `,`, `:`, `{` or `[`. In a long
/// text only samples are counted.
fn rows(bytes: &[u8]) -> usize {
    const SAMPLE: usize = 1 << 10;
    const SAMPLES: usize = 1 << 8;
    let count = |bytes: &[u8]| bytes.iter().filter(|byte| matches!(byte, b',' | b':' | b'{' | b'[')).count();
    if bytes.len() <= SAMPLE * SAMPLES {
        return count(bytes) + 1;
    }
    let apart = bytes.len() / SAMPLES;
    let counted: usize = bytes.chunks(apart).map(|part| count(part.get(..SAMPLE).unwrap_or(part))).sum();
    // A tenth more, for rows that the samples do not show.
    (counted + counted / 10) * apart / SAMPLE
}

/// A container whose end has not been read.
struct Open {
    row: u32,
    is_object: bool,
    /// Where its keys begin in [`Table::keys`].
    keys_from: usize,
}

struct Table<'t> {
    text: &'t str,
    nodes: Vec<Node>,
    open: Vec<Open>,
    /// Rows of the keys of all open objects, the innermost last.
    keys: Vec<u32>,
    /// Row ranges of duplicate keys with their values, which repeat an earlier key and its value.
    repeated: Vec<(u32, u32)>,
}

/// Why the table is not filled.
enum Stop {
    /// The text is not JSON from this byte on.
    NoJson(usize),
    /// It is JSON, but refused.
    Refused(Unreadable),
}

/// The tokens that may follow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

impl<'t> Table<'t> {
    fn of(text: &'t str) -> Result<Self, Stop> {
        let nodes = Vec::with_capacity(rows(text.as_bytes()));
        let mut table = Self { text, nodes, open: Vec::new(), keys: Vec::new(), repeated: Vec::new() };
        table.fill()?;
        Ok(table)
    }

    fn fill(&mut self) -> Result<(), Stop> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        let mut next = Next::Value;
        loop {
            at = text::after_blanks(bytes, at);
            let Some(&byte) = bytes.get(at) else { break };
            let may_be_value = matches!(next, Next::Value | Next::ValueOrEnd);
            match byte {
                b'"' if may_be_value || matches!(next, Next::Key | Next::KeyOrEnd) => {
                    at = self.string(at, !may_be_value)?;
                    next = if may_be_value { self.after_value() } else { Next::Colon };
                }
                b':' if next == Next::Colon => (at, next) = (at + 1, Next::Value),
                b',' if next == Next::CommaOrEnd => {
                    let is_in_object = self.open.last().is_some_and(|open| open.is_object);
                    (at, next) = (at + 1, if is_in_object { Next::Key } else { Next::Value });
                }
                b'{' | b'[' if may_be_value => {
                    self.open(at, byte == b'{').map_err(Stop::Refused)?;
                    (at, next) = (at + 1, if byte == b'{' { Next::KeyOrEnd } else { Next::ValueOrEnd });
                }
                b'}' | b']' if matches!(next, Next::CommaOrEnd | Next::KeyOrEnd | Next::ValueOrEnd) => {
                    if self.open.last().is_none_or(|open| open.is_object != (byte == b'}')) {
                        return Err(Stop::NoJson(at));
                    }
                    at += 1;
                    self.close(at).map_err(Stop::Refused)?;
                    next = self.after_value();
                }
                b'"' | b':' | b',' | b'{' | b'[' | b'}' | b']' => return Err(Stop::NoJson(at)),
                _ if may_be_value => {
                    let (end, kind) = text::word(bytes, at).ok_or(Stop::NoJson(at))?;
                    at = self.leaf(at, end, kind, false);
                    next = self.after_value();
                }
                _ => return Err(Stop::NoJson(at)),
            }
        }
        if next == Next::Nothing { Ok(()) } else { Err(Stop::NoJson(at)) }
    }

    fn after_value(&self) -> Next {
        if self.open.is_empty() { Next::Nothing } else { Next::CommaOrEnd }
    }

    fn open(&mut self, at: usize, is_object: bool) -> Result<(), Unreadable> {
        if self.open.len() >= MAX_DEPTH {
            let reason = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(Unreadable { reason, position: position(self.text, at) });
        }
        self.open.push(Open { row: narrow(self.nodes.len()), is_object, keys_from: self.keys.len() });
        let kind = if is_object { Kind::Object } else { Kind::Array };
        self.nodes.push(Node { start: narrow(at), end: 0, next: 0, kind, escaped: false, tag: [0; 2] });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<(), Unreadable> {
        let Some(closed) = self.open.pop() else { return Ok(()) };
        self.refuse_duplicates(&closed)?;
        self.keys.truncate(closed.keys_from);
        let next = narrow(self.nodes.len());
        if let Some(container) = self.nodes.get_mut(closed.row as usize) {
            container.end = narrow(end);
            container.next = next;
        }
        Ok(())
    }

    fn string(&mut self, start: usize, is_key: bool) -> Result<usize, Stop> {
        let (end, escaped) = text::end_of_string(self.text.as_bytes(), start).ok_or(Stop::NoJson(start))?;
        if escaped {
            check_escapes(self.text, start, end).map_err(Stop::Refused)?;
        }
        if is_key {
            self.keys.push(narrow(self.nodes.len()));
        }
        Ok(self.leaf(start, end, if is_key { Kind::Key } else { Kind::String }, escaped))
    }

    fn leaf(&mut self, start: usize, end: usize, kind: Kind, escaped: bool) -> usize {
        let next = narrow(self.nodes.len() + 1);
        let tag = match kind {
            Kind::Key => tag(self.text.as_bytes().get(start + 1..end - 1).unwrap_or_default()),
            _ => [0; 2],
        };
        self.nodes.push(Node { start: narrow(start), end: narrow(end), next, kind, escaped, tag });
        end
    }

    fn key(&self, row: u32) -> Cow<'_, str> {
        let node = self.nodes.get(row as usize);
        node.map_or(Cow::Borrowed(""), |node| decode(self.text.get(node.span()).unwrap_or_default(), node.escaped))
    }

    /// Duplicate keys in one object: the second is dropped when its value is the same. When the values differ, parsers differ too
    /// on which one wins, and the document that Orca saw cannot be known. Only a trigger of an execution may hold a key twice: Orca
    /// writes the typed value and then the raw one (its fields and its any-getter overlap, `jackson/mixin/TriggerMixin.java`). Both
    /// are kept, and the last one counts.
    fn refuse_duplicates(&mut self, object: &Open) -> Result<(), Unreadable> {
        let keys = self.keys.get(object.keys_from..).unwrap_or_default();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        if keys.len() <= SMALL_OBJECT {
            for (n, &row) in keys.iter().enumerate() {
                let name = self.key(row);
                let earlier = keys.get(..n).unwrap_or_default().iter().find(|&&earlier| self.key(earlier) == name);
                pairs.extend(earlier.map(|&earlier| (earlier, row)));
            }
        } else {
            let mut seen = HashMap::with_capacity(keys.len());
            for &row in keys {
                match seen.entry(self.key(row)) {
                    Entry::Occupied(earlier) => pairs.push((*earlier.get(), row)),
                    Entry::Vacant(free) => {
                        free.insert(row);
                    }
                }
            }
        }
        for (earlier, row) in pairs {
            let is_twice = self.nodes.get(earlier as usize).is_some_and(|node| node.tag != SUPERSEDED);
            let is_same = self.value_text(earlier) == self.value_text(row);
            if is_twice && !is_same && self.is_trigger(object) {
                if let Some(node) = self.nodes.get_mut(earlier as usize) {
                    node.tag = SUPERSEDED;
                }
                continue;
            }
            if !is_same || !is_twice {
                let start = self.nodes.get(row as usize).map_or(0, |node| node.start as usize);
                let reason = format!("duplicate key {} with different values", quoted(&self.key(row), LONGEST_KEY));
                return Err(Unreadable { reason, position: position(self.text, start) });
            }
            let end = self.nodes.get(row as usize + 1).map_or(row + 1, |value| value.next);
            self.repeated.push((row, end));
        }
        Ok(())
    }

    /// Whether `object`, just closed, is the trigger of an execution or of one of its parents: `/trigger`,
    /// `/trigger/parentExecution/trigger`, and so on. The execution is the whole document or an element of its list.
    fn is_trigger(&self, object: &Open) -> bool {
        let key = |open: &Open| open.row.checked_sub(1).filter(|&row| self.kind_of(row) == Some(Kind::Key));
        let is_named = |open: &Open, name: &str| open.is_object && key(open).is_some_and(|row| self.key(row) == name);
        let outer = match self.open.as_slice() {
            [list, execution, outer @ ..] if !list.is_object && execution.is_object => outer,
            [execution, outer @ ..] if execution.is_object => outer,
            _ => return false,
        };
        let mut names = ["trigger", "parentExecution"].into_iter().cycle();
        outer.len() % 2 == 0
            && outer.iter().chain([object]).all(|open| is_named(open, names.next().unwrap_or_default()))
    }

    fn kind_of(&self, row: u32) -> Option<Kind> {
        self.nodes.get(row as usize).map(|node| node.kind)
    }

    /// The text of the value that follows the key at `row`.
    fn value_text(&self, row: u32) -> &str {
        self.nodes.get(row as usize + 1).and_then(|value| self.text.get(value.span())).unwrap_or_default()
    }
}

/// The table without the rows of `repeated`.
fn without(nodes: &[Node], repeated: &[(u32, u32)]) -> Vec<Node> {
    let mut is_left_out = vec![false; nodes.len()];
    for &(from, to) in repeated {
        is_left_out.get_mut(from as usize..to as usize).unwrap_or_default().fill(true);
    }
    // The new number of each row, and one more for the end of the table.
    let mut moved: Vec<u32> = Vec::with_capacity(nodes.len() + 1);
    let mut next = 0;
    for &left_out in &is_left_out {
        moved.push(next);
        next += u32::from(!left_out);
    }
    moved.push(next);
    let kept = nodes.iter().zip(&is_left_out).filter(|(_, left_out)| !**left_out);
    kept.map(|(node, _)| Node { next: moved.get(node.next as usize).copied().unwrap_or(next), ..*node }).collect()
}

/// `Document::read` refuses a text that is too long for 32 bits.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Half a surrogate pair is valid JSON by the grammar, but not a string: it is refused here so that reading a value cannot fail later.
fn check_escapes(text: &str, start: usize, end: usize) -> Result<(), Unreadable> {
    let raw = text.get(start..end).unwrap_or_default();
    if !raw.contains("\\u") || serde_json::from_str::<Cow<'_, str>>(raw).is_ok() {
        return Ok(());
    }
    let reason = "not JSON: a string contains half a surrogate pair".to_owned();
    Err(Unreadable { reason, position: position(text, start) })
}

fn unreadable(text: &str, error: &serde_json::Error) -> Unreadable {
    let full = error.to_string();
    // serde_json ends its message with the position, which is reported separately.
    let reason = full.split(" at line ").next().unwrap_or_default();
    let line_start = match error.line() {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', text.as_bytes()).nth(line - 2).map_or(0, |at| at + 1),
    };
    let at = line_start + error.column().saturating_sub(1);
    let position = if error.line() == 0 { START } else { position(text, at) };
    Unreadable { reason: format!("not JSON: {reason}"), position }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::document::value::Value;

    fn read(text: &str) -> Result<Document, Unreadable> {
        Document::json(text.to_owned())
    }

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            "null",
            "true",
            " [ ] ",
            "{}",
            "-1.5e+3",
            "\"a\\n\\u00e9\\\"\"",
            "[1,[2,{\"a\":[{}]}],\"x\"]",
            "{\"a\":{\"b\":[true,false,null]},\"c\":\"\\\\\",\"\":1}",
            "[[],[[]],{\"a,b\":\"{[:\"}]",
        ] {
            let rebuilt = read(text).unwrap().root().rebuilt();
            assert_eq!(rebuilt, serde_json::from_str::<serde_json::Value>(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn says_where_the_text_stops_being_json() {
        let error = read("{\n  \"a\": trux }").err().unwrap();
        assert_eq!(error.position.line, 2);
        assert!(error.reason.starts_with("not JSON"), "{}", error.reason);
        assert!(read("").is_err());
        assert!(read("{} x").is_err());
    }

    #[test]
    fn invalid_json_is_reported_before_other_errors() {
        for text in ["{\"a\":1,\"a\":2} x", "[\"\\ud800\", nul]", &format!("{}x", "[".repeat(MAX_DEPTH + 1))] {
            let error = read(text).err().unwrap();
            assert!(error.reason.starts_with("not JSON: ") && !error.reason.contains("surrogate"), "{}", error.reason);
        }
    }

    #[test]
    fn refuses_the_same_key_twice_however_it_is_spelled() {
        let error = read("{\"a\":1,\n\"\\u0061\":2}").err().unwrap();
        assert_eq!((error.position.line, error.position.column), (2, 1));
        let many: Vec<String> = (0..40).map(|n| format!("\"k{n}\":0")).collect();
        assert!(read(&format!("{{{}}}", many.join(","))).is_ok());
        assert!(read(&format!("{{{},\"k7\":1}}", many.join(","))).is_err());
        assert!(read("[{\"a\":{\"a\":1}},{\"a\":1}]").is_ok());
        let twice =
            r#"{"t":{"a":[1,{"b":2}],"c":3,"a":[1,{"b":2}],"c":3},"d":[4],"t2":{"x":{"y":1,"y":1},"x":{"y":1,"y":1}}}"#;
        let rebuilt = read(twice).unwrap().root().rebuilt();
        assert_eq!(rebuilt, serde_json::from_str::<serde_json::Value>(twice).unwrap());
    }

    #[test]
    fn a_trigger_may_hold_a_key_twice_and_the_last_one_counts() {
        for text in [
            r#"{"trigger":{"a":[1],"b":0,"a":[2]}}"#,
            r#"[{"trigger":{"a":[1],"\u0061":[2]}}]"#,
            r#"{"trigger":{"parentExecution":{"trigger":{"a":[1],"a":[2]}}}}"#,
        ] {
            let document = read(text).unwrap();
            let owner = document.root().descendants().find(|value| value.get("a").is_some()).unwrap();
            assert_eq!(owner.get("a").unwrap().raw(), "[2]", "{text}");
            assert_eq!(owner.get_all("a").map(Value::raw).collect::<Vec<_>>(), ["[1]", "[2]"], "{text}");
            assert_eq!(document.root().rebuilt(), serde_json::from_str::<serde_json::Value>(text).unwrap());
        }
        for text in [
            r#"{"trigger":{"a":1,"a":2,"a":3}}"#,
            r#"{"trigger":{"a":1,"a":2,"a":1}}"#,
            r#"{"trigger":{"x":{"a":1,"a":2}}}"#,
            r#"{"stages":[{"trigger":{"a":1,"a":2}}]}"#,
            r#"{"trigger":[{"a":1,"a":2}]}"#,
            r#"{"x":{"trigger":{"a":1,"a":2}}}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn refuses_half_a_surrogate_pair_and_deep_nesting() {
        assert!(read("\"\\ud800\"").is_err());
        assert!(read("\"\\ud83d\\ude00\"").is_ok());
        assert!(read(&format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH))).is_ok());
        let error = read(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))).err().unwrap();
        assert_eq!(error.position.column, MAX_DEPTH + 1);
    }

    /// Tokens of JSON and near misses, in any order.
    const PIECES: &str = r#"[\[{]?("[^"]{0,9}\\?["u0-9a-fn]{1,5}"|true|null|-?[0-9.eE+-]{1,6}|[ \t\r\n]{1,9}|[\[\]{}:,]|"[a-d]" ?:){0,12}[\]}]?"#;

    proptest::proptest! {
        #[test]
        fn never_panics_and_agrees_with_serde_json(text in proptest::prop_oneof!["[\\[\\]{}:,\"\\\\a-c0-9 \n.tfnule-]{0,40}", PIECES]) {
            match (read(&text), serde_json::from_str::<serde_json::Value>(&text)) {
                (Ok(document), Ok(value)) => proptest::prop_assert_eq!(document.root().rebuilt(), value),
                (Ok(_), Err(error)) => proptest::prop_assert!(error.to_string().contains("number out of range")),
                // Refused by rules beyond the grammar.
                (Err(error), Ok(_)) => {
                    proptest::prop_assert!(error.reason.contains("duplicate key") || error.reason.contains("surrogate"));
                }
                (Err(_), Err(_)) => {}
            }
        }
    }
}
