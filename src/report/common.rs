//! What several formats say in the same words: places, names, reasons and the next step.

use std::borrow::Cow;

use crate::base::sanitize::sanitize;
use crate::meta::{Meta, Mode, Severity};
use crate::verdict::{CheckOutcome, CheckRecord, FindingRecord, Outcome, Verdict, WaiverRecord, by_severity};

/// Longest text from a document that is shown, in characters.
pub const LONGEST: usize = 400;

/// Where the pages of the checks are published.
const PAGES: &str = "https://plimsoll.dev/checks/";

/// The address of a check's page.
pub fn page(meta: &Meta) -> String {
    format!("{PAGES}{}", meta.id)
}

/// What a finding means for the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It decides nothing: a fact, or waived.
    Note,
    /// It is reported and does not fail the release.
    Warning,
    /// It fails the release.
    Error,
}

impl Level {
    /// The level of `finding`.
    pub fn of(finding: &FindingRecord) -> Self {
        match finding.mode {
            _ if finding.waiver.is_some() => Self::Note,
            Mode::Enforce => Self::Error,
            _ if finding.severity == Severity::Info => Self::Note,
            _ => Self::Warning,
        }
    }

    /// Its name in SARIF and in the text report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The file of a verdict, or the execution that was fetched.
pub fn file(verdict: &Verdict) -> &str {
    let subject = &verdict.subject;
    subject.file.as_deref().or(subject.execution_id.as_deref()).unwrap_or("document")
}

/// The path of a file from the folder of the run, as services that show files of a repository want it.
pub fn path(verdict: &Verdict) -> String {
    let file = file(verdict);
    sanitize(file.strip_prefix("./").unwrap_or(file), LONGEST)
}

/// What was judged, in words: its kind, application and pipeline.
pub fn subject(verdict: &Verdict) -> String {
    let subject = &verdict.subject;
    let name = match (&subject.application, &subject.pipeline) {
        (Some(application), Some(pipeline)) => format!("{application} / {pipeline}"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => subject.file.clone().unwrap_or_else(|| "document".into()),
    };
    format!("{} {}", subject.kind.word(), sanitize(&name, LONGEST))
}

/// The name of the finding's stage and its reference id, as far as it has them.
pub fn stage(finding: &FindingRecord) -> Option<String> {
    match (finding.stage_name.as_deref().unwrap_or_default(), finding.stage.as_deref().unwrap_or_default()) {
        ("", "") => None,
        (name, "") => Some(name.to_owned()),
        ("", ref_id) => Some(format!("({ref_id})")),
        (name, ref_id) => Some(format!("{name} ({ref_id})")),
    }
}

/// The pointer of a finding, and where inside the text that it names.
pub fn pointer(finding: &FindingRecord) -> Cow<'_, str> {
    match (&finding.inner, finding.pointer.as_str()) {
        (None, "") => Cow::Borrowed("the whole document"),
        (None, pointer) => Cow::Borrowed(pointer),
        (Some(inner), pointer) => Cow::Owned(format!("{pointer} ({inner})")),
    }
}

/// Findings counted by severity, the worst first: `2 critical, 1 low`.
pub fn severities(findings: &[FindingRecord]) -> String {
    let counts = by_severity(findings).into_iter().filter(|(_, n)| *n > 0);
    counts.map(|(severity, n)| format!("{n} {}", severity.word())).collect::<Vec<_>>().join(", ")
}

/// `secrets.allow[0]: a sample of the manual (owner platform, ticket OPS-1, until 2026-12-31)`.
pub fn shown_waiver(waiver: &WaiverRecord) -> String {
    let parts = [("owner", &waiver.owner), ("ticket", &waiver.ticket), ("until", &waiver.expires)];
    let parts: Vec<String> =
        parts.into_iter().filter_map(|(what, text)| Some(format!("{what} {}", text.as_ref()?))).collect();
    let more = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("{}: {}{more}", waiver.from, waiver.reason)
}

/// `1 finding`, `2 findings`.
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The skipped checks by reason: each reason once, with its checks.
pub fn skipped(verdict: &Verdict) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for check in &verdict.checks {
        let Some(reason) = check.skipped.as_deref() else { continue };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) => ids.push(&check.meta.id),
            None => reasons.push((reason, vec![&check.meta.id])),
        }
    }
    reasons
}

