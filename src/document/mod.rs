//! A document: its text, parsed once, and the table of its values.
//!
//! The table holds 16 bytes for each key and each value, whatever their length, and texts are borrowed from the document:
//! this is what keeps the memory of a run within a small multiple of the document (`serde_json::Value` takes 6 to 12 times).

pub mod inner;
pub mod json;
pub mod pointer;
pub mod value;
pub mod yaml;

use std::ops::Range;
use std::sync::OnceLock;

use value::Value;

/// The deepest nesting that is read, in levels. Orca nests a parent execution inside a trigger, each some ten levels deep.
pub const MAX_DEPTH: usize = 512;

/// What a value is. Keys stand in the table before their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
    /// The key of the value that follows it.
    Key,
}

/// One row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    /// First byte of the value in the text.
    pub(crate) start: u32,
    /// One after its last byte.
    pub(crate) end: u32,
    /// Row of what follows the whole value, its children included.
    pub(crate) next: u32,
    pub(crate) kind: Kind,
    /// A text that holds an escape and must be decoded before it is read.
    pub(crate) escaped: bool,
    /// Of a key: what [`tag`] says of it, so that most keys are told apart without a look at the text, which may be far from the table.
    pub(crate) tag: [u8; 2],
}

/// The first and the last byte of a key, inside its quotes.
pub(crate) fn tag(key: &[u8]) -> [u8; 2] {
    [key.first().copied().unwrap_or_default(), key.last().copied().unwrap_or_default()]
}

/// Where in its file a value stands: both count from one, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Why a text is not a document. Says what is wrong and where, never what the text holds there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at line {}, column {}", position.line, position.column)]
pub struct Unreadable {
    pub reason: String,
    pub position: Position,
}

/// What the bytes of a file are to be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    Json,
    Yaml,
}

impl Syntax {
    /// Judged by the file's name; a name that says nothing is JSON when the text begins like JSON.
    pub fn of(name: &str, text: &[u8]) -> Self {
        let extension =
            std::path::Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => return Self::Yaml,
            "json" => return Self::Json,
            _ => {}
        }
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{' | b'[') | None => Self::Json,
            Some(_) => Self::Yaml,
        }
    }
}

/// One file's text and the table of its values.
pub struct Document {
    pub(crate) text: String,
    pub(crate) nodes: Vec<Node>,
    /// For YAML: line and column of every row in the file it was read from, since `text` is its JSON form.
    pub(crate) marks: Option<Vec<(u32, u32)>>,
    /// Positions along the text, made when the first one is asked for.
    pub(crate) milestones: OnceLock<Vec<Milestone>>,
}

/// Where the text has got to after so many steps of [`STEP`] bytes.
#[derive(Clone, Copy)]
pub(crate) struct Milestone {
    /// Line, from zero.
    line: u32,
    /// Characters since the line began.
    column: u32,
}

/// Bytes between two milestones. A position costs at most so many bytes, wherever it is.
const STEP: usize = 512;

impl Document {
    /// Reads `bytes` as `syntax`. A YAML stream becomes an array of its documents.
    ///
    /// # Errors
    /// When the bytes are not UTF-8, not of that syntax, nested deeper than [`MAX_DEPTH`], or hold an object with the same key
    /// twice with two values: parsers differ on which one wins, so the document Orca saw cannot be known.
    pub fn read(bytes: Vec<u8>, syntax: Syntax) -> Result<Self, Unreadable> {
        let text = text_of(bytes)?;
        match syntax {
            Syntax::Json => Self::json(text),
            Syntax::Yaml => yaml::read(&text),
        }
    }

    /// Reads a JSON text.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn json(text: String) -> Result<Self, Unreadable> {
        let nodes = json::index(&text)?;
        Ok(Self { text, nodes, marks: None, milestones: OnceLock::new() })
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value::new(self, 0)
    }

    /// The text the values are borrowed from: for YAML its JSON form.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn position_of_row(&self, row: u32) -> Position {
        if let Some(marks) = &self.marks {
            let (line, column) = marks.get(row as usize).copied().unwrap_or((1, 1));
            return Position { line: line as usize, column: column as usize };
        }
        let start = self.nodes.get(row as usize).map_or(0, |node| node.start as usize);
        let milestones = self.milestones.get_or_init(|| milestones(&self.text));
        let passed = start / STEP;
        let from = milestones.get(passed).copied().unwrap_or(Milestone { line: 0, column: 0 });
        let here = walk(from, self.text.as_bytes().get(passed * STEP..start).unwrap_or_default());
        Position { line: here.line as usize + 1, column: here.column as usize + 1 }
    }
}

fn milestones(text: &str) -> Vec<Milestone> {
    let mut here = Milestone { line: 0, column: 0 };
    let mut all = Vec::with_capacity(text.len() / STEP + 1);
    for step in text.as_bytes().chunks(STEP) {
        all.push(here);
        here = walk(here, step);
    }
    all
}

fn walk(from: Milestone, bytes: &[u8]) -> Milestone {
    let is_character = |byte: &&u8| **byte & 0xc0 != 0x80;
    let count = |bytes: &[u8]| {
        let characters = if bytes.is_ascii() { bytes.len() } else { bytes.iter().filter(is_character).count() };
        u32::try_from(characters).unwrap_or(u32::MAX)
    };
    match memchr::memrchr(b'\n', bytes) {
        None => Milestone { line: from.line, column: from.column + count(bytes) },
        Some(last) => {
            let lines = u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX);
            Milestone { line: from.line + lines, column: count(bytes.get(last + 1..).unwrap_or_default()) }
        }
    }
}

/// The position of the byte at `offset`.
pub(crate) fn position(text: &str, offset: usize) -> Position {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or_default();
    let line_start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    Position { line, column }
}

fn text_of(mut bytes: Vec<u8>) -> Result<String, Unreadable> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    if u32::try_from(bytes.len()).is_err() {
        let position = Position { line: 1, column: 1 };
        return Err(Unreadable { reason: "the document is larger than 4 GiB".into(), position });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default()).into_owned();
        Unreadable { reason: "the document is not UTF-8".into(), position: position(&text, good) }
    })
}

impl Node {
    pub(crate) fn span(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}
