//! Findings and policy to a decision: pure functions. What comes out holds no borrowed document and no secret.

pub mod fingerprint;
pub mod mask;

use std::borrow::Cow;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::base::exit::Exit;
use crate::base::hex::hex;
use crate::checks::runner::{self, CheckOutcome, CheckResult, Judged};
use crate::document::pointer::Pointer;
use crate::document::value::Value;
use crate::meta::{Confidence, Finding, Mode, Severity};
use crate::policy::Policy;
use crate::spinnaker::input::{Input, InputKind};
use crate::spinnaker::stage::Stage;
use mask::Mask;

/// The decision. Failed wins over inconclusive, inconclusive over passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Passed,
    Inconclusive,
    Failed,
    Canceled,
}

impl Outcome {
    /// The word of the verdict document.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// The exit code that says the same.
    pub fn exit(self) -> Exit {
        match self {
            Self::Passed => Exit::Passed,
            Self::Inconclusive => Exit::Inconclusive,
            Self::Failed => Exit::Failed,
            Self::Canceled => Exit::Canceled,
        }
    }
}

/// What was judged.
#[derive(Clone, Debug)]
pub struct SubjectRecord {
    pub kind: InputKind,
    pub application: Option<String>,
    pub pipeline: Option<String>,
    pub execution_id: Option<String>,
    pub stage_id: Option<String>,
    pub file: Option<String>,
    /// Zero-based place in a file of several documents.
    pub document: Option<usize>,
    /// Of the judged bytes, in hex; empty when they could not be read.
    pub sha256: String,
}

impl SubjectRecord {
    /// A document that could not be read, or not be had.
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

    /// What `subject` says of itself. `sha256` is that of the judged bytes, from [`sha256`].
    pub fn of(subject: &Input<'_>, sha256: String, file: Option<String>, document: Option<usize>) -> Self {
        let pipeline = subject.pipeline.as_ref();
        let is_execution = subject.kind == InputKind::Execution;
        let named = |key: &str| subject.root.str(key).map(std::borrow::Cow::into_owned);
        let application = match subject.kind {
            InputKind::Application => named("name"),
            _ => pipeline.and_then(crate::spinnaker::pipeline::Pipeline::application).map(Into::into),
        };
        Self {
            kind: subject.kind,
            application,
            pipeline: pipeline.and_then(crate::spinnaker::pipeline::Pipeline::name).map(Into::into),
            execution_id: if is_execution { named("id") } else { None },
            stage_id: None,
            file,
            document,
            sha256,
        }
    }
}

/// SHA-256 of `bytes`, in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// How one check ended.
#[derive(Clone, Debug)]
pub struct CheckRecord {
    pub id: &'static str,
    pub outcome: CheckOutcome,
    pub severity: Severity,
    pub mode: Mode,
    pub reason: Option<String>,
}

/// A finding, told without its document.
#[derive(Clone, Debug)]
pub struct FindingRecord {
    pub check: &'static str,
    pub severity: Severity,
    pub confidence: Confidence,
    pub mode: Mode,
    pub pointer: String,
    pub inner: Option<String>,
    pub related: Vec<String>,
    pub line: Option<usize>,
    pub column: Option<usize>,
    /// Reference id of its stage.
    pub stage: Option<String>,
    /// Name of its stage, for the text report.
    pub stage_name: Option<String>,
    /// Key and shape of the value, for the text report: never its text.
    pub excerpt: String,
    pub message: String,
    pub remedy: Cow<'static, str>,
    pub fingerprint: String,
    pub controls: &'static [&'static str],
}

/// Secret references, counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct SecretCounts {
    pub referenced: usize,
    pub resolved: usize,
    pub failed: usize,
}

/// The verdict over one document.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub outcome: Outcome,
    /// A check did not run.
    pub partial: bool,
    pub subject: SubjectRecord,
    pub policy_name: String,
    pub policy_version: String,
    pub policy_sha256: String,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    pub checks: Vec<CheckRecord>,
    pub findings: Vec<FindingRecord>,
    pub secrets: SecretCounts,
}

