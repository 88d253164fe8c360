//! Placeholders: texts in place of a secret.

use super::bigram;
use crate::secrets::detect::key::lists::{PASSWORDS, TOKENS};
use crate::secrets::detect::vendor::allowlist::is_sample;
use crate::secrets::detect::words::{WordSet, Words};

/// Words that are placeholders by themselves.
static STRONG: Words = Words::new(|| WordSet::of(include_str!("../data/stand-ins.txt")));

/// Words that may occur next to them in a placeholder.
static FILLERS: Words = Words::new(|| WordSet::of(include_str!("../data/fillers.txt")));

/// Words that name a secret.
static NOUNS: Words = Words::new(|| WordSet::of(include_str!("../data/kinds.txt")));

/// Whether `text` is a placeholder for a secret.
pub(in super::super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'', '`']);
    if text.is_empty() || is_one_character(text) || is_uniform(text) || is_redaction(text) || is_counting(text) {
        return true;
    }
    if text.contains("EXAMPLE") || (16..=200).contains(&text.len()) && is_sample(text) {
        return true;
    }
    if text.len() > 80 {
        return false;
    }
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        // Punctuation alone: `....`, `----`; a password of punctuation has several kinds.
        let mut kinds: Vec<char> = text.chars().collect();
        kinds.sort_unstable();
        kinds.dedup();
        return kinds.len() <= 2;
    }
    if is_negation(&words) || is_addressed(&words) || is_constant(text, &words) {
        return true;
    }
    let bare = |word: &str| word.trim_end_matches(|character: char| character.is_ascii_digit()).to_owned();
    let is_known = |word: &&str| {
        let bare = bare(word);
        bare.is_empty()
            || STRONG.contains(&bare)
            || FILLERS.contains(&bare)
            || is_one_character(&bare)
            || is_glued(&bare)
    };
    let tells = words.iter().any(|word| {
        let bare = bare(word);
        STRONG.contains(&bare) || is_glued(&bare) || (bare.len() >= 3 && is_one_character(&bare))
    });
    tells && words.iter().all(is_known)
}

/// `not-set`, `no-password`, `never set here`: that there is none.
fn is_negation(words: &[&str]) -> bool {
    let Some((first, rest)) = words.split_first() else { return false };
    matches!(*first, "not" | "no" | "non" | "without" | "never" | "un")
        && (1..=4).contains(&rest.len())
        && rest
            .iter()
            .all(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()) && bigram::is_wordlike(word.as_bytes()))
}

/// `your-wiki-uuid`, `my password`: words to the reader in place of the value.
fn is_addressed(words: &[&str]) -> bool {
    let Some((first, rest)) = words.split_first() else { return false };
    let is_wordy = || {
        rest.iter()
            .all(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic()) && bigram::is_wordlike(word.as_bytes()))
    };
    match *first {
        _ if words.last() == Some(&"here") => words.len() <= 5 && is_wordy() && bigram::is_wordlike(first.as_bytes()),
        "your" => (1..=5).contains(&rest.len()) && is_wordy(),
        "my" => (1..=3).contains(&rest.len()) && is_wordy() && rest.last().is_some_and(|last| NOUNS.contains(last)),
        _ => false,
    }
}

/// `SHOP_PASSWORD`, `VALUE_LEFT_OUT_OF_LOGS`: words in capitals, for a person or a program to replace.
fn is_constant(text: &str, words: &[&str]) -> bool {
    let is_shouted = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let names_one = || words.last().is_some_and(|last| NOUNS.contains(last) || PASSWORDS.contains(last));
    is_shouted
        && words.iter().all(|word| bigram::is_wordlike(word.as_bytes()))
        && (words.len() >= 4 || words.len() >= 2 && names_one())
}

/// `11111111-1111-1111-1111-111111111111`: one character in groups.
fn is_uniform(text: &str) -> bool {
    let mut characters = text.chars().filter(|character| !matches!(character, '-' | '_' | '.' | ':' | ' '));
    let first = characters.next();
    text.len() >= 8 && first.is_some_and(char::is_alphanumeric) && characters.all(|character| Some(character) == first)
}

/// `Nova lozinka`, `Potvrdi lozinku`: the caption of a field, in any language: a few words that begin with a capital.
pub(in super::super) fn is_caption(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_capital = |word: &&&str| word.chars().next().is_some_and(char::is_uppercase);
    let capitals = words.iter().filter(is_capital).count();
    (2..=8).contains(&words.len())
        && words.first().is_some_and(|first| is_capital(&first))
        && (words.len() <= 3 || capitals < words.len())
        && words.iter().all(|word| {
            word.chars().all(|character| {
                character.is_alphabetic() || matches!(character, '\'' | '’' | '-' | '.' | ':' | '?' | ',' | '!')
            })
        })
}

/// `changemenow`, `yourtoken`, `examplepassword`, `dummysecret`: written together.
fn is_glued(word: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "changeme",
        "change",
        "your",
        "example",
        "dummy",
        "fake",
        "sample",
        "insert",
        "replace",
        "placeholder",
        "mock",
        "test",
        "put",
        "enter",
        "some",
    ];
    BEGINNINGS.iter().filter_map(|beginning| word.strip_prefix(beginning)).any(|rest| is_of_fillers(rest, 4))
        && word != "change"
}

/// Whether `text` is at most `most` words of placeholders, written together.
fn is_of_fillers(text: &str, most: usize) -> bool {
    text.is_empty()
        || most > 0
            && (2..=text.len().min(12))
                .filter_map(|length| Some((text.get(..length)?, text.get(length..)?)))
                .any(|(word, rest)| (FILLERS.contains(word) || word == "here") && is_of_fillers(rest, most - 1))
}

