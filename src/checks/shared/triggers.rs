//! The triggers of a saved pipeline that changes production.

use crate::checks::api::{Context, Report};
use crate::document::value::Value;

/// Its enabled triggers; for any other document, reports why the check does not apply.
pub(crate) fn enabled_triggers<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) -> Vec<Value<'d>> {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| !pipeline.is_execution) else {
        report.not_applicable("only a saved pipeline lists its triggers");
        return Vec::new();
    };
    if context.production().is_untouched() {
        report.not_applicable("no stage is known to change production");
        return Vec::new();
    }
    pipeline.enabled_triggers().collect()
}
