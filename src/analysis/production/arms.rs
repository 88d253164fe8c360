//! Which objects are arms: what a canary analysis compares. The object decides, never the name of its stage.

use std::collections::HashSet;

use crate::analysis::canary;
use crate::analysis::production::nature::Nature;
use crate::analysis::production::objects::Object;
use crate::analysis::production::rollouts::{Around, Deploys, is_exposing};
use crate::analysis::production::{Change, targets};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage_types::ChangeKind;

/// The analyses of a pipeline, and what is around them.
pub(super) struct Analyses {
    before: Vec<bool>,
    behind: Vec<bool>,
    /// The controls and experiments of their scopes, where the two differ.
    compared: Vec<String>,
    /// How many different names their scopes hold.
    names: usize,
}

impl Analyses {
    pub(super) fn of(pipeline: &Pipeline<'_>, analyses: &[usize]) -> Self {
        let mut compared = Vec::new();
        let mut names = HashSet::new();
        for scope in analyses
            .iter()
            .filter_map(|index| pipeline.stages.get(*index))
            .flat_map(|stage| canary::config(stage).into_iter().flat_map(|config| config.list("scopes")))
        {
            let text = |key: &str| scope.str(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            let pair: Vec<String> = ["controlScope", "experimentScope"].iter().filter_map(|key| text(key)).collect();
            names.extend(pair.iter().cloned());
            let place = |key: &str| text(key).unwrap_or_default();
            let is_apart = pair.first() != pair.last() || place("controlLocation") != place("experimentLocation");
            if is_apart {
                compared.extend(pair);
            }
        }
        compared.sort();
        compared.dedup();
        Self {
            before: pipeline.graph.ancestors(analyses),
            behind: pipeline.graph.descendants(analyses),
            compared,
            names: names.len(),
        }
    }

    /// Whether an analysis waits for the stage.
    pub(super) fn is_before(&self, stage: usize) -> bool {
        self.before.get(stage).copied().unwrap_or(false)
    }

    /// Whether the stage waits for an analysis.
    pub(super) fn is_behind(&self, stage: usize) -> bool {
        self.behind.get(stage).copied().unwrap_or(false)
    }
}

/// A change that exposes something and that no analysis waits for. One beside the analyses is a rollout without a canary, which is
/// reported for itself.
struct Exposure<'o, 'd> {
    /// What it deploys; `None` where that has neither a size nor an image.
    object: Option<&'o Object<'d>>,
}

impl Exposure<'_, '_> {
    /// Whether `arm` may be an arm of this rollout: it is not larger, and where only a scope says that it is an arm, it runs something
    /// of the same name.
    fn fits(&self, arm: &Object<'_>) -> bool {
        let Some(object) = self.object else { return true };
        let is_smaller = match (arm.size, object.size) {
            (Some(arm), Some(rollout)) => arm <= rollout,
            _ => true,
        };
        let (of_arm, of_rollout) = (&arm.image_words, &object.image_words);
        let is_alike = arm.says_arm || of_arm.is_empty() || of_rollout.is_empty() || !of_arm.is_disjoint(of_rollout);
        is_smaller && is_alike
    }
}

/// Marks the arms among what `changes` deploy.
pub(super) fn mark<'d>(
    changes: &[Change<'d>],
    deploys: &mut [Deploys<'d>],
    analyses: &Analyses,
    around: &Around<'_, 'd>,
) {
    let looks_like_arm = |change: &Change<'_>, object: &Object<'_>| {
        analyses.is_before(change.stage) && (object.says_arm || object.is_in(&analyses.compared))
    };
    // What any rollout deploys is no arm, whatever else deploys it as well.
    let mut rolled = HashSet::new();
    for (change, deploys) in changes.iter().zip(deploys.iter()) {
        for item in deploys.items.iter().filter(|item| item.nature == Nature::Code) {
            if !looks_like_arm(change, &item.object) {
                rolled.extend(item.object.identity());
            }
        }
    }
    let is_candidate = |change: &Change<'_>, object: &Object<'_>| {
        looks_like_arm(change, object) && object.identity().is_none_or(|identity| !rolled.contains(&identity))
    };
    let mut arms: Vec<(usize, usize)> = Vec::new();
    {
        let exposures = exposures(changes, deploys, analyses, &is_candidate);
        for (at, (change, deploys)) in changes.iter().zip(deploys.iter()).enumerate() {
            for (n, item) in deploys.items.iter().enumerate() {
                let is_arm = item.nature == Nature::Code && is_candidate(change, &item.object);
                if is_arm && is_for(&item.object, &exposures, analyses, around) {
                    arms.push((at, n));
                }
            }
        }
    }
    for (at, n) in arms {
        if let Some(item) = deploys.get_mut(at).and_then(|deploys| deploys.items.get_mut(n)) {
            item.is_arm = true;
        }
    }
}

/// What is rolled out behind the analyses, or beside them.
fn exposures<'o, 'd>(
    changes: &[Change<'d>],
    deploys: &'o [Deploys<'d>],
    analyses: &Analyses,
    is_candidate: &impl Fn(&Change<'_>, &Object<'_>) -> bool,
) -> Vec<Exposure<'o, 'd>> {
    let mut found = Vec::new();
    for (change, deploys) in
        changes.iter().zip(deploys).filter(|(change, _)| is_exposing(change) && !analyses.is_before(change.stage))
    {
        let code = deploys.items.iter().filter(|item| matches!(item.nature, Nature::Code | Nature::Analysed));
        let objects = code.filter(|item| !is_candidate(change, &item.object));
        found.extend(objects.map(|item| Exposure { object: Some(&item.object) }));
        let is_unsized =
            deploys.is_opaque || matches!(change.kind, ChangeKind::Traffic | ChangeKind::Pipeline | ChangeKind::Job);
        if is_unsized {
            found.push(Exposure { object: None });
        }
    }
    found
}

/// Whether something is rolled out behind the analysis of `arm` that it is an arm of, or else it is removed there.
fn is_for(arm: &Object<'_>, exposures: &[Exposure<'_, '_>], analyses: &Analyses, around: &Around<'_, '_>) -> bool {
    if !exposures.is_empty() {
        return exposures.iter().any(|exposure| exposure.fits(arm));
    }
    let mut behind = around.pipeline.authored().filter(|(index, _)| analyses.is_behind(*index));
    behind.any(|(_, stage)| {
        let is_down = matches!(targets::scale(stage), Some(targets::Scale::Down))
            || targets::scale(stage) == Some(targets::Scale::To(0.0));
        (targets::takes_away(stage) || is_down) && targets::is_on(stage, arm)
    })
}

/// Whether the deploys before the analyses that cannot be inspected count as arms: they are not more than the names in the scopes, and
/// something else is deployed behind.
pub(super) fn counts_opaque(changes: &[Change<'_>], deploys: &[Deploys<'_>], analyses: &Analyses) -> bool {
    let opaque =
        changes.iter().zip(deploys).filter(|(change, deploys)| deploys.is_opaque && analyses.is_before(change.stage));
    let is_rolled_out = |change: &Change<'_>| {
        is_exposing(change) && change.kind == ChangeKind::Deploy && analyses.is_behind(change.stage)
    };
    opaque.count() <= analyses.names && changes.iter().any(is_rolled_out)
}
