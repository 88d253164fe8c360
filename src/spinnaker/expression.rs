//! Spinnaker expressions inside strings (`kork-expressions/…/ExpressionTransform.java`: any string that contains `${`).

use std::borrow::Cow;

/// Whether only the running execution knows the value of `text`: it contains a SpEL expression or a Jinja template.
pub fn is_unsettled(text: &str) -> bool {
    text.contains("${") || text.contains("{{") || text.contains("{%")
}

/// The inside of every `${…}` of `text`. Braces inside quotes do not count; an expression that never closes runs to the end.
pub fn expressions(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let inside = rest.get(start + 2..).unwrap_or_default();
        let end = closing(inside).unwrap_or(inside.len());
        found.push(inside.get(..end).unwrap_or_default());
        rest = inside.get(end..).unwrap_or_default();
    }
    found
}

/// `text` without its expressions, each replaced by a blank: what is known of it before the run.
pub fn literal_parts(text: &str) -> Cow<'_, str> {
    if !text.contains("${") {
        return Cow::Borrowed(text);
    }
    let (mut parts, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find("${") {
        let (before, inside) = (rest.get(..start).unwrap_or_default(), rest.get(start + 2..).unwrap_or_default());
        parts.push_str(before);
        parts.push(' ');
        rest = closing(inside).and_then(|end| inside.get(end + 1..)).unwrap_or_default();
    }
    parts.push_str(rest);
    Cow::Owned(parts)
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut quote = None;
    for (at, character) in text.char_indices() {
        if let Some(open) = quote {
            if open == character {
                quote = None;
            }
            continue;
        }
        match character {
            '\'' | '"' => quote = Some(character),
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_text_between_the_braces() {
        assert_eq!(expressions("a ${ x } b ${#f('}', {1})} c"), [" x ", "#f('}', {1})"]);
        assert_eq!(expressions("${open"), ["open"]);
        assert!(expressions("$x {y}").is_empty());
        assert_eq!(literal_parts("Deploy ${parameters.prod} to ${'}'}qa"), "Deploy   to  qa");
        assert!(is_unsettled("{{ .Values.a }}") && is_unsettled("${a}") && !is_unsettled("$a"));
    }
}
