//! What must hold for every value, every encoder, and every text around it.

use std::sync::Arc;

use proptest::prelude::*;

use super::stream::Masker;
use super::*;
use crate::base::base64::{encode, encode_url_safe};

fn known(values: &[&str]) -> SecretMatcher {
    let secrets: Vec<Secret> = values.iter().map(|value| Secret::new((*value).to_owned())).collect();
    SecretMatcher::of(&secrets, 6)
}

#[test]
fn every_value_is_found_at_its_position() {
    let known = known(&["first-Value-1", "second-Value-2"]);
    let text = "a second-Value-2 b first-Value-1";
    let hits = known.find(text.as_bytes());
    let found: Vec<_> = hits.iter().map(|hit| (hit.value, &text[hit.start..hit.end], hit.form)).collect();
    assert_eq!(found, [(1, "second-Value-2", Form::Plain), (0, "first-Value-1", Form::Plain)]);
    assert!(known.find(b"first-Value, second-Value").is_empty());
}

#[test]
fn wrapped_and_grouped_values_are_found_and_adjacent_words_are_not() {
    let known = known(&["correctHorse"]);
    assert_eq!(known.find(b"x correct\n  Horse y").len(), 1);
    assert_eq!(known.find(b"636f 7272 6563 7448 6f72 7365").len(), 1);
    assert!(known.find(b"correct Horse").is_empty());
    assert_eq!(known.mask("x correct\nHorse y"), "x [secret] y");
    let known = self::known(&["correct Horse battery"]);
    assert_eq!(known.mask("x,y correct Horse\n  battery z"), "x,y [secret] z");
    assert_eq!(known.mask("x,y correct Hor\nse battery z"), "x,y [secret] z");
    for other in ["correctHorsebattery", "correct  Horse battery", "correct Horse, battery"] {
        assert_eq!(known.mask(other), other);
    }
}

#[test]
fn values_that_overlap_are_masked_whole() {
    let known = known(&["abcdef-123456", "123456-ghijkl"]);
    assert_eq!(known.mask("<abcdef-123456-ghijkl> and 123456-ghijkl."), "<[secret]> and [secret].");
    assert_eq!(known.mask("abcdef-123456"), "[secret]");
    assert_eq!(known.mask("nothing"), "nothing");
}

#[test]
fn no_values_or_only_short_ones_match_nothing() {
    assert!(known(&[]).is_empty() && known(&["ab", "", "   "]).is_empty());
    assert_eq!(known(&["ab"]).mask("about"), "about");
}

