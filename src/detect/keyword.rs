//! The prefilter: one search for the keywords of every detector, so that a text without any of them costs no more than reading it.

mod search;

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use search::Search;

use super::{text, vendor};

/// What a keyword points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// The rule of a vendor: its index.
    Vendor(usize),
    /// The name of a secret may stand here.
    Name,
    /// An address.
    Address,
    /// A command that takes passwords: its index in [`text::command::COMMANDS`].
    Command(usize),
    /// Something that is told by its form.
    Form(text::form::Form),
    /// A secret reference.
    Reference,
    /// A text in an encoding.
    Encoded,
}

/// A keyword found.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) hint: Hint,
    pub(super) at: Range<usize>,
}

/// All keywords, with what each points to.
pub(super) struct Keywords {
    search: Search,
    hints: Vec<Hint>,
}

pub(super) static KEYWORDS: LazyLock<Keywords> = LazyLock::new(|| {
    let mut words: Vec<&str> = Vec::new();
    let mut hints = Vec::new();
    let mut add = |word: &'static str, hint: Hint| {
        words.push(word);
        hints.push(hint);
    };
    for (index, rule) in vendor::RULES.iter().enumerate() {
        for keyword in rule.keywords {
            add(keyword, Hint::Vendor(index));
        }
    }
    for word in text::assignment::NAMES {
        add(word, Hint::Name);
    }
    for (index, command) in text::command::COMMANDS.iter().enumerate() {
        add(command.word, Hint::Command(index));
    }
    for (word, form) in text::form::KEYWORDS {
        add(word, Hint::Form(*form));
    }
    add("://", Hint::Address);
    for word in ["vault:", "ref+vault://", "encrypted:", "encryptedfile:", "secret://"] {
        add(word, Hint::Reference);
    }
    for word in ENCODED_NAMES.iter() {
        words.push(word);
        hints.push(Hint::Encoded);
    }
    let mut add = |word: &'static str, hint: Hint| {
        words.push(word);
        hints.push(hint);
    };
    // Base64 of base64 of a JSON object, as tokens are wrapped once more.
    add("zxlk", Hint::Encoded);
    for word in ["base64", "b64", "content-transfer-encoding", "-enc ", "-encodedcommand"] {
        add(word, Hint::Encoded);
    }
    // Case matters to vendors' prefixes and is checked again by their rules; one search for all is cheaper than two.
    Keywords { search: Search::of(&words), hints }
});

/// What base64 makes of the names of secrets: the characters that are the same whatever stands about the name, in each of the
/// three places it can have in a group of three bytes, and in the usual cases.
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
                let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&bytes);
                // The first characters hold bits of what stands before, the last one bits of what follows.
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
    /// Every keyword in `text`, in the order of their ends, but for those that a look at what follows rules out.
    pub(super) fn hits(&self, text: &str) -> impl Iterator<Item = Hit> + use<> {
        let mut hits = Vec::new();
        self.hits_in(text, 0..text.len(), &mut hits);
        hits.into_iter()
    }

    /// The same for the part of `text` at `part`, into `hits`, whose places are counted from its first byte.
    pub(super) fn hits_in(&self, text: &str, part: Range<usize>, hits: &mut Vec<Hit>) {
        hits.clear();
        self.each(text, part, |hit| {
            hits.push(hit);
            true
        });
        hits.sort_by_key(|hit| (hit.at.end, hit.at.start));
    }

    /// Whether there is any in the part of `text` at `part`.
    pub(super) fn are_in(&self, text: &str, part: Range<usize>) -> bool {
        !self.each(text, part, |_| false)
    }

    fn each(&self, text: &str, part: Range<usize>, mut found: impl FnMut(Hit) -> bool) -> bool {
        let (whole, from) = (text.as_bytes(), part.start);
        self.search.each(whole.get(part).unwrap_or_default(), |start, length, word| {
            let Some(&hint) = self.hints.get(word) else { return true };
            let at = from + start..from + start + length;
            let is_ruled_out = matches!(hint, Hint::Vendor(rule) if !vendor::may_begin(rule, whole, at));
            is_ruled_out || found(Hit { hint, at: start..start + length })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_keyword_is_too_short_to_be_found() {
        for text in vendor::RULES
            .iter()
            .flat_map(|rule| rule.keywords.iter().copied())
            .chain(text::assignment::NAMES.iter().copied())
            .chain(text::command::COMMANDS.iter().map(|command| command.word))
            .chain(text::form::KEYWORDS.iter().map(|(word, _)| *word))
        {
            assert!(text.len() >= 2, "{text:?}");
        }
    }
}
