//! Searches for known values in every form in which they are written. Pure.
//!
//! A detector only recognises what looks like a secret; a resolved value can be searched for exactly. All values, in all forms
//! ([`forms`], and [`parts`] of them), are one Aho–Corasick automaton: a text is read once, however many values there are, and
//! [`reader`] reads it with every escape ([`escape`]) decoded and as it is. [`stream::Masker`] removes the values from a text that
//! arrives in pieces.

mod entities;
mod escape;
pub mod forms;
mod parts;
mod reader;
pub mod stream;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::base::search::{State, Stepper};
use crate::base::secret::Secret;
pub use forms::Form;
use reader::Reader;

/// The replacement for a secret.
pub const MASKED: &str = "[secret]";

/// The meaning of a pattern of the automaton.
#[derive(Clone, Copy)]
struct Pattern {
    /// Which value it is a form of.
    value: usize,
    form: Form,
    is_hex: bool,
    length: usize,
    /// A value of several words without the blanks between them: it matches a value that is broken over lines, and nothing
    /// that is written in one piece.
    is_joined: bool,
}

impl Pattern {
    fn of(value: usize, form: Form) -> Self {
        Self { value, form, is_hex: form == Form::Hex, length: 0, is_joined: false }
    }
}

/// What stands at the end of a text that was too long to be shown whole.
const CUT: char = '…';

/// A text that ends in the middle of a value, after so many bytes of it, has that part removed as well.
const PART: usize = 4;

/// Words of fewer bytes than this, in total, occur below one another by chance.
const JOINED: usize = 12;

/// How much of a pattern has been read at a state of the automaton.
#[derive(Clone, Copy, Default)]
struct Depth {
    /// In bytes.
    all: usize,
    /// In bytes that are not blank: a pattern may itself contain blanks.
    solid: usize,
    /// Whether the pattern is hex.
    is_hex: bool,
}

/// What a byte can begin, besides being itself.
#[derive(Clone, Copy, Default)]
struct Class {
    /// With this byte, a form or an escape that matters can begin.
    begins: bool,
    /// It can begin an escape, or be left out, or be a digit of hex in capitals.
    is_special: bool,
    /// It may stand between digits of hex.
    is_separator: bool,
}

/// A value that is broken over two lines is matched in a stream when it has so many bytes before the break. With fewer, lines would
/// be held back because they end with the letter that some value begins with.
const BEFORE_BREAK: usize = 4;

