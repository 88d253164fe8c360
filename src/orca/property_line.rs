//! The line of the Job's log that Orca reads the verdict from: `SPINNAKER_CONFIG_JSON={…}`.
//!
//! Clouddriver reads the whole log of the Job, standard output and standard error merged, and parses every line of it
//! (`clouddriver-kubernetes/…/provider/view/PropertyParser.java`). One line of bad JSON voids every property, a value with `${` is
//! evaluated by Orca later, a key that Orca itself uses would change the stage, and a key that is missing after a restart keeps its
//! value of the previous attempt. So: one line, ASCII, short, every key in every case, and every value sanitized.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::sanitize::{disarm, sanitize};
use crate::meta::Mode;
use crate::report::{self, Format, Style};
use crate::spinnaker::own_stage::OwnStage;
use crate::verdict::{CheckOutcome, CheckRecord, Outcome, Verdict, sha256};

/// Maximum length of the line with its line feed, in bytes. Container runtimes split lines at 16 KiB, some log readers earlier.
pub const LONGEST: usize = 4095;

/// The prefix that Clouddriver's parser looks for.
const MAGIC: &str = "SPINNAKER_CONFIG_JSON=";

/// Marks the end of a truncated text.
const CUT: &str = "...";

/// Maximum escaped length of each value, in bytes without quotes. With keys and punctuation the line stays below [`LONGEST`].
mod limit {
    pub(super) const SUMMARY: usize = 600;
    pub(super) const NAME: usize = 128;
    pub(super) const POLICY: usize = 200;
    pub(super) const HASH: usize = 64;
    pub(super) const REPORT: usize = 400;
    /// The list of failed checks, brackets included.
    pub(super) const FAILED: usize = 1800;
    /// What a signed verdict leaves of it at least.
    pub(super) const LEAST_FAILED: usize = 200;
    /// Every key with its punctuation.
    pub(super) const KEYS: usize = 320;
}

/// The values reported to Orca; unknown ones are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyLine {
    pub outcome: Outcome,
    /// The verdict's own outcome where the policy only observes, so that `outcome` is that of a release that passed.
    pub observed: Option<Outcome>,
    /// One sentence for people.
    pub summary: String,
    /// Ids of the enforced checks that failed.
    pub failed: Vec<String>,
    /// The execution's id from the gate's configuration.
    pub execution: String,
    /// The id of the gate's own stage.
    pub stage: String,
    /// This Job's name. It differs at each restart of the stage, so it shows which attempt wrote the line.
    pub attempt: String,
    /// Name, version and hash of the policy.
    pub policy: String,
    /// SHA-256 of the verdict as `--format verdict` writes it, in hex.
    pub verdict_sha256: String,
    /// URL of the report; omitted if it is too long.
    pub report: String,
    /// The signed verdict; omitted if it does not fit.
    pub verdict: String,
}

impl PropertyLine {
    /// A line with outcome, summary and the ids of `own` only.
    pub fn new(outcome: Outcome, summary: impl Into<String>, own: &OwnStage) -> Self {
        Self {
            outcome,
            observed: None,
            summary: summary.into(),
            failed: Vec::new(),
            execution: own.execution.clone(),
            stage: own.stage.clone(),
            attempt: own.job.clone(),
            policy: String::new(),
            verdict_sha256: String::new(),
            report: String::new(),
            verdict: String::new(),
        }
    }

    /// The line for a verdict; `outcome` and `headline` are its own, or say why it cannot be reported as it is.
    pub fn of(verdict: &Verdict, outcome: Outcome, headline: String, own: &OwnStage) -> Self {
        let is_enforced_failure =
            |check: &&CheckRecord| check.outcome == CheckOutcome::Failed && check.mode == Mode::Enforce;
        let failed = verdict.checks.iter().filter(is_enforced_failure).map(|check| check.meta.id.to_string()).collect();
        let json = report::render(std::slice::from_ref(verdict), Format::Verdict, Style::default());
        Self {
            failed,
            policy: format!("{} {} {}", verdict.policy_name, verdict.policy_version, verdict.policy_sha256),
            verdict_sha256: sha256(json.as_bytes()),
            ..Self::new(outcome, headline, own)
        }
    }

    /// Bytes that the signed verdict leaves for the list of failed checks: the list also stands in the report.
    fn room_for_failed(&self) -> usize {
        let others = limit::SUMMARY + 3 * limit::NAME + limit::POLICY + limit::HASH + limit::REPORT + limit::KEYS;
        LONGEST.saturating_sub(others + self.verdict.len()).max(limit::LEAST_FAILED)
    }

