//! Randomness from a seed, and the words and characters it picks from.

use std::cell::Cell;

/// A small generator (SplitMix64): the same seed gives the same document on every machine.
pub(crate) struct Random(Cell<u64>);

pub(crate) const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
pub(crate) const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(crate) const DIGITS: &str = "0123456789";
pub(crate) const HEX: &str = "0123456789abcdef";
pub(crate) const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(crate) const BASE36: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
pub(crate) const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
pub(crate) const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
pub(crate) const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub(crate) const URLSAFE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
pub(crate) const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Words that stand in no message, key or name that a program prints.
const UNCOMMON: &[&str] = &[
    "walnut",
    "badger",
    "lantern",
    "thistle",
    "meadow",
    "falcon",
    "marble",
    "juniper",
    "cobweb",
    "saffron",
    "tundra",
    "velvet",
    "pumpkin",
    "glacier",
    "otter",
    "bramble",
    "cinnamon",
    "driftwood",
    "hazel",
    "kestrel",
    "lagoon",
    "mulberry",
    "nutmeg",
    "orchid",
    "pebble",
    "quartz",
    "raccoon",
    "sparrow",
    "turnip",
    "willow",
    "zephyr",
    "acorn",
    "buttercup",
    "clover",
    "dandelion",
    "emberly",
    "foxglove",
    "gooseberry",
    "heather",
    "ivory",
    "jasmine",
];

/// Words of names of services, machines and teams.
const ORDINARY: &[&str] = &[
    "orders", "billing", "checkout", "catalog", "search", "profile", "shipping", "ledger", "mailer", "gateway",
    "frontend", "reports", "pricing", "stock", "returns", "loyalty", "media", "geo", "quotes", "invoices", "ratings",
    "basket", "courier", "planner", "roster", "tracker",
];

const PEOPLE: &[&str] =
    &["alice", "bruno", "chen", "dalia", "emil", "farah", "goran", "hanna", "ivo", "jun", "kofi", "lena"];

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D))
    }

    pub(crate) fn next(&self) -> u64 {
        let mut z = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(z);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `from..to`.
    pub(crate) fn number(&self, from: usize, to: usize) -> usize {
        let span = u64::try_from(to - from).unwrap_or(1).max(1);
        from + usize::try_from(self.next() % span).unwrap_or(0)
    }

    pub(crate) fn chance(&self, percent: usize) -> bool {
        self.number(0, 100) < percent
    }

    pub(crate) fn pick<'a, T: ?Sized>(&self, from: &[&'a T]) -> &'a T {
        from[self.number(0, from.len())]
    }

    /// `length` characters of `alphabet`.
    pub(crate) fn chars(&self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length).map(|_| char::from(alphabet[self.number(0, alphabet.len())])).collect()
    }

    pub(crate) fn bytes(&self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_le_bytes()[3]).collect()
    }

    pub(crate) fn hex(&self, length: usize) -> String {
        self.chars(HEX, length)
    }

    pub(crate) fn digits(&self, length: usize) -> String {
        let first = self.chars("123456789", 1);
        first + &self.chars(DIGITS, length - 1)
    }

    pub(crate) fn base62(&self, length: usize) -> String {
        // A run without a digit or without a capital would be a word, not a token.
        loop {
            let text = self.chars(BASE62, length);
            let has = |f: fn(&char) -> bool| text.chars().any(|c| f(&c));
            if length < 4 || has(char::is_ascii_digit) && has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase)
            {
                return text;
            }
        }
    }

    pub(crate) fn urlsafe(&self, length: usize) -> String {
        // Begins and ends with a letter or digit, as a word that a shell or a sentence delimits.
        self.base62(6) + &self.chars(URLSAFE, length - 12) + &self.base62(6)
    }

    pub(crate) fn base64(&self, length: usize) -> String {
        self.base62(5) + &self.chars(BASE64, length - 10) + &self.base62(5)
    }

    pub(crate) fn uuid(&self) -> String {
        format!(
            "{}-{}-4{}-{}{}-{}",
            self.hex(8),
            self.hex(4),
            self.hex(3),
            self.chars("89ab", 1),
            self.hex(3),
            self.hex(12)
        )
    }

    pub(crate) fn ulid(&self) -> String {
        format!("01{}", self.chars(CROCKFORD, 24))
    }

    /// A word that nothing else in the document and no message holds.
    pub(crate) fn uncommon(&self) -> String {
        self.pick(UNCOMMON).to_owned()
    }

    pub(crate) fn service(&self) -> String {
        self.pick(ORDINARY).to_owned()
    }

    pub(crate) fn person(&self) -> String {
        self.pick(PEOPLE).to_owned()
    }

    pub(crate) fn capital(&self) -> String {
        capitalised(&self.uncommon())
    }

    /// A secret of letters and digits, or one that a person thought up; nothing in it needs quoting anywhere.
    pub(crate) fn secret(&self) -> String {
        if self.chance(65) {
            let length = self.number(14, 26);
            self.base62(length)
        } else {
            let joint = self.pick(&["-", "_", "."]);
            format!("{}{joint}{}{}", self.capital(), self.capital(), self.digits(3))
        }
    }

    pub(crate) fn host(&self) -> String {
        let (service, zone) =
            (self.service(), self.pick(&["internal.acme.io", "prod.acme.net", "svc.cluster.local", "corp.acme.com"]));
        format!("{service}-{}.{zone}", self.number(1, 40))
    }

    pub(crate) fn shuffle<T>(&self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.number(0, i + 1));
        }
    }
}

pub(crate) fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}