/// How a value is written.
#[derive(Clone, Debug)]
enum Encoder {
    /// The characters that are kept, besides letters and digits if those are; whether digits are in capitals.
    Percent {
        kept: String,
        words: bool,
        upper: bool,
    },
    Form,
    /// JSON: the characters that are written by number, whether all that is not ASCII is, whether in capitals, whether `/` is escaped.
    Json {
        numbered: String,
        ascii: bool,
        upper: bool,
        slash: bool,
    },
    /// By name or by number; `all` characters, or only those that XML has a meaning for.
    Xml {
        number: u8,
        all: bool,
    },
    SingleQuotes(&'static str),
    /// `printf %q`.
    Words,
    /// `$'…'`, by bytes.
    Ansi,
    Doubled,
    Pointer,
}

impl Encoder {
    fn write(&self, text: &str) -> String {
        let each = |write: &dyn Fn(char) -> String| text.chars().map(write).collect::<String>();
        match self {
            Self::Percent { kept, words, upper } => {
                percent(text, |c| kept.contains(c) || (*words && c.is_ascii_alphanumeric()), *upper)
            }
            Self::Form => percent(text, |c| c.is_ascii_alphanumeric() || "-_.* ".contains(c), true).replace(' ', "+"),
            Self::Json { numbered, ascii, upper, slash } => each(&|c| match c {
                _ if numbered.contains(c) || (*ascii && !c.is_ascii()) => units(c, *upper),
                '/' if *slash => "\\/".to_owned(),
                _ => serde_json::Value::from(c.to_string())
                    .to_string()
                    .trim_start_matches('"')
                    .strip_suffix('"')
                    .unwrap_or("\\\"")
                    .to_owned(),
            }),
            Self::Xml { number, all } => each(&|c| match (c, number) {
                (c, _) if !*all && !"&<>\"'".contains(c) => c.to_string(),
                (c, 1) => format!("&#{};", u32::from(c)),
                (c, 2) => format!("&#x{:x};", u32::from(c)),
                (c, 3) => format!("&#x{:04X};", u32::from(c)),
                ('&', _) => "&amp;".to_owned(),
                ('<', _) => "&lt;".to_owned(),
                ('>', _) => "&gt;".to_owned(),
                ('"', _) => "&quot;".to_owned(),
                ('\'', _) => "&#x27;".to_owned(),
                ('é', _) => "&eacute;".to_owned(),
                (c, _) => c.to_string(),
            }),
            Self::SingleQuotes(quote) => text.replace('\'', quote),
            Self::Words => {
                each(&|c| if c.is_ascii_punctuation() || c == ' ' { format!("\\{c}") } else { c.to_string() })
            }
            Self::Ansi => text
                .bytes()
                .map(|byte| match byte {
                    b'\'' | b'\\' => format!("\\{}", char::from(byte)),
                    b'\n' => "\\n".to_owned(),
                    b' '..=b'~' => char::from(byte).to_string(),
                    _ => format!("\\{byte:03o}"),
                })
                .collect(),
            Self::Doubled => text.replace('\'', "''"),
            Self::Pointer => text.replace('~', "~0").replace('/', "~1"),
        }
    }
}

fn percent(text: &str, is_kept: impl Fn(char) -> bool, upper: bool) -> String {
    let digits = |byte: u8| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") };
    text.chars().map(|c| if is_kept(c) { c.to_string() } else { c.to_string().bytes().map(digits).collect() }).collect()
}

fn units(c: char, upper: bool) -> String {
    let digits = |unit: &mut u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
    c.encode_utf16(&mut [0; 2]).iter_mut().map(digits).collect()
}

fn encoder() -> impl Strategy<Value = Encoder> {
    prop_oneof![
        ("[!\"#$&'()*+,/:;<=>?@\\[\\]^`{|}~\\\\._-]{0,30}", any::<bool>(), any::<bool>())
            .prop_map(|(kept, words, upper)| Encoder::Percent { kept, words, upper }),
        Just(Encoder::Form),
        ("[<>&'\"+/=\\\\a-z]{0,20}", any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(numbered, ascii, upper, slash)| Encoder::Json { numbered, ascii, upper, slash }),
        (0..4_u8, any::<bool>()).prop_map(|(number, all)| Encoder::Xml { number, all }),
        prop_oneof![Just("'\\''"), Just("'\"'\"'")].prop_map(Encoder::SingleQuotes),
        Just(Encoder::Words),
        Just(Encoder::Ansi),
        Just(Encoder::Doubled),
        Just(Encoder::Pointer),
    ]
}

/// A value: words, punctuation that encoders write otherwise, what looks like an escape, and characters of several bytes. Its ends
/// are letters that form no escape together with what stands beside them.
fn value() -> impl Strategy<Value = String> {
    "[g-zG-Z]([a-zA-Z0-9]|[!-~]|%2[0-9a-f]|\\\\n|\\\\u0041|&amp;|é|€|😀|'){8,24}[g-zG-Z]"
}

/// What stands around a value: it may end, or begin, like an escape.
const AROUND: &str = "([a-z0-9 ]{0,4}|\\\\|%|%4|&|&#|'|\"|\\{\"k\":\"|~|\n|\\\\u00|[:-])";

fn masked_in_pieces(known: &Arc<SecretMatcher>, text: &str, sizes: &[usize]) -> String {
    let (mut masker, mut out, mut rest) = (Masker::new(Arc::clone(known)), Vec::new(), text.as_bytes());
    for size in sizes {
        let (piece, after) = rest.split_at(*size.min(&rest.len()));
        masker.push(piece, &mut out);
        rest = after;
    }
    masker.push(rest, &mut out);
    masker.finish(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// What `text` must be once masked, with nothing but the beginning of an escape left of the value.
fn assert_masked(masked: &str, before: &str, after: &str, first: &str) {
    let middle = masked.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    let left = middle.and_then(|middle| middle.strip_suffix(MASKED));
    assert!(left.is_some_and(|left| first.starts_with(left)), "{masked:?}: {before:?} {after:?} {first:?}");
}

fn stream_of(value: &str) -> Arc<SecretMatcher> {
    Arc::new(SecretMatcher::for_stream([(&Secret::new(value.to_owned()), 4)]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_value_is_removed_however_it_is_encoded_and_nothing_else(
        value in value(), inner in encoder(), outer in prop::option::of(encoder()),
        before in AROUND, after in AROUND.prop_map(|after| after + "."), sizes in prop::collection::vec(0..9_usize, 0..60),
    ) {
        let write = |text: &str| {
            let once = inner.write(text);
            outer.as_ref().map_or(once.clone(), |outer| outer.write(&once))
        };
        let first = write(&value[..value.chars().next().map_or(0, char::len_utf8)]);
        let text = format!("{before}{}{after}", write(&value));
        let known = stream_of(&value);
        assert_masked(&known.mask(&text), &before, &after, &first);
        let whole = masked_in_pieces(&known, &text, &[]);
        assert_masked(&whole, &before, &after, &first);
        prop_assert_eq!(&masked_in_pieces(&known, &text, &sizes), &whole);
        prop_assert_eq!(&masked_in_pieces(&known, &text, &vec![1; text.len()]), &whole);
        let exact = SecretMatcher::of(&[Secret::new(value)], 6);
        assert_masked(&exact.mask(&text), &before, &after, &first);
    }

    #[test]
    fn hex_and_base64_are_removed_in_any_grouping(
        value in value(), upper in any::<bool>(), between in "(|:|-| |, 0x|\n|\\\\x|%)", group in 1..4_usize, before in "[ =\n]", sizes in prop::collection::vec(0..9_usize, 0..60),
    ) {
        let digits: Vec<String> = value.bytes().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect();
        let group = match between.as_str() {
            "\n" => group.max(2),
            _ if between.ends_with(['x', '%']) => 1,
            _ => group,
        };
        let hex = digits.chunks(group).map(<[String]>::concat).collect::<Vec<_>>().join(&between);
        let hex = if between.ends_with(['x', '%']) { format!("{}{hex}", between.trim_start_matches([',', ' '])) } else { hex };
        let known = stream_of(&value);
        for encoded in [hex, encode(&value), encode_url_safe(&value), percent(&encode(&value), |c| c.is_ascii_alphanumeric(), upper)] {
            let text = format!("{before}{encoded}\n");
            let whole = masked_in_pieces(&known, &text, &[]);
            let left = whole.strip_prefix(&before).and_then(|rest| rest.strip_suffix('\n')).unwrap_or(&whole);
            // The prefix of the first digits, and the padding, are not part of the value.
            prop_assert!(left.trim_start_matches("0x").trim_end_matches(['=']).trim_end_matches("%3D").trim_end_matches("%3d") == MASKED, "{:?}: {:?}", text, whole);
            prop_assert_eq!(&masked_in_pieces(&known, &text, &sizes), &whole);
            prop_assert_eq!(known.mask(&text), whole);
        }
    }

    #[test]
    fn a_text_without_the_value_stays_as_it_is(
        parts in prop::collection::vec(prop_oneof![AROUND.prop_map(|text| text), "[!-~ \n]{0,9}", "(%[0-9a-f]{2}|\\\\u[0-9a-f]{4}|&#x[0-9a-f]{2};|\\\\\\\\|''){1,9}"], 0..12),
        sizes in prop::collection::vec(0..9_usize, 0..60),
    ) {
        let text = parts.concat();
        let known = stream_of("kQ9-zu/Vd\"x7'Lw<y&b%2F");
        prop_assert_eq!(&known.mask(&text), &text);
        prop_assert_eq!(&masked_in_pieces(&known, &text, &sizes), &text);
    }
}

#[test]
fn quotes_in_quotes_of_two_shells_are_read() {
    let known = known(&["G''\\n''a0aG"]);
    let once = "G''\\n''a0aG".replace('\'', "'\\''");
    assert_eq!(known.mask(&once.replace('\'', "'\"'\"'")), MASKED);
}
