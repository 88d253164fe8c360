//! The whole line for one document: engine, mask and verdict, in one call that every command uses.

use jiff::Timestamp;

use crate::base::secret::Secret;
use crate::checks::api::OwnStage;
use crate::checks::runner::{self, RunnerInput};
use crate::document::{Position, Unreadable};
use crate::evidence::{Evidence, Lookup, SecretOutcome};
use crate::meta::Confidence;
use crate::policy::Policy;
use crate::spinnaker::input::Input;
use crate::verdict::mask::Mask;
use crate::verdict::{self, SecretCounts, SubjectRecord, Verdict, VerdictContext};

/// How documents are judged, the same for every document of a run.
pub struct JudgeOptions<'a> {
    pub policy: &'a Policy,
    /// Run these checks only; all when empty.
    pub only: &'a [String],
    /// Findings below it are left out, unless they enforce.
    pub confidence: Confidence,
    /// The gate's own stage, under `plimsoll gate`.
    pub own: Option<&'a OwnStage>,
    /// Missing evidence is inconclusive (`gate`), not skipped (`check`).
    pub evidence_required: bool,
    /// Values that must not be said: resolved secrets, and the gate's own credentials.
    pub known_secrets: &'a [Secret],
    pub started_at: Timestamp,
}

/// The verdict over `subject`.
pub fn judge(subject: &Input<'_>, line: SubjectRecord, evidence: &Evidence, manner: &JudgeOptions<'_>) -> Verdict {
    // A templated pipeline is judged as what it would run.
    let planned = evidence.planned.found().map(|document| Input::of(document.root()));
    let subject = planned.as_ref().unwrap_or(subject);
    let input = RunnerInput {
        subject,
        policy: manner.policy,
        evidence,
        own: manner.own,
        now: manner.started_at,
        evidence_required: manner.evidence_required,
        only: manner.only,
    };
    let judged = runner::judge(&input);
    let mask = Mask::of(&judged.literals, manner.known_secrets);
    let counts = SecretCounts { referenced: judged.referenced, ..counted(evidence) };
    let facts = VerdictContext { is_planned: planned.is_some(), ..facts(manner, counts, &mask) };
    verdict::decide(judged, Some(subject), line, &facts)
}

/// The verdict over a document that could not be read.
pub fn unreadable(line: SubjectRecord, error: &Unreadable, manner: &JudgeOptions<'_>) -> Verdict {
    let Position { line: row, column } = error.position;
    let file = line.file.clone().unwrap_or_else(|| "the document".into());
    unavailable(line, &format!("{file}:{row}:{column}: {}", error.reason), manner)
}

/// The verdict over a document that could not be had, and why.
pub fn unavailable(line: SubjectRecord, reason: &str, manner: &JudgeOptions<'_>) -> Verdict {
    let mask = Mask::of([], manner.known_secrets);
    let judged = runner::unreadable(manner.policy, manner.only, reason);
    verdict::decide(judged, None, line, &facts(manner, SecretCounts::default(), &mask))
}

fn facts<'a>(manner: &JudgeOptions<'a>, secrets: SecretCounts, mask: &'a Mask) -> VerdictContext<'a> {
    VerdictContext {
        is_planned: false,
        policy: manner.policy,
        secrets,
        confidence: manner.confidence,
        mask,
        started_at: manner.started_at,
        finished_at: Timestamp::now(),
    }
}

fn counted(evidence: &Evidence) -> SecretCounts {
    let Lookup::Found(lookups) = &evidence.secrets else { return SecretCounts::default() };
    let count = |wanted: &SecretOutcome| lookups.iter().filter(|lookup| lookup.outcome == *wanted).count();
    let (resolved, elsewhere) = (count(&SecretOutcome::Resolved), count(&SecretOutcome::Elsewhere));
    SecretCounts { referenced: 0, resolved, failed: lookups.len() - resolved - elsewhere }
}
