//! The report for people: what could not be read, then findings with place and remedy, the worst first and those that are alike as one,
//! then a summary with the next step.

mod finding;
mod summary;
mod wrap;

use std::io::{self, Write};

use crate::base::sanitize::sanitize;
use crate::meta::Mode;
use crate::report::common::{LONGEST, Level};
use crate::report::digest::Digest;
use crate::report::{Reporter, Style, Verbosity};
use crate::verdict::{Outcome, Verdict};
use wrap::Printer;

/// Collects the verdicts, and writes at the end: the worst finding of all documents comes first.
pub struct TextReporter<W> {
    out: W,
    style: Style,
    digest: Digest,
    /// The only verdict, as long as there is one: its summary says more.
    single: Option<Box<summary::Single>>,
}

impl<W: Write> TextReporter<W> {
    /// A reporter to `out`.
    pub fn new(style: Style, out: W) -> Self {
        let digest = Digest::keeping(style.verbosity == Verbosity::Verbose);
        Self { out, style, digest, single: None }
    }
}

impl<W: Write> Reporter for TextReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        let is_first = self.digest.documents == 0;
        self.single = is_first.then(|| Box::new(summary::Single::of(verdict)));
        self.digest.add(verdict);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.digest.sort();
        let mut printer = Printer::new(&mut self.out, self.style);
        let digest = &self.digest;
        if self.style.verbosity != Verbosity::Quiet && digest.documents > 1 {
            summary::worst(&mut printer, digest)?;
        }
        not_read(&mut printer, digest)?;
        let errors_only = self.style.verbosity == Verbosity::Quiet;
        let groups = digest.groups.iter().filter(|group| !errors_only || group.level == Level::Error);
        let most = self.style.max_findings.unwrap_or(usize::MAX);
        let mut shown = 0;
        for group in groups.clone().take(most) {
            shown += group.count;
            match self.style.verbosity {
                Verbosity::Quiet => finding::line(&mut printer, group)?,
                Verbosity::Normal => finding::group(&mut printer, group)?,
                Verbosity::Verbose => finding::each(&mut printer, group)?,
            }
        }
        let left_out = groups.map(|group| group.count).sum::<usize>() - shown;
        if left_out > 0 {
            printer.line(&format!("{left_out} more findings are not shown; leave out --max-findings to see them\n"))?;
        }
        if self.style.verbosity != Verbosity::Quiet {
            not_judged(&mut printer, digest)?;
            match &self.single {
                Some(single) => summary::single(&mut printer, single, digest)?,
                None if digest.documents > 0 => summary::several(&mut printer, digest)?,
                None => {}
            }
        }
        self.out.flush()
    }
}

/// One line for each document that could not be read or is not recognised.
fn not_read<W: Write>(printer: &mut Printer<W>, digest: &Digest) -> io::Result<()> {
    let mut seen = 0;
    for document in &digest.red {
        let Some(why) = &document.unjudged else { continue };
        seen += 1;
        let word = if document.outcome == Outcome::Canceled { "canceled" } else { "inconclusive" };
        // The reason names the file where the file is the reason.
        let place = if why.contains(&document.file) || digest.documents == 1 {
            String::new()
        } else {
            format!("{}: ", document.file)
        };
        let title = printer.paint(wrap::RED, word);
        printer.wrapped(&format!("{title}: {place}{why}"), 0, 2)?;
    }
    if seen > 0 { printer.line("") } else { Ok(()) }
}

