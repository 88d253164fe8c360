//! Recognises the shape of identifiers, digests, versions, paths, class names, sentences and names.

use super::bigram::is_wordlike;
pub(in super::super) use super::phrase::{is_entry_point, is_invocation, is_phrase, is_prose, is_qualified, is_word};
use crate::base::words::{is_new_run, split};
use crate::secrets::detect::words::{WordSet, Words};

/// Whether all of it is digits.
pub(in super::super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `true`, `yes`, `on`, and their opposites.
pub(in super::super) fn is_boolean(text: &str) -> bool {
    ["true", "false", "yes", "no", "on", "off", "enabled", "disabled"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// Eight, four, four, four and twelve hexadecimal digits.
pub(in super::super) fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(|part| is_hex(part))
}

/// Bare digits of a digest's length, of MD5, SHA-1 or SHA-256, and all in one case as programs write them.
pub(in super::super) fn is_digest(text: &str) -> bool {
    let has = |what: fn(&u8) -> bool| text.as_bytes().iter().any(what);
    matches!(text.len(), 32 | 40 | 64) && is_hex(text) && !(has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

/// A name with a random suffix, as of generated objects: `shop-tls-2f8a9c1d`, `subnet-0a1b2c3d4e5f`.
pub(in super::super) fn is_suffixed(text: &str) -> bool {
    let Some((head, _)) = text.split_once(['-', '_', '.']) else { return false };
    head.len() >= 2 && head.bytes().all(|byte| byte.is_ascii_lowercase()) && is_wordlike(head.as_bytes())
}

/// `runner-vm-16cpu-64gb-x86-64`: short parts in lower case, as in the names of machines.
pub(in super::super) fn is_slug(text: &str) -> bool {
    let is_part =
        |part: &str| part.len() <= 8 && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.split(['-', '.']).count() >= 4
        && text.split(['-', '.']).all(is_part)
        && text.split(['-', '.']).filter(|part| part.len() >= 4 && is_wordlike(part.as_bytes())).count() >= 1
}

/// A regular expression, a colour, a constant in hexadecimal: common in programs.
pub(in super::super) fn is_pattern(text: &str) -> bool {
    let classes = ["[a-z", "[A-Z", "[0-9", "[a-f", "[A-F", "(?:", "(?i)"];
    let escapes = ["\\d+", "\\w+", "\\s+", "\\d{", "\\w{", "\\s*", "\\d*", "\\w*"];
    let is_expression = classes.iter().chain(&escapes).any(|part| text.contains(part));
    let is_colour = text.strip_prefix('#').is_some_and(|digits| matches!(digits.len(), 3 | 6 | 8) && is_hex(digits));
    let is_constant = text.strip_prefix("0x").is_some_and(|digits| digits.len() <= 16 && is_hex(digits));
    is_expression || is_colour || is_constant
}

/// A digest with its algorithm: `sha256:…`, `sha512-…` (as in lock files), `md5:…`.
pub(in super::super) fn is_labelled_digest(text: &str) -> bool {
    [
        "sha256:",
        "sha512:",
        "sha1:",
        "sha384:",
        "md5:",
        "sha256-",
        "sha384-",
        "sha512-",
        "SHA256:",
        "MD5:",
        "crc32:",
        "h1:",
        "ssh-rsa ",
        "ssh-ed25519 ",
        "ecdsa-sha2",
    ]
    .iter()
    .any(|label| text.starts_with(label))
}

/// An address with a scheme, an e-mail address, or a host with a port.
pub(in super::super) fn is_address(text: &str) -> bool {
    if text.contains("://") || text.starts_with("www.") {
        return true;
    }
    let is_host = |host: &str| host.contains('.') && host.split('.').all(|part| !part.is_empty() && is_name(part));
    match text.split_once('@') {
        Some((user, host)) => {
            !host.contains('@')
                && is_host(host)
                && host.rsplit('.').next().is_some_and(|end| end.bytes().all(|byte| byte.is_ascii_lowercase()))
                && is_name(user)
        }
        None => text.split_once(':').is_some_and(|(host, port)| is_host(host) && is_digits(port)),
    }
}

/// A path of a file system or a store: parts that are names, between slashes.
pub(in super::super) fn is_path(text: &str) -> bool {
    // `C:\\Users`, `HKLM:\\SYSTEM`: a drive, as PowerShell has them for more than disks.
    if text.split_once(":\\").is_some_and(|(drive, rest)| {
        (1..=8).contains(&drive.len()) && drive.bytes().all(|byte| byte.is_ascii_alphabetic()) && !rest.is_empty()
    }) {
        return true;
    }
    if !text.contains('/') {
        return false;
    }
    let begins = text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.starts_with("~/");
    if !begins
        && text.bytes().any(|byte| byte.is_ascii_uppercase() || matches!(byte, b'@' | b'+'))
        && text.matches('/').count() < 2
    {
        return false;
    }
    let trimmed = text.trim_start_matches(['.', '~', '/']);
    trimmed
        .split('/')
        .all(|part| part.is_empty() || part == ".." || is_name(part) || is_file_name(part) || is_uuid(part))
}

/// A name with a well-known ending.
pub(in super::super) fn is_file_name(text: &str) -> bool {
    static ENDINGS: Words = Words::new(|| {
        WordSet::of(
            "txt pem key json yaml yml properties jks p12 pfx env conf cfg ini crt cer toml xml sh py rb js ts go java jar \
         war tgz gz zip tar md html css svg png deb rpm tf tfvars log lock gpg asc enc sql csv keystore truststore \
         keytab service local internal",
        )
    });
    let Some((stem, ending)) = text.rsplit_once('.') else { return false };
    !stem.is_empty()
        && !text.contains(char::is_whitespace)
        && ENDINGS.contains(&ending.to_ascii_lowercase())
        && stem.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b'\\' | b':' | b'~' | b'$')
        })
}

/// Letters of words make up most of the letters, whatever joins them: `AllowS3ReadWrite2024`.
pub(in super::super) fn is_wordy(text: &str) -> bool {
    let (mut all, mut known, mut digits) = (0_usize, 0_usize, 0_usize);
    // Short words count where nothing but letters are: `RunTask`.
    let shortest = if text.bytes().all(|byte| byte.is_ascii_alphabetic()) { 3 } else { 4 };
    for part in text.split(|character: char| !character.is_ascii_alphanumeric()) {
        for run in split(part, |_| true, is_new_run) {
            if run.as_bytes().first().is_some_and(u8::is_ascii_digit) {
                digits += run.len();
                continue;
            }
            all += run.len();
            if run.len() >= shortest && is_wordlike(run.as_bytes()) {
                known += run.len();
            }
        }
    }
    all >= 6 && known * 10 >= all * 6 && digits * 3 <= all
}

/// A date or a time.
pub(in super::super) fn is_date(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() >= 8
        && digits * 2 >= text.len()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T' | b'Z' | b'.' | b'+' | b'/'))
}

/// A version of three numbers, with the range before it and the stage of a release behind it: `^7.1.2`, `v1.2.3-rc.1`.
pub(in super::super) fn is_version(text: &str) -> bool {
    let text = text.trim_start_matches(['^', '~', '>', '<', '=', ' ', 'v']);
    let (numbers, stage) = text.split_once(['-', '+']).map_or((text, None), |(numbers, stage)| (numbers, Some(stage)));
    let is_stage = |stage: &str| {
        let word = stage.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.');
        matches!(word, "" | "alpha" | "beta" | "rc" | "pre" | "dev" | "snapshot" | "SNAPSHOT")
    };
    numbers.split('.').count() >= 3
        && numbers.split('.').all(|number| number.len() <= 4 && is_digits(number))
        && stage.is_none_or(is_stage)
}

/// The name of a stored secret: `shop-db-credentials`, `db-password`.
pub(in super::super) fn names_a_secret(text: &str) -> bool {
    const NOUNS: &[&str] = &[
        "secret",
        "secrets",
        "password",
        "passwords",
        "passwd",
        "credential",
        "credentials",
        "creds",
        "vault",
        "token",
        "tokens",
        "keystore",
        "apikey",
        "key",
        "pass",
        "pwd",
    ];
    let words: Vec<&str> = text.split(['-', '_', '.', '/', ':']).collect();
    if words.len() < 2 {
        return humps(text).len() >= 2
            && text.bytes().all(|byte| byte.is_ascii_alphabetic())
            && humps(text).iter().any(|word| NOUNS.iter().any(|noun| word.eq_ignore_ascii_case(noun)));
    }
    words.iter().any(|word| NOUNS.iter().any(|noun| word.eq_ignore_ascii_case(noun))) && is_name(text)
}

/// `ed25519PrivateKey`, `ed25519.PrivateKey`, `clientToken2`: a variable that contains a secret.
pub(in super::super) fn is_variable_of_a_secret(text: &str) -> bool {
    let bare = text.trim_end_matches(|character: char| character.is_ascii_digit());
    let last_part = bare.rsplit('.').next().unwrap_or(bare);
    let last = humps(last_part).last().copied().unwrap_or_default();
    bare.len() > last.len()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
        && ["Key", "Keys", "Token", "Secret", "Password", "Credentials"].contains(&last)
}

/// The parts of `text` between its changes from lower to upper case.
fn humps(text: &str) -> Vec<&str> {
    split(text, |_| true, |before, here, _| before.is_ascii_lowercase() && here.is_ascii_uppercase()).collect()
}

/// Program code rather than a value: `self.password`, `get_secret("x")`, `cfg->token`.
pub(in super::super) fn is_code(text: &str) -> bool {
    let is_identifier = |part: &str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    };
    // `response?.headers`, `Auth::token()`, `this->token`.
    if ["?.", "::", "->"].iter().any(|joint| text.split_once(joint).is_some_and(|(name, _)| is_identifier(name))) {
        return true;
    }
    // `&matchers.Keys`, `Writer{w: w}`, `pw + c`.
    if text.starts_with(['*', '&']) && text.get(1..).is_some_and(|rest| rest.split('.').all(is_identifier)) {
        return true;
    }
    // `Option<i32>`.
    if text.split_once('<').is_some_and(|(name, rest)| !name.is_empty() && is_identifier(name) && rest.ends_with('>')) {
        return true;
    }
    if text.contains(" + ")
        || text.split_once('{').is_some_and(|(name, _)| name.len() > 2 && is_identifier(name) && is_name(name))
    {
        return true;
    }
    // `semconv.HTTPURLKey`: a name qualified by its package.
    let has = |what: fn(&u8) -> bool| text.as_bytes().iter().any(what);
    let called = text.split_once('(').map_or(text, |(name, _)| name);
    if called.contains('.')
        && called.split('.').all(|part| !part.is_empty() && is_identifier(part))
        && !called.bytes().any(|byte| byte.is_ascii_digit())
        && (called != text || has(u8::is_ascii_uppercase) || text.contains('_'))
    {
        return true;
    }
    if let Some((name, rest)) = text.split_once('(')
        && !name.is_empty()
        && name.split(['.', ':', '>', '-']).all(|part| part.is_empty() || is_identifier(part) && is_name(part))
        && (rest.ends_with(')') || rest.ends_with(");") || rest.is_empty())
    {
        return true;
    }
    let ends_in_number = text.bytes().rev().take_while(u8::is_ascii_digit).count() >= 2;
    let parts: Vec<&str> = text.split(['.', '[']).collect();
    !ends_in_number
        && parts.len() >= 2
        && parts.iter().all(|part| {
            let part = part.trim_end_matches(['\'', '"', ']', ';', ',']).trim_start_matches(['\'', '"']);
            !part.is_empty() && is_identifier(part) && is_name(part)
        })
}