impl Verdict {
    /// Why checks of this mode could not be judged: each reason once, with the checks it is true of.
    pub fn not_judged(&self, mode: Mode) -> Vec<(String, Vec<&'static str>)> {
        let mut reasons: Vec<(String, Vec<&'static str>)> = Vec::new();
        let of_mode = |check: &&CheckRecord| check.outcome == CheckOutcome::Inconclusive && check.mode == mode;
        for check in self.checks.iter().filter(of_mode) {
            let reason = check.reason.clone().unwrap_or_else(|| "no reason was given".to_owned());
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, ids)) => ids.push(check.id),
                None => reasons.push((reason, vec![check.id])),
            }
        }
        reasons
    }
}

/// What is known beside the outcome of the checks.
pub struct VerdictContext<'a> {
    pub policy: &'a Policy,
    /// What was judged was put together from the document and its template, so that places have no lines.
    pub is_planned: bool,
    pub secrets: SecretCounts,
    /// Findings below it are left out, unless they enforce.
    pub confidence: Confidence,
    pub mask: &'a Mask,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
}

/// The verdict over a document whose checks have ended.
pub fn decide(
    judged: Judged<'_>,
    subject: Option<&Input<'_>>,
    line: SubjectRecord,
    facts: &VerdictContext<'_>,
) -> Verdict {
    let mut findings: Vec<FindingRecord> =
        Vec::with_capacity(judged.results.iter().map(|result| result.findings.len()).sum());
    let mut remedies = Remedies::default();
    let mut checks = Vec::with_capacity(judged.results.len());
    for mut result in judged.results {
        // Each is let go as soon as it is told: there may be as many as stages in the document, and several times that.
        for finding in std::mem::take(&mut result.findings) {
            let mode = runner::mode_of(&finding, &result.policy);
            if finding.confidence < facts.confidence && mode != Mode::Enforce {
                continue;
            }
            if let Some(subject) = subject {
                findings.push(told(&finding, &result, mode, subject, facts, &mut remedies));
            }
        }
        checks.push(check_line(&result, facts.mask));
    }
    fingerprint::tell_apart(&mut findings);
    Verdict {
        outcome: outcome(&checks),
        partial: checks.iter().any(|check| check.outcome == CheckOutcome::Skipped),
        subject: masked(line, facts.mask),
        policy_name: facts.policy.name.clone(),
        policy_version: facts.policy.version.clone(),
        policy_sha256: facts.policy.sha256(),
        started_at: facts.started_at,
        finished_at: facts.finished_at,
        checks,
        findings,
        secrets: facts.secrets,
    }
}

/// A check that only warns decides nothing, whatever became of it.
fn outcome(checks: &[CheckRecord]) -> Outcome {
    let enforced =
        |outcome: CheckOutcome| checks.iter().any(|check| check.mode == Mode::Enforce && check.outcome == outcome);
    if enforced(CheckOutcome::Failed) {
        Outcome::Failed
    } else if enforced(CheckOutcome::Inconclusive) {
        Outcome::Inconclusive
    } else {
        Outcome::Passed
    }
}

fn check_line(result: &CheckResult<'_>, mask: &Mask) -> CheckRecord {
    CheckRecord {
        id: result.check.id,
        outcome: result.outcome,
        severity: result.policy.severity,
        mode: result.policy.mode,
        reason: result.reason.as_deref().map(|reason| mask.apply(reason)),
    }
}

fn masked(line: SubjectRecord, mask: &Mask) -> SubjectRecord {
    let text = |text: Option<String>| text.map(|text| mask.apply(&text));
    SubjectRecord {
        application: text(line.application),
        pipeline: text(line.pipeline),
        execution_id: text(line.execution_id),
        stage_id: text(line.stage_id),
        ..line
    }
}

/// The remedy that was masked last: thousands of findings of a check have the same.
#[derive(Default)]
struct Remedies {
    last: Option<(Cow<'static, str>, Cow<'static, str>)>,
}

