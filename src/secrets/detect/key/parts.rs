//! The words that a name is made of, in whatever convention it is written.

/// Lower-case words, split at humps and punctuation; digits stay with the letters before them.
pub(in super::super) fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut characters = key.chars().peekable();
    let mut before: Option<char> = None;
    while let Some(character) = characters.next() {
        if !character.is_alphanumeric() && !is_mark(character) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            before = None;
            continue;
        }
        let is_hump = character.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && characters.peek().is_some_and(|after| after.is_lowercase()))
            });
        if is_hump && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.extend(character.to_lowercase());
        before = Some(character);
    }
    words.extend((!word.is_empty()).then_some(word));
    for word in &mut words {
        let bigram = word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let is_name_with_digits = matches!(
            word.as_str(),
            "s3" | "k8s"
                | "oauth2"
                | "ec2"
                | "auth0"
                | "base64"
                | "b64"
                | "sha256"
                | "sha1"
                | "md5"
                | "p12"
                | "pkcs12"
                | "erc20"
                | "i18n"
        );
        if bigram > 0 && !is_name_with_digits {
            word.truncate(bigram);
        }
    }
    words
}

/// Vowel signs and accents that stand behind their letter.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{97f}' | '\u{e30}'..='\u{e4e}')
}
