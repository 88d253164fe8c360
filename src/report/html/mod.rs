//! One page for people: outcome and next step first, then each document with the graph of its stages and its findings.
//!
//! The page fetches nothing, and its policy of contents allows nothing but its own style and script. All texts are escaped. It stays below a
//! megabyte: the worst documents are shown in full, and the rest as lines of a table.

mod graph;
mod section;

use std::fmt::Write as _;
use std::io::{self, Write};

use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use crate::meta::{Mode, Severity};
use crate::report::Reporter;
use crate::report::common::{Level, counted, escaped};
use crate::report::digest::{Digest, Reason};
use crate::verdict::{CheckOutcome, CheckRecord, Outcome, Verdict};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The most bytes of all sections, so that the page stays below a megabyte.
const MOST_BYTES: usize = 800_000;
/// The most rows of the table of documents.
const MOST_ROWS: usize = 500;
/// The most rows of the tables of controls and reasons.
const MOST_REASONS: usize = 100;

/// Keeps the sections of the worst documents, and writes the page at the end.
pub struct HtmlReporter<W> {
    out: W,
    digest: Digest,
    sections: Vec<Section>,
    bytes: usize,
    controls: Vec<ControlRow>,
    left_out: usize,
}

/// The part of the page about one document.
struct Section {
    /// Larger is worse.
    weight: (Outcome, [usize; 5], usize),
    number: usize,
    html: String,
}

/// A control, and how the checks that serve it ended.
struct ControlRow {
    control: crate::meta::Control,
    checks: Vec<String>,
    failed: usize,
    open: usize,
    judged: usize,
}

impl<W: Write> HtmlReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out, digest: Digest::default(), sections: Vec::new(), bytes: 0, controls: Vec::new(), left_out: 0 }
    }

    /// Drops the least bad sections until the rest fits.
    fn shrink(&mut self) {
        self.sections.sort_by(|a, b| b.weight.cmp(&a.weight).then(a.number.cmp(&b.number)));
        while self.bytes > MOST_BYTES
            && self.sections.len() > 1
            && let Some(least) = self.sections.pop()
        {
            self.bytes -= least.html.len();
            self.left_out += 1;
        }
    }

    fn control(&mut self, check: &CheckRecord) {
        for control in &check.meta.controls {
            let at = self.controls.iter().position(|row| row.control == *control).unwrap_or_else(|| {
                let row = ControlRow { control: *control, checks: Vec::new(), failed: 0, open: 0, judged: 0 };
                self.controls.push(row);
                self.controls.len() - 1
            });
            let Some(row) = self.controls.get_mut(at) else { continue };
            if !row.checks.iter().any(|id| *id == check.meta.id) {
                row.checks.push(check.meta.id.to_string());
            }
            match check.outcome {
                CheckOutcome::Failed => row.failed += 1,
                CheckOutcome::Inconclusive | CheckOutcome::Skipped => row.open += 1,
                CheckOutcome::Passed | CheckOutcome::Warned => row.judged += 1,
                CheckOutcome::NotApplicable => {}
            }
        }
    }
}

impl<W: Write> Reporter for HtmlReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        self.digest.add(verdict);
        verdict.checks.iter().for_each(|check| self.control(check));
        let number = self.digest.documents;
        if verdict.outcome != Outcome::Passed || !verdict.findings.is_empty() || number == 1 {
            let html = section::of(verdict, number);
            self.bytes += html.len();
            let weight = (verdict.outcome, weight(verdict), verdict.findings.len());
            self.sections.push(Section { weight, number, html });
            if self.bytes > 2 * MOST_BYTES {
                self.shrink();
            }
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.digest.sort();
        self.shrink();
        self.controls.sort_by_key(|row| row.control);
        let mut page = head(&self.digest);
        filters(&mut page, &self.digest);
        documents(&mut page, &self.digest, self.left_out);
        self.out.write_all(page.as_bytes())?;
        for section in &self.sections {
            self.out.write_all(section.html.as_bytes())?;
        }
        let mut page = String::new();
        not_judged(&mut page, &self.digest);
        compliance(&mut page, &self.controls);
        let _ = write!(
            page,
            "</main>\n<footer><p class=\"soft\">Plimsoll {}</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION")
        );
        self.out.write_all(page.as_bytes())?;
        self.out.flush()
    }
}

/// The enforced findings of a verdict by severity, the worst first.
fn weight(verdict: &Verdict) -> [usize; 5] {
    let errors = || verdict.findings.iter().filter(|finding| Level::of(finding) == Level::Error);
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info]
        .map(|severity| errors().filter(|finding| finding.severity == severity).count())
}

