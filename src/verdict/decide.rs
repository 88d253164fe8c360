//! From the results of checks to a verdict: modes, then outcomes. A pure function; nothing else decides either.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Timestamp;

use crate::base::sanitize::sanitize;
use crate::checks::api::{Elsewhere, Finding, Report};
use crate::checks::runner::{CheckResult, Run};
use crate::document::inner::Inner;
use crate::document::pointer::Pointer;
use crate::document::value::Value;
use crate::meta::{Confidence, Mode};
use crate::policy::baseline::{Baseline, Owner};
use crate::policy::{CheckPolicy, EffectivePolicy, Enforcement, Policy};
use crate::spinnaker::input::Input;
use crate::spinnaker::stage::Stage;
use crate::verdict::compliance::compliance;
use crate::verdict::fingerprint::{Fingerprints, Place};
use crate::verdict::mask::Mask;
use crate::verdict::record::{
    BaselineRecord, CheckRecord, FindingRecord, InterventionRecord, SecretCounts, StageRecord, StartedRecord,
    SubjectRecord, Verdict,
};
use crate::verdict::waive::{Found, Waived, waived};
use crate::verdict::{CheckOutcome, Outcome, Places, source};

/// Everything a verdict needs in addition to the results of the checks.
pub struct VerdictContext<'a, 'd> {
    pub policy: &'a EffectivePolicy,
    /// The policy for this document, where scopes apply, and their names.
    pub scoped: Option<(&'a Policy, Vec<String>)>,
    /// The document; `None` when it could not be read.
    pub input: Option<&'a Input<'d>>,
    pub subject: SubjectRecord,
    /// Distinguishes this document from others of the same name in the same report; empty if there are none.
    pub distinction: &'a str,
    /// The document was combined with its template, so its places have no lines.
    pub is_planned: bool,
    /// Why the document is not judged, whatever its checks report: it could not be read or is not recognised.
    pub unjudged: Option<String>,
    pub secrets: SecretCounts,
    /// Where changes happen, beside the findings.
    pub places: Places,
    /// What people did to the execution while it ran.
    pub interventions: Vec<InterventionRecord>,
    /// The pipelines that it starts and that were judged with it.
    pub started: Vec<StartedRecord>,
    /// The stages of the pipeline, for a picture.
    pub stages: Vec<StageRecord>,
    /// The images that it deploys by digest: repository and SHA-256 in hex.
    pub images: Vec<(String, String)>,
    /// Evidence that refines the judgement was not available, since its source is not configured.
    pub is_unrefined: bool,
    /// Findings below it are left out, unless they enforce.
    pub confidence: Confidence,
    pub mask: &'a Mask,
    /// Rows of the document whose values hold a secret.
    pub secret_rows: HashSet<u32>,
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
}

/// The verdict on a document whose checks have ended.
///
/// The policy sets the mode of each finding; the modes of its findings decide the outcome of a check, and the outcomes of enforced
/// checks decide the outcome of the document.
pub fn decide(results: Vec<CheckResult<'_>>, context: VerdictContext<'_, '_>) -> Verdict {
    let mut records = Records::new(&context, results.iter().map(finding_count).sum());
    let checks = records.checks(results);
    let findings = records.findings;
    let policy = context.of_document();
    let baseline = policy.baseline.as_ref().map(|baseline| compared(baseline, &findings, &context.subject));
    let overlays = policy.overlays.clone();
    let compliance = compliance(&overlays, &checks, &findings);
    let enforced = context.of_document().mode == Enforcement::Enforce;
    Verdict {
        outcome: outcome(&checks, context.unjudged.as_deref()),
        unjudged: context.unjudged.as_deref().map(|why| context.mask.apply(why)),
        partial: context.is_unrefined || checks.iter().any(is_part_missing),
        subject: masked(context.subject, context.mask),
        policy_name: context.policy.policy.name.clone(),
        policy_version: context.policy.policy.version.clone(),
        policy_sha256: context.policy.sha256.clone(),
        enforced,
        scopes: context.scoped.map(|(_, names)| names).unwrap_or_default(),
        started_at: context.started_at,
        finished_at: context.finished_at,
        checks,
        findings,
        secrets: context.secrets,
        places: context.places,
        interventions: context.interventions,
        started: context.started,
        stages: context.stages,
        images: context.images,
        baseline,
        overlays,
        compliance,
    }
}

/// Whether something of a check did not run. One that no profile turns on is missing in no verdict.
fn is_part_missing(check: &CheckRecord) -> bool {
    let is_never_on = check.meta.enforced.is_optional && check.mode == Mode::Off;
    check.skipped.is_some() && !is_never_on
}

/// How `findings` differ from those that `baseline` has of the same document.
fn compared(baseline: &Baseline, findings: &[FindingRecord], subject: &SubjectRecord) -> BaselineRecord {
    let known = findings.iter().filter(|finding| finding.is_known).count();
    let counts = findings.iter().filter(|finding| finding.waiver.is_none()).count();
    let now: HashSet<&str> = findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
    let owner = Owner {
        application: subject.application.as_deref(),
        pipeline: subject.pipeline.as_deref(),
        file: subject.file.as_deref(),
    };
    let gone = baseline.of_owner(owner).filter(|finding| !now.contains(finding.fingerprint.as_str())).count();
    BaselineRecord { known, new: counts.saturating_sub(known), gone }
}

impl VerdictContext<'_, '_> {
    /// The policy for this document.
    pub(super) fn of_document(&self) -> &Policy {
        self.scoped.as_ref().map_or(&self.policy.policy, |(policy, _)| policy)
    }
}

fn finding_count(result: &CheckResult<'_>) -> usize {
    match &result.run {
        Run::LeftOut(_) => 0,
        Run::Reported(report) => report.findings.len(),
    }
}

/// A check that only warns decides nothing, whatever its outcome. A document that is not judged passes in no mode.
fn outcome(checks: &[CheckRecord], unjudged: Option<&str>) -> Outcome {
    let enforced =
        |outcome: CheckOutcome| checks.iter().any(|check| check.mode == Mode::Enforce && check.outcome == outcome);
    if enforced(CheckOutcome::Failed) {
        Outcome::Failed
    } else if unjudged.is_some() || enforced(CheckOutcome::Inconclusive) {
        Outcome::Inconclusive
    } else {
        Outcome::Passed
    }
}

/// What the policy does with one finding of the check.
fn mode_of(finding: &Finding<'_>, policy: &CheckPolicy) -> Mode {
    if finding.confidence == Confidence::Low || finding.confidence < policy.confidence {
        return policy.mode.min(finding.at_most).min(Mode::Warn);
    }
    policy.mode.min(finding.at_most)
}

/// The outcome of a check that reported, by the modes of its findings.
#[cfg(test)]
pub fn outcome_of(report: &Report<'_>, policy: &CheckPolicy) -> CheckOutcome {
    let mut tally = Tally::default();
    report.findings.iter().for_each(|finding| tally.add(mode_of(finding, policy), finding.confidence));
    tally.outcome(report)
}

/// What the findings of one check come to.
#[derive(Clone, Copy, Default)]
struct Tally {
    fails: bool,
    warns: bool,
}

impl Tally {
    /// Adds a finding. One that the policy lets be has the mode `off`: it is seen, and fails nothing.
    fn add(&mut self, mode: Mode, confidence: Confidence) {
        self.fails |= mode == Mode::Enforce;
        self.warns |= confidence > Confidence::Low;
    }

