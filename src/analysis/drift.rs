//! How an execution differs from its saved pipeline; the check `pipeline-drift` reports it.
//!
//! Orca copies a saved stage into `context` (`orca-core/…/pipeline/ExecutionLauncher.java`), evaluates expressions in it, and writes
//! into it while the stage runs. So expressions are ignored, absent and empty are the same, and of a stage that has started only
//! those settings are compared that Orca reads and never writes.

use std::collections::{BTreeSet, HashMap};

use crate::document::Kind;
use crate::document::value::Value;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// One difference.
#[derive(Debug)]
pub struct Difference {
    /// Index of the stage in the execution; `None` when the execution lacks the stage.
    pub stage: Option<usize>,
    pub kind: DifferenceKind,
}

/// How an execution and its saved pipeline differ.
#[derive(Debug, PartialEq, Eq)]
pub enum DifferenceKind {
    /// The execution has a stage that the saved pipeline lacks.
    StageAdded,
    /// The execution lacks the stage of this name.
    StageMissing(String),
    /// A stage differs in the setting of this name.
    SettingDiffers(String),
}

/// Settings that decide whether and where a stage runs. Orca reads and never writes them.
const CONTROL: &[&str] = &[
    "alias",
    "account",
    "credentials",
    "continuePipeline",
    "failPipeline",
    "completeOtherBranchesThenFail",
    "stageEnabled",
    "manualSkip",
    "waitForCompletion",
    "markSuccessfulOnTimeout",
    "restrictExecutionDuringTimeWindow",
    "restrictedExecutionWindow",
    "selectedStageRoles",
    "requiredJudgmentRoles",
    "dynamicParameters",
    "pipeline",
    "strategy",
];

/// Further settings that decide what a stage deploys: they must not appear in a stage that has not started yet.
const CONTENT: &[&str] =
    &["manifests", "manifestArtifact", "clusters", "cluster", "canaryConfig", "patchBody", "source"];

/// Settings that are compared elsewhere (the stage's name and its place in the graph), or have no effect.
const IGNORED: &[&str] = &[
    "name",
    "type",
    "refId",
    "requisiteStageRefIds",
    "startTimeExpiry",
    "isNew",
    "comments",
    "inject",
    "inherited",
    "group",
    "expectedArtifacts",
    "requiredArtifactIds",
    "requiredArtifacts",
    "notifications",
    "sendNotifications",
];

