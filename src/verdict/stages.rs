//! The stages of a pipeline as records, for the graph of a report.

use crate::analysis::production::{Environment, Production};
use crate::base::sanitize::sanitize;
use crate::spinnaker::graph::Graph;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;
use crate::verdict::mask::Mask;
use crate::verdict::record::{StageRecord, Where};

/// A picture of more stages says nothing.
const MOST: usize = 1_000;

/// The most characters of a name.
const LONGEST: usize = 200;

/// The stages of `pipeline`, by their index, without any secret.
pub fn of(pipeline: &Pipeline<'_>, production: &Production<'_>, mask: &Mask) -> Vec<StageRecord> {
    if pipeline.stages.len() > MOST {
        return Vec::new();
    }
    let graph = Graph::of(&pipeline.stages);
    let shown = |text: &str| mask.apply(&sanitize(text, LONGEST));
    let stage = |(index, stage): (usize, &Stage<'_>)| StageRecord {
        ref_id: shown(&stage.ref_id),
        name: shown(&stage.name),
        kind: shown(stage.effective_type()),
        status: stage.status().map(|status| shown(&status)),
        is_gate: production.gates.contains(&index),
        is_canary: production.canaries.contains(&index),
        place: place(production, index),
        waits_for: graph.waits_for(index).to_vec(),
        is_synthetic: stage.is_synthetic,
    };
    pipeline.stages.iter().enumerate().map(stage).collect()
}

/// Where the stage changes something: the worst of its changes.
fn place(production: &Production<'_>, index: usize) -> Option<Where> {
    let of_stage = production.changes.iter().filter(|change| change.stage == index);
    let places = of_stage.map(|change| match change.environment {
        Environment::Production(_) => Where::Production,
        Environment::Open(_) => Where::Open,
        Environment::Unknown(_) => Where::Unknown,
        Environment::Elsewhere => Where::Elsewhere,
    });
    places.max()
}
