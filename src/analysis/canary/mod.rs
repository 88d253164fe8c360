//! Canaries that guard a production rollout, and what keeps them from stopping it.

pub mod cleanup;
mod settings;
mod times;

use std::time::Duration;

use crate::analysis::production::{Environment, Production, Role};
use crate::document::value::Value;
use crate::spinnaker::holding::{self, Loose, Way, ended_without_judging, loose};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::ChangeKind;
use cleanup::Asks;
pub use settings::config;

/// The canaries that a production rollout waits for, with their index in [`Pipeline::stages`].
pub fn guards<'a, 'd>(pipeline: &'a Pipeline<'d>, production: &Production<'d>) -> Vec<(usize, &'a Stage<'d>)> {
    let rollouts: Vec<usize> = production.rollouts().map(|change| change.stage).collect();
    let before = pipeline.graph.ancestors(&rollouts);
    let is_before = |index: &usize| before.get(*index).copied().unwrap_or(false);
    let canaries = production.canaries.iter().copied().filter(is_before);
    canaries.filter_map(|index| Some((index, pipeline.stages.get(index)?))).collect()
}

/// How a rollout asks for the success of the canary before it.
const ASK: &str = "ask for its success in `stageEnabled` of each rollout, or in a precondition before them: \
                   `#stage('NAME')['status'].toString() == 'SUCCEEDED'`";

/// The detector of a canary that failed and was let go on.
const WENT_ON: &str = "went-on";

/// How much is known about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The canary stops nothing.
    Fails,
    /// Only the running execution settles whether it does.
    Unsettled,
    /// It stops a rollout, and could do it better.
    Warns,
}

/// Why a canary does not stop the rollouts behind it.
pub struct Fault<'d> {
    pub place: Value<'d>,
    pub detector: &'static str,
    /// Ends a sentence that says that the canary cannot stop the rollout.
    pub effect: String,
    pub remedy: String,
    pub weight: Weight,
}

/// What is around a canary.
pub struct Around<'a, 'd> {
    pub pipeline: &'a Pipeline<'d>,
    pub production: &'a Production<'d>,
    /// The saved pipeline of an execution, where it is known.
    pub saved: Option<&'a Pipeline<'a>>,
    /// The shortest analysis that the policy accepts.
    pub min_lifetime: Duration,
    /// When the document is judged; unknown for a pipeline that is started later.
    pub now: Option<jiff::Timestamp>,
    /// The pipeline that starts this one may deploy the arms.
    pub is_child: bool,
}

/// Everything that keeps the canary at `index` from stopping the rollouts behind it.
pub fn faults<'d>(around: &Around<'_, 'd>, index: usize) -> Vec<Fault<'d>> {
    let Some(stage) = around.pipeline.stages.get(index) else { return Vec::new() };
    let mut found = ways_past(around, stage, index);
    if stage.effective_type() == "kayentaCanary" {
        found.extend(settings::faults(around, stage));
        found.extend(without_arm(around, stage, index));
    }
    found
}

/// Whether the canary at `index` certainly stops the rollouts behind it.
pub fn gates(around: &Around<'_, '_>, index: usize) -> bool {
    faults(around, index).iter().all(|fault| fault.weight == Weight::Warns)
}

/// Whether a failure of the canary at `index`, which gates, fails the pipeline that it is in, so that the stage which started the
/// pipeline fails too. What waits for that stage cannot ask for the success of a canary in another execution.
pub fn fails_pipeline(around: &Around<'_, '_>, index: usize) -> bool {
    let Some(stage) = around.pipeline.stages.get(index) else { return false };
    let goes_on = loose(around.pipeline, index).iter().any(|loose| loose.way == Way::Continue);
    if goes_on { cleanup::fails_with(around, index) } else { holding::fails_pipeline(stage) }
}

/// Settings and states with which Orca goes on whatever the analysis says.
fn ways_past<'d>(around: &Around<'_, 'd>, stage: &Stage<'d>, index: usize) -> Vec<Fault<'d>> {
    let mut found: Vec<Fault<'d>> = loose(around.pipeline, index).iter().map(of_way).collect();
    if let Some(place) = ended_without_judging(stage) {
        let (effect, detector) = if place.is_str("SKIPPED") {
            ("it was skipped", "skipped")
        } else {
            ("it failed, and the release went on", WENT_ON)
        };
        let remedy = "start the release again, so that the canary judges it".to_owned();
        found.push(Fault { place, detector, effect: effect.to_owned(), remedy, weight: Weight::Fails });
    }
    clean_up(around, index, &mut found);
    found
}

fn of_way<'d>(loose: &Loose<'d>) -> Fault<'d> {
    let key = loose.way.setting();
    let effect = match loose.way {
        _ if loose.is_open => format!("`{key}` is an expression that may disable it"),
        Way::Continue => format!("`{key}` counts a failed analysis as passed"),
        Way::Timeout => format!("`{key}` counts an analysis that times out as passed"),
        Way::ManualSkip => format!("`{key}` skips the analysis"),
        Way::Condition => format!("`{key}` skips it when its expression is false or cannot be evaluated"),
        Way::Expiry => format!("`{key}` skips it when it starts late"),
    };
    let weight = if loose.is_open { Weight::Unsettled } else { Weight::Fails };
    let remedy = format!("remove `{key}` from the canary stage");
    Fault { place: loose.place, detector: loose.way.detector(), effect, remedy, weight }
}

/// A canary that goes on after a failure, so that its arms are removed, gates all the same where every rollout behind it asks for its
/// success.
fn clean_up(around: &Around<'_, '_>, index: usize, found: &mut Vec<Fault<'_>>) {
    let goes_on = |fault: &Fault<'_>| {
        (fault.detector == Way::Continue.detector() && fault.weight == Weight::Fails) || fault.detector == WENT_ON
    };
    if !found.iter().any(goes_on) {
        return;
    }
    match cleanup::asks(around, index) {
        Asks::Success => found.retain(|fault| !goes_on(fault)),
        Asks::Nothing => {}
        Asks::Unclear(why) => {
            for fault in found.iter_mut().filter(|fault| goes_on(fault)) {
                fault.effect = format!("it goes on after a failed analysis, and {why}");
                fault.weight = Weight::Unsettled;
                ASK.clone_into(&mut fault.remedy);
            }
        }
    }
}

/// An analysis before which the release deploys nothing compares what ran before.
fn without_arm<'d>(around: &Around<'_, 'd>, stage: &Stage<'d>, index: usize) -> Option<Fault<'d>> {
    if around.is_child || settings::deploys_arms(stage) {
        return None;
    }
    let before = around.pipeline.graph.ancestors(&[index]);
    let deploys = around.production.changes.iter().any(|change| {
        let is_before = before.get(change.stage).copied().unwrap_or(false);
        let deploys = match &change.environment {
            Environment::Elsewhere => false,
            Environment::Unknown(_) => matches!(change.kind, ChangeKind::Deploy | ChangeKind::Pipeline),
            _ => match change.role {
                Role::Arm | Role::Rollout | Role::Open(_) => true,
                Role::Unanalysed(_) => change.kind == ChangeKind::Deploy,
                _ => change.kind == ChangeKind::Pipeline,
            },
        };
        is_before && deploys
    });
    (!deploys).then(|| Fault {
        place: stage.value,
        detector: "no-arm",
        effect: "nothing of this release is deployed before it, so it analyses what ran before".to_owned(),
        remedy: "deploy the canary and its baseline before the analysis".to_owned(),
        weight: Weight::Fails,
    })
}
