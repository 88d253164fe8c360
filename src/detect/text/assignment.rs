//! `NAME=value`, `name: value`, `"name": "value"`, `--name value`, `<name>value</name>`, `put("name", "value")`, and their like.

use std::ops::Range;

use super::{Inside, class_of, judged};
use crate::detect::decode;
use crate::detect::key::KeyClass;
use crate::detect::value::Bounds;
use crate::finding::Confidence;

/// Parts of names of secrets, in lower case: the prefilter looks for them in any ASCII case.
pub(in super::super) const NAMES: &[&str] = &[
    "pass",
    "sonar_login",
    "sonar.login",
    "pw",
    "pswd",
    "secret",
    "token",
    "key",
    "auth",
    "cred",
    "bearer",
    "salt",
    "pepper",
    "mnemonic",
    "seed",
    "signature",
    "cookie",
    "session",
    "jwt",
    "psk",
    "kennwort",
    "contrase",
    "senha",
    "motdepasse",
    "mot_de_passe",
    "mdp",
    "wachtwoord",
    "haslo",
    "hasło",
    "losenord",
    "lösenord",
    "LÖSENORD",
    "Lösenord",
    "adgangskode",
    "kodeord",
    "salasana",
    "parola",
    "parolă",
    "parool",
    "sifre",
    "şifre",
    "Şifre",
    "heslo",
    "jelszo",
    "jelszó",
    "sandi",
    "lozinka",
    "geslo",
    "slaptazodis",
    "slaptažodis",
    "clave",
    "geheim",
    "jeton",
    "chave",
    "schluessel",
    "schlüssel",
    "пароль",
    "Пароль",
    "ПАРОЛЬ",
    "парола",
    "гасло",
    "секрет",
    "Секрет",
    "токен",
    "Токен",
    "密码",
    "密碼",
    "口令",
    "密钥",
    "秘密",
    "令牌",
    "パスワード",
    "暗証番号",
    "トークン",
    "비밀번호",
    "암호",
    "토큰",
    "סיסמ",
    "รหัสผ่าน",
    "κωδικ",
    "khẩu",
    "matkhau",
    "contrasinal",
];

/// The longest name that is read, to each side of its keyword, in bytes.
const LONGEST_NAME: usize = 96;

/// The longest value that is read, in bytes.
const LONGEST_VALUE: usize = 4096;

/// What was read at a keyword.
pub(super) struct Assigned {
    pub(super) found: Option<Inside>,
    /// Keywords before this place need not be looked at again.
    pub(super) done: usize,
}

/// What stands between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
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
    /// `${NAME:-value}`.
    Default,
    /// Talk: `the password is …`.
    Is,
}

/// Reads the assignment whose name holds the keyword at `hit`.
pub(super) fn read(text: &str, hit: &Range<usize>) -> Option<Assigned> {
    let name = name_around(text, hit)?;
    let key = text.get(name.clone())?;
    let class = class_of(key);
    if let Some(inside) = echoed_into(text, &name, class) {
        return Some(Assigned { found: Some(inside), done: name.end });
    }
    let (sign, from) = sign_after(text, &name)?;
    let done = name.end;
    if class == KeyClass::Plain {
        return Some(Assigned { found: None, done });
    }
    let Some((span, bounds)) = value_at(text, &name, sign, from, class) else {
        return Some(Assigned { found: None, done });
    };
    // A long value that is none is not read again from the middle.
    let done = if span.len() > 256 { span.end } else { done };
    Some(Assigned { found: judge(text, key, class, sign, span, bounds), done })
}

