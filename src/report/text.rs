//! The report for people. For each document: its findings with place and remedy, the checks that are inconclusive, a summary.

use std::io::{self, Write};

use crate::base::sanitize::sanitize;
use crate::meta::Mode;
use crate::report::{Reporter, Style};
use crate::verdict::CheckOutcome;
use crate::verdict::{CheckRecord, FindingRecord, Outcome, Verdict, WaiverRecord, by_severity, waived};

/// Longest text from a document that is shown, in characters.
const LONGEST: usize = 400;

/// Writes each verdict as it arrives, and a line of totals when there are several.
pub struct TextReporter<W> {
    out: W,
    paint: Paint,
    totals: Totals,
}

/// The number of documents, and how many of them ended how.
#[derive(Default)]
struct Totals {
    documents: usize,
    passed: usize,
    failed: usize,
    inconclusive: usize,
}

impl<W: Write> TextReporter<W> {
    /// A reporter to `out`.
    pub fn new(style: Style, out: W) -> Self {
        Self { out, paint: Paint(style.colour), totals: Totals::default() }
    }
}

impl<W: Write> Reporter for TextReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        self.totals.count(verdict.outcome);
        if let Some(why) = &verdict.unjudged {
            let is_canceled = verdict.outcome == Outcome::Canceled;
            let word = self.paint.with(RED, if is_canceled { "canceled" } else { "inconclusive" });
            writeln!(self.out, "{word}: {}\n", sanitize(why, 4 * LONGEST))?;
        }
        for finding in &verdict.findings {
            write_finding(&mut self.out, finding, verdict, self.paint)?;
        }
        write_not_judged(&mut self.out, verdict, self.paint)?;
        write_summary(&mut self.out, verdict, self.paint)
    }

    fn end(&mut self) -> io::Result<()> {
        let Totals { documents, passed, failed, inconclusive } = self.totals;
        if documents > 1 {
            writeln!(self.out, "{documents} documents: {passed} passed, {failed} failed, {inconclusive} inconclusive")?;
        }
        self.out.flush()
    }
}

impl Totals {
    fn count(&mut self, outcome: Outcome) {
        self.documents += 1;
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed => self.failed += 1,
            Outcome::Inconclusive => self.inconclusive += 1,
            // Only an execution is canceled, and the gate judges one.
            Outcome::Canceled => {}
        }
    }
}

fn write_finding(out: &mut impl Write, finding: &FindingRecord, verdict: &Verdict, paint: Paint) -> io::Result<()> {
    let (word, colour) = match (&finding.waiver, finding.mode) {
        (Some(_), _) => ("allowed", BLUE),
        (None, Mode::Enforce) => ("error", RED),
        (None, _) => ("warning", YELLOW),
    };
    writeln!(
        out,
        "{}: {}",
        paint.with(colour, &format!("{word}[{}]", finding.meta.id)),
        paint.with(BOLD, &sanitize(&finding.message, LONGEST))
    )?;
    let file = verdict.subject.file.as_deref().or(verdict.subject.execution_id.as_deref()).unwrap_or("document");
    let place = match (finding.line, finding.column) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        _ => String::new(),
    };
    writeln!(out, "  {} {}{place}", paint.with(BLUE, "-->"), sanitize(file, LONGEST))?;
    let mut note =
        |what: &str, text: &str| writeln!(out, "   {} {what}: {}", paint.with(BLUE, "="), sanitize(text, 4 * LONGEST));
    note("pointer", if finding.pointer.is_empty() { "the whole document" } else { &finding.pointer })?;
    if !finding.excerpt.is_empty() {
        note("value", &finding.excerpt)?;
    }
    if let Some(inner) = &finding.inner {
        note("inside it", inner)?;
    }
    if let Some(elsewhere) = &finding.elsewhere {
        note("found in", &format!("{} at {}", elsewhere.document, elsewhere.pointer))?;
    }
    for related in &finding.related {
        note("also at", related)?;
    }
    if let Some(stage) = stage_label(finding) {
        note("stage", &stage)?;
    }
    match &finding.waiver {
        Some(waiver) => note("allowed by", &shown_waiver(waiver))?,
        None => note("help", &finding.remedy)?,
    }
    writeln!(out)
}

/// `secrets.allow[0]: a sample of the manual (owner platform, ticket OPS-1, until 2026-12-31)`.
fn shown_waiver(waiver: &WaiverRecord) -> String {
    let parts = [("owner", &waiver.owner), ("ticket", &waiver.ticket), ("until", &waiver.expires)];
    let parts: Vec<String> =
        parts.into_iter().filter_map(|(what, text)| Some(format!("{what} {}", text.as_ref()?))).collect();
    let more = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("{}: {}{more}", waiver.from, waiver.reason)
}

