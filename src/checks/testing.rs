//! Running one check on a small document, for the cases at the foot of each check.

use serde_json::Value as Json;

use crate::checks::api::{Check, OwnStage};
use crate::checks::runner::{self, CheckOutcome, Judged};
use crate::document::Document;
use crate::evidence::Evidence;
use crate::policy::{Policy, Profile};
use crate::spinnaker::input::Input;

/// A document and what the check is told beside it.
pub(crate) struct Case {
    pub(crate) document: Json,
    pub(crate) policy: Policy,
    pub(crate) evidence: Evidence,
    pub(crate) own: Option<OwnStage>,
    /// When it is judged.
    pub(crate) now: jiff::Timestamp,
}

impl From<Json> for Case {
    fn from(document: Json) -> Self {
        Self {
            document,
            policy: Policy::built_in(Profile::Strict),
            evidence: Evidence::none(),
            own: None,
            now: jiff::Timestamp::UNIX_EPOCH,
        }
    }
}

/// What the check said: its outcome and the pointers of its findings.
pub(crate) struct Said {
    pub(crate) outcome: CheckOutcome,
    pub(crate) pointers: Vec<String>,
    pub(crate) messages: Vec<String>,
    pub(crate) reason: String,
}

/// Runs `check` alone on `case`.
pub(crate) fn run(check: &'static Check, case: impl Into<Case>) -> Said {
    let case = case.into();
    let text = serde_json::to_string_pretty(&case.document).unwrap();
    let document = Document::json(text).unwrap();
    let subject = Input::of(document.root());
    let input = runner::RunnerInput {
        subject: &subject,
        policy: &case.policy,
        evidence: &case.evidence,
        own: case.own.as_ref(),
        now: case.now,
        evidence_required: case.own.is_some(),
        only: &[],
    };
    let judged: Judged<'_> = runner::judge(&input);
    let result = judged.results.iter().find(|result| result.check.id == check.id).unwrap();
    Said {
        outcome: result.outcome,
        pointers: result.findings.iter().map(|finding| finding.place.pointer_from(subject.root).to_string()).collect(),
        messages: result.findings.iter().map(|finding| finding.message.clone()).collect(),
        reason: result.reason.clone().unwrap_or_default(),
    }
}

/// The check fails on `case`, with exactly these places.
#[track_caller]
pub(crate) fn fires(check: &'static Check, case: impl Into<Case>, pointers: &[&str]) {
    let said = run(check, case);
    assert_eq!(said.outcome, CheckOutcome::Failed, "{:?} {}", said.messages, said.reason);
    assert_eq!(said.pointers, pointers, "{:?}", said.messages);
}

/// The check finds something and does not fail: it warns, with exactly these places.
#[track_caller]
pub(crate) fn warns(check: &'static Check, case: impl Into<Case>, pointers: &[&str]) {
    let said = run(check, case);
    assert_eq!(said.outcome, CheckOutcome::Warned, "{:?} {}", said.messages, said.reason);
    assert_eq!(said.pointers, pointers, "{:?}", said.messages);
}

/// The check has nothing to say about `case`: it passes or does not apply.
#[track_caller]
pub(crate) fn stays_quiet(check: &'static Check, case: impl Into<Case>) {
    let said = run(check, case);
    assert!(
        matches!(said.outcome, CheckOutcome::Passed | CheckOutcome::NotApplicable),
        "{:?}: {:?} {}",
        said.outcome,
        said.messages,
        said.reason
    );
    assert!(said.pointers.is_empty(), "{:?}", said.messages);
}

/// The check could not judge `case`.
#[track_caller]
pub(crate) fn is_inconclusive(check: &'static Check, case: impl Into<Case>) {
    let said = run(check, case);
    assert_eq!(said.outcome, CheckOutcome::Inconclusive, "{:?} {}", said.messages, said.reason);
    assert!(!said.reason.is_empty());
}
