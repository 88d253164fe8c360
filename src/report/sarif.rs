//! SARIF 2.1.0, for code scanning: one rule per check, one result per finding.
//!
//! Results are written as they arrive; the rules follow at the end, since an object of JSON has no order. Code scanning of GitHub
//! refuses a run of more than 25,000 results and a rule with more than 20 tags, and cuts descriptions after 1024 characters.

use std::io::{self, Write};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::base::sanitize::sanitize;
use crate::meta::{Meta, Mode, Severity};
use crate::report::Reporter;
use crate::report::common::{LONGEST, Level, file, page, path, shown_waiver, subject};
use crate::verdict::{CheckOutcome, CheckRecord, FindingRecord, Verdict};

/// The most results of one run. Warnings and notes stop earlier, so that errors always have room.
const MOST_RESULTS: usize = 25_000;
const MOST_WARNINGS: usize = 20_000;
/// The most notifications, of which each tells what could not be judged.
const MOST_NOTIFICATIONS: usize = 1_000;
/// The most characters of a description.
const LONGEST_DESCRIPTION: usize = 1_000;
/// The most tags of a rule.
const MOST_TAGS: usize = 10;

/// The rule of documents that were not judged: no check reports them, and they must not look clean.
const NOT_JUDGED: &str = "document-not-judged";

/// Writes results as they arrive, and rules and notifications at the end.
pub struct SarifReporter<W> {
    out: W,
    rules: Vec<(Arc<Meta>, Severity)>,
    results: usize,
    left_out: usize,
    notifications: Vec<Value>,
    is_complete: bool,
}

impl<W: Write> SarifReporter<W> {
    /// A reporter to `out`.
    pub fn new(out: W) -> Self {
        Self { out, rules: Vec::new(), results: 0, left_out: 0, notifications: Vec::new(), is_complete: true }
    }

    fn result(&mut self, level: Level, result: &Value) -> io::Result<()> {
        let most = if level == Level::Error { MOST_RESULTS } else { MOST_WARNINGS };
        if self.results >= most {
            self.left_out += 1;
            return Ok(());
        }
        self.out.write_all(if self.results == 0 { b"\n" } else { b",\n" })?;
        self.results += 1;
        serde_json::to_writer(&mut self.out, result)?;
        Ok(())
    }

    fn notify(&mut self, notification: Value) {
        if self.notifications.len() < MOST_NOTIFICATIONS {
            self.notifications.push(notification);
        }
    }
}

