//! Whether a constraint of a webhook trigger authenticates whoever sends the webhook.
//!
//! Echo starts every pipeline whose constraints the payload meets: each is a regular expression, and Echo looks for it anywhere in
//! the value (`echo-pipelinetriggers/…/artifacts/ArtifactMatcher.java`, `Pattern.asPredicate`). Echo compares nothing else with the
//! sender. So a constraint authenticates when no text meets it that does not hold a secret.

use std::borrow::Cow;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::base::words::{is_hump, lower, split};
use crate::secrets::detect::{is_secret_name, random_length};

/// So many characters that look drawn at random are a secret.
const SECRET: usize = 8;

/// So many cannot be guessed.
pub const UNGUESSABLE: usize = 16;

/// How many ways through an expression are told apart. Beyond that nothing is known of what it matches.
const MOST_WAYS: usize = 64;

/// The longest expression that is read.
const LONGEST: usize = 4096;

/// How often a repeated part is written out.
const MOST_REPEATED: u32 = 32;

/// How many random texts are tried.
const TRIALS: u64 = 200;

/// Words of keys that say where a webhook comes from: whoever knows the repository knows their values.
const PUBLIC: [&str; 8] = ["repository", "repo", "branch", "ref", "action", "event", "sender", "url"];

/// What a constraint asks of a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A secret: every text that meets it holds so many characters that look drawn at random.
    Secret(usize),
    /// Nothing that only some senders know; why.
    Nothing(&'static str),
    /// Not known; why.
    Unread(&'static str),
}

/// What the constraint `pattern` on the key `key` asks. `public` are texts that everyone may know: names, branches, addresses.
pub fn asks<'t>(key: &str, pattern: &str, public: impl Iterator<Item = Cow<'t, str>>) -> Asks {
    if is_public(key) {
        return Asks::Nothing("its key says where the webhook comes from");
    }
    if pattern.trim().is_empty() {
        return Asks::Nothing("it is empty");
    }
    let Some(pattern) = without_quotes(pattern) else { return Asks::Unread("it does not end its \\Q") };
    let has_class_operation = pattern.contains('[') && ["&&", "--", "~~"].iter().any(|op| pattern.contains(op));
    if pattern.len() > LONGEST || has_class_operation {
        return Asks::Unread("it is too long, or it combines classes of characters");
    }
    let parsed = regex_syntax::Parser::new().parse(&pattern);
    let compiled = regex::RegexBuilder::new(&pattern).size_limit(1 << 20).build();
    let (Ok(parsed), Ok(compiled)) = (parsed, compiled) else {
        return Asks::Unread("it looks ahead or back, or is not a regular expression");
    };
    let least = ways(&parsed).iter().map(random_in).min().unwrap_or_default();
    if least < SECRET {
        return Asks::Nothing("it accepts texts without 8 characters that look drawn at random");
    }
    if trials().any(|text| compiled.is_match(&text)) {
        return Asks::Nothing("it accepts texts that were drawn at random");
    }
    if public.into_iter().any(|text| compiled.is_match(&text)) {
        return Asks::Nothing("it accepts a name or an address that the pipeline shows");
    }
    Asks::Secret(least)
}

/// Whether `text` is a secret that the constraint `pattern` on the key `key` asks for.
pub fn is_asked_for(key: &str, pattern: &str, text: &str) -> bool {
    let compiled = without_quotes(pattern).and_then(|pattern| regex::Regex::new(&pattern).ok());
    matches!(asks(key, pattern, std::iter::empty()), Asks::Secret(_))
        && compiled.is_some_and(|regex| regex.is_match(text))
}

/// Whether a key, or a path to one (`$.repository.name`), says where a webhook comes from. `event_token` does not.
fn is_public(key: &str) -> bool {
    let words: Vec<String> = split(key, char::is_alphanumeric, is_hump).map(lower).collect();
    let last = key.rsplit(['.', '/', '[', '\'', '"', ']']).find(|part| !part.is_empty()).unwrap_or(key);
    !is_secret_name(last) && words.iter().any(|word| PUBLIC.contains(&word.trim_end_matches('s')))
}

