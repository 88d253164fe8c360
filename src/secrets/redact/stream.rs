//! Removes known values from a text that arrives in pieces of any size.
//!
//! The output does not depend on where the pieces begin and end: a byte is passed on only when no value can begin with it any
//! more. Nothing else is held back, so a line or a prompt is seen at once.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Blanks, Depth, MASKED, SecretMatcher, is_blank};
use crate::base::search::{State, Stepper};

/// A value that is broken over two lines is matched when it has so many bytes before the break. With fewer, lines would be held
/// back because they end with the letter that some value begins with.
const BEFORE_BREAK: usize = 4;

/// The same for a blank inside a line: hex is written in groups of two digits.
const BEFORE_BLANK: usize = 2;

/// A stream that ends in the middle of a value, after so many bytes of it, has that part removed as well.
const PART: usize = 4;

/// The most blanks inside a value.
const MOST_BLANKS: usize = 256;

/// One stream, masked.
pub struct Masker {
    known: Arc<SecretMatcher>,
    state: Option<State>,
    /// The same without blanks.
    unwrapped: Option<State>,
    blanks: usize,
    /// Bytes that may be the beginning of a value, and whether they are known to belong to one.
    held: VecDeque<(u8, bool)>,
    /// The last byte passed on belonged to a value, which has been replaced.
    is_masking: bool,
}

impl Masker {
    /// Masks the values of `known`, which must be made by [`SecretMatcher::for_stream`].
    pub fn new(known: Arc<SecretMatcher>) -> Self {
        let start = known.automaton.as_ref().map(Stepper::start);
        Self { known, state: start, unwrapped: start, blanks: 0, held: VecDeque::new(), is_masking: false }
    }

    /// Continues with other values; bytes that are held back are searched again.
    pub fn replace(&mut self, known: Arc<SecretMatcher>) {
        let before = std::mem::replace(self, Self::new(known));
        self.is_masking = before.is_masking;
        let known = Arc::clone(&self.known);
        for (byte, is_secret) in before.held {
            self.step(&known, byte);
            if let Some(last) = self.held.back_mut() {
                last.1 |= is_secret;
            }
        }
    }

    /// Takes `bytes`, and appends to `out` what can no longer be part of a value.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.state.is_none() {
            out.extend_from_slice(bytes);
            return;
        }
        let known = Arc::clone(&self.known);
        for &byte in bytes {
            self.step(&known, byte);
        }
        let back = self.held_back();
        self.pass_on(self.held.len().saturating_sub(back), out);
    }

    /// Ends the stream: appends the rest to `out`. A probable beginning of a value is removed.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        // Count the bytes of the value without blanks: how many of those are held depends on the pieces.
        let straight = self.known.depth(self.state).all;
        let unwrapped = self.known.depth(self.unwrapped).solid;
        let mut back = if straight >= PART { straight } else { 0 };
        if unwrapped >= PART && self.state != self.unwrapped {
            back = back.max(self.behind(unwrapped).0);
        }
        // Keep the line end: the next output starts on a new line.
        let trailing = self.held.iter().rev().take_while(|(byte, _)| is_blank(*byte)).count();
        self.held.iter_mut().rev().take(back).skip(trailing).for_each(|held| held.1 = true);
        self.pass_on(self.held.len(), out);
    }

    fn step(&mut self, known: &SecretMatcher, byte: u8) {
        self.held.push_back((byte, false));
        let (Some(automaton), Some(state), Some(unwrapped)) = (&known.automaton, self.state, self.unwrapped) else {
            return;
        };
        let next = automaton.next(state, byte);
        self.state = Some(next);
        let straight = known.matches(automaton, next).filter(|pattern| !pattern.is_joined);
        if let Some(length) = straight.map(|pattern| pattern.length).max() {
            self.held.iter_mut().rev().take(length).for_each(|held| held.1 = true);
        }
        if is_blank(byte) {
            self.blanks += 1;
            let least = if byte == b'\n' { BEFORE_BREAK } else { BEFORE_BLANK };
            if known.depth(Some(unwrapped)).all < least || self.blanks > MOST_BLANKS {
                self.unwrapped = self.state;
            }
            return;
        }
        let next_unwrapped = if state == unwrapped { next } else { automaton.next(unwrapped, byte) };
        self.unwrapped = Some(next_unwrapped);
        if next_unwrapped == next {
            self.blanks = 0;
            return;
        }
        for pattern in known.matches(automaton, next_unwrapped) {
            let (count, blanks) = self.behind(pattern.solid);
            if blanks.may_occur_in(pattern.form) {
                self.held.iter_mut().rev().take(count).for_each(|held| held.1 = true);
            }
        }
    }

    /// How many held bytes, counted from the end, contain `solid` bytes that are not blank; and the blanks among them.
    fn behind(&self, solid: usize) -> (usize, Blanks) {
        let mut blanks = Blanks::default();
        let (mut count, mut left) = (0, solid);
        for &(byte, _) in self.held.iter().rev() {
            if left == 0 {
                break;
            }
            count += 1;
            left -= usize::from(!blanks.see(byte));
        }
        (count, blanks)
    }

    /// How many bytes at the end may be the beginning of a value.
    fn held_back(&self) -> usize {
        let straight = self.known.depth(self.state).all;
        if self.state == self.unwrapped {
            return straight;
        }
        straight.max(self.behind(self.known.depth(self.unwrapped).solid).0)
    }

    fn pass_on(&mut self, count: usize, out: &mut Vec<u8>) {
        for (byte, is_secret) in self.held.drain(..count) {
            if !is_secret {
                out.push(byte);
            } else if !self.is_masking {
                out.extend_from_slice(MASKED.as_bytes());
            }
            self.is_masking = is_secret;
        }
    }
}

