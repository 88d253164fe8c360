//! The regular expressions of gitleaks are Go's (RE2). Few of them mean something else here, or nothing: those are rewritten.

use regex::{Regex, RegexBuilder};

use crate::base::sanitize::sanitize;

/// The most memory that one pattern may take, in bytes. Published rules have patterns of several megabytes.
const LARGEST: usize = 32 << 20;

/// Compiles `pattern`, an expression in Go's syntax.
///
/// # Errors
/// When it is none, is too large, or has a construct that has no equivalent; why.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let rewritten = rewritten(pattern)?;
    RegexBuilder::new(&rewritten).size_limit(LARGEST).octal(true).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
        other => {
            let why = sanitize(other.to_string().lines().last().unwrap_or_default(), 120);
            format!("the regular expression cannot be used: {}", why.trim_start_matches("error: "))
        }
    })
}

/// `pattern` in the syntax of the regex crate.
fn rewritten(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        match first {
            '\\' => rest = escape(after, &mut out)?,
            '[' => rest = class(after, &mut out)?,
            // A brace that begins no repetition is a character.
            '{' if !begins_repetition(after) || out.is_empty() => {
                out.push_str(r"\{");
                rest = after;
            }
            other => {
                out.push(other);
                rest = after;
            }
        }
    }
    Ok(out)
}

/// `{2}`, `{2,}` or `{2,4}`, read from behind the brace.
fn begins_repetition(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

/// Writes the escape whose backslash was read; `after` is what follows. Returns the rest.
fn escape<'p>(after: &'p str, out: &mut String) -> Result<&'p str, String> {
    let Some(first) = after.chars().next() else { return Err("the regular expression ends in a backslash".into()) };
    let rest = after.get(first.len_utf8()..).unwrap_or_default();
    match first {
        // `\Q…\E`: a literal.
        'Q' => {
            let (literal, rest) = rest.split_once(r"\E").unwrap_or((rest, ""));
            out.push_str(&regex::escape(literal));
            Ok(rest)
        }
        'C' => Err(r"the regular expression has \C (one byte), which is not supported".into()),
        // Anchors of words in the regex crate, characters in Go.
        '<' | '>' => {
            out.push(first);
            Ok(rest)
        }
        other => {
            out.push('\\');
            out.push(other);
            Ok(rest)
        }
    }
}

/// Writes the class whose bracket was read; `after` is what follows. Returns the rest.
fn class<'p>(after: &'p str, out: &mut String) -> Result<&'p str, String> {
    out.push('[');
    let mut rest = after;
    if let Some(behind) = rest.strip_prefix('^') {
        out.push('^');
        rest = behind;
    }
    // A bracket at the beginning is a character.
    if let Some(behind) = rest.strip_prefix(']') {
        out.push_str(r"\]");
        rest = behind;
    }
    // So is a hyphen, from which a range may begin.
    if let Some(behind) = rest.strip_prefix('-') {
        out.push_str(r"\-");
        rest = behind;
    }
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let behind = rest.get(first.len_utf8()..).unwrap_or_default();
        match first {
            ']' => {
                out.push(']');
                return Ok(behind);
            }
            '\\' => {
                rest = escape(behind, out)?;
                before = None;
                continue;
            }
            // `[:alpha:]`; any other bracket is a character, where the regex crate has classes within classes.
            '[' if behind.starts_with(':') && behind.contains(":]") => {
                let end = behind.find(":]").map_or(behind.len(), |at| at + 2);
                out.push('[');
                out.push_str(behind.get(..end).unwrap_or_default());
                rest = behind.get(end..).unwrap_or_default();
                before = None;
                continue;
            }
            '[' => out.push_str(r"\["),
            // `&&`, `--` and `~~` combine classes in the regex crate.
            '&' | '-' | '~' if before == Some(first) => {
                out.push('\\');
                out.push(first);
            }
            other => out.push(other),
        }
        before = Some(first);
        rest = behind;
    }
    Err("the regular expression has a class without an end".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_reads_as_characters_is_characters() {
        for (pattern, matches, fails) in [
            (r"[[a]x", "[x", "bx"),
            (r"[^[a]x", "bx", "[x"),
            (r"[]a]x", "]x", "bx"),
            (r"[&&a]x", "&x", "bx"),
            (r"[+--]x", "-x", "/x"),
            (r"[--9]x", "1x", "+x"),
            (r"[[:digit:]a]x", "1x", "bx"),
            (r"\Qa.b\E+", "a.b", "axb"),
            (r"a{b", "a{b", "ab"),
            (r"{a}", "{a}", "a"),
            (r"a{2}", "aa", "ab"),
            (r"\<a\>", "<a>", "a"),
            (r"(?i)a(?P<n>b)", "AB", "ac"),
        ] {
            let regex = compile(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
            assert!(regex.is_match(matches) && !regex.is_match(fails), "{pattern}");
        }
    }

    #[test]
    fn what_has_no_equivalent_is_named() {
        for (pattern, word) in [(r"a\Cb", r"\C"), (r"(?=a)", "look-around"), (r"[a", "class"), ("a\\", "backslash")] {
            let why = compile(pattern).err().unwrap_or_else(|| panic!("{pattern}"));
            assert!(why.contains(word), "{pattern}: {why}");
        }
    }
}
