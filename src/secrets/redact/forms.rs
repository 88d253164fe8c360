//! The forms in which a value is written: as it is, and as encoders, quoting and wrapping make it.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::base::base64::{encode, encode_unpadded, encode_url_safe};
use crate::base::hex::hex;
use crate::base::secret::Secret;

/// How a value is written, in order of preference where two forms are the same text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    Plain,
    Json,
    Url,
    Shell,
    Xml,
    Base64,
    Base64Url,
    Hex,
    /// One line of a value that has several.
    Line,
}

impl Form {
    /// The form in words, for the message.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "in plain text",
            Self::Json => "JSON-escaped",
            Self::Url => "URL-encoded",
            Self::Shell => "shell-escaped",
            Self::Xml => "XML-escaped",
            Self::Base64 => "as base64",
            Self::Base64Url => "as base64url",
            Self::Hex => "as hex",
            Self::Line => "with one of its lines",
        }
    }
}

/// A text that is zeroed when dropped.
type Text = Zeroizing<Vec<u8>>;

/// Every form of `secret` that has at least `shortest` bytes, each text once. Blanks at the ends do not count as part of a value:
/// printing it may drop or add some.
pub fn of(secret: &Secret, shortest: usize) -> Vec<(Form, Text)> {
    let value = secret.expose().trim();
    if value.len() < shortest {
        return Vec::new();
    }
    let mut all: Vec<(Form, Text)> = Vec::new();
    let mut add = |form: Form, text: String| {
        let text = Zeroizing::new(text.into_bytes());
        if text.len() >= shortest && all.iter().all(|(_, known)| *known != text) {
            all.push((form, text));
        }
    };
    add(Form::Plain, value.to_owned());
    json(value, &mut add);
    url(value, &mut add);
    shell(value, &mut add);
    add(Form::Xml, xml(value, "&#39;"));
    add(Form::Xml, xml(value, "&apos;"));
    base64(value.as_bytes(), &mut add);
    let digits = hex(value.as_bytes());
    add(Form::Hex, digits.clone());
    add(Form::Hex, digits.to_ascii_uppercase());
    for line in value.lines().map(str::trim).filter(|line| line.len() >= LINE && !is_frame(line)) {
        add(Form::Line, line.to_owned());
    }
    all
}

/// A shorter line of a longer value, in bytes, does not count as a secret by itself.
const LINE: usize = 12;

/// `-----BEGIN PRIVATE KEY-----` and the like, which are not secret.
fn is_frame(line: &str) -> bool {
    line.starts_with("-----") && line.ends_with("-----")
}

fn digits(byte: u8, upper: bool) -> String {
    if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }
}