/// The name of the finding's stage and its reference id, as far as it has them.
fn stage_label(finding: &FindingRecord) -> Option<String> {
    match (finding.stage_name.as_deref().unwrap_or_default(), finding.stage.as_deref().unwrap_or_default()) {
        ("", "") => None,
        (name, "") => Some(name.to_owned()),
        ("", ref_id) => Some(format!("({ref_id})")),
        (name, ref_id) => Some(format!("{name} ({ref_id})")),
    }
}

/// The checks that came to no result, each reason once; the reason why the whole document is not judged is the first line already.
fn write_not_judged(out: &mut impl Write, verdict: &Verdict, paint: Paint) -> io::Result<()> {
    for (mode, word, colour) in [(Mode::Enforce, "inconclusive", RED), (Mode::Warn, "not judged", YELLOW)] {
        let is_new = |(reason, _): &(String, Vec<String>)| verdict.unjudged.as_ref() != Some(reason);
        for (reason, ids) in verdict.not_judged(mode).into_iter().filter(is_new) {
            let title = paint.with(colour, &format!("{word}[{}]", ids.join(", ")));
            writeln!(out, "{title}: {}\n", sanitize(&reason, 4 * LONGEST))?;
        }
    }
    Ok(())
}

fn write_summary(out: &mut impl Write, verdict: &Verdict, paint: Paint) -> io::Result<()> {
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
    let outcome = paint.with(colour, verdict.outcome.word());
    let observed = if verdict.enforced { "" } else { " (observed, not enforced)" };
    writeln!(out, "{outcome}{observed}: {} {}", subject.kind.word(), sanitize(&name, LONGEST))?;
    writeln!(out, "  {}", counts(verdict))?;
    if let (Some(sentence), Some(lines)) = (verdict.places.sentence(), verdict.places.policy_lines()) {
        writeln!(out, "  {}", sanitize(&sentence, 4 * LONGEST))?;
        writeln!(out, "    classify them in the policy: {}", sanitize(&lines, 4 * LONGEST))?;
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
        writeln!(out, "  while it ran, {user} {did} \"{name}\" ({stage}){answer}")?;
    }
    if let Some(sentence) = verdict.places.by_word() {
        writeln!(out, "  {}", sanitize(&sentence, 4 * LONGEST))?;
    }
    if !verdict.places.not_judged.is_empty() {
        let types = verdict.places.not_judged.join(", ");
        writeln!(out, "  stages not judged, because their types are not known: {}", sanitize(&types, 4 * LONGEST))?;
    }
    for reason in skipped(verdict) {
        writeln!(out, "  {}", sanitize(&reason, 4 * LONGEST))?;
    }
    writeln!(out, "  {}\n", next_step(verdict))
}

fn counts(verdict: &Verdict) -> String {
    let enforced = verdict.findings.iter().filter(|finding| finding.mode == Mode::Enforce).count();
    let severities: Vec<String> = by_severity(&verdict.findings)
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| format!("{n} {}", severity.word()))
        .collect();
    let has_result = |check: &&CheckRecord| match check.outcome {
        CheckOutcome::Skipped => false,
        // No check came to a result on a document that is not judged.
        CheckOutcome::Inconclusive => verdict.unjudged.is_none(),
        _ => true,
    };
    let ran = verdict.checks.iter().filter(has_result).count();
    let by_severity = if severities.is_empty() { String::new() } else { format!(" ({})", severities.join(", ")) };
    let waived = waived(&verdict.findings);
    let count = verdict.findings.len() - waived;
    let allowed = if waived == 0 { String::new() } else { format!(", {waived} allowed") };
    format!(
        "{count} finding{}{by_severity}, {enforced} enforced{allowed}; {ran} of {} checks ran, policy {} {}",
        if count == 1 { "" } else { "s" },
        verdict.checks.len(),
        sanitize(&verdict.policy_name, LONGEST),
        sanitize(&verdict.policy_version, LONGEST)
    )
}

/// The skipped checks by reason, one line for each reason.
fn skipped(verdict: &Verdict) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for check in &verdict.checks {
        let Some(reason) = check.skipped.as_deref() else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(&check.meta.id),
            None => reasons.push((reason, vec![&check.meta.id])),
        }
    }
    reasons.into_iter().map(|(reason, ids)| format!("skipped: {} ({reason})", ids.join(", "))).collect()
}

fn next_step(verdict: &Verdict) -> String {
    match verdict.outcome {
        Outcome::Passed if verdict.partial => run_skipped(verdict),
        Outcome::Passed => "next: nothing to do".into(),
        Outcome::Canceled => "next: nothing to do; the execution was canceled during the check".into(),
        Outcome::Failed => {
            let failed = |check: &&CheckRecord| check.outcome == CheckOutcome::Failed;
            let id = verdict.checks.iter().find(failed).map_or("", |check| &check.meta.id);
            format!("next: fix the errors above; run `plimsoll explain {id}` for the reason")
        }
        Outcome::Inconclusive if verdict.unjudged.is_some() => {
            "next: correct the document or provide what the first line names, and run again; this is not a pass".into()
        }
        Outcome::Inconclusive => {
            "next: provide the missing input listed above and run again; this is not a pass".into()
        }
    }
}

