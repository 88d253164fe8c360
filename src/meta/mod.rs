//! What a check declares about itself: plain data, known to the policy, the documentation and the verdict.
//!
//! Nothing here runs a check: a policy needs ids, severities and options, and must not depend on the code that reads documents.

mod control;
mod level;
mod need;
mod options;

use std::borrow::Cow;

pub use control::{Control, Framework};
pub use level::{Confidence, Mode, Severity};
pub use need::{Fact, FactSet, Need, NeedSet};
pub use options::{CheckOptions, NoOptions, OptionValues, OptionsError, OptionsSchema};

/// Groups of checks, as the documentation lists them. The folder of a family's checks has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Trigger,
    Secret,
    Rollout,
    Gate,
    Workload,
    Access,
    Supply,
    Observability,
    Ownership,
    Installation,
}

impl Family {
    /// Its name in documentation, and the folder of its checks.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Secret => "secret",
            Self::Rollout => "rollout",
            Self::Gate => "gate",
            Self::Workload => "workload",
            Self::Access => "access",
            Self::Supply => "supply",
            Self::Observability => "observability",
            Self::Ownership => "ownership",
            Self::Installation => "installation",
        }
    }
}

/// The lowest confidence from which a profile enforces a finding; `None` where the profile only warns. `strict` enforces everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enforced {
    pub starter: Option<Confidence>,
    pub production: Option<Confidence>,
    /// It is off, in every profile, unless the policy turns it on.
    pub is_optional: bool,
}

impl Enforced {
    /// By every profile.
    pub const ALWAYS: Self = Self::of(Some(Confidence::Medium), Some(Confidence::Medium));
    /// By `production` and `strict`.
    pub const FROM_PRODUCTION: Self = Self::of(None, Some(Confidence::Medium));
    /// By `production` at high confidence, by `strict` from medium.
    pub const FROM_PRODUCTION_SURE: Self = Self::of(None, Some(Confidence::High));
    /// By `starter` at high confidence, by `production` from medium.
    pub const HIGH_IN_STARTER: Self = Self::of(Some(Confidence::High), Some(Confidence::Medium));
    /// By `strict` only.
    pub const STRICT: Self = Self::of(None, None);
    /// By no profile: the policy turns it on.
    pub const OPTIONAL: Self = Self { starter: None, production: None, is_optional: true };

    const fn of(starter: Option<Confidence>, production: Option<Confidence>) -> Self {
        Self { starter, production, is_optional: false }
    }
}

/// Everything that is known about a check without running it.
pub struct Meta {
    /// Kebab-case; names the problem, not the rule.
    pub id: Cow<'static, str>,
    /// One line without a full stop.
    pub summary: Cow<'static, str>,
    pub family: Family,
    pub severity: Severity,
    pub enforced: Enforced,
    /// Facts of the analysis that it reads. The evidence behind them can change its result.
    pub facts: Vec<Fact>,
    /// Evidence it reads itself. Without it the check is skipped, or inconclusive under `gate`.
    pub evidence: Vec<Need>,
    /// The detectors its findings may name. A detector is part of a finding's fingerprint, so its name never changes.
    pub detectors: Vec<&'static str>,
    pub options: OptionsSchema,
    /// Compliance controls it supports.
    pub controls: Vec<Control>,
    /// The version of Plimsoll that added it.
    pub since: &'static str,
    /// Its page in Markdown: the doc comment of its file.
    pub explanation: Cow<'static, str>,
    /// The source file, relative to the repository.
    pub file: &'static str,
}

impl Meta {
    /// All evidence that can change its result: its own and that of its facts.
    pub fn needs(&self) -> NeedSet {
        let of_facts = self.facts.iter().flat_map(|fact| fact.needs());
        self.evidence.iter().chain(of_facts).copied().collect()
    }

    /// Whether it also judges the pipelines that a release starts: not what is about the start of the release, its saved form or its
    /// application.
    pub fn judges_started(&self) -> bool {
        let about_release =
            [Need::Parents, Need::SavedPipeline, Need::PipelineHistory, Need::Application, Need::Roles, Need::Commit];
        self.family != Family::Trigger && !self.evidence.iter().any(|need| about_release.contains(need))
    }
}