fn judge(text: &str, key: &str, class: KeyClass, sign: Sign, span: Range<usize>, bounds: Bounds) -> Option<Inside> {
    let content = text.get(span.clone())?;
    match sign {
        Sign::DoubleColon => {
            let decoded = decode::base64_text(content)?;
            let confidence = crate::detect::value::judge(class, &decoded, Bounds::Sure)?;
            Some(Inside::new(span, "ldif", super::value_of(key), confidence))
        }
        Sign::Is => {
            let has = |what: fn(&u8) -> bool| content.as_bytes().iter().any(what);
            let is_mixed = has(u8::is_ascii_alphabetic)
                && (has(u8::is_ascii_digit) || has(|byte| matches!(byte, b'!' | b'#' | b'%' | b'^' | b'*' | b'&')));
            judged(text, key, class, span, bounds, "assignment")
                .filter(|_| is_mixed && class == KeyClass::Password)
                .map(|mut inside| {
                    inside.confidence = Confidence::Medium;
                    inside
                })
        }
        _ => judged(text, key, class, span, bounds, "assignment"),
    }
}

/// `echo 'SECRET' > .vault_pass`: the name is a file's.
fn echoed_into(text: &str, name: &Range<usize>, class: KeyClass) -> Option<Inside> {
    if !matches!(class, KeyClass::Password | KeyClass::Token) {
        return None;
    }
    let line_start = memchr::memrchr(b'\n', text.as_bytes().get(..name.start)?).map_or(0, |at| at + 1);
    let before = text.get(line_start.max(floor(text, name.start.saturating_sub(300)))..name.start)?;
    // A path may stand before the name, and nothing else.
    let sign = before.rfind('>')?;
    if before.get(sign + 1..)?.trim_start().contains([' ', '|', ';', '&']) {
        return None;
    }
    let command = before.get(..sign)?.trim_end_matches(['>', ' ']);
    let from = ["echo -n ", "echo ", "printf '%s' ", "printf "]
        .into_iter()
        .find_map(|word| Some(command.rfind(word)? + word.len()))?;
    let content = command.get(from..)?.trim();
    let quotes = content.len() - content.trim_start_matches(['"', '\'']).len();
    let bare = content.trim_matches(['"', '\'']);
    if bare.contains([' ', '|', ';']) {
        return None;
    }
    let offset = name.start - before.len() + from + command.get(from..)?.len()
        - command.get(from..)?.trim_start().len()
        + quotes;
    judged(text, text.get(name.clone())?, class, offset..offset + bare.len(), Bounds::Sure, "assignment")
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

/// The name around the keyword.
fn name_around(text: &str, hit: &Range<usize>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let left = bytes.get(hit.start.saturating_sub(LONGEST_NAME)..hit.start)?;
    let start = hit.start - left.iter().rev().take_while(|byte| is_of_name(**byte)).count();
    let right = bytes.get(hit.end..(hit.end + LONGEST_NAME).min(bytes.len()))?;
    let end = hit.end + right.iter().take_while(|byte| is_of_name(**byte)).count();
    // `\nPASSWORD=`, with the escape still written out.
    let start =
        if start > 0 && bytes.get(start - 1) == Some(&b'\\') && matches!(bytes.get(start), Some(b'n' | b't' | b'r')) {
            start + 1
        } else {
            start
        };
    let end = if bytes.get(end - 1) == Some(&b'.') { end - 1 } else { end };
    (start <= hit.start && text.is_char_boundary(start) && text.is_char_boundary(end) && end - start < 2 * LONGEST_NAME)
        .then_some(start..end)
}

/// What follows the name, and where the value may begin.
fn sign_after(text: &str, name: &Range<usize>) -> Option<(Sign, usize)> {
    let bytes = text.as_bytes();
    let at = |n: usize| bytes.get(n).copied().unwrap_or(b'\n');
    let mut here = name.end;
    let (mut quoted, mut blank) = (false, false);
    for _ in 0..12 {
        match at(here) {
            b'"' | b'\'' | b'`' => quoted = true,
            b'\\' if matches!(at(here + 1), b'"' | b'\'' | b'\\') => {}
            b']' => {}
            b' ' | b'\t' => blank = true,
            // The line goes on.
            b'\\' if at(here + 1) == b'\n' => {
                blank = true;
                here += 1;
            }
            _ => break,
        }
        if blank && matches!(at(here), b'"' | b'\'' | b'`' | b'\\') && at(here + 1) != b'\n' {
            // A quote behind a blank opens the value.
            quoted = false;
            break;
        }
        here += 1;
    }
    let before = name.start.checked_sub(1).map_or(b'\n', at);
    match at(here) {
        b'=' if at(here + 1) == b'>' => Some((Sign::Equals, here + 2)),
        // A comparison, unless nothing else than a value can follow.
        b'=' if at(here + 1) == b'=' && !blank && !quoted && at(here + 2).is_ascii_alphanumeric() => {
            Some((Sign::Equals, here + 2))
        }
        b'=' if at(here + 1) == b'=' => Some((Sign::Quoted, here + if at(here + 2) == b'=' { 3 } else { 2 })),
        b'=' if matches!(at(here + 1), b'~' | b'"') && at(here + 1) == b'~' => None,
        b'=' => Some((Sign::Equals, here + 1)),
        b':' if at(here + 1) == b':' && matches!(at(here + 2), b' ') => Some((Sign::DoubleColon, here + 2)),
        // Make's `::=` and `:::=`.
        b':' if text.get(here..).is_some_and(|rest| rest.starts_with("::=") || rest.starts_with(":::=")) => {
            Some((Sign::Equals, here + if at(here + 2) == b'=' { 3 } else { 4 }))
        }
        b':' if at(here + 1) == b':' => None,
        b':' | b'+' | b'?' | b'|' | b'.' if at(here + 1) == b'=' => Some((Sign::Equals, here + 2)),
        b':' if matches!(at(here + 1), b'-' | b'+') && is_shell_default(text, name) => Some((Sign::Default, here + 2)),
        b':' if at(here + 1) == b'/' && at(here + 2) == b'/' => None,
        b':' => Some(typed(text, here + 1).unwrap_or((Sign::Colon, here + 1))),
        b',' if quoted => opened_by_parenthesis(text, name).then_some((Sign::Quoted, here + 1)),
        b'(' if !quoted && !blank => Some((Sign::Quoted, here + 1)),
        b'>' if quoted || before == b'<' || before == b':' => Some((Sign::Element, here + 1)),
        b'<' if before == b'>' => sibling_element(text, here),
        b'{' if blank => hcl_default(text, here),
        _ if blank && !quoted && (before == b'<' || (before == b':' && is_of_namespace(text, name.start))) => {
            element_with_attributes(text, here)
        }
        _ if quoted_before(text, name) => {
            value_attribute(text, here).or_else(|| quote_opens(at(here)).then_some((Sign::Quoted, here)))
        }
        _ if blank => after_blank(text, name, here),
        _ => None,
    }
}

/// `<wsse:` before the name.
fn is_of_namespace(text: &str, at: usize) -> bool {
    let before = text.get(..at.saturating_sub(1)).unwrap_or_default();
    before
        .trim_end_matches(|character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_'))
        .ends_with('<')
}

fn quote_opens(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'\\')
}

/// `${NAME` before the sign.
fn is_shell_default(text: &str, name: &Range<usize>) -> bool {
    text.get(..name.start).is_some_and(|before| before.ends_with("${"))
}

fn quoted_before(text: &str, name: &Range<usize>) -> bool {
    text.get(..name.start).is_some_and(|before| before.ends_with(['"', '\'']))
}

/// `put("name", …`: the quote before the name stands behind a parenthesis.
fn opened_by_parenthesis(text: &str, name: &Range<usize>) -> bool {
    text.get(..name.start).is_some_and(|before| {
        before.trim_end_matches(['"', '\'', '\\', 'r', 'b', 'u', 'L', '@']).ends_with(['(', '[', '{'])
    })
}

/// `</key><string>`, `</Name><Value>`: the value is the text of the next element.
fn sibling_element(text: &str, at: usize) -> Option<(Sign, usize)> {
    let rest = text.get(at..)?.get(..400.min(text.len() - at)).or_else(|| text.get(at..))?;
    let closed = rest.strip_prefix("</")?.find('>')? + 3;
    let next = rest.get(closed..)?;
    let blank = next.len() - next.trim_start().len();
    let next = next.get(blank..)?;
    let open = next.strip_prefix('<')?;
    if open.starts_with('/') || open.starts_with('!') {
        return None;
    }
    let end = open.find('>')?;
    Some((Sign::Element, at + closed + blank + 1 + end + 1))
}

/// `<password encrypted="false">`.
fn element_with_attributes(text: &str, at: usize) -> Option<(Sign, usize)> {
    let rest = text.as_bytes().get(at..(at + 200).min(text.len()))?;
    let end = rest.iter().position(|byte| matches!(byte, b'>' | b'<' | b'\n'))?;
    (rest.get(end) == Some(&b'>') && rest.get(end.wrapping_sub(1)) != Some(&b'/'))
        .then_some((Sign::Element, at + end + 1))
}

/// `name="password" value="…"`: the attribute that follows.
fn value_attribute(text: &str, at: usize) -> Option<(Sign, usize)> {
    let mut end = (at + 120).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let rest = text.get(at..end)?;
    let rest = rest.get(..rest.find(['<', '>']).unwrap_or(rest.len()))?;
    ["value=", "Value=", "content=", "val=", "connectionString=", "password="]
        .iter()
        .filter_map(|word| Some((rest.find(word)?, word.len())))
        .min()
        .map(|(found, length)| (Sign::Quoted, at + found + length))
}

/// `token: &str = "…"`, `password { get; } = "…"`: what stands between is a type.
fn typed(text: &str, at: usize) -> Option<(Sign, usize)> {
    let rest = text.get(at..floor(text, at + 48))?;
    let sign = rest.find('=')?;
    let kind = rest.get(..sign)?.trim();
    let is_type = !kind.is_empty()
        && kind.split_whitespace().all(|word| word.len() <= 16)
        && kind.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'&' | b'*' | b'<' | b'>' | b'?' | b'[' | b']' | b' ' | b'\'' | b'|' | b'.' | b'_')
        });
    let value = rest.get(sign + 1..)?.trim_start();
    (is_type && value.starts_with(['"', '\'', '`'])).then_some((Sign::Quoted, at + sign + 1))
}

