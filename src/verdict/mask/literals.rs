//! Many texts, taken out of a report that as a rule holds none of them.

use daachorse::{DoubleArrayAhoCorasick, DoubleArrayAhoCorasickBuilder, MatchKind};

/// Texts, looked for all at once.
#[derive(Default)]
pub(super) enum Literals {
    #[default]
    None,
    Searched(DoubleArrayAhoCorasick<usize>),
    /// No automaton could be built over them, so that nothing can be said to hold none.
    Unsearchable,
}

impl Literals {
    /// Looks for `texts`; an empty one is not found.
    pub(super) fn of(mut texts: Vec<String>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        texts.retain(|text| !text.is_empty());
        if texts.is_empty() {
            return Self::None;
        }
        let builder = DoubleArrayAhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest);
        builder.build(&texts).map_or(Self::Unsearchable, Self::Searched)
    }

    /// `text` with `instead` in place of each of them, the longest of those that begin first; nothing when it holds none.
    pub(super) fn replaced(&self, text: &str, instead: &str) -> Option<String> {
        let automaton = match self {
            Self::None => return None,
            Self::Unsearchable => return Some(instead.to_owned()),
            Self::Searched(automaton) => automaton,
        };
        let mut out = String::new();
        let mut done = 0;
        for found in automaton.leftmost_find_iter(text) {
            out.push_str(text.get(done..found.start()).unwrap_or_default());
            out.push_str(instead);
            done = found.end();
        }
        if done == 0 {
            return None;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn takes_out_what_another_automaton_does(
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
    fn the_longest_of_those_that_begin_together_is_taken_out() {
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
        assert!(literals.replaced("secre", "#").is_none() && Literals::default().replaced("secret", "#").is_none());
    }
}
