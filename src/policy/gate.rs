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
    /// Programs with which a Job deploys: a Job that runs one of them in production is a rollout, unless it only reads.
    pub deploy_tools: Vec<String>,
}

/// Programs that change what runs in a cluster or an account, and are made for nothing else.
const DEPLOY_TOOLS: [&str; 18] = [
    "kubectl",
    "oc",
    "helm",
    "helmfile",
    "kapp",
    "argocd",
    "flux",
    "terraform",
    "terragrunt",
    "tofu",
    "pulumi",
    "ansible",
    "ansible-playbook",
    "nomad",
    "skaffold",
    "werf",
    "ecs-cli",
    "cf",
];

impl Default for GatePolicy {
    fn default() -> Self {
        Self {
            stage_types: vec!["plimsollGate".into()],
            images: vec!["plimsoll".into()],
            deploy_tools: DEPLOY_TOOLS.map(str::to_owned).to_vec(),
        }
    }
}