/// `variable "db_password" { default = "…" }`.
fn hcl_default(text: &str, at: usize) -> Option<(Sign, usize)> {
    let mut end = (at + 400).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let block = text.get(at..end)?;
    // `Password { get; } = "…"`
    if block.get(1..).is_some_and(|rest| rest.trim_start().starts_with("get"))
        && let Some(close) = block.find('}')
        && let Some(sign) = block.get(close..)?.find('=')
    {
        return Some((Sign::Quoted, at + close + sign + 1));
    }
    let block = block.get(..block.find('}').unwrap_or(block.len()))?;
    let found = block.find("default")?;
    let sign = block.get(found..)?.find('=')?;
    Some((Sign::Quoted, at + found + sign + 1))
}

/// A blank between name and value counts for options, a few keywords of configurations, and a quoted value.
fn after_blank(text: &str, name: &Range<usize>, here: usize) -> Option<(Sign, usize)> {
    let bytes = text.as_bytes();
    let key = text.get(name.clone())?;
    let next = *bytes.get(here)?;
    if quote_opens(next) {
        return Some((Sign::Quoted, here));
    }
    if next == b'-' || !(next.is_ascii_graphic() || next >= 0x80) {
        return None;
    }
    if key.starts_with('-') {
        return Some((Sign::Blank, here));
    }
    let line_start = memchr::memrchr(b'\n', bytes.get(..name.start)?).map_or(0, |at| at + 1);
    let before = text.get(line_start.max(floor(text, name.start.saturating_sub(200)))..name.start)?;
    let last_words: Vec<&str> = before.split_whitespace().rev().take(2).collect();
    if before.contains("config set ") || before.contains("configure set ") {
        return Some((Sign::Blank, here));
    }
    let setting = ["ENV", "ARG", "setx", "setenv", "set", "login", "export"];
    if last_words.first().is_some_and(|word| setting.contains(word))
        || last_words.get(1).is_some_and(|word| matches!(*word, "login" | "user" | "username"))
    {
        return Some((Sign::Blank, here));
    }
    let line_end = memchr::memchr(b'\n', bytes.get(here..)?).map_or(bytes.len(), |at| here + at);
    let rest = text.get(here..line_end.min(floor(text, here + 300)))?;
    // `token string = "…"`: a type between the name and the sign.
    if let Some((kind, value)) = rest.split_once('=')
        && kind
            .trim()
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'&' | b'<' | b'>' | b'?' | b'[' | b']'))
        && !kind.trim().is_empty()
        && kind.split_whitespace().count() == 1
    {
        let skipped = value.trim_start_matches([' ', '>', '=']);
        return quote_opens(*skipped.as_bytes().first()?).then_some((Sign::Quoted, here + rest.len() - skipped.len()));
    }
    for word in ["is ", "is: ", "ist ", "was ", "es "] {
        if rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)) {
            return Some((Sign::Is, here + word.len()));
        }
    }
    // `clockify secret f3k9QzL1mXw8…`: talk, but what follows is clearly drawn at random.
    let word = rest.split_whitespace().next().unwrap_or_default();
    let is_noun = ["secret", "token", "password", "passwd"].iter().any(|noun| key.eq_ignore_ascii_case(noun));
    if is_noun
        && word.len() <= 128
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && crate::detect::value::looks_drawn(word)
    {
        return Some((Sign::Blank, here));
    }
    // `requirepass …`, `password …`: a line of two words.
    let is_line = before.trim().is_empty() && rest.split_whitespace().count() == 1 && !rest.contains(['(', '{', '=']);
    is_line.then_some((Sign::Blank, here))
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The value that begins at or after `from`.
fn value_at(
    text: &str,
    name: &Range<usize>,
    sign: Sign,
    from: usize,
    class: KeyClass,
) -> Option<(Range<usize>, Bounds)> {
    let bytes = text.as_bytes();
    let blanks = bytes.get(from..)?.iter().take(64).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let mut at = from + blanks;
    // A line that goes on in the next.
    if bytes.get(at) == Some(&b'\\') && matches!(bytes.get(at + 1), Some(b'\n' | b'\r')) {
        at += 1 + bytes.get(at + 1..)?.iter().take(64).take_while(|byte| byte.is_ascii_whitespace()).count();
    }
    if sign == Sign::Element {
        return element(text, at);
    }
    // `r"…"`, `b'…'`, `@"…"`, `new String("…`, `String::from("…`, `Some("…`.
    let rest = text.get(at..floor(text, at + 48))?;
    for opening in [
        "N'",
        "r\"",
        "b\"",
        "b'",
        "u'",
        "u\"",
        "f\"",
        "f'",
        "r'",
        "L\"",
        "@\"",
        "$'",
        "$\"",
        "q(\"",
        "(\"",
        "('",
        "Some(\"",
        "String::from(\"",
        "new String(\"",
        "str(\"",
        "str('",
        "Buffer.from(\"",
        "Buffer.from('",
        "[]byte(\"",
        "=> \"",
        "=\"",
    ] {
        if rest.starts_with(opening) {
            at += opening.len() - 1;
            break;
        }
    }
    let backslashes = bytes.get(at..)?.iter().take(8).take_while(|byte| **byte == b'\\').count();
    let quote = bytes.get(at + backslashes).copied();
    if let Some(quote @ (b'"' | b'\'' | b'`')) = quote {
        let inner = quoted(text, at + backslashes + 1, quote, backslashes)?;
        return Some((behind_scheme(text, inner, class), Bounds::Sure));
    }
    if sign == Sign::Quoted {
        return None;
    }
    if bytes.get(at) == Some(&b'{') && bytes.get(at + 1) != Some(&b'{') && sign == Sign::Equals {
        let end = memchr::memchr2(b'}', b'\n', bytes.get(at..(at + 200).min(bytes.len()))?)?;
        return Some((at + 1..at + end, Bounds::Sure));
    }
    unquoted(text, name, sign, at, class)
}