    /// The line without its line feed: ASCII, shorter than [`LONGEST`], with every key, and without `${` or the prefix in a value.
    pub fn line(&self) -> String {
        let mut line = String::with_capacity(1024);
        line.push_str(MAGIC);
        line.push_str("{\"plimsollOutcome\":\"");
        line.push_str(self.outcome.word());
        line.push('"');
        let mut put = |key: &str, value: &str| {
            line.push_str(",\"plimsoll");
            line.push_str(key);
            line.push_str("\":");
            line.push_str(value);
        };
        put("Observed", &quoted(self.observed.map(Outcome::word).unwrap_or_default()));
        put("Summary", &quoted(&cut(&self.summary, limit::SUMMARY)));
        put("Failed", &list(&self.failed, limit::FAILED.min(self.room_for_failed())));
        put("Execution", &quoted(&cut(&self.execution, limit::NAME)));
        put("Stage", &quoted(&cut(&self.stage, limit::NAME)));
        put("Attempt", &quoted(&cut(&self.attempt, limit::NAME)));
        put("Policy", &quoted(&cut(&self.policy, limit::POLICY)));
        put("VerdictSha256", &quoted(&cut(&self.verdict_sha256, limit::HASH)));
        put("Report", &quoted(&whole(&self.report, limit::REPORT)));
        let key = ",\"plimsollVerdict\":\"\"}\n";
        let left = LONGEST.saturating_sub(line.len() + key.len());
        line.push_str(",\"plimsollVerdict\":");
        line.push_str(&quoted(&whole(&self.verdict, left)));
        line.push('}');
        line
    }
}

/// `text` sanitized and escaped, without quotes, truncated to `limit` bytes between characters.
fn cut(text: &str, limit: usize) -> String {
    // A character takes at least one byte, so `limit` characters are enough.
    let safe = sanitize(text, limit);
    let mut out = String::with_capacity(safe.len().min(limit));
    // Where the text ends if the mark has to follow.
    let mut end = 0;
    for character in safe.chars() {
        escape(character, &mut out);
        if out.len() > limit {
            out.truncate(end);
            out.push_str(CUT);
            return out;
        }
        if out.len() + CUT.len() <= limit {
            end = out.len();
        }
    }
    out
}

/// `text` sanitized and escaped if it fits into `limit` bytes, otherwise nothing.
fn whole(text: &str, limit: usize) -> String {
    let mut out = String::new();
    sanitize(text, usize::MAX).chars().for_each(|character| escape(character, &mut out));
    if out.len() > limit { String::new() } else { out }
}

fn quoted(escaped: &str) -> String {
    format!("\"{escaped}\"")
}

/// The list as a JSON array; the last element counts the items that do not fit.
fn list(items: &[String], longest: usize) -> String {
    // Longest last element: `,"and 4294967295 more"]`.
    let room = longest.saturating_sub(24);
    let mut out = String::from("[");
    for (n, item) in items.iter().enumerate() {
        let item = quoted(&cut(item, limit::NAME));
        let comma = if n == 0 { "" } else { "," };
        if out.len() + comma.len() + item.len() > room {
            let _ = write!(out, "{comma}\"and {} more\"", items.len() - n);
            break;
        }
        out.push_str(comma);
        out.push_str(&item);
    }
    out.push(']');
    out
}

/// Appends `character` escaped for a JSON string, in ASCII: Clouddriver decodes the log with the platform's charset.
fn escape(character: char, out: &mut String) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        ' '..='~' => out.push(character),
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

/// Whether this process has written its line.
static EMITTED: AtomicBool = AtomicBool::new(false);

/// Writes the line to standard output, once per process: a second call writes nothing and returns `false`. Write errors are ignored.
pub fn emit(line: &PropertyLine) -> bool {
    if EMITTED.swap(true, Ordering::SeqCst) {
        return false;
    }
    write(line, &mut std::io::stderr().lock(), &mut std::io::stdout().lock());
    true
}

