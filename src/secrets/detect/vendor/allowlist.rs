//! Texts in the form of a token that are not secret: examples of documentation, placeholders, names.

use super::super::decide::shape::{self, entropy};

/// Words that only made-up tokens contain.
const WORDS: &[&str] = &[
    "EXAMPLE",
    "example",
    "Example",
    "YOUR",
    "your",
    "XXXX",
    "xxxx",
    "****",
    "...",
    "<",
    "REDACTED",
    "redacted",
    "PLACEHOLDER",
    "placeholder",
    "CHANGEME",
    "changeme",
    "DUMMY",
    "dummy",
    "INSERT",
    "FAKE",
];

/// Longer secrets contain short words by chance.
const LONGEST_WITH_WORDS: usize = 100;

/// Repetitions of so few characters are made up, whatever their length.
const SHORT_PERIOD: usize = 12;

/// From this length on, a body in a vendor's own form is reported even when it could have been typed: a sequence that counts up over
/// thirty characters and still has the exact prefix and length is as likely a test token as a made-up one.
const LONG_BODY: usize = 32;

/// Samples of vendors' public documentation.
const SAMPLES: &[&str] = &[
    // AWS: the samples of the IAM guide end in EXAMPLE and EXAMPLEKEY.
    concat!("wJalrXUtnFEMI/K7MDENG", "/bPxRfiCY"),
    // Stripe: the key of its documentation.
    concat!("4eC39HqLyjWDar", "jtT1zdp7dc"),
    concat!("BQokikJOvBiI2HlWg", "H4olfQ2"),
    // Slack: a webhook without a token.
    concat!("T00000000/", "B00000000/"),
    // jwt.io: the signature of its sample under the secret it shows, and the claims of John Doe.
    concat!("SflKxwRJSMeKKF2QT4", "fwpMeJf36POk6yJV_adQssw5c"),
    concat!("eyJzdWIiOiIxMjM0NTY3ODkw", "IiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"),
    concat!("eyJzdWIiOiIxMjM0NTY3ODkw", "IiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9"),
    // Mailgun: the key of its documentation.
    concat!("key-3ax6xnjp29jd6f", "ds4gc373sgvjxteol0"),
    // Azure: the well-known key of the storage emulator and of the Cosmos DB emulator.
    concat!("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1", "OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="),
    concat!("C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM", "+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="),
];

/// Whether `secret` is a sample of a vendor's public documentation.
pub(in super::super) fn is_sample(secret: &str) -> bool {
    SAMPLES.iter().any(|sample| secret.contains(sample))
}

/// Whether `secret`, which has a token's form, is an example or a placeholder. `has_form`: the form is the vendor's own, with a
/// unique prefix.
pub(super) fn is_example(secret: &str, keywords: &[&str], has_form: bool) -> bool {
    if is_sample(secret) {
        return true;
    }
    if secret.len() <= LONGEST_WITH_WORDS && WORDS.iter().any(|word| secret.contains(word)) {
        return true;
    }
    let body = keywords.iter().find_map(|keyword| secret.strip_prefix(keyword)).unwrap_or(secret);
    let bytes: Vec<u8> = body.bytes().filter(u8::is_ascii_alphanumeric).collect();
    if is_monotone(&bytes) || (bytes.len() >= 12 && entropy(body) < 2.3) {
        return true;
    }
    let is_long = (has_form || shape::is_uuid(secret)) && bytes.len() >= LONG_BODY;
    if is_long {
        return bytes.iter().all(u8::is_ascii_digit) || is_repetition(&bytes, SHORT_PERIOD);
    }
    is_sequence(&bytes) || is_repetition(&bytes, usize::MAX)
}

/// Whether `secret` is filled with placeholder characters or words.
pub(super) fn is_filled(secret: &str) -> bool {
    ["XXXXXXXX", "xxxxxxxx", "0000000000"].iter().any(|filling| secret.contains(filling))
}