/// The text of an element.
fn element(text: &str, at: usize) -> Option<(Range<usize>, Bounds)> {
    let rest = text.get(at..floor(text, at + LONGEST_VALUE))?;
    let (skip, end) = match rest.trim_start().strip_prefix("<![CDATA[") {
        Some(inside) => (rest.len() - inside.len(), rest.find("]]>")?),
        None => (0, rest.find('<')?),
    };
    let content = rest.get(skip..end)?;
    // `<property name="password"><value>…`
    if content.trim().is_empty() && skip == 0 {
        let next = rest.get(end..)?;
        let open = ["<value>", "<string>", "<Value>"].into_iter().find(|tag| next.starts_with(tag))?;
        let inner = next.get(open.len()..)?;
        let length = inner.find('<')?;
        let start = at + end + open.len();
        return (length > 0).then_some((start..start + length, Bounds::Sure));
    }
    let lead = content.len() - content.trim_start().len();
    let content = content.trim();
    let start = at + skip + lead;
    (!content.is_empty()).then_some((start..start + content.len(), Bounds::Sure))
}

/// The text up to the closing quote, which has as many backslashes before it as the opening one.
fn quoted(text: &str, at: usize, quote: u8, backslashes: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut here = at;
    let limit = (at + LONGEST_VALUE).min(bytes.len());
    // `"""…"""`
    if backslashes == 0 && bytes.get(at) == Some(&quote) {
        if bytes.get(at + 1) == Some(&quote) {
            return quoted(text, at + 2, quote, 0);
        }
        return None;
    }
    while here < limit {
        match bytes.get(here)? {
            b'\n' => break,
            byte if *byte == quote => {
                let escapes = bytes.get(at..here)?.iter().rev().take_while(|byte| **byte == b'\\').count();
                let closes = if backslashes == 0 { escapes % 2 == 0 } else { escapes <= backslashes };
                if closes {
                    return Some(at..here - escapes.min(backslashes));
                }
                here += 1;
            }
            _ => here += 1,
        }
    }
    // Never closed: up to the next blank.
    let content = text.get(at..floor(text, here))?;
    let end = content
        .find(|character: char| character.is_whitespace() || matches!(character, '"' | '\'' | ',' | ';' | '<'))
        .unwrap_or(content.len());
    (end > 0).then_some(at..at + end)
}

