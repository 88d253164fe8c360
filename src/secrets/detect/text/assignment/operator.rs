//! The operator between a name and its value (`=`, `:`, a closing tag, a blank after an option), and where the value may begin.

use std::ops::Range;

use super::line_before;
use super::markup::{element_with_attributes, is_of_namespace, sibling_element, value_attribute};
use crate::secrets::detect::key::KeyClass;

/// The operator between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equals,
    Colon,
    /// LDIF: the value is base64.
    DoubleColon,
    /// Only a quoted value counts.
    Quoted,
    /// XML: up to the next `<`.
    Element,
    /// An option of a command, a line of a configuration: up to the next blank.
    Blank,
    /// The next word, as sentences and a few configurations have it.
    Word,
    /// `${NAME:-value}`.
    Default,
    /// Prose: `the password is …`.
    Is,
    /// `s/__DB_PASSWORD__/…/` of sed: up to the delimiter before the name.
    Replaced,
}

/// What stands between a name and its operator: quotes, blanks, a closing bracket.
struct Marks {
    /// Where the operator may begin.
    end: usize,
    quoted: bool,
    blank: bool,
    indexed: bool,
}

/// The marks after the name.
fn marks_after(text: &str, name: &Range<usize>) -> Marks {
    let bytes = text.as_bytes();
    let at = |n: usize| bytes.get(n).copied().unwrap_or(b'\n');
    let mut here = name.end;
    let (mut quoted, mut blank) = (false, false);
    let mut indexed = false;
    // Some files align operators in a column, far after the shorter names.
    let padding = bytes.get(here..).unwrap_or_default().iter().take(64).take_while(|byte| **byte == b' ').count();
    if padding > 1 {
        (here, blank) = (here + padding - 1, true);
    }
    for _ in 0..12 {
        match at(here) {
            b'"' | b'\'' | b'`' => quoted = true,
            b'\\' if matches!(at(here + 1), b'"' | b'\'' | b'\\') => {}
            b']' => indexed = true,
            b' ' | b'\t' => blank = true,
            // The line continues.
            b'\\' if at(here + 1) == b'\n' => {
                blank = true;
                here += 1;
            }
            _ => break,
        }
        if blank && matches!(at(here), b'"' | b'\'' | b'`' | b'\\') && at(here + 1) != b'\n' {
            // A quote after a blank opens the value.
            quoted = false;
            break;
        }
        here += 1;
    }
    Marks { end: here, quoted, blank, indexed }
}