/// The pattern with each `\Q…\E` of Java written with escapes; `None` when one does not end.
fn without_quotes(pattern: &str) -> Option<Cow<'_, str>> {
    if !pattern.contains("\\Q") {
        return Some(Cow::Borrowed(pattern));
    }
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, quoted)) = rest.split_once("\\Q") {
        let (quoted, after) = quoted.split_once("\\E")?;
        out.push_str(before);
        out.push_str(&regex_syntax::escape(quoted));
        rest = after;
    }
    out.push_str(rest);
    Some(Cow::Owned(out))
}

/// One way through an expression: texts that every match of this way holds, in order.
type Way = Vec<Part>;

#[derive(Clone)]
enum Part {
    Literal(String),
    /// Anything, or nothing.
    Gap,
}

fn gap() -> Vec<Way> {
    vec![vec![Part::Gap]]
}

/// Every way through `hir`. The depth of the recursion is bounded: the parser refuses deep nesting.
fn ways(hir: &Hir) -> Vec<Way> {
    match hir.kind() {
        // Anchors and word boundaries take no text.
        HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => vec![vec![Part::Literal(text.to_owned())]],
            Err(_) => gap(),
        },
        HirKind::Class(class) => match only_character(class) {
            Some(character) => vec![vec![Part::Literal(character.to_string())]],
            None => gap(),
        },
        HirKind::Capture(capture) => ways(&capture.sub),
        HirKind::Repetition(repetition) => {
            if repetition.min == 0 {
                return gap();
            }
            let once = ways(&repetition.sub);
            let mut all = once.clone();
            for _ in 1..repetition.min.min(MOST_REPEATED) {
                all = joined(all, &once);
            }
            if repetition.max == Some(repetition.min) && repetition.min <= MOST_REPEATED {
                all
            } else {
                joined(all, &gap())
            }
        }
        HirKind::Concat(parts) => parts.iter().fold(vec![Vec::new()], |all, part| joined(all, &ways(part))),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(ways(branch));
                if all.len() > MOST_WAYS {
                    return gap();
                }
            }
            all
        }
    }
}

/// Each way of `before` followed by each of `after`; an unknown text where there would be too many.
fn joined(before: Vec<Way>, after: &[Way]) -> Vec<Way> {
    let other = gap();
    let after = if before.len() * after.len() > MOST_WAYS { &other } else { after };
    let one = |first: &Way, second: &Way| first.iter().chain(second).cloned().collect();
    before.iter().flat_map(|first| after.iter().map(move |second| one(first, second))).collect()
}

/// The character of a class that holds one, in either case.
fn only_character(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let folded = |character: char| character.to_lowercase().flat_map(char::to_uppercase).collect::<String>();
    let mut characters = class.iter().flat_map(|range| range.start()..=range.end()).take(5);
    let first = characters.next()?;
    let is_one = characters.all(|other| folded(other) == folded(first));
    is_one.then(|| first.to_lowercase().next()).flatten()
}

/// The longest random text in one way.
fn random_in(way: &Way) -> usize {
    let mut longest = 0;
    let mut literal = String::new();
    for part in way {
        match part {
            Part::Literal(text) => literal.push_str(text),
            Part::Gap => {
                longest = longest.max(random_length(&literal));
                literal.clear();
            }
        }
    }
    longest.max(random_length(&literal))
}

