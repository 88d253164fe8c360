//! Reads a text in every way it can be read, and reports where a value ends.
//!
//! The text as it is written is one reading. Each escape begins another one, which goes on in parallel with what the escape stands for,
//! and so do line breaks inside a value and hex in groups. A reading is a state of the automaton over all forms of all values, so
//! readings that cannot be told apart any more become one: there are few at any time, and none besides the first in a text without
//! escapes. Nothing is looked up ahead, so a text can be read in pieces of any size.

use std::collections::VecDeque;
use std::ops::Range;

use super::escape::{Decoded, Escape, Outcome};
use super::forms::Form;
use super::{Class, Depth, Match, Pattern, SecretMatcher, is_blank};
use crate::base::search::State;

/// An escape is not longer, in bytes, however often it is escaped itself.
const LONGEST_ESCAPE: usize = 128;

/// So many escapes can be open inside one another while the first of them is written as itself.
const DEEPEST: usize = 3;

/// The most blanks and separators between two characters of a value.
const MOST_SKIPPED: usize = 256;

/// The most readings at a time. An ordinary text has fewer than five.
const MOST_READINGS: usize = 128;

/// What a reading leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// Nothing.
    Straight,
    /// Blanks, one of which must be a line break: a value that is broken over lines.
    Unwrapped,
    /// What stands between the digits of hex, and their case.
    Hex,
}

/// A character that takes another number of bytes in the text than one.
#[derive(Clone, Copy)]
struct Gap {
    /// Which character of the reading.
    at: i64,
    /// Bytes left out before it.
    before: usize,
    /// Bytes in which it is written.
    width: usize,
    form: Option<Form>,
    /// What is left out before it holds a line break.
    is_broken: bool,
}

/// Escapes inside one another, the outermost first.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Escapes([Option<Escape>; DEEPEST]);

impl Escapes {
    fn is_empty(&self) -> bool {
        self.0.first().is_none_or(Option::is_none)
    }

    fn is_full(&self) -> bool {
        self.0.last().is_some_and(Option::is_some)
    }

    fn last(&self) -> Option<Escape> {
        self.0.iter().rev().find_map(|escape| *escape)
    }

    /// Whether `inner` can stand for something that the last escape goes on with. Quotes inside quotes inside quotes are not read:
    /// there are too many ways to.
    fn takes(&self, inner: Escape) -> bool {
        let Some(results) = inner.results() else { return true };
        let quotes = self.0.iter().flatten().filter(|escape| matches!(escape, Escape::Quote(..))).count();
        let goes_on = |last: Escape| results.iter().any(|byte| last.feed(*byte).iter().any(Option::is_some));
        quotes < 2 && self.last().is_some_and(goes_on)
    }

    /// Adds `escape`; there must be room.
    fn push(&mut self, escape: Escape) {
        if let Some(free) = self.0.iter_mut().find(|known| known.is_none()) {
            *free = Some(escape);
        }
    }

    fn pop(&mut self) {
        if let Some(last) = self.0.iter_mut().rev().find(|known| known.is_some()) {
            *last = None;
        }
    }
}

/// One way to read the text.
#[derive(Clone)]
struct Reading {
    lane: Lane,
    state: State,
    /// Escapes that are not complete.
    escapes: Escapes,
    /// Where the outermost of them begins.
    opened: usize,
    /// Where the last character ends.
    end: usize,
    /// Characters read. Those before the reading split off have numbers below zero.
    count: i64,
    gaps: VecDeque<Gap>,
    /// A line break has been left out after the last character.
    is_broken: bool,
    /// The `0` of `0x` has been left out.
    is_prefixed: bool,
}

/// A value, and how it is written, that ends where a reading is.
struct Span {
    start: usize,
    form: Option<Form>,
    is_broken: bool,
}

impl Reading {
    fn split_off(state: State, end: usize) -> Self {
        let (escapes, gaps) = (Escapes::default(), VecDeque::new());
        let (is_broken, is_prefixed) = (false, false);
        Self { lane: Lane::Straight, state, escapes, opened: end, end, count: 0, gaps, is_broken, is_prefixed }
    }