/// As serde and Jackson write it, with slashes escaped (PHP, Gson), in ASCII only (Python), safe in HTML (Go); and each once more,
/// for a document inside a document. The escaping of JSON Pointers is included: reports contain pointers.
fn json(value: &str, add: &mut impl FnMut(Form, String)) {
    let escaped = |text: &str| {
        let quoted = serde_json::Value::from(text).to_string();
        quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
    };
    let once = escaped(value);
    let ascii = once.chars().fold(String::new(), |mut text, character| {
        if character.is_ascii() {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
        text
    });
    let html = once.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    add(Form::Json, once.replace('/', "\\/"));
    for text in [once, ascii, html] {
        let twice = escaped(&text);
        add(Form::Json, escaped(&twice));
        add(Form::Json, twice);
        add(Form::Json, text);
    }
    add(Form::Json, value.replace('~', "~0").replace('/', "~1"));
}

/// The characters besides letters and digits that encoders keep: none, RFC 3986, `encodeURIComponent`, forms, `encodeURI`, a path,
/// user info.
const UNTOUCHED: [&str; 8] =
    ["", "-._", "-._~", "-_.!~*'()", "-._* ", "-_.!~*'();/?:@&=+$,#", "-._~!$&'()*+,;=:@/", "-._~!$&'()*+,;="];

fn url(value: &str, add: &mut impl FnMut(Form, String)) {
    for untouched in UNTOUCHED {
        for upper in [true, false] {
            let text = value.bytes().fold(String::new(), |mut text, byte| {
                if byte.is_ascii_alphanumeric() || untouched.as_bytes().contains(&byte) {
                    // A form writes a blank as a plus sign.
                    text.push(if byte == b' ' { '+' } else { char::from(byte) });
                } else {
                    text.push('%');
                    text += &digits(byte, upper);
                }
                text
            });
            add(Form::Url, text);
        }
    }
}

/// Inside single quotes (two ways), inside double quotes, word by word (`printf %q`), and as `$'…'`.
fn shell(value: &str, add: &mut impl FnMut(Form, String)) {
    add(Form::Shell, value.replace('\'', "'\\''"));
    add(Form::Shell, value.replace('\'', "'\"'\"'"));
    let behind_backslash = |is_special: &dyn Fn(char) -> bool| {
        value.chars().fold(String::new(), |mut text, character| {
            if is_special(character) {
                text.push('\\');
            }
            text.push(character);
            text
        })
    };
    add(Form::Shell, behind_backslash(&|c| matches!(c, '"' | '\\' | '$' | '`')));
    add(Form::Shell, behind_backslash(&|c| matches!(c, '"' | '\\' | '$' | '`' | '!')));
    add(Form::Shell, behind_backslash(&|c| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-./:=@%+,".contains(c)));
    add(Form::Shell, behind_backslash(&|c| c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-./:=@%+".contains(c)));
    let ansi = value.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n").replace('\t', "\\t");
    add(Form::Shell, ansi.replace('\r', "\\r"));
}

fn xml(value: &str, apostrophe: &str) -> String {
    let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\'', apostrophe)
}

/// Base64 encodes three bytes as four characters, so a value inside a longer text has three forms. Of each, only the characters are
/// used that do not depend on neighbouring bytes. The value by itself is used with its padding.
fn base64(value: &[u8], add: &mut impl FnMut(Form, String)) {
    add(Form::Base64, encode(value));
    for (alignment, skipped) in [(0_usize, 0_usize), (1, 2), (2, 3)] {
        let mut bytes = Zeroizing::new(vec![0; alignment]);
        bytes.extend_from_slice(value);
        let whole = bytes.len() * 8 / 6;
        for (form, text) in [(Form::Base64, encode_unpadded(&*bytes)), (Form::Base64Url, encode_url_safe(&*bytes))] {
            add(form, text.get(skipped..whole).unwrap_or_default().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "p/a~s\"s'w<o>r&d $1?é+";

    fn has(form: Form, text: &str) -> bool {
        of(&Secret::new(VALUE.into()), 6).iter().any(|(own, known)| *own == form && known.as_slice() == text.as_bytes())
    }

    #[test]
    fn each_encoder_has_its_form() {
        for (form, text) in [
            (Form::Plain, VALUE),
            (Form::Json, "p/a~s\\\"s'w<o>r&d $1?é+"),
            (Form::Json, "p\\/a~s\\\"s'w<o>r&d $1?é+"),
            (Form::Json, "p/a~s\\\"s'w<o>r&d $1?\\u00e9+"),
            (Form::Json, "p/a~s\\\"s'w\\u003co\\u003er\\u0026d $1?é+"),
            (Form::Json, "p/a~s\\\\\\\"s'w<o>r&d $1?é+"),
            (Form::Json, "p~1a~0s\"s'w<o>r&d $1?é+"),
            (Form::Url, "p%2Fa~s%22s%27w%3Co%3Er%26d%20%241%3F%C3%A9%2B"),
            (Form::Url, "p%2fa~s%22s%27w%3co%3er%26d%20%241%3f%c3%a9%2b"),
            (Form::Url, "p%2Fa%7Es%22s%27w%3Co%3Er%26d+%241%3F%C3%A9%2B"),
            (Form::Url, "p%2Fa~s%22s'w%3Co%3Er%26d%20%241%3F%C3%A9%2B"),
            (Form::Shell, "p/a~s\"s'\\''w<o>r&d $1?é+"),
            (Form::Shell, "p/a~s\\\"s'w<o>r&d \\$1?é+"),
            (Form::Shell, "p/a\\~s\\\"s\\'w\\<o\\>r\\&d\\ \\$1\\?é+"),
            (Form::Xml, "p/a~s&quot;s&#39;w&lt;o&gt;r&amp;d $1?é+"),
            (Form::Hex, "702f617e73227327773c6f3e7226642024313fc3a92b"),
            (Form::Hex, "702F617E73227327773C6F3E7226642024313FC3A92B"),
        ] {
            let same = form == Form::Shell && has(Form::Json, text);
            assert!(has(form, text) || same, "{form:?} {text}");
        }
    }

    #[test]
    fn base64_of_anything_around_the_value_holds_one_of_its_forms() {
        let forms = of(&Secret::new(VALUE.into()), 6);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "x", "xy", "xyz", "\n"] {
                let text = format!("{before}{VALUE}{after}");
                for encoded in [encode(&text), encode_url_safe(&text)] {
                    let is_in = |known: &[u8]| encoded.as_bytes().windows(known.len()).any(|window| window == known);
                    assert!(forms.iter().any(|(_, known)| is_in(known)), "{before}|{after}: {encoded}");
                }
            }
        }
    }

    #[test]
    fn each_line_of_a_key_counts_but_for_its_frame() {
        let key = "-----BEGIN KEY-----\nMHcCAQEEIGanothing\nofuse0000000000\n-----END KEY-----\n";
        let lines: Vec<_> = of(&Secret::new(key.into()), 6)
            .into_iter()
            .filter(|(form, _)| *form == Form::Line)
            .map(|(_, text)| String::from_utf8(text.to_vec()).unwrap())
            .collect();
        assert_eq!(lines, ["MHcCAQEEIGanothing", "ofuse0000000000"]);
    }

    #[test]
    fn short_values_have_no_form() {
        assert!(of(&Secret::new("  abc12 \n".into()), 6).is_empty());
        assert!(!of(&Secret::new("abc123\n".into()), 6).is_empty());
    }
}
