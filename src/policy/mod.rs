//! What is enforced, and how production is recognised. The policy comes from a trusted source, never from the pipeline that is checked.

pub mod allow;
pub mod artifacts;
pub mod baseline;
mod breadth;
pub mod canary;
pub mod file;
pub mod freeze;
pub mod gate;
pub mod git;
pub mod identity;
pub mod images;
pub mod justification;
pub mod kubernetes;
pub mod overlays;
pub mod pointers;
pub mod production;
pub mod scopes;
pub mod secrets;
pub mod stages;
pub mod triggers;
pub mod waivers;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::hex::hex;
use crate::meta::{Confidence, Meta, Mode, OptionValues, Severity};
use crate::secrets::detect::{CustomRules, OwnRules};

pub use allow::Allowance;
pub use artifacts::{ArtifactFile, ArtifactPolicy, Uninspectable};
pub use baseline::Baseline;
pub use canary::CanaryPolicy;
pub use freeze::FreezeWindow;
pub use gate::GatePolicy;
pub use git::GitPolicy;
pub use images::ImagePolicy;
pub use justification::Justification;
pub use kubernetes::KubernetesPolicy;
pub use overlays::Overlay;
pub use production::ProductionPolicy;
pub use scopes::Scope;
pub use secrets::{Base64, SecretsPolicy};
pub use stages::StageClass;
pub use triggers::TriggerPolicy;
pub use waivers::Waiver;

/// The value of `schema` in a policy file.
pub const SCHEMA: &str = "plimsoll.dev/policy/v1";

/// A named set of modes for all checks.
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
    /// Enforces what no release should contain: plaintext secrets at high confidence, and bypasses of the gate.
    Starter,
    /// Enforces what a production release requires.
    #[default]
    Production,
    /// Enforces everything.
    Strict,
}

impl Profile {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Production => "production",
            Self::Strict => "strict",
        }
    }

    /// The profile called `name`.
    pub fn named(name: &str) -> Option<Self> {
        let is_named = |profile: &Self| profile.word().eq_ignore_ascii_case(name.trim());
        [Self::Starter, Self::Production, Self::Strict].into_iter().find(is_named)
    }
}

/// Whether verdicts stop a release.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Enforcement {
    /// They do not: a verdict keeps its outcome, and the exit code and the answer to Orca are those of a release that passed.
    Observe,
    /// They do.
    #[default]
    Enforce,
}

/// The effective settings of one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckPolicy {
    pub mode: Mode,
    pub severity: Severity,
    /// The lowest confidence of a finding that enforces.
    pub confidence: Confidence,
    /// The check's own options, defaults included.
    #[serde(flatten, serialize_with = "options_as_json")]
    pub options: OptionValues,
}

fn options_as_json<S: serde::Serializer>(options: &OptionValues, serializer: S) -> Result<S::Ok, S::Error> {
    options.json().serialize(serializer)
}

/// The effective policy: profile, file and defaults combined.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    pub schema: &'static str,
    pub name: String,
    pub version: String,
    pub mode: Enforcement,
    pub profile: Profile,
    pub production: ProductionPolicy,
    pub triggers: TriggerPolicy,
    pub gate: GatePolicy,
    pub canary: CanaryPolicy,
    pub artifacts: ArtifactPolicy,
    pub kubernetes: KubernetesPolicy,
    pub images: ImagePolicy,
    /// What stage types change, by type.
    pub stages: BTreeMap<String, StageClass>,
    /// The git servers that are asked whether a commit is on its branch.
    pub git: GitPolicy,
    pub secrets: SecretsPolicy,
    /// What `secrets.rules` holds; its hash is `secrets.rulesSha256`.
    #[serde(skip)]
    pub own_rules: Arc<OwnRules>,
    /// Periods in which nothing may be released to production.
    pub freeze: Vec<FreezeWindow>,
    /// What differs for some applications, pipelines, accounts or owners.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// Findings that fail no release, each for a reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// The findings of a former report, which fail no release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Where the baseline is, as the file says; [`crate::clients::policy_file`] reads it.
    #[serde(skip)]
    pub baseline_file: Option<String>,
    /// The compliance frameworks that verdicts report on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overlays: Vec<Overlay>,
    pub checks: BTreeMap<String, CheckPolicy>,
}

