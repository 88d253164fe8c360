//! The table of a document's values: filled by the parsers, read through [`Value`](crate::document::value::Value).
//!
//! The table holds 16 bytes for each key and each value, whatever their length, and strings are borrowed from the document's text:
//! this keeps the memory of a run within a small multiple of the document (`serde_json::Value` takes 6 to 12 times its size).

use std::ops::Range;
use std::sync::OnceLock;

use crate::document::children::Children;
use crate::document::embedded::Embedded;
use crate::document::settled::Settled;

/// The deepest nesting that is read, in levels. Orca nests a parent execution inside a trigger, each some ten levels deep.
pub const MAX_DEPTH: usize = 512;

/// The type of a value. A key precedes its value in the table.
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
pub(super) struct Node {
    /// First byte of the value in the text.
    pub(super) start: u32,
    /// One after its last byte.
    pub(super) end: u32,
    /// The row after the whole value, its children included.
    pub(super) next: u32,
    pub(super) kind: Kind,
    /// A string that contains an escape and must be decoded before it is read.
    pub(super) escaped: bool,
    /// For a key: its [`tag`], which tells most keys apart without reading the text, which may be far from the table in memory.
    pub(super) tag: [u8; 2],
}

impl Node {
    /// The bytes of the value in the text.
    pub(super) fn span(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The tag of a key that a later key of the same name supersedes: no byte of UTF-8 is 0xff, so that no lookup finds it.
pub(super) const SUPERSEDED: [u8; 2] = [0xff; 2];

/// The first and the last byte of a key, inside its quotes.
pub(super) fn tag(key: &[u8]) -> [u8; 2] {
    [key.first().copied().unwrap_or_default(), key.last().copied().unwrap_or_default()]
}

/// The position of a value in its file. Both numbers count from one; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// The position of the first character.
pub(super) const START: Position = Position { line: 1, column: 1 };

/// Why a text is not a document, and where. The reason may name a duplicate key; it never contains a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at line {}, column {}", position.line, position.column)]
pub struct Unreadable {
    pub reason: String,
    pub position: Position,
}

/// One file's text and the table of its values.
pub struct Document {
    pub(super) text: String,
    pub(super) nodes: Vec<Node>,
    /// For YAML: line and column of every row in the file it was read from, since `text` is its JSON form.
    pub(super) marks: Option<Vec<(u32, u32)>>,
    /// Positions along the text, computed when the first position is requested.
    milestones: OnceLock<Vec<Milestone>>,
    /// Documents that texts of this one hold, read when they are first asked for.
    pub(super) embedded: Embedded,
    /// For such a document: the row of its text in the document that holds it.
    pub(super) host: Option<u32>,
    /// The file that a YAML document was read from.
    pub(super) source: Option<Box<str>>,
    /// Where each line of `source` begins, computed when the first line is requested.
    source_lines: OnceLock<Box<[usize]>>,
    /// The comments of a YAML file, as a list of texts.
    pub(super) comments: Option<Box<Document>>,
    /// What its expressions become; `None` inside when it has none.
    pub(super) settled: OnceLock<Option<Settled>>,
    /// The children of long lists and objects.
    pub(super) children: Children,
}

/// The line and column at a multiple of [`STEP`] bytes.
#[derive(Clone, Copy)]
struct Milestone {
    /// Line, from zero.
    line: u32,
    /// Characters since the line began.
    column: u32,
}

/// Bytes between two milestones: finding a position scans at most this many bytes.
const STEP: usize = 512;

impl Document {
    pub(super) fn new(text: String, nodes: Vec<Node>, marks: Option<Vec<(u32, u32)>>) -> Self {
        Self {
            text,
            nodes,
            marks,
            milestones: OnceLock::new(),
            embedded: Embedded::default(),
            comments: None,
            source: None,
            source_lines: OnceLock::new(),
            host: None,
            settled: OnceLock::new(),
            children: Children::default(),
        }
    }

    /// The text that values are borrowed from: for YAML its JSON form.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line `line`, from one, of the file that a YAML document was read from, and the byte at which it begins.
    pub(super) fn source_line(&self, line: usize) -> Option<(usize, &str)> {
        let source = self.source.as_deref()?;
        let starts = self.source_lines.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', source.as_bytes()).map(|at| at + 1);
            std::iter::once(0).chain(breaks).collect()
        });
        let start = *starts.get(line.saturating_sub(1))?;
        let end = starts.get(line.max(1)).map_or(source.len(), |next| next - 1);
        let text = source.get(start..end)?;
        Some((start, text.strip_suffix('\r').unwrap_or(text)))
    }

    /// The position in the file of the value or key in `row`.
    pub(super) fn position_of_row(&self, row: u32) -> Position {
        if let Some(marks) = &self.marks {
            let (line, column) = marks.get(row as usize).copied().unwrap_or((1, 1));
            return Position { line: line as usize, column: column as usize };
        }
        let start = self.nodes.get(row as usize).map_or(0, |node| node.start as usize);
        let milestones = self.milestones.get_or_init(|| milestones(&self.text));
        let passed = start / STEP;
        let from = milestones.get(passed).copied().unwrap_or(Milestone { line: 0, column: 0 });
        let here = advance(from, self.text.as_bytes().get(passed * STEP..start).unwrap_or_default());
        Position { line: here.line as usize + 1, column: here.column as usize + 1 }
    }
}

fn milestones(text: &str) -> Vec<Milestone> {
    let mut here = Milestone { line: 0, column: 0 };
    let mut all = Vec::with_capacity(text.len() / STEP + 1);
    for step in text.as_bytes().chunks(STEP) {
        all.push(here);
        here = advance(here, step);
    }
    all
}

fn advance(from: Milestone, bytes: &[u8]) -> Milestone {
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
pub(super) fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..text.floor_char_boundary(offset)).unwrap_or_default();
    let line_start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
    let line = memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    Position { line, column }
}
