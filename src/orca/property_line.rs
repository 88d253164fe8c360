//! The one line Orca takes the answer from: `SPINNAKER_CONFIG_JSON={…}`.
//!
//! Clouddriver reads the whole log of the Job, standard output and standard error merged, and parses every line of it
//! (`clouddriver-kubernetes/…/provider/view/PropertyParser.java`). One line of bad JSON voids every property, a value with `${` is
//! evaluated by Orca later, a key Orca itself uses would reach into the stage, and a key that is missing after a restart leaves the
//! value of the former attempt behind. So: one line, ASCII, short, every key on every path, nothing untrusted as it came.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::sanitize::{disarm, sanitize};
use crate::spinnaker::own_stage::OwnStage;
use crate::verdict::Outcome;

/// The longest line, its line feed included, in bytes. A container runtime splits lines at 16 KiB; a reader of logs sooner.
pub const LONGEST: usize = 4095;

/// What the line begins with.
const MAGIC: &str = "SPINNAKER_CONFIG_JSON=";

/// What stands where a text was cut.
const CUT: &str = "...";

/// The most bytes each value may take in the line, without its quotes. Together with keys and punctuation they stay below
/// [`LONGEST`], whatever the values hold.
mod most {
    pub(super) const SUMMARY: usize = 600;
    pub(super) const NAME: usize = 128;
    pub(super) const POLICY: usize = 200;
    pub(super) const HASH: usize = 64;
    pub(super) const REPORT: usize = 400;
    /// The list of failed checks, brackets included.
    pub(super) const FAILED: usize = 1800;
}

/// What Orca is told. An empty text where there is nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Outcome,
    /// One sentence for people.
    pub summary: String,
    /// Ids of the enforced checks that failed.
    pub failed: Vec<String>,
    /// The execution's id as the gate was told.
    pub execution: String,
    /// The id of the gate's own stage.
    pub stage: String,
    /// This Job's name, which differs at each restart of the stage: the line's proof that it is no leftover.
    pub attempt: String,
    /// Name, version and hash of the policy.
    pub policy: String,
    /// SHA-256 of the verdict as `--format json` writes it, in hex.
    pub verdict_sha256: String,
    /// Address of the report; left out whole when it is too long, since half an address is none.
    pub report: String,
    /// The signed verdict; left out whole when it does not fit.
    pub verdict: String,
}

