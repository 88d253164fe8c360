//! What the checks of an application's attributes have in common.

use crate::checks::api::{Available, Context, Finding, Need, Report};
use crate::document::value::Value;
use crate::spinnaker::input::InputKind;

/// Judges the application of a production release, or an application that is the document itself: `judge` gives the finding for its
/// attributes at a place.
pub(crate) fn judge<'d>(
    context: &Context<'_, 'd>,
    report: &mut Report<'d>,
    judge: impl Fn(Value<'_>) -> Option<String>,
    finding: impl Fn(Value<'d>, String) -> Finding<'d>,
) {
    let root = context.input.root;
    if context.input.kind == InputKind::Application {
        let attributes = root.get("attributes").unwrap_or(root);
        if let Some(message) = judge(attributes) {
            report.finding(finding(attributes, message));
        }
        return;
    }
    if context.production().rollouts().next().is_none() {
        return report.not_applicable("no stage is known to roll out to production");
    }
    let application = match report.available(context, Need::Application, context.evidence().application()) {
        Available::Found(application) => application.root(),
        Available::Missing => return report.inconclusive("the application was not found"),
        Available::Reported => return,
    };
    if let Some(message) = judge(application.get("attributes").unwrap_or(application)) {
        let pipeline = context.input.pipeline.as_ref();
        let place = pipeline.and_then(|pipeline| pipeline.value.get("application")).unwrap_or(root);
        report.finding(finding(place, message));
    }
}