    /// The last `length` characters.
    fn last(&self, length: usize) -> Span {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let first = self.count.saturating_sub(length);
        let mut span = Span { start: 0, form: None, is_broken: false };
        let mut bytes = usize::try_from(length).unwrap_or_default();
        for gap in self.gaps.iter().rev().take_while(|gap| gap.at >= first) {
            bytes = (bytes + gap.width).saturating_sub(1);
            span.form = gap.form.or(span.form);
            if gap.at > first {
                bytes += gap.before;
                span.is_broken |= gap.is_broken;
            }
        }
        span.start = self.end.saturating_sub(bytes);
        span
    }

    /// How much longer the reading is in the text than by itself.
    fn excess(&self) -> usize {
        self.gaps.iter().map(|gap| gap.before + gap.width.saturating_sub(1)).sum()
    }
}

/// Where a text is being read.
pub(super) struct Reader {
    /// The reading of the text as it is written.
    literal: State,
    /// The others.
    others: Vec<Reading>,
    /// Those after the byte that is being read.
    next: Vec<Reading>,
    /// Bytes read.
    at: usize,
    hits: Vec<Match>,
}

impl Reader {
    /// At the beginning of a text; nothing when there is nothing to search for.
    pub(super) fn new(known: &SecretMatcher) -> Option<Self> {
        let literal = known.automaton.as_ref()?.start();
        Some(Self { literal, others: Vec::new(), next: Vec::new(), at: 0, hits: Vec::new() })
    }

