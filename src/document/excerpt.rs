//! The line of a file that shows a value best, for reports.

use std::ops::Range;

use crate::document::Kind;
use crate::document::value::Value;

/// The most bytes of a line that are shown before and after the value.
const MOST_AROUND: usize = 40;
/// The most bytes of the value.
const MOST_MARKED: usize = 120;
/// The longest line of a YAML file, in bytes, that is searched for a value.
const LONGEST_LINE: usize = 16 << 10;
/// How many rows to either side may be on the same line of a YAML file.
const NEAR: u32 = 64;

/// A source line in three parts: the marked one is the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line in the file, from one.
    pub line: usize,
    pub before: String,
    pub marked: String,
    pub after: String,
}

impl<'d> Value<'d> {
    /// The line of this value. Of an object that is the line with its name or type, else the one where it begins. `hides` says whether a
    /// value must not be shown: `instead` is written in its place.
    pub fn excerpt(self, instead: &str, hides: &dyn Fn(Value<'_>) -> bool) -> Option<Excerpt> {
        let focus = self.written().telling();
        let (text, marked, hidden) = match focus.document().source() {
            Some(source) => focus.in_yaml(source, hides)?,
            None => focus.in_json(hides)?,
        };
        // The line may be the whole document: only what is shown of it is searched for its ends.
        let first = text.ceil_char_boundary(marked.start.saturating_sub(MOST_AROUND));
        let last = text.floor_char_boundary(marked.start + MOST_MARKED + MOST_AROUND);
        let from = memchr::memrchr(b'\n', text.as_bytes().get(first..marked.start)?).map_or(first, |at| first + at + 1);
        let line_end =
            memchr::memchr(b'\n', text.as_bytes().get(marked.start..last)?).map_or(last, |at| marked.start + at);
        let marked = marked.start..marked.end.min(line_end).min(text.floor_char_boundary(marked.start + MOST_MARKED));
        let to = line_end.min(text.floor_char_boundary(marked.end + MOST_AROUND));
        let part = |range: Range<usize>| shown(text, range, &hidden, instead);
        let excerpt = Excerpt {
            line: focus.key_before().unwrap_or(focus).position().line,
            before: part(from..marked.start),
            marked: part(marked.clone()).trim_end().to_owned(),
            after: part(marked.end..to).trim_end().to_owned(),
        };
        Some(excerpt).filter(|excerpt| excerpt.marked.contains(char::is_alphanumeric))
    }

    /// Of an object the value that people know it by; else the value itself.
    fn telling(self) -> Self {
        if self.kind() != Kind::Object {
            return self;
        }
        let is_shown = |value: &Value<'_>| matches!(value.kind(), Kind::String | Kind::Number);
        ["name", "kind", "type", "image", "account", "id"]
            .into_iter()
            .find_map(|key| self.get(key).map(Value::written).filter(is_shown))
            .unwrap_or(self)
    }

    /// The text, the part of it that is this value with its key, and what is hidden near it.
    fn in_json(self, hides: &dyn Fn(Value<'_>) -> bool) -> Option<Line<'d>> {
        let document = self.document();
        let start = self.key_before().unwrap_or(self).start();
        let end = self.end();
        let mut hidden = Vec::new();
        let mut row = document.root().written().at_offset(start.saturating_sub(MOST_AROUND));
        while row.start() < end.min(start + MOST_MARKED) + MOST_AROUND {
            if !matches!(row.kind(), Kind::Array | Kind::Object) && hides(row) {
                hidden.push(row.start()..row.end());
            }
            let Some(next) = document.value_in(row.row() + 1) else { break };
            row = next;
        }
        Some((document.text(), start..end, hidden))
    }

    /// The same in the file that a YAML document was read from. Where a value ends there is not known: a text that is hidden takes the rest
    /// of its line with it.
    fn in_yaml<'t>(self, source: &'t str, hides: &dyn Fn(Value<'_>) -> bool) -> Option<Line<'t>> {
        let document = self.document();
        let first = self.key_before().unwrap_or(self);
        let position = first.position();
        let (line_start, line) = document.source_line(position.line)?;
        if line.len() > LONGEST_LINE {
            return None;
        }
        let offset = |column: usize| {
            let at = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
            line_start + at
        };
        let line_end = line_start + line.len();
        let rows = self.row().saturating_sub(NEAR)..self.row() + NEAR;
        let on_line = rows.filter_map(|row| document.value_in(row)).filter(|row| row.position().line == position.line);
        let hidden = on_line.filter(|row| !matches!(row.kind(), Kind::Array | Kind::Object) && hides(*row));
        let hidden = hidden.map(|row| offset(row.position().column)..line_end).collect();
        // A comment is no part of the value, and nothing has searched it here.
        let comment = line.find(" #").map_or(line_end, |at| line_start + at);
        let start = offset(position.column);
        Some((source.get(..comment.max(start))?, start..comment.max(start), hidden))
    }
}

/// A text, the part of it that is marked, and the parts that are hidden.
type Line<'t> = (&'t str, Range<usize>, Vec<Range<usize>>);

/// `range` of `text`, with `instead` for what is hidden in it.
fn shown(text: &str, range: Range<usize>, hidden: &[Range<usize>], instead: &str) -> String {
    let mut shown = String::new();
    let mut at = range.start;
    for hidden in hidden.iter().filter(|hidden| hidden.start < range.end && hidden.end > range.start) {
        shown.push_str(text.get(at..hidden.start.max(at)).unwrap_or_default());
        if hidden.end > at {
            shown.push_str(instead);
        }
        at = at.max(hidden.end);
    }
    shown.push_str(text.get(at..range.end).unwrap_or_default());
    shown
}

#[cfg(test)]
mod tests {
    use crate::document::{Document, Syntax};

    fn parts(text: &str, syntax: Syntax, keys: &[&str], hidden: &[&str]) -> (usize, [String; 3]) {
        let document = Document::read(text.as_bytes().to_vec(), syntax).unwrap();
        let root = document.root();
        let root = if syntax == Syntax::Yaml { root.element(0).unwrap() } else { root };
        let rows: Vec<u32> = hidden.iter().map(|key| root.get(key).unwrap().row()).collect();
        let excerpt = root.at(keys).unwrap().excerpt("[secret]", &|value| rows.contains(&value.row())).unwrap();
        (excerpt.line, [excerpt.before, excerpt.marked, excerpt.after])
    }

    fn of(line: usize, parts: [&str; 3]) -> (usize, [String; 3]) {
        (line, parts.map(str::to_owned))
    }

    #[test]
    fn the_line_of_a_value_and_its_key() {
        let text = "{\n  \"a\": true, \"b\": {\"x\": 1, \"name\": \"one\"}\n}";
        assert_eq!(
            parts(text, Syntax::Json, &["a"], &[]),
            of(2, ["  ", "\"a\": true", ", \"b\": {\"x\": 1, \"name\": \"one\"}"])
        );
        assert_eq!(parts(text, Syntax::Json, &["b"], &[]).1[1], "\"name\": \"one\"");
        let text = "a: true # why\nb:\n  - name: one\n";
        assert_eq!(parts(text, Syntax::Yaml, &["a"], &[]), of(1, ["", "a: true", ""]));
    }

    #[test]
    fn a_hidden_value_is_shown_nowhere_on_the_line() {
        let text = "{\"a\": \"Kx7tRw2\", \"b\": 1, \"c\": \"Kx7tRw3\"}";
        let (_, shown) = parts(text, Syntax::Json, &["b"], &["a", "c"]);
        assert_eq!(shown, ["{\"a\": [secret], ", "\"b\": 1", ", \"c\": [secret]}"].map(str::to_owned));
        let (_, shown) = parts(text, Syntax::Json, &["a"], &["a", "c"]);
        assert_eq!(shown[1], "\"a\": [secret]");
        assert_eq!(parts("a: Kx7tRw2\nb: 1\n", Syntax::Yaml, &["a"], &["a"]), of(1, ["", "a: [secret]", ""]));
        assert_eq!(parts("{a: Kx7tRw2, b: 1}\n", Syntax::Yaml, &["b"], &["a"]).1[0], "{a: [secret]");
    }

    #[test]
    fn a_long_line_is_shown_around_the_value() {
        let text = format!("{{\"x\": \"{}\", \"a\": 1, \"y\": \"{}\"}}", "é".repeat(500), "é".repeat(500));
        let (_, [before, marked, after]) = parts(&text, Syntax::Json, &["a"], &[]);
        assert_eq!(marked, "\"a\": 1");
        assert!(before.len() <= 42 && after.len() <= 42, "{before} {after}");
    }
}
