//! Runs the catalogue over one document: every check ends with an outcome, whatever the others do.

use crate::analysis::production::Production;
use crate::checks::CATALOGUE;
use crate::checks::api::{Check, Context, OwnStage, Report};
use crate::evidence::{Evidence, Lookup};
use crate::kubernetes::manifest::Manifests;
use crate::meta::{Confidence, Finding, Mode};
use crate::policy::{CheckPolicy, Policy};
use crate::secrets::detect::DetectedSecrets;
use crate::spinnaker::input::{Input, InputKind};

/// How one check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckOutcome {
    Passed,
    Warned,
    Failed,
    NotApplicable,
    Inconclusive,
    Skipped,
}

impl CheckOutcome {
    /// The word of the verdict document.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::NotApplicable => "notApplicable",
            Self::Inconclusive => "inconclusive",
            Self::Skipped => "skipped",
        }
    }
}

/// What is judged, by which policy, with which evidence.
pub struct RunnerInput<'a, 'd> {
    pub subject: &'a Input<'d>,
    pub policy: &'a Policy,
    pub evidence: &'a Evidence,
    /// The gate's own stage, under `plimsoll gate`.
    pub own: Option<&'a OwnStage>,
    /// When it is judged.
    pub now: jiff::Timestamp,
    /// Missing evidence is inconclusive (`gate`), not skipped (`check`).
    pub evidence_required: bool,
    /// Run these checks only; all when empty.
    pub only: &'a [String],
}

/// How one check ended, with what it found.
pub struct CheckResult<'d> {
    pub check: &'static Check,
    pub policy: CheckPolicy,
    pub outcome: CheckOutcome,
    pub reason: Option<String>,
    pub findings: Vec<Finding<'d>>,
}

/// Every check of the catalogue, ended.
pub struct Judged<'d> {
    pub results: Vec<CheckResult<'d>>,
    /// Number of secret references in the document.
    pub referenced: usize,
    /// Texts that must not appear in any output: the literal secrets found.
    pub literals: Vec<crate::base::secret::Secret>,
}

/// Runs every check over the document.
pub fn judge<'d>(input: &RunnerInput<'_, 'd>) -> Judged<'d> {
    let manifests = Manifests::of(input.subject);
    // A policy is refused when a pattern of its own does not compile.
    let own = input.policy.secrets.custom_rules().unwrap_or_default();
    let secrets = DetectedSecrets::with(input.subject, &own);
    let pipeline = input.subject.pipeline.as_ref();
    let own = input.own.and_then(|own| pipeline?.stage(&own.stage)).map(|(index, _)| index);
    let production = Production::of(pipeline, input.policy, input.evidence, own);
    let context = Context {
        subject: input.subject,
        manifests: &manifests,
        secrets: &secrets,
        production: &production,
        policy: input.policy,
        evidence: input.evidence,
        own: input.own,
        now: input.now,
        evidence_required: input.evidence_required,
    };
    let results = CATALOGUE.iter().map(|check| one(check, input, &context)).collect();
    let referenced =
        secrets.references.iter().map(|place| place.text.as_str()).collect::<std::collections::HashSet<_>>().len();
    Judged { results, referenced, literals: secrets.texts() }
}

/// Every check inconclusive for the same reason: a document that could not be read.
pub fn unreadable(policy: &Policy, only: &[String], reason: &str) -> Judged<'static> {
    let results = CATALOGUE
        .iter()
        .map(|check| {
            let of_check = policy.check(check);
            not_run(check, &of_check, only).map_or_else(
                || ended(check, of_check.clone(), CheckOutcome::Inconclusive, reason),
                |why| ended(check, of_check.clone(), CheckOutcome::Skipped, why),
            )
        })
        .collect();
    Judged { results, referenced: 0, literals: Vec::new() }
}

fn ended<'d>(check: &'static Check, policy: CheckPolicy, outcome: CheckOutcome, reason: &str) -> CheckResult<'d> {
    CheckResult { check, policy, outcome, reason: Some(reason.to_owned()), findings: Vec::new() }
}

/// Why no check may conclude anything from this document.
fn doubts(subject: &Input<'_>) -> Vec<String> {
    if subject.kind == InputKind::Unknown {
        return vec!["the document is none that Spinnaker or Kubernetes writes".to_owned()];
    }
    subject.pipeline.as_ref().map(|pipeline| pipeline.doubts.clone()).unwrap_or_default()
}

/// Why a check is not run at all.
fn not_run(check: &Check, policy: &CheckPolicy, only: &[String]) -> Option<&'static str> {
    if policy.mode == Mode::Off {
        return Some("the policy turns it off");
    }
    let asked_for = only.is_empty() || only.iter().any(|id| id == check.id);
    (!asked_for).then_some("not among the checks asked for")
}

fn one<'d>(check: &'static Check, input: &RunnerInput<'_, 'd>, context: &Context<'_, 'd>) -> CheckResult<'d> {
    let policy = input.policy.check(check);
    if let Some(why) = not_run(check, &policy, input.only) {
        return ended(check, policy, CheckOutcome::Skipped, why);
    }
    let mut report = Report::default();
    (check.run)(context, &mut report);
    report.inconclusive.extend(doubts(input.subject));
    if let Lookup::Unavailable(why) = &input.evidence.planned {
        report.inconclusive.push(format!("it could not be put together with its template: {why}"));
    }
    let outcome = outcome(&report, &policy);
    let reasons = match outcome {
        CheckOutcome::NotApplicable => report.not_applicable.into_iter().collect(),
        CheckOutcome::Skipped => report.skipped.into_iter().collect(),
        _ => report.inconclusive,
    };
    let reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    CheckResult { check, policy, outcome, reason, findings: report.findings }
}

/// What the policy does with one finding of the check.
pub fn mode_of(finding: &Finding<'_>, policy: &CheckPolicy) -> Mode {
    if finding.confidence == Confidence::Low || finding.confidence < policy.confidence {
        return policy.mode.min(finding.at_most).min(Mode::Warn);
    }
    policy.mode.min(finding.at_most)
}

fn outcome(report: &Report<'_>, policy: &CheckPolicy) -> CheckOutcome {
    if report.findings.iter().any(|finding| mode_of(finding, policy) == Mode::Enforce) {
        return CheckOutcome::Failed;
    }
    if !report.inconclusive.is_empty() {
        return CheckOutcome::Inconclusive;
    }
    if report.skipped.is_some() {
        return CheckOutcome::Skipped;
    }
    if report.findings.iter().any(|finding| finding.confidence > Confidence::Low) {
        return CheckOutcome::Warned;
    }
    if report.not_applicable.is_some() {
        return CheckOutcome::NotApplicable;
    }
    CheckOutcome::Passed
}
