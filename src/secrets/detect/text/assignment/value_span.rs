//! The span of a value: in quotes of any depth, in an element, up to the end of its line or the next blank.

use std::ops::Range;

use super::operator::Operator;
use super::{LONGEST_VALUE, line_before};
use crate::secrets::detect::decide::How;
use crate::secrets::detect::key::KeyClass;

/// From this length on, the part of the line before the name may be cut off.
const LONGEST_LOOK_BACK: usize = 296;

/// The longest value without quotes, in bytes.
const LONGEST_LINE: usize = 1024;

/// The value that begins at or after `from`.
pub(super) fn value_at(
    text: &str,
    name: &Range<usize>,
    operator: Operator,
    from: usize,
    class: KeyClass,
) -> Option<(Range<usize>, How)> {
    let bytes = text.as_bytes();
    let blanks = bytes.get(from..)?.iter().take(64).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let mut at = from + blanks;
    // A line that continues on the next.
    if bytes.get(at) == Some(&b'\\') && matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) {
        at += 1 + bytes.get(at + 1..)?.iter().take(64).take_while(|byte| byte.is_ascii_whitespace()).count();
    }
    if operator == Operator::Element {
        return element(text, at);
    }
    if operator == Operator::Replaced {
        let delimiter = bytes.get(from.checked_sub(1)?)?;
        let end = memchr::memchr2(*delimiter, b'\n', bytes.get(from..(from + 200).min(bytes.len()))?)?;
        return Some((from..from + end, How::Quoted)).filter(|_| bytes.get(from + end) == Some(delimiter));
    }
    // `r"…"`, `b'…'`, `@"…"`, `new String("…`, `String::from("…`, `Some("…`.
    let rest = text.get(at..text.floor_char_boundary(at + 48))?;
    for opening in [
        "N'",
        "r\"",
        "b\"",
        "b'",
        "u'",
        "u\"",
        "f\"",
        "f'",
        "r'",
        "L\"",
        "@\"",
        "$'",
        "$\"",
        "q(\"",
        "(\"",
        "('",
        "Some(\"",
        "String::from(\"",
        "new String(\"",
        "str(\"",
        "str('",
        "Buffer.from(\"",
        "Buffer.from('",
        "[]byte(\"",
        "=> \"",
        "=\"",
    ] {
        if rest.starts_with(opening) {
            at += opening.len() - 1;
            break;
        }
    }
    let backslashes = bytes.get(at..)?.iter().take(8).take_while(|byte| **byte == b'\\').count();
    let quote = bytes.get(at + backslashes).copied();
    if let Some(quote @ (b'"' | b'\'' | b'`')) = quote {
        if backslashes == 0 && closes(text, at, quote) {
            return None;
        }
        // A shell command in backticks, whose output is the value.
        if quote == b'`' && operator == Operator::Equals && at == from && backslashes == 0 && is_command(text, at + 1) {
            return None;
        }
        let inner = quoted(text, at + backslashes + 1, quote, backslashes)?;
        return Some((behind_scheme(text, inner, class), How::Quoted));
    }
    if operator == Operator::Quoted {
        return None;
    }
    if bytes.get(at) == Some(&b'{') && bytes.get(at + 1) != Some(&b'{') && operator == Operator::Equals {
        let end = memchr::memchr2(b'}', b'\n', bytes.get(at..(at + 200).min(bytes.len()))?)?;
        return Some((at + 1..at + end, How::Quoted));
    }
    // `password:    # of the store`: a comment in place of the value.
    if at > from && operator != Operator::Blank && bytes.get(at) == Some(&b'#') && bytes.get(at + 1) == Some(&b' ') {
        return None;
    }
    unquoted(text, name, operator, at, class)
}

/// Whether the quote at `at` closes one that was opened before the name, as in `print("password: " + password)`.
fn closes(text: &str, at: usize, quote: u8) -> bool {
    let line = line_before(text, at).as_bytes();
    let is_whole = line.len() == at || line.len() < LONGEST_LOOK_BACK;
    let mut is_open = false;
    let mut before = b' ';
    for (n, &byte) in line.iter().enumerate() {
        let is_apostrophe = before.is_ascii_alphanumeric() && line.get(n + 1).is_some_and(u8::is_ascii_alphabetic);
        if byte == quote && before != b'\\' && (is_open || !is_apostrophe) {
            is_open = !is_open;
        }
        before = byte;
    }
    // Code follows a closing quote, and not a word.
    let goes_on = text.as_bytes().get(at + 1).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    is_whole && is_open && goes_on
}

