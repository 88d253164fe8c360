//! Whether a name indicates production: by whole words, split at case changes and punctuation.

use crate::base::words::{is_hump, lower, split};
use crate::policy::ProductionPolicy;

/// What a name indicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Production,
    /// Something other than production, such as `pre-prod`.
    Excluded,
    None,
}

/// The words of a policy, prepared for searching many names.
pub struct Vocabulary<'p> {
    tokens: &'p [String],
    /// Each exclusion as its words.
    exclusions: Vec<Vec<String>>,
}

impl<'p> Vocabulary<'p> {
    /// The words of `policy`.
    pub fn of(policy: &'p ProductionPolicy) -> Self {
        let exclusions = policy.exclusions.iter().map(|exclusion| words(exclusion));
        Self { tokens: &policy.tokens, exclusions: exclusions.filter(|wanted| !wanted.is_empty()).collect() }
    }

    /// What `name` indicates. Exclusions are removed first, so that `pre-prod` is not production and `product-prod` is.
    pub fn signal(&self, name: &str) -> Signal {
        let mut words = words(name);
        let mut is_excluded = false;
        for wanted in &self.exclusions {
            while let Some(at) = words.windows(wanted.len()).position(|window| window == wanted.as_slice()) {
                words.drain(at..at + wanted.len());
                is_excluded = true;
            }
        }
        if words.iter().any(|word| self.tokens.iter().any(|token| token.eq_ignore_ascii_case(word))) {
            return Signal::Production;
        }
        if is_excluded { Signal::Excluded } else { Signal::None }
    }
}

/// The words of `name`, in lower case: `ProdEU-west2` is `prod`, `eu`, `west`. Digits are not part of words.
pub fn words(name: &str) -> Vec<String> {
    split(name, char::is_alphabetic, is_hump).map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_at_humps_digits_and_punctuation() {
        assert_eq!(words("ProdEU-west2_k8s"), ["prod", "eu", "west", "k", "s"]);
        assert_eq!(words("myEKSProd"), ["my", "eks", "prod"]);
        assert_eq!(words(""), Vec::<String>::new());
    }

    #[test]
    fn exclusions_come_first_and_whole_words_only_count() {
        let policy = ProductionPolicy::default();
        let policy = Vocabulary::of(&policy);
        for name in ["prod", "k8s-prod-eu", "PROD", "prodEu", "live", "shop_production", "product-prod", "eu1prd"] {
            assert_eq!(policy.signal(name), Signal::Production, "{name}");
        }
        for name in ["pre-prod", "preProd", "nonprod", "non-prod-eu", "product", "NonProd"] {
            assert_eq!(policy.signal(name), Signal::Excluded, "{name}");
        }
        for name in ["staging", "productive", "reproduce", "delivery", "olive", "products"] {
            assert_eq!(policy.signal(name), Signal::None, "{name}");
        }
    }
}
