//! Literals inside Spinnaker expressions (`kork-expressions/…/ExpressionTransform.java`): `${parameters.password ?: 'hunter2'}`.
//!
//! An expression is full of literals that are not values: names of stages, keys of maps, operands of comparisons. Only
//! those that the expression may return or pass on are judged.

use std::ops::Range;

use super::{Inside, What};
use crate::meta::Confidence;
use crate::secrets::detect::decide::{self, Because, How, placeholder, shape};
use crate::secrets::detect::decode;
use crate::secrets::detect::key::{KeyClass, classify};
use crate::secrets::detect::keyword::{Hit, KEYWORDS};

/// The longest expression that is parsed, in bytes.
const LONGEST: usize = 8192;

/// Functions that return their argument in some form (`orca/…/ExpressionFunctionProvider`, `kork-expressions/…/ExpressionsSupport.java`).
const CARRIERS: &[&str] = &[
    "toBase64",
    "fromBase64",
    "toJson",
    "readJson",
    "readYaml",
    "concat",
    "String",
    "trim",
    "doNotEval",
    "replace",
    "append",
    "toString",
    "format",
    "join",
];

/// The spans of the insides of all `${…}` of `text`.
pub(super) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memmem::find(rest.as_bytes(), b"${")) {
        let start = at + found + 2;
        let end = closing(text, start);
        spans.push(start..end);
        at = end;
    }
    spans
}

/// `NAME:+word`, `NAME:=word`: a shell's parameter expansion.
fn is_of_a_shell(expression: &str) -> bool {
    let rest = expression.trim_start_matches(|character: char| character.is_ascii_alphanumeric() || character == '_');
    rest.len() < expression.len() && [":+", ":=", ":-", ":?"].iter().any(|operator| rest.starts_with(operator))
}

/// The end of the expression that begins at `start`; `None` when it never closes or is too long.
fn closing(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut quote) = (0_u32, None);
    for (n, &byte) in bytes.get(start..).unwrap_or_default().iter().take(LONGEST).enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth == 0 => return start + n,
            (None, b'}') => depth -= 1,
            _ => {}
        }
    }
    // Without its closing brace it is not an expression, and a quote that never closes is a shell's: up to the first brace.
    bytes
        .get(start..)
        .and_then(|rest| memchr::memchr(b'}', rest.get(..LONGEST.min(rest.len())).unwrap_or(rest)))
        .map_or(start, |at| start + at)
}

/// A literal of an expression.
struct Literal {
    /// Without its quotes.
    span: Range<usize>,
    /// The function it is an argument of; `None` outside calls.
    function: Option<String>,
    /// A name, an index or an operand of a comparison.
    is_no_value: bool,
    /// The name before it in the expression: `parameters.password ?:`.
    name_before: String,
}

/// The secrets among the literals of the expression at `span`. `name` and `class` are those of the key of the whole text.
pub(super) fn literals(text: &str, span: Range<usize>, name: &str, class: KeyClass) -> Vec<Inside> {
    let mut found = Vec::new();
    if text.get(span.clone()).is_some_and(is_of_a_shell) {
        return found;
    }
    for literal in parse(text, span.clone()) {
        if literal.is_no_value {
            continue;
        }
        let Some(content) = text.get(literal.span.clone()) else { continue };
        let Some((what, confidence)) = judge(content, &literal, name, class, text, &span) else { continue };
        found.push(Inside {
            span: literal.span,
            detector: "expression-literal",
            what,
            confidence,
            because: Because::default(),
            in_expression: true,
        });
    }
    found
}