/// Every difference between `execution` and one saved version of its pipeline.
pub fn differences(execution: &Pipeline<'_>, saved: &Pipeline<'_>) -> Vec<Difference> {
    let is_linear = saved.authored().all(|(_, stage)| stage.ref_id.is_empty());
    // Without any refId Orca numbers the stages in a row (`OperationsController.groovy`, `applyStageRefIds`).
    let ranks = if is_linear { ranks(execution) } else { HashMap::new() };
    let key =
        |(n, (_, stage)): (usize, (usize, &Stage<'_>))| if is_linear { n.to_string() } else { stage.ref_id.clone() };
    let keys: Vec<String> = saved.authored().enumerate().map(key).collect();
    let of_saved: HashMap<&str, &Stage<'_>> =
        keys.iter().map(String::as_str).zip(saved.authored().map(|(_, stage)| stage)).collect();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, stage) in execution.authored() {
        let key = ranks.get(&index).unwrap_or(&stage.ref_id);
        let Some((key, original)) = of_saved.get_key_value(key.as_str()) else {
            found.push(Difference { stage: Some(index), kind: DifferenceKind::StageAdded });
            continue;
        };
        seen.insert(*key);
        let differing = settings(stage, original, is_linear).into_iter();
        found.extend(differing.map(|key| Difference { stage: Some(index), kind: DifferenceKind::SettingDiffers(key) }));
    }
    for (key, (_, stage)) in keys.iter().zip(saved.authored()) {
        if !seen.contains(key.as_str()) {
            found.push(Difference { stage: None, kind: DifferenceKind::StageMissing(stage.name.clone()) });
        }
    }
    found
}

/// The position of every stage by its number. The order of the document does not matter: Orca may list stages in any order.
fn ranks(execution: &Pipeline<'_>) -> HashMap<usize, String> {
    let mut row: Vec<(usize, &Stage<'_>)> = execution.authored().collect();
    row.sort_by_key(|(_, stage)| stage.ref_id.parse::<u64>().unwrap_or(u64::MAX));
    row.into_iter().enumerate().map(|(rank, (index, _))| (index, rank.to_string())).collect()
}

/// The settings in which a stage differs, by name.
fn settings(stage: &Stage<'_>, saved: &Stage<'_>, is_linear: bool) -> BTreeSet<String> {
    let mut differs = BTreeSet::new();
    if stage.kind != saved.kind && !is_expression(&saved.kind) {
        differs.insert("type".to_owned());
    }
    if stage.name != saved.name && !is_expression(&saved.name) {
        differs.insert("name".to_owned());
    }
    let set = |stage: &Stage<'_>| stage.requisites.iter().cloned().collect::<BTreeSet<_>>();
    if !is_linear && set(stage) != set(saved) {
        differs.insert("requisiteStageRefIds".to_owned());
    }
    let has_started = stage.status().is_some_and(|status| status != "NOT_STARTED");
    // `PreconfiguredJobStage` writes the platform team's account and settings into the stage when it starts (observed on a running Orca).
    let is_preconfigured = matches!(stage.effective_type(), "preconfiguredJob" | "preconfiguredWebhook");
    let is_overwritten =
        |key: &str| is_preconfigured && has_started && matches!(key, "account" | "credentials" | "waitForCompletion");
    let own = Fields::of(stage.settings);
    let original = Fields::of(saved.settings);
    for (key, wanted) in &original.0 {
        let is_compared = !is_overwritten(key)
            && !IGNORED.contains(&key.as_str())
            && (!has_started || CONTROL.contains(&key.as_str()));
        if is_compared && !same(own.0.get(key).copied(), Some(*wanted)) {
            differs.insert(key.clone());
        }
    }
    let content = if has_started { [].as_slice() } else { CONTENT };
    for key in CONTROL.iter().chain(content).filter(|key| !is_overwritten(key)) {
        if !original.0.contains_key(*key) && !same(own.0.get(*key).copied(), None) && !is_default(key, own.0.get(*key))
        {
            differs.insert((*key).to_owned());
        }
    }
    differs
}

/// A setting with Orca's default as its value.
fn is_default(key: &str, value: Option<&Value<'_>>) -> bool {
    let text = value.and_then(|value| value.text()).unwrap_or_default().to_ascii_lowercase();
    match key {
        "failPipeline" | "waitForCompletion" => text == "true",
        "continuePipeline"
        | "completeOtherBranchesThenFail"
        | "manualSkip"
        | "markSuccessfulOnTimeout"
        | "restrictExecutionDuringTimeWindow" => text == "false",
        _ => false,
    }
}

fn is_expression(text: &str) -> bool {
    text.contains("${") || text.contains("{{")
}

/// How deep settings are compared value by value; deeper ones are compared as text.
const DEEPEST: u32 = 100;

/// Whether `own`, in the execution, is what Orca makes of `saved`.
pub(super) fn same(own: Option<Value<'_>>, saved: Option<Value<'_>>) -> bool {
    same_at(own, saved, 0)
}

fn same_at(own: Option<Value<'_>>, saved: Option<Value<'_>>, depth: u32) -> bool {
    let (own, saved) = (own.filter(|value| !is_empty(*value)), saved.filter(|value| !is_empty(*value)));
    let (own, saved) = match (own, saved) {
        (None, None) => return true,
        (_, Some(saved)) if saved.as_str().is_some_and(|text| is_expression(&text)) => return true,
        (Some(own), Some(saved)) => (own, saved),
        _ => return false,
    };
    if is_stored_elsewhere(own) {
        return true;
    }
    if depth > DEEPEST {
        return own.raw() == saved.raw();
    }
    match (own.kind(), saved.kind()) {
        (Kind::Object, Kind::Object) => {
            let (own, saved) = (Fields::of(own), Fields::of(saved));
            saved
                .0
                .iter()
                .all(|(key, wanted)| is_expression(key) || same_at(own.0.get(key).copied(), Some(*wanted), depth + 1))
                && own.0.iter().all(|(key, value)| {
                    saved.0.contains_key(key)
                        || same_at(Some(*value), None, depth + 1)
                        || saved.0.keys().any(|key| is_expression(key))
                })
        }
        (Kind::Array, Kind::Array) => {
            own.elements().count() == saved.elements().count()
                && own.elements().zip(saved.elements()).all(|(own, saved)| same_at(Some(own), Some(saved), depth + 1))
        }
        (Kind::Object | Kind::Array, _) | (_, Kind::Object | Kind::Array) => false,
        _ => {
            own.text() == saved.text()
                || matches!((own.as_f64(), saved.as_f64()), (Some(a), Some(b)) if (a - b).abs() < f64::EPSILON)
        }
    }
}

/// Orca drops nulls, and YAML binders drop empty maps.
fn is_empty(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Null => true,
        Kind::Object => value.entries().next().is_none(),
        Kind::Array => value.elements().next().is_none(),
        _ => value.as_str().is_some_and(|text| text.is_empty()),
    }
}

/// A value that Orca keeps in the artifact store and that cannot be compared; `manifest-not-inspectable` reports it.
fn is_stored_elsewhere(value: Value<'_>) -> bool {
    value.str("reference").is_some_and(|reference| reference.starts_with("ref://"))
}

/// The fields of an object, by name.
struct Fields<'d>(HashMap<String, Value<'d>>);