/// The empty text, each printable character, `true`, and random texts: the same in every run.
fn trials() -> impl Iterator<Item = String> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let printable = |number: u64| char::from(b' ' + u8::try_from(number % 95).unwrap_or_default());
    let random = (0..TRIALS).map(move |_| {
        let length = 1 + next() % 64;
        (0..length).map(|_| printable(next())).collect()
    });
    let fixed = ["", "true", "false", "null", "1"].into_iter().map(str::to_owned);
    fixed.chain((0..95).map(move |number| printable(number).to_string())).chain(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &str, pattern: &str) -> Asks {
        asks(key, pattern, ["https://git.example.com/acme/shop", "release/main"].into_iter().map(Cow::Borrowed))
    }

    #[test]
    fn every_match_of_a_secret_constraint_holds_a_random_literal() {
        for (pattern, length) in [
            ("Kx7tRw2qLp9v", 12),
            ("^Kx7tRw2qLp9v$", 12),
            ("^(Kx7tRw2qLp9v|Zt4mWq8bNc5x2)$", 12),
            (".*Kx7tRw2qLp9vZt4mWq8b.*", 20),
            ("token-[0-9]+-Kx7tRw2qLp9v", 12),
            ("(?i)kx7trw2qlp9v", 12),
            (r"\QKx7tRw2qLp9v\E", 12),
            ("6f1e0b7c-93d2-4c58-8a17-2be09d4c7a31", 36),
            ("9f2c41d07b6e58a3c9d0e1f2a3b4c5d6", 32),
            ("Bearer Kx7tRw2qLp9v", 12),
            (r"Kx7%tRw2!qLp9", 13),
            ("(?:Kx7tRw2qLp9v){1,2}", 12),
        ] {
            assert_eq!(of("token", pattern), Asks::Secret(length), "{pattern}");
        }
    }

    #[test]
    fn a_constraint_with_another_way_or_a_public_text_asks_for_nothing() {
        for pattern in [
            "",
            ".*",
            ".+",
            "^.*$",
            r"\S+",
            r"[\s\S]{8,}",
            "true",
            "success",
            "main",
            "deploy-production",
            "release-bot",
            "Kx7tRw2qLp9v|",
            "(Kx7tRw2qLp9v)?",
            "(Kx7tRw2qLp9v)*",
            "Kx7tRw2qLp9v|.*",
            "(Kx7tRw2qLp9v|main)",
            "Kx7tRw",
            "[Kx7tRw2qLp9v]",
            "[A-Za-z0-9]{40}",
            "^[0-9a-f]{32}$",
            "https://git.example.com/acme/shop",
            "refs/heads/main",
            "aaaaaaaaaaaaaaaa",
            "x{16}",
            "12345678",
            "release-bot@example.com",
            "com.acme.shop.deploy",
            "acme/shop-web:v1.2.3",
            "arn:aws:sns:eu-west-1:shop-topic",
            "K.x.7.t.R.w.2.q.L.p.9.v",
            "(?:K|x)(?:7|t)(?:R|w)(?:2|q)(?:L|p)(?:9|v)",
            "push",
            "opened|closed",
            "PipelineSucceeded",
            "2026-11-29",
            "v1.24.3",
        ] {
            assert!(matches!(of("token", pattern), Asks::Nothing(_)), "{pattern}: {:?}", of("token", pattern));
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_known() {
        for pattern in [
            "(?=.*)Kx7tRw2qLp9v",
            "(Kx7tRw2qLp9v",
            "${parameters.token}",
            r"\QKx7tRw2qLp9v",
            "[7--x][f--x]Kx7tRw2qLp9v",
            r"(a)\1Kx7tRw2qLp9v",
        ] {
            assert!(matches!(of("token", pattern), Asks::Unread(_)), "{pattern}: {:?}", of("token", pattern));
        }
    }

    #[test]
    fn keys_that_say_where_a_webhook_comes_from_ask_for_nothing() {
        for key in [
            "repository",
            "repo",
            "$.repository.full_name",
            "head_branch",
            "ref",
            "action",
            "eventType",
            "sender.login",
            "repository_url",
            "events",
        ] {
            assert!(matches!(of(key, "Kx7tRw2qLp9v"), Asks::Nothing(_)), "{key}");
        }
        for key in ["token", "secret", "signature", "x", "event_token", "$.auth.key", "preference", "reference"] {
            assert_eq!(of(key, "Kx7tRw2qLp9v"), Asks::Secret(12), "{key}");
        }
    }
}
