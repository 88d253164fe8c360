//! Removes many values from a report that usually contains none of them.
//!
//! A document can hold thousands of keys and certificates, and an automaton over all their bytes, in every form, takes longer to build
//! than the document to check. So a text is first searched for the beginnings of the values; only those that begin in it are
//! searched for as a whole, in every decoding of the text.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::SHORTEST;
use crate::base::search::Overlapping;
use crate::base::secret::Secret;
use crate::secrets::redact::{MASKED, SecretMatcher, forms};

/// So many bytes of a value are searched for. A text that holds them ends there: no report shows a longer one.
const LONGEST: usize = 4096;

/// When more values than this seem to begin in one text, everything is removed from the first of them on.
const MOST: usize = 64;

/// So many searches for whole values are kept.
const KEPT: usize = 64;

/// Searches for all values at once.
#[derive(Default)]
pub(super) struct Literals {
    values: Vec<Secret>,
    /// The beginnings of the values as they are, in base64 and in hex; and which values begin so, by beginning.
    beginnings: Option<Overlapping>,
    beginning: Vec<Vec<u32>>,
    /// The same in every decoding of a text; made for the first text that can be decoded.
    decoding: OnceLock<SecretMatcher>,
    /// Whole values, by which they are.
    whole: Mutex<HashMap<Vec<u32>, Arc<SecretMatcher>>>,
}

impl Literals {
    /// Searches for `values`, except short ones.
    pub(super) fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut texts: Vec<&str> = values.into_iter().map(str::trim).filter(|text| text.len() >= SHORTEST).collect();
        texts.sort_unstable();
        texts.dedup();
        let mut beginnings: BTreeMap<Vec<u8>, Vec<u32>> = BTreeMap::new();
        for (n, text) in (0..).zip(&texts) {
            for beginning in written(text) {
                let values = beginnings.entry(beginning).or_default();
                if values.last() != Some(&n) {
                    values.push(n);
                }
            }
        }
        let cut = |text: &str| text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().to_owned();
        Self {
            values: texts.into_iter().map(|text| Secret::new(cut(text))).collect(),
            beginnings: Overlapping::of(beginnings.keys()),
            beginning: beginnings.into_values().collect(),
            ..Self::default()
        }
    }

    /// `text` without any of the values; `None` if it contains none.
    pub(super) fn masked(&self, text: &str) -> Option<String> {
        if self.values.is_empty() {
            return None;
        }
        // No automaton could be built, so every text may contain a value.
        let Some(beginnings) = &self.beginnings else { return Some(MASKED.to_owned()) };
        let mut first = text.len();
        let mut found: Vec<u32> = Vec::new();
        for hit in beginnings.find(text.bytes()) {
            first = first.min(hit.start());
            found.extend(self.beginning.get(hit.pattern()).into_iter().flatten());
        }
        if can_be_decoded(text) {
            let decoding = self.decoding.get_or_init(|| SecretMatcher::of_beginnings(&self.values, SHORTEST));
            for hit in decoding.find(text.as_bytes()) {
                first = first.min(hit.start);
                found.extend(u32::try_from(hit.value));
            }
        }
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            return None;
        }
        if found.len() > MOST {
            let kept = text.get(..text.floor_char_boundary(first)).unwrap_or_default();
            return Some([kept, MASKED].concat());
        }
        let is_cut = self.among(&found).any(|value| value.expose().len() + 3 >= LONGEST);
        let masked = self.whole(found).mask(text);
        if masked == text {
            return None;
        }
        match masked.find(MASKED).filter(|_| is_cut) {
            Some(at) => Some(masked.get(..at + MASKED.len()).unwrap_or(MASKED).to_owned()),
            None => Some(masked),
        }
    }

    fn among<'s>(&'s self, which: &'s [u32]) -> impl Iterator<Item = &'s Secret> {
        which.iter().filter_map(|n| self.values.get(usize::try_from(*n).ok()?))
    }

    /// The search for these values as a whole.
    fn whole(&self, which: Vec<u32>) -> Arc<SecretMatcher> {
        let mut kept = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(&which) {
            return Arc::clone(known);
        }
        if kept.len() >= KEPT {
            kept.clear();
        }
        let new = SecretMatcher::for_stream(self.among(&which).map(|value| (value, SHORTEST)));
        Arc::clone(kept.entry(which).or_insert_with(|| Arc::new(new)))
    }
}

