//! Documents inside a text: here-documents, quoted arguments, and objects in braces.
//!
//! Found in one pass: each part of a text belongs to at most one of them, so that a hostile text costs no more than reading it.

use std::borrow::Cow;
use std::ops::Range;

/// The longest document that is read out of a script, in bytes.
const LONGEST: usize = 1 << 20;

/// The most documents of one text.
const MOST: usize = 200;

/// A part of a text that may be a document.
pub(super) struct Region<'t> {
    pub(super) span: Range<usize>,
    /// Its content, without the escapes of a quoted text.
    pub(super) content: Cow<'t, str>,
    /// YAML counts too; otherwise only JSON, or what a shell makes of it.
    pub(super) is_here_document: bool,
}

/// The parts of `text` that may be documents, in order and without overlaps.
pub(super) fn regions(text: &str) -> Vec<Region<'_>> {
    let bytes = text.as_bytes();
    let mut regions = Vec::new();
    // What may still be read for regions that turn out to be none.
    let mut budget = text.len().saturating_mul(4) + 4096;
    let mut at = 0;
    while regions.len() < MOST
        && let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr3(b'{', b'[', b'<', rest))
    {
        let here = at + found;
        let region = if bytes.get(here) == Some(&b'<') {
            here_document(text, here, &mut budget)
        } else {
            quoted(text, here, &mut budget).or_else(|| balanced(text, here, &mut budget))
        };
        at = region.as_ref().map_or(here + 1, |region| region.span.end.max(here + 1));
        regions.extend(region);
        if budget == 0 {
            break;
        }
    }
    regions
}

/// Takes what is read from the budget; the length that may be read.
fn take(budget: &mut usize, wanted: usize) -> usize {
    let taken = wanted.min(LONGEST).min(*budget);
    *budget -= taken;
    taken
}

/// `<<EOF`, `<<-'EOF'` up to the line that is `EOF`.
fn here_document<'t>(text: &'t str, at: usize, budget: &mut usize) -> Option<Region<'t>> {
    let rest = text.get(at..)?.strip_prefix("<<")?;
    let rest =
        rest.strip_prefix(['-', '~']).unwrap_or(rest).trim_start_matches(' ').trim_start_matches(['\'', '"', '\\']);
    let length = rest.bytes().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let word = rest.get(..length).filter(|word| !word.is_empty())?;
    let after = rest.get(length..)?;
    let line_end = memchr::memchr(b'\n', after.as_bytes().get(..take(budget, after.len().min(4096)))?)?;
    let body = after.get(line_end + 1..)?;
    let start = text.len() - body.len();
    let body = body.get(..floor(body, body.len().min(LONGEST)))?;
    let mut end = 0;
    for line in body.split_inclusive('\n') {
        if line.trim() == word {
            *budget = budget.saturating_sub(end);
            let content = body.get(..end)?;
            return Some(Region { span: start..start + end, content: content.into(), is_here_document: true });
        }
        end += line.len();
        if end > *budget {
            break;
        }
    }
    *budget = budget.saturating_sub(end);
    None
}

/// A quoted text that begins with a brace or a bracket: `-d '{…}'`, `--overrides="{\"a\": 1}"`.
fn quoted<'t>(text: &'t str, at: usize, budget: &mut usize) -> Option<Region<'t>> {
    let bytes = text.as_bytes();
    let blanks =
        bytes.get(at.saturating_sub(64)..at)?.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    let open = at.checked_sub(blanks + 1)?;
    let quote = *bytes.get(open).filter(|byte| matches!(byte, b'\'' | b'"' | b'`'))?;
    let rest = bytes.get(at..at + take(budget, text.len() - at))?;
    let mut end = 0;
    loop {
        end += memchr::memchr(quote, rest.get(end..)?)?;
        let escapes = rest.get(..end)?.iter().rev().take_while(|byte| **byte == b'\\').count();
        if quote == b'\'' || escapes % 2 == 0 {
            break;
        }
        end += 1;
    }
    *budget += rest.len() - end;
    let content = text.get(at..at + end)?;
    if !content.trim_end().ends_with(['}', ']']) {
        return None;
    }
    let content = if quote == b'"' && content.contains('\\') { unescaped(content).into() } else { content.into() };
    Some(Region { span: at..at + end, content, is_here_document: false })
}

/// An object or a list up to its closing brace: at least one key or text in quotes.
fn balanced<'t>(text: &'t str, at: usize, budget: &mut usize) -> Option<Region<'t>> {
    let rest = text.as_bytes().get(at..)?;
    let inner = rest.iter().skip(1).take(64).find(|byte| !byte.is_ascii_whitespace())?;
    if !matches!(inner, b'"' | b'\\' | b'{') || rest.get(1) == Some(&b'{') {
        return None;
    }
    let rest = rest.get(..take(budget, rest.len()))?;
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for (n, &byte) in rest.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => depth += 1,
            b'}' | b']' if !is_text => {
                depth -= 1;
                if depth == 0 {
                    *budget += rest.len() - n;
                    let content = text.get(at..=at + n)?;
                    return Some(Region { span: at..at + n + 1, content: content.into(), is_here_document: false });
                }
            }
            _ => {}
        }
    }
    None
}

/// A text without the backslashes that a shell removes between double quotes.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, characters.peek()) {
            ('\\', Some('"' | '\\' | '$' | '`')) => plain.extend(characters.next()),
            ('\\', Some('\n')) => {
                characters.next();
            }
            _ => plain.push(character),
        }
    }
    plain
}

fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(text: &str) -> Vec<String> {
        regions(text).into_iter().map(|region| region.content.into_owned()).collect()
    }

    #[test]
    fn documents_are_cut_out_of_scripts() {
        assert_eq!(contents("cat > v.yaml <<-'EOF'\na: b\nEOF\necho"), ["a: b\n"]);
        assert_eq!(contents("curl -d '{\n \"a\": 1\n}' x"), ["{\n \"a\": 1\n}"]);
        assert_eq!(contents("x --p=\"{\\\"a\\\": \\\"b\\\"}\""), ["{\"a\": \"b\"}"]);
        assert_eq!(contents("x = {\"a\": [\"}\"]} then"), ["{\"a\": [\"}\"]}"]);
        assert!(contents("if [ -z x ]; then { echo; }; fi; a[1] ${x} {{ x }}").is_empty());
    }

    #[test]
    fn hostile_texts_are_read_once() {
        for part in ["{\"", "<<A\n", "'{", "[\"a\",", "{{"] {
            let text = part.repeat(200_000 / part.len());
            assert!(regions(&text).len() <= MOST);
        }
    }
}
