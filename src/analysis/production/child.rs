//! What the pipelines that a stage starts do to production, and whether they have their own gate and canary.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::analysis::canary;
use crate::analysis::production::{Environment, Production};
use crate::base::sanitize::sanitize;
use crate::document::Document;
use crate::document::value::Value;
use crate::evidence::Lookup;
use crate::evidence::reader::EvidenceReader;
use crate::policy::Policy;
use crate::spinnaker::child_pipeline::{ChildPipeline, children};
use crate::spinnaker::evaluate::{Scope, is_expression};
use crate::spinnaker::holding;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::settle::{as_started, settle};
use crate::spinnaker::stage::Stage;

/// How many levels of child pipelines are inspected; deeper ones are unsettled.
pub const DEEPEST: usize = 5;

/// What a pipeline that a stage starts does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    pub environment: Environment,
    /// Every production change in it waits for a gate in it.
    pub is_gated: bool,
    /// Every production rollout in it waits for a canary in it that can stop the rollout.
    pub is_canaried: bool,
    /// A canary analysis that can stop it dominates each of its ends, so that it stops the stage that started it.
    pub runs_canary: bool,
    /// Why a part of it cannot be judged before it runs.
    pub unseen: Option<String>,
}

impl Child {
    fn open(why: impl Into<String>) -> Self {
        Self {
            environment: Environment::Open(why.into()),
            is_gated: false,
            is_canaried: false,
            runs_canary: false,
            unseen: None,
        }
    }

    /// A child that cannot be judged before it runs.
    fn unseen(why: impl Into<String>) -> Self {
        let why = why.into();
        Self { unseen: Some(why.clone()), ..Self::open(why) }
    }
}

/// The most pipelines that are read for one document: parameters can make each start of a pipeline another one.
const MOST: usize = 200;

/// What the children that were read do, by level, name and parameters: many stages may start the same one.
#[derive(Default)]
pub(super) struct Known(RefCell<HashMap<(usize, String, String), Child>>);

/// What is around a pipeline: the one that is checked, or one that it starts.
#[derive(Clone, Copy)]
pub(super) struct Level<'a, 'e, 'r> {
    pub(super) policy: &'a Policy,
    pub(super) evidence: &'a EvidenceReader<'e, 'r>,
    pub(super) known: &'a Known,
    /// How many levels below the checked pipeline it is.
    pub(super) depth: usize,
}

/// What all pipelines that `stage` starts do together; `None` when it starts none, or when no source of pipelines is configured: then
/// its names decide.
pub(super) fn of_stage(stage: &Stage<'_>, application: Option<&str>, level: Level<'_, '_, '_>) -> Option<Child> {
    let mut all: Vec<Child> = Vec::new();
    for child in children(stage, application) {
        let Some(child) = child else {
            all.push(Child::unseen("the pipeline that it starts is an expression"));
            continue;
        };
        let parameters = passed_parameters(stage);
        let text = parameters.as_ref().map(Document::text).unwrap_or_default().to_owned();
        let key = (level.depth, child.key(), text);
        let known = level.known.0.borrow().get(&key).cloned();
        if let Some(known) = known {
            all.push(known);
            continue;
        }
        if level.known.0.borrow().len() >= MOST {
            all.push(Child::unseen(format!("the release starts more than {MOST} pipelines")));
            continue;
        }
        let found = one(&child, parameters.as_ref(), level)?;
        level.known.0.borrow_mut().insert(key, found.clone());
        all.push(found);
    }
    let worst = all.iter().map(|child| &child.environment).max()?;
    Some(Child {
        environment: worst.clone(),
        is_gated: all.iter().all(|child| child.is_gated),
        is_canaried: all.iter().all(|child| child.is_canaried),
        runs_canary: all.iter().any(|child| child.runs_canary),
        unseen: all.iter().find_map(|child| child.unseen.clone()),
    })
}