/// Whether `text` looks like a name: words of letters, with separators and at most a few digits between them.
pub(in super::super) fn is_name(text: &str) -> bool {
    let is_separator = |byte: u8| matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b',' | b'@' | b'+');
    if text.bytes().any(|byte| byte.is_ascii_punctuation() && !is_separator(byte)) {
        return false;
    }
    let mut whole = Letters::default();
    for part in text.split(|character: char| character.is_ascii() && !character.is_ascii_alphanumeric()) {
        let mut letters = Letters::default();
        for run in split(part, |_| true, is_new_run) {
            letters.add(run.as_bytes());
        }
        // A part that is short as a whole is an abbreviation: `eu`, `k8s`, `db1`.
        if letters.all <= 3 && part.len() <= 6 && letters.changes <= 2 {
            letters.known = letters.all * 2;
        }
        if letters.all == 0 {
            letters.digits = 0;
            letters.number = part.len();
        }
        whole.sum(&letters);
    }
    if whole.all == 0 {
        return text.len() < 20;
    }
    let has_separator = text.bytes().any(is_separator);
    let share = if has_separator || text.len() < 12 { 12 } else { 16 };
    whole.known * 10 >= whole.all * share
        && whole.digits <= 4
        && whole.number <= 16
        && whole.changes <= 4
        && whole.strange * 5 <= whole.all
}

