//! What counts as a canary analysis.

use serde::{Deserialize, Serialize};

/// What counts as a canary analysis, in addition to Kayenta's `kayentaCanary`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CanaryPolicy {
    /// Additional stage types that analyse a canary, such as those of a vendor.
    pub stage_types: Vec<String>,
}