/// The parameters that a stage passes to the pipeline it starts, as a document of the values that the parent settles: what stays open
/// there is an expression here.
pub fn passed_parameters(stage: &Stage<'_>) -> Option<Document> {
    let passed = stage.setting("pipelineParameters")?;
    let mut parameters = serde_json::Map::new();
    for (key, value) in passed.entries() {
        let name = key.as_str().unwrap_or_default().into_owned();
        parameters.insert(name, value.text().map_or(serde_json::Value::Null, |text| text.into_owned().into()));
    }
    // With an open key, each parameter may be another one; a text may be anything.
    if passed.is_open() || passed.open_key().is_some() {
        return Document::json(r#""${}""#.to_owned()).ok();
    }
    let document = Document::json(serde_json::Value::Object(parameters).to_string()).ok()?;
    settle(&document, |_| Scope::default());
    Some(document)
}

fn one(child: &ChildPipeline, parameters: Option<&Document>, level: Level<'_, '_, '_>) -> Option<Child> {
    let name = sanitize(&child.pipeline, 60);
    let document = match level.evidence.child(&child.key()) {
        Lookup::NotConfigured => return None,
        Lookup::Missing => return Some(Child::open(format!("the pipeline {name:?} that it starts does not exist"))),
        Lookup::Unavailable(why) => {
            return Some(Child::open(format!("the pipeline {name:?} that it starts could not be read: {why}")));
        }
        Lookup::Found(document) => document,
    };
    if level.depth >= DEEPEST {
        return Some(Child::unseen(format!("it starts more than {DEEPEST} levels of child pipelines")));
    }
    let as_started = as_started(document, parameters.map(Document::root));
    let document = as_started.as_ref().unwrap_or(document);
    let pipeline = Pipeline::read(document.root(), false);
    if let Some(doubt) = pipeline.doubts.first() {
        return Some(Child::open(format!("the pipeline {name:?} that it starts cannot be inspected: {doubt}")));
    }
    let production = Production::at(&pipeline, None, Level { depth: level.depth + 1, ..level });
    let whose = |why: &str| format!("it starts the pipeline {name:?}: {why}");
    let environment = match production.changes.iter().map(|change| &change.environment).max() {
        Some(Environment::Production(why)) => Environment::Production(whose(why)),
        Some(Environment::Open(why)) => Environment::Open(whose(why)),
        Some(other) => other.clone(),
        None => Environment::Elsewhere,
    };
    let gates: Vec<usize> =
        production.gates.iter().copied().filter(|&gate| pipeline.stages.get(gate).is_some_and(waits)).collect();
    let around = around(&pipeline, &production, level.policy);
    let canaries = canaries(&around);
    // Those whose failure the pipeline that starts this one sees.
    let failing: Vec<usize> = canaries.iter().copied().filter(|index| fails_with(&around, *index)).collect();
    let after_failing = pipeline.graph.descendants(&failing);
    let (behind_gate, after_canary) = (pipeline.graph.descendants(&gates), pipeline.graph.descendants(&canaries));
    let has = |marks: &[bool], stage: usize| marks.get(stage).copied().unwrap_or(false);
    let mut touching = production.changes.iter().filter(|change| change.environment != Environment::Elsewhere);
    Some(Child {
        environment,
        is_gated: touching
            .all(|change| has(&behind_gate, change.stage) || change.child.as_ref().is_some_and(|child| child.is_gated)),
        is_canaried: production.rollouts().all(|change| has(&after_canary, change.stage)),
        runs_canary: !failing.is_empty()
            && pipeline.graph.ends().all(|end| failing.contains(&end) || has(&after_failing, end)),
        unseen: production
            .changes
            .iter()
            .find_map(|change| change.child.as_ref()?.unseen.clone())
            .map(|why| whose(&why)),
    })
}

fn around<'a, 'd>(
    pipeline: &'a Pipeline<'d>,
    production: &'a Production<'d>,
    policy: &Policy,
) -> canary::Around<'a, 'd> {
    canary::Around {
        pipeline,
        production,
        saved: None,
        min_lifetime: policy.canary.min_lifetime.0,
        now: None,
        is_child: true,
    }
}

/// The stages of a child pipeline that are canary analyses which can stop what is behind them in it.
fn canaries(around: &canary::Around<'_, '_>) -> Vec<usize> {
    let of_own = around.production.canaries.iter().copied().filter(|index| canary::gates(around, *index));
    of_own.chain(around.production.canary_children.iter().copied()).collect()
}

/// Whether the child fails when the canary at `index` does, which it runs itself or in a pipeline that it starts.
fn fails_with(around: &canary::Around<'_, '_>, index: usize) -> bool {
    if around.production.canaries.contains(&index) {
        return canary::fails_pipeline(around, index);
    }
    around.pipeline.stages.get(index).is_some_and(holding::fails_pipeline)
}

/// Whether a stage that starts a pipeline waits for its end, and stops what waits for it when the pipeline fails.
pub fn waits(stage: &Stage<'_>) -> bool {
    let is_off = |text: std::borrow::Cow<'_, str>| text.eq_ignore_ascii_case("false") || is_expression(&text);
    let waits = !stage.setting("waitForCompletion").and_then(Value::text).is_some_and(is_off);
    holding::holds(stage) && waits
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;
    use crate::evidence::Evidence;
    use crate::evidence::Named;
    use crate::policy::Profile;

    fn child(pipeline: &Json) -> Child {
        let mut evidence = Evidence::none();
        let document = Document::json(pipeline.to_string()).unwrap();
        evidence.children =
            vec![Named { id: "shop/P2".into(), evidence: Lookup::Found(std::sync::Arc::new(document)) }];
        let stage =
            Document::json(json!({"type": "pipeline", "application": "shop", "pipeline": "P2"}).to_string()).unwrap();
        let read = std::cell::Cell::default();
        let reader = EvidenceReader::new(&evidence, &read);
        {
            let stage = Stage::read(stage.root(), false);
            let policy = Policy::built_in(Profile::Production, &[]);
            let level = Level { policy: &policy, evidence: &reader, known: &Known::default(), depth: 0 };
            of_stage(&stage, None, level)
        }
        .unwrap()
    }

    fn pipeline(changes: &[(&str, Json)]) -> Json {
        let mut whole = json!({"application": "shop", "stages": [
            {"refId": "1", "type": "deploy", "name": "Deploy", "account": "prod", "freeFormDetails": "canary"},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "kayentaCanary", "canaryConfig": {
                "scopes": [{"controlScope": "shop", "experimentScope": "shop-canary"}]}},
            {"refId": "3", "requisiteStageRefIds": ["2"], "type": "deploy", "name": "Roll out", "account": "prod"}]});
        for (pointer, value) in changes {
            *whole.pointer_mut(pointer).unwrap() = value.clone();
        }
        whole
    }

    #[test]
    fn a_child_is_what_its_stages_do() {
        let found = child(&pipeline(&[]));
        assert!(matches!(found.environment, Environment::Production(_)));
        assert!(found.is_canaried && found.runs_canary && !found.is_gated);
        let none = child(&pipeline(&[("/stages/1/type", json!("wait"))]));
        assert!(!none.is_canaried && !none.runs_canary);
        let beside = child(&pipeline(&[("/stages/2/requisiteStageRefIds", json!(["1"]))]));
        // The canary does not stop the rollout beside it, so it does not stop the stage that starts the pipeline.
        assert!(!beside.is_canaried && !beside.runs_canary);
        let gated = child(&pipeline(&[(
            "/stages/0",
            json!({"refId": "1", "type": "plimsollGate", "alias": "preconfiguredJob"}),
        )]));
        assert!(gated.is_gated);
        let ignored = child(&pipeline(&[(
            "/stages/0",
            json!({"refId": "1", "type": "plimsollGate", "alias": "preconfiguredJob", "continuePipeline": true}),
        )]));
        assert!(!ignored.is_gated);
        let harmless = child(&json!({"application": "shop", "stages": [{"type": "wait"}]}));
        assert!(
            harmless.environment == Environment::Elsewhere
                && harmless.is_gated
                && harmless.is_canaried
                && !harmless.runs_canary
        );
    }

    #[test]
    fn a_canary_stops_who_starts_its_pipeline_where_it_fails_the_pipeline() {
        let analysis = |settings: Json| {
            let mut whole = pipeline(&[]);
            for (key, value) in settings.as_object().unwrap() {
                whole["stages"][1][key] = value.clone();
            }
            whole["stages"].as_array_mut().unwrap().truncate(2);
            whole
        };
        assert!(child(&analysis(json!({}))).runs_canary);
        assert!(!child(&analysis(json!({"continuePipeline": true}))).runs_canary, "nothing in it asks for its success");
        assert!(!child(&analysis(json!({"failPipeline": false}))).runs_canary, "only its branch ends");
        let later = json!({"failPipeline": false, "completeOtherBranchesThenFail": true});
        assert!(child(&analysis(later)).runs_canary);
        let asked = |settings: Json| {
            let mut whole = analysis(json!({"continuePipeline": true, "name": "Analysis"}));
            let mut check = json!({"refId": "4", "requisiteStageRefIds": ["2"], "type": "checkPreconditions", "name": "Good?",
                "preconditions": [{"type": "stageStatus", "context": {"stageName": "Analysis", "stageStatus": "SUCCEEDED"}}]});
            for (key, value) in settings.as_object().unwrap() {
                check[key] = value.clone();
            }
            whole["stages"].as_array_mut().unwrap().push(check);
            whole
        };
        assert!(child(&asked(json!({}))).runs_canary);
        assert!(!child(&asked(json!({"failPipeline": false}))).runs_canary);
        assert!(!child(&asked(json!({"continuePipeline": true}))).runs_canary);
    }

    /// Without [`Known`] this reads some ten million pipelines.
    #[test]
    fn a_pipeline_that_many_stages_start_is_read_once_for_each_level() {
        let stages: Vec<Json> = (0..25)
            .map(|n| json!({"refId": n.to_string(), "type": "pipeline", "pipeline": "P2", "application": "shop"}))
            .collect();
        let found = child(&json!({"application": "shop", "stages": stages}));
        assert!(found.unseen.is_some_and(|why| why.contains("levels")));
    }

    #[test]
    fn a_pipeline_that_starts_itself_or_has_no_stages_to_see_is_not_settled() {
        let round = child(&json!({"application": "shop", "stages": [{"type": "pipeline", "pipeline": "P2"}]}));
        assert!(matches!(round.environment, Environment::Open(_)));
        let templated = child(&json!({"application": "shop", "type": "templatedPipeline", "stages": []}));
        assert!(matches!(templated.environment, Environment::Open(_)));
    }
}