/// Statistics of the letters and digits of a text.
#[derive(Default)]
struct Letters {
    all: usize,
    /// Letters of wordlike runs, counted twice; those of three letters once.
    known: usize,
    strange: usize,
    /// Digits next to letters.
    digits: usize,
    /// Digits that stand alone.
    number: usize,
    /// How often letters and digits follow each other without a separator.
    changes: usize,
    last_is_digit: Option<bool>,
}

impl Letters {
    fn add(&mut self, run: &[u8]) {
        let Some(first) = run.first() else { return };
        let is_digit = first.is_ascii_digit();
        if self.last_is_digit.is_some_and(|last| last != is_digit) {
            self.changes += 1;
        }
        self.last_is_digit = Some(is_digit);
        if is_digit {
            self.digits += run.len();
            return;
        }
        self.all += run.len();
        if !first.is_ascii_alphabetic() {
            self.known += run.len() * 2;
            return;
        }
        match run.len() {
            0..=2 => {}
            length if !is_wordlike(run) => self.strange += length,
            3 => self.known += 3,
            length => self.known += length * 2,
        }
    }

    fn sum(&mut self, other: &Self) {
        self.all += other.all;
        self.known += other.known;
        self.strange += other.strange;
        self.digits += other.digits;
        self.number += other.number;
        self.changes += other.changes;
    }
}

