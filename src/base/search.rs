//! Many strings searched for at once: the only file that names an Aho–Corasick crate.
//!
//! Two crates, each where it is measurably better. A double array (`daachorse`) over thousands of strings is built in a millisecond
//! and stays in the cache, where a table of all transitions takes eight megabytes; it finds whole matches only. An automaton whose
//! states can be held (`aho-corasick`) is needed where a text arrives in pieces.

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};
use daachorse::DoubleArrayAhoCorasick;

/// A match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    start: usize,
    end: usize,
    pattern: usize,
}

impl Found {
    /// First byte.
    pub fn start(&self) -> usize {
        self.start
    }

    /// One after the last byte.
    pub fn end(&self) -> usize {
        self.end
    }

    /// Which pattern, counted as they were given.
    pub fn pattern(&self) -> usize {
        self.pattern
    }

    fn of(found: daachorse::Match<usize>) -> Self {
        Self { start: found.start(), end: found.end(), pattern: found.value() }
    }
}

/// Finds every occurrence, overlapping ones too.
pub struct Overlapping(DoubleArrayAhoCorasick<usize>);

impl Overlapping {
    /// Searches for `patterns`; `None` when there are none, too many, or two are equal.
    pub fn of<P: AsRef<[u8]>>(patterns: impl IntoIterator<Item = P>) -> Option<Self> {
        let numbered = patterns.into_iter().enumerate().map(|(row, pattern)| (pattern, row));
        DoubleArrayAhoCorasick::with_values(numbered).ok().map(Self)
    }

    /// The occurrences in `bytes`, in the order of their ends.
    pub fn find(&self, bytes: impl Iterator<Item = u8>) -> impl Iterator<Item = Found> {
        self.0.find_overlapping_iter_from_iter(bytes).map(Found::of)
    }
}

/// A point reached in a [`Stepper`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State(StateID);

/// An automaton that is driven byte by byte, so that its state can be kept between the pieces of a text.
pub struct Stepper {
    automaton: NFA,
    start: State,
}

impl Stepper {
    /// Searches for `patterns`; `None` when there are none or too many.
    pub fn of<P: AsRef<[u8]>>(patterns: &[P]) -> Option<Self> {
        if patterns.is_empty() {
            return None;
        }
        let automaton = NFA::builder().match_kind(MatchKind::Standard).prefilter(false).build(patterns).ok()?;
        let start = State(automaton.start_state(Anchored::No).ok()?);
        Some(Self { automaton, start })
    }

    /// The state before the first byte.
    pub fn start(&self) -> State {
        self.start
    }

    /// The state after `byte`.
    pub fn next(&self, state: State, byte: u8) -> State {
        State(self.automaton.next_state(Anchored::No, state.0, byte))
    }

    /// Whether a pattern ends here.
    pub fn is_match(&self, state: State) -> bool {
        self.automaton.is_match(state.0)
    }

    /// The patterns that end here, counted as they were given.
    pub fn matches(&self, state: State) -> impl Iterator<Item = usize> {
        let count = if self.automaton.is_match(state.0) { self.automaton.match_len(state.0) } else { 0 };
        (0..count).map(move |n| self.automaton.match_pattern(state.0, n).as_usize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_search_finds_what_it_promises() {
        let words = ["he", "she", "hers"];
        let overlapping = Overlapping::of(words).unwrap();
        let found: Vec<_> = overlapping.find("ushers".bytes()).map(|found| (found.pattern(), found.end())).collect();
        assert!(found.len() == 3 && found.contains(&(1, 4)) && found.contains(&(0, 4)) && found.contains(&(2, 6)));
        let stepper = Stepper::of(&words).unwrap();
        let state = "ushers".bytes().fold(stepper.start(), |state, byte| stepper.next(state, byte));
        assert_eq!(stepper.matches(state).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn nothing_is_searched_for_without_patterns() {
        assert!(Overlapping::of::<&str>([]).is_none());
        assert!(Stepper::of::<&str>(&[]).is_none());
    }
}
