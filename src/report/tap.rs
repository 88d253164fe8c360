//! Test Anything Protocol, version 13: one test per check of each document. What only warns is a `TODO`: it fails, and the run does not.

use std::io::{self, Write};

use crate::base::sanitize::sanitize;
use crate::meta::Mode;
use crate::report::Reporter;
use crate::report::common::{LONGEST, path, pointer};
use crate::verdict::{CheckOutcome, CheckRecord, Verdict};

/// Writes tests as verdicts arrive, and the plan at the end.
pub struct TapReporter<W> {
    out: W,
    tests: usize,
}

impl<W: Write> TapReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out, tests: 0 }
    }

    fn test(&mut self, is_ok: bool, name: &str, directive: &str) -> io::Result<()> {
        self.tests += 1;
        let number = self.tests;
        writeln!(self.out, "{}ok {number} - {}{directive}", if is_ok { "" } else { "not " }, name.replace('#', "\\#"))
    }

    fn check(&mut self, check: &CheckRecord, verdict: &Verdict) -> io::Result<()> {
        let name = format!("{}: {}", path(verdict), check.meta.id);
        let reason = || sanitize(check.reason.as_deref().unwrap_or("no reason was given"), LONGEST).replace('#', "\\#");
        let warns = check.mode != Mode::Enforce;
        match check.outcome {
            CheckOutcome::Passed => self.test(true, &name, ""),
            CheckOutcome::Failed => self.test(false, &name, ""),
            CheckOutcome::Warned => self.test(false, &name, " # TODO it only warns"),
            CheckOutcome::Inconclusive if warns => {
                self.test(false, &name, &format!(" # TODO not judged: {}", reason()))
            }
            CheckOutcome::Inconclusive => self.test(false, &format!("{name} is inconclusive: {}", reason()), ""),
            CheckOutcome::NotApplicable => self.test(true, &name, &format!(" # SKIP not applicable: {}", reason())),
            CheckOutcome::Skipped => self.test(true, &name, &format!(" # SKIP {}", reason())),
        }?;
        for finding in verdict.findings.iter().filter(|finding| finding.meta.id == check.meta.id) {
            let line = finding.line.map(|line| format!("line {line}, ")).unwrap_or_default();
            let (at, message) = (sanitize(&pointer(finding), LONGEST), sanitize(&finding.message, LONGEST));
            writeln!(self.out, "# {}: {message}", finding.severity.word())?;
            writeln!(self.out, "#   at {line}{at}")?;
            writeln!(self.out, "#   help: {}", sanitize(&finding.remedy, 4 * LONGEST))?;
        }
        Ok(())
    }
}

impl<W: Write> Reporter for TapReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        writeln!(self.out, "TAP version 13")
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        let name = format!("{}: the document is judged", path(verdict));
        if let Some(why) = &verdict.unjudged {
            self.test(false, &name, "")?;
            return writeln!(self.out, "# {}", sanitize(why, 4 * LONGEST));
        }
        self.test(true, &name, "")?;
        verdict.checks.iter().try_for_each(|check| self.check(check, verdict))
    }

    fn end(&mut self) -> io::Result<()> {
        writeln!(self.out, "1..{}", self.tests)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use crate::report::testing::{check, verdict};
    use crate::report::{Format, Style, render};
    use crate::verdict::{CheckOutcome, Outcome};

    #[test]
    fn outcomes_become_tests_and_directives() {
        let mut failed = verdict(Outcome::Failed, 1);
        failed.subject.file = Some("a#b.json".into());
        failed.checks.push(check("missing-canary", CheckOutcome::Skipped, Some("needs #1")));
        failed.checks.push(check("no-rollback", CheckOutcome::Warned, None));
        let text = render(&[failed], Format::Tap, Style::default());
        let expected = "\
TAP version 13
ok 1 - a\\#b.json: the document is judged
not ok 2 - a\\#b.json: root-container
# high: the container runs as root
#   at line 309, /stages/1/manifests/0/spec/runAsUser
#   help: set runAsNonRoot: true
ok 3 - a\\#b.json: missing-canary # SKIP needs \\#1
not ok 4 - a\\#b.json: no-rollback # TODO it only warns
1..4
";
        assert_eq!(text, expected);
    }
}
