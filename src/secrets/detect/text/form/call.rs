//! The arguments of a call.

use std::ops::Range;

use super::window;

/// The most arguments that are read.
const MOST: usize = 8;

/// The arguments of the call whose parenthesis is before `from`: the span of each, without its quotes, when it is
/// a quoted string.
pub(super) fn arguments(text: &str, from: usize) -> Vec<Option<Range<usize>>> {
    let rest = window(text, from);
    let bytes = rest.as_bytes();
    let mut found = Vec::new();
    let (mut depth, mut quote, mut begin) = (0_usize, None, 0);
    for (at, &byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte && bytes.get(at.wrapping_sub(1)) != Some(&b'\\') => quote = None,
            (None, b'"' | b'\'' | b'`') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b',' | b')') if depth == 0 => {
                found.push(literal(rest, begin..at).map(|span| from + span.start..from + span.end));
                begin = at + 1;
                if byte == b')' || found.len() == MOST {
                    return found;
                }
            }
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    found
}

/// The quoted string of an argument, plain or converted to bytes or characters: `b'…'`, `[]byte("…")`, `"…".toCharArray()`.
fn literal(rest: &str, span: Range<usize>) -> Option<Range<usize>> {
    let argument = rest.get(span.clone())?;
    let bare = argument.trim_start();
    let lead = argument.len() - bare.len();
    let opening = ["[]byte(", "Buffer.from(", "b", "r", "u", "@", "N", ""]
        .into_iter()
        .find(|word| bare.strip_prefix(word).is_some_and(|rest| rest.starts_with(['"', '\'', '`'])))?;
    let inner = bare.get(opening.len() + 1..)?;
    let quote = bare.get(opening.len()..)?.chars().next()?;
    let length = inner.find(quote)?;
    let tail = inner.get(length + 1..)?.trim();
    let is_whole = matches!(tail, "" | ")" | ".toCharArray()" | ".encode()" | ".getBytes()")
        || tail.starts_with(".encode(")
        || tail.starts_with(".getBytes(");
    let start = span.start + lead + opening.len() + 1;
    (is_whole && !inner.get(..length)?.contains(char::is_whitespace)).then_some(start..start + length)
}
