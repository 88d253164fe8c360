//! The prefilter: one automaton over the keywords of every detector, so that a text without any of them costs no more than reading it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

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
    for word in text::assignment::NAMES {
        add(word, Hint::Name);
    }
    for word in ["access", "private"] {
        add(word, Hint::Noun);
    }
    for word in super::key::lists::SERVICES {
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
    for word in ["base64", "b64", "content-transfer-encoding", "-enc ", "-encodedcommand"] {
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
    for name in [
        "password",
        "passwd",
        "secret",
        "token",
        "apikey",
        "api_key",
        "api-key",
        "private key",
        "access_key",
        "authorization",
        "credential",
    ] {
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
                let is_ruled_out = matches!(*hint, Hint::Vendor(rule) if !vendor::may_begin(rule, whole, here));
                (!is_ruled_out).then(|| Hit { hint: *hint, at: at.clone() })
            })
        })
    }
}
