//! What a name says about production: whole words, split at everything that is not a letter, at changes of case, and between letters
//! and digits.

use crate::base::words::{is_hump, lower, split};

/// Words that say production.
const PRODUCTION: &[&str] = &["prod", "production", "prd", "live"];

/// Words that say anything else.
const ELSEWHERE: &[&str] = &[
    "staging",
    "stage",
    "stg",
    "qa",
    "test",
    "testing",
    "tst",
    "uat",
    "acc",
    "acceptance",
    "sit",
    "perf",
    "dev",
    "devel",
    "development",
    "sandbox",
    "sbx",
    "playground",
    "preview",
    "review",
    "feature",
    "ephemeral",
    "demo",
    "int",
    "integration",
    "ci",
    "lab",
    "local",
    "preprod",
    "nonprod",
    "notprod",
    "preproduction",
    "nonproduction",
    "notproduction",
];

/// Words that turn the production word after them into another one.
const NEGATIONS: &[&str] = &["pre", "non", "not"];

/// Words that say elsewhere where a number follows: a pull request's own environment.
const NUMBERED: &[&str] = &["pr", "pull", "mr"];

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Production,
    Elsewhere,
    /// It says both, which is nothing that can be relied on.
    Contradiction,
    Nothing,
}

/// Production words, ready to be looked for in many names.
pub struct Vocabulary<'p> {
    /// What the policy adds.
    further: &'p [String],
}

impl<'p> Vocabulary<'p> {
    /// The built-in words and `further` ones.
    pub fn of(further: &'p [String]) -> Self {
        Self { further }
    }

    fn is_production(&self, word: &str) -> bool {
        PRODUCTION.contains(&word) || self.further.iter().any(|known| lower(known) == word)
    }

    /// What `name` says.
    pub fn signal(&self, name: &str) -> Signal {
        let words = joined(&words(name), |word| self.is_production(word));
        let says_production = words.iter().any(|word| self.is_production(word));
        let is_numbered = |pair: &[String]| match pair {
            [word, number] => {
                NUMBERED.contains(&word.as_str()) && number.starts_with(|first: char| first.is_ascii_digit())
            }
            _ => false,
        };
        let says_elsewhere =
            words.iter().any(|word| ELSEWHERE.contains(&word.as_str())) || words.windows(2).any(is_numbered);
        match (says_production, says_elsewhere) {
            (true, true) => Signal::Contradiction,
            (true, false) => Signal::Production,
            (false, true) => Signal::Elsewhere,
            (false, false) => Signal::Nothing,
        }
    }
}

/// The words of `name`, in lower case: `ProdEU-west2` is `prod`, `eu`, `west`, `2`.
pub fn words(name: &str) -> Vec<String> {
    let is_start = |before: char, here: char, after: Option<char>| {
        is_hump(before, here, after) || before.is_numeric() != here.is_numeric()
    };
    split(name, char::is_alphanumeric, is_start).map(lower).collect()
}

/// `pre`, `prod` as the one word `preprod`.
fn joined(words: &[String], is_production: impl Fn(&str) -> bool) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        match joined.last_mut() {
            Some(last) if NEGATIONS.contains(&last.as_str()) && is_production(word) => {
                // A further production word is negated as the built-in ones are.
                last.push_str(if word.starts_with("production") { "production" } else { "prod" });
            }
            _ => joined.push(word.clone()),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_at_humps_digits_and_punctuation() {
        assert_eq!(words("ProdEU-west2_k8s"), ["prod", "eu", "west", "2", "k", "8", "s"]);
        assert_eq!(words("myEKSProd"), ["my", "eks", "prod"]);
        assert_eq!(words("qaEu"), ["qa", "eu"]);
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn whole_words_say_what_they_say() {
        let further = ["blau".to_owned()];
        let vocabulary = Vocabulary::of(&further);
        for name in [
            "prod",
            "k8s-prod-eu",
            "PROD",
            "prodEu",
            "live",
            "shop_production",
            "product-prod",
            "eu1prd",
            "prod1",
            "eks-prd-01",
            "Blau",
        ] {
            assert_eq!(vocabulary.signal(name), Signal::Production, "{name}");
        }
        for name in [
            "pre-prod",
            "preProd",
            "nonprod",
            "non-prod-eu",
            "NonProd",
            "not_production",
            "qaEu",
            "stg1",
            "pr-12",
            "mr7",
            "uat",
            "pre-blau",
        ] {
            assert_eq!(vocabulary.signal(name), Signal::Elsewhere, "{name}");
        }
        for name in
            ["productive", "product", "reproduce", "delivery", "olive", "products", "eu-1", "pr-new", "contest", "k8s"]
        {
            assert_eq!(vocabulary.signal(name), Signal::Nothing, "{name}");
        }
        assert_eq!(vocabulary.signal("staging-for-prod"), Signal::Contradiction);
    }
}
