//! From a YAML stream to a document.
//!
//! The stream is converted to its JSON form, while the position of every value is kept. Scalars follow the YAML 1.2 core schema. In
//! documents for Spinnaker and Kubernetes plain `yes`, `no`, `on` and `off` are booleans, as in YAML 1.1: so they are to
//! `sigs.k8s.io/yaml`, with which spin and kubectl read files, and to Clouddriver (`SnakeYAML`). A key is always its text.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

use crate::base::sanitize::quoted;
use crate::document::comments;
use crate::document::table::{MAX_DEPTH, Position, Unreadable};

/// How many values aliases may add, whatever the size of the file: a "billion laughs" file stops here.
const MAX_ALIASED: usize = 200_000;

/// So many characters of a duplicate key are reported.
const LONGEST_KEY: usize = 60;

/// How many bytes the JSON form may have beyond eight times the file.
const SLACK: usize = 1 << 20;

/// Which plain scalars are booleans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// `true` and `false`.
    Core,
    /// Also those of YAML 1.1.
    Kubernetes,
}

#[derive(Clone)]
enum Tree {
    /// A scalar: its JSON text, and its text as a key.
    Scalar {
        json: String,
        key: String,
    },
    List(Vec<Placed>),
    Map(Vec<(Placed, Placed)>),
}

#[derive(Clone)]
struct Placed {
    tree: Tree,
    mark: (u32, u32),
}

/// A JSON text, and the line and column of every key and value in it, in the order of the table's rows.
type Converted = (String, Vec<(u32, u32)>);

/// The JSON form of a stream.
pub(super) struct Stream {
    pub(super) json: Converted,
    /// The comments as a JSON list of texts; `None` when there are none.
    pub(super) comments: Option<Converted>,
}

/// The JSON form of a stream of documents: always an array, of one document for a file that contains one.
pub(super) fn to_json(text: &str, schema: Schema) -> Result<Stream, Unreadable> {
    let budget = text.len().saturating_mul(8) + SLACK;
    let mut builder = Builder { schema, anchors: HashMap::new(), aliased: 0, budget, scalars: Vec::new() };
    let mut parser = Parser::new_from_str(text);
    let mut documents = Vec::new();
    while let Some((event, span)) = next(&mut parser)? {
        match event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            first => documents.push(builder.value(&mut parser, first, span)?),
        }
        if let Some(last) = documents.last()
            && matches!(&last.tree, Tree::Scalar { json, .. } if json == "null")
        {
            // An empty document between two separators contains nothing to judge.
            documents.pop();
        }
    }
    let comments = if text.contains('#') { comments::find(text, &builder.scalars) } else { Vec::new() };
    let texts = comments.into_iter().map(|(text, mark)| Placed { tree: quoted_text(&text), mark });
    let texts: Vec<Placed> = texts.collect();
    let comments = if texts.is_empty() { None } else { Some(render(texts)?) };
    Ok(Stream { json: render(documents)?, comments })
}

fn quoted_text(text: &str) -> Tree {
    Tree::Scalar { json: serde_json::Value::from(text).to_string(), key: String::new() }
}

type Source<'t> = Parser<'t, saphyr_parser::StrInput<'t>>;

fn next<'t>(parser: &mut Source<'t>) -> Result<Option<(Event<'t>, Span)>, Unreadable> {
    match parser.next_event() {
        None => Ok(None),
        Some(Ok((event, span))) => Ok(Some((event, span))),
        Some(Err(error)) => {
            Err(Unreadable { reason: format!("not YAML: {}", error.info()), position: position_of(*error.marker()) })
        }
    }
}

fn position_of(mark: Marker) -> Position {
    Position { line: mark.line(), column: mark.col() + 1 }
}

fn refuse(reason: impl Into<String>, mark: Marker) -> Unreadable {
    Unreadable { reason: reason.into(), position: position_of(mark) }
}

struct Builder {
    schema: Schema,
    /// Where the scalars are, in characters.
    scalars: Vec<Range<usize>>,
    anchors: HashMap<usize, Placed>,
    aliased: usize,
    budget: usize,
}