/// The operator after the name, and where the value may begin.
pub(super) fn operator_after(text: &str, name: &Range<usize>) -> Option<(Operator, usize)> {
    let bytes = text.as_bytes();
    let at = |n: usize| bytes.get(n).copied().unwrap_or(b'\n');
    let Marks { end: here, quoted, blank, indexed } = marks_after(text, name);
    let before = name.start.checked_sub(1).map_or(b'\n', at);
    // `"$PASSWORD" '{x: $p}'`: a variable in use. `$password = …` still assigns it.
    let is_used = before == b'$' || text.get(..name.start).is_some_and(|before| before.ends_with("${"));
    if is_used && !matches!(at(here), b'=' | b'+' | b'.' | b'?' | b'|') && !(at(here) == b':' && here == name.end) {
        return None;
    }
    if let Some(from) = replaced(text, name) {
        return Some((Operator::Replaced, from));
    }
    if matches!(at(here), b'\n' | b'\r' | b':')
        && let Some(found) = value_below(text, name, here)
    {
        return Some(found);
    }
    match at(here) {
        // `token - 'SECRET'`.
        b'-' if blank && at(here + 1) == b' ' && quote_opens(at(here + 2)) => Some((Operator::Quoted, here + 2)),
        b'=' if at(here + 1) == b'>' => Some((Operator::Equals, here + 2)),
        // A comparison, unless only a value can follow.
        b'=' if at(here + 1) == b'=' && !blank && !quoted && at(here + 2).is_ascii_alphanumeric() => {
            Some((Operator::Equals, here + 2))
        }
        b'=' | b'!' if at(here + 1) == b'=' => {
            Some((Operator::Quoted, here + if at(here + 2) == b'=' { 3 } else { 2 }))
        }
        b'=' if at(here + 1) == b'~' => None,
        b'=' => Some((Operator::Equals, here + 1)),
        b':' if at(here + 1) == b':' && matches!(at(here + 2), b' ') => Some((Operator::DoubleColon, here + 2)),
        // Make's `::=` and `:::=`.
        b':' if text.get(here..).is_some_and(|rest| rest.starts_with("::=") || rest.starts_with(":::=")) => {
            Some((Operator::Equals, here + if at(here + 2) == b'=' { 3 } else { 4 }))
        }
        b':' if at(here + 1) == b':' => None,
        // `if password != form['password']:` ends a line of Python.
        b':' if quoted && indexed => None,
        b':' | b'+' | b'?' | b'|' | b'.' if at(here + 1) == b'=' => Some((Operator::Equals, here + 2)),
        b':' if matches!(at(here + 1), b'-' | b'+') && is_shell_default(text, name) => {
            Some((Operator::Default, here + 2))
        }
        b':' if at(here + 1) == b'/' && at(here + 2) == b'/' => None,
        // `${db.password:value}` of Spring.
        b':' if here == name.end && is_spring_default(text, name, here + 1) => Some((Operator::Default, here + 1)),
        b':' => Some(typed(text, here + 1).unwrap_or((Operator::Colon, here + 1))),
        b',' => after_comma(text, name, here, quoted),
        // `getenv("PASSWORD") or "…"`, `process.env["PASSWORD"] || "…"`.
        b')' | b'|' | b'?' if quoted => or_else(text, here),
        // `process.env.DB_PASSWORD || "…"`, `$password ?? "…"`.
        b'|' | b'?' if blank && (before == b'$' || text.get(name.clone()).is_some_and(|name| name.contains('.'))) => {
            or_else(text, here)
        }
        // `read -r TOKEN <<< "…"`.
        b'<' if blank && text.get(here..).is_some_and(|rest| rest.starts_with("<<<")) => {
            line_before(text, name.start).trim_start().starts_with("read ").then_some((Operator::Equals, here + 3))
        }
        b'(' if !quoted && !blank => Some((Operator::Quoted, here + 1)),
        b'>' if quoted || before == b'<' || before == b':' => Some((Operator::Element, here + 1)),
        b'<' if before == b'>' => sibling_element(text, here),
        b'{' if blank => hcl_default(text, here),
        _ if blank && !quoted && (before == b'<' || (before == b':' && is_of_namespace(text, name.start))) => {
            element_with_attributes(text, here)
        }
        _ if quoted_before(text, name) => {
            value_attribute(text, here).or_else(|| quote_opens(at(here)).then_some((Operator::Quoted, here)))
        }
        _ if blank => after_blank(text, name, here),
        _ => None,
    }
}

/// A comma after the name: an argument or a field that follows gives the value.
fn after_comma(text: &str, name: &Range<usize>, here: usize, quoted: bool) -> Option<(Operator, usize)> {
    if quoted {
        return sibling_value(text, name, here)
            .or_else(|| default_of_option(text, name, here))
            .or_else(|| opened_by_parenthesis(text, name).then_some((Operator::Quoted, here + 1)));
    }
    if let Some(found) = named_before(text, name, here) {
        return Some(found);
    }
    // `{default_pass, <<"…">>}` of Erlang.
    let is_tuple = name.start.checked_sub(1).and_then(|at| text.as_bytes().get(at)) == Some(&b'{');
    let rest = text.get(here + 1..text.floor_char_boundary(here + 6)).unwrap_or_default();
    if let Some(binary) = rest.find("<<\"").filter(|_| is_tuple) {
        return Some((Operator::Quoted, here + 1 + binary + 2));
    }
    (is_constant(text, name) && opened_by_parenthesis(text, name)).then_some((Operator::Quoted, here + 1))
}

