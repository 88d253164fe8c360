//! Many words looked for at once, in any case, by their first bytes.
//!
//! An automaton over all words takes longer to build than a small document takes to judge, and is too large for a processor's first
//! cache. Here a table of 8 KiB says of most bytes that no word begins there, and each byte is asked for by itself: no step waits for
//! the one before it.

use std::collections::BTreeSet;

/// Lists of words whose hashes begin alike.
const LISTS: usize = 1 << 12;

/// Words, ready to be looked for.
pub(super) struct Search {
    /// The three bytes that a word begins with.
    three: Bits,
    /// The same for words of no more than three.
    short: Bits,
    /// The four bytes that a word begins with, when it has as many.
    four: Bits,
    /// Where each list begins in `entries`; one more for the end of the last.
    lists: Box<[u16]>,
    entries: Vec<Entry>,
}

/// A word in its list.
struct Entry {
    /// Its first three bytes, folded.
    prefix: u32,
    /// Its place among the words that were given.
    word: usize,
    /// Its text, whose case means nothing.
    text: Box<[u8]>,
}

impl Search {
    /// Looks for `words`, each of at least two bytes; a shorter one is never found.
    pub(super) fn of(words: &[&str]) -> Self {
        let (mut three, mut short, mut four) = (Bits::none(), Bits::none(), Bits::none());
        let mut listed: Vec<(usize, Entry)> = Vec::with_capacity(words.len());
        for (word, text) in words.iter().enumerate() {
            let prefixes = match *text.as_bytes() {
                [first, second, third, ..] => vec![three_of(folded([first, second, third, 0]))],
                // Whatever follows, or nothing, which is told as a zero.
                [first, second] => (0..=u8::MAX).map(|third| three_of(folded([first, second, third, 0]))).collect(),
                _ => continue,
            };
            for prefix in prefixes.into_iter().collect::<BTreeSet<u32>>() {
                three.set(prefix);
                match text.as_bytes().first_chunk() {
                    Some(first) => four.set(folded(*first)),
                    None => short.set(prefix),
                }
                listed.push((list(prefix), Entry { prefix, word, text: text.as_bytes().into() }));
            }
        }
        // Stable, so that words that are the same stay in their order.
        listed.sort_by_key(|(list, _)| *list);
        let begins = |list: usize| listed.partition_point(|(of, _)| *of < list);
        let lists = (0..=LISTS).map(|list| u16::try_from(begins(list)).unwrap_or(u16::MAX)).collect();
        let entries = listed.into_iter().map(|(_, entry)| entry).collect();
        Self { three, short, four, lists, entries }
    }

    /// Tells `found` the first byte, the length and the number of each word in `text`: those that begin earlier first, and those that
    /// begin at the same byte in no order but that the same word given twice is told in the order it was given.
    /// `found` says whether to go on; the answer is whether it always did.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize, usize) -> bool) -> bool {
        for (at, window) in text.array_windows().enumerate() {
            let window = folded(*window);
            let prefix = three_of(window);
            if self.three.has(prefix)
                && (self.four.has(window) || self.short.has(prefix))
                && !self.look(text, at, prefix, &mut found)
            {
                return false;
            }
        }
        let mut goes_on = true;
        if let Some(&[first, second, third]) = text.last_chunk() {
            goes_on = self.look(text, text.len() - 3, three_of(folded([first, second, third, 0])), &mut found);
        }
        if let Some(&[first, second]) = text.last_chunk() {
            goes_on = goes_on && self.look(text, text.len() - 2, three_of(folded([first, second, 0, 0])), &mut found);
        }
        goes_on
    }

    /// Compares the words that begin with `prefix`.
    fn look(&self, text: &[u8], at: usize, prefix: u32, found: &mut impl FnMut(usize, usize, usize) -> bool) -> bool {
        let list = list(prefix);
        let (Some(from), Some(to)) = (self.lists.get(list), self.lists.get(list + 1)) else { return true };
        for entry in self.entries.get(usize::from(*from)..usize::from(*to)).unwrap_or_default() {
            let length = entry.text.len();
            if entry.prefix == prefix
                && text.get(at..at + length).is_some_and(|text| text.eq_ignore_ascii_case(&entry.text))
                && !found(at, length, entry.word)
            {
                return false;
            }
        }
        true
    }
}

/// A set of beginnings that may say yes when it should say no, and never the other way round.
struct Bits(Box<[u64; 1 << 10]>);

impl Bits {
    fn none() -> Self {
        Self(Box::new([0; 1 << 10]))
    }

    fn set(&mut self, beginning: u32) {
        let hash = hash(beginning);
        if let Some(bits) = self.0.get_mut(hash >> 6) {
            *bits |= 1 << (hash & 63);
        }
    }

    #[inline]
    fn has(&self, beginning: u32) -> bool {
        let hash = hash(beginning);
        self.0.get(hash >> 6).is_some_and(|bits| (bits >> (hash & 63)) & 1 == 1)
    }
}

/// Letters in lower case. Other bytes may become the same as another: what is found is compared once more.
#[inline]
fn folded(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes) | 0x2020_2020
}

/// The first three of four bytes.
#[inline]
fn three_of(window: u32) -> u32 {
    window & 0x00ff_ffff
}

/// 16 bits.
#[inline]
fn hash(beginning: u32) -> usize {
    (beginning.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

fn list(prefix: u32) -> usize {
    hash(prefix) >> 4
}

#[cfg(test)]
mod tests {
    use aho_corasick::{AhoCorasick, MatchKind};
    use proptest::prelude::*;

    use super::*;

    const WORDS: &[&str] =
        &["pw", "ab", "://", "abc", "abcd", "bcd", "ABC", "pass", "password", "word", "密码", "_a_", "a@b", "word"];

    proptest! {
        #[test]
        fn finds_what_an_automaton_finds(text in "(pw|PW|abc|ABCD|pass|PassWord|://|密码|_A_|a@b|a`b|[a-d@`_\u{7f}: ])*") {
            let automaton = AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(WORDS).unwrap();
            let expected: Vec<_> = automaton.find_overlapping_iter(&text).map(|hit| (hit.start(), hit.end(), hit.pattern().as_usize())).collect();
            let mut found = Vec::new();
            Search::of(WORDS).each(text.as_bytes(), |at, length, word| {
                found.push((at, at + length, word));
                true
            });
            found.sort_by_key(|(start, end, _)| (*end, *start));
            prop_assert_eq!(found, expected);
        }
    }
}
