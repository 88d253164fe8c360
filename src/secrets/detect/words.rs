//! Lists of words, written as people read them and looked up by hash.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A list of words, split when it is first asked.
pub(super) type Words = LazyLock<WordSet>;

/// The words of one list.
pub(super) struct WordSet(HashSet<&'static str>);

impl WordSet {
    /// The words of `list`, which stand between blanks.
    pub(super) fn of(list: &'static str) -> Self {
        Self(list.split_whitespace().collect())
    }

    /// Whether `word` is among them, letter for letter.
    pub(super) fn contains(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}
