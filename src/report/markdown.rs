//! Markdown, for a comment on a pull request and for the summary of a job: outcome and next step first, then the findings as a table.
//!
//! It stays below the 65,536 characters that GitHub takes for a comment. Names from documents cannot become links, mentions, markup or
//! rows of the table.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::meta::Mode;
use crate::report::Reporter;
use crate::report::common::{Level, counted, page, subject};
use crate::report::digest::{Digest, Group, Reason};
use crate::report::sections::{compliance_lines, observed};
use crate::verdict::Verdict;

/// The most characters of the whole comment.
const LONGEST_COMMENT: usize = 60_000;
/// The most documents in the list of those that did not pass.
const MOST_DOCUMENTS: usize = 50;

/// Collects the verdicts, and writes at the end.
pub struct MarkdownReporter<W> {
    out: W,
    digest: Digest,
    /// What the policy says beside its checks: that it observes, and compliance frameworks.
    notes: Vec<String>,
}

impl<W: Write> MarkdownReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out, digest: Digest::default(), notes: Vec::new() }
    }
}

impl<W: Write> Reporter for MarkdownReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        self.digest.add(verdict);
        let notes = observed(verdict).map(str::to_owned).into_iter().chain(compliance_lines(verdict));
        for note in notes.map(|note| format!("{}: {note}", subject(verdict))) {
            if self.notes.len() < MOST_DOCUMENTS {
                self.notes.push(note);
            }
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.digest.sort();
        let mut comment = comment(&self.digest);
        for note in &self.notes {
            let _ = writeln!(comment, "- {}", text(note));
        }
        self.out.write_all(comment.as_bytes())?;
        self.out.flush()
    }
}

fn comment(digest: &Digest) -> String {
    let outcome = match digest {
        Digest { failed: 1.., .. } => "failed",
        Digest { inconclusive: 1.., .. } | Digest { documents: 0, .. } => "inconclusive",
        Digest { canceled: 1.., .. } => "canceled",
        _ => "passed",
    };
    let mut out = format!("## Plimsoll: {outcome}\n\n");
    if let [only] = digest.red.as_slice()
        && digest.documents == 1
    {
        let _ = writeln!(out, "{} ({})\n", text(&only.subject), code(&only.file));
    } else {
        let totals = [
            (digest.passed, "passed"),
            (digest.failed, "failed"),
            (digest.inconclusive, "inconclusive"),
            (digest.canceled, "canceled"),
        ];
        let totals: Vec<String> =
            totals.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        let _ = writeln!(out, "{}: {}\n", counted(digest.documents, "document"), totals.join(", "));
    }
    if let Some(first) = digest.red.first() {
        let _ = writeln!(out, "**Next:** {}\n", text(&first.next));
    }
    findings(digest, &mut out);
    documents(digest, &mut out);
    reasons("Not judged", &digest.open, &mut out);
    reasons("Skipped", &digest.skipped, &mut out);
    out
}

fn findings(digest: &Digest, out: &mut String) {
    if digest.groups.is_empty() {
        return;
    }
    let count: usize = digest.groups.iter().map(|group| group.count).sum();
    let severities = digest.severities.iter().rev().map(|(severity, n)| format!("{n} {}", severity.word()));
    let severities = severities.collect::<Vec<_>>().join(", ");
    let _ = writeln!(out, "{} ({severities}), {} enforced\n", counted(count, "finding"), digest.enforced);
    out.push_str("| Severity | Check | Where | What and how to fix it |\n|---|---|---|---|\n");
    for (n, group) in digest.groups.iter().enumerate() {
        let row = row(group);
        if out.len() + row.len() > LONGEST_COMMENT {
            let _ = writeln!(out, "\n{} more kinds of findings are not shown.", digest.groups.len() - n);
            break;
        }
        out.push_str(&row);
    }
    out.push('\n');
}

fn row(group: &Group) -> String {
    let first = group.places.first();
    let mut place = first.map(|place| code(&place.short())).unwrap_or_default();
    if let Some(stage) = first.and_then(|place| place.stage.as_deref()) {
        let _ = write!(place, "<br>stage {}", text(stage));
    }
    if group.count > 1 {
        let _ = write!(place, "<br>and {} more like it", group.count - 1);
    }
    let level = match group.level {
        Level::Error => "",
        Level::Warning => " (warns)",
        Level::Note => " (note)",
    };
    format!(
        "| {}{level} | [{id}]({}) | {place} | {}<br>*Fix:* {} |\n",
        group.severity.word(),
        page(&group.meta),
        first.map(|place| text(&place.message)).unwrap_or_default(),
        first.map(|place| text(&place.remedy)).unwrap_or_default(),
        id = group.meta.id,
    )
}