impl SecretMatcher {
    /// How much of a pattern has been read at `state`; zero when it is complete, since it has been matched by then.
    fn depth(&self, state: Option<State>) -> Depth {
        state.and_then(|state| self.depths.get(&state)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::secret::Secret;

    fn known(values: &[&str]) -> Arc<SecretMatcher> {
        let secrets: Vec<Secret> = values.iter().map(|value| Secret::new((*value).to_owned())).collect();
        Arc::new(SecretMatcher::for_stream(secrets.iter().map(|secret| (secret, 4))))
    }

    /// The masked stream, cut into pieces of `sizes`.
    fn masked(known: &Arc<SecretMatcher>, text: &[u8], sizes: impl IntoIterator<Item = usize>) -> Vec<u8> {
        let (mut masker, mut out, mut rest) = (Masker::new(Arc::clone(known)), Vec::new(), text);
        for size in sizes {
            let (piece, after) = rest.split_at(size.min(rest.len()));
            masker.push(piece, &mut out);
            rest = after;
        }
        masker.push(rest, &mut out);
        masker.finish(&mut out);
        out
    }

    fn masked_text(known: &Arc<SecretMatcher>, text: &str) -> String {
        String::from_utf8(masked(known, text.as_bytes(), std::iter::repeat_n(1, text.len()))).unwrap()
    }

    #[test]
    fn a_value_that_arrives_byte_by_byte_is_taken_out() {
        let known = known(&["s3cret-Value", "other\"one"]);
        assert_eq!(masked_text(&known, "a s3cret-Value b"), "a [secret] b");
        assert_eq!(masked_text(&known, "s3cret-s3cret-Value"), "s3cret-[secret]");
        assert_eq!(masked_text(&known, "{\"k\":\"other\\\"one\"}"), "{\"k\":\"[secret]\"}");
        assert_eq!(masked_text(&known, "czNjcmV0LVZhbHVl czNjcmV0LVZhbHVl"), "[secret] [secret]");
        assert_eq!(masked_text(&known, "czNjcmV0\nLVZhbHVl and s3c\nret"), "[secret] and s3c\nret");
        assert_eq!(masked_text(&known, "s3cret-Value-s3cret-Value"), "[secret]-[secret]");
        assert_eq!(masked_text(&known, "nothing at all"), "nothing at all");
    }

    #[test]
    fn only_what_may_begin_a_value_is_held_back() {
        let (mut masker, mut out) = (Masker::new(known(&["s3cret-Value"])), Vec::new());
        masker.push(b"ready to serve, says s3c", &mut out);
        assert_eq!(out, b"ready to serve, says ");
        masker.push(b"urity\nlogin: ", &mut out);
        assert_eq!(out, b"ready to serve, says s3curity\nlogin: ");
        // A line that ends with the letter a value begins with is seen at once.
        masker.push(b"its\n", &mut out);
        assert!(out.ends_with(b"its\n"));
    }

    #[test]
    fn a_value_is_masked_as_soon_as_it_is_complete() {
        let (mut masker, mut out) = (Masker::new(known(&["s3cret-Value"])), Vec::new());
        masker.push(b"is s3cret-Value", &mut out);
        assert_eq!(out, b"is [secret]");
        masker.push(b"\n", &mut out);
        assert_eq!(out, b"is [secret]\n");
        assert_eq!(masked_text(&known(&["abcdef", "bcdefgh"]), "abcdefgh abcdefg"), "[secret] [secret]");
    }

    #[test]
    fn the_beginning_of_a_value_at_the_very_end_is_taken_out() {
        let known = known(&["s3cret-Value"]);
        assert_eq!(masked_text(&known, "x s3cret-Val"), "x [secret]");
        assert_eq!(masked_text(&known, "x s3cret-Val\n"), "x [secret]\n");
        assert_eq!(masked_text(&known, "x s3"), "x s3");
        // Three bytes and a blank do not count as four bytes, whether or not they arrive together.
        let known = self::known(&["abcabc-cab"]);
        for sizes in [vec![], vec![1; 12], vec![10]] {
            assert_eq!(masked(&known, b"abcabc-cabc ", sizes), b"[secret]c ");
        }
    }

    #[test]
    fn several_words_are_one_value_over_two_lines_and_no_other_way() {
        let known = known(&["correct Horse battery"]);
        assert_eq!(masked_text(&known, "is correct Horse\nbattery, then"), "is [secret], then");
        assert_eq!(masked_text(&known, "is correctHorsebattery, then"), "is correctHorsebattery, then");
    }

    #[test]
    fn text_before_a_truncated_key_is_kept() {
        let known = known(&["-----BEGIN A KEY-----\nabcdefgh1234\nijklmnop5678\nqrstuvwx\n-----END A KEY-----"]);
        let cut = "tls.crt: OK\n-----BEGIN A KEY-----\nabcdefgh1234\nijklmnop5678\n";
        assert_eq!(masked_text(&known, cut), "tls.crt: OK\n[secret]\n");
        assert_eq!(masked_text(&known, &format!("tls.crt: OK\n{}", &cut[12..20])), "tls.crt: OK\n[secret]");
    }

    #[test]
    fn other_values_may_come_in_the_middle() {
        let (mut masker, mut out) = (Masker::new(known(&["first-Value"])), Vec::new());
        masker.push(b"first-Value first-", &mut out);
        masker.replace(known(&["first-Value", "first-Other"]));
        masker.push(b"Other.", &mut out);
        masker.finish(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "[secret] [secret].");
    }

    proptest! {
        #[test]
        fn where_a_stream_is_cut_changes_nothing(
            parts in prop::collection::vec(prop_oneof!["[a-c \\n]{0,6}", Just("abcabc-cab".to_owned()), Just("cab/\"aa\\ncb".to_owned()),
                Just("YWJjYWJjLWNhYg==".to_owned()), Just("6162636162632d\n636162".to_owned())], 0..12),
            sizes in prop::collection::vec(0..9_usize, 0..60),
        ) {
            let known = known(&["abcabc-cab", "cab/\"aa\ncb", "aaaa"]);
            let text = parts.concat();
            let whole = masked(&known, text.as_bytes(), []);
            prop_assert_eq!(&masked(&known, text.as_bytes(), sizes), &whole);
            prop_assert_eq!(&masked(&known, text.as_bytes(), std::iter::repeat_n(1, text.len())), &whole);
            for value in ["abcabc-cab", "cab/\"aa\ncb", "YWJjYWJjLWNhYg", "6162636162632d636162"] {
                prop_assert!(!String::from_utf8_lossy(&whole).contains(value));
            }
        }
    }
}