/// The beginnings of `text` in the forms that need no decoding.
fn written(text: &str) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (form, beginning) in forms::beginnings(text, SHORTEST) {
        if form == forms::Form::Hex {
            all.push(beginning.to_ascii_uppercase());
        }
        // A pointer writes two characters in its own way.
        if form == forms::Form::Plain && beginning.iter().any(|byte| matches!(byte, b'~' | b'/')) {
            let pointer = String::from_utf8_lossy(&beginning).replace('~', "~0").replace('/', "~1");
            all.push(pointer.into_bytes());
        }
        all.push(beginning.to_vec());
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether `text` has something that stands for something else, or hex in groups.
fn can_be_decoded(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_escape = |byte: u8| matches!(byte, b'%' | b'\\' | b'&' | b'+' | b'\n');
    let is_doubled = |pair: &[u8]| matches!(pair, b"$$" | b"''" | b"\"\"" | b"'\"" | b"\"'");
    let is_hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    let is_group = |bytes: &[u8]| match bytes {
        [first @ .., one, another, separator] => {
            matches!(separator, b':' | b'-' | b' ' | b',') && is_hex(&[*one, *another]) && first.is_empty()
        }
        _ => false,
    };
    bytes.iter().any(|byte| is_escape(*byte))
        || bytes.windows(2).any(is_doubled)
        || bytes.windows(6).any(|six| six.split_at_checked(3).is_some_and(|(one, two)| is_group(one) && is_group(two)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_values_that_are_there_are_removed() {
        let literals = Literals::of(["secret", "secret-long", "secret-longer-x", "short", ""]);
        for (text, expected) in [
            ("a secret-longer-x b", "a [secret] b"),
            ("a secret-longer-y b", "a [secret]er-y b"),
            ("secret-longer-x.secret", "[secret].[secret]"),
        ] {
            assert_eq!(literals.masked(text).unwrap(), expected);
        }
        for text in ["secre short", "", "a%2Fb and &amp; and 61:62:63"] {
            assert_eq!(literals.masked(text), None, "{text}");
        }
        assert_eq!(Literals::of([]).masked("secret"), None);
    }

    #[test]
    fn a_long_value_is_removed_where_it_is_cut_off() {
        let long = format!("{}-{}", "k".repeat(40), "x".repeat(9000));
        let literals = Literals::of([long.as_str()]);
        assert_eq!(literals.masked(&format!("a {long}y b")).unwrap(), "a [secret]");
        for length in [100, 9000] {
            let literals = Literals::of([&long[..length]]);
            for cut in [20, 40, 60, 99] {
                let masked = literals.masked(&format!("a {}… b", &long[..cut])).unwrap();
                assert!(
                    masked.starts_with("a [secret]") && !masked.contains("kkkk") && !masked.contains("xxxx"),
                    "{masked}"
                );
            }
        }
        assert_eq!(literals.masked(&format!("a {} b", "k".repeat(20))), None);
    }

    #[test]
    fn many_values_that_begin_alike_are_removed_to_the_end() {
        let values: Vec<String> =
            (0..99).map(|n| format!("{}{n}", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9".repeat(2))).collect();
        let literals = Literals::of(values.iter().map(String::as_str));
        assert_eq!(literals.masked(&format!("x {} y", values[7])).unwrap(), "x [secret]");
    }

    proptest! {
        #[test]
        fn a_value_is_removed_in_every_encoding(
            values in prop::collection::vec("[g-zG-Z][ -~é]{6,60}[g-zG-Z]", 1..6), which in 0..9_usize, how in 0..10_usize, around in "[ .;]{0,3}",
        ) {
            use crate::base::base64::{encode, encode_unpadded, encode_url_safe};
            let value = &values[which % values.len()];
            let each = |write: fn(char) -> String| value.chars().map(write).collect::<String>();
            let bytes = |write: fn(u8) -> String, between: &str| value.bytes().map(write).collect::<Vec<_>>().join(between);
            let encoded = match how {
                0 => value.clone(),
                1 => bytes(|byte| format!("%{byte:02X}"), ""),
                2 => each(|c| if c.is_ascii_alphanumeric() || c == '/' { c.into() } else { c.to_string().bytes().map(|byte| format!("%25{byte:02x}")).collect() }),
                3 => serde_json::Value::from(value.as_str()).to_string().trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned(),
                4 => each(|c| if c.is_ascii() { format!("\\u{:04X}", u32::from(c)) } else { c.into() }),
                5 => each(|c| format!("&#x{:x};", u32::from(c))),
                6 => encode(value),
                7 => encode_url_safe(format!("::{value}::")),
                8 => bytes(|byte| format!("{byte:02x}"), ":"),
                _ => encode_unpadded(value),
            };
            let literals = Literals::of(values.iter().map(String::as_str));
            let masked = literals.masked(&format!("x{around} {encoded} {around}y"));
            prop_assert!(masked.as_ref().is_some_and(|masked| masked.contains(MASKED)), "{encoded}: {masked:?}");
            let left = masked.unwrap_or_default();
            prop_assert!(!left.contains(&encoded) && left.len() <= 2 * around.len() + 40, "{encoded}: {left}");
        }
    }
}