impl<W: Write> Reporter for SarifReporter<W> {
    fn begin(&mut self) -> io::Result<()> {
        let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
        write!(self.out, "{{\"$schema\": \"{schema}\", \"version\": \"2.1.0\", \"runs\": [{{\"results\": [")
    }

    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()> {
        if self.rules.is_empty() {
            self.rules = verdict.checks.iter().map(|check| (Arc::clone(&check.meta), check.severity)).collect();
        }
        if let Some(why) = &verdict.unjudged {
            self.is_complete = false;
            let message = format!("{} was not judged: {}", subject(verdict), sanitize(why, LONGEST));
            self.result(Level::Error, &not_judged(verdict, &message))?;
            self.notify(notification("error", &message, None, verdict));
        }
        for finding in &verdict.findings {
            let rule = self.rules.iter().position(|(meta, _)| meta.id == finding.meta.id);
            self.result(Level::of(finding), &result(finding, rule, verdict))?;
        }
        let is_open = |check: &&CheckRecord| check.outcome == CheckOutcome::Inconclusive && verdict.unjudged.is_none();
        for check in verdict.checks.iter().filter(is_open) {
            let level = if check.mode == Mode::Enforce { "error" } else { "warning" };
            let reason = check.reason.as_deref().unwrap_or("no reason was given");
            let message = format!("{} is inconclusive: {}", check.meta.id, sanitize(reason, LONGEST));
            self.notify(notification(level, &message, Some(&check.meta.id), verdict));
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if self.left_out > 0 {
            let message = format!(
                "{} findings were left out: code scanning takes {MOST_RESULTS} results; use the format json for all of them",
                self.left_out
            );
            self.notifications.push(json!({"level": "warning", "message": {"text": message}}));
        }
        let mut rules: Vec<Value> = self.rules.iter().map(|(meta, severity)| rule(meta, *severity)).collect();
        rules.push(json!({
            "id": NOT_JUDGED,
            "name": "DocumentNotJudged",
            "shortDescription": {"text": "A document could not be judged"},
            "fullDescription": {"text": "The document could not be read or is not recognised. It did not pass."},
            "help": {"text": "Correct the document, or leave it out. It did not pass."},
            "defaultConfiguration": {"level": "error"},
            "properties": {"security-severity": "8.0", "precision": "very-high", "tags": ["security"]}
        }));
        let driver = json!({
            "name": "plimsoll",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "informationUri": "https://plimsoll.dev",
            "rules": rules
        });
        let invocation = json!({
            "executionSuccessful": self.is_complete,
            "toolExecutionNotifications": self.notifications
        });
        self.out.write_all(b"], \"columnKind\": \"unicodeCodePoints\", \"tool\": {\"driver\": ")?;
        serde_json::to_writer(&mut self.out, &driver)?;
        self.out.write_all(b"}, \"invocations\": [")?;
        serde_json::to_writer(&mut self.out, &invocation)?;
        self.out.write_all(b"]}]}\n")?;
        self.out.flush()
    }
}

/// The rule of a check.
fn rule(meta: &Meta, severity: Severity) -> Value {
    let (level, score) = match severity {
        Severity::Critical => ("error", "9.5"),
        Severity::High => ("error", "8.0"),
        Severity::Medium => ("warning", "5.5"),
        Severity::Low => ("warning", "3.0"),
        Severity::Info => ("note", "0.5"),
    };
    let controls = meta.controls.iter().map(ToString::to_string);
    let tags: Vec<String> =
        ["security".to_owned(), meta.family.word().to_owned()].into_iter().chain(controls).collect();
    let page_text = meta.explanation.trim();
    json!({
        "id": meta.id,
        "name": pascal_case(&meta.id),
        "shortDescription": {"text": cut(&meta.summary)},
        "fullDescription": {"text": cut(&first_paragraph(page_text).unwrap_or_else(|| meta.summary.to_string()))},
        "helpUri": page(meta),
        "help": {"text": page_text, "markdown": page_text},
        "defaultConfiguration": {"level": level},
        "properties": {
            "security-severity": score,
            "precision": "high",
            "problem.severity": if level == "note" { "recommendation" } else { level },
            "tags": tags.iter().take(MOST_TAGS).collect::<Vec<_>>()
        }
    })
}

fn result(finding: &FindingRecord, rule: Option<usize>, verdict: &Verdict) -> Value {
    let text = format!("{}. {}.", capital(&finding.message), capital(&finding.remedy));
    let mut result = json!({
        "ruleId": finding.meta.id,
        "level": Level::of(finding).word(),
        "message": {"text": sanitize(&text, LONGEST_DESCRIPTION)},
        "locations": [location(verdict, finding.line, finding.column, &finding.pointer)],
        "partialFingerprints": {
            "plimsoll/v1": finding.fingerprint,
            // The only one that GitHub reads.
            "primaryLocationLineHash": format!("{}:1", finding.fingerprint)
        },
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "mode": finding.mode
        }
    });
    let Some(object) = result.as_object_mut() else { return result };
    if let Some(rule) = rule {
        object.insert("ruleIndex".into(), rule.into());
    }
    if let Some(waiver) = &finding.waiver {
        let justification = sanitize(&shown_waiver(waiver), LONGEST_DESCRIPTION);
        let suppression = json!({"kind": "external", "status": "accepted", "justification": justification});
        object.insert("suppressions".into(), json!([suppression]));
    }
    result
}

fn not_judged(verdict: &Verdict, message: &str) -> Value {
    let hash = crate::verdict::sha256(format!("{NOT_JUDGED}\0{}", file(verdict)).as_bytes());
    json!({
        "ruleId": NOT_JUDGED,
        "level": "error",
        "message": {"text": message},
        "locations": [location(verdict, None, None, "")],
        "partialFingerprints": {"plimsoll/v1": hash, "primaryLocationLineHash": format!("{hash}:1")}
    })
}

fn location(verdict: &Verdict, line: Option<usize>, column: Option<usize>, pointer: &str) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&path(verdict))}});
    // A result without a region is shown nowhere: what has no line is on the first.
    let mut region = Map::from_iter([("startLine".to_owned(), line.unwrap_or(1).into())]);
    if let Some(column) = column {
        region.insert("startColumn".into(), column.into());
    }
    if let Some(physical) = physical.as_object_mut() {
        physical.insert("region".into(), region.into());
    }
    let name = if pointer.is_empty() { "/".to_owned() } else { sanitize(pointer, LONGEST) };
    json!({"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": name, "kind": "member"}]})
}