fn documents(digest: &Digest, out: &mut String) {
    if digest.documents < 2 || digest.red.is_empty() || out.len() > LONGEST_COMMENT {
        return;
    }
    out.push_str("<details><summary>Documents that did not pass</summary>\n\n");
    for document in digest.red.iter().take(MOST_DOCUMENTS) {
        let why = document.unjudged.clone().unwrap_or_else(|| document.counts());
        let _ = writeln!(
            out,
            "- {}: {} {}{}",
            document.outcome.word(),
            code(&document.file),
            if why.is_empty() { "" } else { "— " },
            text(&why)
        );
        if out.len() > LONGEST_COMMENT {
            break;
        }
    }
    if digest.red.len() > MOST_DOCUMENTS {
        let _ = writeln!(out, "- and {} more", digest.red.len() - MOST_DOCUMENTS);
    }
    out.push_str("\n</details>\n\n");
}

fn reasons(title: &str, reasons: &[Reason], out: &mut String) {
    if reasons.is_empty() || out.len() > LONGEST_COMMENT {
        return;
    }
    let _ = writeln!(out, "<details><summary>{title}</summary>\n");
    for reason in reasons {
        let blocks = if reason.mode == Mode::Enforce { "" } else { " (warns)" };
        let line = format!("- {}{blocks}: {}\n", reason.checks.join(", "), text(&reason.why));
        if out.len() + line.len() > LONGEST_COMMENT {
            break;
        }
        out.push_str(&line);
    }
    out.push_str("\n</details>\n\n");
}

/// `text` as words only: every character with a meaning in Markdown, HTML or a table is a character reference, and nobody is mentioned.
fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            // A zero-width character parts the sign from the name or number, which GitHub would link.
            '@' | '#' => {
                let _ = write!(safe, "&#{};&#8203;", character as u32);
            }
            '&' | '<' | '>' | '*' | '_' | '`' | '[' | ']' | '|' | '\\' | '~' | '!' | '$' | ':' | '^' | '=' => {
                let _ = write!(safe, "&#{};", character as u32);
            }
            _ => safe.push(character),
        }
    }
    safe.replace("www.", "www&#46;")
}

/// `text` in the type of code. Not between backticks: those cannot be escaped inside, and a table row is split first.
fn code(of: &str) -> String {
    format!("<code>{}</code>", text(of))
}

#[cfg(test)]
mod tests {
    use crate::report::testing::verdict;
    use crate::report::{Format, Style, render};
    use crate::verdict::Outcome;

    #[test]
    fn a_failure_names_outcome_place_and_remedy() {
        let shown = render(&[verdict(Outcome::Failed, 3)], Format::Markdown, Style::default());
        for part in [
            "## Plimsoll: failed\n",
            "**Next:** fix the errors above; run &#96;plimsoll explain root-container&#96; for the reason",
            "3 findings (3 high), 3 enforced",
            "[root-container](https://plimsoll.dev/checks/root-container)",
            "<code>release.json&#58;309</code><br>stage Deploy (2)<br>and 2 more like it",
        ] {
            assert!(shown.contains(part), "{part}\n{shown}");
        }
    }

    #[test]
    fn names_are_words_only() {
        let mut hostile = verdict(Outcome::Failed, 1);
        hostile.findings[0].message =
            "x | y\n# z @everyone #12 [a](https://b.example) <img src=x> `c` www.d.example".into();
        let shown = render(&[hostile], Format::Markdown, Style::default());
        let row = shown.lines().find(|line| line.contains("root-container](")).unwrap();
        assert_eq!(row.matches(" | ").count(), 3, "{row}");
        for bad in ["@everyone", " #12 ", "](https://b", "<img", "`c`", "www.d"] {
            assert!(!row.contains(bad), "{bad}: {row}");
        }
    }

    #[test]
    fn a_comment_has_a_limit() {
        let mut many = verdict(Outcome::Failed, 2_000);
        for (n, finding) in many.findings.iter_mut().enumerate() {
            // No two are alike: digits and quoted names would not count.
            let word: String = n.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
            finding.remedy = format!("{word} {}", "m".repeat(300)).into();
        }
        let shown = render(&[many], Format::Markdown, Style::default());
        assert!(shown.len() < 65_536, "{}", shown.len());
        assert!(shown.contains("more kinds of findings are not shown"));
    }
}