impl Policy {
    /// The built-in policy of `profile` for the checks that `metas` declare.
    pub fn built_in(profile: Profile, metas: &[Arc<Meta>]) -> Self {
        Self {
            schema: SCHEMA,
            name: "built-in".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            mode: Enforcement::default(),
            profile,
            production: ProductionPolicy::default(),
            triggers: TriggerPolicy::default(),
            gate: GatePolicy::default(),
            canary: CanaryPolicy::default(),
            artifacts: ArtifactPolicy { uninspectable: Uninspectable::of(profile) },
            kubernetes: KubernetesPolicy::default(),
            images: ImagePolicy::default(),
            stages: BTreeMap::new(),
            git: GitPolicy::default(),
            secrets: SecretsPolicy::default(),
            own_rules: Arc::default(),
            freeze: Vec::new(),
            scopes: Vec::new(),
            waivers: Vec::new(),
            baseline: None,
            baseline_file: None,
            overlays: Vec::new(),
            checks: metas.iter().map(|meta| (meta.id.to_string(), CheckPolicy::of(meta, profile))).collect(),
        }
    }

    /// Makes what the policy says of manifests that cannot be inspected and the mode of their check the same: by `chosen`, or by the mode.
    fn settle_uninspectable(&mut self, chosen: Option<Uninspectable>) {
        let Some(check) = self.checks.get_mut(artifacts::CHECK) else { return };
        match chosen {
            Some(Uninspectable::Warn) => check.mode = Mode::Warn,
            Some(Uninspectable::Inconclusive) => check.mode = Mode::Enforce,
            None => {}
        }
        let is_enforced = check.mode == Mode::Enforce;
        self.artifacts.uninspectable = if is_enforced { Uninspectable::Inconclusive } else { Uninspectable::Warn };
    }

    /// The settings of the check that `meta` declares.
    pub fn check(&self, meta: &Meta) -> Cow<'_, CheckPolicy> {
        match self.checks.get(&*meta.id) {
            Some(policy) => Cow::Borrowed(policy),
            None => Cow::Owned(CheckPolicy::of(meta, self.profile)),
        }
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
    /// The settings of `profile` for the check that `meta` declares.
    pub fn of(meta: &Meta, profile: Profile) -> Self {
        let from = match profile {
            Profile::Starter => meta.enforced.starter,
            Profile::Production => meta.enforced.production,
            Profile::Strict => Some(Confidence::Medium),
        };
        Self {
            mode: match from {
                _ if meta.enforced.is_optional => Mode::Off,
                Some(_) => Mode::Enforce,
                None => Mode::Warn,
            },
            severity: meta.severity,
            confidence: from.unwrap_or(Confidence::Medium),
            options: meta.options.defaults(),
        }
    }
}

/// A policy with compiled patterns and its hash, made once and shared by all documents.
pub struct EffectivePolicy {
    pub policy: Policy,
    pub custom_rules: CustomRules,
    /// The entries of `secrets.allow`, in order.
    pub allowances: Vec<Allowance>,
    pub sha256: String,
}

impl EffectivePolicy {
    /// Compiles `policy`.
    ///
    /// # Errors
    /// When a secret pattern or an entry of `secrets.allow` does not compile. A policy file with such a one is refused when it is read.
    pub fn new(policy: Policy) -> Result<Self, String> {
        let custom_rules = policy.secrets.custom_rules().map_err(|(n, why)| format!("secrets.patterns[{n}]: {why}"))?;
        let custom_rules = CustomRules { own: Arc::clone(&policy.own_rules), ..custom_rules };
        let allowances =
            policy.secrets.allowances().map_err(|(n, why)| format!("secrets.allow[{n}]: {}", why.reason))?;
        let sha256 = policy.sha256();
        Ok(Self { policy, custom_rules, allowances, sha256 })
    }
}