/// Whether the text in backticks from `at` on is a command: it has arguments.
fn is_command(text: &str, at: usize) -> bool {
    let rest = text.get(at..text.floor_char_boundary(at + 200)).unwrap_or_default();
    rest.split('`').next().is_some_and(|command| command.contains([' ', '$', '/']))
}

/// The text of an element.
fn element(text: &str, at: usize) -> Option<(Range<usize>, How)> {
    let rest = text.get(at..text.floor_char_boundary(at + LONGEST_VALUE))?;
    let (skip, end) = match rest.trim_start().strip_prefix("<![CDATA[") {
        Some(inside) => (rest.len() - inside.len(), rest.find("]]>")?),
        // `--user <user> --password <password> --host <host>`: no element, since none of them is closed.
        None => (
            0,
            rest.find('<').filter(|end| {
                rest.get(*end..).is_some_and(|tail| {
                    tail.starts_with("</")
                        || *end == 0
                        || tail.starts_with("<value")
                        || tail.starts_with("<string")
                        || tail.starts_with("<Value")
                })
            })?,
        ),
    };
    let content = rest.get(skip..end)?;
    // `<property name="password"><value>…`
    if content.trim().is_empty() && skip == 0 {
        let next = rest.get(end..)?;
        let open = ["<value>", "<string>", "<Value>"].into_iter().find(|tag| next.starts_with(tag))?;
        let inner = next.get(open.len()..)?;
        let length = inner.find('<')?;
        let start = at + end + open.len();
        return (length > 0).then_some((start..start + length, How::Quoted));
    }
    let lead = content.len() - content.trim_start().len();
    let content = content.trim();
    let start = at + skip + lead;
    (!content.is_empty()).then_some((start..start + content.len(), How::Quoted))
}

/// The text up to the closing quote, which has as many backslashes before it as the opening one.
fn quoted(text: &str, at: usize, quote: u8, backslashes: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut here = at;
    let limit = (at + LONGEST_VALUE).min(bytes.len());
    // `"""…"""`
    if backslashes == 0 && bytes.get(at) == Some(&quote) {
        if bytes.get(at + 1) == Some(&quote) {
            return quoted(text, at + 2, quote, 0);
        }
        return None;
    }
    while here < limit {
        match bytes.get(here)? {
            b'\n' => break,
            byte if *byte == quote => {
                let escapes = bytes.get(at..here)?.iter().rev().take_while(|byte| **byte == b'\\').count();
                let closes = if backslashes == 0 { escapes % 2 == 0 } else { escapes <= backslashes };
                if closes {
                    return Some(at..here - escapes.min(backslashes));
                }
                here += 1;
            }
            _ => here += 1,
        }
    }
    // Never closed: up to the next blank.
    let content = text.get(at..text.floor_char_boundary(here))?;
    let end = content
        .find(|character: char| character.is_whitespace() || matches!(character, '"' | '\'' | ',' | ';' | '<'))
        .unwrap_or(content.len());
    (end > 0).then_some(at..at + end)
}

/// `Bearer x` under a key that is not a header: the `x`.
fn behind_scheme(text: &str, span: Range<usize>, class: KeyClass) -> Range<usize> {
    if class == KeyClass::Header {
        return span;
    }
    let content = text.get(span.clone()).unwrap_or_default();
    for scheme in ["Bearer ", "bearer ", "Basic ", "Token ", "token ", "echo -n ", "echo "] {
        if content.starts_with(scheme) {
            return span.start + scheme.len()..span.end;
        }
    }
    span
}

