//! Secrets inside a text: commands, `.env` files, properties, INI, XML, SQL, addresses, connection strings, headers, expressions.
//!
//! Only positions with a keyword are examined, each with bounded work, so that a text of any size costs no more than
//! reading it.

pub(super) mod address;
pub(super) mod assignment;
pub(super) mod command;
pub(super) mod expression;
pub(super) mod form;
pub(super) mod proximity;
mod shell;
mod template;

use std::ops::Range;

use super::collector::What;
use super::decide::{self, Because, Candidate, How};
use super::key::{KeyClass, classify};
use super::keyword::{Hint, Hit};
use super::vendor;
use crate::base::sanitize::sanitize;
use crate::meta::Confidence;

/// One secret inside a text.
pub(super) struct Inside {
    pub(super) span: Range<usize>,
    pub(super) detector: &'static str,
    pub(super) what: What,
    pub(super) confidence: Confidence,
    /// Why, where a decision found it.
    pub(super) because: Because,
    /// Whether it is a literal of a SpEL expression.
    pub(super) in_expression: bool,
}

impl Inside {
    fn new(span: Range<usize>, detector: &'static str, what: impl Into<What>, confidence: Confidence) -> Self {
        Self { span, detector, what: what.into(), confidence, because: Because::default(), in_expression: false }
    }
}

/// `the value of NAME`.
pub(super) fn value_of(name: &str) -> What {
    let name = name.trim_start_matches('-');
    What::from(format!("the value of {}", sanitize(name, 60))).held_by(name)
}

/// Every secret inside `text` at `hits`, without duplicates, in the order of the text. `name` and `class` are those of the key
/// of the whole text.
pub(super) fn scan(text: &str, hits: &[Hit], name: &str, class: KeyClass) -> Vec<Inside> {
    let mut found: Vec<Inside> = Vec::new();
    let expressions = expression::spans(text);
    let in_expression = |at: &Range<usize>| {
        let next = expressions.partition_point(|span| span.start <= at.start);
        next.checked_sub(1).and_then(|n| expressions.get(n)).is_some_and(|span| span.contains(&at.start))
    };
    let templates = if text.contains("{{") || text.contains("{%") { template::spans(text) } else { Vec::new() };
    let template_at = |at: &Range<usize>| {
        let next = templates.partition_point(|span| span.start <= at.start);
        next.checked_sub(1).and_then(|n| templates.get(n)).filter(|span| span.contains(&at.start))
    };
    // How far each detector has read: anything before is not examined again.
    let mut vendor_done: Vec<(usize, usize)> = Vec::new();
    let mut name_done = 0;
    for hit in hits {
        match hit.hint {
            Hint::Vendor(rule) => {
                let done = vendor_done.iter_mut().find(|(known, _)| *known == rule);
                if done.as_ref().is_some_and(|(_, done)| hit.at.start < *done) {
                    continue;
                }
                let Some(span) = vendor::find(rule, text, hit.at.clone()) else { continue };
                match done {
                    Some((_, done)) => *done = span.end,
                    None => vendor_done.push((rule, span.end)),
                }
                let Some(rule) = vendor::RULES.get(rule) else { continue };
                let mut inside = Inside::new(span, rule.name, rule.what, Confidence::High);
                inside.in_expression = in_expression(&inside.span);
                found.push(inside);
            }
            Hint::Name if template_at(&hit.at).is_some() => {
                found.extend(template_at(&hit.at).and_then(|span| template::read(text, span, &hit.at)));
            }
            Hint::Name if hit.at.start >= name_done && (!in_expression(&hit.at) || is_shell_default(text, &hit.at)) => {
                let keyword_rules = assignment::read(text, &hit.at);
                let inside = keyword_rules.as_ref().map_or(hit.at.start, |keyword_rules| keyword_rules.done);
                name_done = name_done.max(inside);
                if keyword_rules.as_ref().is_none_or(|keyword_rules| !keyword_rules.is_judged) {
                    found.extend(proximity::noun(text, &hit.at));
                }
                found.extend(keyword_rules.and_then(|keyword_rules| keyword_rules.found));
            }
            Hint::Noun if !in_expression(&hit.at) => found.extend(proximity::noun(text, &hit.at)),
            Hint::Service if !in_expression(&hit.at) => found.extend(proximity::service(text, &hit.at)),
            Hint::Address => found.extend(address::read(text, hit.at.start)),
            Hint::Command(command) => found.extend(command::read(text, command, &hit.at)),
            Hint::Form(form) => found.extend(form::read(text, form, &hit.at)),
            Hint::Name | Hint::Word | Hint::Noun | Hint::Service | Hint::Manifest | Hint::Reference | Hint::Encoded => {
            }
        }
    }
    for span in &expressions {
        found.extend(expression::literals(text, span.clone(), name, class));
    }
    without_overlaps(found)
}