/// `ParameterKey=DbPassword,ParameterValue=…`, `name=TOKEN,value=…`: a name and its value, each after a word that announces it.
fn named_before(text: &str, name: &Range<usize>, at: usize) -> Option<(Operator, usize)> {
    let before = line_before(text, name.start);
    if !before.ends_with('=') {
        return None;
    }
    let rest = text.get(at + 1..text.floor_char_boundary(at + 300))?;
    let bare = rest.trim_start();
    let (word, _) = bare.split_once('=')?;
    // `env[0].name=TOKEN,env[0].value=…`
    let is_value = ["value", "Value", "VALUE"].iter().any(|end| word.ends_with(end))
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'[' | b']' | b'_'));
    if !is_value {
        return None;
    }
    // The value names the location of the secret.
    let pair = bare.split([' ', '\n', '}']).next().unwrap_or_default();
    let is_kept = ["SECRETS_MANAGER", "PARAMETER_STORE"].iter().any(|kind| pair.contains(kind));
    (!is_kept).then_some((Operator::Equals, at + 1 + rest.len() - bare.len() + word.len() + 1))
}

/// `"name": "DB_PASSWORD", "value": "…"` inside a text: the name is itself a value, next to the value it names.
fn sibling_value(text: &str, name: &Range<usize>, at: usize) -> Option<(Operator, usize)> {
    let is_mark = |character: char| matches!(character, '"' | '\'' | '\\' | ' ');
    let before = line_before(text, name.start);
    // `"path": "/data/password"` of a JSON patch names its last part.
    let before = before.trim_end_matches(|character: char| character.is_ascii_alphanumeric() || character == '/');
    if !before.trim_end_matches(is_mark).ends_with(':') {
        return None;
    }
    let rest = text.get(at + 1..text.floor_char_boundary(at + 48))?;
    let key = rest.trim_start_matches(is_mark);
    let word = ["value", "Value", "ParameterValue", "defaultValue"].into_iter().find(|word| key.starts_with(word))?;
    let tail = key.get(word.len()..)?;
    let colon = tail.find(':').filter(|colon| tail.get(..*colon).is_some_and(|marks| marks.chars().all(is_mark)))?;
    Some((Operator::Colon, at + 1 + rest.len() - tail.len() + colon + 1))
}

/// `'--password', default='…'` of a program that reads its options.
fn default_of_option(text: &str, name: &Range<usize>, at: usize) -> Option<(Operator, usize)> {
    let is_option = text.get(name.clone())?.starts_with('-');
    let rest = text.get(at + 1..text.floor_char_boundary(at + 200))?;
    let rest = rest.get(..rest.find([')', '\n']).unwrap_or(rest.len()))?;
    let found = rest.find("default=").filter(|_| is_option)?;
    Some((Operator::Quoted, at + 1 + found + "default=".len()))
}

