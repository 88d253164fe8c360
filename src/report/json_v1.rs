//! The frozen verdict document, `plimsoll.dev/verdict/v1`. These types are a contract with other programs: they only ever grow,
//! and nothing internal is serialized beside them.

use serde::Serialize;

use crate::meta::{Confidence, Mode, Severity};
use crate::report::sections::{self, Baseline, Overlay};
use crate::verdict;
use crate::verdict::CheckOutcome;

/// `schema` of one verdict.
pub const VERDICT: &str = "plimsoll.dev/verdict/v1";
/// `schema` of a report of several.
pub const REPORT: &str = "plimsoll.dev/report/v1";

/// The verdict on one document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict<'a> {
    schema: &'static str,
    outcome: &'static str,
    /// `false` where the policy only observes; left out where it enforces.
    #[serde(skip_serializing_if = "Option::is_none")]
    enforced: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unjudged: Option<&'a str>,
    partial: bool,
    subject: Input<'a>,
    policy: Policy<'a>,
    tool: Tool,
    started_at: String,
    finished_at: String,
    checks: Vec<Check<'a>>,
    findings: Vec<Finding<'a>>,
    secrets: Secrets,
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<Places<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    not_judged: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    interventions: Vec<Intervention<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    children: Vec<Child<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Baseline>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    compliance: Vec<Overlay<'a>>,
}

/// What a person did to the execution while it ran.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Intervention<'a> {
    stage: &'a str,
    stage_name: &'a str,
    user: &'a str,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Places<'a> {
    unknown: Vec<UnknownAccount<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown_jobs: Vec<UnknownJob<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    elsewhere_by_word: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnknownJob<'a> {
    stage_type: &'a str,
    changes: usize,
}

#[derive(Serialize)]
struct UnknownAccount<'a> {
    account: &'a str,
    changes: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Input<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pipeline: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<usize>,
    sha256: &'a str,
}

#[derive(Serialize)]
struct Policy<'a> {
    name: &'a str,
    version: &'a str,
    sha256: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    scopes: &'a [String],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Check<'a> {
    id: &'a str,
    outcome: &'static str,
    severity: Severity,
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Finding<'a> {
    check: &'a str,
    severity: Severity,
    confidence: Confidence,
    mode: Mode,
    pointer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    inner: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    message: &'a str,
    remedy: &'a str,
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<Waiver<'a>>,
    /// The policy's baseline knows it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    baseline: bool,
    controls: Vec<String>,
}

/// Why the policy lets a finding be.
#[derive(Serialize)]
struct Waiver<'a> {
    from: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<&'a str>,
}

/// Another place of a finding: a pointer in the judged document, or a place in a document that the stage brings in.
#[derive(Serialize)]
#[serde(untagged)]
enum Related<'a> {
    Here(&'a str),
    Elsewhere { document: &'a str, pointer: &'a str },
}

fn related(finding: &verdict::FindingRecord) -> Vec<Related<'_>> {
    let here = finding.related.iter().map(|pointer| Related::Here(pointer));
    let elsewhere = finding.elsewhere.iter();
    here.chain(elsewhere.map(|one| Related::Elsewhere { document: &one.document, pointer: &one.pointer })).collect()
}

/// A pipeline that the release starts, as it was judged.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Child<'a> {
    stage: &'a str,
    pipeline: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_ts: Option<&'a str>,
    sha256: &'a str,
}

#[derive(Serialize)]
struct Secrets {
    referenced: usize,
    resolved: usize,
    failed: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    by_severity: std::collections::BTreeMap<&'static str, usize>,
    waived: usize,
    inconclusive: usize,
}

