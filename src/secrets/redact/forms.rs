//! What is searched for: a value as it is, its lines, its base64 and its hex. Escapes are read by [`super::escape`].

use zeroize::Zeroizing;

use crate::base::base64::{encode, encode_unpadded, encode_url_safe};
use crate::base::hex::hex;

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
    /// A secret inside the value: a field of JSON, a password in an address.
    Part,
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
            Self::Part => "with a part of it",
        }
    }
}

/// A text that is zeroed when dropped.
pub type Text = Zeroizing<Vec<u8>>;

/// Every form of `value` that is searched for and has at least `shortest` bytes, each text once. Blanks at the ends do not count as
/// part of a value: printing it may drop or add some.
pub(super) fn of(value: &str, shortest: usize) -> Vec<(Form, Text)> {
    let value = value.trim();
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
    base64(value.as_bytes(), &mut add);
    // A document with the value in it, as base64: `.dockerconfigjson`, a ConfigMap of JSON.
    let quoted = Zeroizing::new(serde_json::Value::from(value).to_string());
    base64(quoted.get(1..quoted.len() - 1).unwrap_or_default().as_bytes(), &mut add);
    add(Form::Hex, hex(value.as_bytes()));
    for line in value.lines().map(str::trim).filter(|line| line.len() >= LINE && !is_frame(line)) {
        add(Form::Line, line.to_owned());
    }
    all
}

/// So many bytes of a value decide which forms its beginning has; a multiple of three, so that base64 needs no padding.
const BEGINNING: usize = 48;

/// The beginning of every form of `value`, each text once: what has none of them has none of the forms.
pub fn beginnings(value: &str, shortest: usize) -> Vec<(Form, Text)> {
    let value = value.trim();
    let beginning = value.get(..value.floor_char_boundary(BEGINNING)).unwrap_or_default();
    let mut all: Vec<(Form, Text)> = Vec::new();
    for (form, mut text) in of(beginning, shortest) {
        let longest = match form {
            // A pattern ends where a character ends.
            Form::Plain => beginning.floor_char_boundary(16),
            Form::Hex => 16,
            Form::Line => continue,
            _ => 12,
        };
        text.truncate(longest);
        if all.iter().all(|(_, known)| *known != text) {
            all.push((form, text));
        }
    }
    all
}

/// A shorter line of a longer value, in bytes, does not count as a secret by itself.
const LINE: usize = 12;

/// `-----BEGIN PRIVATE KEY-----` and the like, which are not secret.
fn is_frame(line: &str) -> bool {
    line.starts_with("-----") && line.ends_with("-----")
}

/// Base64 encodes three bytes as four characters, so a value inside a longer text has three forms. Of each, only the characters are
/// used that do not depend on neighbouring bytes. The value by itself is used as a whole.
fn base64(value: &[u8], add: &mut impl FnMut(Form, String)) {
    for text in [encode(value), encode_unpadded(value)] {
        add(Form::Base64, text);
    }
    add(Form::Base64Url, encode_url_safe(value));
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

    #[test]
    fn base64_of_anything_around_the_value_holds_one_of_its_forms() {
        let forms = of(VALUE, 6);
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "x", "xy", "xyz", "\n"] {
                for value in [VALUE, &VALUE.replace('"', "\\\"")] {
                    let text = format!("{before}{value}{after}");
                    for encoded in [encode(&text), encode_url_safe(&text)] {
                        let is_in =
                            |known: &[u8]| encoded.as_bytes().windows(known.len()).any(|window| window == known);
                        assert!(forms.iter().any(|(_, known)| is_in(known)), "{before}|{after}: {encoded}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_line_of_a_key_counts_but_for_its_frame() {
        let key = "-----BEGIN KEY-----\nMHcCAQEEIGanothing\nofuse0000000000\n-----END KEY-----\n";
        let lines: Vec<_> = of(key, 6)
            .into_iter()
            .filter(|(form, _)| *form == Form::Line)
            .map(|(_, text)| String::from_utf8(text.to_vec()).unwrap())
            .collect();
        assert_eq!(lines, ["MHcCAQEEIGanothing", "ofuse0000000000"]);
    }

    #[test]
    fn short_values_have_no_form() {
        assert!(of("  abc12 \n", 6).is_empty());
        assert!(!of("abc123\n", 6).is_empty());
    }
}
