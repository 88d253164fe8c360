//! The report for people: for each finding where, what and what to do; then what could not be judged; then a summary.

use std::fmt::Write as _;

use crate::base::sanitize::sanitize;
use crate::meta::Mode;
use crate::report::Style;
use crate::verdict::CheckOutcome;
use crate::verdict::{CheckRecord, FindingRecord, Outcome, Verdict, by_severity};

/// Longest text from a document that is shown, in characters.
const LONGEST: usize = 400;

/// Writes every verdict, one below the other.
pub fn render(verdicts: &[Verdict], style: Style) -> String {
    let paint = Paint(style.colour);
    let mut out = String::new();
    for verdict in verdicts {
        one(&mut out, verdict, paint);
    }
    if verdicts.len() > 1 {
        let count = |outcome: Outcome| verdicts.iter().filter(|verdict| verdict.outcome == outcome).count();
        let _ = writeln!(
            out,
            "{} documents: {} passed, {} failed, {} inconclusive",
            verdicts.len(),
            count(Outcome::Passed),
            count(Outcome::Failed),
            count(Outcome::Inconclusive)
        );
    }
    out
}

fn one(out: &mut String, verdict: &Verdict, paint: Paint) {
    for finding in &verdict.findings {
        show(out, finding, verdict, paint);
    }
    for (mode, word, colour) in [(Mode::Enforce, "inconclusive", RED), (Mode::Warn, "not judged", YELLOW)] {
        for (reason, ids) in verdict.not_judged(mode) {
            let title = paint.with(colour, &format!("{word}[{}]", ids.join(", ")));
            let _ = writeln!(out, "{title}: {}\n", sanitize(&reason, 4 * LONGEST));
        }
    }
    summary(out, verdict, paint);
}

fn show(out: &mut String, finding: &FindingRecord, verdict: &Verdict, paint: Paint) {
    let (word, colour) = if finding.mode == Mode::Enforce { ("error", RED) } else { ("warning", YELLOW) };
    let _ = writeln!(
        out,
        "{}: {}",
        paint.with(colour, &format!("{word}[{}]", finding.meta.id)),
        paint.with(BOLD, &sanitize(&finding.message, LONGEST))
    );
    let gutter = finding.line.map_or(1, |line| line.to_string().len());
    let blank = " ".repeat(gutter);
    let file = verdict.subject.file.as_deref().or(verdict.subject.execution_id.as_deref()).unwrap_or("document");
    let place = match (finding.line, finding.column) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        _ => String::new(),
    };
    let _ = writeln!(out, "{blank}{} {}{place}", paint.with(BLUE, "-->"), sanitize(file, LONGEST));
    let _ = writeln!(out, "{blank} {}", paint.with(BLUE, "|"));
    if let Some(line) = finding.line {
        let number = paint.with(BLUE, &line.to_string());
        let _ = writeln!(out, "{number} {} {}", paint.with(BLUE, "|"), sanitize(&finding.excerpt, LONGEST));
        let _ = writeln!(out, "{blank} {}", paint.with(BLUE, "|"));
    }
    let mut note = |what: &str, text: &str| {
        let _ = writeln!(out, "{blank} {} {what}: {}", paint.with(BLUE, "="), sanitize(text, 4 * LONGEST));
    };
    note("pointer", if finding.pointer.is_empty() { "the whole document" } else { &finding.pointer });
    if let Some(inner) = &finding.inner {
        note("inside it", inner);
    }
    for related in &finding.related {
        note("also at", related);
    }
    if let (Some(ref_id), Some(name)) = (&finding.stage, &finding.stage_name) {
        note("stage", &format!("{name} ({ref_id})"));
    }
    note("help", &finding.remedy);
    out.push('\n');
}

fn summary(out: &mut String, verdict: &Verdict, paint: Paint) {
    let colour = match verdict.outcome {
        Outcome::Passed => GREEN,
        Outcome::Failed => RED,
        Outcome::Inconclusive | Outcome::Canceled => YELLOW,
    };
    let subject = &verdict.subject;
    let name = match (&subject.application, &subject.pipeline) {
        (Some(application), Some(pipeline)) => format!("{application} / {pipeline}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => subject.file.clone().unwrap_or_else(|| "document".into()),
    };
    let _ = writeln!(
        out,
        "{}: {} {}",
        paint.with(colour, verdict.outcome.word()),
        subject.kind.word(),
        sanitize(&name, LONGEST)
    );
    let _ = writeln!(out, "  {}", counts(verdict));
    for reason in not_run(verdict) {
        let _ = writeln!(out, "  {}", sanitize(&reason, 4 * LONGEST));
    }
    let _ = writeln!(out, "  {}", next_step(verdict));
    out.push('\n');
}

fn counts(verdict: &Verdict) -> String {
    let enforced = verdict.findings.iter().filter(|finding| finding.mode == Mode::Enforce).count();
    let severities: Vec<String> = by_severity(&verdict.findings)
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| format!("{n} {}", severity.word()))
        .collect();
    let ran = verdict.checks.iter().filter(|check| check.outcome != CheckOutcome::Skipped).count();
    let listed = if severities.is_empty() { String::new() } else { format!(" ({})", severities.join(", ")) };
    let count = verdict.findings.len();
    format!(
        "{count} finding{}{listed}, {enforced} enforced; {ran} of {} checks ran, policy {} {}",
        if count == 1 { "" } else { "s" },
        verdict.checks.len(),
        sanitize(&verdict.policy_name, LONGEST),
        sanitize(&verdict.policy_version, LONGEST)
    )
}

/// Why checks did not run, each reason once.
fn not_run(verdict: &Verdict) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for check in verdict.checks.iter().filter(|check| check.outcome == CheckOutcome::Skipped) {
        let reason = check.reason.clone().unwrap_or_default();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(check.meta.id.to_string()),
            None => reasons.push((reason, vec![check.meta.id.to_string()])),
        }
    }
    reasons.into_iter().map(|(reason, ids)| format!("did not run: {} ({reason})", ids.join(", "))).collect()
}

fn next_step(verdict: &Verdict) -> String {
    let first = |test: &dyn Fn(&CheckRecord) -> bool| {
        verdict.checks.iter().find(|check| test(check)).map(|check| check.meta.id.clone())
    };
    match verdict.outcome {
        Outcome::Passed if verdict.partial => {
            "next: give the sources of the checks that did not run, or accept a partial verdict".into()
        }
        Outcome::Passed => "next: nothing to do".into(),
        Outcome::Canceled => "next: nothing to do; the execution was cancelled while it was judged".into(),
        Outcome::Failed => {
            let id = first(&|check| check.outcome == CheckOutcome::Failed).unwrap_or_default();
            format!("next: mend the errors above; `plimsoll explain {id}` says why it matters")
        }
        Outcome::Inconclusive => "next: make what is named above available and judge again; nothing was passed".into(),
    }
}

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const GREEN: &str = "1;32";
const BLUE: &str = "1;34";
const BOLD: &str = "1";

#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
