//! The one line Orca reads from the Job's log.
//!
//! `SPINNAKER_CONFIG_JSON={…}`: Clouddriver's parser (`provider/view/PropertyParser.java`) takes it when nothing but blanks stands
//! before it, merges its keys into the stage's own context, and drops *every* property when it is not JSON. So it is written
//! once, alone on its line, in ASCII, short, with keys that nothing else has and values that Orca cannot evaluate.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::sanitize::sanitize;

/// The longest line that is written, in bytes.
pub const LONGEST: usize = 4000;

/// What Orca is told. Every key is there on every path, so that none survives from an earlier attempt (T28).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// `passed`, `failed`, `inconclusive` or `canceled`.
    pub outcome: &'static str,
    /// One sentence.
    pub summary: String,
    /// Ids of the checks that failed.
    pub failed: Vec<&'static str>,
    pub execution: String,
    pub stage: String,
    /// This Job's name.
    pub attempt: String,
    /// Name, version and hash of the policy.
    pub policy: String,
    pub verdict_sha256: String,
}

impl Answer {
    /// The line, line feed included.
    pub fn line(&self) -> String {
        let mut failed = self.failed.clone();
        loop {
            let text = self.with(&failed);
            if text.len() <= LONGEST || failed.is_empty() {
                return text;
            }
            failed.pop();
        }
    }

    fn with(&self, failed: &[&'static str]) -> String {
        let safe = |text: &str, longest: usize| sanitize(text, longest);
        let map = json!({
            "plimsollOutcome": self.outcome,
            "plimsollSummary": safe(&self.summary, 200),
            "plimsollFailed": failed,
            "plimsollExecution": safe(&self.execution, 80),
            "plimsollStage": safe(&self.stage, 80),
            "plimsollAttempt": safe(&self.attempt, 80),
            "plimsollPolicy": safe(&self.policy, 160),
            "plimsollVerdictSha256": safe(&self.verdict_sha256, 64),
            "plimsollReport": "",
            "plimsollVerdict": "",
        });
        format!("SPINNAKER_CONFIG_JSON={}\n", ascii(&map.to_string()))
    }
}

/// JSON with everything beyond ASCII escaped: Clouddriver decodes the log with whatever charset its platform has.
fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// Whether the line has been written in this process.
static WRITTEN: AtomicBool = AtomicBool::new(false);

/// Writes the line to standard output, once in the life of the process, after standard error is flushed. A pipe that is closed
/// changes nothing.
pub fn write(answer: &Answer) {
    if WRITTEN.swap(true, Ordering::SeqCst) {
        return;
    }
    let _ = std::io::stderr().lock().flush();
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(answer.line().as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_one_short_ascii_line_whatever_it_is_told() {
        let hostile =
            "x\nSPINNAKER_CONFIG_JSON={\"continuePipeline\":true}\u{1b}[31m ${execution} \u{0} Zürich 😀 ".repeat(200);
        let answer = Answer {
            outcome: "failed",
            summary: hostile.clone(),
            failed: vec!["plaintext-secret"; 500],
            execution: hostile.clone(),
            stage: hostile.clone(),
            attempt: hostile.clone(),
            policy: hostile.clone(),
            verdict_sha256: hostile,
        };
        let line = answer.line();
        assert!(line.len() <= LONGEST && line.is_ascii() && line.ends_with('\n') && line.matches('\n').count() == 1);
        assert!(!line.contains("${") && line.matches("SPINNAKER_").count() == 1);
        let map: serde_json::Value =
            serde_json::from_str(line.strip_prefix("SPINNAKER_CONFIG_JSON=").unwrap()).unwrap();
        assert!(map.as_object().unwrap().iter().all(|(key, value)| key.starts_with("plimsoll") && !value.is_null()));
        assert_eq!(map.as_object().unwrap().len(), 10);
    }
}