fn judge(
    content: &str,
    literal: &Literal,
    name: &str,
    class: KeyClass,
    text: &str,
    span: &Range<usize>,
) -> Option<(What, Confidence)> {
    let is_encoded = literal.function.as_deref() == Some("fromBase64");
    let decoded = if is_encoded { decode::base64_text(content) } else { None };
    let plain = decoded.as_deref().unwrap_or(content);
    let of = |name: &str| {
        let text = format!("a literal in the expression for {}", crate::base::sanitize::sanitize(name, 60));
        What::from(text).held_by(name)
    };
    if class != KeyClass::Plain {
        // `Basic ${#toBase64("user:hunter2")}`
        if let Some((_, password)) = plain.split_once(':').filter(|_| literal.function.as_deref() == Some("toBase64")) {
            return (!decide::is_absent(password) && !placeholder::is_generic_word(password))
                .then(|| (of(name), Confidence::High));
        }
        let before = text.get(..span.start.saturating_sub(2)).unwrap_or_default();
        let class = if class == KeyClass::Header && (before.ends_with(' ') || !plain.contains(' ')) {
            KeyClass::Token
        } else {
            class
        };
        let plain =
            ["Bearer ", "Basic ", "token "].iter().find_map(|scheme| plain.strip_prefix(scheme)).unwrap_or(plain);
        if let Some(confidence) = decide::judge(class, plain, How::Quoted) {
            return Some((of(name), confidence));
        }
    }
    // `${#readJson('{"password": "…"}')}`: a nested document.
    if plain.starts_with(['{', '[']) && matches!(literal.function.as_deref(), Some("readJson" | "readYaml")) {
        let hits: Vec<Hit> = KEYWORDS.hits(plain).collect();
        let inner = super::scan(plain, &hits, name, class).into_iter().next()?;
        return Some((inner.what, inner.confidence));
    }
    let name_before = classify(&literal.name_before);
    if name_before != KeyClass::Plain
        && let Some(confidence) = decide::judge(name_before, plain, How::Quoted)
    {
        return Some((of(&literal.name_before), confidence));
    }
    // Names are not encoded: a literal passed to these functions is hidden, or a nested document.
    let is_coded = matches!(literal.function.as_deref(), Some("toBase64" | "fromBase64"));
    let is_document = plain.contains(['\n', '{', '<', '=', ' ']) || shape::is_path(plain) || shape::is_address(plain);
    if is_coded
        && !is_document
        && !decide::is_absent(plain)
        && !placeholder::is_generic_word(plain)
        && plain.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_punctuation())
        && !looks_like_a_name(plain)
    {
        return Some(("a literal that an expression encodes".into(), Confidence::Medium));
    }
    let is_whole = text.get(span.clone()).is_some_and(|whole| whole.trim().trim_matches(['"', '\'']) == content);
    if is_whole && !decide::is_absent(plain) && (decide::looks_clearly_random(plain) || looks_like_a_password(plain)) {
        return Some(("a literal that is a whole expression".into(), Confidence::Medium));
    }
    (decide::looks_clearly_random(plain)
        && !decide::is_absent(plain)
        && shape::entropy(plain) > 3.6
        && !shape::is_slug(plain))
    .then(|| ("a literal in an expression".into(), Confidence::Medium))
}

/// Words with separators between them.
fn looks_like_a_name(text: &str) -> bool {
    text.contains(['-', '_', '.', '/', ':']) && shape::is_name(text)
}

/// A word with digits or punctuation attached: `hunter2`.
fn looks_like_a_password(text: &str) -> bool {
    let has = |what: fn(&u8) -> bool| text.as_bytes().iter().any(what);
    (6..=64).contains(&text.len())
        && has(u8::is_ascii_alphabetic)
        && (has(u8::is_ascii_digit) || text.contains(['!', '#', '%', '^', '&']))
        && !text.contains(['-', '_', '.', '/', ':', ' ', ',', '=', '(', '<', '\\', '*', '?', '[', '$'])
}

/// What precedes a literal in its expression.
struct LiteralPlace<'p> {
    /// The last byte that is not a blank.
    before: u8,
    word: &'p str,
    /// Open parentheses and brackets, as [`parse`] keeps them.
    open: &'p [(u8, String, usize)],
}

impl LiteralPlace<'_> {
    /// The literal at `span` (without its quotes) of an expression that ends at `limit`. An index or a key becomes the name
    /// of the literals that follow.
    fn literal(&self, text: &str, span: Range<usize>, limit: usize, name_before: &mut String) -> Literal {
        let next = text.as_bytes().get(span.end + 1..limit).unwrap_or_default().trim_ascii_start();
        let after = next.first().copied().unwrap_or(b'\0');
        let in_index = self.open.last().is_some_and(|(kind, ..)| *kind == b'[') && self.before == b'[' && after == b']';
        let compared = matches!(self.before, b'<' | b'>')
            || self.before == b'='
            || next.starts_with(b"==")
            || next.starts_with(b"!=")
            || next.starts_with(b"eq ")
            || next.starts_with(b"ne ")
            || next.starts_with(b"matches")
            || matches!(self.word, "eq" | "ne" | "matches" | "lt" | "gt" | "instanceof");
        let is_key = after == b':' && self.open.last().is_some_and(|(kind, ..)| *kind == b'{');
        let is_called = next.starts_with(b".equals") || next.starts_with(b".matches") || next.starts_with(b".contains");
        let function = self.open.last().filter(|(kind, name, _)| *kind == b'(' && !name.is_empty());
        let argument = function.map_or(0, |(.., argument)| *argument);
        let carries = function
            .is_none_or(|(_, name, _)| CARRIERS.contains(&name.as_str()) || (name == "getOrDefault" && argument == 1));
        let is_condition = after == b'?' && !next.starts_with(b"?:");
        let is_getter_key =
            argument == 0 && function.is_some_and(|(_, name, _)| matches!(name.as_str(), "get" | "getOrDefault"));
        if (in_index || is_key || is_getter_key)
            && let Some(content) = text.get(span.clone())
        {
            // `parameters['dbPassword']` names the value as `parameters.dbPassword` does.
            content.clone_into(name_before);
        }
        Literal {
            span,
            function: function.map(|(_, name, _)| name.clone()),
            is_no_value: in_index || compared || is_key || is_called || !carries || is_condition,
            name_before: name_before.clone(),
        }
    }
}

