//! A verdict as records: owned, masked, independent of the document.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use crate::checks::api::Elsewhere;
use crate::document::excerpt::Excerpt;
use crate::meta::{Confidence, Control, Meta, Mode, Severity};
use crate::policy::Overlay;
use crate::spinnaker::input::{Input, InputKind};
use crate::spinnaker::pipeline::Pipeline;
use crate::verdict::{CheckOutcome, Outcome, Places};

/// The document that was checked.
#[derive(Clone, Debug)]
pub struct SubjectRecord {
    pub kind: InputKind,
    pub application: Option<String>,
    pub pipeline: Option<String>,
    pub execution_id: Option<String>,
    pub stage_id: Option<String>,
    pub file: Option<String>,
    /// Zero-based index in a file of several documents.
    pub document: Option<usize>,
    /// SHA-256 of the document, in hex; empty when it could not be read.
    pub sha256: String,
}

impl SubjectRecord {
    /// A document that could not be read or fetched.
    pub fn unknown(file: Option<String>) -> Self {
        Self {
            kind: InputKind::Unknown,
            application: None,
            pipeline: None,
            execution_id: None,
            stage_id: None,
            file,
            document: None,
            sha256: String::new(),
        }
    }

    /// The record of `subject`. `sha256` is the hash of its bytes.
    pub fn of(subject: &Input<'_>, sha256: String, file: Option<String>, document: Option<usize>) -> Self {
        let pipeline = subject.pipeline.as_ref();
        let is_execution = subject.kind == InputKind::Execution;
        let named = |key: &str| subject.root.str(key).map(std::borrow::Cow::into_owned);
        let application = match subject.kind {
            InputKind::Application => named("name"),
            _ => pipeline.and_then(Pipeline::application).map(Into::into),
        };
        Self {
            kind: subject.kind,
            application,
            pipeline: pipeline.and_then(Pipeline::name).map(Into::into),
            execution_id: if is_execution { named("id") } else { None },
            stage_id: None,
            file,
            document,
            sha256,
        }
    }
}

/// The result of one check.
#[derive(Clone)]
pub struct CheckRecord {
    pub meta: Arc<Meta>,
    pub outcome: CheckOutcome,
    pub severity: Severity,
    pub mode: Mode,
    /// Why it has this outcome, where that is not said by findings.
    pub reason: Option<String>,
    /// Why it, or a part of it, was skipped: its findings may not be all there are.
    pub skipped: Option<String>,
}

/// A finding, without its document.
#[derive(Clone)]
pub struct FindingRecord {
    pub meta: Arc<Meta>,
    pub severity: Severity,
    pub confidence: Confidence,
    pub mode: Mode,
    pub pointer: String,
    pub inner: Option<String>,
    pub related: Vec<String>,
    /// The place in a document that the stage brings in.
    pub elsewhere: Option<Elsewhere>,
    pub line: Option<usize>,
    pub column: Option<usize>,
    /// Reference id of the stage.
    pub stage: Option<String>,
    /// Index of the stage in [`Verdict::stages`].
    pub stage_index: Option<usize>,
    /// Name of the stage, for the text report.
    pub stage_name: Option<String>,
    /// The source line, without any secret.
    pub source: Option<Box<Excerpt>>,
    /// Type and size of the value, for the text report; never its content.
    pub excerpt: String,
    pub message: String,
    pub remedy: Cow<'static, str>,
    pub fingerprint: String,
    /// Why the detector found it, for `check --why`.
    pub why: Option<Box<str>>,
    /// The baseline of the policy knows it, so that it fails no release.
    pub is_known: bool,
    /// Why the policy lets it be.
    pub waiver: Option<WaiverRecord>,
}

/// Why the policy lets a finding be, who answers for it, and until when.
#[derive(Clone, Debug)]
pub struct WaiverRecord {
    /// The entry of the policy: `secrets.allow[2]`.
    pub from: String,
    pub reason: String,
    pub owner: Option<String>,
    pub ticket: Option<String>,
    pub expires: Option<String>,
}

/// How the findings of a document differ from those of the policy's baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BaselineRecord {
    /// Findings that the baseline knows.
    pub known: usize,
    /// Findings that it does not know.
    pub new: usize,
    /// Findings of the baseline that are fixed.
    pub gone: usize,
}

/// What the checks that serve one control of a compliance framework found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComplianceRecord {
    pub control: Control,
    /// The worst of its checks; not applicable where none of them applied.
    pub outcome: CheckOutcome,
    pub checks: Vec<(String, CheckOutcome)>,
    /// Findings that count, by all of its checks.
    pub findings: usize,
}

