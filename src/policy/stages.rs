//! What stage types change, where Plimsoll does not know them or the policy knows better.

use serde::{Deserialize, Serialize};

/// What stages of a type do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StageClass {
    /// They change the running system in the accounts that they name.
    Change,
    /// They change nothing that runs.
    Harmless,
}
