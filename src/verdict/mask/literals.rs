//! Many texts, taken out of a report that as a rule holds none of them.

/// Bytes of a text that tell whether it may begin somewhere. A text has no fewer: those of a document's secrets that do are not masked.
const PREFIX: usize = super::SHORTEST;

/// Bits of the table for each text.
const BITS: usize = 256;

/// Texts, looked for all at once.
#[derive(Default)]
pub(super) struct Literals {
    /// In order, none twice.
    texts: Vec<String>,
    /// For each the longest other that it begins with.
    begun: Vec<Option<usize>>,
    /// A bit for each hash of what one begins with: so that nearly every byte of a report costs one look here.
    bits: Vec<u64>,
}

impl Literals {
    /// Looks for `texts`; one of fewer than [`PREFIX`] bytes is not found.
    pub(super) fn of(mut texts: Vec<String>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        texts.retain(|text| text.len() >= PREFIX);
        let mut bits = vec![0; (texts.len() * BITS / 64).next_power_of_two()];
        for hash in texts.iter().filter_map(|text| text.as_bytes().first_chunk().copied().map(hash)) {
            let cell = (hash >> 6) & (bits.len() - 1);
            if let Some(cell) = bits.get_mut(cell) {
                *cell |= 1 << (hash & 63);
            }
        }
        let mut begun: Vec<Option<usize>> = Vec::with_capacity(texts.len());
        for (n, text) in texts.iter().enumerate() {
            let mut before = n.checked_sub(1);
            while let Some(at) = before
                && !texts.get(at).is_some_and(|before| text.starts_with(before.as_str()))
            {
                before = begun.get(at).copied().flatten();
            }
            begun.push(before);
        }
        Self { texts, begun, bits }
    }

    /// `text` with `instead` in place of each of them, the longest of those that begin first; nothing when it holds none.
    pub(super) fn replaced(&self, text: &str, instead: &str) -> Option<String> {
        let mut out = String::new();
        let mut done = 0;
        while let Some((start, end)) = self.first_in(text, done) {
            out.push_str(text.get(done..start)?);
            out.push_str(instead);
            done = end;
        }
        if done == 0 {
            return None;
        }
        out.push_str(text.get(done..)?);
        Some(out)
    }

    /// Where the first of them stands from `from` on.
    fn first_in(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let rest = text.as_bytes().get(from..).filter(|_| !self.texts.is_empty())?;
        let found = rest.array_windows().enumerate().filter(|(_, window)| self.may_begin(**window));
        found.map(|(at, _)| from + at).find_map(|at| Some((at, at + self.longest_before(text.get(at..)?)?)))
    }

    /// Whether one may begin with `window`.
    fn may_begin(&self, window: [u8; PREFIX]) -> bool {
        let hash = hash(window);
        let cell = self.bits.get((hash >> 6) & (self.bits.len() - 1));
        cell.is_some_and(|cell| (cell >> (hash & 63)) & 1 == 1)
    }

    /// The length of the longest that `rest` begins with. Everything between it and `rest`, in their order, begins with it too: so does
    /// the neighbour before `rest`, and of what that begins with it is the longest that `rest` shares.
    fn longest_before(&self, rest: &str) -> Option<usize> {
        let mut at = self.texts.partition_point(|text| text.as_str() <= rest).checked_sub(1)?;
        let neighbour = self.texts.get(at)?;
        let differs = neighbour.bytes().zip(rest.bytes()).position(|(one, other)| one != other);
        let shared = differs.unwrap_or(neighbour.len());
        loop {
            let length = self.texts.get(at)?.len();
            if length <= shared {
                return Some(length);
            }
            at = (*self.begun.get(at)?)?;
        }
    }
}

fn hash(prefix: [u8; PREFIX]) -> usize {
    let [first, second, third, fourth, fifth, sixth] = prefix;
    let number = u64::from_le_bytes([first, second, third, fourth, fifth, sixth, 0, 0]);
    // The upper bits depend on every byte; 32 of them are enough for any table here.
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use aho_corasick::{AhoCorasick, MatchKind};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn takes_out_what_an_automaton_does(texts in prop::collection::vec("(aaaaaa|ab|é){1,3}[abé]{6,8}", 0..8), text in "(aaaaaa|ab|é|[abc])*") {
            let literals = Literals::of(texts.clone());
            let text = format!("{text}{}{text}", texts.concat());
            let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&texts).unwrap();
            let expected = automaton.replace_all(&text, &vec!["#"; texts.len()]);
            prop_assert_eq!(literals.replaced(&text, "#").unwrap_or(text), expected);
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
