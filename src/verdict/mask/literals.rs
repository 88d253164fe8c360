//! Many texts, taken out of a report that as a rule holds none of them.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// Bytes of a text that tell whether it may begin somewhere. A text has no fewer: those of a document's secrets that do are not masked.
const PREFIX: usize = super::SHORTEST;

/// Bits of the table for each text.
const BITS: usize = 256;

/// Texts, looked for all at once.
#[derive(Default)]
pub(super) struct Literals {
    texts: Vec<String>,
    /// What each begins with, in order.
    prefixes: Vec<[u8; PREFIX]>,
    /// A bit for each hash of what one begins with: so that nearly every byte of a report costs one look here.
    bits: Vec<u64>,
    /// Built when the first text may hold one: that takes longer than all the looking.
    automaton: OnceLock<Option<AhoCorasick>>,
}

impl Literals {
    /// Looks for `texts`; one of fewer than [`PREFIX`] bytes is not found.
    pub(super) fn of(mut texts: Vec<String>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        texts.retain(|text| text.len() >= PREFIX);
        let mut prefixes: Vec<[u8; PREFIX]> =
            texts.iter().filter_map(|text| text.as_bytes().first_chunk().copied()).collect();
        prefixes.dedup();
        let mut bits = vec![0; (prefixes.len() * BITS / 64).next_power_of_two()];
        for prefix in &prefixes {
            let hash = hash(prefix);
            let cell = (hash >> 6) & (bits.len() - 1);
            if let Some(cell) = bits.get_mut(cell) {
                *cell |= 1 << (hash & 63);
            }
        }
        Self { texts, prefixes, bits, automaton: OnceLock::new() }
    }

    /// `text` with `instead` in place of each of them, the longest of those that begin first; nothing when it holds none.
    pub(super) fn replaced(&self, text: &str, instead: &str) -> Option<String> {
        if !self.may_be_in(text) {
            return None;
        }
        let build = || AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&self.texts).ok();
        let automaton = self.automaton.get_or_init(build).as_ref()?;
        let mut out = String::with_capacity(text.len());
        automaton.replace_all_with(text, &mut out, |_, _, out| {
            out.push_str(instead);
            true
        });
        Some(out)
    }

    /// Whether one begins somewhere in `text`, as far as the first bytes tell.
    fn may_be_in(&self, text: &str) -> bool {
        let begins = |window: &[u8; PREFIX]| {
            let hash = hash(window);
            let cell = self.bits.get((hash >> 6) & (self.bits.len() - 1));
            cell.is_some_and(|cell| (cell >> (hash & 63)) & 1 == 1) && self.prefixes.binary_search(window).is_ok()
        };
        !self.texts.is_empty() && text.as_bytes().array_windows().any(begins)
    }
}

fn hash(prefix: &[u8; PREFIX]) -> usize {
    let [first, second, third, fourth, fifth, sixth] = *prefix;
    let number = u64::from_le_bytes([first, second, third, fourth, fifth, sixth, 0, 0]);
    // The upper bits depend on every byte; 32 of them are enough for any table here.
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}