impl Remedies {
    fn masked(&mut self, remedy: Cow<'static, str>, mask: &Mask) -> Cow<'static, str> {
        if let Some((_, masked)) = self.last.as_ref().filter(|(last, _)| *last == remedy) {
            return masked.clone();
        }
        let masked = mask.apply(&remedy);
        let masked = if masked == remedy { remedy.clone() } else { Cow::Owned(masked) };
        self.last = Some((remedy, masked.clone()));
        masked
    }
}

fn told(
    finding: &Finding<'_>,
    result: &CheckResult<'_>,
    mode: Mode,
    subject: &Input<'_>,
    facts: &VerdictContext<'_>,
    remedies: &mut Remedies,
) -> FindingRecord {
    let mask = facts.mask;
    let pointer = pointer_of(finding.place, finding.stage, subject);
    // Lines of what was put together from a template are no lines of the file.
    let position = (!facts.is_planned).then(|| finding.place.position());
    let stage: Option<&Stage<'_>> =
        finding.stage.and_then(|index| subject.pipeline.as_ref().and_then(|pipeline| pipeline.stages.get(index)));
    FindingRecord {
        check: result.check.id,
        severity: finding.severity.unwrap_or(result.policy.severity),
        confidence: finding.confidence,
        mode,
        inner: finding.inner.as_deref().map(|inner| mask.apply(inner)),
        related: finding.related.iter().map(|&place| mask.apply(pointer_to(place, subject).as_str())).collect(),
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
        stage: stage.map(|stage| mask.apply(&stage.ref_id)),
        stage_name: stage.map(|stage| mask.apply(&stage.name)),
        excerpt: mask.apply(&excerpt(finding, &pointer)),
        message: mask.apply(&finding.message),
        remedy: remedies.masked(finding.remedy.clone(), mask),
        fingerprint: fingerprint::of(result.check.id, &finding.detector, &pointer, finding.inner.as_deref(), subject),
        pointer: mask.apply(pointer.as_str()),
        controls: result.check.controls,
    }
}

/// The pointer of `place`. Where its stage is known the way begins there: thousands of findings in thousands of stages would each walk
/// through all stages before them.
fn pointer_of(place: Value<'_>, stage: Option<usize>, subject: &Input<'_>) -> Pointer {
    let from_root = || place.pointer_from(subject.root);
    let Some((pipeline, index)) = subject.pipeline.as_ref().zip(stage) else { return from_root() };
    let Some(stage) = pipeline.stages.get(index).filter(|stage| pipeline.doubts.is_empty() && stage.value.holds(place))
    else {
        return from_root();
    };
    let mut pointer = pipeline.value.pointer_from(subject.root);
    pointer.push("stages");
    pointer.push(&index.to_string());
    pointer.join(&place.pointer_from(stage.value))
}

/// The pointer of a place whose stage nobody told.
fn pointer_to(place: Value<'_>, subject: &Input<'_>) -> Pointer {
    let stages = subject.pipeline.as_ref().map(|pipeline| pipeline.stages.as_slice()).unwrap_or_default();
    let after = stages.partition_point(|stage| stage.value.row() <= place.row());
    pointer_of(place, after.checked_sub(1), subject)
}

/// The key and the shape of the value: what a reader needs to find the place, and nothing of a text's content.
fn excerpt(finding: &Finding<'_>, pointer: &Pointer) -> String {
    use crate::document::Kind;
    let key = pointer.last().unwrap_or_default();
    let shape = match finding.place.kind() {
        Kind::Null => "null".to_owned(),
        Kind::True => "true".to_owned(),
        Kind::False => "false".to_owned(),
        Kind::Number => "a number".to_owned(),
        Kind::String | Kind::Key => shown_text(finding.place),
        Kind::Array => format!("a list of {}", finding.place.elements().count()),
        Kind::Object => format!("an object of {} keys", finding.place.entries().count()),
    };
    if key.is_empty() { shape } else { format!("{key}: {shape}") }
}

/// Findings by severity, for the counts of the verdict.
pub fn by_severity(findings: &[FindingRecord]) -> [(Severity, usize); 5] {
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info]
        .map(|severity| (severity, findings.iter().filter(|finding| finding.severity == severity).count()))
}

/// A text, without a word of it. A long one is not decoded to be counted: there may be thousands of findings in it.
fn shown_text(place: Value<'_>) -> String {
    let raw = place.raw();
    if raw.len() > 64 << 10 {
        return format!("a text of {} KiB", raw.len() >> 10);
    }
    format!("a text of {} characters", place.as_str().unwrap_or_default().chars().count())
}
