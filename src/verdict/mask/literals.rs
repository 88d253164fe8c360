//! Replaces many texts in a report that usually contains none of them.

use crate::base::search::LeftmostLongest;

/// How many bytes of a text are searched for; the rest is compared where they are found. A document can contain thousands of keys and
/// certificates, and building an automaton over all their bytes takes longer than checking the document.
const SEARCHED: usize = 32;

/// Searches for all texts at once.
#[derive(Default)]
pub(super) enum Literals {
    #[default]
    None,
    Searched {
        automaton: LeftmostLongest,
        /// Sorted, without duplicates.
        texts: Vec<String>,
    },
    /// No automaton could be built, so every text may contain one.
    Unsearchable,
}

impl Literals {
    /// Searches for `texts`, ignoring empty ones.
    pub(super) fn of(mut texts: Vec<String>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        texts.retain(|text| !text.is_empty());
        if texts.is_empty() {
            return Self::None;
        }
        let mut beginnings: Vec<&[u8]> =
            texts.iter().map(|text| text.as_bytes().get(..SEARCHED).unwrap_or(text.as_bytes())).collect();
        beginnings.dedup();
        match LeftmostLongest::of(&beginnings) {
            Some(automaton) => Self::Searched { automaton, texts },
            None => Self::Unsearchable,
        }
    }

    /// `text` with each of them replaced by `instead`, leftmost and longest first; `None` if it contains none. If `text` contains only
    /// the beginning of a long one, that part is replaced.
    pub(super) fn replaced(&self, text: &str, instead: &str) -> Option<String> {
        let (automaton, texts) = match self {
            Self::None => return None,
            Self::Unsearchable => return Some(instead.to_owned()),
            Self::Searched { automaton, texts } => (automaton, texts),
        };
        let mut out = String::new();
        let mut done = 0;
        for found in automaton.find(text) {
            // It may start within a replaced part and end after it.
            if found.end() <= done {
                continue;
            }
            let rest = text.as_bytes().get(found.start()..).unwrap_or_default();
            let length =
                if found.end() - found.start() < SEARCHED { found.end() - found.start() } else { shared(texts, rest) };
            if found.start() >= done {
                out.push_str(text.get(done..found.start()).unwrap_or_default());
                out.push_str(instead);
            }
            done = done.max(text.ceil_char_boundary(found.start() + length));
        }
        if done == 0 {
            return None;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Some(out)
    }
}

/// The longest common prefix of `rest` and any of `texts`, in bytes: that of a neighbour in sorted order.
fn shared(texts: &[String], rest: &[u8]) -> usize {
    let place = texts.partition_point(|text| text.as_bytes() <= rest);
    let near = texts.get(place.saturating_sub(1)..texts.len().min(place + 1)).unwrap_or_default();
    near.iter()
        .map(|text| text.bytes().zip(rest).take_while(|(one, other)| one == *other).count())
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn replaces_what_another_automaton_does(
            texts in prop::collection::vec("(aaaaaa|ab|é){1,3}[abé]{6,8}", 1..8), text in "(aaaaaa|ab|é|[abc])*"
        ) {
            let text = format!("{text}{}{text}", texts.concat());
            let kind = aho_corasick::MatchKind::LeftmostLongest;
            let other = AhoCorasick::builder().match_kind(kind).build(&texts).unwrap();
            let expected = other.replace_all(&text, &vec!["#"; texts.len()]);
            prop_assert_eq!(Literals::of(texts).replaced(&text, "#").unwrap_or(text), expected);
        }
    }

    #[test]
    fn the_longest_of_those_that_start_together_is_replaced() {
        let literals =
            Literals::of(["secret", "secret-long", "secret-longer-x", "secret-lone", ""].map(str::to_owned).into());
        for (text, expected) in [
            ("a secret-longer-y b", "a #er-y b"),
            ("secret-longer-xsecret", "##"),
            ("secret-lot", "#-lot"),
            ("secre secret", "secre #"),
        ] {
            assert_eq!(literals.replaced(text, "#").unwrap(), expected);
        }
        let long = format!("{}-{}", "k".repeat(40), "x".repeat(40));
        let literals_of_keys = Literals::of(vec![long.clone(), format!("{long}y"), "short-one".into()]);
        for (text, expected) in [
            (format!("a {long}y b"), "a # b"),
            (format!("a {long} b short-one"), "a # b #"),
            // Cut off in the middle.
            (format!("a {} b", &long[..50]), "a # b"),
            (format!("a {} b", &long[..20]), "a kkkkkkkkkkkkkkkkkkkk b"),
        ] {
            assert_eq!(literals_of_keys.replaced(&text, "#").unwrap_or(text), expected);
        }
        assert!(literals.replaced("secre", "#").is_none() && Literals::default().replaced("secret", "#").is_none());
    }
}
