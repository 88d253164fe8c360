//! How gate stages are recognised.

use serde::{Deserialize, Serialize};

/// The type of the preconfigured Job that is shipped.
pub const SHIPPED_TYPE: &str = "plimsollGate";

/// The base name of the gate's image.
pub const BASE_NAME: &str = "plimsoll";

/// How gate stages are recognised. Under `plimsoll gate`, the stage that runs it is a gate as well.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GatePolicy {
    /// Types of stages that the platform team defined as gates: preconfigured Jobs, and preconfigured webhooks and remote stages of
    /// any type but `plimsollGate`, which is that of the shipped Job.
    pub stage_types: Vec<String>,
    /// Images by which a plain Run Job is a gate: full references, such as `registry.example.com/platform/plimsoll:1.*`; `*` matches
    /// anything but `/`. None by default, because the author of a plain Run Job controls all of it.
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
            stage_types: vec![SHIPPED_TYPE.into()],
            images: Vec::new(),
            deploy_tools: DEPLOY_TOOLS.map(str::to_owned).to_vec(),
        }
    }
}