    /// Reads `bytes`, and returns the values that end in them.
    pub(super) fn read(&mut self, known: &SecretMatcher, bytes: &[u8]) -> std::vec::Drain<'_, Match> {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if self.others.is_empty() && self.literal == known.start {
                // Nothing can begin before the next byte that begins a form or an escape.
                let skipped = rest.iter().position(|byte| known.class(*byte).begins).unwrap_or(rest.len());
                if skipped > 0 {
                    self.at += skipped;
                    rest = rest.get(skipped..).unwrap_or_default();
                    continue;
                }
            }
            self.step(known, byte);
            rest = after;
        }
        self.hits.drain(..)
    }

    /// The first byte that may belong to a value that has not ended yet.
    pub(super) fn undecided(&self, known: &SecretMatcher) -> usize {
        let others = self.others.iter().map(|reading| {
            let depth = known.depth(reading.state).all;
            let is_open = !reading.escapes.is_empty();
            match depth {
                0 if is_open => reading.opened,
                0 => self.at,
                _ => reading.last(depth).start,
            }
        });
        others.fold(self.at.saturating_sub(known.depth(self.literal).all), usize::min)
    }

    /// What is a value but for its end, when at least `part` bytes of it have been read.
    pub(super) fn unfinished(&self, known: &SecretMatcher, part: usize) -> Vec<Range<usize>> {
        let literal = known.depth(self.literal).all;
        let literal = (literal >= part).then(|| self.at.saturating_sub(literal)..self.at);
        let others = self.others.iter().filter_map(|reading| {
            let Depth { all, solid, .. } = known.depth(reading.state);
            let read = if reading.lane == Lane::Straight { all } else { solid };
            (read >= part).then(|| reading.last(all).start..reading.end)
        });
        others.chain(literal).collect()
    }

    fn step(&mut self, known: &SecretMatcher, byte: u8) {
        let class = known.class(byte);
        let before = self.literal;
        self.literal = known.next(before, byte);
        let end = self.at + 1;
        for pattern in known.matches(self.literal).filter(|pattern| !pattern.is_joined) {
            let start = end.saturating_sub(pattern.length);
            self.hits.push(Match { start, end, value: pattern.value, form: pattern.form });
        }
        // Outside of every form, a byte begins another reading only where it begins a form or an escape.
        if class.is_special && (class.begins || before != known.start) {
            self.split(known, &Reading::split_off(before, self.at), Decoded::byte(byte, None), self.at);
        }
        let mut others = std::mem::take(&mut self.others);
        for reading in others.drain(..) {
            self.deliver(known, reading, Decoded::byte(byte, None), self.at);
        }
        self.others = std::mem::replace(&mut self.next, others);
        self.at = end;
    }

    /// Continues `reading` with a character that begins at `from` and ends with the byte that is being read.
    fn deliver(&mut self, known: &SecretMatcher, reading: Reading, character: Decoded, from: usize) {
        let Some(innermost) = reading.escapes.last() else {
            self.split(known, &reading, character, from);
            return self.advance(known, reading, character, from);
        };
        let Some(byte) = character.single() else { return };
        if self.at - reading.opened >= LONGEST_ESCAPE {
            return;
        }
        if !reading.escapes.is_full()
            && let Some(inner) = Escape::start(byte)
            && reading.escapes.takes(inner)
        {
            let mut inside = reading.clone();
            inside.escapes.push(inner);
            self.keep(known, inside);
        }
        let [first, second] = innermost.feed(byte);
        if let Some(second) = second {
            self.go_on(known, reading.clone(), second);
        }
        if let Some(first) = first {
            self.go_on(known, reading, first);
        }
    }

    /// Continues `reading` with what a character does to its innermost escape.
    fn go_on(&mut self, known: &SecretMatcher, mut reading: Reading, outcome: Outcome) {
        reading.escapes.pop();
        match outcome {
            Outcome::More(escape) => {
                reading.escapes.push(escape);
                self.keep(known, reading);
            }
            Outcome::Done(decoded) => {
                let from = reading.opened;
                self.deliver(known, reading, decoded, from);
            }
        }
    }

    /// The readings that begin with `character`, besides the one that takes it as it is.
    fn split(&mut self, known: &SecretMatcher, reading: &Reading, character: Decoded, from: usize) {
        let Some(byte) = character.single() else { return };
        let class = known.class(byte);
        if !class.is_special {
            return;
        }
        if let Some(escape) = Escape::start(byte)
            && escape.results().is_none_or(|all| all.iter().any(|byte| known.goes_on(reading.state, *byte)))
        {
            let mut inside = reading.clone();
            inside.escapes.push(escape);
            inside.opened = from;
            self.keep(known, inside);
        }
        // A form writes a blank as a plus sign.
        if byte == b'+' && known.goes_on(reading.state, b' ') {
            let blank = Decoded::byte(b' ', Form::Url);
            self.advance(known, reading.clone(), blank, from);
        }
        if reading.lane != Lane::Straight {
            return;
        }
        if is_blank(byte) && known.may_break(reading.state, byte) {
            self.advance(known, Reading { lane: Lane::Unwrapped, ..reading.clone() }, character, from);
        }
        let is_hex = if class.is_separator {
            known.may_group(reading.state)
        } else {
            byte.is_ascii_uppercase() && known.goes_on(reading.state, byte.to_ascii_lowercase())
        };
        if is_hex {
            self.advance(known, Reading { lane: Lane::Hex, ..reading.clone() }, character, from);
        }
    }

    /// Reads a character of the text in the lane of `reading`, which has no open escape.
    fn advance(&mut self, known: &SecretMatcher, reading: Reading, character: Decoded, from: usize) {
        let byte = character.single();
        let class = byte.map(|byte| known.class(byte)).unwrap_or_default();
        let is_skipped = match reading.lane {
            Lane::Straight => false,
            Lane::Unwrapped => byte.is_some_and(is_blank),
            Lane::Hex => class.is_separator || (byte == Some(b'x') && reading.is_prefixed),
        };
        if is_skipped {
            return self.skip(known, reading, byte);
        }
        if reading.lane == Lane::Hex {
            let Some(digit) = byte.filter(|byte| byte.is_ascii_hexdigit() && !reading.is_prefixed) else { return };
            // The `0` of `0x` is a digit, or is left out.
            if digit == b'0' && reading.end < from {
                self.keep(known, Reading { is_prefixed: true, ..reading.clone() });
            }
            let lower = Decoded::byte(digit.to_ascii_lowercase(), character.form);
            return self.take(known, reading, lower, from);
        }
        self.take(known, reading, character, from);
    }

    /// Leaves out a character.
    fn skip(&mut self, known: &SecretMatcher, mut reading: Reading, byte: Option<u8>) {
        reading.is_broken |= byte == Some(b'\n');
        reading.is_prefixed = false;
        // A line is not held back for a few digits at its end.
        let may_end_line = byte != Some(b'\n') || known.may_break(reading.state, b'\n');
        if may_end_line && self.at - reading.end < MOST_SKIPPED {
            self.keep(known, reading);
        }
    }

    /// Continues the state of `reading` with a character.
    fn take(&mut self, known: &SecretMatcher, mut reading: Reading, character: Decoded, from: usize) {
        let end = self.at + 1;
        let mut gap = Gap {
            at: reading.count,
            before: from.saturating_sub(reading.end),
            width: end - from,
            form: character.form,
            is_broken: std::mem::take(&mut reading.is_broken),
        };
        for &byte in character.bytes() {
            reading.state = known.next(reading.state, byte);
            if gap.before > 0 || gap.width != 1 || gap.form.is_some() {
                reading.gaps.push_back(gap);
            }
            // The further bytes of a character are written nowhere.
            gap = Gap { at: gap.at + 1, before: 0, width: 0, form: None, is_broken: false };
        }
        reading.count = gap.at;
        reading.end = end;
        if reading.state == known.start {
            return;
        }
        let oldest = reading.count.saturating_sub(known.longest);
        while reading.gaps.front().is_some_and(|gap| gap.at < oldest) {
            reading.gaps.pop_front();
        }
        self.hit(known, &reading);
        self.keep(known, reading);
    }

    fn hit(&mut self, known: &SecretMatcher, reading: &Reading) {
        for pattern in known.matches(reading.state) {
            let Pattern { value, form, length, is_hex, is_joined } = pattern;
            let span = reading.last(length);
            let counts = match reading.lane {
                Lane::Straight => !is_joined,
                Lane::Unwrapped => span.is_broken,
                Lane::Hex => is_hex,
            };
            if counts {
                let form = span.form.filter(|_| form == Form::Plain).unwrap_or(form);
                self.hits.push(Match { start: span.start, end: reading.end, value, form });
            }
        }
    }

    /// Keeps `reading`, unless another one goes on in the same way. Of two, the one with the fewest bytes is kept.
    fn keep(&mut self, known: &SecretMatcher, reading: Reading) {
        let is_open = !reading.escapes.is_empty();
        if !is_open && (reading.state == self.literal || reading.state == known.start) {
            return;
        }
        let same = self.next.iter_mut().find(|other| {
            let Reading { lane, state, escapes, is_prefixed, .. } = other;
            (*lane, *state, *is_prefixed) == (reading.lane, reading.state, reading.is_prefixed)
                && *escapes == reading.escapes
        });
        let Some(other) = same else {
            if self.next.len() < MOST_READINGS {
                self.next.push(reading);
            }
            return;
        };
        let is_shorter = if is_open && reading.opened != other.opened {
            reading.opened > other.opened
        } else {
            reading.excess() < other.excess()
        };
        if is_shorter {
            *other = reading;
        }
    }
}

impl Class {
    /// What `byte` can begin, where a state begins that goes on with what `goes_on` says.
    pub(super) fn of(byte: u8, goes_on: impl Fn(u8) -> bool) -> Self {
        let escape = Escape::start(byte);
        let is_separator = is_blank(byte) || matches!(byte, b':' | b'-' | b',');
        let is_special = escape.is_some() || is_separator || byte == b'+' || (b'A'..=b'F').contains(&byte);
        let begins_escape =
            escape.is_some_and(|escape| escape.results().is_none_or(|all| all.iter().any(|byte| goes_on(*byte))));
        let lower = byte.to_ascii_lowercase();
        let begins =
            goes_on(byte) || begins_escape || (byte == b'+' && goes_on(b' ')) || (is_special && goes_on(lower));
        Self { begins, is_special, is_separator }
    }
}
