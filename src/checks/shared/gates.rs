//! The stages that run Plimsoll as a gate.

use crate::checks::api::{Context, Report};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// The pipeline and its gate stages, each with its index; reports why the check does not apply if there are none.
pub(crate) fn stages<'c, 'd>(
    context: &'c Context<'_, 'd>,
    report: &mut Report<'d>,
) -> Option<(&'c Pipeline<'d>, Vec<(usize, &'c Stage<'d>)>)> {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        report.not_applicable("the document has no stages");
        return None;
    };
    let gates: Vec<_> =
        context.production().gates.iter().filter_map(|&index| Some((index, pipeline.stages.get(index)?))).collect();
    if gates.is_empty() {
        report.not_applicable("the document has no gate stage");
        return None;
    }
    Some((pipeline, gates))
}