    /// The outcome of the check that reported `report`.
    fn outcome(self, report: &Report<'_>) -> CheckOutcome {
        if self.fails {
            return CheckOutcome::Failed;
        }
        if !report.inconclusive.is_empty() {
            return CheckOutcome::Inconclusive;
        }
        if self.warns {
            return CheckOutcome::Warned;
        }
        match (&report.skipped, &report.not_applicable) {
            (Some(_), _) => CheckOutcome::Skipped,
            (None, Some(_)) => CheckOutcome::NotApplicable,
            (None, None) => CheckOutcome::Passed,
        }
    }
}

/// The reason of an outcome, as the check reported it.
pub fn reason_of(report: &mut Report<'_>, outcome: CheckOutcome) -> Option<String> {
    match outcome {
        CheckOutcome::NotApplicable => report.not_applicable.take(),
        _ if report.inconclusive.is_empty() => report.skipped.clone(),
        _ => Some(report.inconclusive.join("; ")),
    }
}

/// Collects the records of a verdict.
struct Records<'a, 'd> {
    context: &'a VerdictContext<'a, 'd>,
    fingerprints: Option<Fingerprints<'a, 'd>>,
    remedies: Remedies,
    findings: Vec<FindingRecord>,
    /// By waiver: whether it covers a finding.
    used: Vec<bool>,
}

impl<'a, 'd> Records<'a, 'd> {
    fn new(context: &'a VerdictContext<'a, 'd>, findings: usize) -> Self {
        Self {
            context,
            fingerprints: context.input.map(|input| Fingerprints::of(input, context.distinction)),
            remedies: Remedies::default(),
            findings: Vec::with_capacity(findings),
            used: vec![false; context.of_document().waivers.len()],
        }
    }

