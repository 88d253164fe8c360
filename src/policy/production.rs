//! How production is recognised.

use serde::{Deserialize, Serialize};

/// How production is recognised. The policy decides first (`accounts`, then `elsewhere`), then the environment that Spinnaker reports
/// for the account, then names: whole words of account, namespace, cluster, stage and pipeline name, in this order.
///
/// A pattern is an account (`gke-*`) or an account and a namespace (`gke/qa-*`); `*` matches any characters but `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProductionPolicy {
    /// Patterns of accounts, or of namespaces in accounts, that are production. They win over `elsewhere`.
    pub accounts: Vec<String>,
    /// Patterns of accounts, or of namespaces in accounts, that are not production.
    pub elsewhere: Vec<String>,
    /// Further account environments (Clouddriver's `environment`) that are production, beside those whose name has a production word.
    pub environments: Vec<String>,
    /// Further words that say production, beside prod, production, prd and live.
    pub words: Vec<String>,
    /// Whether names of Kubernetes namespaces say anything.
    pub namespaces: Namespaces,
    /// What an account is about which nothing is known.
    pub unknown: UnknownAccounts,
}

/// Whether names of Kubernetes namespaces say anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Namespaces {
    /// They do, on an account whose environment and name say nothing.
    #[default]
    Consider,
    Ignore,
}

/// What an account is about which nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnknownAccounts {
    /// Its changes must be behind the gate, and nothing else is asked of them.
    #[default]
    Unknown,
    Production,
    Elsewhere,
}

impl ProductionPolicy {
    /// The pattern that has a meaning nobody wants: an account and a namespace whose account part is `*`.
    pub fn unusable_pattern(&self) -> Option<(&'static str, usize)> {
        let any_account = |patterns: &[String]| patterns.iter().position(|pattern| pattern.starts_with("*/"));
        any_account(&self.accounts)
            .map(|n| ("accounts", n))
            .or_else(|| any_account(&self.elsewhere).map(|n| ("elsewhere", n)))
    }
}

/// Whether `pattern` matches a place: an account, and the namespace in it where there is one.
pub fn matches_place(pattern: &str, account: &str, namespace: Option<&str>) -> bool {
    let whole =
        |pattern: &str, text: &str| !text.contains('/') && crate::base::glob::matches_ignoring_case(pattern, text);
    match pattern.split_once('/') {
        None => whole(pattern, account),
        Some((of_account, of_namespace)) => {
            whole(of_account, account) && namespace.is_some_and(|namespace| whole(of_namespace, namespace))
        }
    }
}

/// Whether `pattern` may match a place in `account`, whatever the namespace is: it names one.
pub fn may_match_place(pattern: &str, account: &str) -> bool {
    pattern.split_once('/').is_some_and(|(of_account, _)| matches_place(of_account, account, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_of_a_pattern_match_whole() {
        assert!(matches_place("gke-*", "gke-eu", None) && matches_place("gke-*", "gke-eu", Some("qa")));
        assert!(matches_place("gke/qa-*", "gke", Some("qa-1")) && !matches_place("gke/qa-*", "gke", None));
        assert!(
            !matches_place("*-staging", "gke", Some("shop-staging")) && !matches_place("gke/qa", "gke-2", Some("qa"))
        );
        assert!(!matches_place("*", "a/b", None));
    }
}