/// Every literal of the expression, with its context.
fn parse(text: &str, span: Range<usize>) -> Vec<Literal> {
    let bytes = text.as_bytes();
    let mut literals = Vec::new();
    // Open parentheses and brackets: the function's name (empty for a bracket), and the index of the current argument.
    let mut open: Vec<(u8, String, usize)> = Vec::new();
    let mut at = span.start;
    let mut word = String::new();
    let mut name_before = String::new();
    let mut before = b'\0';
    while at < span.end {
        let Some(&byte) = bytes.get(at) else { break };
        match byte {
            b'\'' | b'"' => {
                let Some(end) = literal_end(bytes, at, span.end) else { break };
                let place = LiteralPlace { before, word: &word, open: &open };
                literals.push(place.literal(text, at + 1..end, span.end, &mut name_before));
                word.clear();
                before = byte;
                at = end + 1;
                continue;
            }
            b'(' | b'[' | b'{' => {
                open.push((byte, if byte == b'(' { std::mem::take(&mut word) } else { String::new() }, 0));
            }
            b')' | b']' | b'}' => {
                open.pop();
                word.clear();
            }
            b',' => {
                if let Some((.., argument)) = open.last_mut() {
                    *argument += 1;
                }
                word.clear();
            }
            _ if byte.is_ascii_alphanumeric() || byte == b'_' => {
                if !before.is_ascii_alphanumeric() && before != b'_' {
                    word.clear();
                }
                word.push(char::from(byte));
                let is_name = !matches!(word.as_str(), "null" | "true" | "false" | "eq" | "ne" | "and" | "or" | "not");
                if is_name && !word.is_empty() {
                    name_before.clone_from(&word);
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        } else if !word.is_empty() && before.is_ascii_alphanumeric() {
            // A blank ends a word.
            before = b' ';
        }
        at += 1;
    }
    literals
}

/// The closing quote; SpEL escapes a quote by doubling it.
fn literal_end(bytes: &[u8], open: usize, limit: usize) -> Option<usize> {
    let quote = *bytes.get(open)?;
    let mut at = open + 1;
    while at < limit {
        if bytes.get(at) == Some(&quote) {
            if bytes.get(at + 1) == Some(&quote) && at + 1 < limit {
                at += 2;
                continue;
            }
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
        let class = classify(name);
        spans(text)
            .into_iter()
            .flat_map(|span| literals(text, span, name, class))
            .map(|inside| &text[inside.span])
            .collect()
    }

    #[test]
    fn literals_that_are_handed_on_are_found() {
        assert_eq!(found("${\"hunter2\"}", "password"), ["hunter2"]);
        assert_eq!(found("${#toBase64(\"hunter2\")}", "value"), ["hunter2"]);
        assert_eq!(found("${parameters.password ?: 'hunter2'}", "value"), ["hunter2"]);
        assert_eq!(found("${parameters['dbPassword'] ?: 'hunter2'}", "x"), ["hunter2"]);
        assert_eq!(found("${parameters.get('x') ?: 'hunter2'}", "password"), ["hunter2"]);
        assert_eq!(found("${trigger.parameters.getOrDefault('dbPassword', 'hunter2')}", "x"), ["hunter2"]);
        assert_eq!(found("Basic ${#toBase64('bob:hunter2')}", "Authorization"), ["bob:hunter2"]);
        assert_eq!(found("${#fromBase64('aHVudGVyMiE=')}", "x"), ["aHVudGVyMiE="]);
        assert_eq!(
            found("${parameters.env == 'prod' ? 'Kx7tRw2qLp9' : 'f3k9QzL1mXw8'}", "password"),
            ["Kx7tRw2qLp9", "f3k9QzL1mXw8"]
        );
        let json = "{\"password\": \"hunter2\"}";
        assert_eq!(found(&format!("${{#readJson('{json}')['password']}}"), "x"), [json]);
        assert_eq!(found("${'Bearer ' + 'f3k9QzL1mXw8'}", "Authorization"), ["f3k9QzL1mXw8"]);
    }

    #[test]
    fn names_indices_and_comparisons_are_not() {
        for (text, name) in [
            ("${parameters.password}", "password"),
            ("${#stage('Get Secret')['context']['webhook']['body']['data']}", "password"),
            ("${parameters['db-password']}", "password"),
            ("${parameters.password == 'hunter2'}", "x"),
            ("${trigger.parameters.get('token')}", "token"),
            ("${parameters.env == 'prod' ? 'a' : 'b'}", "x"),
            ("${#toBase64(parameters.token)}", "Authorization"),
            ("${ templateVariables.token }", "token"),
            ("${execution.stages.?[name == 'Deploy 2x'][0].context}", "x"),
            ("${#readJson('{\"a\":1}')}", "x"),
            ("${'us-east-1'}", "region"),
            ("${\"prod\"}", "env"),
            ("${#toBase64('shop.prod.example')}", "x"),
            ("${DB_PASSWORD}", "password"),
        ] {
            assert!(found(text, name).is_empty(), "{text}: {:?}", found(text, name));
        }
    }
}
