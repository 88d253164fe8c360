//! How gate stages are recognised.

use serde::{Deserialize, Serialize};

/// How gate stages are recognised.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GatePolicy {
    /// Types of preconfigured stages that are gates.
    pub stage_types: Vec<String>,
    /// Images of gates: the base name of the repository (`plimsoll`), or a full reference.
    pub images: Vec<String>,
}

impl Default for GatePolicy {
    fn default() -> Self {
        Self { stage_types: vec!["plimsollGate".into()], images: vec!["plimsoll".into()] }
    }
}