fn unquoted(
    text: &str,
    name: &Range<usize>,
    operator: Operator,
    at: usize,
    class: KeyClass,
) -> Option<(Range<usize>, How)> {
    let bytes = text.as_bytes();
    let rest = text.get(at..text.floor_char_boundary(at + LONGEST_LINE))?;
    let line = rest.get(..rest.find(['\n', '\r']).unwrap_or(rest.len()))?;
    if is_tag_or_command(text, name, line) {
        return None;
    }
    if line.starts_with("${") || line.starts_with("{{") {
        return default_in_braces(line).map(|span| (at + span.start..at + span.end, How::Bare));
    }
    let before = name.start.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b'\n');
    let is_header = class == KeyClass::Header || key_of(text, name).starts_with("X-");
    if is_header && operator == Operator::Colon {
        let end = line.find(['"', '\'', '`']).unwrap_or(line.len());
        return trimmed(text, at..at + end, How::Quoted);
    }
    if matches!(before, b'?' | b'&' | b';') && operator == Operator::Equals {
        let end = line
            .find(|character: char| {
                character.is_whitespace() || matches!(character, '&' | ';' | '"' | '\'' | '<' | '>' | '\\' | '#' | '`')
            })
            .unwrap_or(line.len());
        return trimmed(text, at..at + end, How::Quoted);
    }
    if operator == Operator::Default {
        let end = line.find(['}', '"'])?;
        return trimmed(text, at..at + end, How::Quoted);
    }
    let key = text.get(name.clone()).unwrap_or_default();
    let is_spaced = at > name.end + 1;
    if starts_line(text, name)
        && matches!(operator, Operator::Equals | Operator::Colon)
        && (is_spaced || operator == Operator::Colon || key.contains('.'))
        && !key.starts_with('-')
    {
        let content = line.split(" #").next().unwrap_or(line).split(" //").next().unwrap_or(line);
        let content = content.trim_end().trim_end_matches([',', ';', '\\']);
        let is_call = content.contains('(') && content.contains(')') && !content.contains(' ');
        if !content.contains(['"', '{', '[']) && !is_call {
            return trimmed(text, at..at + content.len(), How::Bare);
        }
    }
    let is_end = |character: char| {
        character.is_whitespace()
            || matches!(
                character,
                '"' | '\'' | '`' | ',' | ';' | '|' | '<' | '>' | '(' | ')' | '{' | '}' | '[' | ']' | '\\'
            )
            || (character == '&' && !matches!(operator, Operator::Blank | Operator::Word))
    };
    let end = line.find(is_end).unwrap_or(line.len());
    if matches!(line.as_bytes().get(end), Some(b'(' | b'[')) {
        return None;
    }
    let word = line.get(..end)?;
    if ["bearer", "basic", "token"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
        && line.as_bytes().get(end) == Some(&b' ')
    {
        let next = line.get(end + 1..)?;
        let length = next.find(is_end).unwrap_or(next.len());
        return trimmed(text, at + end + 1..at + end + 1 + length, How::Quoted);
    }
    let bounds = match operator {
        Operator::Blank if key.starts_with('-') => How::Quoted,
        Operator::Word => How::Spoken,
        _ => How::Bare,
    };
    trimmed(text, at..at + end, bounds)
}

/// Whether a YAML tag or a command stands where the value would begin.
fn is_tag_or_command(text: &str, name: &Range<usize>, line: &str) -> bool {
    // A YAML tag precedes the value: `!Sub "…"`, `!vault |`.
    let is_tag = line.starts_with('!')
        && line.split_once(' ').is_some_and(|(tag, _)| {
            tag.len() > 1 && tag.bytes().skip(1).all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'/'))
        })
        && starts_line(text, name);
    // Commands, and C's casts.
    is_tag || ["$(", "`", "<(", "(char", "[]"].iter().any(|opening| line.starts_with(opening))
}

fn key_of<'t>(text: &'t str, name: &Range<usize>) -> &'t str {
    text.get(name.clone()).unwrap_or_default()
}

/// `${PG_PASS:value}`, `${PG_PASS:-value}` alone on the line: the value.
fn default_in_braces(line: &str) -> Option<Range<usize>> {
    let inner = line.strip_prefix("${")?;
    let colon = inner
        .bytes()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')))
        .filter(|colon| *colon > 0 && inner.as_bytes().get(*colon) == Some(&b':'))?;
    let rest = inner.get(colon + 1..)?;
    let dash = usize::from(rest.starts_with(['-', '=']));
    let content = rest.get(dash..rest.find('}')?)?;
    let start = 2 + colon + 1 + dash;
    let is_word =
        !content.is_empty() && !content.starts_with(['?', '+', ':', '$']) && !content.contains([' ', '(', '{']);
    is_word.then_some(start..start + content.len())
}

/// Whether the name begins its line, apart from words that may precede an assignment.
fn starts_line(text: &str, name: &Range<usize>) -> bool {
    let from = text.floor_char_boundary(name.start.saturating_sub(64));
    let before = text.get(from..name.start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let begins = before.len() > line.len() || from == 0;
    let line = line.trim().trim_matches(['"', '\'', '-', '#', '$', '*']).trim();
    begins
        && matches!(
            line,
            "" | "export"
                | "set"
                | "SET"
                | "const"
                | "let"
                | "var"
                | "env"
                | "global"
                | "local"
                | "//"
                | "static"
                | "final"
                | "private"
                | "public"
                | "val"
                | ";"
                | "rem"
                | "REM"
        )
}

fn trimmed(text: &str, span: Range<usize>, bounds: How) -> Option<(Range<usize>, How)> {
    let content = text.get(span.clone())?;
    let lead = content.len() - content.trim_start().len();
    let content = content.trim();
    let content = if content.contains(' ') { content } else { content.trim_end_matches(['.', ',', ':', ';']) };
    let start = span.start + lead;
    (!content.is_empty()).then_some((start..start + content.len(), bounds))
}
