//! The end of the text report: outcome, counts, what was left open, the next step.

use std::io::{self, Write};

use super::wrap::{GREEN, Printer, RED, YELLOW};
use crate::base::sanitize::sanitize;
use crate::report::common::{LONGEST, Level, counted, next_step, severities, skipped, subject};
use crate::report::digest::Digest;
use crate::report::sections::{compliance_lines, observed};
use crate::verdict::{BaselineRecord, CheckOutcome, Outcome, Verdict, waived};

/// The most documents that are named in the list of the worst, and in the list of those that did not pass.
const WORST: usize = 3;
const MOST_DOCUMENTS: usize = 10;
/// The reasons why checks did not apply that are given for one document.
const REASONS: usize = 3;
/// The most reasons of one kind that are given.
const MOST_REASONS: usize = 5;

/// What the summary of the only document says.
pub struct Single {
    outcome: Outcome,
    subject: String,
    lines: Vec<String>,
}

impl Single {
    pub fn of(verdict: &Verdict) -> Self {
        let mut lines = vec![findings(verdict)];
        if verdict.unjudged.is_none() {
            lines.push(checks(verdict));
        }
        lines.extend(observed(verdict).map(str::to_owned));
        lines.extend(compliance_lines(verdict));
        if let (Some(sentence), Some(policy)) = (verdict.places.sentence(), verdict.places.policy_lines()) {
            lines.push(sentence);
            lines.push(format!("  classify them in the policy: {policy}"));
        }
        for record in &verdict.interventions {
            let did = match record.action {
                "skippedWait" => "skipped the wait",
                "skippedWindow" => "skipped the execution window",
                "answeredJudgment" => "answered the judgment",
                _ => "changed the stage",
            };
            let answer = record.answer.as_deref().map(|answer| format!(" with {answer}")).unwrap_or_default();
            let (user, name, stage) = (&record.user, &record.stage_name, &record.stage);
            lines.push(format!("while it ran, {user} {did} \"{name}\" ({stage}){answer}"));
        }
        lines.extend(verdict.places.by_word());
        if !verdict.places.not_judged.is_empty() {
            let types = verdict.places.not_judged.join(", ");
            lines.push(format!("stages not judged, because their types are not known: {types}"));
        }
        lines.extend(skipped(verdict).into_iter().map(|(reason, ids)| format!("skipped: {} ({reason})", few(&ids))));
        lines.push(format!("next: {}", next_step(verdict)));
        let lines = lines.iter().map(|line| sanitize(line, 4 * LONGEST)).collect();
        Self { outcome: verdict.outcome, subject: subject(verdict), lines }
    }
}

/// The summary of the only document.
pub fn single<W: Write>(printer: &mut Printer<W>, single: &Single, digest: &Digest) -> io::Result<()> {
    let outcome = coloured(printer, single.outcome);
    printer.wrapped(&format!("{outcome}: {}", single.subject), 0, 2)?;
    let (last, lines) = single.lines.split_last().map_or(("", &[][..]), |(last, lines)| (last.as_str(), lines));
    for (n, line) in lines.iter().enumerate() {
        let indent = 2 + line.len() - line.trim_start().len();
        printer.wrapped(line.trim_start(), indent, indent + 2)?;
        if n == 1 {
            not_applicable(printer, digest)?;
        }
    }
    printer.wrapped(last, 2, 4)
}

/// The worst documents, at the beginning of a long report.
pub fn worst<W: Write>(printer: &mut Printer<W>, digest: &Digest) -> io::Result<()> {
    let failed = || digest.red.iter().filter(|document| document.outcome == Outcome::Failed);
    if failed().next().is_none() {
        return Ok(());
    }
    printer.line("the worst documents:")?;
    for document in failed().take(WORST) {
        let outcome = coloured(printer, document.outcome);
        printer.wrapped(&format!("{outcome} {}: {}", document.file, document.counts()), 2, 6)?;
    }
    printer.line("")
}

