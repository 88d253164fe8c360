//! The words of a key, in whatever naming convention.

use crate::base::words::{is_hump, lower, split};

/// Words whose digits belong to the name.
const WITH_DIGITS: &[&str] = &[
    "s3", "k8s", "oauth2", "ec2", "auth0", "base64", "b64", "sha256", "sha1", "md5", "p12", "pkcs12", "erc20", "i18n",
];

/// Lower-case words, split at changes of case and at punctuation. Digits stay with the letters before them; those at the end of a
/// word are cut off, except in [`WITH_DIGITS`].
pub(in super::super) fn words(key: &str) -> Vec<String> {
    let is_part = |character: char| character.is_alphanumeric() || is_mark(character);
    let is_start = |before: char, here: char, after| {
        is_hump(before, here, after) || (before.is_ascii_digit() && here.is_uppercase())
    };
    split(key, is_part, is_start).map(lower).map(without_number).collect()
}

fn without_number(word: String) -> String {
    // The last letter of a Greek word, which capitals do not have.
    let mut word = if word.ends_with('ς') { word.replace('ς', "σ") } else { word };
    let letters = word.trim_end_matches(|character: char| character.is_ascii_digit()).len();
    if letters > 0 && !WITH_DIGITS.contains(&word.as_str()) {
        word.truncate(letters);
    }
    word
}

/// Vowel signs and accents, which follow their letter.
fn is_mark(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{ddf}' | '\u{e30}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{200c}' | '\u{200d}'
    )
}