/// What to configure so that skipped checks run. Their reasons name the option or variable; the first of these that any of
/// them names is the one to start with.
fn run_skipped(verdict: &Verdict) -> String {
    let skipped = |needle: &str| {
        let is_meant = |check: &&CheckRecord| check.skipped.as_deref().is_some_and(|why| why.contains(needle));
        verdict.checks.iter().filter(is_meant).count()
    };
    let were_skipped = |count: usize| {
        if count == 1 { "1 check was skipped".to_owned() } else { format!("{count} checks were skipped") }
    };
    let it = |count: usize| if count == 1 { "it" } else { "them" };
    for (needle, action) in [("--gate-url", "pass --gate-url"), ("VAULT_ADDR", "set VAULT_ADDR")] {
        let count = skipped(needle);
        if count > 0 {
            return format!("next: {}; {action} to run {}", were_skipped(count), it(count));
        }
    }
    format!("next: nothing to do; {} for the reasons above", were_skipped(skipped("")))
}

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const GREEN: &str = "1;32";
const BLUE: &str = "1;34";
const BOLD: &str = "1";

/// Whether to colour.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{check, finding, verdict};

    fn text(verdicts: &[Verdict]) -> String {
        crate::report::render(verdicts, crate::report::Format::Text, Style::default())
    }

    #[test]
    fn a_finding_names_its_place_and_shows_no_source_line() {
        let shown = text(&[verdict(Outcome::Failed, 1)]);
        let expected = "\
error[root-container]: the container runs as root
  --> release.json:309:4
   = pointer: /stages/1/manifests/0/spec/runAsUser
   = value: a number
   = stage: Deploy (2)
   = help: set runAsNonRoot: true

failed: pipeline shop / release \"one\"\\n
  1 finding (1 high), 1 enforced; 1 of 1 checks ran, policy default 1
  next: fix the errors above; run `plimsoll explain root-container` for the reason

";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_stage_is_named_by_what_it_has() {
        let label = |name: &str, ref_id: &str| {
            let stage = (Some(name.to_owned()), Some(ref_id.to_owned()));
            stage_label(&FindingRecord { stage_name: stage.0, stage: stage.1, ..finding() })
        };
        assert_eq!(label("Deploy", ""), Some("Deploy".into()));
        assert_eq!(label("Deploy", "2"), Some("Deploy (2)".into()));
        assert_eq!(label("", "2"), Some("(2)".into()));
        assert_eq!(label("", ""), None);
        assert_eq!(stage_label(&FindingRecord { stage_name: None, stage: None, ..finding() }), None);
    }

    #[test]
    fn an_object_has_no_value_line() {
        let mut verdict = verdict(Outcome::Failed, 1);
        verdict.findings = vec![FindingRecord { excerpt: String::new(), ..finding() }];
        assert!(!text(&[verdict]).contains("value"));
    }

    #[test]
    fn skipped_checks_are_listed_with_what_runs_them() {
        let with = |reasons: &[&str]| {
            let mut verdict = verdict(Outcome::Passed, 0);
            verdict.partial = true;
            let skipped = reasons.iter().map(|reason| check("missing-canary", CheckOutcome::Skipped, Some(reason)));
            verdict.checks.extend(skipped);
            text(&[verdict])
        };
        let gate = "needs the application; set --gate-url or --front50-url";
        let (vault, off) = ("needs Vault; set VAULT_ADDR", "the policy turns it off");
        let shown = with(&[gate, off, gate]);
        assert!(shown.contains(&format!("  skipped: missing-canary, missing-canary ({gate})\n")), "{shown}");
        for (reasons, next) in [
            (&[gate, off, gate, vault][..], "next: 2 checks were skipped; pass --gate-url to run them\n"),
            (&[gate], "next: 1 check was skipped; pass --gate-url to run it\n"),
            (&[off, vault], "next: 1 check was skipped; set VAULT_ADDR to run it\n"),
            (&[off, off], "next: nothing to do; 2 checks were skipped for the reasons above\n"),
        ] {
            let shown = with(reasons);
            assert!(shown.contains(next), "{next}: {shown}");
        }
    }

    #[test]
    fn several_documents_end_with_totals() {
        let outcomes = [Outcome::Passed, Outcome::Failed, Outcome::Passed, Outcome::Inconclusive];
        let shown = text(&outcomes.map(|outcome| verdict(outcome, 0)));
        assert!(shown.ends_with("\n\n4 documents: 2 passed, 1 failed, 1 inconclusive\n"), "{shown}");
        assert!(!text(&[verdict(Outcome::Passed, 0)]).contains("documents:"));
    }
}
