//! Many words looked for at once, in any case, by their first three bytes.
//!
//! An automaton over all words takes longer to build than a small document takes to judge, and is too large for a processor's first
//! cache. Here a table of 8 KiB says of nearly every byte that no word begins there, and each byte is asked for by itself: no step
//! waits for the one before it.

use std::collections::BTreeSet;

/// Numbers that hold the table's bits.
const CELLS: usize = 1 << 10;

/// Lists of words whose hashes begin alike.
const LISTS: usize = 1 << 12;

/// Words, ready to be looked for.
pub(super) struct Search {
    /// A bit for each hash of a prefix.
    bits: Box<[u64; CELLS]>,
    /// Where each list begins in `entries`; one more for the end of the last.
    lists: Box<[u16]>,
    entries: Vec<Entry>,
}

/// A word in its list.
struct Entry {
    /// Its prefix, folded.
    prefix: u32,
    /// Its place among the words that were given.
    word: usize,
    /// Its text, whose case means nothing.
    text: Box<[u8]>,
}

impl Search {
    /// Looks for `words`, each of at least two bytes; a shorter one is never found.
    pub(super) fn of(words: &[&str]) -> Self {
        let mut bits = Box::new([0; CELLS]);
        let mut listed: Vec<(usize, Entry)> = Vec::with_capacity(words.len());
        for (word, text) in words.iter().enumerate() {
            let prefixes = match *text.as_bytes() {
                [first, second, third, ..] => vec![folded([first, second, third, 0])],
                // Whatever follows, or nothing, which is told as a zero.
                [first, second] => (0..=u8::MAX).map(|third| folded([first, second, third, 0])).collect(),
                _ => continue,
            };
            for prefix in prefixes.into_iter().collect::<BTreeSet<u32>>() {
                let hash = hash(prefix);
                if let Some(cell) = bits.get_mut(hash >> 6) {
                    *cell |= 1 << (hash & 63);
                }
                listed.push((list(hash), Entry { prefix, word, text: text.as_bytes().into() }));
            }
        }
        // Stable, so that words that are the same stay in their order.
        listed.sort_by_key(|(list, _)| *list);
        let begins = |list: usize| listed.partition_point(|(of, _)| *of < list);
        let lists = (0..=LISTS).map(|list| u16::try_from(begins(list)).unwrap_or(u16::MAX)).collect();
        Self { bits, lists, entries: listed.into_iter().map(|(_, entry)| entry).collect() }
    }

    /// Tells `found` the first byte, the length and the number of each word in `text`: those that begin earlier first, and those that
    /// begin at the same byte in no order but that the same word given twice is told in the order it was given.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        for (at, window) in text.array_windows::<4>().enumerate() {
            let prefix = folded(*window);
            if self.may_be(prefix) {
                self.look(text, at, prefix, &mut found);
            }
        }
        if let Some(&[first, second, third]) = text.last_chunk() {
            self.look(text, text.len() - 3, folded([first, second, third, 0]), &mut found);
        }
        if let Some(&[first, second]) = text.last_chunk() {
            self.look(text, text.len() - 2, folded([first, second, 0, 0]), &mut found);
        }
    }

    /// Whether a word may begin with `prefix`.
    fn may_be(&self, prefix: u32) -> bool {
        let hash = hash(prefix);
        self.bits.get(hash >> 6).is_some_and(|cell| cell >> (hash & 63) & 1 == 1)
    }

    /// Compares the words that begin with `prefix`.
    fn look(&self, text: &[u8], at: usize, prefix: u32, found: &mut impl FnMut(usize, usize, usize)) {
        let list = list(hash(prefix));
        let (Some(from), Some(to)) = (self.lists.get(list), self.lists.get(list + 1)) else { return };
        for entry in self.entries.get(usize::from(*from)..usize::from(*to)).unwrap_or_default() {
            let length = entry.text.len();
            if entry.prefix == prefix
                && text.get(at..at + length).is_some_and(|text| text.eq_ignore_ascii_case(&entry.text))
            {
                found(at, length, entry.word);
            }
        }
    }
}

/// The first three of four bytes, letters in lower case. Other bytes may become the same as another: what is found is compared once more.
fn folded(bytes: [u8; 4]) -> u32 {
    (u32::from_le_bytes(bytes) | 0x2020_2020) & 0x00ff_ffff
}

/// 16 bits.
fn hash(prefix: u32) -> usize {
    (prefix.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

fn list(hash: usize) -> usize {
    hash >> 4
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
            Search::of(WORDS).each(text.as_bytes(), |at, length, word| found.push((at, at + length, word)));
            found.sort_by_key(|(start, end, _)| (*end, *start));
            prop_assert_eq!(found, expected);
        }
    }
}
