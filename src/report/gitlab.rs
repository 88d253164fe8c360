//! Code Quality of GitLab: a list of issues, each with a file and a line.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::base::sanitize::sanitize;
use crate::meta::Severity;
use crate::report::Reporter;
use crate::report::common::{LONGEST, path, subject};
use crate::verdict::{FindingRecord, Verdict, sha256};

/// Writes issues as verdicts arrive.
pub struct GitlabReporter<W> {
    out: W,
    is_empty: bool,
}

impl<W: Write> GitlabReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out, is_empty: true }
    }

    fn issue(&mut self, issue: &Value) -> io::Result<()> {
        self.out.write_all(if std::mem::replace(&mut self.is_empty, false) { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut self.out, issue)?;
        Ok(())
    }
}

impl<W: Write> Reporter for GitlabReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        self.out.write_all(b"[")
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        let path = path(verdict);
        if let Some(why) = &verdict.unjudged {
            self.issue(&json!({
                "description": format!("{} was not judged: {}", subject(verdict), sanitize(why, LONGEST)),
                "check_name": "document-not-judged",
                "fingerprint": sha256(format!("document-not-judged\0{path}").as_bytes()),
                "severity": "critical",
                "location": {"path": path, "lines": {"begin": 1}}
            }))?;
        }
        // What is waived is accepted: the list has no way to say so, and would block the merge request.
        for finding in verdict.findings.iter().filter(|finding| finding.waiver.is_none()) {
            self.issue(&json!({
                "description": description(finding),
                "check_name": finding.meta.id,
                "fingerprint": finding.fingerprint,
                "severity": severity(finding.severity),
                "location": {"path": path, "lines": {"begin": finding.line.unwrap_or(1)}}
            }))?;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n]\n")?;
        self.out.flush()
    }
}

fn description(finding: &FindingRecord) -> String {
    sanitize(&format!("{}: {}; {}", finding.meta.id, finding.message, finding.remedy), 2 * LONGEST)
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::report::testing::verdict;
    use crate::report::{Format, Style, render};
    use crate::verdict::Outcome;

    #[test]
    fn a_finding_is_an_issue() {
        let text = render(&[verdict(Outcome::Failed, 2)], Format::Gitlab, Style::default());
        let issues: Vec<Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(issues.len(), 2);
        assert_eq!(issues[0]["location"], json!({"path": "release.json", "lines": {"begin": 309}}));
        assert_eq!((&issues[0]["severity"], &issues[0]["check_name"]), (&json!("critical"), &json!("root-container")));
        let empty: Vec<Value> = serde_json::from_str(&render(&[], Format::Gitlab, Style::default())).unwrap();
        assert!(empty.is_empty());
    }
}
