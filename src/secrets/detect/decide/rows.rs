//! What speaks for a secret: each row that holds adds its points.

use super::features::Features;
use super::{Candidate, How, header};
use crate::secrets::detect::key::KeyClass;

/// A key, how its value is reached, and the value.
#[cfg(test)]
type Sample = (&'static str, How, &'static str);

/// One row.
struct Row {
    /// Its name, for explanations and tests.
    name: &'static str,
    /// The classes of keys that it is for.
    classes: &'static [KeyClass],
    points: u8,
    holds: fn(&Candidate<'_>, &Features<'_>) -> bool,
    /// A value that gets the points.
    #[cfg(test)]
    fires: Sample,
    /// A similar value that does not.
    #[cfg(test)]
    quiet: Sample,
}

/// Declares the rows: name, classes, points, condition, and the two samples.
macro_rules! rows {
    ($($name:literal [$($class:ident)+] $points:literal: $holds:expr, fires: $fires:expr, quiet: $quiet:expr;)+) => {
        &[$(Row {
            name: $name,
            classes: &[$(KeyClass::$class),+],
            points: $points,
            holds: $holds,
            #[cfg(test)]
            fires: $fires,
            #[cfg(test)]
            quiet: $quiet,
        }),+]
    };
}

/// A value without quotes that is a lower-case word, as prose has them too.
fn is_plain_word(c: &Candidate<'_>) -> bool {
    c.how != How::Quoted && c.value.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// A value that a token may have: behind a scheme in a header nothing else is one.
fn is_token(c: &Candidate<'_>) -> bool {
    c.class != KeyClass::Header || header::is_bare_token(c.value)
}

/// The same, where the value's ends are certain.
fn is_whole_token(c: &Candidate<'_>) -> bool {
    c.how == How::Quoted && is_token(c)
}

/// The rows.
static ROWS: &[Row] = {
    #[cfg(test)]
    use How::{Bare, Quoted, Spoken};
    rows! {
        "takes-any-value" [Always Place] 6: |_, _| true,
            fires: ("", Quoted, "sunshine"), quiet: ("secretName", Quoted, "sunshine");
        "chosen" [Password Pass] 3: |_, _| true,
            fires: ("password", Bare, "sunshine"), quiet: ("token", Bare, "sunshine");
        "chosen-and-delimited" [Password Pass] 3: |c, _| !is_plain_word(c),
            fires: ("password", Quoted, "sunshine"), quiet: ("password", Bare, "sunshine");
        "shared" [Shared] 3: |_, _| true,
            fires: ("client_secret", Quoted, "sunshine"), quiet: ("token", Quoted, "sunshine");
        "random" [Shared Token Mnemonic Header] 6: |c, f| is_token(c) && !f.uuid() && f.random(),
            fires: ("token", Quoted, "f3k9QzL1mXw8"), quiet: ("token", Quoted, "shop.prod.db1");
        "mixed-case" [Shared Token Mnemonic Header] 6: |c, f| is_whole_token(c) && !f.uuid() && f.mixed_case(),
            fires: ("token", Quoted, "SC50o_JhitEfXX4"), quiet: ("token", Bare, "SC50o_JhitEfXX4");
        "uuid" [Token Mnemonic Header] 3: |c, f| is_token(c) && f.uuid(),
            fires: ("token", Quoted, "0f5b3c1e-7a2d-4c4b-9a55-3d2c1b0a9f8e"), quiet: ("token", Quoted, "0f5b3c1e");
        "labelled" [Token Mnemonic] 3: |c, f| c.how == How::Quoted && f.labelled(),
            fires: ("token", Quoted, "{shop f3k9QzL1mXw8}"), quiet: ("token", Quoted, "{shop production}");
        "long-number" [Token Mnemonic Header] 3: |c, f| is_token(c) && c.value.len() >= 15 && f.digits() && super::shape::entropy(c.value) > 2.0,
            fires: ("token", Quoted, "730184629517380"), quiet: ("token", Quoted, "3600");
        "word-with-number" [Token Mnemonic Header] 3: |c, f| is_token(c) && f.word_with_number(),
            fires: ("token", Quoted, "Thistle-Tundra602"), quiet: ("token", Quoted, "Thistle-Tundra");
        "glued" [Token Mnemonic Header] 3: |c, f| is_whole_token(c) && f.glued(),
            fires: ("token", Quoted, "hunter2"), quiet: ("token", Bare, "hunter2");
        "credentials" [Header] 6: |c, _| !header::is_cookie(c.value) && header::is_scheme_with_credentials(c.value),
            fires: ("Authorization", Quoted, "Bearer f3k9QzL1mXw8"), quiet: ("Authorization", Quoted, "Bearer <token>");
        "mixed" [Header] 6: |c, _| !header::is_cookie(c.value) && header::is_bare_token(c.value) && header::is_mixed(c.value),
            fires: ("Authorization", Quoted, "f3k9-QzL1.mXw8"), quiet: ("Authorization", Quoted, "application/json");
        "cookie" [Header] 6: |c, _| header::is_secret_cookie(c.value),
            fires: ("Cookie", Quoted, "sid=f3k9QzL1mXw8aa; Path=/"), quiet: ("Cookie", Quoted, "theme=dark; lang=en");
        "pin" [Pin] 3: |c, f| (4..=12).contains(&c.value.len()) && f.digits(),
            fires: ("pin", Quoted, "7301"), quiet: ("pin", Quoted, "A7301");
        "mnemonic" [Mnemonic] 6: |c, _| is_mnemonic(c.value),
            fires: ("mnemonic", Quoted, "legal winner thank year wave sausage worth useful legal winner thank yellow"), quiet: ("mnemonic", Quoted, "legal winner");
        "encoded-pair" [Weak] 6: |_, f| f.encoded_pair(),
            fires: ("auth", Quoted, "Ym9iOkt4N3RSdzJxTHA5"), quiet: ("auth", Quoted, "Ym9i");
        "pair" [Weak] 3: |c, f| f.pair() && is_pair_with_secret(c.value),
            fires: ("auth", Quoted, "bob:Kx7tRw2qLp9"), quiet: ("auth", Quoted, "shop:reader");
        "clearly-random" [Weak] 3: |c, f| f.clearly_random() && !(f.digest() && is_mark(c.name)),
            fires: ("auth", Quoted, "f3k9QzL1mXw8Tb5R"), quiet: ("auth", Quoted, "f3k9QzL1");
        "clearly-random-key" [Service] 3: |_, f| f.clearly_random() && !f.digest(),
            fires: ("okta", Spoken, "f3k9QzL1mXw8Tb5R"), quiet: ("okta", Quoted, "9f86d081884c7d659a2feaa0c55ad015");
        "random-in-secrets" [Parent] 3: |c, f| (f.random() || f.mixed_case() || f.word_with_number() || f.glued()) && is_no_identifier(c.value, f),
            fires: ("", Quoted, "f3k9QzL1mXw8"), quiet: ("", Quoted, "shop-reader");
    }
};

/// The rows that hold, with their points.
pub(super) fn holding<'c>(
    candidate: &'c Candidate<'_>,
    features: &'c Features<'_>,
) -> impl Iterator<Item = (&'static str, u8)> + use<'c> {
    ROWS.iter()
        .filter(|row| row.classes.contains(&candidate.class) && (row.holds)(candidate, features))
        .map(|row| (row.name, row.points))
}

/// A signature of a file, which is public.
fn is_mark(name: &str) -> bool {
    matches!(name, "hmac" | "signature" | "mac")
}

fn is_mnemonic(value: &str) -> bool {
    let words: Vec<&str> = value.split_whitespace().collect();
    (11..=33).contains(&words.len())
        && words.iter().all(|word| (3..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

fn is_pair_with_secret(value: &str) -> bool {
    value.split_once(':').is_some_and(|(_, password)| {
        let features = Features::of(password);
        header::is_mixed(password) || features.word_with_number() || features.random()
    })
}

/// Under a neutral key, digests, ids and names with a suffix are as common as secrets.
fn is_no_identifier(value: &str, f: &Features<'_>) -> bool {
    !f.uuid() && !f.digest() && !f.date() && !super::shape::is_suffixed(value) && !value.contains(['/', ':', '@', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::detect::key::classify;

    /// The names of the rows that hold for a sample.
    fn rows(row: &Row, sample: Sample) -> Vec<&'static str> {
        let (name, how, value) = sample;
        // A place that has no key of its own is of the class that the row is for.
        let class = if name.is_empty() { *row.classes.last().unwrap() } else { classify(name) };
        let candidate = Candidate { name, class, how, value };
        holding(&candidate, &Features::of(value)).map(|(name, _)| name).collect()
    }

    #[test]
    fn each_row_fires_on_its_sample_and_not_on_the_other() {
        for row in ROWS {
            assert!(rows(row, row.fires).contains(&row.name), "{}: {:?}", row.name, row.fires);
            assert!(!rows(row, row.quiet).contains(&row.name), "{}: {:?}", row.name, row.quiet);
        }
    }
}