/// Whether a whole value is a word that names a kind of secret, a type or a switch.
pub(in super::super) fn is_generic_word(text: &str) -> bool {
    let word = text.trim().to_lowercase();
    if is_label(&word) {
        return true;
    }
    // `"password": "Passwort"`: a label, possibly translated.
    NOUNS.contains(&word)
        || PASSWORDS.contains(&word)
        || TOKENS.contains(&word)
        || matches!(text.trim(), "String!" | "Int!" | "Boolean!")
}

/// `Confirmar contraseña`, `确认密码`: a label of a form, which names the secret among other words.
fn is_label(text: &str) -> bool {
    const UNSPACED: &[&str] = &["密码", "密碼", "口令", "パスワード", "暗証番号", "비밀번호", "암호"];
    let is_letters =
        text.chars().all(|character| character.is_alphabetic() || matches!(character, ' ' | '?' | '-' | '.'));
    let mut words = text.split_whitespace();
    is_letters
        && (text.contains(' ') && words.any(|word| PASSWORDS.contains(word) || TOKENS.contains(word))
            || UNSPACED.iter().any(|word| text.contains(word)))
}

/// Whether a value repeats its name: `client_secret: "client-secret"`.
pub(in super::super) fn repeats(name: &str, value: &str) -> bool {
    let letters =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    let (name, value) = (letters(name), letters(value));
    value.len() >= 4 && name.ends_with(&value)
}

/// Words that follow "password:" in prose, logs and messages.
pub(in super::super) fn is_prose_word(text: &str) -> bool {
    static PROSE: Words = Words::new(|| WordSet::of(include_str!("../data/talk.txt")));
    PROSE.contains(&text.to_ascii_lowercase())
}

fn is_one_character(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    text.len() > 1 && characters.all(|character| Some(character) == first)
}

/// `abc***`, `••••`, `x1x2`: mostly masking characters.
fn is_redaction(text: &str) -> bool {
    let hides = text.chars().filter(|character| matches!(character, '*' | '•' | '●' | '·' | '█' | '…')).count();
    let crosses = text.bytes().filter(|byte| byte.eq_ignore_ascii_case(&b'x')).count();
    text.contains("***")
        || (hides >= 3 && hides * 3 >= text.chars().count())
        || (hides >= 1 && text.contains('…'))
        || (crosses >= 5 && crosses * 10 >= text.len() * 7)
        || text.contains("xxxx")
        || text.contains("XXXX")
        || text.contains("...")
}

/// `abcdefgh`, `0123456789abcdef`, `qwertyuiop` of some length: typed in place of a token. The short ones
/// (`123456`, `qwerty`) are passwords that people use.
fn is_counting(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let rows = [
        "0123456789abcdefghijklmnopqrstuvwxyz",
        "1234567890abcdefghijklmnopqrstuvwxyz",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "12345678901234567890123456789012345678901234567890",
        "01234567890123456789012345678901234567890123456789",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ];
    // `abcdef.0123456789abcdef`, the token of kubeadm's documentation.
    let bare: String = lower.chars().filter(|character| !matches!(character, '.' | '-' | '_')).collect();
    let bytes = bare.as_bytes();
    let (even, odd): (Vec<u8>, Vec<u8>) =
        (bytes.iter().copied().step_by(2).collect(), bytes.iter().copied().skip(1).step_by(2).collect());
    bytes.len() >= 9 && rows.iter().any(|row| row.contains(&bare))
        || bytes.len() >= 12 && (counts_up(bytes) || counts_up(&even) && counts_up(&odd))
}

/// `123456abcdefg`: runs of four or more that each count up.
fn counts_up(bytes: &[u8]) -> bool {
    let is_next = |one: &u8, other: &u8| *other == one.wrapping_add(1) || (*one, *other) == (b'9', b'0');
    bytes.len() >= 4 && bytes.chunk_by(is_next).all(|run| run.len() >= 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_distinguished_from_passwords() {
        for text in [
            "changeme",
            "CHANGE_ME_NOW",
            "<your-token>",
            "your-token-here",
            "REPLACE_WITH_TOKEN",
            "xxxxxxxx",
            "********",
            "example-password",
            "dummy-secret",
            "TODO",
            "insert password here",
            "fake_api_key_1",
            "examplepassword",
            "yourtokenhere",
            "abc***",
            "none",
            "0123456789abcdef",
            "my-test-password",
            "my-password",
            "your-wiki-uuid",
            "123456abcdefg",
            "ABCDEFGH-1234-ABCD-1234-ABCDEFGHIJKL",
            "A1B2C3D4E5F6G7H8I9J0",
            "LICENSE_HERE",
            "SHOP_PASSWORD",
            "VALUE_LEFT_OUT_OF_LOGS",
            "dummyclientsecret",
            "11111111-1111-1111-1111-111111111111",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [
            "hunter2",
            "nonesuch9!x",
            "mockingbird7",
            "password123",
            "hammock!9",
            "Summer2024!",
            "correct-horse-battery-staple",
            "letmein",
            "qwerty123",
            "s3cr3t",
            "yourself9Zt!",
            "123456",
            "my-sunshine9",
            "abcd12345xyz",
            "SUNSHINE",
            "SUMMER_2024",
            "dummysunshine",
            "mydarling",
            "11111111-1111-1111-1111-111111111112",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
