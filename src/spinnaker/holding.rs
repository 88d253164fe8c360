//! What keeps a stage from holding back the stages that wait for it, although they wait.
//!
//! Orca starts what waits for a stage when that stage is `SUCCEEDED`, `FAILED_CONTINUE` or `SKIPPED`
//! (`orca-kotlin/…/ext/Stage.kt`, `allUpstreamStagesComplete`). A stage that can end so without having done its work judges nothing.

use crate::document::value::{Flag, Value};
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// A way past a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `continuePipeline`: a failure counts as passed (`StageExecution.failureStatus`).
    Continue,
    /// `markSuccessfulOnTimeout`: a task that times out counts as passed (`RunTaskHandler.kt`).
    Timeout,
    /// `manualSkip`: the stage is skipped (`StageExecution.isManuallySkipped`).
    ManualSkip,
    /// `stageEnabled`: the stage is skipped when the expression is false or cannot be evaluated (`OptionalStageSupport.java`).
    Condition,
    /// `startTimeExpiry`: the stage is skipped when it starts late (`StartStageHandler.kt`).
    Expiry,
}

impl Way {
    /// The setting of the stage.
    pub fn setting(self) -> &'static str {
        match self {
            Self::Continue => "continuePipeline",
            Self::Timeout => "markSuccessfulOnTimeout",
            Self::ManualSkip => "manualSkip",
            Self::Condition => "stageEnabled",
            Self::Expiry => "startTimeExpiry",
        }
    }

    /// The detector of a finding about it.
    pub fn detector(self) -> &'static str {
        match self {
            Self::Continue => "continue-pipeline",
            Self::Timeout => "mark-successful-on-timeout",
            Self::ManualSkip => "manual-skip",
            Self::Condition => "stage-enabled",
            Self::Expiry => "start-time-expiry",
        }
    }
}

/// A setting of a stage that lets the release past it.
pub struct Loose<'d> {
    pub place: Value<'d>,
    pub way: Way,
    /// Only the running execution settles whether it does.
    pub is_open: bool,
}

/// The settings that let the release past the stage at `index`: its own, and those of the stages that own it.
pub fn loose<'d>(pipeline: &Pipeline<'d>, index: usize) -> Vec<Loose<'d>> {
    pipeline.with_owners(index).flat_map(of_stage).collect()
}

/// Whether nothing lets the release past `stage`, whatever an expression turns out to be.
pub fn holds(stage: &Stage<'_>) -> bool {
    of_stage(stage).is_empty() && ended_without_judging(stage).is_none() && open_key(stage).is_none()
}

/// Whether a failure of `stage` fails its pipeline as well, which a pipeline that waits for this one sees: where `failPipeline` is false
/// only the branch ends, and the pipeline succeeds, unless it fails once its other branches are complete
/// (`StageExecution.failureStatus`, `CompleteExecutionHandler.kt`).
pub fn fails_pipeline(stage: &Stage<'_>) -> bool {
    let flag = |key: &str| stage.certain().setting(key).map_or(Flag::Other, Value::flag);
    matches!(flag("failPipeline"), Flag::On | Flag::Other) || flag("completeOtherBranchesThenFail") == Flag::On
}

/// A status under which what waits for the stage has started although the stage did not do its work.
pub fn ended_without_judging<'d>(stage: &Stage<'d>) -> Option<Value<'d>> {
    let status = stage.value.get("status")?;
    status.as_str().is_some_and(|status| matches!(&*status, "SKIPPED" | "FAILED_CONTINUE")).then_some(status)
}

/// A setting whose key is an expression: it may be any of those that matter.
pub fn open_key<'d>(stage: &Stage<'d>) -> Option<Value<'d>> {
    let mut entries = stage.settings.entries();
    entries.find(|(key, _)| key.as_str().is_some_and(|key| is_expression(&key))).map(|(_, value)| value)
}