/// `${NAME:-value}`, which is a shell's and not an expression.
fn is_shell_default(text: &str, hit: &Range<usize>) -> bool {
    let before = text.get(..hit.start).unwrap_or_default().trim_end_matches(|character: char| {
        character.is_ascii_uppercase() || character == '_' || character.is_ascii_digit()
    });
    let after = text.get(hit.end..).unwrap_or_default().trim_start_matches(|character: char| {
        character.is_ascii_uppercase() || character == '_' || character.is_ascii_digit()
    });
    if before.ends_with("${") && (after.starts_with(":-") || after.starts_with(":=")) {
        return true;
    }
    // `${db.password:value}` of Spring: a name up to the colon, which no expression has.
    let is_of_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '-');
    let start = text.floor_char_boundary(hit.start.saturating_sub(96));
    let end = text.floor_char_boundary(hit.end + 96);
    let before = text.get(start..hit.start).unwrap_or_default().trim_end_matches(is_of_name);
    let after = text.get(hit.end..end).unwrap_or_default().trim_start_matches(is_of_name);
    let default = after.strip_prefix(':').and_then(|rest| rest.split_once('}')).map(|(default, _)| default);
    before.ends_with("${")
        && default.is_some_and(|default| {
            !default.starts_with(['?', '+', ':', '$']) && !default.contains([' ', '"', '\'', '(', '{', '\n'])
        })
}

/// Removes overlaps: a match by form wins over a guess by name, else the first match wins.
fn without_overlaps(mut found: Vec<Inside>) -> Vec<Inside> {
    let is_guess = |inside: &Inside| matches!(inside.detector, "assignment" | "key-name" | "keyword-proximity");
    found.sort_by_key(|inside| (inside.span.start, is_guess(inside), std::cmp::Reverse(inside.span.end)));
    let mut kept: Vec<Inside> = Vec::with_capacity(found.len());
    for inside in found {
        match kept.last_mut() {
            Some(last) if inside.span.start < last.span.end => {
                if is_guess(last) && !is_guess(&inside) {
                    *last = inside;
                }
            }
            _ => kept.push(inside),
        }
    }
    kept
}

/// A value under `name` in a text, judged.
fn judged(
    text: &str,
    name: &str,
    class: KeyClass,
    span: Range<usize>,
    how: How,
    detector: &'static str,
) -> Option<Inside> {
    let content = text.get(span.clone())?;
    if is_filled_in(content) {
        return None;
    }
    let decoded = if content.contains('%') { super::decode::percent(content) } else { None };
    let candidate = Candidate { name, class, how, value: decoded.as_deref().unwrap_or(content) };
    let judgement = decide::decide(&candidate)?;
    Some(Inside { because: judgement.because, ..Inside::new(span, detector, value_of(name), judgement.confidence) })
}

/// Whether a shell or `sed` replaces a part of `content`: `$DB_PASSWORD`, `.*`.
fn is_filled_in(content: &str) -> bool {
    let is_variable = content.split('$').skip(1).any(|rest| {
        let name =
            rest.trim_start_matches('{').bytes().take_while(|byte| byte.is_ascii_uppercase() || *byte == b'_').count();
        name >= 4
    });
    is_variable || content.starts_with(".*") || content.starts_with("(.*") || content.starts_with("[^")
}

/// The class of a name in a text.
fn class_of(name: &str) -> KeyClass {
    classify(name.trim_start_matches('-'))
}

/// Helpers for the detectors' tests.
#[cfg(test)]
mod testing {
    use super::*;
    use crate::secrets::detect::keyword::KEYWORDS;

    /// The secrets inside `text`, as written.
    pub(super) fn found(text: &str) -> Vec<&str> {
        let hits: Vec<_> = KEYWORDS.hits(text).collect();
        scan(text, &hits, "", KeyClass::Plain).into_iter().map(|inside| &text[inside.span]).collect()
    }
}
