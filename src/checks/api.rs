//! What a check is, what it sees and what it reports.

use crate::analysis::production::Production;
use crate::evidence::{Evidence, Need};
use crate::kubernetes::manifest::Manifests;
use crate::meta::{Confidence, Finding, Severity};
use crate::policy::Policy;
use crate::secrets::detect::DetectedSecrets;
use crate::spinnaker::input::Input;

/// Groups of checks, as the README lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    Trigger,
    Secret,
    Rollout,
    Gate,
    Workload,
}

impl Family {
    /// Its name in documentation, and the folder its checks stand in.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Secret => "secret",
            Self::Rollout => "rollout",
            Self::Gate => "gate",
            Self::Workload => "workload",
        }
    }
}

/// From which confidence on a profile enforces a check; `None` where it only warns. `strict` enforces everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enforced {
    pub starter: Option<Confidence>,
    pub production: Option<Confidence>,
}

impl Enforced {
    /// By every profile.
    pub const ALWAYS: Self = Self { starter: Some(Confidence::Medium), production: Some(Confidence::Medium) };
    /// By `production` and `strict`.
    pub const FROM_PRODUCTION: Self = Self { starter: None, production: Some(Confidence::Medium) };
    /// By `starter` at high confidence, by `production` from medium.
    pub const HIGH_IN_STARTER: Self = Self { starter: Some(Confidence::High), production: Some(Confidence::Medium) };
    /// By `strict` only.
    pub const STRICT: Self = Self { starter: None, production: None };
}

/// One option of a check, under `checks.<id>` in the policy.
pub struct OptionDoc {
    pub name: &'static str,
    /// What it does, with its default.
    pub doc: &'static str,
}

/// One rule of the catalogue: plain data beside its function.
pub struct Check {
    /// Kebab-case, says what is wrong.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    pub family: Family,
    pub severity: Severity,
    pub enforced: Enforced,
    /// Evidence it asks for; a check without any works offline.
    pub needs: &'static [Need],
    pub options: &'static [OptionDoc],
    /// Compliance controls it serves, as `framework:control`.
    pub controls: &'static [&'static str],
    /// The version it came in.
    pub since: &'static str,
    /// Its page: the doc comment.
    pub explanation: &'static str,
    /// The file it stands in.
    pub file: &'static str,
    pub run: for<'d> fn(&Context<'_, 'd>, &mut Report<'d>),
}

/// Makes a `CHECK` of a doc comment and its metadata, so that the page and the rule are one.
macro_rules! declare_check {
    ($(#[doc = $doc:literal])+ $($field:ident: $value:expr),+ $(,)?) => {
        /// The check of this file.
        pub(crate) static CHECK: $crate::checks::api::Check = $crate::checks::api::Check {
            explanation: concat!($($doc, "\n"),+),
            file: file!(),
            $($field: $value),+
        };
    };
}
pub(crate) use declare_check;

/// The stage that runs this very process, under `plimsoll gate`.
#[derive(Clone, Debug, Default)]
pub struct OwnStage {
    /// The execution's id the gate was told.
    pub execution: String,
    /// Its stage: id, reference id or name.
    pub stage: String,
    /// The name of its Job.
    pub job: String,
}

/// What a check sees.
pub struct Context<'a, 'd> {
    /// The document.
    pub subject: &'a Input<'d>,
    /// Its manifests.
    pub manifests: &'a Manifests<'d>,
    /// Its literal secrets and secret references.
    pub secrets: &'a DetectedSecrets<'d>,
    /// Which of its stages change production.
    pub production: &'a Production<'d>,
    pub policy: &'a Policy,
    pub evidence: &'a Evidence,
    /// Set under `plimsoll gate` only.
    pub own: Option<&'a OwnStage>,
    /// When it is judged: a change freeze goes by it.
    pub now: jiff::Timestamp,
    /// Missing evidence makes a check inconclusive here (`gate`), and skipped otherwise (`check`): DESIGN section 7.
    pub evidence_required: bool,
}

/// What a check reports.
#[derive(Default)]
pub struct Report<'d> {
    pub(crate) findings: Vec<Finding<'d>>,
    pub(crate) inconclusive: Vec<String>,
    pub(crate) not_applicable: Option<String>,
    pub(crate) skipped: Option<String>,
}

impl<'d> Report<'d> {
    /// Something is wrong.
    pub fn finding(&mut self, finding: Finding<'d>) {
        self.findings.push(finding);
    }

    /// Something could not be judged; `reason` says what and why.
    pub fn inconclusive(&mut self, reason: impl Into<String>) {
        self.inconclusive.push(reason.into());
    }

    /// A place could not be judged: inconclusive in an execution, a warning in a saved pipeline, which only the running
    /// execution settles (DESIGN section 7).
    pub fn unsettled(&mut self, context: &Context<'_, 'd>, finding: Finding<'d>) {
        let runs = context.subject.pipeline.as_ref().is_some_and(|pipeline| pipeline.is_execution);
        if runs {
            self.inconclusive.push(finding.message.clone());
        }
        self.findings.push(finding.only_warns());
    }

    /// Evidence is missing because nobody configured its source: inconclusive where evidence is required, else skipped.
    pub fn not_configured(&mut self, context: &Context<'_, '_>, reason: impl Into<String>) {
        if context.evidence_required {
            self.inconclusive.push(reason.into());
        } else {
            self.skipped = Some(reason.into());
        }
    }

    /// The check says nothing about documents like this one; why.
    pub fn not_applicable(&mut self, reason: impl Into<String>) {
        self.not_applicable = Some(reason.into());
    }
}

/// A stage in a message: `the stage "Deploy" (2)`.
pub(crate) fn named(stage: &crate::spinnaker::stage::Stage<'_>) -> String {
    let name = crate::base::sanitize::quoted(&stage.name, 80);
    if stage.ref_id.is_empty() {
        return format!("the stage {name}");
    }
    format!("the stage {name} ({})", crate::base::sanitize::sanitize(&stage.ref_id, 40))
}
