//! Manifests that a check has to look into and that are not there.

use crate::checks::api::{Context, Report, stage_label};
use crate::kubernetes::manifest::{Opaque, OpaqueReason};

/// Reports manifests that Spinnaker was asked for and did not give: an execution that deploys them is not judged.
pub(crate) fn report_not_given(context: &Context<'_, '_>, report: &mut Report<'_>) {
    let not_given = context.manifests.opaque.iter().find_map(|opaque| match &opaque.why {
        OpaqueReason::NotGiven(why) => Some((opaque.stage, why)),
        _ => None,
    });
    let stage = |index: usize| context.input.pipeline.as_ref()?.stages.get(index);
    if let Some((stage, why)) = not_given.and_then(|(index, why)| Some((stage(index)?, why))) {
        let label = stage_label(stage);
        report
            .unsettled_elsewhere(context, format!("the manifest of {label} is an artifact that was not given: {why}"));
    }
}

/// Reports those as well in whose place only an expression or a text is. `manifest-not-inspectable` reports each place.
pub(crate) fn report_unread(context: &Context<'_, '_>, report: &mut Report<'_>) {
    report_not_given(context, report);
    let Some(pipeline) = context.input.pipeline.as_ref() else { return };
    let is_unread = |opaque: &&Opaque<'_>| matches!(opaque.why, OpaqueReason::Expression | OpaqueReason::Unparsed);
    let stage = context.manifests.opaque.iter().find(is_unread).and_then(|opaque| pipeline.stages.get(opaque.stage));
    if let Some(stage) = stage {
        let label = stage_label(stage);
        let reason = format!("the manifest of {label} is an expression or a text that holds no object");
        report.unsettled_elsewhere(context, reason);
    }
}

/// Why a check of workloads is skipped: manifests in artifacts that nobody shows, or that may change.
pub(crate) fn skipped(context: &Context<'_, '_>) -> Option<String> {
    let pipeline = context.input.pipeline.as_ref()?;
    let mut stages: Vec<usize> = Vec::new();
    for opaque in context.manifests.opaque.iter().filter(|opaque| opaque.why.is_uninspectable()) {
        if stages.last() != Some(&opaque.stage) {
            stages.push(opaque.stage);
        }
    }
    let labels: Vec<String> =
        stages.iter().take(3).filter_map(|stage| pipeline.stages.get(*stage)).map(stage_label).collect();
    let more = if stages.len() > 3 { " and others" } else { "" };
    let them = if stages.len() > 1 { "artifacts" } else { "an artifact" };
    (!stages.is_empty()).then(|| {
        format!(
            "the manifest of {}{more} is in {them} that cannot be inspected, or may change; bake it before the gate",
            labels.join(", ")
        )
    })
}
