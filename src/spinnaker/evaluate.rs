//! A small evaluator for expressions: what the document itself settles, and nothing else.
//!
//! String literals, their concatenation, and conditionals are evaluated everywhere. An execution also settles `parameters`, `trigger`
//! and `execution.application`, which Orca puts into every stage's context (`orca-core/…/pipeline/util/ContextParameterProcessor.java`).
//! Everything else stays open: no method is called, no other context is read.

use crate::document::value::Value;

/// The most values one text may have; conditionals multiply them.
const MOST_VALUES: usize = 16;

/// The deepest nesting of parentheses and conditionals that is read.
const DEEPEST: usize = 12;

/// The longest text, in bytes, that is evaluated.
const LONGEST: usize = 1 << 16;

/// What a text may be once Orca has evaluated it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// Each value it may have; one where no conditional is left.
    Values(Vec<String>),
    /// Only the running execution settles it.
    Open,
}

/// What expressions may refer to.
#[derive(Clone, Copy, Default)]
pub struct Scope<'d> {
    trigger: Option<Value<'d>>,
    execution: Option<Value<'d>>,
    parameters: Option<Value<'d>>,
    /// The other copy of the parameters, where Orca wrote them twice with different values.
    other_parameters: Option<Value<'d>>,
    defaults: Option<Value<'d>>,
}

impl<'d> Scope<'d> {
    /// The scope of an execution; a saved pipeline settles literals only.
    pub fn of_execution(execution: Value<'d>) -> Self {
        let execution = execution.written();
        let trigger = execution.get("trigger").filter(|trigger| trigger.is_object());
        let copies = |key: &'static str| trigger.into_iter().flat_map(move |trigger| trigger.get_all(key));
        let mut parameters = copies("parameters").filter(|value| value.is_object());
        Self {
            trigger,
            execution: Some(execution),
            parameters: parameters.next(),
            other_parameters: parameters.next(),
            defaults: None,
        }
    }

    /// The scope of a child pipeline that is started with `parameters`, already evaluated in its parent; a parameter that is not
    /// passed has the default that the child declares.
    pub fn of_child(child: Value<'d>, parameters: Option<Value<'d>>) -> Self {
        Self { parameters, defaults: child.written().get("parameterConfig"), ..Self::default() }
    }

    /// Each value of a parameter. One that is not passed has the default that its pipeline declares, and one that the two copies of a
    /// trigger do not agree about stays open.
    fn parameter(&self, name: &str) -> Option<Vec<String>> {
        let copy = |parameters: Option<Value<'d>>| parameters.and_then(|parameters| parameters.get(name));
        let value = copy(self.parameters).map(scalar);
        if self.other_parameters.is_some() {
            return value
                .flatten()
                .filter(|texts| copy(self.other_parameters).and_then(scalar).as_ref() == Some(texts));
        }
        if self.parameters.is_some_and(|parameters| !parameters.is_object()) {
            return None;
        }
        if let Some(value) = value {
            return value;
        }
        let declared =
            self.defaults?.elements().find(|declared| declared.get("name").is_some_and(|own| own.is_str(name)))?;
        scalar(declared.get("default")?)
    }

    fn path(&self, path: &[String]) -> Option<Vec<String>> {
        let (root, rest) = path.split_first()?;
        match (root.as_str(), rest) {
            ("parameters", [name]) => self.parameter(name),
            ("trigger", [key, below @ ..]) => {
                let mut copies = self.trigger?.get_all(key).map(|copy| follow(copy, below));
                let first = copies.next()??;
                copies.all(|other| other.as_ref() == Some(&first)).then_some(first)
            }
            ("execution", [key]) if key == "application" => follow(self.execution?, rest),
            _ => None,
        }
    }
}

fn follow(root: Value<'_>, path: &[String]) -> Option<Vec<String>> {
    path.iter().try_fold(root, |here, key| here.get(key)).and_then(scalar)
}

/// Each text of a value; `None` for an object or a list, and where only the run knows it.
fn scalar(value: Value<'_>) -> Option<Vec<String>> {
    let choices: Vec<String> = value.choices().into_iter().map(std::borrow::Cow::into_owned).collect();
    (!choices.is_empty()).then_some(choices)
}

/// Whether Orca evaluates `text`, or a template engine replaces parts of it before.
pub fn is_expression(text: &str) -> bool {
    text.contains("${") || text.contains("{{") || text.contains("{%")
}

