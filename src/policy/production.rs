//! How production is recognised.

use serde::{Deserialize, Serialize};

/// How production is recognised if the account has no environment: by whole words of account, namespace, cluster, stage and
/// pipeline name, in this order, exclusions first. Words are split at case changes and punctuation.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProductionPolicy {
    /// Account environments (Clouddriver's `environment`) that are production.
    pub environments: Vec<String>,
    /// Words that mark a name as production.
    pub tokens: Vec<String>,
    /// Words (or hyphenated sequences) that mark a name as not production, whatever else it contains.
    pub exclusions: Vec<String>,
    /// Accounts that are production regardless of their name.
    pub accounts: Vec<String>,
}

impl Default for ProductionPolicy {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            environments: words(&["prod", "production", "prd", "live"]),
            tokens: words(&["prod", "production", "prd", "live"]),
            exclusions: words(&[
                "pre-prod",
                "preprod",
                "nonprod",
                "non-prod",
                "non-production",
                "nonproduction",
                "pre-production",
                "preproduction",
                "not-prod",
                "product",
            ]),
            accounts: Vec::new(),
        }
    }
}
