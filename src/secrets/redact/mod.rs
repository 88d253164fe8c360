//! Searches for known values in every form in which they are commonly written. Pure.
//!
//! A detector only recognises what looks like a secret; a resolved value can be searched for exactly. All values, in
//! all forms, are one Aho–Corasick automaton: a text is read once, however many values there are. [`stream::Masker`] removes them from a
//! text that arrives in pieces.

pub mod forms;
pub mod stream;

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::base::search::{State, Stepper};
use crate::base::secret::Secret;
pub use forms::Form;

/// The replacement for a secret.
pub const MASKED: &str = "[secret]";

/// The meaning of a pattern of the automaton.
#[derive(Clone, Copy)]
struct Pattern {
    /// Which value it is a form of.
    value: usize,
    form: Form,
    length: usize,
    /// How many of its bytes are not blank.
    solid: usize,
    /// A value of several words without the blanks between them: it matches a value that is broken over lines, and nothing
    /// that is written in one piece.
    is_joined: bool,
}

/// Words of fewer bytes than this, in total, occur below one another by chance.
const JOINED: usize = 12;

/// How much of a pattern has been read at a state of the automaton.
#[derive(Clone, Copy, Default)]
struct Depth {
    /// In bytes.
    all: usize,
    /// In bytes that are not blank: a pattern may itself contain blanks.
    solid: usize,
}

/// One occurrence of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// First byte.
    pub start: usize,
    /// One after the last.
    pub end: usize,
    /// Which value: its index in the order given.
    pub value: usize,
    pub form: Form,
}

/// A search for known values. It contains them, so it has no `Debug`.
#[derive(Default)]
pub struct SecretMatcher {
    automaton: Option<Stepper>,
    patterns: Vec<Pattern>,
    /// How much of a pattern has been read at each state inside a pattern; only for streams, which must know how much to hold back.
    depths: HashMap<State, Depth>,
}

impl SecretMatcher {
    /// Searches for `values`, except values and forms shorter than `shortest` bytes, which would match by chance.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a Secret>, shortest: usize) -> Self {
        Self::build(values.into_iter().map(|value| (value, shortest)), false)
    }

    /// The same for a [`stream::Masker`], where each value has its own shortest form.
    pub fn for_stream<'a>(values: impl IntoIterator<Item = (&'a Secret, usize)>) -> Self {
        Self::build(values, true)
    }

    fn build<'a>(values: impl IntoIterator<Item = (&'a Secret, usize)>, for_stream: bool) -> Self {
        let mut patterns = Vec::new();
        let mut texts = Vec::new();
        for (value, (secret, shortest)) in values.into_iter().enumerate() {
            for (form, text) in forms::of(secret, shortest) {
                let solid = solid(&text);
                let joined = (solid >= JOINED && solid < text.len() && !text.contains(&b'\n'))
                    .then(|| Zeroizing::new(text.iter().copied().filter(|byte| !is_blank(*byte)).collect::<Vec<u8>>()));
                patterns.push(Pattern { value, form, length: text.len(), solid, is_joined: false });
                texts.push(text);
                if let Some(joined) = joined {
                    patterns.push(Pattern { value, form, length: solid, solid, is_joined: true });
                    texts.push(joined);
                }
            }
        }
        let automaton = Stepper::of(&texts);
        let mut depths = HashMap::new();
        if let Some(automaton) = automaton.as_ref().filter(|_| for_stream) {
            for text in &texts {
                let mut state = automaton.start();
                let unfinished = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
                let mut depth = Depth::default();
                for &byte in unfinished {
                    state = automaton.next(state, byte);
                    depth.all += 1;
                    depth.solid += usize::from(!is_blank(byte));
                    depths.insert(state, depth);
                }
            }
        }
        Self { automaton, patterns, depths }
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.automaton.is_none()
    }

    /// Every occurrence of a value in `text`, in the order of their ends. A value that is broken over lines is found too, as
    /// encoders and editors wrap it, and so is hex with blanks between its digits.
    pub fn find(&self, text: &[u8]) -> Vec<Match> {
        let mut hits = Vec::new();
        let Some(automaton) = &self.automaton else { return hits };
        let (mut state, mut unwrapped) = (automaton.start(), automaton.start());
        for (at, &byte) in text.iter().enumerate() {
            let is_same = state == unwrapped;
            state = automaton.next(state, byte);
            for pattern in self.matches(automaton, state).filter(|pattern| !pattern.is_joined) {
                let start = (at + 1).saturating_sub(pattern.length);
                hits.push(Match { start, end: at + 1, value: pattern.value, form: pattern.form });
            }
            if is_blank(byte) {
                continue;
            }
            unwrapped = if is_same { state } else { automaton.next(unwrapped, byte) };
            if unwrapped == state {
                continue;
            }
            for pattern in self.matches(automaton, unwrapped) {
                let mut start = at + 1;
                let mut left = pattern.solid;
                let mut blanks = Blanks::default();
                for &byte in text.get(..=at).unwrap_or_default().iter().rev() {
                    if left == 0 {
                        break;
                    }
                    start -= 1;
                    left -= usize::from(!blanks.see(byte));
                }
                if blanks.may_occur_in(pattern.form) {
                    hits.push(Match { start, end: at + 1, value: pattern.value, form: pattern.form });
                }
            }
        }
        hits
    }

    /// `text` with every value replaced by [`MASKED`].
    pub fn mask(&self, text: &str) -> String {
        let mut spans: Vec<(usize, usize)> =
            self.find(text.as_bytes()).iter().map(|hit| (hit.start, hit.end)).collect();
        spans.sort_unstable();
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end) in spans {
            if start > done || done == 0 {
                out.push_str(text.get(done..start).unwrap_or_default());
                out.push_str(MASKED);
            }
            done = done.max(end);
        }
        // A value ends where a character ends; if not, the rest of that character is removed with it.
        out.push_str(text.get(text.ceil_char_boundary(done)..).unwrap_or_default());
        out
    }

    fn matches<'k>(&'k self, automaton: &'k Stepper, state: State) -> impl Iterator<Item = Pattern> + 'k {
        automaton.matches(state).filter_map(|pattern| self.patterns.get(pattern).copied())
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// How many bytes of `text` are not blank.
fn solid(text: &[u8]) -> usize {
    text.iter().filter(|byte| !is_blank(**byte)).count()
}

/// The kinds of blanks inside a match that was found without them.
#[derive(Clone, Copy, Default)]
struct Blanks {
    lines: bool,
    others: bool,
}

impl Blanks {
    /// Records `byte`, and returns whether it is blank.
    fn see(&mut self, byte: u8) -> bool {
        self.lines |= byte == b'\n';
        self.others |= is_blank(byte) && byte != b'\n';
        is_blank(byte)
    }

    /// Whether a value of `form` may contain these blanks: line breaks always, others only in hex, which is written in groups.
    fn may_occur_in(self, form: Form) -> bool {
        self.lines || (self.others && form == Form::Hex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