/// `Bearer x` under a key that is no header's: the `x`.
fn behind_scheme(text: &str, span: Range<usize>, class: KeyClass) -> Range<usize> {
    if class == KeyClass::Header {
        return span;
    }
    let content = text.get(span.clone()).unwrap_or_default();
    for scheme in ["Bearer ", "bearer ", "Basic ", "Token ", "token "] {
        if content.starts_with(scheme) {
            return span.start + scheme.len()..span.end;
        }
    }
    span
}

fn unquoted(text: &str, name: &Range<usize>, sign: Sign, at: usize, class: KeyClass) -> Option<(Range<usize>, Bounds)> {
    let bytes = text.as_bytes();
    let rest = text.get(at..floor(text, at + LONGEST_VALUE))?;
    let line = rest.get(..rest.find(['\n', '\r']).unwrap_or(rest.len()))?;
    if line.starts_with("$(") || line.starts_with('`') || line.starts_with("<(") {
        return None;
    }
    if line.starts_with("${") || line.starts_with("{{") {
        return None;
    }
    let before = name.start.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b'\n');
    if class == KeyClass::Header && sign == Sign::Colon {
        let end = line.find(['"', '\'', '`']).unwrap_or(line.len());
        return trimmed(text, at..at + end, Bounds::Sure);
    }
    if matches!(before, b'?' | b'&' | b';') && sign == Sign::Equals {
        let end = line
            .find(|character: char| {
                character.is_whitespace() || matches!(character, '&' | ';' | '"' | '\'' | '<' | '>' | '\\' | '#' | '`')
            })
            .unwrap_or(line.len());
        return trimmed(text, at..at + end, Bounds::Sure);
    }
    if sign == Sign::Default {
        let end = line.find(['}', '"'])?;
        return trimmed(text, at..at + end, Bounds::Sure);
    }
    let key = text.get(name.clone()).unwrap_or_default();
    let is_spaced = at > name.end + 1;
    if starts_line(text, name)
        && matches!(sign, Sign::Equals | Sign::Colon)
        && (is_spaced || sign == Sign::Colon || key.contains('.'))
        && !key.starts_with('-')
    {
        let content = line.split(" #").next().unwrap_or(line).split(" //").next().unwrap_or(line);
        let content = content.trim_end().trim_end_matches([',', ';', '\\']);
        let is_call = content.contains('(') && content.contains(')') && !content.contains(' ');
        if !content.contains(['"', '{', '[']) && !is_call {
            return trimmed(text, at..at + content.len(), Bounds::Loose);
        }
    }
    let is_end = |character: char| {
        character.is_whitespace()
            || matches!(
                character,
                '"' | '\'' | '`' | ',' | ';' | '|' | '<' | '>' | '(' | ')' | '{' | '}' | '[' | ']' | '\\'
            )
            || (character == '&' && sign != Sign::Blank)
    };
    let end = line.find(is_end).unwrap_or(line.len());
    if matches!(line.as_bytes().get(end), Some(b'(' | b'[')) {
        return None;
    }
    let word = line.get(..end)?;
    if ["bearer", "basic", "token"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
        && line.as_bytes().get(end) == Some(&b' ')
    {
        let next = line.get(end + 1..)?;
        let length = next.find(is_end).unwrap_or(next.len());
        return trimmed(text, at + end + 1..at + end + 1 + length, Bounds::Sure);
    }
    let bounds = if sign == Sign::Blank && key.starts_with('-') { Bounds::Sure } else { Bounds::Loose };
    trimmed(text, at..at + end, bounds)
}