fn notification(level: &str, message: &str, rule: Option<&str>, verdict: &Verdict) -> Value {
    let mut notification = json!({
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(&path(verdict))}}}]
    });
    if let (Some(rule), Some(object)) = (rule, notification.as_object_mut()) {
        object.insert("associatedRule".into(), json!({"id": rule}));
    }
    notification
}

/// A path as a reference of a URI: everything that has a meaning there is percent-encoded.
fn uri(path: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    let encoded = utf8_percent_encode(path, PATH).to_string();
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded }
}

fn cut(text: &str) -> String {
    sanitize(text, LONGEST_DESCRIPTION)
}

/// The first paragraph of a page, without its heading.
fn first_paragraph(page: &str) -> Option<String> {
    let lines = page.lines().map(str::trim);
    let mut lines =
        lines.skip_while(|line| line.is_empty() || line.starts_with('#')).take_while(|line| !line.is_empty());
    let first = lines.next()?.to_owned();
    Some(lines.fold(first, |text, line| format!("{text} {line}")))
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn pascal_case(id: &str) -> String {
    id.split('-').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Format, Style, render, testing};
    use crate::verdict::{Outcome, WaiverRecord};

    fn sarif(verdicts: &[Verdict]) -> Value {
        serde_json::from_str(&render(verdicts, Format::Sarif, Style::default())).unwrap()
    }

    #[test]
    fn a_finding_is_a_result_of_its_rule() {
        let run = sarif(&[testing::verdict(Outcome::Failed, 1)])["runs"][0].clone();
        let result = &run["results"][0];
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!((&rule["id"], &result["ruleId"]), (&json!("root-container"), &json!("root-container")));
        assert_eq!(rule["helpUri"], "https://plimsoll.dev/checks/root-container");
        assert_eq!(result["level"], "error");
        assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"], "ab:1");
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["region"], json!({"startLine": 309, "startColumn": 4}));
        assert_eq!(physical["artifactLocation"]["uri"], "release.json");
        assert!(result.get("suppressions").is_none());
    }

    #[test]
    fn a_waived_finding_is_suppressed() {
        let mut verdict = testing::verdict(Outcome::Passed, 1);
        let waiver = WaiverRecord {
            from: "waivers[0]".into(),
            owner: Some("a@b.c".into()),
            reason: "until the move".into(),
            ticket: None,
            expires: Some("2027-01-01".into()),
        };
        verdict.findings[0].waiver = Some(waiver);
        let result = sarif(&[verdict])["runs"][0]["results"][0].clone();
        assert_eq!(result["level"], "note");
        assert_eq!(result["suppressions"][0]["kind"], "external");
        assert!(result["suppressions"][0]["justification"].as_str().unwrap().contains("until the move"));
    }

    #[test]
    fn what_was_not_judged_is_a_result_and_a_notification() {
        let mut verdict = testing::verdict(Outcome::Inconclusive, 0);
        verdict.unjudged = Some("not JSON".into());
        let run = sarif(&[verdict])["runs"][0].clone();
        assert_eq!(run["results"][0]["ruleId"], NOT_JUDGED);
        assert_eq!(run["invocations"][0]["executionSuccessful"], false);
        assert_eq!(run["invocations"][0]["toolExecutionNotifications"][0]["level"], "error");
    }

    #[test]
    fn a_run_holds_what_code_scanning_takes() {
        let mut verdict = testing::verdict(Outcome::Failed, 30_000);
        for finding in verdict.findings.iter_mut().take(25_000) {
            finding.mode = Mode::Warn;
        }
        let run = sarif(&[verdict])["runs"][0].clone();
        let results = run["results"].as_array().unwrap();
        assert_eq!(results.len(), MOST_RESULTS);
        assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 5_000);
        let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        assert!(notifications[0]["message"]["text"].as_str().unwrap().starts_with("5000 findings were left out"));
    }

    #[test]
    fn paths_are_references_of_uris() {
        assert_eq!(uri("a b/c#d%.json"), "a%20b/c%23d%25.json");
        assert_eq!(uri("/tmp/ü"), "file:///tmp/%C3%BC");
    }
}
