//! Word lists, written as readable text and looked up by hash.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A word list, split on first use.
pub(super) type Words = LazyLock<WordSet>;

/// The words of one list as a set.
pub(super) struct WordSet(HashSet<&'static str>);

impl WordSet {
    /// The words of `list`, separated by blanks.
    pub(super) fn of(list: &'static str) -> Self {
        Self(list.split_whitespace().collect())
    }

    /// Whether the list contains exactly `word`.
    pub(super) fn contains(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}
