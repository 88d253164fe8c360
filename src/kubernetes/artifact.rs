//! Manifests that an execution holds as artifacts: embedded in a stage, or baked by a stage that has run.
//!
//! Orca binds an expected artifact to what a trigger or a stage before it brought, by type and name
//! (`orca-core/…/pipeline/util/ArtifactUtils.java`, `kork-artifacts/…/model/ExpectedArtifact.java`).

use crate::document::value::Value;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// The type of an artifact whose reference is its content.
const EMBEDDED: &str = "embedded/base64";

/// What an execution knows about the artifact that a stage deploys.
pub(super) struct Held<'d> {
    /// The objects of every artifact that may be the one that is deployed.
    pub(super) objects: Vec<Value<'d>>,
    /// Nothing else may be deployed: each artifact that may be bound could be read.
    pub(super) is_complete: bool,
}

/// The objects in the artifact that `stage` of `pipeline` deploys, where the document holds its content.
pub(super) fn held<'d>(pipeline: &Pipeline<'d>, stage: &Stage<'d>) -> Held<'d> {
    let candidates = candidates(pipeline, stage);
    let mut held = Held { objects: Vec::new(), is_complete: !candidates.is_empty() };
    for artifact in candidates {
        let is_embedded = artifact.get("type").is_some_and(|kind| kind.is_str(EMBEDDED));
        let reference = artifact.get("reference").filter(|_| is_embedded);
        let objects: Vec<_> = reference.into_iter().flat_map(Value::embedded_base64).collect();
        held.is_complete &= !objects.is_empty() && objects.iter().all(|object| object.is_object());
        held.objects.extend(objects.into_iter().filter(|object| object.is_object()));
    }
    held
}

/// Every artifact that may be the one that `stage` deploys.
fn candidates<'d>(pipeline: &Pipeline<'d>, stage: &Stage<'d>) -> Vec<Value<'d>> {
    if let Some(inline) = stage.setting("manifestArtifact").filter(|artifact| artifact.is_object()) {
        return vec![inline];
    }
    let Some(id) = stage.setting("manifestArtifactId").and_then(Value::text).filter(|id| !id.trim().is_empty()) else {
        return Vec::new();
    };
    let expected: Vec<Value<'d>> =
        expected(pipeline).into_iter().filter(|one| one.get("id").is_some_and(|own| own.is_str(&id))).collect();
    let mut found: Vec<Value<'d>> =
        expected.iter().filter_map(|one| one.get("boundArtifact")).filter(|bound| bound.is_object()).collect();
    let produced = produced(pipeline);
    let wanted = expected.iter().filter_map(|one| one.get("matchArtifact"));
    found
        .extend(wanted.flat_map(|wanted| produced.iter().copied().filter(move |artifact| is_match(wanted, *artifact))));
    if found.is_empty() {
        let has_default =
            |one: &&Value<'d>| one.get("useDefaultArtifact").is_some_and(|flag| flag.text().as_deref() == Some("true"));
        found.extend(expected.iter().filter(has_default).filter_map(|one| one.get("defaultArtifact")));
    }
    found
}

/// The expected artifacts of the pipeline, of its trigger and of its stages.
fn expected<'d>(pipeline: &Pipeline<'d>) -> Vec<Value<'d>> {
    let lists = ["expectedArtifacts", "resolvedExpectedArtifacts"];
    let trigger = pipeline.value.get("trigger").filter(|_| pipeline.is_execution);
    let of_stages = pipeline.authored().flat_map(|(_, stage)| [Some(stage.settings), stage.value.get("outputs")]);
    let holders = [Some(pipeline.value), trigger].into_iter().chain(of_stages).flatten();
    holders
        .flat_map(|holder| lists.into_iter().flat_map(move |list| holder.get_all(list)))
        .flat_map(Value::elements)
        .collect()
}

/// The artifacts that the trigger and the stages brought.
fn produced<'d>(pipeline: &Pipeline<'d>) -> Vec<Value<'d>> {
    let trigger = pipeline.value.get("trigger").filter(|_| pipeline.is_execution);
    let of_stages = pipeline.authored().flat_map(|(_, stage)| [Some(stage.settings), stage.value.get("outputs")]);
    let holders = trigger.into_iter().chain(of_stages.flatten());
    holders
        .flat_map(|holder| holder.get_all("artifacts"))
        .flat_map(Value::elements)
        .filter(|one| one.is_object())
        .collect()
}

/// Whether `artifact` may be what `wanted` asks for. Both fields are regular expressions to Orca: one that is more than a plain text may
/// match anything.
fn is_match(wanted: Value<'_>, artifact: Value<'_>) -> bool {
    ["type", "name"].iter().all(|key| {
        let Some(pattern) = wanted.str(key).filter(|pattern| !pattern.trim().is_empty()) else { return true };
        let is_plain = !pattern.contains(['*', '+', '?', '[', '(', '|', '\\', '^', '$']);
        !is_plain || artifact.str(key).is_some_and(|text| text == pattern)
    })
}
