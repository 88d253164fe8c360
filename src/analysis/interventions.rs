//! What people did to an execution while it ran, by Orca's own trace: `lastModified` on every stage that was patched.
//!
//! Deck has buttons that patch a stage: *Skip* on a wait and on an execution window, and the answer to a manual judgment. A patch may
//! also write anything else into the stage, so each setting is compared with the saved pipeline.

use std::collections::BTreeSet;

use crate::analysis::drift::same;
use crate::base::sanitize::sanitize;
use crate::document::value::{Flag, Value};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// What was done to a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The rest of a wait was skipped.
    SkippedWait,
    /// An execution window was skipped.
    SkippedWindow,
    /// A manual judgment was answered; how.
    AnsweredJudgment(String),
    /// The stage was changed.
    ChangedStage,
}

impl Action {
    /// Its name in verdicts.
    pub fn word(&self) -> &'static str {
        match self {
            Self::SkippedWait => "skippedWait",
            Self::SkippedWindow => "skippedWindow",
            Self::AnsweredJudgment(_) => "answeredJudgment",
            Self::ChangedStage => "changedStage",
        }
    }
}

/// One intervention.
pub struct Intervention<'d> {
    /// Index of the stage.
    pub stage: usize,
    /// `lastModified` of the stage.
    pub place: Value<'d>,
    pub user: String,
    /// When, in milliseconds since 1970.
    pub at: Option<f64>,
    pub action: Action,
    /// Settings that were changed beside what the button writes.
    pub changed: BTreeSet<String>,
    /// The roles of a judgment differ from the saved ones.
    pub roles_changed: bool,
    /// It skipped a wait that belongs to a canary or a monitored deploy.
    pub cut_analysis: bool,
    /// The saved stage is needed to tell what was changed, and is not known.
    pub needs_saved: bool,
}

/// Settings that Orca writes into any stage of the types that have a button
/// (`orca-core/…/pipeline/WaitStage.java`, `orca-echo/…/ManualJudgmentStage.groovy`).
const WRITTEN_BY_ORCA: &[&str] = &[
    "lastModifiedBy",
    "startTime",
    "waitTaskState",
    "expressionEvaluationSummary",
    "exception",
    "beforeStagePlanningFailed",
    "restartDetails",
    "stageDetails",
    "batchTime",
    "notifications",
];

/// Every intervention in `execution`, compared with its `saved` pipeline where that is known.
pub fn interventions<'d>(execution: &Pipeline<'d>, saved: Option<&Pipeline<'_>>) -> Vec<Intervention<'d>> {
    if !execution.is_execution {
        return Vec::new();
    }
    let one = |(index, stage): (usize, &Stage<'d>)| {
        let place = stage.value.get("lastModified").filter(|modified| modified.is_object())?;
        let original = saved.and_then(|saved| saved.authored().find(|(_, original)| original.ref_id == stage.ref_id));
        let original = original.map(|(_, stage)| stage);
        let button = button(stage);
        let mut found = Intervention {
            stage: index,
            place,
            user: sanitize(&place.str("user").unwrap_or_default(), 80),
            at: place.get("lastModifiedTime").and_then(Value::as_f64),
            action: button.as_ref().map_or(Action::ChangedStage, |button| button.action.clone()),
            changed: BTreeSet::new(),
            roles_changed: original.is_some_and(|original| roles(original) != roles(stage)),
            cut_analysis: false,
            needs_saved: false,
        };
        let Some(button) = button else { return Some(found) };
        let owner = execution.with_owners(index).nth(1);
        let base = if stage.is_synthetic { owner } else { original };
        for (key, value) in stage.settings.written().entries() {
            let name = key.as_str().unwrap_or_default();
            if button.writes.contains(&&*name) || WRITTEN_BY_ORCA.contains(&&*name) || is_roles(&name) {
                continue;
            }
            let is_ours = button.own.contains(&&*name);
            match base {
                Some(base) if base.settings.written().get(&name).is_some() || !is_ours => {
                    if !same(Some(value), base.settings.written().get(&name)) {
                        found.changed.insert(name.into_owned());
                    }
                }
                Some(_) => {}
                None if is_ours => {}
                None => found.needs_saved = true,
            }
        }
        found.needs_saved |= matches!(found.action, Action::AnsweredJudgment(_)) && base.is_none();
        let analyses = |owner: &Stage<'_>| is_analysis(owner);
        found.cut_analysis = found.action == Action::SkippedWait && execution.with_owners(index).skip(1).any(analyses);
        Some(found)
    };
    execution.stages.iter().enumerate().filter_map(one).collect()
}

/// A button of Deck.
struct Button {
    action: Action,
    /// What it writes.
    writes: &'static [&'static str],
    /// Further settings that stages of the type have without an author: Orca gives them to the stages it creates.
    own: &'static [&'static str],
}

/// An answer that does not count.
const TAKEN_BACK: &str = "taken back";

