//! What a name says about production: whole words, split at case changes and punctuation.

use crate::policy::ProductionPolicy;

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Production,
    /// It names something that is not production, `pre-prod` for one.
    Excluded,
    None,
}

/// What `name` says. Exclusions are taken out first, so that `pre-prod` is none and `product-prod` still is.
pub fn signal(name: &str, policy: &ProductionPolicy) -> Signal {
    let mut words = words(name);
    let mut is_excluded = false;
    for exclusion in &policy.exclusions {
        let wanted = self::words(exclusion);
        if wanted.is_empty() {
            continue;
        }
        while let Some(at) = words.windows(wanted.len()).position(|window| window == wanted.as_slice()) {
            words.drain(at..at + wanted.len());
            is_excluded = true;
        }
    }
    if words.iter().any(|word| policy.tokens.iter().any(|token| token.eq_ignore_ascii_case(word))) {
        return Signal::Production;
    }
    if is_excluded { Signal::Excluded } else { Signal::None }
}

/// The words of `name`, in lower case: `ProdEU-west2` is `prod`, `eu`, `west`.
pub fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let characters: Vec<char> = name.chars().collect();
    for (n, &character) in characters.iter().enumerate() {
        if !character.is_alphabetic() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        let before = n.checked_sub(1).and_then(|before| characters.get(before));
        let after = characters.get(n + 1);
        let is_hump = character.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase() || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if is_hump && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.extend(character.to_lowercase());
    }
    words.extend((!word.is_empty()).then_some(word));
    words
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
        for name in ["prod", "k8s-prod-eu", "PROD", "prodEu", "live", "shop_production", "product-prod", "eu1prd"] {
            assert_eq!(signal(name, &policy), Signal::Production, "{name}");
        }
        for name in ["pre-prod", "preProd", "nonprod", "non-prod-eu", "product", "NonProd"] {
            assert_eq!(signal(name, &policy), Signal::Excluded, "{name}");
        }
        for name in ["staging", "productive", "reproduce", "delivery", "olive", "products"] {
            assert_eq!(signal(name, &policy), Signal::None, "{name}");
        }
    }
}