/// Secret references, counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct SecretCounts {
    pub referenced: usize,
    pub resolved: usize,
    pub failed: usize,
}

/// A pipeline that the release starts and that was judged with it, as it was saved then.
#[derive(Clone, Debug)]
pub struct StartedRecord {
    /// Reference id of the stage that starts it.
    pub stage: String,
    /// `APPLICATION/PIPELINE`, as the stage names it.
    pub pipeline: String,
    pub id: Option<String>,
    pub update_ts: Option<String>,
    pub sha256: String,
}

/// What a person did to the execution while it ran.
#[derive(Clone, Debug)]
pub struct InterventionRecord {
    /// Reference id of the stage.
    pub stage: String,
    pub stage_name: String,
    pub user: String,
    pub action: &'static str,
    /// The answer to a judgment.
    pub answer: Option<String>,
    pub at: Option<Timestamp>,
}

/// The verdict on one document.
#[derive(Clone)]
pub struct Verdict {
    pub outcome: Outcome,
    /// Why the document could not be read or is not recognised; it never passes then.
    pub unjudged: Option<String>,
    /// At least one check was skipped.
    pub partial: bool,
    pub subject: SubjectRecord,
    pub policy_name: String,
    pub policy_version: String,
    pub policy_sha256: String,
    /// The scopes of the policy that were applied to the document.
    pub scopes: Vec<String>,
    /// Whether the outcome stops a release; not where the policy observes.
    pub enforced: bool,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub checks: Vec<CheckRecord>,
    pub findings: Vec<FindingRecord>,
    pub secrets: SecretCounts,
    pub places: Places,
    pub interventions: Vec<InterventionRecord>,
    pub started: Vec<StartedRecord>,
    /// `None` where the policy has no baseline.
    pub baseline: Option<BaselineRecord>,
    /// The frameworks that the policy's overlays report on.
    pub overlays: Vec<Overlay>,
    /// Their controls.
    pub compliance: Vec<ComplianceRecord>,
    /// The stages of the pipeline, for a picture of them; empty when there are very many.
    pub stages: Vec<StageRecord>,
    /// The images that the document deploys by digest: repository and SHA-256 in hex, each once.
    pub images: Vec<(String, String)>,
}

/// A stage, as the graph of a report shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageRecord {
    pub ref_id: String,
    pub name: String,
    pub kind: String,
    /// Its status in an execution.
    pub status: Option<String>,
    pub is_gate: bool,
    pub is_canary: bool,
    /// Where it changes something, the worst of its changes; `None` when it changes nothing.
    pub place: Option<Where>,
    /// Indexes of the stages it waits for.
    pub waits_for: Vec<usize>,
    /// Orca created it: it is no part of the picture.
    pub is_synthetic: bool,
}

/// Where a stage changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Where {
    Elsewhere,
    /// In an account about which nothing is known.
    Unknown,
    /// Only the run settles it.
    Open,
    Production,
}

impl Verdict {
    /// The outcome that decides about the release: where the policy only observes, a release passes whatever its outcome is.
    pub fn effective(&self) -> Outcome {
        match self.outcome {
            Outcome::Failed | Outcome::Inconclusive if !self.enforced => Outcome::Passed,
            outcome => outcome,
        }
    }

    /// Why checks of this mode are inconclusive: each reason once, with its checks.
    pub fn not_judged(&self, mode: Mode) -> Vec<(String, Vec<String>)> {
        let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
        let of_mode = |check: &&CheckRecord| check.outcome == CheckOutcome::Inconclusive && check.mode == mode;
        for check in self.checks.iter().filter(of_mode) {
            let reason = check.reason.clone().unwrap_or_else(|| "no reason was given".to_owned());
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, ids)) => ids.push(check.meta.id.to_string()),
                None => reasons.push((reason, vec![check.meta.id.to_string()])),
            }
        }
        reasons
    }
}

/// Findings by severity, for the counts of the verdict; those that the policy lets be are counted by [`waived`].
pub fn by_severity(findings: &[FindingRecord]) -> [(Severity, usize); 5] {
    let counted = |severity: Severity| {
        findings.iter().filter(|finding| finding.severity == severity && finding.waiver.is_none()).count()
    };
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info]
        .map(|severity| (severity, counted(severity)))
}

/// How many findings the policy lets be.
pub fn waived(findings: &[FindingRecord]) -> usize {
    findings.iter().filter(|finding| finding.waiver.is_some()).count()
}