/// The button that explains the change of a stage, if one does.
fn button(stage: &Stage<'_>) -> Option<Button> {
    let skips = || stage.flag("skipRemainingWait") == Flag::On;
    match stage.effective_type() {
        "wait" if skips() => Some(Button {
            action: Action::SkippedWait,
            writes: &["skipRemainingWait"],
            own: &["waitTime", "skipWaitText"],
        }),
        "restrictExecutionDuringTimeWindow" if skips() => Some(Button {
            action: Action::SkippedWindow,
            writes: &["skipRemainingWait"],
            own: &["restrictedExecutionWindow"],
        }),
        "manualJudgment" => {
            // Orca empties the answer of somebody without the roles, and a restart removes it: neither is a patch.
            let answer = match stage.setting("judgmentStatus").and_then(Value::as_str) {
                Some(status) if !status.is_empty() => sanitize(&status, 40),
                Some(_) => TAKEN_BACK.to_owned(),
                None => stage.setting("restartDetails").map(|_| TAKEN_BACK.to_owned())?,
            };
            Some(Button {
                action: Action::AnsweredJudgment(answer),
                writes: &["judgmentStatus", "judgmentInput", "propagateAuthenticationContext"],
                own: &[],
            })
        }
        _ => None,
    }
}

/// Whether waits inside `stage` give an analysis its time.
fn is_analysis(stage: &Stage<'_>) -> bool {
    let is_canary =
        matches!(stage.effective_type(), "kayentaCanary" | "runCanary" | "runCanaryIntervals" | "canary" | "acaTask");
    let is_monitored =
        |settings: Value<'_>| settings.str("strategy").is_some_and(|word| word.eq_ignore_ascii_case("monitored"));
    let mut clusters = stage.settings.list("clusters").chain(stage.setting("cluster"));
    is_canary || is_monitored(stage.settings) || clusters.any(is_monitored)
}

fn is_roles(key: &str) -> bool {
    matches!(key, "selectedStageRoles" | "requiredJudgmentRoles")
}

/// The roles that may answer a judgment.
fn roles(stage: &Stage<'_>) -> BTreeSet<String> {
    let listed = |key: &str| {
        stage
            .settings
            .written()
            .list(key)
            .filter_map(Value::text)
            .map(|role| role.trim().to_lowercase())
            .collect::<Vec<_>>()
    };
    listed("selectedStageRoles").into_iter().chain(listed("requiredJudgmentRoles")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;

    fn found(kind: &str, context: Json, saved: Json) -> (Action, Vec<String>) {
        let stage = json!({"refId": "1", "type": kind, "status": "SUCCEEDED", "context": context, "lastModified": {"user": "dana"}});
        let execution = Document::json(json!({"status": "RUNNING", "stages": [stage]}).to_string()).unwrap();
        let mut original = saved;
        (original["refId"], original["type"]) = (json!("1"), json!(kind));
        let saved = Document::json(json!({"stages": [original]}).to_string()).unwrap();
        let (execution, saved) = (Pipeline::read(execution.root(), true), Pipeline::read(saved.root(), false));
        let one = interventions(&execution, Some(&saved)).remove(0);
        (one.action, one.changed.into_iter().collect())
    }

    #[test]
    fn a_button_is_told_from_a_patch() {
        let wait = json!({"waitTime": 60});
        let none = Vec::<String>::new;
        assert_eq!(
            found("wait", json!({"waitTime": 60, "startTime": 1, "skipRemainingWait": true}), wait.clone()),
            (Action::SkippedWait, none())
        );
        assert_eq!(
            found("wait", json!({"waitTime": 0, "skipRemainingWait": "true"}), wait.clone()),
            (Action::SkippedWait, vec!["waitTime".to_owned()])
        );
        assert_eq!(
            found("wait", json!({"waitTime": 60, "skipRemainingWait": true, "continuePipeline": true}), wait.clone()),
            (Action::SkippedWait, vec!["continuePipeline".to_owned()])
        );
        assert_eq!(found("wait", json!({"waitTime": 0}), wait), (Action::ChangedStage, none()));
        let answer = json!({"judgmentStatus": "continue", "judgmentInput": "ok", "propagateAuthenticationContext": true, "instructions": "x"});
        assert_eq!(
            found("manualJudgment", answer, json!({"instructions": "x", "judgmentInputs": []})),
            (Action::AnsweredJudgment("continue".into()), none())
        );
        for left in [json!({"judgmentStatus": ""}), json!({"restartDetails": {}})] {
            assert_eq!(
                found("manualJudgment", left, json!({})),
                (Action::AnsweredJudgment("taken back".into()), none())
            );
        }
        assert_eq!(found("manualJudgment", json!({}), json!({})).0, Action::ChangedStage);
        assert_eq!(
            found(
                "manualJudgment",
                json!({"judgmentStatus": "", "failPipeline": false}),
                json!({"failPipeline": true})
            )
            .1,
            ["failPipeline"]
        );
        assert_eq!(found("kayentaCanary", json!({"skipRemainingWait": true}), json!({})).0, Action::ChangedStage);
    }
}
