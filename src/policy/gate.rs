//! How gate stages are recognised.

use serde::{Deserialize, Serialize};

/// The types of the preconfigured Jobs that are shipped: `gate`, and `judge`.
pub const SHIPPED_TYPES: [&str; 2] = ["plimsollGate", "plimsollJudge"];

/// The base name of the gate's image.
pub const BASE_NAME: &str = "plimsoll";

/// How gate stages are recognised. Under `plimsoll gate` and `plimsoll judge`, the stage that runs it is a gate as well.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GatePolicy {
    /// Types of stages that the platform team defined as gates: preconfigured Jobs, and preconfigured webhooks and remote stages of
    /// any type but `plimsollGate` and `plimsollJudge`, which are those of the shipped Jobs.
    pub stage_types: Vec<String>,
    /// Images by which a plain Run Job is a gate: full references, such as `registry.example.com/platform/plimsoll:1.*`; `*` matches
    /// anything but `/`. None by default, because the author of a plain Run Job controls all of it.
    pub images: Vec<String>,
    /// Programs with which a Job deploys: a Job that runs one of them in production is a rollout, unless it only reads.
    pub deploy_tools: Vec<String>,
    /// The manual judgments that `gate --judge` and `judge` may answer.
    pub judgments: JudgmentPolicy,
}

/// Which manual judgments are answered, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JudgmentPolicy {
    /// The names of stages that may be answered; `*` matches anything. An empty list allows none.
    pub stages: Vec<String>,
    /// What an inconclusive verdict does.
    pub inconclusive: InconclusiveJudgment,
}

/// What an inconclusive verdict does to a manual judgment. It never continues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InconclusiveJudgment {
    /// Leave the judgment waiting, for a person.
    #[default]
    Wait,
    /// Stop.
    Stop,
}

impl Default for JudgmentPolicy {
    fn default() -> Self {
        Self { stages: vec!["*".into()], inconclusive: InconclusiveJudgment::Wait }
    }
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
            stage_types: SHIPPED_TYPES.map(str::to_owned).to_vec(),
            images: Vec::new(),
            deploy_tools: DEPLOY_TOOLS.map(str::to_owned).to_vec(),
            judgments: JudgmentPolicy::default(),
        }
    }
}