impl<'a> From<&'a verdict::Verdict> for Verdict<'a> {
    fn from(verdict: &'a verdict::Verdict) -> Self {
        let subject = &verdict.subject;
        let inconclusive = |check: &&verdict::CheckRecord| check.outcome == CheckOutcome::Inconclusive;
        Self {
            schema: VERDICT,
            outcome: verdict.outcome.word(),
            enforced: (!verdict.enforced).then_some(false),
            unjudged: verdict.unjudged.as_deref(),
            partial: verdict.partial,
            subject: Input {
                kind: subject.kind.word(),
                application: subject.application.as_deref(),
                pipeline: subject.pipeline.as_deref(),
                execution_id: subject.execution_id.as_deref(),
                stage_id: subject.stage_id.as_deref(),
                file: subject.file.as_deref(),
                document: subject.document,
                sha256: &subject.sha256,
            },
            policy: Policy {
                name: &verdict.policy_name,
                version: &verdict.policy_version,
                sha256: &verdict.policy_sha256,
                scopes: &verdict.scopes,
            },
            tool: Tool { name: "plimsoll", version: env!("CARGO_PKG_VERSION") },
            started_at: verdict.started_at.to_string(),
            finished_at: verdict.finished_at.to_string(),
            checks: verdict.checks.iter().map(Check::from).collect(),
            findings: verdict.findings.iter().map(Finding::from).collect(),
            secrets: Secrets {
                referenced: verdict.secrets.referenced,
                resolved: verdict.secrets.resolved,
                failed: verdict.secrets.failed,
            },
            counts: Counts {
                by_severity: verdict::by_severity(&verdict.findings).map(|(severity, n)| (severity.word(), n)).into(),
                waived: verdict::waived(&verdict.findings),
                inconclusive: verdict.checks.iter().filter(inconclusive).count(),
            },
            places: Places::of(&verdict.places),
            not_judged: &verdict.places.not_judged,
            interventions: verdict.interventions.iter().map(Intervention::from).collect(),
            children: verdict.started.iter().map(Child::from).collect(),
            baseline: verdict.baseline.map(Baseline::from),
            compliance: verdict.overlays.iter().map(|one| sections::overlay(*one, verdict)).collect(),
        }
    }
}

impl<'a> From<&'a verdict::StartedRecord> for Child<'a> {
    fn from(record: &'a verdict::StartedRecord) -> Self {
        Self {
            stage: &record.stage,
            pipeline: &record.pipeline,
            id: record.id.as_deref(),
            update_ts: record.update_ts.as_deref(),
            sha256: &record.sha256,
        }
    }
}

impl<'a> From<&'a verdict::InterventionRecord> for Intervention<'a> {
    fn from(record: &'a verdict::InterventionRecord) -> Self {
        Self {
            stage: &record.stage,
            stage_name: &record.stage_name,
            user: &record.user,
            action: record.action,
            answer: record.answer.as_deref(),
            at: record.at.map(|at| at.to_string()),
        }
    }
}

impl<'a> Places<'a> {
    fn of(places: &'a verdict::Places) -> Option<Self> {
        if places.unknown.is_empty() && places.unknown_jobs.is_empty() && places.elsewhere_by_word.is_empty() {
            return None;
        }
        let unknown = places.unknown.iter().map(|(account, changes)| UnknownAccount { account, changes: *changes });
        let job = |(kind, changes): &'a (String, usize)| UnknownJob { stage_type: kind, changes: *changes };
        Some(Self {
            unknown: unknown.collect(),
            unknown_jobs: places.unknown_jobs.iter().map(job).collect(),
            elsewhere_by_word: &places.elsewhere_by_word,
            policy: places.policy_lines(),
        })
    }
}

impl<'a> From<&'a verdict::CheckRecord> for Check<'a> {
    fn from(check: &'a verdict::CheckRecord) -> Self {
        Self {
            id: &check.meta.id,
            outcome: check.outcome.word(),
            severity: check.severity,
            mode: check.mode,
            reason: check.reason.as_deref(),
        }
    }
}

impl<'a> From<&'a verdict::WaiverRecord> for Waiver<'a> {
    fn from(waiver: &'a verdict::WaiverRecord) -> Self {
        Self {
            from: &waiver.from,
            reason: &waiver.reason,
            owner: waiver.owner.as_deref(),
            ticket: waiver.ticket.as_deref(),
            expires: waiver.expires.as_deref(),
        }
    }
}

impl<'a> From<&'a verdict::FindingRecord> for Finding<'a> {
    fn from(finding: &'a verdict::FindingRecord) -> Self {
        Self {
            check: &finding.meta.id,
            severity: finding.severity,
            confidence: finding.confidence,
            mode: finding.mode,
            pointer: &finding.pointer,
            inner: finding.inner.as_deref(),
            related: related(finding),
            line: finding.line,
            column: finding.column,
            stage: finding.stage.as_deref(),
            message: &finding.message,
            remedy: &finding.remedy,
            fingerprint: &finding.fingerprint,
            waiver: finding.waiver.as_ref().map(Waiver::from),
            baseline: finding.is_known,
            controls: finding.meta.controls.iter().map(ToString::to_string).collect(),
        }
    }
}