/// Whether the name begins its line, but for what may stand before an assignment.
fn starts_line(text: &str, name: &Range<usize>) -> bool {
    let from = floor(text, name.start.saturating_sub(64));
    let before = text.get(from..name.start).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let begins = before.len() > line.len() || from == 0;
    let line = line.trim().trim_matches(['"', '\'', '-', '#', '$', '*']).trim();
    begins
        && matches!(
            line,
            "" | "export"
                | "set"
                | "SET"
                | "const"
                | "let"
                | "var"
                | "env"
                | "global"
                | "local"
                | "//"
                | "static"
                | "final"
                | "private"
                | "public"
                | "val"
                | ";"
                | "rem"
                | "REM"
        )
}

fn trimmed(text: &str, span: Range<usize>, bounds: Bounds) -> Option<(Range<usize>, Bounds)> {
    let content = text.get(span.clone())?;
    let lead = content.len() - content.trim_start().len();
    let content = content.trim();
    let content = if content.contains(' ') { content } else { content.trim_end_matches(['.', ',', ':', ';']) };
    let start = span.start + lead;
    (!content.is_empty()).then_some((start..start + content.len(), bounds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::keyword::KEYWORDS;

    fn found(text: &str) -> Vec<&str> {
        let hits: Vec<_> = KEYWORDS.hits(text).collect();
        super::super::scan(text, &hits, "", KeyClass::Plain).into_iter().map(|inside| &text[inside.span]).collect()
    }

    #[test]
    fn assignments_of_every_kind_are_found() {
        for text in [
            "export DB_PASSWORD=Kx7tRw2qLp9",
            "mysql --password Kx7tRw2qLp9 -h db",
            "tool --password=Kx7tRw2qLp9",
            "spring.datasource.password: Kx7tRw2qLp9\nother: x",
            "db.password = Kx7tRw2qLp9 # the old one",
            "{\"password\": \"Kx7tRw2qLp9\"}",
            "{\\\"password\\\": \\\"Kx7tRw2qLp9\\\"}",
            "jdbc:sqlserver://h;user=sa;password=Kx7tRw2qLp9;x=1",
            "Server=db;Uid=sa;Pwd={Kx7tRw2qLp9};",
            "curl -H 'Authorization: Bearer Kx7tRw2qLp9'",
            "apiKey = 'Kx7tRw2qLp9'",
            "<password>Kx7tRw2qLp9</password>",
            "<entry key=\"db.password\">Kx7tRw2qLp9</entry>",
            "<property name=\"password\" value=\"Kx7tRw2qLp9\"/>",
            "<key>password</key>\n  <string>Kx7tRw2qLp9</string>",
            "<add key='DbPassword' value='Kx7tRw2qLp9' />",
            "props.put(\"password\", \"Kx7tRw2qLp9\");",
            "builder.password(\"Kx7tRw2qLp9\")",
            "config['password'] = 'Kx7tRw2qLp9'",
            "var token string = \"Kx7tRw2qLp9\"",
            "token := \"Kx7tRw2qLp9\"",
            "ENV DB_PASSWORD Kx7tRw2qLp9",
            "machine db login app password Kx7tRw2qLp9",
            "CREATE ROLE app PASSWORD 'Kx7tRw2qLp9'",
            "psql ${DB_PASSWORD:-Kx7tRw2qLp9}",
            "userPassword:: S3g3dFJ3MnFMcDk=",
            "variable \"db_password\" {\n  type = string\n  default = \"Kx7tRw2qLp9\"\n}",
            "the password is Kx7tRw2qLp9, keep it",
            "requirepass Kx7tRw2qLp9",
            "пароль: Kx7tRw2qLp9",
            "contraseña=Kx7tRw2qLp9",
            "a\\nDB_PASSWORD=Kx7tRw2qLp9\\nb",
        ] {
            let expected = if text.contains("::") { "S3g3dFJ3MnFMcDk=" } else { "Kx7tRw2qLp9" };
            let all = found(text);
            assert!(all == [expected] || all == ["Bearer Kx7tRw2qLp9"], "{text}: {all:?}");
        }
    }

    #[test]
    fn references_names_and_prose_are_not() {
        for text in [
            "export DB_PASSWORD=$DB_PASSWORD",
            "password: ${parameters.password}",
            "--password-file /run/secrets/db",
            "the token is refreshed hourly",
            "token: my-service-token",
            "secretName: shop-db",
            "kubectl create secret generic db",
            "password: changeme",
            "echo \"password: <set in vault>\"",
            "tokenTTL=3600",
            "docker login --password-stdin",
            "if password == stored then",
            "password = getpass.getpass()",
            "password=self.password, token=request.token",
            "fields: [\"password\", \"username\", \"email\"]",
            "Password: required",
            "enter your password and press return",
            "read -s PASSWORD",
            "the password must be reset every 90 days",
            "key: value",
            "passwordMinLength: 12",
            "PASSWORD=$(vault kv get -field=password secret/db)",
            "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db\n      key: password",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
