//! Annotations of GitHub Actions, as workflow commands.
//!
//! A step shows at most ten errors, ten warnings and ten notices, so the worst of each are kept and written at the end, and the rest is
//! counted. Escapes are those of `actions/toolkit` (`packages/core/src/command.ts`).

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::base::sanitize::sanitize;
use crate::meta::Severity;
use crate::report::Reporter;
use crate::report::common::{LONGEST, Level, counted, path, subject};
use crate::verdict::{FindingRecord, Outcome, Verdict};

/// The most annotations of one level that a step shows.
const MOST: usize = 10;

/// Keeps the worst findings of each level.
pub struct GithubReporter<W> {
    out: W,
    errors: Worst,
    warnings: Worst,
    documents: usize,
    red: usize,
}

/// The worst annotations of one level, the worst first, and how many there were.
#[derive(Default)]
struct Worst {
    kept: Vec<(Severity, String)>,
    all: usize,
}

impl Worst {
    fn add(&mut self, severity: Severity, command: impl FnOnce() -> String) {
        self.all += 1;
        let is_full = self.kept.len() == MOST;
        if is_full && self.kept.last().is_some_and(|(least, _)| *least >= severity) {
            return;
        }
        self.kept.truncate(MOST - 1);
        let at = self.kept.partition_point(|(known, _)| Reverse(*known) <= Reverse(severity));
        self.kept.insert(at, (severity, command()));
    }

    fn left_out(&self) -> usize {
        self.all - self.kept.len()
    }
}

impl<W: Write> GithubReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out, errors: Worst::default(), warnings: Worst::default(), documents: 0, red: 0 }
    }
}

impl<W: Write> Reporter for GithubReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        self.documents += 1;
        self.red += usize::from(verdict.outcome != Outcome::Passed);
        if let Some(why) = &verdict.unjudged {
            self.errors.add(Severity::Critical, || {
                let message = format!("{} was not judged: {}", subject(verdict), sanitize(why, LONGEST));
                command("error", &[("file", &path(verdict)), ("title", "not judged")], &message)
            });
        } else if verdict.outcome == Outcome::Inconclusive {
            let reasons: Vec<String> =
                verdict.not_judged(crate::meta::Mode::Enforce).into_iter().map(|(why, _)| why).collect();
            self.errors.add(Severity::Critical, || {
                let message =
                    format!("{} is inconclusive: {}", subject(verdict), sanitize(&reasons.join("; "), LONGEST));
                command("error", &[("file", &path(verdict)), ("title", "inconclusive")], &message)
            });
        }
        for finding in verdict.findings.iter().filter(|finding| finding.waiver.is_none()) {
            let level = Level::of(finding);
            let worst = if level == Level::Error { &mut self.errors } else { &mut self.warnings };
            worst.add(finding.severity, || annotation(finding, level, verdict));
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        for (_, command) in self.errors.kept.iter().chain(&self.warnings.kept) {
            writeln!(self.out, "{command}")?;
        }
        let judged = counted(self.documents, "document");
        let mut summary = format!(
            "{judged}, {} not passed; {}, {}",
            self.red,
            counted(self.errors.all, "error"),
            counted(self.warnings.all, "warning")
        );
        let left_out = self.errors.left_out() + self.warnings.left_out();
        if left_out > 0 {
            let _ = write!(summary, "; {left_out} more are not shown here: write --output markdown=FILE or sarif=FILE");
        }
        writeln!(self.out, "{}", command("notice", &[("title", "Plimsoll")], &summary))?;
        self.out.flush()
    }
}

fn annotation(finding: &FindingRecord, level: Level, verdict: &Verdict) -> String {
    let (line, column) = (finding.line.unwrap_or(1).to_string(), finding.column.unwrap_or(1).to_string());
    let title = format!("{} ({})", finding.meta.id, finding.severity.word());
    let name = if level == Level::Note { "notice" } else { level.word() };
    let file = path(verdict);
    let place = [("file", file.as_str()), ("line", &line), ("col", &column), ("title", &title)];
    let (message, remedy) = (sanitize(&finding.message, LONGEST), sanitize(&finding.remedy, LONGEST));
    command(name, &place, &format!("{message}\nhelp: {remedy}"))
}

/// One workflow command on one line.
fn command(name: &str, properties: &[(&str, &str)], message: &str) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let properties: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    format!("::{name} {}::{}", properties.join(","), data(message))
}

#[cfg(test)]
mod tests {
    use crate::meta::{Mode, Severity};
    use crate::report::testing::verdict;
    use crate::report::{Format, Style, render};
    use crate::verdict::Outcome;

    #[test]
    fn what_a_document_says_cannot_end_the_command() {
        let mut verdict = verdict(Outcome::Failed, 1);
        verdict.subject.file = Some("a,line=1::b.json".into());
        verdict.findings[0].message = "100%\n::set-env name=PATH::x".into();
        let text = render(&[verdict], Format::Github, Style::default());
        let first = text.lines().next().unwrap();
        assert!(
            first.starts_with("::error file=a%2Cline=1%3A%3Ab.json,line=309,col=4,title=root-container (high)::"),
            "{first}"
        );
        assert!(first.ends_with("100%25\\n::set-env name=PATH::x%0Ahelp: set runAsNonRoot: true"), "{first}");
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn the_worst_are_shown_and_the_rest_is_counted() {
        let mut verdict = verdict(Outcome::Failed, 40);
        for finding in verdict.findings.iter_mut().skip(20) {
            finding.mode = Mode::Warn;
        }
        verdict.findings[19].severity = Severity::Critical;
        verdict.findings[39].severity = Severity::Low;
        let text = render(&[verdict], Format::Github, Style::default());
        let commands: Vec<&str> = text.lines().collect();
        assert!(commands[0].contains("(critical)"), "{text}");
        let count = |start: &str| commands.iter().filter(|line| line.starts_with(start)).count();
        assert_eq!((count("::error "), count("::warning "), count("::notice ")), (10, 10, 1));
        assert!(
            text.contains("1 document, 1 not passed; 20 errors, 20 warnings; 20 more are not shown here"),
            "{text}"
        );
    }
}
