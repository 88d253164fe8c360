//! How production is recognised.

use serde::{Deserialize, Serialize};

/// How production is recognised when no account environment decides: whole words of account, namespace, cluster, stage and
/// pipeline name, in this order, with exclusions first. Words are split at case changes and punctuation.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ProductionPolicy {
    /// Account environments (Clouddriver's `environment`) that are production.
    pub environments: Vec<String>,
    /// Words that say production.
    pub tokens: Vec<String>,
    /// Words, alone or in a row joined by `-`, that say it is not, whatever else the name holds.
    pub exclusions: Vec<String>,
    /// Accounts that are production whatever their name says.
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