/// Whether half of `body` or more is one and the same character.
fn is_monotone(body: &[u8]) -> bool {
    let mut counts = [0_usize; 256];
    for byte in body {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    body.len() >= 6 && counts.iter().max().is_some_and(|most| most * 2 >= body.len())
}

/// Whether `body` counts up or down: `1234567890abcdef`.
fn is_sequence(body: &[u8]) -> bool {
    let is_next = |pair: &[u8], step: i16| match pair {
        [first, second] => {
            i16::from(*second) - i16::from(*first) == step || matches!((first, second), (b'9', b'0' | b'a'))
        }
        _ => false,
    };
    let steps = |step: i16| body.windows(2).filter(|pair| is_next(pair, step)).count();
    body.len() >= 6 && steps(1).max(steps(-1)) * 10 >= (body.len() - 1) * 7
}

/// Whether `body` repeats a text of at most `longest` characters three times or more: `deadbeefdeadbeefdeadbeef`. Of a long body
/// only the beginning is compared.
fn is_repetition(body: &[u8], longest: usize) -> bool {
    let body = body.get(..256).unwrap_or(body);
    (1..=(body.len() / 3).min(longest))
        .any(|period| body.iter().zip(body.iter().skip(period)).all(|(one, other)| one == other))
}

/// Whether `value` is a word, or several in camel case, rather than random: no digit, and few capitals inside.
pub(super) fn is_word(value: &str) -> bool {
    let is_hump = |pair: &&[u8]| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase());
    let humps = value.as_bytes().windows(2).filter(is_hump).count();
    let has_few = humps == 0 || (value.len() < 30 && humps * 8 < value.len());
    let is_hex = value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':') && value.contains(':');
    has_few && !is_hex && !value.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether `token` has as many digits as a random text has: its prefix alone could begin a name.
pub(super) fn has_numbers(token: &str) -> bool {
    token.bytes().filter(u8::is_ascii_digit).count() >= 4
}

/// Whether the part after the short prefix of `token` is random: a name can begin with the same letters.
pub(super) fn is_random(token: &str) -> bool {
    token.split_once(['-', '_', '.']).is_some_and(|(_, body)| !is_word(body))
}

/// Whether the name of a value refers to a secret. `named` is the name from the vendor's word on, `rest` the part
/// after that word.
pub(super) fn names_a_secret(named: &str, rest: &str) -> bool {
    const SECRET: &[&str] = &[
        "key",
        "token",
        "secret",
        "pass",
        "pwd",
        "auth",
        "cred",
        "bearer",
        "_pat",
        "-pat",
        "dsn",
        "sid",
        "license",
        "login",
        "api_",
        "contribsys",
        "clientid",
        "client_id",
        "client-id",
    ];
    const PLAIN: &[&str] = &[
        "sha",
        "digest",
        "commit",
        "hash",
        "checksum",
        "md5",
        "version",
        "revision",
        "etag",
        "image",
        "fingerprint",
        "uuid",
        "trace",
        "public",
        "search_only",
        "search-only",
        "searchonly",
    ];
    let named = named.to_ascii_lowercase().replace("authorization", "auth").replace("author", "");
    let rest = rest.to_ascii_lowercase();
    let name = rest.trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
    let is_id = name.ends_with("id") && !name.ends_with("sid");
    SECRET.iter().any(|word| named.contains(word)) && !PLAIN.iter().any(|word| rest.contains(word)) && !is_id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_digests_versions_and_identifiers_are_no_names_of_secrets() {
        for (named, rest) in [
            ("datadog_api_key = ", "_api_key = "),
            ("DD-API-KEY: ", ": "),
            ("github_authorization: ", "authorization: "),
            ("twilio_auth_token", "_auth_token"),
        ] {
            assert!(names_a_secret(named, rest), "{named}");
        }
        for (named, rest) in [
            ("datadog_version: ", "_version: "),
            ("github_token_sha = ", "token_sha = "),
            ("github_author = ", "author = "),
            ("heroku_api_key_id: ", "_api_key_id: "),
            ("algolia_search_only_key=", "_search_only_key="),
            ("datadog: ", ": "),
        ] {
            assert!(!names_a_secret(named, rest), "{named}");
        }
    }

    #[test]
    fn made_up_bodies_are_examples() {
        for body in [
            "xxxxxxxxxxxxxxxx",
            "0000000000000001",
            "1234567890123456",
            "0123456789abcdef0123456789abcdef",
            "abcdefghijklmnop",
            "fedcba9876543210",
            "deadbeefdeadbeefdeadbeef",
            "YOUR_TOKEN_GOES_HERE1",
            "a1b2EXAMPLEc3d4e5",
        ] {
            assert!(is_example(body, &[], false), "{body}");
        }
        for body in ["f3k9QzL1mXw8Rt5Y", "9f86d081884c7d659a2feaa0c55ad015", "q7Wz0Lp4Ms8Xc2Vb"] {
            assert!(!is_example(body, &[], false), "{body}");
        }
        assert!(is_word("somethinglong") && is_word("ServiceAccountName") && !is_word("q7Wz0Lp4Ms8Xc2Vb"));
    }
}