/// A list or map whose end has not been read.
enum Open {
    List { mark: Marker, anchor: usize, pointer: Option<&'static str>, items: Vec<Placed> },
    Map { mark: Marker, anchor: usize, entries: Vec<(Placed, Placed)>, key: Option<Placed> },
}

impl Builder {
    /// The value that `event` begins. A loop with its own stack: nesting cannot exhaust the program's.
    fn value<'t>(&mut self, parser: &mut Source<'t>, event: Event<'t>, span: Span) -> Result<Placed, Unreadable> {
        let mut open: Vec<Open> = Vec::new();
        let mut event = (event, span);
        loop {
            let (now, span) = event;
            let mark = span.start;
            let done = match now {
                Event::SequenceStart(anchor, tag) => {
                    let pointer = tag.as_deref().and_then(pointer);
                    open.push(Open::List { mark, anchor, pointer, items: Vec::new() });
                    None
                }
                Event::MappingStart(anchor, _) => {
                    open.push(Open::Map { mark, anchor, entries: Vec::new(), key: None });
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                    Some(closed) => Some(self.close(closed)?),
                    None => return Err(refuse("not YAML: an end without a start", mark)),
                },
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalars.push(span.start.index()..span.end.index());
                    let tree = match tag.as_deref().and_then(pointer) {
                        Some(pointer) => pointed(pointer, &text),
                        None => scalar(&text, style, tag.as_deref().map(|tag| tag.suffix.as_str()), self.schema),
                    };
                    let value = Placed { tree, mark: pair(mark) };
                    self.remember(anchor, &value);
                    Some(value)
                }
                Event::Alias(anchor) => Some(self.alias(anchor, open.len(), mark)?),
                _ => return Err(refuse("not YAML: the document ends inside a value", mark)),
            };
            if open.len() > MAX_DEPTH {
                return Err(refuse(format!("nested deeper than {MAX_DEPTH} levels"), mark));
            }
            if let Some(value) = done {
                match open.last_mut() {
                    None => return Ok(value),
                    Some(Open::List { items, .. }) => items.push(value),
                    Some(Open::Map { entries, key, .. }) => match key.take() {
                        None => *key = Some(value),
                        Some(name) => entries.push((name, value)),
                    },
                }
            }
            event = next(parser)?.ok_or_else(|| refuse("not YAML: the file ends inside a value", mark))?;
        }
    }

    fn close(&mut self, closed: Open) -> Result<Placed, Unreadable> {
        let (tree, mark, anchor) = match closed {
            Open::List { mark, anchor, pointer: Some(pointer), items } => {
                let names: Vec<&str> = items.iter().filter_map(key_of).collect();
                (pointed(pointer, &names.join(".")), mark, anchor)
            }
            Open::List { mark, anchor, pointer: None, items } => (Tree::List(items), mark, anchor),
            Open::Map { mark, anchor, entries, .. } => (Tree::Map(merged(entries, mark)?), mark, anchor),
        };
        let value = Placed { tree, mark: pair(mark) };
        self.remember(anchor, &value);
        Ok(value)
    }

    fn remember(&mut self, anchor: usize, value: &Placed) {
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
    }

    fn alias(&mut self, anchor: usize, level: usize, mark: Marker) -> Result<Placed, Unreadable> {
        let value = self.anchors.get(&anchor).cloned();
        let value = value.ok_or_else(|| refuse("not YAML: an alias to an anchor that is not complete", mark))?;
        let (count, bytes, depth) = size(&value);
        if level + depth > MAX_DEPTH {
            return Err(refuse(format!("nested deeper than {MAX_DEPTH} levels"), mark));
        }
        self.aliased += count;
        self.budget = self.budget.saturating_sub(bytes);
        if self.aliased > MAX_ALIASED || self.budget == 0 {
            return Err(refuse("the file's aliases expand beyond the size limit", mark));
        }
        Ok(value)
    }
}

fn pair(mark: Marker) -> (u32, u32) {
    (u32::try_from(mark.line()).unwrap_or(u32::MAX), u32::try_from(mark.col() + 1).unwrap_or(u32::MAX))
}

