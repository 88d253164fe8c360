//! Which stages are gates.

use crate::document::value::Value;
use crate::kubernetes::image::is_image;
use crate::policy::GatePolicy;
use crate::spinnaker::stage::Stage;

/// Whether `stage` is a gate: a Run Job stage whose type or image the policy names, or a webhook or remote stage of such a type.
pub fn is_gate(stage: &Stage<'_>, policy: &GatePolicy) -> bool {
    let is_named = policy.stage_types.contains(&stage.kind);
    match stage.effective_type() {
        "runJob" | "preconfiguredJob" => is_named || has_gate_image(stage, policy),
        "webhook" | "preconfiguredWebhook" | "remote" => is_named,
        // Orca does not run `runJobManifest` without its alias, but a saved pipeline without the alias still means a Run Job.
        "runJobManifest" => has_gate_image(stage, policy),
        // A preconfigured stage without its `alias` still is the gate that its author meant.
        _ => is_named && stage.alias.is_none(),
    }
}

fn has_gate_image(stage: &Stage<'_>, policy: &GatePolicy) -> bool {
    let Some(spec) = stage.settings.at(&["manifest", "spec", "template", "spec"]) else { return false };
    let mut images = spec.list("containers").filter_map(|container| container.get("image").and_then(Value::as_str));
    images.any(|image| policy.images.iter().any(|known| is_image(&image, known)))
}