/// `name: DB_PASSWORD` and `value: …` on the next line; `DB_PASSWORD:` and `value: …` on the next; `"DbPassword": {"value": "…"}`:
/// YAML, HCL and JSON inside a script.
fn value_below(text: &str, name: &Range<usize>, at: usize) -> Option<(Operator, usize)> {
    let is_mark = |character: char| matches!(character, '"' | '\'' | ' ' | '\t');
    let before = line_before(text, name.start);
    let label = before.trim_end_matches(is_mark);
    let is_value_of_name = label.ends_with([':', '='])
        && ["name", "key"].iter().any(|word| {
            let label = label.trim_end_matches([':', '=']).trim_end().to_ascii_lowercase();
            label.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', '-', '\t', '{', ',']))
        });
    let rest = text.get(at..text.floor_char_boundary(at + 120))?;
    let below = if is_value_of_name {
        rest.strip_prefix('\n').or_else(|| rest.strip_prefix("\r\n"))?
    } else {
        let rest = rest.strip_prefix(':')?.trim_start_matches(' ');
        let is_key = label.is_empty() || label == "-" || label.ends_with(['{', ',']);
        rest.strip_prefix('\n').or_else(|| rest.strip_prefix('{')).filter(|_| is_key)?
    };
    let inner = below.trim_start();
    let inner = inner.trim_start_matches(['"', '\'']);
    let word =
        ["value", "Value", "default", "defaultValue", "Default"].into_iter().find(|word| inner.starts_with(word))?;
    let tail = inner.get(word.len()..)?;
    let colon =
        tail.find([':', '=']).filter(|colon| tail.get(..*colon).is_some_and(|marks| marks.chars().all(is_mark)))?;
    Some((Operator::Colon, at + rest.len() - tail.len() + colon + 1))
}

/// `s/__DB_PASSWORD__/…/`, `s|@@TOKEN@@|…|`: the start of the replacement.
fn replaced(text: &str, name: &Range<usize>) -> Option<usize> {
    let is_mark = |byte: &u8| matches!(byte, b'@' | b'{' | b'}' | b'%' | b'<' | b'>' | b'$' | b'\\' | b' ');
    let before = line_before(text, name.start).as_bytes();
    let marks = before.iter().rev().take(4).take_while(|byte| is_mark(byte)).count();
    let open = before.len().checked_sub(marks + 1)?;
    let delimiter = *before.get(open).filter(|delimiter| matches!(delimiter, b'/' | b'|' | b'#' | b'~' | b','))?;
    let is_command = before.get(open.checked_sub(1)?) == Some(&b's')
        && open.checked_sub(2).and_then(|at| before.get(at)).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let rest = text.as_bytes().get(name.end..)?;
    let closing = rest.iter().take(4).take_while(|byte| is_mark(byte)).count();
    (is_command && rest.get(closing) == Some(&delimiter)).then_some(name.end + closing + 1)
}

/// `CURLOPT_PASSWORD`: a constant among the arguments of a call.
fn is_constant(text: &str, name: &Range<usize>) -> bool {
    text.get(name.clone()).is_some_and(|name| {
        name.contains('_')
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

/// The default of an unset variable.
fn or_else(text: &str, at: usize) -> Option<(Operator, usize)> {
    let rest = text.get(at..text.floor_char_boundary(at + 24))?;
    let bare = rest.trim_start_matches([')', ' ']);
    let word = ["or ", "|| ", "?? ", "?: ", ".unwrap_or("].into_iter().find(|word| bare.starts_with(word))?;
    Some((Operator::Quoted, at + rest.len() - bare.len() + word.len()))
}

pub(super) fn quote_opens(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'\\')
}

/// `${NAME` before the operator.
fn is_shell_default(text: &str, name: &Range<usize>) -> bool {
    text.get(..name.start).is_some_and(|before| before.ends_with("${"))
}

/// `${db.password` before the colon, and after it a word up to the brace.
fn is_spring_default(text: &str, name: &Range<usize>, from: usize) -> bool {
    let rest = text.get(from..text.floor_char_boundary(from + 200)).unwrap_or_default();
    is_shell_default(text, name)
        && !rest.starts_with(['-', '+', '?', '=', ':', '$', ' ', '}'])
        && rest
            .find('}')
            .is_some_and(|end| rest.get(..end).is_some_and(|word| !word.contains([' ', '"', '\'', '(', '{', '\n'])))
}

fn quoted_before(text: &str, name: &Range<usize>) -> bool {
    text.get(..name.start).is_some_and(|before| before.ends_with(['"', '\'']))
}

/// `put("name", …`: the quote before the name follows a parenthesis.
fn opened_by_parenthesis(text: &str, name: &Range<usize>) -> bool {
    let before = line_before(text, name.start);
    let before = before.trim_end_matches(['"', '\'', '\\', 'r', 'b', 'u', 'L', '@']).trim_end();
    before.ends_with(['(', '[', '{']) || (is_constant(text, name) && before.contains('('))
}

/// `token: &str = "…"`, `password { get; } = "…"`: a type before the operator.
fn typed(text: &str, at: usize) -> Option<(Operator, usize)> {
    let rest = text.get(at..text.floor_char_boundary(at + 48))?;
    let equals = rest.find('=')?;
    let kind = rest.get(..equals)?.trim();
    let is_type = !kind.is_empty()
        && kind.split_whitespace().all(|word| word.len() <= 16)
        && kind.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'&' | b'*' | b'<' | b'>' | b'?' | b'[' | b']' | b' ' | b'\'' | b'|' | b'.' | b'_')
        });
    let value = rest.get(equals + 1..)?.trim_start();
    (is_type && value.starts_with(['"', '\'', '`'])).then_some((Operator::Quoted, at + equals + 1))
}