fn of_stage<'d>(stage: &Stage<'d>) -> Vec<Loose<'d>> {
    let stage = stage.certain();
    let flags = [Way::Continue, Way::Timeout, Way::ManualSkip].into_iter().filter_map(|way| {
        let place = stage.setting(way.setting())?;
        match place.flag() {
            Flag::On => Some(Loose { place, way, is_open: false }),
            Flag::Expression => Some(Loose { place, way, is_open: true }),
            Flag::Off | Flag::Other => None,
        }
    });
    let condition = stage.setting(Way::Condition.setting()).and_then(|place| {
        let is_open = match condition(place) {
            Condition::Always => return None,
            Condition::Depends => false,
            Condition::Open => true,
        };
        Some(Loose { place, way: Way::Condition, is_open })
    });
    let key = Way::Expiry.setting();
    let expiry = stage.setting(key).or_else(|| stage.value.get(key)).filter(|expiry| !expiry.is_blank());
    let expiry = expiry.map(|place| Loose { place, way: Way::Expiry, is_open: false });
    flags.chain(condition).chain(expiry).collect()
}

/// What `stageEnabled` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// The stage runs: there is no condition, or it is always true.
    Always,
    /// Its expression decides.
    Depends,
    /// An expression is where the condition belongs.
    Open,
}

/// An unknown type or a blank expression leaves the stage enabled; the type is compared in lower case (`OptionalStageSupport.java`).
fn condition(stage_enabled: Value<'_>) -> Condition {
    let is_open = |value: Value<'_>| value.as_str().is_some_and(|text| is_expression(&text));
    let has_open_key = stage_enabled.entries().any(|(key, _)| is_open(key));
    let kind = stage_enabled.get("type");
    if is_open(stage_enabled) || has_open_key || kind.is_some_and(is_open) {
        return Condition::Open;
    }
    let is_expression = kind.and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("expression"));
    let expression = stage_enabled.get("expression").and_then(Value::text).unwrap_or_default();
    let bare = expression.trim();
    let bare = bare.strip_prefix("${").and_then(|inside| inside.strip_suffix('}')).unwrap_or(bare).trim();
    if is_expression && !bare.is_empty() && !bare.eq_ignore_ascii_case("true") {
        Condition::Depends
    } else {
        Condition::Always
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;

    fn ways(settings: &Json) -> Vec<(Way, bool)> {
        let mut stage = settings.clone();
        stage["refId"] = json!("1");
        stage["type"] = json!("plimsollGate");
        let document = Document::json(json!({"stages": [stage]}).to_string()).unwrap();
        let pipeline = Pipeline::read(document.root(), false);
        loose(&pipeline, 0).iter().map(|loose| (loose.way, loose.is_open)).collect()
    }

    #[test]
    fn every_way_past_a_stage_is_known() {
        let condition =
            |kind: &str, expression: &str| json!({"stageEnabled": {"type": kind, "expression": expression}});
        assert_eq!(ways(&json!({"continuePipeline": "true"})), [(Way::Continue, false)]);
        assert_eq!(ways(&json!({"manualSkip": "${x}"})), [(Way::ManualSkip, true)]);
        assert_eq!(ways(&json!({"markSuccessfulOnTimeout": true})), [(Way::Timeout, false)]);
        assert_eq!(ways(&json!({"startTimeExpiry": 1})), [(Way::Expiry, false)]);
        assert_eq!(ways(&condition("expression", "x == 1")), [(Way::Condition, false)]);
        assert_eq!(ways(&condition("Expression", "false")), [(Way::Condition, false)]);
        assert_eq!(ways(&condition("${'expression'}", "false")), [(Way::Condition, true)]);
        assert_eq!(ways(&json!({"stageEnabled": "${x}"})), [(Way::Condition, true)]);
    }

    #[test]
    fn what_changes_nothing_is_no_way() {
        let condition =
            |kind: &str, expression: &str| json!({"stageEnabled": {"type": kind, "expression": expression}});
        for settings in [
            json!({"continuePipeline": false, "manualSkip": null, "startTimeExpiry": null}),
            condition("expression", " "),
            condition("expression", "true"),
            condition("expression", "${ true }"),
            condition("other", "false"),
            json!({"stageEnabled": {}}),
        ] {
            assert_eq!(ways(&settings), [], "{settings}");
        }
    }
}
