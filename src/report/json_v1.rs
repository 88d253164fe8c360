//! The frozen verdict document, `plimsoll.dev/verdict/v1`. These types are a contract with other programs: they only ever grow,
//! and nothing internal is serialized beside them.

use std::io::Write;

use serde::Serialize;

use crate::meta::{Confidence, Mode, Severity};
use crate::report::Style;
use crate::verdict::CheckOutcome;
use crate::verdict::{self, Outcome};

/// `schema` of one verdict.
pub const VERDICT: &str = "plimsoll.dev/verdict/v1";
/// `schema` of a report of several.
pub const REPORT: &str = "plimsoll.dev/report/v1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Verdict<'a> {
    schema: &'static str,
    outcome: &'static str,
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
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    related: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'a str>,
    message: &'a str,
    remedy: &'a str,
    fingerprint: &'a str,
    controls: Vec<String>,
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

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    verdicts: Vec<Verdict<'a>>,
    outcome: &'static str,
}

/// Exactly one document: a verdict, or a report when there are several.
pub fn render(verdicts: &[verdict::Verdict], style: Style) -> String {
    let mut text = Vec::new();
    // Nothing can fail: texts and numbers are written, to memory, and what is written is a text.
    let written = write(verdicts, style, &mut text);
    written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
}

/// Writes what [`render`] tells, which may be long, without holding it.
///
/// # Errors
/// What `out` says.
pub fn write(verdicts: &[verdict::Verdict], style: Style, out: &mut impl Write) -> std::io::Result<()> {
    match verdicts {
        [one] if !style.several => serde_json::to_writer_pretty(&mut *out, &Verdict::from(one))?,
        many => {
            let outcome = many.iter().map(|verdict| verdict.outcome).max().unwrap_or(Outcome::Inconclusive);
            let verdicts = many.iter().map(Verdict::from).collect();
            serde_json::to_writer_pretty(&mut *out, &Report { schema: REPORT, verdicts, outcome: outcome.word() })?;
        }
    }
    out.write_all(b"\n")
}

impl<'a> From<&'a verdict::Verdict> for Verdict<'a> {
    fn from(verdict: &'a verdict::Verdict) -> Self {
        let subject = &verdict.subject;
        let inconclusive = |check: &&verdict::CheckRecord| check.outcome == CheckOutcome::Inconclusive;
        Self {
            schema: VERDICT,
            outcome: verdict.outcome.word(),
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
                waived: 0,
                inconclusive: verdict.checks.iter().filter(inconclusive).count(),
            },
        }
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

impl<'a> From<&'a verdict::FindingRecord> for Finding<'a> {
    fn from(finding: &'a verdict::FindingRecord) -> Self {
        Self {
            check: &finding.meta.id,
            severity: finding.severity,
            confidence: finding.confidence,
            mode: finding.mode,
            pointer: &finding.pointer,
            inner: finding.inner.as_deref(),
            related: &finding.related,
            line: finding.line,
            column: finding.column,
            stage: finding.stage.as_deref(),
            message: &finding.message,
            remedy: &finding.remedy,
            fingerprint: &finding.fingerprint,
            controls: finding.meta.controls.iter().map(ToString::to_string).collect(),
        }
    }
}
