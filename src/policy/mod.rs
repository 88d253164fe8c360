//! What is enforced, and how production is recognised. It comes from a trusted place, never from the pipeline judged.

pub mod file;
pub mod freeze;
pub mod gate;
pub mod git;
pub mod production;
pub mod secrets;
pub mod triggers;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::hex::hex;
use crate::checks::api::Check;
use crate::meta::{Confidence, Mode, Severity};

pub use freeze::FreezeWindow;
pub use gate::GatePolicy;
pub use git::GitPolicy;
pub use production::ProductionPolicy;
pub use secrets::{Base64, SecretsPolicy};
pub use triggers::TriggerPolicy;

/// The value of `schema` in a policy file.
pub const SCHEMA: &str = "plimsoll.dev/policy/v1";

/// A named set of modes.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Enforces what is wrong in any release: plaintext secrets at high confidence, ways round the gate.
    Starter,
    /// Enforces what a production release needs.
    #[default]
    Production,
    /// Enforces everything.
    Strict,
}

/// What the policy says of one check, everything decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckPolicy {
    pub mode: Mode,
    pub severity: Severity,
    /// A finding enforces from this confidence on.
    pub confidence: Confidence,
    /// The check's own options.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, serde_json::Value>,
}

/// The effective policy: profile, file and defaults put together.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    pub schema: &'static str,
    pub name: String,
    pub version: String,
    pub profile: Profile,
    pub production: ProductionPolicy,
    pub triggers: TriggerPolicy,
    pub gate: GatePolicy,
    /// The git servers that are asked whether a commit is on its branch.
    pub git: GitPolicy,
    /// What the shop says of secrets.
    pub secrets: SecretsPolicy,
    /// When nothing is released to production.
    pub freeze: Vec<FreezeWindow>,
    pub checks: BTreeMap<&'static str, CheckPolicy>,
}

impl Policy {
    /// The built-in policy of `profile`.
    pub fn built_in(profile: Profile) -> Self {
        Self {
            schema: SCHEMA,
            name: "built-in".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            profile,
            production: ProductionPolicy::default(),
            triggers: TriggerPolicy::default(),
            gate: GatePolicy::default(),
            git: GitPolicy::default(),
            secrets: SecretsPolicy::default(),
            freeze: Vec::new(),
            checks: crate::checks::CATALOGUE.iter().map(|check| (check.id, CheckPolicy::of(check, profile))).collect(),
        }
    }

    /// What it says of `check`.
    pub fn check(&self, check: &Check) -> CheckPolicy {
        self.checks.get(check.id).cloned().unwrap_or_else(|| CheckPolicy::of(check, self.profile))
    }

    /// A list of texts among the options of a check; empty when the policy does not set it.
    pub fn option_list(&self, check: &str, option: &str) -> Vec<String> {
        let list =
            self.checks.get(check).and_then(|policy| policy.options.get(option)).and_then(serde_json::Value::as_array);
        list.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    }

    /// As `policy print --format json` writes it, with a line feed at the end.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// SHA-256 of [`Policy::to_json`], in hex.
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(self.to_json()))
    }
}

impl CheckPolicy {
    /// What `profile` says of `check`.
    pub fn of(check: &Check, profile: Profile) -> Self {
        let from = match profile {
            Profile::Starter => check.enforced.starter,
            Profile::Production => check.enforced.production,
            Profile::Strict => Some(Confidence::Medium),
        };
        Self {
            mode: if from.is_some() { Mode::Enforce } else { Mode::Warn },
            severity: check.severity,
            confidence: from.unwrap_or(Confidence::Medium),
            options: BTreeMap::new(),
        }
    }
}
