//! The words of a name, in whatever convention it is written: `prodEu`, `PROD_EU`, `prod-eu`, `HTTPServer`.

use std::iter::Peekable;
use std::str::CharIndices;

/// The parts of a name, made by [`split`].
pub struct Words<'t, Part, Start> {
    text: &'t str,
    characters: Peekable<CharIndices<'t>>,
    is_part: Part,
    is_start: Start,
}

/// Splits `text` into words. A character for which `is_part` is false separates words and belongs to none. A word also ends before a
/// character for which `is_start` is true; it is given the character before, which belongs to the same word, the character itself, and
/// the character after it. [`is_hump`] is the usual choice.
pub fn split<Part, Start>(text: &str, is_part: Part, is_start: Start) -> Words<'_, Part, Start>
where
    Part: Fn(char) -> bool,
    Start: Fn(char, char, Option<char>) -> bool,
{
    Words { text, characters: text.char_indices().peekable(), is_part, is_start }
}

/// Whether a word begins at a change of case: `prodEu` is `prod` and `Eu`, `HTTPServer` is `HTTP` and `Server`.
pub fn is_hump(before: char, here: char, after: Option<char>) -> bool {
    here.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && after.is_some_and(char::is_lowercase)))
}

/// Whether a run of one kind begins: ASCII letters up to a change of case, ASCII digits, or anything else.
pub fn is_new_run(before: char, here: char, after: Option<char>) -> bool {
    let kind = |character: char| (character.is_ascii_alphabetic(), character.is_ascii_digit());
    let is_after_acronym = || before.is_ascii_uppercase() && after.is_some_and(|after| after.is_ascii_lowercase());
    kind(before) != kind(here) || (here.is_ascii_uppercase() && (before.is_ascii_lowercase() || is_after_acronym()))
}

/// `word` in lower case, character by character.
pub fn lower(word: &str) -> String {
    word.chars().flat_map(char::to_lowercase).collect()
}

impl<'t, Part, Start> Iterator for Words<'t, Part, Start>
where
    Part: Fn(char) -> bool,
    Start: Fn(char, char, Option<char>) -> bool,
{
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        while self.characters.next_if(|&(_, character)| !(self.is_part)(character)).is_some() {}
        let (from, mut before) = self.characters.next()?;
        loop {
            let Some(&(at, here)) = self.characters.peek() else { return self.text.get(from..) };
            let after = self.text.get(at + here.len_utf8()..).and_then(|rest| rest.chars().next());
            if !(self.is_part)(here) || (self.is_start)(before, here, after) {
                return self.text.get(from..at);
            }
            before = here;
            self.characters.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_split_at_separators_and_changes_of_case() {
        let words = |text| split(text, char::is_alphanumeric, is_hump).collect::<Vec<_>>();
        assert_eq!(words("ProdEU-west2_k8s"), ["Prod", "EU", "west2", "k8s"]);
        assert_eq!(words("myEKSProd"), ["my", "EKS", "Prod"]);
        assert_eq!(words("--größeÄndern.HTTPServer--"), ["größe", "Ändern", "HTTP", "Server"]);
        assert!(words("").is_empty() && words("._-").is_empty());
    }

    #[test]
    fn runs_are_letters_digits_and_the_rest() {
        let runs = |text| split(text, |_| true, is_new_run).collect::<Vec<_>>();
        assert_eq!(runs("ServerHTTPs2xx--É1"), ["Server", "HTT", "Ps", "2", "xx", "--É", "1"]);
        assert_eq!(runs("aBCd12E"), ["a", "B", "Cd", "12", "E"]);
    }

    proptest! {
        #[test]
        fn no_part_is_lost_and_no_word_is_empty(text in "[aB1é_Ä-]{0,20}") {
            let words: Vec<&str> = split(&text, char::is_alphanumeric, is_hump).collect();
            prop_assert!(words.iter().all(|word| !word.is_empty()));
            let parts: String = text.chars().filter(|character| character.is_alphanumeric()).collect();
            prop_assert_eq!(words.concat(), parts);
        }
    }
}