/// What the policy of contents calls an inline style or script.
fn source(text: &str) -> String {
    format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn outcome(digest: &Digest) -> &'static str {
    match digest {
        Digest { failed: 1.., .. } => "failed",
        Digest { inconclusive: 1.., .. } | Digest { documents: 0, .. } => "inconclusive",
        Digest { canceled: 1.., .. } => "canceled",
        _ => "passed",
    }
}

fn head(digest: &Digest) -> String {
    let outcome = outcome(digest);
    let next = digest.red.first().map_or("nothing to do", |worst| worst.next.as_str());
    let next = next.replace("errors above", "errors below").replace("listed above", "listed below");
    let totals = [
        (digest.passed, "passed"),
        (digest.failed, "failed"),
        (digest.inconclusive, "inconclusive"),
        (digest.canceled, "canceled"),
    ];
    let totals: Vec<String> = totals.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let count: usize = digest.severities.values().sum();
    let severities = digest.severities.iter().rev().map(|(severity, n)| format!("{n} {}", severity.word()));
    let severities: Vec<String> = severities.collect();
    let severities = if count == 0 { String::new() } else { format!(" ({})", severities.join(", ")) };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>Plimsoll: {outcome}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<header>\n<h1>Plimsoll: <span class=\"{outcome}\">{outcome}</span></h1>\n<p class=\"next\"><strong>Next:</strong> {}</p>\n<p>{}: {}. {}{severities}, {} enforced.</p>\n</header>\n<main id=\"findings\">\n",
        source(STYLE),
        source(SCRIPT),
        escaped(&next),
        counted(digest.documents, "document"),
        totals.join(", "),
        counted(count, "finding"),
        digest.enforced
    )
}

/// The form that hides findings. Without scripts there is none, and everything is shown.
fn filters(page: &mut String, digest: &Digest) {
    if digest.severities.is_empty() {
        return;
    }
    page.push_str("<form id=\"filters\" class=\"filters\" hidden aria-label=\"Filter the findings\">\n");
    for severity in digest.severities.keys().rev() {
        let word = severity.word();
        let _ = writeln!(page, "<label><input type=\"checkbox\" value=\"{word}\" checked> {word}</label>");
    }
    for (level, word) in [(Level::Error, "errors"), (Level::Warning, "warnings"), (Level::Note, "notes")] {
        if digest.groups.iter().any(|group| group.level == level) {
            let value = level.word();
            let _ = writeln!(page, "<label><input type=\"checkbox\" value=\"{value}\" checked> {word}</label>");
        }
    }
    page.push_str(
        "<label>Search <input type=\"search\" autocomplete=\"off\"></label>\n<span id=\"shown\" role=\"status\"></span>\n</form>\n",
    );
}

fn documents(page: &mut String, digest: &Digest, left_out: usize) {
    if digest.documents < 2 {
        return;
    }
    page.push_str("<h2>Documents that did not pass</h2>\n");
    if digest.red.is_empty() {
        page.push_str("<p>None: all documents passed.</p>\n");
        return;
    }
    page.push_str("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Documents that did not pass\"><table>\n<thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\">File</th><th scope=\"col\">What</th><th scope=\"col\">Enforced findings</th></tr></thead>\n<tbody>\n");
    for document in digest.red.iter().take(MOST_ROWS) {
        let why = document.unjudged.clone().unwrap_or_else(|| document.counts());
        let word = document.outcome.word();
        let _ = writeln!(
            page,
            "<tr><td class=\"{word}\">{word}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            escaped(&document.file),
            escaped(&document.subject),
            escaped(&why)
        );
    }
    page.push_str("</tbody></table></div>\n");
    let more = digest.red.len().saturating_sub(MOST_ROWS);
    if more > 0 {
        let _ = writeln!(page, "<p>And {more} more.</p>");
    }
    if left_out > 0 {
        let _ = writeln!(
            page,
            "<p>{} without details below: the page would be too large.</p>",
            counted(left_out, "document")
        );
    }
}

/// What could not be judged, and why.
fn not_judged(page: &mut String, digest: &Digest) {
    let lists =
        [("inconclusive", &digest.open), ("skipped", &digest.skipped), ("not applicable", &digest.not_applicable)];
    if lists.iter().all(|(_, list)| list.is_empty()) {
        return;
    }
    page.push_str("<h2>What was not judged, and why</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"What was not judged\"><table>\n<thead><tr><th scope=\"col\">Outcome</th><th scope=\"col\">Checks</th><th scope=\"col\">Why</th><th scope=\"col\">Documents</th></tr></thead>\n<tbody>\n");
    let rows = lists.into_iter().flat_map(|(word, list)| list.iter().map(move |reason| (word, reason)));
    for (word, Reason { why, checks, mode, documents, .. }) in rows.take(MOST_REASONS) {
        let blocks = if word == "inconclusive" && *mode == Mode::Enforce { " (blocks)" } else { "" };
        let _ = writeln!(
            page,
            "<tr><td>{word}{blocks}</td><td>{}</td><td>{}</td><td>{documents}</td></tr>",
            escaped(&checks.join(", ")),
            escaped(why)
        );
    }
    page.push_str("</tbody></table></div>\n");
}