/// Values, bytes and levels in `value`; every use of an alias counts.
fn size(value: &Placed) -> (usize, usize, usize) {
    let mut stack = vec![(value, 1)];
    let (mut count, mut bytes, mut depth) = (0, 0, 0);
    while let Some((value, level)) = stack.pop() {
        count += 1;
        depth = depth.max(level);
        match &value.tree {
            Tree::Scalar { json, .. } => bytes += json.len(),
            Tree::List(items) => stack.extend(items.iter().map(|item| (item, level + 1))),
            Tree::Map(entries) => {
                stack.extend(entries.iter().flat_map(|(key, value)| [(key, level + 1), (value, level + 1)]));
            }
        }
    }
    (count, bytes, depth)
}

/// Applies `<<` merge keys: the map's own entries take precedence.
fn merged(entries: Vec<(Placed, Placed)>, mark: Marker) -> Result<Vec<(Placed, Placed)>, Unreadable> {
    let is_merge = |key: &Placed| matches!(&key.tree, Tree::Scalar { key, json } if key == "<<" && json == "\"<<\"");
    if !entries.iter().any(|(key, _)| is_merge(key)) {
        return Ok(entries);
    }
    let (merges, mut kept): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| is_merge(key));
    for (_, value) in merges {
        let maps = match value.tree {
            Tree::Map(entries) => vec![entries],
            Tree::List(items) => items
                .into_iter()
                .filter_map(|item| if let Tree::Map(map) = item.tree { Some(map) } else { None })
                .collect(),
            Tree::Scalar { .. } => return Err(refuse("not YAML: `<<` needs a map", mark)),
        };
        for (key, value) in maps.into_iter().flatten() {
            let name = key_of(&key);
            if !kept.iter().any(|(existing, _)| key_of(existing) == name) {
                kept.push((key, value));
            }
        }
    }
    Ok(kept)
}

fn key_of(key: &Placed) -> Option<&str> {
    match &key.tree {
        Tree::Scalar { key, .. } => Some(key),
        _ => None,
    }
}

/// The local tags that make a value a reference to something else: of `CloudFormation` (`!Ref`, `!GetAtt`,
/// `!ImportValue`) and of GitLab (`!reference`).
fn pointer(tag: &Tag) -> Option<&'static str> {
    let is_local = tag.handle == "!";
    ["Ref", "GetAtt", "ImportValue", "reference"].into_iter().find(|known| is_local && tag.suffix == *known)
}

/// A reference keeps its tag in its text: without the tag, the name would look like the value itself.
fn pointed(pointer: &str, name: &str) -> Tree {
    let text = format!("!{pointer} {name}");
    Tree::Scalar { json: serde_json::Value::from(text.as_str()).to_string(), key: text }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&str>, schema: Schema) -> Tree {
    let quoted = || serde_json::Value::from(text).to_string();
    let plain = style == ScalarStyle::Plain && !matches!(tag, Some("str" | "binary" | "timestamp"));
    let json = if plain { plain_scalar(text, schema).unwrap_or_else(quoted) } else { quoted() };
    Tree::Scalar { json, key: text.to_owned() }
}

/// The JSON form of a plain scalar; `None` when it is a string.
fn plain_scalar(text: &str, schema: Schema) -> Option<String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some("null".into()),
        "true" | "True" | "TRUE" => return Some("true".into()),
        "false" | "False" | "FALSE" => return Some("false".into()),
        _ if schema == Schema::Core => {}
        "yes" | "Yes" | "YES" | "y" | "Y" | "on" | "On" | "ON" => return Some("true".into()),
        "no" | "No" | "NO" | "n" | "N" | "off" | "Off" | "OFF" => return Some("false".into()),
        _ => {}
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(|number| number.to_string());
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return u64::from_str_radix(octal, 8).ok().map(|number| number.to_string());
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i128>().ok().map(|number| number.to_string());
    }
    let is_float = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'-' | b'+'));
    let number = is_float.then(|| text.parse::<f64>().ok()).flatten()?;
    serde_json::Number::from_f64(number).map(|number| number.to_string())
}

/// Writes the JSON form and the position of every key and value.
fn render(documents: Vec<Placed>) -> Result<Converted, Unreadable> {
    let mut text = String::new();
    let mut marks = Vec::new();
    write(&Placed { tree: Tree::List(documents), mark: (1, 1) }, &mut text, &mut marks)?;
    Ok((text, marks))
}