    /// The records of all checks, in their order. What is said about waivers comes last, when it is known what they cover.
    fn checks(&mut self, results: Vec<CheckResult<'_>>) -> Vec<CheckRecord> {
        let is_about_waivers = |result: &CheckResult<'_>| match &result.run {
            Run::LeftOut(_) => false,
            Run::Reported(report) => report.findings.iter().any(|finding| finding.of_waiver.is_some()),
        };
        let (late, early): (Vec<_>, Vec<_>) =
            results.into_iter().enumerate().partition(|(_, result)| is_about_waivers(result));
        let mut records: Vec<(usize, CheckRecord)> =
            early.into_iter().map(|(at, result)| (at, self.check(result))).collect();
        for (at, mut result) in late {
            if let Run::Reported(report) = &mut result.run {
                report
                    .findings
                    .retain(|finding| finding.of_waiver.is_none_or(|waiver| self.is_unmatched(waiver, &records)));
            }
            records.push((at, self.check(result)));
        }
        records.sort_by_key(|(at, _)| *at);
        records.into_iter().map(|(_, record)| record).collect()
    }

    /// Whether a waiver covers nothing although its check judged the whole document.
    fn is_unmatched(&self, index: usize, records: &[(usize, CheckRecord)]) -> bool {
        let Some(waiver) = self.context.of_document().waivers.get(index) else { return false };
        let judged = records.iter().any(|(_, check)| {
            check.meta.id == *waiver.check
                && check.skipped.is_none()
                && !matches!(check.outcome, CheckOutcome::Skipped | CheckOutcome::Inconclusive)
        });
        judged && !self.used.get(index).copied().unwrap_or(false)
    }

    fn check(&mut self, result: CheckResult<'_>) -> CheckRecord {
        let CheckResult { meta, run } = result;
        let policy = self.context.of_document().check(&meta);
        let (severity, mode) = (policy.severity, policy.mode);
        let mut report = match run {
            Run::LeftOut(why) => {
                let (outcome, reason) = (CheckOutcome::Skipped, Some(why.to_owned()));
                return CheckRecord { meta, outcome, severity, mode, skipped: reason.clone(), reason };
            }
            Run::Reported(report) => report,
        };
        let mut tally = Tally::default();
        // Each finding is dropped as soon as it is recorded: there may be many thousands.
        for finding in std::mem::take(&mut report.findings) {
            let mode = mode_of(&finding, &policy);
            let is_hidden = finding.confidence < self.context.confidence && mode != Mode::Enforce;
            match self.context.input.filter(|_| !is_hidden) {
                Some(input) => {
                    let record = self.finding(&finding, &meta, &policy, input);
                    tally.add(record.mode, record.confidence);
                    self.findings.push(record);
                }
                None => tally.add(mode, finding.confidence),
            }
        }
        let outcome = tally.outcome(&report);
        let reason = reason_of(&mut report, outcome).map(|reason| self.context.mask.apply(&reason));
        let skipped = report.skipped.take().map(|why| self.context.mask.apply(&why));
        CheckRecord { meta, outcome, severity, mode, reason, skipped }
    }