/// The checks that came to no result: each reason once.
fn not_judged<W: Write>(printer: &mut Printer<W>, digest: &Digest) -> io::Result<()> {
    let modes = [(Mode::Enforce, "inconclusive", wrap::RED), (Mode::Warn, "not judged", wrap::YELLOW)];
    for (mode, word, colour) in modes {
        for reason in digest.open.iter().filter(|reason| reason.mode == mode) {
            let title = printer.paint(colour, &format!("{word}[{}]", reason.checks.join(", ")));
            let where_ = match (digest.documents, reason.documents) {
                (1, _) => String::new(),
                (_, 1) => format!(" ({})", reason.file),
                (_, n) => format!(" ({} and {} more)", reason.file, n - 1),
            };
            printer.wrapped(&format!("{title}: {}{where_}", sanitize(&reason.why, 4 * LONGEST)), 0, 2)?;
            printer.line("")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::Severity;
    use crate::report::testing::{check, verdict};
    use crate::verdict::CheckOutcome;

    fn styled(verdicts: &[Verdict], style: Style) -> String {
        crate::report::render(verdicts, crate::report::Format::Text, style)
    }

    fn text(verdicts: &[Verdict]) -> String {
        styled(verdicts, Style::default())
    }

    #[test]
    fn a_finding_shows_its_source_line_and_underlines_the_value() {
        let shown = text(&[verdict(Outcome::Failed, 1)]);
        let expected = "\
high error[root-container]: the container runs as root
   --> release.json:309:4 in stage Deploy (2)
310 |   \"runAsUser\": 0,
    |   ^^^^^^^^^^^^^^
    = pointer: /stages/1/manifests/0/spec/runAsUser
    = help: set runAsNonRoot: true
    = docs: https://plimsoll.dev/checks/root-container

failed: pipeline shop / release \"one\"\\n
  1 finding (1 high), 1 enforced; policy default 1
  1 check: 1 failed
  next: fix the errors above; run `plimsoll explain root-container` for the reason
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn without_a_source_line_the_value_is_described() {
        let mut verdict = verdict(Outcome::Failed, 1);
        verdict.findings[0].source = None;
        assert!(text(&[verdict.clone()]).contains("    = value: a number\n"));
        verdict.findings[0].excerpt = String::new();
        assert!(!text(&[verdict]).contains("value:"));
    }

    #[test]
    fn findings_that_are_alike_are_one_unless_all_are_asked_for() {
        let verdict = verdict(Outcome::Failed, 3);
        let shown = text(std::slice::from_ref(&verdict));
        assert_eq!(shown.matches("error[").count(), 1);
        assert!(shown.contains("    = and 2 more like it: release.json:309, release.json:309\n"), "{shown}");
        let style = Style { verbosity: Verbosity::Verbose, ..Style::default() };
        assert_eq!(styled(&[verdict], style).matches("error[").count(), 3);
    }

    #[test]
    fn the_worst_comes_first_and_the_rest_may_be_left_out() {
        let mut one = verdict(Outcome::Failed, 3);
        one.findings[0].mode = Mode::Warn;
        one.findings[1].severity = Severity::Low;
        one.findings[2].severity = Severity::Critical;
        let shown = text(std::slice::from_ref(&one));
        let at = |what: &str| shown.find(what).unwrap_or_else(|| panic!("{what}: {shown}"));
        assert!(at("critical error[") < at("low error[") && at("low error[") < at("high warning["));
        let style = Style { max_findings: Some(1), ..Style::default() };
        let shown = styled(&[one], style);
        assert!(shown.contains("\n2 more findings are not shown") && !shown.contains("low error["), "{shown}");
    }

    #[test]
    fn quiet_is_one_line_for_each_kind_of_error() {
        let mut one = verdict(Outcome::Failed, 2);
        one.findings[1].mode = Mode::Warn;
        let style = Style { verbosity: Verbosity::Quiet, ..Style::default() };
        assert_eq!(
            styled(&[one], style),
            "release.json:309:4: high error[root-container]: the container runs as root\n"
        );
        assert_eq!(styled(&[verdict(Outcome::Passed, 0)], style), "");
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
    fn checks_that_did_not_apply_are_not_called_run() {
        let mut one = verdict(Outcome::Passed, 0);
        let why = "nothing here changes production";
        one.checks.push(check("missing-canary", CheckOutcome::NotApplicable, Some(why)));
        one.checks.push(check("no-rollback", CheckOutcome::NotApplicable, Some(why)));
        let shown = text(&[one]);
        assert!(shown.contains("  3 checks: 1 passed, 2 did not apply\n"), "{shown}");
        assert!(shown.contains("  2 checks did not apply: nothing here changes production (2)\n"), "{shown}");
    }

    #[test]
    fn several_documents_end_with_totals() {
        let outcomes = [Outcome::Passed, Outcome::Failed, Outcome::Passed, Outcome::Inconclusive];
        let mut all = outcomes.map(|outcome| verdict(outcome, usize::from(outcome == Outcome::Failed)));
        all[3].unjudged = Some("not JSON".into());
        all[3].subject.file = Some("broken.json".into());
        let shown = text(&all);
        assert!(shown.starts_with("the worst documents:\n  failed release.json: 1 high\n"), "{shown}");
        assert_eq!(shown.matches("inconclusive: broken.json: not JSON\n").count(), 1, "{shown}");
        assert!(shown.contains("\n4 documents: 2 passed, 1 failed, 1 inconclusive\n"), "{shown}");
        assert!(shown.contains("  by check: root-container 1\n"), "{shown}");
        assert!(!text(&[verdict(Outcome::Passed, 0)]).contains("documents"));
    }

    #[test]
    fn lines_are_wrapped_to_the_width() {
        let mut one = verdict(Outcome::Failed, 1);
        one.findings[0].message = "word ".repeat(60).trim_end().to_owned();
        let shown = styled(&[one], Style { width: Some(40), ..Style::default() });
        let fits = |line: &&str| line.chars().count() <= 40 || !line.trim().contains(' ') || line.contains("://");
        assert!(shown.lines().all(|line| fits(&line)), "{shown}");
    }
}
