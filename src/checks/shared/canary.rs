//! The canaries that a production rollout waits for.

use crate::analysis::canary;
use crate::checks::api::{Context, Report};
use crate::spinnaker::stage::Stage;

/// Those canaries, with their index in the pipeline; reports why the check does not apply if there are none.
pub(crate) fn guards<'c, 'd>(context: &'c Context<'_, 'd>, report: &mut Report<'d>) -> Vec<(usize, &'c Stage<'d>)> {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        report.not_applicable("the document has no stages");
        return Vec::new();
    };
    let found = canary::guards(pipeline, context.production());
    if found.is_empty() {
        report.not_applicable("no canary runs before a production rollout");
    }
    found
}
