//! The termination log: the only text of a failed Job that Deck shows in its error box
//! (`clouddriver-kubernetes/…/model/KubernetesJobStatus.java`, which puts the termination message behind `Logs: `).

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::base::sanitize::sanitize;
use crate::meta::Mode;
use crate::verdict::CheckOutcome;
use crate::verdict::{CheckRecord, Outcome, Verdict, waived};

/// The kubelet's limit for a termination message, in bytes.
const LONGEST: usize = 4096;

/// Marks the end of a truncated text.
const CUT: &str = "\n...";

/// The default `terminationMessagePath` of Kubernetes.
pub const DEFAULT: &str = "/dev/termination-log";

/// Writes `reason` to `path`, sanitized line by line and truncated to the kubelet's limit. A write error is logged; it does not
/// change the verdict.
pub fn write(path: &Path, reason: &str) {
    let is_default = path == Path::new(DEFAULT);
    match try_write(path, &fitted(reason), !is_default) {
        Ok(()) => {}
        // Kubernetes creates the file. Without it this process does not run in a Pod.
        Err(error) if is_default && error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            let path = sanitize(&path.to_string_lossy(), 200);
            tracing::warn!(%path, %error, "the termination log cannot be written, so Deck's error box will not show the reason; check --termination-log and the Job's terminationMessagePath");
        }
    }
}

fn try_write(path: &Path, text: &str, create: bool) -> io::Result<()> {
    // Opening a FIFO without a reader would block for ever.
    if std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo() || found.file_type().is_socket()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut file = OpenOptions::new().write(true).create(create).truncate(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// `reason` sanitized line by line, at most [`LONGEST`] bytes long: no control characters, and no `${`, since Orca copies the text
/// into the stage's context and evaluates expressions there.
pub fn fitted(reason: &str) -> String {
    let mut text =
        reason.lines().map(|line| sanitize(line, LONGEST)).collect::<Vec<_>>().join("\n").trim_end().to_owned();
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST - CUT.len()));
        text.push_str(CUT);
    }
    text
}

/// The text for Deck's error box: the outcome, the findings, and how to fix each.
pub fn reason(verdict: &Verdict) -> String {
    let mut out = format!("Plimsoll: {}{}.", observed(verdict), headline(verdict));
    if only_reason(verdict).is_some() {
        return out;
    }
    for finding in verdict.findings.iter().filter(|finding| finding.mode == Mode::Enforce).take(12) {
        let (message, remedy) = (sanitize(&finding.message, 220), capitalised(&sanitize(&finding.remedy, 160)));
        let _ = write!(out, "\n- {}: {message}. {remedy}", finding.meta.id);
    }
    for (reason, ids) in verdict.not_judged(Mode::Enforce).into_iter().take(8) {
        let _ = write!(out, "\n- not evaluated: {}: {}", ids.join(", "), sanitize(&reason, 500));
    }
    if let (Some(sentence), Some(lines)) = (verdict.places.sentence(), verdict.places.policy_lines()) {
        let _ = write!(out, "\n- {}. Policy: {}", sanitize(&sentence, 300), sanitize(&lines, 300));
    }
    out
}

/// The reason why nothing was judged, if it is the same for every check.
fn only_reason(verdict: &Verdict) -> Option<String> {
    if let Some(why) = verdict.unjudged.as_ref().filter(|_| verdict.findings.is_empty()) {
        return Some(sanitize(why, 500));
    }
    let mut ran = verdict.checks.iter().filter(|check| check.outcome != CheckOutcome::Skipped);
    let first = ran.next()?.reason.as_deref()?;
    let is_same =
        |check: &CheckRecord| check.outcome == CheckOutcome::Inconclusive && check.reason.as_deref() == Some(first);
    let is_only = verdict.findings.is_empty()
        && verdict.checks.iter().filter(|check| check.outcome != CheckOutcome::Skipped).all(is_same);
    is_only.then(|| sanitize(first, 500))
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The summary, one sentence without a full stop: the outcome, and the accounts that somebody must classify.
pub fn summary(verdict: &Verdict) -> String {
    let observed = observed(verdict);
    match verdict.places.sentence() {
        Some(sentence) => format!("{observed}{}; {}", headline(verdict), sanitize(&sentence, 300)),
        None => format!("{observed}{}", headline(verdict)),
    }
}

/// What a summary begins with where the policy only observes.
fn observed(verdict: &Verdict) -> &'static str {
    if verdict.enforced || verdict.outcome == Outcome::Canceled { "" } else { "observed: " }
}

/// The outcome: one sentence without a full stop.
fn headline(verdict: &Verdict) -> String {
    match (verdict.outcome, only_reason(verdict)) {
        (Outcome::Canceled, Some(reason)) => return format!("canceled: {reason}"),
        (Outcome::Inconclusive, Some(reason)) => return format!("inconclusive, nothing was judged: {reason}"),
        _ => {}
    }
    if let (Outcome::Inconclusive, Some(why)) = (verdict.outcome, &verdict.unjudged) {
        return format!("inconclusive: {}", sanitize(why, 500));
    }
    let enforced = verdict.findings.iter().filter(|finding| finding.mode == Mode::Enforce).count();
    let warned = verdict.findings.len() - enforced - waived(&verdict.findings);
    let ids = |outcome: CheckOutcome| {
        let ids: Vec<&str> = verdict
            .checks
            .iter()
            .filter(|check| check.outcome == outcome && check.mode == Mode::Enforce)
            .map(|check| &*check.meta.id)
            .collect();
        ids.join(", ")
    };
    match verdict.outcome {
        Outcome::Passed if warned == 0 => "passed".into(),
        Outcome::Passed => format!("passed, with {}", counted(warned, "warning")),
        Outcome::Failed => format!("failed: {} ({})", counted(enforced, "finding"), ids(CheckOutcome::Failed)),
        Outcome::Inconclusive => format!("inconclusive: could not evaluate {}", ids(CheckOutcome::Inconclusive)),
        Outcome::Canceled => "canceled during evaluation".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_sanitized_and_truncated_at_a_character() {
        let text = fitted("failed: 1\n- stage \u{1b}[31m${execution.id}\rSPINNAKER_CONFIG_JSON={}\n");
        assert_eq!(text, "failed: 1\n- stage \\u{1b}[31m$ {execution.id}\\rSPINNAKER-CONFIG-JSON={}");
        for text in ["é".repeat(5000), "😀\n".repeat(3000), "x".repeat(4097)] {
            let text = fitted(&text);
            assert!(text.len() <= LONGEST && text.len() > LONGEST - 16 && text.ends_with(CUT), "{}", text.len());
        }
        assert_eq!(fitted(&"x".repeat(4096)).len(), 4096);
    }

    #[test]
    fn an_earlier_reason_is_replaced_and_write_errors_are_survived() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log");
        write(&file, "a long reason of an earlier attempt");
        write(&file, "short");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "short");
        write(folder.path(), "a folder");
        write(&folder.path().join("none/log"), "no folder");
        write(Path::new("/dev/full"), "no space");
        write(Path::new(""), "no name");
    }
}