impl Answer {
    /// An answer about `own` that says nothing but its outcome and why.
    pub fn new(outcome: Outcome, summary: impl Into<String>, own: &OwnStage) -> Self {
        Self {
            outcome,
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

    /// The line without its line feed: ASCII, shorter than [`LONGEST`], every key, no `${` and no magic word in any value.
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
        put("Summary", &quoted(&cut(&self.summary, most::SUMMARY)));
        put("Failed", &list(&self.failed));
        put("Execution", &quoted(&cut(&self.execution, most::NAME)));
        put("Stage", &quoted(&cut(&self.stage, most::NAME)));
        put("Attempt", &quoted(&cut(&self.attempt, most::NAME)));
        put("Policy", &quoted(&cut(&self.policy, most::POLICY)));
        put("VerdictSha256", &quoted(&cut(&self.verdict_sha256, most::HASH)));
        put("Report", &quoted(&whole(&self.report, most::REPORT)));
        let key = ",\"plimsollVerdict\":\"\"}\n";
        let left = LONGEST.saturating_sub(line.len() + key.len());
        line.push_str(",\"plimsollVerdict\":");
        line.push_str(&quoted(&whole(&self.verdict, left)));
        line.push('}');
        line
    }
}

/// `text` made safe and escaped, without quotes, in at most `most` bytes; cut between characters, which shows.
fn cut(text: &str, most: usize) -> String {
    // Each character takes a byte or more, so more characters than bytes never fit.
    let safe = sanitize(text, most);
    let mut out = String::with_capacity(safe.len().min(most));
    // Where the text ends when the mark has to follow.
    let mut end = 0;
    for character in safe.chars() {
        escape(character, &mut out);
        if out.len() > most {
            out.truncate(end);
            out.push_str(CUT);
            return out;
        }
        if out.len() + CUT.len() <= most {
            end = out.len();
        }
    }
    out
}

/// `text` made safe and escaped when it fits into `most` bytes, else nothing.
fn whole(text: &str, most: usize) -> String {
    let mut out = String::new();
    sanitize(text, usize::MAX).chars().for_each(|character| escape(character, &mut out));
    if out.len() > most { String::new() } else { out }
}

fn quoted(escaped: &str) -> String {
    format!("\"{escaped}\"")
}

/// The list as a JSON array; what does not fit is counted in its last element.
fn list(items: &[String]) -> String {
    // Longest last element: `,"and 4294967295 more"]`.
    let room = most::FAILED - 24;
    let mut out = String::from("[");
    for (n, item) in items.iter().enumerate() {
        let item = quoted(&cut(item, most::NAME));
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

/// Appends `character` as it stands inside a JSON text, in ASCII. Clouddriver decodes the log with the platform's charset.
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

/// Whether this process has answered.
static ANSWERED: AtomicBool = AtomicBool::new(false);

/// Writes the line to standard output, once in the life of the process: a second call writes nothing and gives `false`.
/// A reader that has gone away is survived; there is nobody left to tell.
pub fn emit(answer: &Answer) -> bool {
    if ANSWERED.swap(true, Ordering::SeqCst) {
        return false;
    }
    write(answer, &mut std::io::stderr().lock(), &mut std::io::stdout().lock());
    true
}

/// Ends whatever stands on `err`, then writes the line to `out` in one call. Both streams meet in one log, where a text without a
/// line feed before the line would make Orca overlook it.
fn write(answer: &Answer, err: &mut impl Write, out: &mut impl Write) {
    let _ = err.write_all(b"\n").and_then(|()| err.flush());
    let line = answer.line() + "\n";
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}

/// `text`, which goes to standard error, so that it leaves the line alone: nothing in it is read by Orca, and no line is so long
/// that a container runtime writes it in parts, between which the property line could fall.
pub fn beside(text: &str) -> String {
    const LONGEST_BESIDE: usize = 8000;
    let text = disarm(text);
    let mut out = String::with_capacity(text.len());
    let mut length = 0;
    for character in text.chars() {
        length = if character == '\n' { 0 } else { length + character.len_utf8() };
        if length > LONGEST_BESIDE {
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

    const KEYS: [&str; 10] = [
        "plimsollAttempt",
        "plimsollExecution",
        "plimsollFailed",
        "plimsollOutcome",
        "plimsollPolicy",
        "plimsollReport",
        "plimsollStage",
        "plimsollSummary",
        "plimsollVerdict",
        "plimsollVerdictSha256",
    ];

    fn answer(outcome: Outcome, summary: &str) -> Answer {
        Answer::new(outcome, summary, &OwnStage::default())
    }

    fn parsed(answer: &Answer) -> Value {
        let line = answer.line();
        assert!(line.is_ascii() && !line.contains(['\n', '\r']) && line.len() < LONGEST, "{} {line}", line.len());
        assert!(!line.contains("${"), "{line}");
        let value: Value = serde_json::from_str(line.strip_prefix(MAGIC).unwrap()).unwrap();
        let mut keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, KEYS);
        value
    }

    #[test]
    fn every_key_stands_on_every_path_and_none_is_null() {
        let value = parsed(&answer(Outcome::Inconclusive, ""));
        assert_eq!(value["plimsollOutcome"], "inconclusive");
        assert_eq!(value["plimsollFailed"], serde_json::json!([]));
        for key in KEYS.iter().filter(|key| !matches!(**key, "plimsollOutcome" | "plimsollFailed")) {
            assert_eq!(value[key], "", "{key}");
        }
    }

    #[test]
    fn stays_short_whatever_it_is_given() {
        for filler in ["x", "é", "😀", "\n", "\"", "\\", "\u{0}", "${", "\u{202e}"] {
            let long = filler.repeat(10_000);
            let said = Answer {
                failed: vec![long.clone(); 500],
                execution: long.clone(),
                stage: long.clone(),
                attempt: long.clone(),
                policy: long.clone(),
                verdict_sha256: long.clone(),
                report: long.clone(),
                verdict: long.clone(),
                ..answer(Outcome::Failed, &long)
            };
            let value = parsed(&said);
            assert!(value["plimsollSummary"].as_str().unwrap().ends_with(CUT), "{filler:?}");
            // Half of an address or of a signature would be worse than none.
            assert_eq!(value["plimsollReport"], "");
            assert_eq!(value["plimsollVerdict"], "");
            let failed = value["plimsollFailed"].as_array().unwrap();
            let last = failed.last().unwrap().as_str().unwrap();
            assert_eq!(last, format!("and {} more", 500 - (failed.len() - 1)));
        }
    }

    #[test]
    fn the_signed_verdict_takes_what_is_left_and_texts_that_fit_are_not_cut() {
        let fits = |length: usize| {
            let said = Answer { verdict: "a".repeat(length), ..answer(Outcome::Passed, "passed") };
            !parsed(&said)["plimsollVerdict"].as_str().unwrap().is_empty()
        };
        assert!(fits(3000));
        assert!(!fits(4096));
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abc...");
        assert_eq!(cut("ééé", 12), "\\u00e9...");
        assert_eq!(cut("éé", 12), "\\u00e9\\u00e9");
    }

    #[test]
    fn texts_before_it_do_not_glue_to_it_and_a_closed_pipe_is_survived() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
        }
        let said = answer(Outcome::Passed, "passed");
        let mut out = Vec::new();
        write(&said, &mut Gone, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), said.line() + "\n");
        let mut err = b"a text without an end".to_vec();
        write(&said, &mut err, &mut Gone);
        assert!(err.ends_with(b"\n"));
    }

    #[test]
    fn what_stands_beside_it_is_disarmed_and_no_line_is_written_in_parts() {
        let told = beside(&format!("a\nSPINNAKER_CONFIG_JSON={{}}\n{}", "é".repeat(20_000)));
        assert!(!told.contains("SPINNAKER_") && told.lines().all(|line| line.len() <= 8000));
        assert_eq!(beside("a\n\nb\n"), "a\n\nb\n");
    }
}