/// The controls that the checks serve, and how those ended.
fn compliance(page: &mut String, rows: &[ControlRow]) {
    if rows.is_empty() {
        return;
    }
    page.push_str("<h2>Compliance controls</h2>\n<details><summary>Controls, the checks that serve them, and how those ended</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Compliance controls\"><table>\n<thead><tr><th scope=\"col\">Control</th><th scope=\"col\">Requires</th><th scope=\"col\">Outcome</th><th scope=\"col\">Checks</th></tr></thead>\n<tbody>\n");
    for row in rows.iter().take(MOST_REASONS) {
        let (_, _, requires) = row.control.definition();
        let (word, class) = match row {
            ControlRow { failed: 1.., .. } => (format!("{} failed", counted(row.failed, "check")), "failed"),
            ControlRow { open: 1.., .. } => (format!("{} not judged", counted(row.open, "check")), "inconclusive"),
            ControlRow { judged: 1.., .. } => ("no enforced finding".to_owned(), "passed"),
            _ => ("did not apply".to_owned(), "soft"),
        };
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{requires}</td><td class=\"{class}\">{word}</td><td>{}</td></tr>",
            row.control,
            escaped(&row.checks.join(", "))
        );
    }
    page.push_str("</tbody></table></div>\n</details>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::verdict;
    use crate::report::{Format, Style, render};
    use crate::verdict::{StageRecord, Where};

    fn with_stages(count: usize) -> Verdict {
        let mut one = verdict(Outcome::Failed, 2);
        one.stages = (0..count)
            .map(|n| StageRecord {
                ref_id: n.to_string(),
                name: format!("Stage {n}"),
                kind: "deployManifest".into(),
                status: None,
                is_gate: n == 0,
                is_canary: n == 1,
                place: (n > 1).then_some(Where::Production),
                waits_for: n.checked_sub(1).into_iter().collect(),
                is_synthetic: false,
            })
            .collect();
        one.findings[0].stage_index = Some(1);
        one
    }

    #[test]
    fn outcome_and_next_step_come_first_and_a_stage_leads_to_its_finding() {
        let page = render(&[with_stages(3)], Format::Html, Style::default());
        let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}"));
        assert!(at("<span class=\"failed\">failed</span>") < at("<strong>Next:</strong>"));
        assert!(at("<strong>Next:</strong>") < at("<svg") && at("<svg") < at("id=\"d1-s1\""));
        assert!(page.contains("href=\"#d1-s1\""));
    }

    #[test]
    fn the_page_fetches_nothing_and_allows_only_its_own_script() {
        let page = render(&[with_stages(3)], Format::Html, Style::default());
        assert!(page.contains(&format!("style-src {}; script-src {}", source(STYLE), source(SCRIPT))));
        for bad in [" src=", "url(", "@import", " style=", "onclick", "<link"] {
            assert!(!page.contains(bad), "{bad}");
        }
    }

    #[test]
    fn names_cannot_become_markup() {
        let mut one = with_stages(2);
        let hostile = "</script><img src=x onerror=alert(1)>\"' x";
        one.findings[0].message = hostile.into();
        one.findings[0].remedy = hostile.into();
        one.findings[0].pointer = hostile.into();
        one.stages[1].name = hostile.into();
        one.stages[1].status = Some(hostile.into());
        one.subject.file = Some(hostile.into());
        one.subject.application = Some(hostile.into());
        one.unjudged = Some(hostile.into());
        let page = render(&[one.clone(), one], Format::Html, Style::default());
        assert!(!page.contains("<img") && page.matches("</script>").count() == 1, "{page}");
    }

    #[test]
    fn many_documents_stay_below_a_megabyte() {
        let mut one = with_stages(100);
        one.findings = vec![one.findings[0].clone(); 500];
        let many: Vec<Verdict> = std::iter::repeat_n(one, 40).collect();
        let page = render(&many, Format::Html, Style::default());
        assert!(page.len() < 1_000_000, "{}", page.len());
        assert!(page.contains("without details below"));
    }
}