/// The same for a blank inside a line, and for what stands between groups of hex, which have two digits or more.
const BEFORE_BLANK: usize = 2;

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
    /// The state of the automaton outside of every pattern.
    start: State,
    patterns: Vec<Pattern>,
    /// The length of the longest pattern, in bytes. Signed, as the numbers of characters it is compared with are.
    longest: i64,
    /// By byte.
    classes: Vec<Class>,
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

    /// The same for the beginnings of `values` alone: what has none of them has none of the values.
    pub fn of_beginnings<'a>(values: impl IntoIterator<Item = &'a Secret>, shortest: usize) -> Self {
        let mut known = Self::default();
        let mut texts = Vec::new();
        for (value, secret) in values.into_iter().enumerate() {
            for (form, text) in forms::beginnings(secret.expose(), shortest) {
                known.add(Pattern::of(value, form), text, &mut texts);
            }
        }
        known.searching(&texts)
    }

    fn build<'a>(values: impl IntoIterator<Item = (&'a Secret, usize)>, for_stream: bool) -> Self {
        let mut known = Self::default();
        let mut texts = Vec::new();
        for (value, (secret, shortest)) in values.into_iter().enumerate() {
            for (form, text) in forms::of(secret.expose(), shortest) {
                known.add(Pattern::of(value, form), text, &mut texts);
            }
            for part in parts::of(secret.expose(), shortest) {
                for (form, text) in forms::of(&part, shortest) {
                    let pattern = Pattern { form: Form::Part, ..Pattern::of(value, form) };
                    known.add(pattern, text, &mut texts);
                }
            }
        }
        let mut known = known.searching(&texts);
        if for_stream {
            known.measure(&texts);
        }
        known
    }

    /// Searches for `texts`, one for each pattern.
    fn searching(mut self, texts: &[Zeroizing<Vec<u8>>]) -> Self {
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or_default();
        self.longest = i64::try_from(longest).unwrap_or(i64::MAX);
        self.automaton = Stepper::of(texts);
        self.start = self.automaton.as_ref().map(Stepper::start).unwrap_or_default();
        self.classes = (0..=u8::MAX).map(|byte| Class::of(byte, |byte| self.goes_on(self.start, byte))).collect();
        self
    }

    fn add(&mut self, pattern: Pattern, text: Zeroizing<Vec<u8>>, texts: &mut Vec<Zeroizing<Vec<u8>>>) {
        let solid = text.iter().filter(|byte| !is_blank(**byte)).count();
        let joined = (solid >= JOINED && solid < text.len() && !text.contains(&b'\n'))
            .then(|| Zeroizing::new(text.iter().copied().filter(|byte| !is_blank(*byte)).collect::<Vec<u8>>()));
        self.patterns.push(Pattern { length: text.len(), ..pattern });
        texts.push(text);
        if let Some(joined) = joined {
            self.patterns.push(Pattern { length: solid, is_joined: true, ..pattern });
            texts.push(joined);
        }
    }

    /// Notes how much of a pattern has been read at each state.
    fn measure(&mut self, texts: &[Zeroizing<Vec<u8>>]) {
        let Some(automaton) = &self.automaton else { return };
        for (text, pattern) in texts.iter().zip(&self.patterns) {
            let mut state = automaton.start();
            let unfinished = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
            let mut depth = Depth::default();
            for &byte in unfinished {
                state = automaton.next(state, byte);
                depth.all += 1;
                depth.solid += usize::from(!is_blank(byte));
                let known = self.depths.entry(state).or_insert(depth);
                known.is_hex |= pattern.is_hex;
            }
        }
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.automaton.is_none()
    }

    /// Every occurrence of a value in `text`, in the order of their ends: as it is and behind any escapes, broken over lines as
    /// encoders and editors wrap it, and as hex in any grouping.
    pub fn find(&self, text: &[u8]) -> Vec<Match> {
        Reader::new(self).map(|mut reader| reader.read(self, text).collect()).unwrap_or_default()
    }

    /// `text` with every value replaced by [`MASKED`]. If this was made for a stream, so is the beginning of a value that is cut off
    /// by `…`.
    pub fn mask(&self, text: &str) -> String {
        let mut spans = self.spans(text);
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

    /// What has to be removed from `text`: start and end.
    fn spans(&self, text: &str) -> Vec<(usize, usize)> {
        let Some(mut reader) = Reader::new(self) else { return Vec::new() };
        let mut spans = Vec::new();
        let mut done = 0;
        let cuts = text.match_indices(CUT).map(|(at, _)| (at, true));
        for (at, is_cut) in cuts.chain([(text.len(), false)]) {
            let piece = text.as_bytes().get(done..at).unwrap_or_default();
            spans.extend(reader.read(self, piece).map(|hit| (hit.start, hit.end)));
            if is_cut {
                spans.extend(reader.unfinished(self, PART).into_iter().map(|span| (span.start, span.end)));
            }
            done = at;
        }
        spans
    }

    fn matches(&self, state: State) -> impl Iterator<Item = Pattern> + '_ {
        let automaton = self.automaton.as_ref().filter(|automaton| automaton.is_match(state));
        let found = automaton.into_iter().flat_map(move |automaton| automaton.matches(state));
        found.filter_map(|pattern| self.patterns.get(pattern).copied())
    }

    /// The state after `byte`.
    fn next(&self, state: State, byte: u8) -> State {
        self.automaton.as_ref().map_or(state, |automaton| automaton.next(state, byte))
    }

    /// Whether a pattern goes on, or begins, with `byte` at `state`.
    fn goes_on(&self, state: State, byte: u8) -> bool {
        self.next(state, byte) != self.start
    }

    fn class(&self, byte: u8) -> Class {
        self.classes.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// How much of a pattern has been read at `state`; zero when it is complete, since it has been matched by then.
    fn depth(&self, state: State) -> Depth {
        self.depths.get(&state).copied().unwrap_or_default()
    }

    /// Whether a value may be broken at `state` by the blank `byte`.
    fn may_break(&self, state: State, byte: u8) -> bool {
        let least = if byte == b'\n' { BEFORE_BREAK } else { BEFORE_BLANK };
        state != self.start && (self.depths.is_empty() || self.depth(state).all >= least)
    }

    /// Whether a group of hex may end at `state`.
    fn may_group(&self, state: State) -> bool {
        let is_in_hex = || {
            let depth = self.depth(state);
            depth.is_hex && depth.all >= BEFORE_BLANK
        };
        state != self.start && (self.depths.is_empty() || is_in_hex())
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