/// Shannon entropy in bits per byte.
pub(in super::super) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX).max(1));
    counts.iter().filter(|&&count| count > 0).map(|&count| f64::from(count) / total).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinguished_from_random_texts() {
        for text in [
            "my-db-secret",
            "shop.prod.db1",
            "DbCredentials",
            "HTTPServerConfig",
            "k8s-prod-eu-west-1",
            "com.netflix.spinnaker.orca.DeployTask",
            "release-2024-11-25",
            "v1.2.3",
            "projects/acme/secrets/db",
            "user_42",
            "registry.example.com",
            "eks-main",
        ] {
            assert!(is_name(text), "{text}");
        }
        for text in [
            "f3k9QzL1mXw8",
            "9f86d081884c7d65",
            "aG9sYS1hbWlnbw",
            "Kx7%tRw2!qLp9",
            "xkqzjwvbnmrtpl",
            "Zq4nT8vB2xLr6YwK",
            "3Vb7Jk2mNp9Qr4St",
        ] {
            assert!(!is_name(text), "{text}");
        }
    }

    #[test]
    fn random_texts_are_seldom_names() {
        let mut state = 88_172_645_463_325_252_u64;
        let mut draw = |alphabet: &[u8], length: usize| -> String {
            (0..length)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    char::from(alphabet[usize::try_from(state >> 33).unwrap() % alphabet.len()])
                })
                .collect()
        };
        let base62 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        for (alphabet, length, most) in [
            (&base62[..], 16, 2),
            (base62, 24, 1),
            (base62, 40, 0),
            (b"0123456789abcdef", 32, 0),
            (b"abcdefghijklmnopqrstuvwxyz0123456789", 20, 5),
        ] {
            let names: Vec<String> = (0..2000).map(|_| draw(alphabet, length)).filter(|text| is_name(text)).collect();
            assert!(names.len() <= most, "{} of 2000 texts of {length} characters: {names:?}", names.len());
        }
    }

    #[test]
    fn sentences_and_phrases() {
        assert!(is_prose("The password of the database") && is_prose("stored in vault"));
        assert!(!is_prose("correct horse battery staple") && !is_prose("hunter2"));
        assert!(is_path("/run/secrets/db") && is_path("projects/acme/secrets/db") && !is_path("aG9/sYS1+hbW/lnbw"));
        assert!(
            is_code("self.password")
                && is_code("os.environ['DB']")
                && is_code("getSecret(\"x\")")
                && !is_code("Kx7%tRw2(a)")
        );
    }
}
