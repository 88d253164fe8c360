//! The pieces of a JSON text: blanks, strings, numbers, words.

use std::borrow::Cow;

use crate::document::table::Kind;

/// The first byte from `at` on that is not blank. Indentation is taken in strides.
pub(super) fn after_blanks(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b' ') => at += if bytes.get(at..at + 8) == Some(b"        ") { 8 } else { 1 },
            Some(b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}

/// One after the closing quote of the string that opens at `start`, and whether it contains an escape; `None` when it is not a string.
pub(super) fn end_of_string(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    let mut at = start + 1;
    let mut escaped = false;
    loop {
        at = to_special(bytes, at);
        match bytes.get(at)? {
            b'"' => return Some((at + 1, escaped)),
            b'\\' => {
                escaped = true;
                at += match bytes.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                    b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                    _ => return None,
                };
            }
            _ => return None,
        }
    }
}

/// The first byte from `at` on that is special in a string: a quote, a backslash, or a control character, which is invalid
/// there. Eight bytes are compared at a time.
fn to_special(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes;
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let eight = u64::from_le_bytes(*eight);
        let control = eight.wrapping_sub(ONES * 0x20) & !eight;
        let quote = is_zero(eight ^ (ONES * u64::from(b'"')));
        let backslash = is_zero(eight ^ (ONES * u64::from(b'\\')));
        // Borrows go upwards only, so that the lowest bit is right.
        let special = (control | quote | backslash) & HIGH;
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    at + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// The end of the number, `true`, `false` or `null` that begins at `start`, and which it is.
pub(super) fn word(bytes: &[u8], start: usize) -> Option<(usize, Kind)> {
    let rest = bytes.get(start..)?;
    let (length, kind) = match rest.first()? {
        b't' if rest.starts_with(b"true") => (4, Kind::True),
        b'f' if rest.starts_with(b"false") => (5, Kind::False),
        b'n' if rest.starts_with(b"null") => (4, Kind::Null),
        _ => (number(rest)?, Kind::Number),
    };
    Some((start + length, kind))
}

/// The length of the number that `bytes` begin with.
fn number(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        let count = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        (count > 0).then_some(from + count)
    };
    let first = usize::from(bytes.first() == Some(&b'-'));
    let mut at = if bytes.get(first) == Some(&b'0') { first + 1 } else { digits(first)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at = digits(at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-'))))?;
    }
    Some(at)
}

/// The decoded text of the JSON string `raw`, which includes its quotes.
pub(in super::super) fn decode(raw: &str, escaped: bool) -> Cow<'_, str> {
    let inside = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if !escaped {
        return Cow::Borrowed(inside);
    }
    // Every string in the table decodes: `check_escapes` has verified it.
    Cow::Owned(unescaped(inside).unwrap_or_else(|| serde_json::from_str(raw).unwrap_or_default()))
}

/// `text` with its escapes decoded; `None` when it contains `\u`, which `serde_json` decodes.
fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(rest.get(..at)?);
        out.push(match rest.as_bytes().get(at + 1)? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            &same @ (b'"' | b'\\' | b'/') => char::from(same),
            _ => return None,
        });
        rest = rest.get(at + 2..)?;
    }
    out.push_str(rest);
    Some(out)
}
