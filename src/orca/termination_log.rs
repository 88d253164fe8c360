//! The termination log: what a container leaves there is the only text of a failed Job that Deck shows in its error box
//! (`clouddriver-kubernetes/…/model/KubernetesJobStatus.java`, `Logs: <termination message>`; contracts 1.5).

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::base::sanitize::sanitize;
use crate::meta::Mode;
use crate::verdict::CheckOutcome;
use crate::verdict::{CheckRecord, Outcome, Verdict};

/// What the kubelet keeps of it, in bytes.
const LONGEST: usize = 4096;

/// What stands where it was cut.
const CUT: &str = "\n...";

/// Where Kubernetes mounts it.
pub const DEFAULT: &str = "/dev/termination-log";

/// Writes `reason` to `path`, made safe and cut to what the kubelet keeps. It has one line for each of `reason`'s lines.
/// A file that cannot be written changes no verdict: it is logged.
pub fn write(path: &Path, reason: &str) {
    let is_default = path == Path::new(DEFAULT);
    match try_write(path, &fitted(reason), !is_default) {
        Ok(()) => {}
        // Kubernetes has made the file. Where it has not, this is no container.
        Err(error) if is_default && error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            let path = sanitize(&path.to_string_lossy(), 200);
            tracing::warn!(%path, %error, "the termination log cannot be written, so Deck's error box will not tell the reason; check --termination-log and the Job's terminationMessagePath");
        }
    }
}

fn try_write(path: &Path, text: &str, create: bool) -> io::Result<()> {
    // Opening a FIFO would wait for a reader for ever.
    if std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo() || found.file_type().is_socket()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    let mut file = OpenOptions::new().write(true).create(create).truncate(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// `reason` line by line without anything that acts on a screen or on Orca, at most [`LONGEST`] bytes long. Orca keeps the text in
/// the stage's context, so `${` would be evaluated there as anywhere else.
fn fitted(reason: &str) -> String {
    let mut text =
        reason.lines().map(|line| sanitize(line, LONGEST)).collect::<Vec<_>>().join("\n").trim_end().to_owned();
    if text.len() > LONGEST {
        text.truncate(text.floor_char_boundary(LONGEST - CUT.len()));
        text.push_str(CUT);
    }
    text
}

/// The reason a person reads in Deck: the outcome, what is wrong, and what to do.
pub fn reason(verdict: &Verdict) -> String {
    let mut out = format!("Plimsoll: {}.", headline(verdict));
    if only_reason(verdict).is_some() {
        return out;
    }
    for finding in verdict.findings.iter().filter(|finding| finding.mode == Mode::Enforce).take(12) {
        let (message, remedy) = (sanitize(&finding.message, 220), capitalised(&sanitize(&finding.remedy, 160)));
        let _ = write!(out, "\n- {}: {message}. {remedy}", finding.meta.id);
    }
    for (reason, ids) in verdict.not_judged(Mode::Enforce).into_iter().take(8) {
        let _ = write!(out, "\n- could not be judged: {}: {}", ids.join(", "), sanitize(&reason, 500));
    }
    out
}

/// Why nothing at all was judged, when nothing was.
fn only_reason(verdict: &Verdict) -> Option<String> {
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

/// One sentence without its full stop.
pub fn headline(verdict: &Verdict) -> String {
    match (verdict.outcome, only_reason(verdict)) {
        (Outcome::Canceled, Some(reason)) => return format!("canceled: {reason}"),
        (Outcome::Inconclusive, Some(reason)) => return format!("inconclusive, nothing was judged: {reason}"),
        _ => {}
    }
    let enforced = verdict.findings.iter().filter(|finding| finding.mode == Mode::Enforce).count();
    let warned = verdict.findings.len() - enforced;
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
        Outcome::Inconclusive => format!("inconclusive, nothing was passed ({})", ids(CheckOutcome::Inconclusive)),
        Outcome::Canceled => "canceled while judging".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_cut_at_a_character_and_nothing_in_it_acts() {
        let told = fitted("failed: 1\n- stage \u{1b}[31m${execution.id}\rSPINNAKER_CONFIG_JSON={}\n");
        assert_eq!(told, "failed: 1\n- stage \\u{1b}[31m$ {execution.id}\\rSPINNAKER-CONFIG-JSON={}");
        for text in ["é".repeat(5000), "😀\n".repeat(3000), "x".repeat(4097)] {
            let told = fitted(&text);
            assert!(told.len() <= LONGEST && told.len() > LONGEST - 16 && told.ends_with(CUT), "{}", told.len());
        }
        assert_eq!(fitted(&"x".repeat(4096)).len(), 4096);
    }

    #[test]
    fn replaces_what_stood_there_and_survives_what_cannot_be_written() {
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