/// What `text` may be. A text without an expression is itself.
pub fn evaluate(text: &str, scope: &Scope<'_>) -> Evaluated {
    if !is_expression(text) {
        return Evaluated::Values(vec![text.to_owned()]);
    }
    if text.contains("{{") || text.contains("{%") {
        return Evaluated::Open;
    }
    let mut values = vec![String::new()];
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, inside) = (rest.get(..at).unwrap_or_default(), rest.get(at + 2..).unwrap_or_default());
        let Some(end) = closing(inside) else { return Evaluated::Open };
        let Some(parts) = expression(inside.get(..end).unwrap_or_default(), scope, 0) else { return Evaluated::Open };
        if let [part] = parts.as_slice() {
            for value in &mut values {
                value.push_str(before);
                value.push_str(part);
            }
        } else {
            match product(&values, before, &parts) {
                Some(all) => values = all,
                None => return Evaluated::Open,
            }
        }
        if values.first().is_some_and(|value| value.len() > LONGEST) {
            return Evaluated::Open;
        }
        rest = inside.get(end + 1..).unwrap_or_default();
    }
    for value in &mut values {
        value.push_str(rest);
    }
    // Orca evaluates once; a result that is an expression again is none that is known here.
    if values.iter().any(|value| is_expression(value)) { Evaluated::Open } else { Evaluated::Values(values) }
}

fn product(values: &[String], between: &str, parts: &[String]) -> Option<Vec<String>> {
    let all: Vec<String> =
        values.iter().flat_map(|value| parts.iter().map(move |part| format!("{value}{between}{part}"))).collect();
    (all.len() <= MOST_VALUES).then_some(all)
}

/// The end of an expression: the brace that closes it. Braces inside quotes do not count.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    outside_quotes(text).find_map(|(at, byte)| match byte {
        b'{' => {
            depth += 1;
            None
        }
        b'}' if depth == 0 => Some(at),
        b'}' => {
            depth -= 1;
            None
        }
        _ => None,
    })
}

/// The ASCII bytes of `text` outside of quoted parts, with their place.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut quote = None;
    text.bytes().enumerate().filter(move |(_, byte)| match quote {
        Some(open) => {
            if *byte == open {
                quote = None;
            }
            false
        }
        None if matches!(byte, b'\'' | b'"') => {
            quote = Some(*byte);
            false
        }
        None => true,
    })
}

/// Where `wanted` is outside of quotes and brackets, first.
fn top_level(text: &str, wanted: impl Fn(usize, u8) -> bool) -> Option<usize> {
    let mut depth = 0_i32;
    outside_quotes(text).find_map(|(at, byte)| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        (depth == 0 && wanted(at, byte)).then_some(at)
    })
}

/// Every value of an expression, or `None` when it is open.
fn expression(text: &str, scope: &Scope<'_>, depth: usize) -> Option<Vec<String>> {
    let text = text.trim();
    if depth > DEEPEST || text.is_empty() {
        return None;
    }
    let next = |at: usize| text.as_bytes().get(at + 1).copied();
    // `?.` and `?[` are safe navigation, no conditional.
    if let Some(at) = top_level(text, |at, byte| byte == b'?' && !matches!(next(at), Some(b'.' | b'['))) {
        return conditional(text, at, scope, depth);
    }
    if let Some(at) = top_level(text, |_, byte| byte == b'+') {
        let (left, right) =
            (expression(text.get(..at)?, scope, depth + 1)?, expression(text.get(at + 1..)?, scope, depth + 1)?);
        // Two numbers would be added.
        let is_number = |texts: &[String]| texts.iter().any(|text| text.parse::<f64>().is_ok());
        return if is_number(&left) && is_number(&right) { None } else { product(&left, "", &right) };
    }
    if let Some(inside) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
        && top_level(text, |at, byte| byte == b')' && at + 1 < text.len()).is_none()
    {
        return expression(inside, scope, depth + 1);
    }
    if let Some(literal) = literal(text) {
        return Some(vec![literal]);
    }
    scope.path(&path(text)?)
}

/// `condition ? one : other`, or `one ?: other`: both branches count, whatever the condition says.
fn conditional(text: &str, at: usize, scope: &Scope<'_>, depth: usize) -> Option<Vec<String>> {
    let after = text.get(at + 1..)?;
    let (one, other) = if let Some(other) = after.strip_prefix(':') {
        (text.get(..at)?, other)
    } else {
        let colon = top_level(after, |_, byte| byte == b':')?;
        (after.get(..colon)?, after.get(colon + 1..)?)
    };
    let mut values = expression(one, scope, depth + 1)?;
    values.extend(expression(other, scope, depth + 1)?);
    values.dedup();
    (values.len() <= MOST_VALUES).then_some(values)
}

/// A quoted text; a doubled quote inside is the quote itself.
fn literal(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let doubled = [quote, quote].iter().collect::<String>();
    let plain = inside.replace(&doubled, "");
    (!plain.contains(quote)).then(|| inside.replace(&doubled, &quote.to_string()))
}