/// Recursion is bounded by [`MAX_DEPTH`], which the builder has enforced, expanded aliases included.
fn write(value: &Placed, out: &mut String, marks: &mut Vec<(u32, u32)>) -> Result<(), Unreadable> {
    marks.push(value.mark);
    match &value.tree {
        Tree::Scalar { json, .. } => out.push_str(json),
        Tree::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out, marks)?;
            }
            out.push(']');
        }
        Tree::Map(entries) => {
            out.push('{');
            let mut seen = std::collections::HashSet::new();
            for (n, (key, value)) in entries.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                let position = Position { line: key.mark.0 as usize, column: key.mark.1 as usize };
                let Some(name) = key_of(key) else {
                    return Err(Unreadable {
                        reason: "mapping key is not a string (unrendered Helm template?)".into(),
                        position,
                    });
                };
                if !seen.insert(name) {
                    return Err(Unreadable {
                        reason: format!("duplicate key {}", quoted(name, LONGEST_KEY)),
                        position,
                    });
                }
                out.push_str(&serde_json::Value::from(name).to_string());
                out.push(':');
                marks.push(key.mark);
                write(value, out, marks)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn read(text: &str) -> Result<Document, Unreadable> {
        Document::yaml(text)
    }

    fn to_value(text: &str) -> serde_json::Value {
        read(text).unwrap().root().to_json()
    }

    #[test]
    fn reads_streams_scalars_and_merges() {
        assert_eq!(
            to_value("a: 1\n---\n---\nb: [x, ~, 1.5, 'yes', 0x10, 007, yes, Off, !!str on]\non: yesterday\n"),
            serde_json::json!([{"a": 1}, {"b": ["x", null, 1.5, "yes", 16, 7, true, false, "on"], "on": "yesterday"}])
        );
        assert_eq!(
            to_value("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}"),
            serde_json::json!([{"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3}}])
        );
        assert_eq!(to_value("a: |\n  one\n  two\n"), serde_json::json!([{"a": "one\ntwo\n"}]));
        assert_eq!(
            to_value("v: 1.2.3\nt: 12:30\nn: !!str 5"),
            serde_json::json!([{"v": "1.2.3", "t": "12:30", "n": "5"}])
        );
    }

    #[test]
    fn what_names_something_else_keeps_its_tag() {
        assert_eq!(
            to_value(
                "a: !Ref DbPassword7\nb: !GetAtt [Db, Endpoint]\nc: !reference [.shared, x]\nd: !Sub x\ne: !Join ['', [x]]"
            ),
            serde_json::json!([{
                "a": "!Ref DbPassword7", "b": "!GetAtt Db.Endpoint", "c": "!reference .shared.x", "d": "x", "e": ["", ["x"]]
            }])
        );
    }

    #[test]
    fn keeps_the_position_of_every_value() {
        let document = read("kind: Pod\nspec:\n  containers:\n    - name: a\n      image: b\n").unwrap();
        let image = document
            .root()
            .elements()
            .next()
            .unwrap()
            .at(&["spec", "containers"])
            .unwrap()
            .elements()
            .next()
            .unwrap()
            .get("image")
            .unwrap();
        assert_eq!((image.position().line, image.position().column), (5, 14));
    }

    #[test]
    fn refuses_bombs_duplicates_and_broken_text_with_their_position() {
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned()
            + &('b'..='i')
                .map(|c| {
                    let p = (c as u8 - 1) as char;
                    format!("{c}: &{c} [*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p}]\n")
                })
                .collect::<String>();
        assert!(read(&bomb).err().unwrap().reason.contains("aliases"));
        assert_eq!(read("a: 1\nb: 2\na: 3\n").err().unwrap().position.line, 3);
        assert!(read("a: [1, 2\nb: }").is_err());
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read("a: &a [*a]").is_err());
        let tower: String = (1..2000).map(|n| format!("k{n}: &k{n} [[[[*k{}]]]]\n", n - 1)).collect();
        assert!(read(&format!("k0: &k0 1\n{tower}")).err().unwrap().reason.contains("deeper"));
    }
}