    fn finding(
        &mut self,
        finding: &Finding<'_>,
        meta: &std::sync::Arc<crate::meta::Meta>,
        policy: &CheckPolicy,
        input: &Input<'_>,
    ) -> FindingRecord {
        let mask = self.context.mask;
        // A place in a text that was read as a document is that text, and the path inside.
        let place = finding.place.in_document_of(input.root);
        let inner = inside_text(finding, place, input);
        let pointer = pointer_of(place, finding.stage, input);
        // Lines of a combined document are not lines of the file.
        let position = (!self.context.is_planned).then(|| place.position());
        let is_shown = position.is_some() && !is_comment(place, input) && self.findings.len() < MOST_SOURCES;
        let source = is_shown.then(|| source::line(place, meta.family, &self.context.secret_rows, mask)).flatten();
        let source = source.map(Box::new);
        let stage: Option<&Stage<'_>> =
            finding.stage.and_then(|index| input.pipeline.as_ref().and_then(|pipeline| pipeline.stages.get(index)));
        let at = Place { value: place, pointer: &pointer, inner: inner.as_ref() };
        let fingerprint = self.fingerprints.as_mut().map(|all| all.fingerprint(&meta.id, finding, &at));
        let fingerprint = fingerprint.unwrap_or_default();
        let related: Vec<String> =
            finding.related.iter().map(|&place| pointer_to(place, input).as_str().to_owned()).collect();
        let (mut mode, mut message, mut waiver) = (mode_of(finding, policy), mask.apply(&finding.message), None);
        let is_known = self.context.of_document().baseline.as_ref().is_some_and(|all| all.knows(&fingerprint));
        if is_known {
            mode = mode.min(Mode::Warn);
        }
        let found = Found {
            meta,
            finding,
            fingerprint: &fingerprint,
            pointer: pointer.as_str(),
            related: &related,
            stage: stage.map_or(["", ""], |stage| [&stage.name, &stage.ref_id]),
        };
        match waived(&found, self.context, &mut self.used) {
            Waived::No => {}
            Waived::Yes(record) => (mode, waiver) = (Mode::Off, Some(*record)),
            Waived::Expired(note) => message = format!("{message}; {note}"),
        }
        FindingRecord {
            meta: std::sync::Arc::clone(meta),
            severity: finding.severity.unwrap_or(policy.severity),
            confidence: finding.confidence,
            mode,
            inner: inner.as_ref().map(|inner| mask.apply(inner.text())),
            related: related.iter().map(|pointer| mask.pointer(pointer)).collect(),
            elsewhere: finding.elsewhere.as_ref().map(|elsewhere| Elsewhere {
                document: mask.apply(&sanitize(&elsewhere.document, 200)),
                pointer: mask.apply(&elsewhere.pointer),
            }),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            stage: stage.map(|stage| mask.apply(&stage.ref_id)),
            stage_index: stage.and(finding.stage),
            stage_name: stage.map(|stage| mask.apply(&stage.name)),
            source,
            excerpt: mask.apply(&excerpt(finding)),
            message,
            remedy: self.remedies.masked(finding.remedy.clone(), mask),
            fingerprint,
            why: finding.why.clone(),
            is_known,
            waiver,
            pointer: mask.pointer(pointer.as_str()),
        }
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

/// The last masked remedy: thousands of findings of a check may share it.
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

/// The pointer of `place`. If its stage is known the search starts there: otherwise each of thousands of findings would walk through all
/// stages before it.
fn pointer_of(place: Value<'_>, stage: Option<usize>, subject: &Input<'_>) -> Pointer {
    // Outside every document of the file: seen from the file.
    let is_beside = || subject.beside.iter().any(|beside| beside.holds(place));
    let from_root = || match () {
        () if is_comment(place, subject) => Pointer::default(),
        () if is_beside() => place.pointer_from(place.document().root()),
        () => place.pointer_from(subject.root),
    };
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

/// Whether `place` is in a comment of the file.
fn is_comment(place: Value<'_>, input: &Input<'_>) -> bool {
    let is_other = !std::ptr::eq(place.document(), input.root.document());
    is_other && input.beside.iter().any(|beside| beside.holds(place))
}

/// Where inside the text at `place` a finding is: as its check says, or by the path in the document that the text holds.
fn inside_text(finding: &Finding<'_>, place: Value<'_>, input: &Input<'_>) -> Option<Inner> {
    let within = |step: Inner| match &finding.inner {
        Some(deeper) => Some(step.then_at(deeper)),
        None => Some(step),
    };
    if is_comment(place, input) {
        return within(Inner::step("a comment"));
    }
    if std::ptr::eq(finding.place.document(), place.document()) {
        return finding.inner.clone();
    }
    let pointer = finding.place.pointer_from(finding.place.document().root());
    within(Inner::step(sanitize(pointer.as_str(), LONGEST_POINTER)))
}

/// So many findings of a document have their source line.
const MOST_SOURCES: usize = 1_000;

/// The longest pointer inside a text, in characters.
const LONGEST_POINTER: usize = 120;

/// The pointer of a place whose stage is not known.
fn pointer_to(place: Value<'_>, subject: &Input<'_>) -> Pointer {
    let place = place.in_document_of(subject.root);
    let stages = subject.pipeline.as_ref().map(|pipeline| pipeline.stages.as_slice()).unwrap_or_default();
    let after = stages.partition_point(|stage| stage.value.row() <= place.row());
    pointer_of(place, after.checked_sub(1), subject)
}

/// The type of a scalar, without the content of a text; empty for a list or an object.
fn excerpt(finding: &Finding<'_>) -> String {
    use crate::document::Kind;
    match finding.place.kind() {
        Kind::Null => "null".to_owned(),
        Kind::True => "true".to_owned(),
        Kind::False => "false".to_owned(),
        Kind::Number => "a number".to_owned(),
        Kind::String | Kind::Key => shown_text(finding.place),
        Kind::Array | Kind::Object => String::new(),
    }
}

/// The size of a text. A long text is not decoded for counting: it may contain thousands of findings.
fn shown_text(place: Value<'_>) -> String {
    let raw = place.raw();
    if raw.len() > 64 << 10 {
        return format!("a text of {} KiB", raw.len() >> 10);
    }
    let count = place.as_str().unwrap_or_default().chars().count();
    format!("a text of {count} character{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::policy::Profile;

    #[test]
    fn failed_wins_over_inconclusive_then_warned_then_skipped_then_passed() {
        let document = Document::json("{}".to_owned()).unwrap();
        let policy = Policy::built_in(Profile::Production, &[]);
        let of_check = policy.check(&crate::checks::catalogue::Catalogue::built_in().metas()[0]);
        let finding = || Finding::at(document.root(), "message", "remedy");
        let mut report = Report::default();
        assert_eq!(outcome_of(&report, &of_check), CheckOutcome::Passed);
        report.skipped = Some("needs a source".to_owned());
        assert_eq!(outcome_of(&report, &of_check), CheckOutcome::Skipped);
        report.findings.push(finding().only_warns());
        assert_eq!(outcome_of(&report, &of_check), CheckOutcome::Warned);
        assert_eq!(reason_of(&mut report, CheckOutcome::Warned).as_deref(), Some("needs a source"));
        report.inconclusive.push("could not be read".to_owned());
        assert_eq!(outcome_of(&report, &of_check), CheckOutcome::Inconclusive);
        report.findings.push(finding());
        assert_eq!(outcome_of(&report, &of_check), CheckOutcome::Failed);
    }
}
