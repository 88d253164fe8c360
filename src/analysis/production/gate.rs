//! Which stages are gates (DESIGN section 11).

use crate::document::value::Value;
use crate::policy::GatePolicy;
use crate::spinnaker::stage::Stage;

/// Whether `stage` is a gate: a Run Job stage whose type or image the policy names, or a webhook or remote stage of such a type.
pub fn is_gate(stage: &Stage<'_>, policy: &GatePolicy) -> bool {
    let is_named = policy.stage_types.contains(&stage.kind);
    match stage.effective_type() {
        "runJob" | "preconfiguredJob" => is_named || has_gate_image(stage, policy),
        "webhook" | "preconfiguredWebhook" | "remote" => is_named,
        // Orca knows no `runJobManifest`; a saved pipeline whose author forgot the alias still means a Run Job.
        "runJobManifest" => has_gate_image(stage, policy),
        // A preconfigured stage whose `alias` is missing is still written as the gate it means to be.
        _ => is_named && stage.alias.is_none(),
    }
}

fn has_gate_image(stage: &Stage<'_>, policy: &GatePolicy) -> bool {
    let Some(spec) = stage.settings.at(&["manifest", "spec", "template", "spec"]) else { return false };
    let mut images = spec.list("containers").filter_map(|container| container.get("image").and_then(Value::as_str));
    images.any(|image| policy.images.iter().any(|known| is_image(&image, known)))
}

/// Whether `image` is `known`: the base name of its repository, or the whole reference with or without tag and digest.
pub(crate) fn is_image(image: &str, known: &str) -> bool {
    let repository = repository(image);
    if known.contains('/') || known.contains(':') {
        return image == known || repository == known;
    }
    repository.rsplit('/').next() == Some(known)
}

/// An image without tag and digest.
pub(crate) fn repository(image: &str) -> &str {
    let bare = image.split('@').next().unwrap_or(image);
    let slash = bare.rfind('/').map_or(0, |at| at + 1);
    let end = bare.get(slash..).and_then(|base| base.find(':')).map_or(bare.len(), |at| slash + at);
    bare.get(..end).unwrap_or(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_base_name_or_whole() {
        for image in ["plimsoll", "plimsoll:1", "ghcr.io/acme/plimsoll:1.2", "r:5000/plimsoll@sha256:00"] {
            assert!(is_image(image, "plimsoll"), "{image}");
        }
        for image in ["plimsoll-demo", "x/plimsoll/other:1", "notplimsoll", "x/y:plimsoll"] {
            assert!(!is_image(image, "plimsoll"), "{image}");
        }
        assert!(
            is_image("ghcr.io/acme/plimsoll:1", "ghcr.io/acme/plimsoll")
                && !is_image("evil/plimsoll:1", "ghcr.io/acme/plimsoll")
        );
    }
}
