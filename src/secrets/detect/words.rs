//! Word lists: files of words, looked up by hash.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A word list, read on first use.
pub(super) type Words = LazyLock<WordSet>;

/// The words of one list as a set.
pub(super) struct WordSet {
    words: HashSet<String>,
    /// The words as they are written, with `_` between the words of a phrase.
    written: Vec<String>,
}

impl WordSet {
    /// The words of the file `list`: separated by blanks; a line that begins with `#` is a comment.
    pub(super) fn of(list: &str) -> Self {
        let written: Vec<String> = lines(list).flat_map(str::split_whitespace).map(str::to_owned).collect();
        Self { words: written.iter().cloned().collect(), written }
    }

    /// The same for a file whose lines begin with the code of a language. Each word also counts in its spellings without accents.
    pub(super) fn spoken(list: &str) -> Self {
        let all = lines(list).flat_map(|line| line.split_whitespace().skip(1));
        let written: Vec<String> = all.flat_map(spellings).collect();
        Self { words: written.iter().map(|word| super::key::words(word).concat()).collect(), written }
    }

    /// The words as they are written in keys, with `_` between the words of a phrase.
    pub(super) fn written(&self) -> impl Iterator<Item = &str> {
        self.written.iter().map(String::as_str)
    }

    /// Whether the list contains exactly `word`.
    pub(super) fn contains(&self, word: &str) -> bool {
        self.words.contains(word)
    }
}

/// The lines of a list without its comments.
pub(super) fn lines(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.starts_with('#'))
}

/// `word`, and how it is written where there are no accents: without them, or with two letters for one.
fn spellings(word: &str) -> Vec<String> {
    const PLAIN: &[(&str, &str, &str)] = &[
        ("ä", "a", "ae"),
        ("ö", "o", "oe"),
        ("ü", "u", "ue"),
        ("å", "a", "aa"),
        ("ø", "o", "oe"),
        ("ß", "ss", "ss"),
        ("æ", "ae", "ae"),
        ("ñ", "n", "n"),
        ("ç", "c", "c"),
        ("é", "e", "e"),
        ("è", "e", "e"),
        ("ë", "e", "e"),
        ("á", "a", "a"),
        ("à", "a", "a"),
        ("ă", "a", "a"),
        ("â", "a", "a"),
        ("í", "i", "i"),
        ("ì", "i", "i"),
        ("î", "i", "i"),
        ("ó", "o", "o"),
        ("ò", "o", "o"),
        ("ô", "o", "o"),
        ("õ", "o", "o"),
        ("ú", "u", "u"),
        ("ů", "u", "u"),
        ("ł", "l", "l"),
        ("ľ", "l", "l"),
        ("ş", "s", "s"),
        ("š", "s", "s"),
        ("ž", "z", "z"),
        ("č", "c", "c"),
        ("ņ", "n", "n"),
        ("ŋ", "n", "n"),
        ("ý", "y", "y"),
        ("ð", "d", "d"),
        ("ə", "e", "e"),
        ("ģ", "g", "g"),
        ("ė", "e", "e"),
        ("ậ", "a", "a"),
        ("ẩ", "a", "a"),
    ];
    let mut all = vec![word.to_owned(), word.to_owned(), word.to_owned()];
    if let [_, one, two] = all.as_mut_slice() {
        for (letter, single, double) in PLAIN {
            *one = one.replace(letter, single);
            *two = two.replace(letter, double);
        }
    }
    all.retain(|spelling| spelling == word || spelling.is_ascii());
    all.dedup();
    all
}
