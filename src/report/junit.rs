//! `JUnit` XML: one suite per document, one case per check.

use std::io::{self, Write};

use crate::base::sanitize::sanitize;
use crate::meta::Mode;
use crate::report::Reporter;
use crate::report::common::{LONGEST, escaped, path, pointer, subject};
use crate::verdict::{CheckOutcome, CheckRecord, FindingRecord, Verdict};

/// Writes a suite as each verdict arrives.
pub struct JunitReporter<W> {
    out: W,
}

impl<W: Write> JunitReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }
}

/// What a case becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Result {
    Passed,
    Failed,
    /// It could not be judged, and counts.
    Error,
    Skipped,
}

fn result(check: &CheckRecord) -> Result {
    match check.outcome {
        CheckOutcome::Passed | CheckOutcome::Warned => Result::Passed,
        CheckOutcome::Failed => Result::Failed,
        CheckOutcome::Inconclusive if check.mode == Mode::Enforce => Result::Error,
        CheckOutcome::Inconclusive | CheckOutcome::NotApplicable | CheckOutcome::Skipped => Result::Skipped,
    }
}

impl<W: Write> Reporter for JunitReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        self.out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"plimsoll\">\n")
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        // The reason why a document is not judged is one case, not one for each check.
        let checks: &[CheckRecord] = if verdict.unjudged.is_some() { &[] } else { &verdict.checks };
        let count = |wanted: Result| checks.iter().filter(|check| result(check) == wanted).count();
        let unjudged = usize::from(verdict.unjudged.is_some());
        let name = format!("{} ({})", path(verdict), subject(verdict));
        writeln!(
            self.out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" timestamp=\"{}\">",
            escaped(&name),
            checks.len() + unjudged,
            count(Result::Failed),
            count(Result::Error) + unjudged,
            count(Result::Skipped),
            verdict.started_at
        )?;
        let class = escaped(&path(verdict));
        if let Some(why) = &verdict.unjudged {
            let why = escaped(&sanitize(why, 4 * LONGEST));
            writeln!(self.out, "    <testcase classname=\"{class}\" name=\"the document is judged\">")?;
            writeln!(self.out, "      <error type=\"inconclusive\" message=\"{why}\"/>\n    </testcase>")?;
        }
        for check in checks {
            self.case(check, &class, verdict)?;
        }
        writeln!(self.out, "  </testsuite>")
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.write_all(b"</testsuites>\n")?;
        self.out.flush()
    }
}

impl<W: Write> JunitReporter<W> {
    fn case(&mut self, check: &CheckRecord, class: &str, verdict: &Verdict) -> io::Result<()> {
        let id = escaped(&check.meta.id);
        let of_check = |finding: &&FindingRecord| finding.meta.id == check.meta.id;
        let mut findings = verdict.findings.iter().filter(of_check).peekable();
        let reason = || escaped(&sanitize(check.reason.as_deref().unwrap_or(check.outcome.word()), 4 * LONGEST));
        write!(self.out, "    <testcase classname=\"{class}\" name=\"{id}\"")?;
        let element = match result(check) {
            Result::Passed if findings.peek().is_none() => return writeln!(self.out, "/>"),
            Result::Passed => "system-out",
            Result::Failed => {
                let message = findings.peek().map(|first| sanitize(&first.message, LONGEST)).unwrap_or_default();
                let message = escaped(&message);
                writeln!(self.out, ">")?;
                write!(self.out, "      <failure type=\"{}\" message=\"{message}\">", check.severity.word())?;
                self.list(findings, verdict)?;
                return writeln!(self.out, "</failure>\n    </testcase>");
            }
            Result::Error => {
                let reason = reason();
                writeln!(self.out, ">\n      <error type=\"inconclusive\" message=\"{reason}\"/>")?;
                if findings.peek().is_none() {
                    return writeln!(self.out, "    </testcase>");
                }
                write!(self.out, "      <system-out>")?;
                self.list(findings, verdict)?;
                return writeln!(self.out, "</system-out>\n    </testcase>");
            }
            Result::Skipped => {
                return writeln!(self.out, ">\n      <skipped message=\"{}\"/>\n    </testcase>", reason());
            }
        };
        write!(self.out, ">\n      <{element}>")?;
        self.list(findings, verdict)?;
        writeln!(self.out, "</{element}>\n    </testcase>")
    }

    /// One finding per line, with its remedy.
    fn list<'f>(&mut self, findings: impl Iterator<Item = &'f FindingRecord>, verdict: &Verdict) -> io::Result<()> {
        let file = path(verdict);
        for finding in findings {
            let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
            let at = sanitize(&pointer(finding), LONGEST);
            let (message, remedy) = (sanitize(&finding.message, LONGEST), sanitize(&finding.remedy, 4 * LONGEST));
            let text = format!("{file}{line} {at}: {message}\n  help: {remedy}\n");
            self.out.write_all(escaped(&text).as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::report::testing::{check, verdict};
    use crate::report::{Format, Style, render};
    use crate::verdict::{CheckOutcome, Outcome};

    #[test]
    fn outcomes_become_results() {
        let mut failed = verdict(Outcome::Failed, 1);
        failed.findings[0].message = "a <b> & \u{1b}".into();
        failed.checks.push(check("missing-canary", CheckOutcome::Skipped, Some("needs a source")));
        failed.checks.push(check("no-rollback", CheckOutcome::Inconclusive, Some("not read")));
        failed.checks.push(check("manual-trigger", CheckOutcome::Passed, None));
        let text = render(&[failed], Format::Junit, Style::default());
        for part in [
            "tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\"",
            "<failure type=\"high\" message=\"a &lt;b&gt; &amp; \\u{1b}\">",
            "<skipped message=\"needs a source\"/>",
            "<error type=\"inconclusive\" message=\"not read\"/>",
            "<testcase classname=\"release.json\" name=\"manual-trigger\"/>",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn what_was_not_judged_is_one_error() {
        let mut verdict = verdict(Outcome::Inconclusive, 0);
        verdict.unjudged = Some("not JSON".into());
        let text = render(&[verdict], Format::Junit, Style::default());
        assert!(text.contains("tests=\"1\" failures=\"0\" errors=\"1\""), "{text}");
    }
}