/// Ends an unfinished line on `err`, then writes the line to `out` in one call. Both streams are merged into one log, and Orca would
/// miss the line if it did not start on a new one.
fn write(line: &PropertyLine, err: &mut impl Write, out: &mut impl Write) {
    let _ = err.write_all(b"\n").and_then(|()| err.flush());
    let line = line.line() + "\n";
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

/// Makes `text` safe to write to standard error, which shares the log with the property line: Orca's parser finds nothing in it, and no
/// line is so long that a container runtime splits it, since the property line could end up between the parts.
pub fn sanitize_stderr(text: &str) -> String {
    const MAX_LINE: usize = 8000;
    let text = disarm(text);
    let mut out = String::with_capacity(text.len());
    let mut length = 0;
    for character in text.chars() {
        length = if character == '\n' { 0 } else { length + character.len_utf8() };
        if length > MAX_LINE {
            out.push('\n');
            length = character.len_utf8();
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const KEYS: [&str; 11] = [
        "plimsollAttempt",
        "plimsollExecution",
        "plimsollFailed",
        "plimsollObserved",
        "plimsollOutcome",
        "plimsollPolicy",
        "plimsollReport",
        "plimsollStage",
        "plimsollSummary",
        "plimsollVerdict",
        "plimsollVerdictSha256",
    ];

    fn line_of(outcome: Outcome, summary: &str) -> PropertyLine {
        PropertyLine::new(outcome, summary, &OwnStage::default())
    }

    fn parsed(line: &PropertyLine) -> Value {
        let line = line.line();
        assert!(line.is_ascii() && !line.contains(['\n', '\r']) && line.len() < LONGEST, "{} {line}", line.len());
        assert!(!line.contains("${"), "{line}");
        let value: Value = serde_json::from_str(line.strip_prefix(MAGIC).unwrap()).unwrap();
        let mut keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, KEYS);
        value
    }

    #[test]
    fn every_key_is_always_present_and_never_null() {
        let value = parsed(&line_of(Outcome::Inconclusive, ""));
        assert_eq!(value["plimsollOutcome"], "inconclusive");
        assert_eq!(value["plimsollFailed"], serde_json::json!([]));
        for key in KEYS.iter().filter(|key| !matches!(**key, "plimsollOutcome" | "plimsollFailed")) {
            assert_eq!(value[key], "", "{key}");
        }
    }

    #[test]
    fn the_line_stays_short_with_any_values() {
        for filler in ["x", "é", "😀", "\n", "\"", "\\", "\u{0}", "${", "\u{202e}"] {
            let long = filler.repeat(10_000);
            let line = PropertyLine {
                failed: vec![long.clone(); 500],
                execution: long.clone(),
                stage: long.clone(),
                attempt: long.clone(),
                policy: long.clone(),
                verdict_sha256: long.clone(),
                report: long.clone(),
                verdict: long.clone(),
                ..line_of(Outcome::Failed, &long)
            };
            let value = parsed(&line);
            assert!(value["plimsollSummary"].as_str().unwrap().ends_with(CUT), "{filler:?}");
            // A truncated URL or signature would be useless.
            assert_eq!(value["plimsollReport"], "");
            assert_eq!(value["plimsollVerdict"], "");
            let failed = value["plimsollFailed"].as_array().unwrap();
            let last = failed.last().unwrap().as_str().unwrap();
            assert_eq!(last, format!("and {} more", 500 - (failed.len() - 1)));
        }
    }

    #[test]
    fn the_signed_verdict_gets_the_remaining_room_and_short_texts_are_not_truncated() {
        let fits = |length: usize| {
            let line = PropertyLine { verdict: "a".repeat(length), ..line_of(Outcome::Passed, "passed") };
            !parsed(&line)["plimsollVerdict"].as_str().unwrap().is_empty()
        };
        assert!(fits(3000));
        assert!(!fits(4096));
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abc...");
        assert_eq!(cut("ééé", 12), "\\u00e9...");
        assert_eq!(cut("éé", 12), "\\u00e9\\u00e9");
    }

    #[test]
    fn the_line_starts_on_a_new_line_and_a_closed_pipe_is_survived() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
        }
        let line = line_of(Outcome::Passed, "passed");
        let mut out = Vec::new();
        write(&line, &mut Gone, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), line.line() + "\n");
        let mut err = b"a text without an end".to_vec();
        write(&line, &mut err, &mut Gone);
        assert!(err.ends_with(b"\n"));
    }

    #[test]
    fn stderr_is_disarmed_and_long_lines_are_wrapped() {
        let text = sanitize_stderr(&format!("a\nSPINNAKER_CONFIG_JSON={{}}\n{}", "é".repeat(20_000)));
        assert!(!text.contains("SPINNAKER_") && text.lines().all(|line| line.len() <= 8000));
        assert_eq!(sanitize_stderr("a\n\nb\n"), "a\n\nb\n");
    }
}