/// `variable "db_password" { default = "…" }`.
fn hcl_default(text: &str, at: usize) -> Option<(Operator, usize)> {
    let end = text.floor_char_boundary(at + 400);
    let block = text.get(at..end)?;
    // `Password { get; } = "…"`
    if block.get(1..).is_some_and(|rest| rest.trim_start().starts_with("get"))
        && let Some(close) = block.find('}')
        && let Some(equals) = block.get(close..)?.find('=')
    {
        return Some((Operator::Quoted, at + close + equals + 1));
    }
    let block = block.get(..block.find('}').unwrap_or(block.len()))?;
    let found = block.find("default")?;
    let equals = block.get(found..)?.find('=')?;
    Some((Operator::Quoted, at + found + equals + 1))
}

/// Whether a line names the user of the password that follows: `machine db login app password …`, `user app insecure-password …`.
fn begins_with_an_account(line: &str) -> bool {
    line.contains("machine ")
        || ["machine", "default", "user", "login", "username"]
            .contains(&line.split_whitespace().next().unwrap_or_default())
}

/// A blank between name and value counts for options, a few keywords of configurations, and a quoted value.
fn after_blank(text: &str, name: &Range<usize>, here: usize) -> Option<(Operator, usize)> {
    let bytes = text.as_bytes();
    let key = text.get(name.clone())?;
    let next = *bytes.get(here)?;
    // A tag of a field in Go, and code in a note.
    if next == b'`' {
        return None;
    }
    if quote_opens(next) {
        return Some((Operator::Quoted, here));
    }
    // `Set-Item -Path env:DB_PASSWORD -Value …`, `--name db-password --value …`, `/v Password /t REG_SZ /d …`.
    let rest = text.get(here..text.floor_char_boundary(here + 48))?;
    if let Some(word) =
        ["-Value ", "-value ", "--value ", "/d ", "/t REG_SZ /d "].into_iter().find(|word| rest.starts_with(word))
        && !key.starts_with('-')
    {
        return Some((Operator::Blank, here + word.len()));
    }
    if next == b'-' || !(next.is_ascii_graphic() || next >= 0x80) {
        return None;
    }
    if key.starts_with('-') {
        return Some((Operator::Blank, here));
    }
    let before = line_before(text, name.start);
    let last_words: Vec<&str> = before.split_whitespace().rev().take(2).collect();
    if before.contains("config set ") || before.contains("configure set ") {
        return Some((Operator::Blank, here));
    }
    let setting = ["ENV", "ARG", "setx", "setenv", "export", "SetEnv"];
    let is_sql = ["ROLE", "USER", "role", "user", "LOGIN"].iter().any(|word| before.contains(word))
        && ["CREATE ", "ALTER ", "create ", "alter "].iter().any(|word| before.contains(word));
    // `ALTER USER shop PASSWORD EXPIRE`: words of SQL.
    let is_keyword = || {
        let word: &str = rest.split([' ', ';', '\n']).next().unwrap_or_default();
        word.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    if is_sql && key.eq_ignore_ascii_case("password") && is_keyword() {
        return None;
    }
    if is_sql && key.eq_ignore_ascii_case("password") {
        return Some((Operator::Blank, here));
    }
    // `set -gx NAME value` of fish.
    let is_exported = matches!(
        last_words.as_slice(),
        ["-x" | "-gx" | "-Ux" | "-lx" | "--export", "set"] | ["--export" | "-x", "--global" | "-g" | "-U"]
    );
    if is_exported
        || last_words.first().is_some_and(|word| setting.contains(word))
        || (begins_with_an_account(before)
            && last_words.get(1).is_some_and(|word| matches!(*word, "login" | "user" | "username")))
    {
        return Some((Operator::Blank, here));
    }
    if last_words.first().is_some_and(|word| matches!(*word, "set" | "login")) {
        return Some((Operator::Word, here));
    }
    let rest = text.get(here..text.floor_char_boundary(here + 300))?;
    let rest = rest.split('\n').next().unwrap_or_default();
    // `token string = "…"`: a type between the name and the operator.
    if let Some((kind, value)) = rest.split_once('=')
        && kind
            .trim()
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'&' | b'<' | b'>' | b'?' | b'[' | b']'))
        && !kind.trim().is_empty()
        && kind.split_whitespace().count() == 1
    {
        let skipped = value.trim_start_matches([' ', '>', '=']);
        return quote_opens(*skipped.as_bytes().first()?)
            .then_some((Operator::Quoted, here + rest.len() - skipped.len()));
    }
    word_after_blank(text, name, here, rest)
}