impl<'d> Fields<'d> {
    fn of(value: Value<'d>) -> Self {
        Self(value.written().entries().filter_map(|(key, value)| Some((key.as_str()?.into_owned(), value))).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;

    fn found(status: &str, context: Json, saved: Json) -> Vec<DifferenceKind> {
        let execution = json!({"status": "RUNNING", "stages": [{"refId": "1", "type": "deploy", "name": "d", "status": status, "context": context}]});
        let mut stage = saved;
        for (key, value) in [("refId", json!(1)), ("type", json!("deploy")), ("name", json!("d"))] {
            stage[key] = value;
        }
        let (execution, saved) = (
            Document::json(execution.to_string()).unwrap(),
            Document::json(json!({"stages": [stage]}).to_string()).unwrap(),
        );
        differences(&Pipeline::read(execution.root(), true), &Pipeline::read(saved.root(), false))
            .into_iter()
            .map(|difference| difference.kind)
            .collect()
    }

    #[test]
    fn what_orca_does_to_a_stage_is_not_drift() {
        let quiet = |status: &str, context: Json, saved: Json| assert_eq!(found(status, context, saved), Vec::new());
        quiet(
            "NOT_STARTED",
            json!({"account": "prod", "n": 75}),
            json!({"account": "prod", "n": 75.0, "isNew": true, "gone": null, "x": {}}),
        );
        quiet(
            "NOT_STARTED",
            json!({"account": "prod", "a": ["v1"]}),
            json!({"account": "${parameters.account}", "a": ["${trigger.tag}"]}),
        );
        quiet(
            "NOT_STARTED",
            json!({"account": "prod", "failPipeline": true, "continuePipeline": false}),
            json!({"account": "prod"}),
        );
        quiet(
            "SUCCEEDED",
            json!({"account": "prod", "manifests": [1], "kato.tasks": []}),
            json!({"account": "prod", "manifests": [2]}),
        );
        quiet(
            "NOT_STARTED",
            json!({"manifests": {"type": "remote/map/base64", "reference": "ref://shop/00"}}),
            json!({"manifests": [{"kind": "Deployment"}]}),
        );
    }

    #[test]
    fn what_a_preconfigured_job_adds_is_not_drift() {
        let of = |context: Json, saved: Json| found("RUNNING", context, saved);
        let brought =
            json!({"alias": "preconfiguredJob", "account": "gates", "credentials": "gates", "waitForCompletion": true});
        assert_eq!(of(brought, json!({"alias": "preconfiguredJob"})), Vec::new());
        let patched = json!({"alias": "preconfiguredJob", "account": "gates", "continuePipeline": true});
        assert_eq!(of(patched, json!({"alias": "preconfiguredJob"})).len(), 1);
    }

    #[test]
    fn changed_settings_are_drift() {
        let loud = |status: &str, context: Json, saved: Json, key: &str| {
            assert_eq!(found(status, context, saved), [DifferenceKind::SettingDiffers(key.to_owned())]);
        };
        loud("NOT_STARTED", json!({"account": "prod"}), json!({"account": "staging"}), "account");
        loud("NOT_STARTED", json!({"a": {"b": [1, 2]}}), json!({"a": {"b": [1]}}), "a");
        loud("RUNNING", json!({"continuePipeline": true}), json!({}), "continuePipeline");
        loud("NOT_STARTED", json!({"manifests": [{"kind": "Pod"}]}), json!({}), "manifests");
        loud(
            "NOT_STARTED",
            json!({}),
            json!({"restrictExecutionDuringTimeWindow": true}),
            "restrictExecutionDuringTimeWindow",
        );
        loud(
            "SUCCEEDED",
            json!({"selectedStageRoles": []}),
            json!({"selectedStageRoles": ["ops"]}),
            "selectedStageRoles",
        );
    }

    #[test]
    fn stages_are_matched_by_reference_id_or_in_a_row() {
        let of = |saved: Json, execution: Json| {
            let (saved, execution) =
                (Document::json(saved.to_string()).unwrap(), Document::json(execution.to_string()).unwrap());
            differences(&Pipeline::read(execution.root(), true), &Pipeline::read(saved.root(), false)).len()
        };
        let row = json!({"stages": [{"type": "wait", "name": "a"}, {"type": "bake", "name": "b"}]});
        let ran = json!({"stages": [{"refId": "0", "type": "wait", "name": "a"}, {"refId": "1", "requisiteStageRefIds": ["0"], "type": "bake", "name": "b"}]});
        assert_eq!(of(row.clone(), ran), 0);
        assert_eq!(of(row, json!({"stages": [{"refId": "0", "type": "wait", "name": "a"}]})), 1);
        let one = |requisites: Json| json!({"stages": [{"refId": "1", "type": "wait"}, {"refId": "2", "type": "wait", "requisiteStageRefIds": requisites}]});
        assert_eq!(of(one(json!([1])), one(json!(["1"]))), 0);
        assert_eq!(of(one(json!(["1"])), one(json!([]))), 1);
        let added = json!({"stages": [{"refId": "1", "type": "wait"}, {"refId": "2", "type": "wait", "requisiteStageRefIds": ["1"]}, {"refId": "3", "type": "wait"}]});
        assert_eq!(of(one(json!(["1"])), added), 1);
    }
}
