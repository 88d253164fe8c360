//! Canaries that guard a production rollout.

use crate::analysis::production::Production;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// The canaries that a production rollout waits for, with their index in [`Pipeline::stages`].
pub fn guards<'a, 'd>(pipeline: &'a Pipeline<'d>, production: &Production<'d>) -> Vec<(usize, &'a Stage<'d>)> {
    let rollouts: Vec<usize> = production.rollouts().map(|change| change.stage).collect();
    let before = pipeline.graph.ancestors(&rollouts);
    let is_before = |index: &usize| before.get(*index).copied().unwrap_or(false);
    let canaries = production.canaries.iter().copied().filter(is_before);
    canaries.filter_map(|index| Some((index, pipeline.stages.get(index)?))).collect()
}
