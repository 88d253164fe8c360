//! What counts as a canary analysis.

use serde::{Deserialize, Serialize};

/// What counts as a canary analysis, beside Kayenta's `kayentaCanary`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CanaryPolicy {
    /// Further stage types that analyse a canary, such as a vendor's.
    pub stage_types: Vec<String>,
}