/// What to do now, in one sentence.
pub fn next_step(verdict: &Verdict) -> String {
    match verdict.outcome {
        Outcome::Passed if verdict.partial => run_skipped(verdict),
        Outcome::Passed => "nothing to do".into(),
        Outcome::Canceled => "nothing to do; the execution was canceled during the check".into(),
        Outcome::Failed => {
            // Of those that fail the release, the first of the worst.
            let errors = verdict.findings.iter().filter(|finding| Level::of(finding) == Level::Error);
            let worst = errors.rev().max_by_key(|finding| finding.severity);
            let failed = |check: &&CheckRecord| check.outcome == CheckOutcome::Failed;
            let first = || verdict.checks.iter().find(failed).map(|check| &check.meta);
            let id = worst.map(|finding| &finding.meta).or_else(first).map_or("", |meta| &meta.id);
            format!("fix the errors above; run `plimsoll explain {id}` for the reason")
        }
        Outcome::Inconclusive if verdict.unjudged.is_some() => {
            "correct the document or provide what the first line names, and run again; this is not a pass".into()
        }
        Outcome::Inconclusive => "provide the missing input listed above and run again; this is not a pass".into(),
    }
}

/// What to configure so that skipped checks run. Their reasons name the option or variable; the first of these that any of
/// them names is the one to start with.
fn run_skipped(verdict: &Verdict) -> String {
    let skipped = |needle: &str| {
        let is_meant = |check: &&CheckRecord| check.skipped.as_deref().is_some_and(|why| why.contains(needle));
        verdict.checks.iter().filter(is_meant).count()
    };
    let were_skipped = |count: usize| {
        if count == 1 { "1 check was skipped".to_owned() } else { format!("{count} checks were skipped") }
    };
    let it = |count: usize| if count == 1 { "it" } else { "them" };
    for (needle, action) in [("--gate-url", "pass --gate-url"), ("VAULT_ADDR", "set VAULT_ADDR")] {
        let count = skipped(needle);
        if count > 0 {
            return format!("{}; {action} to run {}", were_skipped(count), it(count));
        }
    }
    match skipped("") {
        0 => "nothing to do; pass --gate-url to judge by what Spinnaker knows of its accounts".to_owned(),
        count => format!("nothing to do; {} for the reasons above", were_skipped(count)),
    }
}

/// `text` for XML and HTML, as content or between quotation marks. Characters that XML cannot hold do not survive [`sanitize`].
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(character),
            _ if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::finding;

    #[test]
    fn a_stage_is_named_by_what_it_has() {
        let label = |name: &str, ref_id: &str| {
            let (name, ref_id) = (Some(name.to_owned()), Some(ref_id.to_owned()));
            stage(&FindingRecord { stage_name: name, stage: ref_id, ..finding() })
        };
        assert_eq!(label("Deploy", ""), Some("Deploy".into()));
        assert_eq!(label("Deploy", "2"), Some("Deploy (2)".into()));
        assert_eq!(label("", "2"), Some("(2)".into()));
        assert_eq!(label("", ""), None);
        assert_eq!(stage(&FindingRecord { stage_name: None, stage: None, ..finding() }), None);
    }

    #[test]
    fn markup_is_escaped_and_control_characters_are_replaced() {
        assert_eq!(escaped("<a b='c'>&\"\u{1}\u{ffff}"), "&lt;a b=&#39;c&#39;&gt;&amp;&quot;\u{fffd}\u{fffd}");
    }
}
