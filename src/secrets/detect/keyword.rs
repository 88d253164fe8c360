//! The prefilter: one automaton over the keywords of every detector, so that a text without any of them costs no more than reading it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::key::KeyClass;
use super::key::lists::{GLUED, KEYS, PASSWORDS, SERVICES, TOKENS, WEAK, WHOLE_NAMES};
use super::{text, vendor};
use crate::base::base64::encode_unpadded;
use crate::base::search::Overlapping;

/// The detector that a keyword selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// The rule of a vendor: its index.
    Vendor(usize),
    /// A possible part of the name of a secret.
    Name,
    /// The same for a word that is too common inside of others: it counts as a whole, and is reported as a [`Hint::Name`].
    Word,
    /// A noun that refers to secrets in prose, but is not the name of one by itself.
    Noun,
    /// The name of a service that issues keys.
    Service,
    /// An address.
    Address,
    /// A command that takes passwords: its index in [`text::command::COMMANDS`].
    Command(usize),
    /// A construct recognised by its form.
    Form(text::form::Form),
    /// A secret reference.
    Reference,
    /// A Kubernetes Secret, written out in a script.
    Manifest,
    /// A text in an encoding.
    Encoded,
}

/// A keyword found.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) hint: Hint,
    pub(super) at: Range<usize>,
}

/// All keywords, with the detectors they select.
pub(super) struct Keywords {
    /// Over the keywords in lower case; a match's pattern is its row in `hints`.
    automaton: Option<Overlapping>,
    hints: Vec<Vec<Hint>>,
}

pub(super) static KEYWORDS: LazyLock<Keywords> = LazyLock::new(|| {
    let mut words: BTreeMap<String, Vec<Hint>> = BTreeMap::new();
    let mut add = |word: &str, hint: Hint| words.entry(word.to_ascii_lowercase()).or_default().push(hint);
    for (index, rule) in vendor::RULES.iter().enumerate() {
        for keyword in rule.keywords {
            add(keyword, Hint::Vendor(index));
        }
    }
    for (word, is_whole) in names() {
        add(&word, if is_whole { Hint::Word } else { Hint::Name });
    }
    for word in ["access", "private"] {
        add(word, Hint::Noun);
    }
    for word in SERVICES.written() {
        add(word, Hint::Service);
    }
    for (index, command) in text::command::COMMANDS.iter().enumerate() {
        add(command.word, Hint::Command(index));
    }
    for (word, form) in text::form::KEYWORDS {
        add(word, Hint::Form(*form));
    }
    add("://", Hint::Address);
    add("kind: secret", Hint::Manifest);
    for word in ["vault:", "ref+vault://", "encrypted:", "encryptedfile:", "secret://"] {
        add(word, Hint::Reference);
    }
    for word in ENCODED_NAMES.iter() {
        add(word, Hint::Encoded);
    }
    // Base64 of base64 of a JSON object: tokens that are encoded twice.
    add("zxlk", Hint::Encoded);
    for word in ["base64", "b64", "content-transfer-encoding", "-enc ", "-encodedcommand", "xxd -", "fromhex", "unhex"]
    {
        add(word, Hint::Encoded);
    }
    // Case matters to vendors' prefixes and is checked again by their rules; one automaton for all is cheaper than two.
    let automaton = Overlapping::of(words.keys());
    Keywords { automaton, hints: words.into_values().collect() }
});

/// The names of secrets in base64: the characters that do not depend on the text around the name, in each of the
/// three offsets it can have in a group of three bytes, and in the usual letter cases.
static ENCODED_NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut fragments = Vec::new();
    let glued = GLUED.passwords.iter().chain(&GLUED.tokens).copied().filter(|word| word.is_ascii() && word.len() >= 5);
    for name in glued.chain(["api_key", "api-key", "private key", "access_key", "authorization", "credential"]) {
        let capital = name.get(..1).unwrap_or_default().to_ascii_uppercase() + name.get(1..).unwrap_or_default();
        for written in [name.to_owned(), name.to_ascii_uppercase(), capital] {
            for before in 0..3_usize {
                let bytes = [vec![0; before], written.clone().into_bytes()].concat();
                let encoded = encode_unpadded(&bytes);
                // The first characters contain bits of the text before the name, the last one bits of the text after it.
                let from = (before * 8).div_ceil(6);
                let to = bytes.len() * 8 / 6;
                fragments.extend(encoded.get(from..to).filter(|fragment| fragment.len() >= 5).map(str::to_owned));
            }
        }
    }
    fragments.sort_unstable();
    fragments.dedup();
    fragments
});