/// `a.b`, `a['b']`, `a?.b`: names and quoted keys only.
fn path(text: &str) -> Option<Vec<String>> {
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|character| character.is_alphanumeric() || character == '_');
    let end = text.find(['.', '[', '?']).unwrap_or(text.len());
    let first = text.get(..end).filter(|name| is_name(name))?;
    let mut path = vec![first.to_owned()];
    let mut rest = text.get(end..)?;
    while !rest.is_empty() {
        let bare = rest.strip_prefix('?').unwrap_or(rest);
        if let Some(after) = bare.strip_prefix('[') {
            let close = after.find(']')?;
            path.push(literal(after.get(..close)?.trim())?);
            rest = after.get(close + 1..)?;
        } else {
            let after = bare.strip_prefix('.')?;
            let end = after.find(['.', '[', '?']).unwrap_or(after.len());
            path.push(after.get(..end).filter(|name| is_name(name))?.to_owned());
            rest = after.get(end..)?;
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::Document;

    fn values(text: &str) -> Option<Vec<String>> {
        let document = Document::json(
            r#"{"id": "E", "application": "shop", "trigger": {"type": "git", "branch": "main", "parameters": {"account": "k8s-prod", "n": 3, "open": "${x}"}, "payload": {"a": {"b": "c"}}}, "stages": []}"#.to_owned(),
        )
        .unwrap();
        match evaluate(text, &Scope::of_execution(document.root())) {
            Evaluated::Values(values) => Some(values),
            Evaluated::Open => None,
        }
    }

    #[test]
    fn what_the_execution_settles_is_evaluated() {
        for (text, expected) in [
            ("plain", "plain"),
            ("${'k8s-prod'}", "k8s-prod"),
            ("k8s-${'pr' + 'od'}", "k8s-prod"),
            ("${ \"it''s\" }", "it''s"),
            ("${'it''s'}", "it's"),
            ("${parameters.account}", "k8s-prod"),
            ("${parameters['account']}", "k8s-prod"),
            ("${#root.parameters}", "OPEN"),
            ("${parameters.n}", "3"),
            ("${trigger.branch}-${trigger['payload'].a.b}", "main-c"),
            ("${execution.application}", "shop"),
            ("${(parameters.account)}", "k8s-prod"),
        ] {
            let expected = (expected != "OPEN").then(|| vec![expected.to_owned()]);
            assert_eq!(values(text), expected, "{text}");
        }
    }

    #[test]
    fn each_branch_of_a_conditional_counts() {
        let both = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(values("${parameters.region == 'us' ? 'a' : 'b'}"), both);
        assert_eq!(values("${trigger?.branch == 'x' ? ('a') : 'b'}"), both);
        assert_eq!(values("${'a' ?: 'b'}"), both);
        assert_eq!(values("${x ? 'a' : (y ? 'b' : 'c')}"), Some(vec!["a".into(), "b".into(), "c".into()]));
        assert_eq!(values("${x ? 'a' : #f()}"), None);
    }

    #[test]
    fn everything_else_stays_open() {
        for text in [
            "${parameters.missing}",
            "${parameters.open}",
            "${#toJson('a')}",
            "${execution.id}",
            "${'a'.concat('b')}",
            "${'a' + x}",
            "${",
            "${'a'",
            "{{ account }}",
            "a${}",
            "${parameters[account]}",
            "${new java.util.Date()}",
            "${'${x}'}",
            "${stage}",
        ] {
            assert_eq!(values(text), None, "{text}");
        }
        let saved = Scope::default();
        assert_eq!(evaluate("${parameters.a}", &saved), Evaluated::Open);
        assert_eq!(evaluate("${'a'}", &saved), Evaluated::Values(vec!["a".into()]));
    }

    #[test]
    fn what_two_copies_of_a_trigger_do_not_agree_about_stays_open() {
        let text = r#"{"id": "E", "stages": [], "trigger": {
            "parameters": {"a": "x", "b": "x", "c": "x"}, "payload": {"a": 1, "b": 1},
            "parameters": {"b": "y", "a": "x"}, "payload": {"b": 2, "a": 1}}}"#;
        let document = Document::json(text.to_owned()).unwrap();
        let evaluated = |text| evaluate(text, &Scope::of_execution(document.root()));
        assert_eq!(evaluated("${parameters.a}"), Evaluated::Values(vec!["x".into()]));
        assert_eq!(evaluated("${trigger.payload.a}"), Evaluated::Values(vec!["1".into()]));
        for open in ["${parameters.b}", "${parameters.c}", "${trigger.payload.b}", "${trigger.parameters.c}"] {
            assert_eq!(evaluated(open), Evaluated::Open, "{open}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[${}'\"?:+.()\\[\\]a-z{}%é ]{0,40}") {
            let _ = values(&text);
            let _ = values(&format!("${{{text}}}"));
        }
    }
}