/// A word without quotes after a name and a blank, as prose and lines of configurations have it. `rest` is the rest of the line.
fn word_after_blank(text: &str, name: &Range<usize>, here: usize, rest: &str) -> Option<(Operator, usize)> {
    let key = text.get(name.clone())?;
    let before = line_before(text, name.start);
    let last_word = before.split_whitespace().next_back();
    for word in ["is ", "is: ", "ist ", "lautet ", "was ", "es ", "est "] {
        if rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            return Some((Operator::Is, here + word.len()));
        }
    }
    // `clockify secret f3k9QzL1mXw8…`: prose, but a clearly random value follows.
    let word = rest.split_whitespace().next().unwrap_or_default();
    let is_noun = ["secret", "token", "password", "passwd"].iter().any(|noun| key.eq_ignore_ascii_case(noun));
    if is_noun
        && word.len() <= 128
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && crate::secrets::detect::decide::looks_clearly_random(word)
        && !crate::secrets::detect::decide::shape::is_suffixed(word)
    {
        return Some((Operator::Word, here));
    }
    // `wg set wg0 private-key <(echo …)`.
    if rest.starts_with("<(echo ") || rest.starts_with("<(printf ") {
        return Some((Operator::Word, here));
    }
    // `username bob password 0 …` of routers: the encoding precedes the value.
    let is_router = ["username ", "enable "].iter().any(|word| before.trim_start().starts_with(word));
    if is_router && rest.as_bytes().first().is_some_and(u8::is_ascii_digit) && rest.as_bytes().get(1) == Some(&b' ') {
        return Some((Operator::Word, here + 2));
    }
    // `log in as user bob and password …`.
    if matches!(last_word, Some("and" | "with")) && before.contains("user") {
        return Some((Operator::Is, here));
    }
    // `requirepass …`, `password …`: a line of two words.
    // Settings are written in lower case; `Passwort bestätigen` is a label.
    let is_setting = key.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-' | b'.'));
    let has_number = word.bytes().any(|byte| byte.is_ascii_digit());
    let gap = here - name.end;
    let is_line = before.trim().is_empty()
        && (is_setting || has_number)
        // A column of names and types.
        && !(gap > 2 && crate::secrets::detect::decide::shape::is_name(rest.trim()))
        && rest.split_whitespace().count() == 1
        && !rest.contains(['(', '{', '='])
        && (has_number || !rest.trim_end().ends_with(['.', ',', ':']))
        // `Token *TokenREST`, `Cookie uint32`: a field and its type.
        && !rest.starts_with(['*', '&', '['])
        && (matches!(super::super::class_of(key), KeyClass::Password | KeyClass::Pass) || crate::secrets::detect::decide::looks_clearly_random(rest.trim()));
    is_line.then_some((Operator::Word, here))
}