/// The summary of several documents.
pub fn several<W: Write>(printer: &mut Printer<W>, digest: &Digest) -> io::Result<()> {
    let Digest { documents, passed, failed, inconclusive, .. } = digest;
    printer.line(&format!("{documents} documents: {passed} passed, {failed} failed, {inconclusive} inconclusive"))?;
    if printer.is_verbose() {
        for document in &digest.green {
            printer.wrapped(&format!("passed: {document}"), 2, 6)?;
        }
    }
    let most = if printer.is_verbose() { usize::MAX } else { MOST_DOCUMENTS };
    let judged = digest.red.iter().filter(|document| document.unjudged.is_none());
    for document in judged.clone().take(most) {
        let outcome = coloured(printer, document.outcome);
        let counts = document.counts();
        let counts = if counts.is_empty() { counts } else { format!(": {counts}") };
        printer.wrapped(&format!("{outcome}: {}{counts}", document.file), 2, 6)?;
    }
    let more = judged.count().saturating_sub(most);
    if more > 0 {
        printer.line(&format!("  and {more} more; -v lists all"))?;
    }
    let count: usize = digest.severities.values().sum();
    if count > 0 {
        let severities = digest.severities.iter().rev().map(|(severity, n)| format!("{n} {}", severity.word()));
        let severities: Vec<String> = severities.collect();
        let allowed = if digest.waived == 0 { String::new() } else { format!(", {} allowed", digest.waived) };
        let (findings, severities) = (counted(count, "finding"), severities.join(", "));
        let line = format!("{findings} ({severities}), {} enforced{allowed}", digest.enforced);
        printer.wrapped(&line, 2, 4)?;
        let mut checks: Vec<(&String, &usize)> = digest.checks.iter().collect();
        checks.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let checks: Vec<String> = checks.iter().map(|(id, n)| format!("{id} {n}")).collect();
        printer.wrapped(&format!("by check: {}", checks.join(", ")), 2, 4)?;
        if digest.applications.len() > 1 {
            let applications: Vec<String> =
                digest.worst_applications(MOST_DOCUMENTS).iter().map(|(name, n)| format!("{name} {n}")).collect();
            printer.wrapped(&format!("by application: {}", applications.join(", ")), 2, 4)?;
        }
    }
    if let (Some(sentence), Some(policy)) = (digest.places.sentence(), digest.places.policy_lines()) {
        printer.wrapped(&sanitize(&sentence, 4 * LONGEST), 2, 4)?;
        printer.wrapped(&format!("classify them in the policy: {}", sanitize(&policy, 4 * LONGEST)), 4, 6)?;
    }
    if let Some(sentence) = digest.places.by_word() {
        printer.wrapped(&sanitize(&sentence, 4 * LONGEST), 2, 4)?;
    }
    not_applicable(printer, digest)?;
    for reason in digest.skipped.iter().take(MOST_REASONS) {
        let of = if reason.documents == 1 { String::new() } else { format!(" in {} documents", reason.documents) };
        printer.wrapped(&format!("skipped{of}: {} ({})", few(&reason.checks), reason.why), 2, 4)?;
    }
    if digest.skipped.len() > MOST_REASONS {
        printer.line(&format!(
            "  skipped for {} more reasons; use the format json",
            digest.skipped.len() - MOST_REASONS
        ))?;
    }
    let next = digest.red.first().map_or_else(
        || "nothing to do".to_owned(),
        |worst| {
            let check =
                digest.groups.iter().find(|group| group.level == Level::Error).map(|group| group.meta.id.to_string());
            match check {
                Some(id) => format!("begin with {}; run `plimsoll explain {id}` for the reason", worst.file),
                None => worst.next.clone(),
            }
        },
    );
    printer.wrapped(&format!("next: {next}"), 2, 4)
}

/// The checks by name, when there are few.
fn few<S: AsRef<str>>(checks: &[S]) -> String {
    const FEW: usize = 3;
    let named = checks.iter().take(FEW).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    let more = checks.len().saturating_sub(FEW);
    if more < 2 {
        return checks.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    }
    format!("{named} and {more} more checks")
}

/// How many checks did not apply, and why.
fn not_applicable<W: Write>(printer: &mut Printer<W>, digest: &Digest) -> io::Result<()> {
    let mut reasons: Vec<_> = digest.not_applicable_by_reason();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.1));
    if digest.documents == 1 {
        let count: usize = reasons.iter().map(|reason| reason.1).sum();
        let mut named: Vec<String> = reasons.iter().take(REASONS).map(|(why, n, _)| format!("{why} ({n})")).collect();
        if reasons.len() > REASONS {
            named.push(format!("{} more reasons", reasons.len() - REASONS));
        }
        if named.is_empty() {
            return Ok(());
        }
        return printer.wrapped(&format!("{} did not apply: {}", counted(count, "check"), named.join("; ")), 2, 4);
    }
    for (why, checks, documents) in reasons.into_iter().take(2).filter(|(_, checks, _)| *checks > 1) {
        let documents = counted(documents, "document");
        printer.wrapped(&format!("{} did not apply in {documents}: {why}", counted(checks, "check")), 2, 4)?;
    }
    Ok(())
}

fn coloured<W: Write>(printer: &Printer<W>, outcome: Outcome) -> String {
    let colour = match outcome {
        Outcome::Passed => GREEN,
        Outcome::Failed => RED,
        Outcome::Inconclusive | Outcome::Canceled => YELLOW,
    };
    printer.paint(colour, outcome.word())
}

fn findings(verdict: &Verdict) -> String {
    let enforced = verdict.findings.iter().filter(|finding| Level::of(finding) == Level::Error).count();
    let count_waived = waived(&verdict.findings);
    let by_severity = severities(&verdict.findings);
    let by_severity = if by_severity.is_empty() { by_severity } else { format!(" ({by_severity})") };
    let allowed = if count_waived == 0 { String::new() } else { format!(", {count_waived} allowed") };
    let of_baseline =
        |BaselineRecord { known, new, gone }| format!("; {known} known to the baseline, {new} new, {gone} fixed");
    let allowed = allowed + &verdict.baseline.map(of_baseline).unwrap_or_default();
    format!(
        "{}{by_severity}, {enforced} enforced{allowed}; policy {} {}",
        counted(verdict.findings.len() - count_waived, "finding"),
        sanitize(&verdict.policy_name, LONGEST),
        sanitize(&verdict.policy_version, LONGEST)
    )
}

/// How the checks ended, in numbers.
fn checks(verdict: &Verdict) -> String {
    let words = [
        (CheckOutcome::Failed, "failed"),
        (CheckOutcome::Inconclusive, "inconclusive"),
        (CheckOutcome::Warned, "warned"),
        (CheckOutcome::Passed, "passed"),
        (CheckOutcome::NotApplicable, "did not apply"),
        (CheckOutcome::Skipped, "skipped"),
    ];
    let count = |outcome: CheckOutcome| verdict.checks.iter().filter(|check| check.outcome == outcome).count();
    let counts = words.map(|(outcome, word)| (count(outcome), word));
    let counts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    format!("{}: {}", counted(verdict.checks.len(), "check"), counts.join(", "))
}
