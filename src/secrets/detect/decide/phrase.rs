//! Recognises words, sentences, commands and qualified names.

use super::bigram::is_wordlike;
use super::shape::is_name;
use crate::base::words::{is_new_run, split};
use crate::secrets::detect::words::{WordSet, Words};

/// One plain word: letters alone, with the punctuation that ends a clause.
pub(in super::super) fn is_word(text: &str) -> bool {
    let word = text.trim_end_matches(['.', ',', ';', ':', '!', '?']);
    !word.is_empty() && word.chars().all(char::is_alphabetic) && (!word.is_ascii() || is_wordlike(word.as_bytes()))
}

/// Several plain words, which are a remark rather than a pass phrase: two or three, or more of which not all are in lower case.
pub(in super::super) fn is_phrase(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_lower = || text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' ');
    words.len() >= 2
        && words.iter().all(|word| is_word(word.trim_matches(['(', ')', '"', '\''])))
        && (words.len() <= 3 || !is_lower())
}

/// A command or an expression of several words: a word among them is an option, a variable or an operator, or the first is a cmdlet
/// of PowerShell.
pub(in super::super) fn is_invocation(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    is_cmdlet(first)
        || matches!(first, "await" | "new" | "return" | "yield" | "async" | "typeof" | "lambda" | "function")
            && text.len() > first.len()
        || words.any(|word| {
            let is_option = word.len() >= 3
                && word.starts_with('-')
                && word.trim_start_matches('-').starts_with(|first: char| first.is_ascii_alphabetic());
            let is_operator = matches!(word, "|" | "||" | "&&" | "??" | "?:" | "?" | "=>" | "->" | "==" | "!=" | "+");
            is_option || is_operator || word.starts_with('$')
        })
}

/// `ConvertTo-SecureString`: a verb and a noun, as PowerShell names its commands.
fn is_cmdlet(text: &str) -> bool {
    let is_capitalised = |part: &str| {
        part.len() >= 3
            && part.bytes().all(|byte| byte.is_ascii_alphabetic())
            && part.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase())
            && part.as_bytes().get(1).is_some_and(u8::is_ascii_lowercase)
    };
    text.split_once('-').is_some_and(|(verb, noun)| is_capitalised(verb) && is_capitalised(noun))
}

/// `shop.cmd.serve:main`: a function and its module, as package metadata names a program. Lower case and words, without a digit.
pub(in super::super) fn is_entry_point(text: &str) -> bool {
    let Some((module, function)) = text.split_once(':') else { return false };
    let is_part = |part: &str| {
        part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !part.starts_with('_')
    };
    let has_word = || text.split(['.', ':', '_']).any(|part| part.len() >= 4 && is_wordlike(part.as_bytes()));
    module.contains('.') && module.split('.').all(is_part) && function.split('.').all(is_part) && has_word()
}

/// `django.contrib.auth.hashers.Argon2PasswordHasher`: three identifiers or more that are words, with dots between them.
pub(in super::super) fn is_qualified(text: &str) -> bool {
    let is_identifier = |part: &str| {
        part.len() >= 2
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && is_name(part)
            && split(part, |_| true, is_new_run).any(|run| {
                run.len() >= 3
                    && is_wordlike(run.as_bytes())
                    && run.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
            })
    };
    text.split('.').count() >= 3 && text.split('.').all(is_identifier)
}

/// A sentence rather than a pass phrase: words between blanks, some of which occur only in sentences.
pub(in super::super) fn is_prose(text: &str) -> bool {
    static SENTENCE_WORDS: Words = Words::new(|| {
        WordSet::of(
            "the a an of to for is are in from with and or be must see ask use your this that will not by at as it if when \
         should can please enter which has was you we der die das le la el de no only stored used name database \
         contains",
        )
    });
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() < 2 {
        return false;
    }
    let is_word = |word: &&&str| {
        word.bytes().all(|byte| {
            byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b',' | b'.' | b':' | b'-' | b'(' | b')' | b'?')
        })
    };
    let plain = words.iter().filter(is_word).count();
    let tells = words
        .iter()
        .filter(|word| SENTENCE_WORDS.contains(&word.trim_matches([',', '.', ':', '(', ')']).to_ascii_lowercase()))
        .count();
    plain * 4 >= words.len() * 3 && (tells >= 1 && words.len() >= 3 || tells * 2 >= words.len())
}
