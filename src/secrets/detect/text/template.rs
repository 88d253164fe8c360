//! Literals inside templates: `{{ .Values.password | default "hunter2" }}`, `{{ $password := "hunter2" }}`, `{{ pw | default('x') }}`.
//!
//! A template is code: names of values and of templates, messages and functions. Only a default and an assigned literal are values.

use std::ops::Range;

use super::assignment::name_around;
use super::{Inside, class_of, judged};
use crate::secrets::detect::decide::How;

/// The longest template that is read, in bytes.
const LONGEST: usize = 4096;

/// The spans of all `{{ … }}` and `{% … %}` of `text`.
pub(super) fn spans(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    for (opening, closing) in [("{{", "}}"), ("{%", "%}")] {
        let mut at = 0;
        while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memmem::find(rest, opening.as_bytes())) {
            let start = at + found;
            let Some(end) = bytes.get(start..).and_then(|rest| memchr::memmem::find(rest, closing.as_bytes())) else {
                break;
            };
            // `{{"a": 1}}` is a document inside braces.
            let is_document = text.get(start + 2..start + 3) == Some("\"");
            at = start + end + 2;
            if !is_document && end <= LONGEST {
                spans.push(start..at);
            }
        }
    }
    spans.sort_by_key(|span| span.start);
    spans
}

/// The literal that the name at `hit` has in the template at `span`.
pub(super) fn read(text: &str, span: &Range<usize>, hit: &Range<usize>) -> Option<Inside> {
    let name = name_around(text, hit)?;
    let key = text.get(name.clone())?;
    let after = text.get(name.end..span.end)?;
    let bare = after.trim_start();
    let assigned = bare.strip_prefix(":=").or_else(|| bare.strip_prefix('=').filter(|rest| !rest.starts_with('=')));
    let value = if let Some(rest) = assigned {
        quoted(text, name.end + after.len() - rest.len())
    } else if let Some(default) = after.find("default") {
        quoted(text, name.end + default + "default".len())
    } else {
        let before = text.get(span.start..name.start)?;
        let default = before.rfind("default ")?;
        quoted(text, span.start + default + "default ".len()).filter(|value| {
            text.get(value.end + 1..name.start).is_some_and(|between| between.len() < 64 && !between.contains('"'))
        })
    }?;
    judged(text, key, class_of(key), value, How::Quoted, "assignment")
}

/// The quoted text at `from`, behind blanks and parentheses.
fn quoted(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..text.floor_char_boundary(from + 300))?;
    let bare = rest.trim_start_matches([' ', '(', '\\']);
    let quote = bare.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    let start = from + rest.len() - bare.len() + 1;
    let length = bare.get(1..)?.find([quote, '\\'])?;
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use crate::secrets::detect::text::testing::found;

    #[test]
    fn defaults_and_assigned_literals_are_values() {
        for text in [
            "{{ .Values.auth.password | default \"Kx7tRw2qLp9\" | quote }}",
            "{{ default \"Kx7tRw2qLp9\" .Values.auth.password }}",
            "{{- $password := \"Kx7tRw2qLp9\" -}}",
            "{{ db_password | default('Kx7tRw2qLp9') }}",
            "{% set password = 'Kx7tRw2qLp9' %}",
        ] {
            assert_eq!(found(text), ["Kx7tRw2qLp9"], "{text}");
        }
    }

    #[test]
    fn names_messages_and_functions_are_not() {
        for text in [
            "{{- include \"common.env\" (dict \"key\" \"x-password\" \"context\" $) }}",
            "{{ $password := randAlphaNum 10 }}",
            "{{ required \"A password is required!\" .Values.auth.password }}",
            "{{ lookup(\"password\", \"/dev/null length=32\") }}",
            "{{ .Values.auth.password | default .Values.global.password }}",
            "{{ tpl .Values.password . | b64enc | quote }}",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
