//! Every rule against its samples, and all rules against hostile texts.
//!
//! A sample is a template: `<hex:40>` is forty random characters of that class, `<github:30>` thirty with their checksum. So no
//! source file contains no token. `«»` surround the secret where it is not the whole sample.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use base64::Engine as _;

use super::*;

thread_local! {
    static ATTEMPTS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// Counts one attempt of a pattern on a piece of text.
pub(super) fn count(bytes: usize) {
    ATTEMPTS.with(|attempts| attempts.set(attempts.get() + 1));
    BYTES.with(|total| total.set(total.get() + bytes));
}

/// Numbers that are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % below as u64).unwrap()
    }

    fn of(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length).map(|_| char::from(alphabet[self.next(alphabet.len())])).collect()
    }
}

const SMALL: &str = "abcdefghijklmnopqrstuvwxyz";
const LARGE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";

fn part(numbers: &mut Numbers, class: &str, length: usize) -> String {
    let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let alphanumeric = format!("{DIGITS}{LARGE}{SMALL}");
    match class {
        "hex" => numbers.of("0123456789abcdef", length),
        "HEX" => numbers.of("0123456789ABCDEF", length),
        "d" => numbers.of(DIGITS, length),
        "a" => numbers.of(SMALL, length),
        "A" => numbers.of(LARGE, length),
        "aA" => numbers.of(&format!("{SMALL}{LARGE}"), length),
        "b36" => numbers.of(&format!("{DIGITS}{SMALL}"), length),
        "B36" => numbers.of(&format!("{DIGITS}{LARGE}"), length),
        "b32" => numbers.of("abcdefghijklmnopqrstuvwxyz234567", length),
        "B32" => numbers.of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length),
        "bech32" => numbers.of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", length),
        "b58" => numbers.of("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", length),
        "b62" => numbers.of(&alphanumeric, length),
        // The ends are letters or digits, so that a sample's length is the token's.
        "b64" | "b64url" if length < 3 => numbers.of(&alphanumeric, length),
        "b64" | "b64url" => {
            let more = if class == "b64" { "+/" } else { "-_" };
            let inner = numbers.of(&format!("{alphanumeric}{more}"), length - 2);
            format!("{}{inner}{}", numbers.of(&alphanumeric, 1), numbers.of(&alphanumeric, 1))
        }
        "crypt" => numbers.of(&format!("{alphanumeric}./"), length),
        "discord" => encode(format!("{}{}", numbers.of("123456789", 1), numbers.of(DIGITS, 17)).as_bytes()),
        "uuid" => [8, 4, 4, 4, 12].map(|length| numbers.of("0123456789abcdef", length)).join("-"),
        "github" => {
            let random = numbers.of(&alphanumeric, length);
            format!("{random}{}", checksum::digits(checksum::crc32(random.as_bytes()), 62, 6))
        }
        "gitlab" => {
            let payload = part(numbers, "b64url", length);
            let body = format!("glpat-{payload}.01.{}", checksum::digits(u32::try_from(length).unwrap(), 36, 2));
            format!("{body}{}", checksum::digits(checksum::crc32(body.as_bytes()), 36, 7))
        }
        "json" => encode(format!(r#"{{"alg":"RS256","kid":"{}"}}"#, numbers.of(&alphanumeric, length)).as_bytes()),
        "claims" => encode(format!(r#"{{"sub":"{}","exp":1999999999}}"#, numbers.of(&alphanumeric, length)).as_bytes()),
        "tunnel" => {
            let secret = encode(numbers.of(&alphanumeric, length).as_bytes());
            let text = format!(
                r#"{{"a":"{}","t":"{}","s":"{secret}"}}"#,
                numbers.of("0123456789abcdef", 32),
                part(numbers, "uuid", 0)
            );
            base64::engine::general_purpose::STANDARD.encode(text)
        }
        "basic" => {
            base64::engine::general_purpose::STANDARD.encode(format!("deploy:{}", numbers.of(&alphanumeric, length)))
        }
        "glc" => {
            let text =
                format!(r#"{{"o":"12345","n":"ci","k":"{}","m":{{"r":"eu"}}}}"#, numbers.of(&alphanumeric, length));
            base64::engine::general_purpose::STANDARD.encode(text)
        }
        "glk" => {
            let text = format!(r#"{{"k":"{}","n":"ci","id":1}}"#, numbers.of(&alphanumeric, length));
            base64::engine::general_purpose::STANDARD.encode(text)
        }
        "pem" => {
            let body = part(numbers, "lines", length);
            let kind = "RSA PRIVATE KEY";
            let text = format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n");
            base64::engine::general_purpose::STANDARD.encode(text)
        }
        "wrapped" => {
            let text = part(numbers, "pem", length);
            let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
            lines.join("\n  ")
        }
        "none" => encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, numbers.of(&alphanumeric, length)).as_bytes()),
        "encode" => encode(numbers.of(&alphanumeric, length).as_bytes()),
        "lines" => {
            let body: String = (0..length / 64).map(|_| format!("{}\n", part(numbers, "b64", 64))).collect();
            format!("{body}{}", part(numbers, "b64", length % 64))
        }
        other => panic!("no class {other:?}"),
    }
}

/// Whether `rest`, which follows a `<`, is a class of characters and a length.
fn is_class(rest: &str) -> bool {
    let Some((class, _)) = rest.split_once('>') else { return false };
    let is_counted = class.split_once(':').is_some_and(|(class, length)| {
        class.bytes().all(|byte| byte.is_ascii_alphanumeric()) && length.parse::<usize>().is_ok()
    });
    matches!(class, "uuid" | "discord") || is_counted
}

/// A sample of a template, and the span of the secret in it.
fn sample(template: &str, seed: u64) -> (String, Range<usize>) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..8 {
        numbers.next(2);
    }
    let mut text = String::new();
    let (mut from, mut to) = (None, None);
    let mut rest = template;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        match character {
            '«' => from = Some(text.len()),
            '»' => to = Some(text.len()),
            '<' if is_class(rest) => {
                let (class, after) = rest.split_once('>').unwrap();
                rest = after;
                let (class, length) = class.split_once(':').unwrap_or((class, "0"));
                text += &part(&mut numbers, class, length.parse().unwrap());
            }
            other => text.push(other),
        }
    }
    let span = from.unwrap_or(0)..to.unwrap_or(text.len());
    (text, span)
}

/// Every keyword of every rule in `text`, in any case.
fn hits(text: &str) -> Vec<(usize, Range<usize>)> {
    /// By their first three bytes.
    type Words = HashMap<[u8; 3], Vec<(usize, String)>>;
    static WORDS: LazyLock<Words> = LazyLock::new(|| {
        let mut words = Words::new();
        for (number, rule) in RULES.iter().enumerate() {
            for keyword in rule.keywords {
                let keyword = keyword.to_ascii_lowercase();
                words.entry(*keyword.as_bytes().first_chunk().unwrap()).or_default().push((number, keyword));
            }
        }
        words
    });
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (at, start) in lower.as_bytes().windows(3).enumerate() {
        for (number, keyword) in WORDS.get(start).into_iter().flatten() {
            if lower.as_bytes()[at..].starts_with(keyword.as_bytes()) {
                found.push((*number, at..at + keyword.len()));
            }
        }
    }
    found
}

/// Everything all rules find in `text`.
fn found(text: &str) -> Vec<(usize, Range<usize>)> {
    hits(text).into_iter().filter_map(|(number, hit)| Some((number, find(number, text, hit)?))).collect()
}

/// Everything rule `number` finds in `text`, once each.
fn all(number: usize, text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for keyword in RULES[number].keywords {
        for (at, keyword) in lower.match_indices(&keyword.to_ascii_lowercase()) {
            found.extend(find(number, text, at..at + keyword.len()));
        }
    }
    found.sort_by_key(|span| (span.start, span.end));
    found.dedup();
    found
}

/// `text` in a context of a document: the length of the part before it, and the whole.
fn contexts(text: &str) -> Vec<(usize, String)> {
    let mut wraps = vec![
        ("", ""),
        ("\"", "\""),
        ("'", "',"),
        ("x=", ""),
        ("{\"a\":\"", "\"}"),
        ("{\\\"a\\\":\\\"", "\\\"}"),
        ("first\\n", "\\nlast"),
        ("(", ")"),
        ("<v>", "</v>"),
        ("$ run ", "; exit"),
        ("\u{1b}[32m", "\u{1b}[0m"),
    ];
    if !text.contains(|character: char| character.is_whitespace() || "\"'&?#\\{".contains(character)) {
        wraps.extend([("https://a.b/c?d=", "&e=f"), ("https%3A%2F%2Fa.b%2Fc%3Fd%3D", "%26e=f"), ("q=%22", "%22")]);
    }
    wraps.into_iter().map(|(before, after)| (before.len(), format!("{before}{text}{after}"))).collect()
}

#[test]
fn every_token_is_found_in_every_context() {
    let mut wrong = Vec::new();
    for (number, rule) in RULES.iter().enumerate() {
        for template in rule.good {
            for seed in 1..=20 {
                let (text, span) = sample(template, seed);
                // Each alone, and in two of the contexts, which rotate.
                let contexts = contexts(&text);
                let turn = usize::try_from(seed).unwrap();
                for n in [0, turn * 2 % contexts.len(), (turn * 2 + 1) % contexts.len()] {
                    let (shift, text) = &contexts[n];
                    let expected = span.start + shift..span.end + shift;
                    let found = all(number, text);
                    if found != [expected.clone()] {
                        wrong.push(format!("{} {template}: {found:?}, not {expected:?}, in {text}", rule.name));
                    }
                }
            }
        }
    }
    let count = wrong.len();
    wrong.dedup_by_key(|text| text.split(": ").next().unwrap_or_default().to_owned());
    assert!(wrong.is_empty(), "{count} in all\n{}", wrong.join("\n"));
}

#[test]
fn near_misses_are_left_alone_by_all_rules() {
    let mut wrong = Vec::new();
    for rule in RULES.iter() {
        for template in rule.near {
            for seed in 1..=6 {
                let (text, _) = sample(template, seed);
                for text in [text.clone(), format!("\"{text}\""), format!("{{\"a\": \"{text}\"}}")] {
                    for (number, span) in found(&text) {
                        wrong.push(format!("{} {template}: {} finds {}", rule.name, RULES[number].name, &text[span]));
                    }
                }
            }
        }
    }
    let count = wrong.len();
    wrong.dedup_by_key(|text| text.split(": ").next().unwrap_or_default().to_owned());
    assert!(wrong.is_empty(), "{count} in all\n{}", wrong.join("\n"));
}

#[test]
fn placeholders_in_a_tokens_place_are_left_alone() {
    let mut wrong = Vec::new();
    for (number, rule) in RULES.iter().enumerate() {
        for template in rule.good {
            let (text, span) = sample(template, 7);
            let secret = &text[span.clone()];
            let body = rule.keywords.iter().find_map(|keyword| secret.strip_prefix(keyword)).unwrap_or(secret);
            let at = span.end - body.len();
            if body.len() < 16 {
                continue;
            }
            for filler in ["x", "X", "0", "1234567890", "deadbeef", "a"] {
                let made: String = filler.chars().cycle().take(body.len()).collect();
                let text = format!("{}{made}{}", &text[..at], &text[span.end..]);
                if let Some(span) = all(number, &text).first() {
                    wrong.push(format!("{}: {}", rule.name, &text[span.clone()]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rules_are_whole() {
    let mut names = HashSet::new();
    for (number, rule) in RULES.iter().enumerate() {
        let Rule { name, what, keywords, good, near, .. } = rule;
        assert!(names.insert(name), "{name} twice");
        assert!(compiled(number).is_some(), "{name}: the pattern");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{name}");
        let is_article = ["a ", "an ", "the "].iter().any(|article| what.starts_with(article));
        assert!(is_article, "{name}: {what}");
        assert!(!keywords.is_empty() && good.len() >= 2 && near.len() >= 2, "{name}: samples");
        for keyword in *keywords {
            assert!(keyword.len() >= 3 && keyword.is_ascii(), "{name}: {keyword}");
            assert!(!keyword.contains(|c: char| c == '"' || c == '\\' || c.is_control()), "{name}: {keyword}");
        }
    }
    assert!(RULES.len() >= 260, "{} rules", RULES.len());
}

/// The work on a text that repeats one keyword, with and without characters of a token in between, stays within a constant
/// times its length: at most one attempt per keyword, on a bounded piece, and pieces that a token of the rule could
/// extend into do not overlap.
#[test]
fn hostile_texts_cost_no_more_than_others() {
    const LENGTH: usize = 200_000;
    const BETWEEN: [&str; 12] =
        ["", "aB3", "a1b2c3d4e5f60718", "=", " ", "\\n", "%3D", "_", "-", ".", "key: ", "a1b2c3d4="];
    let mut wrong = Vec::new();
    for (number, rule) in RULES.iter().enumerate() {
        let may_overlap = rule.recurs || !(rule.free || compiled(number).unwrap().classes.is_open);
        let reach = rule.reach + rule.back;
        assert!(reach <= 20 << 10, "{}", rule.name);
        for keyword in rule.keywords {
            let mut units: Vec<String> = BETWEEN.iter().map(|between| format!("{keyword}{between}")).collect();
            units.push(format!("=\"{keyword}{}", "a1B2".repeat(24)));
            for unit in units {
                let text = unit.repeat(LENGTH / unit.len());
                ATTEMPTS.with(|attempts| attempts.set(0));
                BYTES.with(|bytes| bytes.set(0));
                // A few in a row in the middle: the others are alike.
                let middle = LENGTH / unit.len() / 2 * unit.len() + unit.find(keyword).unwrap();
                let hits = 24;
                for at in (middle..).step_by(unit.len()).take(hits) {
                    find(number, &text, at..at + keyword.len());
                }
                let (attempts, bytes) = (ATTEMPTS.with(Cell::get), BYTES.with(Cell::get));
                let most = if may_overlap { attempts * reach } else { hits * (unit.len() + rule.back) + reach };
                if attempts > hits || bytes > most {
                    wrong.push(format!("{} {unit}: {attempts} attempts, {bytes} bytes", rule.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_token_ends_where_it_ends() {
    let number = RULES.iter().position(|rule| rule.name == "digitalocean-token").unwrap();
    let (token, _) = sample("dop_v1_<hex:64>", 3);
    for text in [format!("{token}0"), format!("a{token}"), format!("9{token}"), token.replace("dop", "DOP")] {
        assert!(all(number, &text).is_empty(), "{text}");
    }
    for text in [format!("\u{e4}{token}\u{e4}"), format!("\\u003d{token}\\u0026"), format!("%253D{token}%2526")] {
        assert_eq!(all(number, &text).len(), 1, "{text}");
    }
    assert!(find(number, "", 0..7).is_none() && find(usize::MAX, &token, 0..7).is_none());
    for number in 0..RULES.len() {
        assert!(find(number, "text", 0..0).is_none() && find(number, "text", 2..9).is_none());
    }
    assert!(find(number, "\u{e4}\u{e4}\u{e4}", 1..4).is_none());
}
