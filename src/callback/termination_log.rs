//! The termination log: the only text of a Job that Deck shows in its error box (contracts 1.5).

use std::io::Write;
use std::path::Path;

use crate::engine::CheckOutcome;
use crate::finding::Mode;
use crate::sanitize::sanitize;
use crate::verdict::{Outcome, Verdict};

/// What the kubelet keeps of it, in bytes.
const LONGEST: usize = 4096;

/// Where Kubernetes mounts it.
pub const DEFAULT: &str = "/dev/termination-log";

/// Writes `reason` there. A file that cannot be written changes no verdict; the log says so.
pub fn write(path: &Path, reason: &str) {
    let mut options = std::fs::OpenOptions::new();
    // Kubernetes has made the file. Where it has not, this is no container and nothing is left behind in `/dev`.
    options.write(true).truncate(true).create(path != Path::new(DEFAULT));
    let written = options.open(path).and_then(|mut file| file.write_all(cut(reason).as_bytes()));
    if let Err(error) = written
        && path != Path::new(DEFAULT)
    {
        tracing::warn!(%error, path = %path.display(), "the termination log cannot be written; Deck will show no reason");
    }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The reason a person reads in Deck: the outcome, what is wrong, and what to do.
pub fn reason(verdict: &Verdict) -> String {
    let mut out = format!("Plimsoll: {}.", headline(verdict));
    for finding in verdict.findings.iter().filter(|finding| finding.mode == Mode::Enforce).take(12) {
        out.push_str(&format!(
            "\n- {}: {}. {}",
            finding.check,
            sanitize(&finding.message, 220),
            capitalised(&sanitize(&finding.remedy, 160))
        ));
    }
    for (reason, ids) in verdict.not_judged(Mode::Enforce).into_iter().take(8) {
        out.push_str(&format!("\n- could not be judged: {}: {}", ids.join(", "), sanitize(&reason, 500)));
    }
    out
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// One sentence without its full stop, made of our own words, check ids and numbers.
pub fn headline(verdict: &Verdict) -> String {
    let enforced = verdict.findings.iter().filter(|finding| finding.mode == Mode::Enforce).count();
    let warned = verdict.findings.len() - enforced;
    let ids = |outcome: CheckOutcome| {
        let ids: Vec<&str> = verdict
            .checks
            .iter()
            .filter(|check| check.outcome == outcome && check.mode == Mode::Enforce)
            .map(|check| check.id)
            .collect();
        ids.join(", ")
    };
    match verdict.outcome {
        Outcome::Passed if warned == 0 => "passed".into(),
        Outcome::Passed => format!("passed, with {}", counted(warned, "warning")),
        Outcome::Failed => format!("failed: {} ({})", counted(enforced, "finding"), ids(CheckOutcome::Failed)),
        Outcome::Inconclusive => format!("inconclusive, nothing was passed ({})", ids(CheckOutcome::Inconclusive)),
        Outcome::Canceled => "canceled while judging".into(),
    }
}