/// The words that may name a secret, computed from the lists of keys: each as short as possible, and whether it counts only as a
/// whole word.
fn names() -> Vec<(String, bool)> {
    let glued = GLUED.passwords.iter().chain(&GLUED.tokens).chain(&GLUED.sought).map(|word| (*word).to_owned());
    let parts = shortest(glued.collect());
    let whole_names = WHOLE_NAMES
        .iter()
        .filter(|(_, class)| {
            matches!(class, KeyClass::Always | KeyClass::Header | KeyClass::Token | KeyClass::Mnemonic)
        })
        .map(|(name, _)| name.replace('-', "_"));
    let lists = [&PASSWORDS, &TOKENS, &KEYS, &WEAK];
    let written =
        lists.iter().flat_map(|list| list.written().map(str::to_owned)).chain(whole_names).chain(["community".into()]);
    let mut names: Vec<(String, bool)> = Vec::new();
    for word in written.filter(|word| !parts.iter().any(|part| word.contains(part.as_str()))) {
        // The words of a phrase may be joined in any way.
        for joint in if word.contains('_') { ["", "_", "-", ".", " "].as_slice() } else { &[""] } {
            names.push((word.replace('_', joint), true));
        }
    }
    names.extend(parts.into_iter().map(|part| (part, false)));
    let mut cases: Vec<(String, bool)> = names
        .into_iter()
        .flat_map(|(word, is_whole)| {
            let mut letters = word.chars();
            let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
            // The automaton folds the case of ASCII letters only.
            let others = if word.is_ascii() { Vec::new() } else { vec![word.to_uppercase(), capital] };
            others.into_iter().chain([word]).map(move |word| (word, is_whole))
        })
        .collect();
    cases.sort_unstable();
    cases.dedup_by(|one, other| one.0 == other.0);
    cases
}

/// `words` without those that contain another.
fn shortest(mut words: Vec<String>) -> Vec<String> {
    words.sort_by_key(String::len);
    let mut kept: Vec<String> = Vec::new();
    for word in words {
        if !kept.iter().any(|known| word.contains(known.as_str())) {
            kept.push(word);
        }
    }
    kept
}

/// Whether the word at `at` is not part of a longer one: `API_CLE`, `apiCle`, and not `article`.
fn is_whole_word(text: &[u8], at: Range<usize>) -> bool {
    let byte = |at: Option<usize>| at.and_then(|at| text.get(at)).copied().unwrap_or(b' ');
    let (before, after) = (byte(at.start.checked_sub(1)), byte(Some(at.end)));
    let (first, last) = (byte(Some(at.start)), byte(at.end.checked_sub(1)));
    if !first.is_ascii() {
        return true;
    }
    let starts = !before.is_ascii_alphabetic()
        || before.is_ascii_lowercase() && first.is_ascii_uppercase()
        // The escape of a new line, written out.
        || matches!(before, b'n' | b't' | b'r') && byte(at.start.checked_sub(2)) == b'\\';
    let ends = !after.is_ascii_alphabetic() || last.is_ascii_lowercase() && after.is_ascii_uppercase();
    starts && ends
}

impl Keywords {
    /// Every keyword in `text`, in the order of their ends, except those that the bytes around them rule out.
    pub(super) fn hits(&self, text: &str) -> impl Iterator<Item = Hit> + use<> {
        let mut hits = Vec::new();
        self.hits_in(text, 0..text.len(), &mut hits);
        hits.into_iter()
    }

    /// The same for the part of `text` at `part`, written to `hits`, with positions relative to that part.
    pub(super) fn hits_in(&self, text: &str, part: Range<usize>, hits: &mut Vec<Hit>) {
        hits.clear();
        hits.extend(self.each(text, part));
    }

    /// Whether the part of `text` at `part` contains a keyword.
    pub(super) fn are_in(&self, text: &str, part: Range<usize>) -> bool {
        self.each(text, part).next().is_some()
    }

    fn each<'k>(&'k self, text: &'k str, part: Range<usize>) -> impl Iterator<Item = Hit> + 'k {
        let (whole, from) = (text.as_bytes(), part.start);
        let lower = whole.get(part).unwrap_or_default().iter().map(u8::to_ascii_lowercase);
        let found = self.automaton.iter().flat_map(move |automaton| automaton.find(lower.clone()));
        found.flat_map(move |found| {
            let at = found.start()..found.end();
            let hints = self.hints.get(found.pattern()).map(Vec::as_slice).unwrap_or_default();
            hints.iter().filter_map(move |hint| {
                let here = from + at.start..from + at.end;
                let (is_ruled_out, hint) = match *hint {
                    Hint::Vendor(rule) => (!vendor::may_begin(rule, whole, here), *hint),
                    Hint::Word => (!is_whole_word(whole, here), Hint::Name),
                    hint => (false, hint),
                };
                (!is_ruled_out).then(|| Hit { hint, at: at.clone() })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::detect::key::classify;

    #[test]
    fn every_word_that_names_a_secret_is_reached_in_a_script() {
        for list in [&PASSWORDS, &TOKENS, &KEYS] {
            for word in list.written() {
                for name in [format!("api_{word}"), format!("API_{}", word.to_uppercase())] {
                    let text = format!("export {name}=Kx7tRw2qLp9Zb4Nd8s");
                    assert!(KEYWORDS.hits(&text).any(|hit| hit.hint == Hint::Name), "{text}");
                    assert_ne!(classify(&name), KeyClass::Plain, "{name}");
                }
            }
        }
    }

    #[test]
    fn short_words_count_as_a_whole() {
        let is_hit = |text: &str| KEYWORDS.hits(text).any(|hit| hit.hint == Hint::Name);
        assert!(is_hit("API_CLE=x") && is_hit("apiCle=x") && is_hit("\\nlosung=x"));
        assert!(!is_hit("articles") && !is_hit("LESAST") && !is_hit("verlosungen"));
    }
}
