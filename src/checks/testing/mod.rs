//! Runs one check on a small document: for the cases of each check, and for tests of its messages.

pub(crate) mod applications;
mod cases;
mod examples;
pub(crate) mod executions;
pub(crate) mod identity;
pub(crate) mod pods;
pub(crate) mod rbac;
pub(crate) mod releases;

use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;

pub(crate) use cases::Cases;

use crate::analysis::{Circumstances, Context};
use crate::checks::api::{Check, Report};
use crate::checks::catalogue::Catalogue;
use crate::checks::runner::{self, Run};
use crate::document::Document;
use crate::evidence::Evidence;
use crate::evidence::contents::Contents;
use crate::meta::Mode;
use crate::policy::{EffectivePolicy, Policy, Profile};
use crate::spinnaker::input::Input;
use crate::spinnaker::own_stage::OwnStage;
pub(crate) use crate::verdict::CheckOutcome;
use crate::verdict::decide::{outcome_of, reason_of};

/// Every check: the policy of a case needs what each of them declares.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::built_in);

/// The built-in policy of `profile`.
pub(crate) fn built_in(profile: Profile) -> Policy {
    Policy::built_in(profile, &CATALOGUE.metas())
}

/// A document, and everything else that a check sees.
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
            policy: built_in(Profile::Strict),
            evidence: Evidence::none(),
            own: None,
            now: jiff::Timestamp::UNIX_EPOCH,
        }
    }
}

/// `document` under a policy with one waiver, at `now`.
pub(crate) fn waived(document: Json, waiver: Json, now: &str) -> Case {
    let waivers = vec![serde_json::from_value(waiver).unwrap()];
    let policy = Policy { waivers, ..built_in(Profile::Strict) };
    Case { policy, now: now.parse().unwrap(), ..Case::from(document) }
}

/// What a check reported: its outcome and its findings.
pub(crate) struct Reported {
    pub(crate) outcome: CheckOutcome,
    pub(crate) pointers: Vec<String>,
    pub(crate) messages: Vec<String>,
    pub(crate) detectors: Vec<String>,
    pub(crate) reason: String,
}

/// Cases leave out what they are not about: each stage gets a type, and an execution the id and the statuses that Orca always writes.
fn completed(mut document: Json) -> Json {
    let is_execution = ["status", "trigger", "buildTime", "startTime"].iter().any(|key| document.get(key).is_some());
    let Some(whole) = document.as_object_mut().filter(|whole| !whole.contains_key("apiVersion")) else {
        return document;
    };
    let Some(stages) = whole.get_mut("stages").and_then(Json::as_array_mut) else { return document };
    if stages.is_empty() {
        stages.push(serde_json::json!({"refId": "only"}));
    }
    for stage in stages.iter_mut().filter_map(Json::as_object_mut) {
        stage.entry("type").or_insert_with(|| "wait".into());
        if is_execution {
            stage.entry("status").or_insert_with(|| "NOT_STARTED".into());
        }
    }
    if is_execution {
        whole.entry("id").or_insert_with(|| "E".into());
    }
    document
}

/// Runs the catalogue on `case`, since all checks share the facts, and returns what `check` reported.
pub(crate) fn run(check: &Arc<dyn Check>, case: impl Into<Case>) -> Reported {
    let mut case = case.into();
    // A check that the policy has to turn on is on.
    if let Some(own) = case.policy.checks.get_mut(&*check.meta().id).filter(|_| check.meta().enforced.is_optional) {
        own.mode = Mode::Enforce;
    }
    let text = serde_json::to_string_pretty(&completed(case.document)).unwrap();
    let document = Document::json(text).unwrap();
    let policy = EffectivePolicy::new(case.policy).unwrap();
    let contents = Contents::of(Input::of(document.root()), &policy.custom_rules);
    let circumstances = Circumstances {
        policy: &policy.policy,
        own_stage: case.own.as_ref(),
        now: case.now,
        evidence_required: case.own.is_some(),
    };
    let context = Context::new(&contents, &case.evidence, circumstances);
    let results = runner::run(&CATALOGUE, &context, &[]);
    let result = results.into_iter().find(|result| result.meta.id == check.meta().id).unwrap();
    let of_check = policy.policy.check(&result.meta);
    let mut report = match result.run {
        Run::Reported(report) => report,
        Run::LeftOut(_) => Report::default(),
    };
    let outcome = outcome_of(&report, &of_check);
    let root = contents.input.root;
    Reported {
        outcome,
        pointers: report
            .findings
            .iter()
            .map(|finding| finding.place.in_document_of(root).pointer_from(root).to_string())
            .collect(),
        messages: report.findings.iter().map(|finding| finding.message.clone()).collect(),
        detectors: report.findings.iter().map(|finding| finding.detector.to_string()).collect(),
        reason: reason_of(&mut report, outcome).unwrap_or_default(),
    }
}

/// The check is inconclusive, with a reason.
#[track_caller]
pub(crate) fn is_inconclusive(check: &Arc<dyn Check>, case: impl Into<Case>) {
    let reported = run(check, case);
    assert_eq!(reported.outcome, CheckOutcome::Inconclusive, "{:?} {}", reported.messages, reported.reason);
    assert!(!reported.reason.is_empty());
}
