//! The words that keys are made of: the lists in `data/`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::KeyClass;
use crate::secrets::detect::words::{WordSet, Words, lines};

/// The last words that name a password.
pub(in super::super) static PASSWORDS: Words = Words::new(|| WordSet::spoken(include_str!("../data/passwords.txt")));

/// The last words that name a token or a secret.
pub(in super::super) static TOKENS: Words = Words::new(|| WordSet::spoken(include_str!("../data/tokens.txt")));

/// The word for key.
pub(in super::super) static KEYS: Words = Words::new(|| WordSet::spoken(include_str!("../data/keys.txt")));

/// Qualifiers that make a secret of a key.
pub(in super::super) static SECRET_KEYS: Words = Words::new(|| WordSet::of(include_str!("../data/secret-keys.txt")));

/// Words of keys whose values are not secret.
pub(in super::super) static HARMLESS_KEYS: Words =
    Words::new(|| WordSet::of(include_str!("../data/harmless-keys.txt")));

/// Words before "token" that make it public.
pub(in super::super) static HARMLESS_TOKENS: Words =
    Words::new(|| WordSet::of(include_str!("../data/harmless-tokens.txt")));

/// Qualifiers of a secret that two sides share.
pub(in super::super) static SHARED: Words = Words::new(|| WordSet::of(include_str!("../data/shared.txt")));

/// Last words that make a key describe a secret.
pub(in super::super) static ABOUT: Words = Words::new(|| WordSet::of(include_str!("../data/about.txt")));

/// Words after the name of a secret that do not change its meaning.
pub(in super::super) static TAIL: Words = Words::new(|| WordSet::of(include_str!("../data/tail.txt")));

/// First words of switches and labels.
pub(in super::super) static ASKS: Words = Words::new(|| WordSet::of(include_str!("../data/asks.txt")));

/// What has an account.
pub(in super::super) static ACCOUNTS: Words = Words::new(|| WordSet::of(include_str!("../data/accounts.txt")));

/// Words that end like a word for password, but mean something else.
pub(in super::super) static NO_PASSWORDS: Words = Words::new(|| WordSet::of(include_str!("../data/no-passwords.txt")));

/// Services whose bare name is enough when a clearly random value follows.
pub(in super::super) static SERVICES: Words = Words::new(|| WordSet::of(include_str!("../data/services.txt")));

/// Last words that are related to credentials.
pub(in super::super) static WEAK: Words = Words::new(|| WordSet::of(include_str!("../data/weak.txt")));

/// Words that name a secret at the end of a longer word.
pub(in super::super) struct Glued {
    pub(in super::super) passwords: Vec<&'static str>,
    pub(in super::super) tokens: Vec<&'static str>,
    /// Words that are only searched for inside longer words; their class depends on the whole word.
    pub(in super::super) sought: Vec<&'static str>,
}

/// The list of `data/glued.txt`.
pub(in super::super) static GLUED: LazyLock<Glued> = LazyLock::new(|| {
    let mut glued = Glued { passwords: Vec::new(), tokens: Vec::new(), sought: Vec::new() };
    for word in lines(include_str!("../data/glued.txt")).flat_map(str::split_whitespace) {
        match (word.strip_prefix('!'), word.strip_prefix('?')) {
            (Some(password), _) => glued.passwords.push(password),
            (_, Some(sought)) => glued.sought.push(sought),
            _ => glued.tokens.push(word),
        }
    }
    glued
});

/// Keys that are known as a whole, with `-` between their words.
pub(in super::super) static WHOLE_NAMES: LazyLock<Vec<(&'static str, KeyClass)>> = LazyLock::new(|| {
    let mut names = Vec::new();
    for line in lines(include_str!("../data/names.txt")) {
        let mut words = line.split_whitespace();
        let class = match words.next() {
            Some("always") => KeyClass::Always,
            Some("header") => KeyClass::Header,
            Some("token") => KeyClass::Token,
            Some("pin") => KeyClass::Pin,
            Some("mnemonic") => KeyClass::Mnemonic,
            Some("weak") => KeyClass::Weak,
            _ => KeyClass::Plain,
        };
        names.extend(words.map(|name| (name, class)));
    }
    names
});

/// The class of a key that is known as a whole, by its words joined.
pub(super) static BY_WHOLE_NAME: LazyLock<HashMap<String, KeyClass>> =
    LazyLock::new(|| WHOLE_NAMES.iter().map(|(name, class)| (name.replace('-', ""), *class)).collect());
