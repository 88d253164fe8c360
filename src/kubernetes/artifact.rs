//! Manifests that an execution holds as artifacts: embedded in a stage, or baked by a stage that has run.
//!
//! Orca binds an expected artifact to what a trigger or a stage before it brought, by type and name
//! (`orca-core/…/pipeline/util/ArtifactUtils.java`, `kork-artifacts/…/model/ExpectedArtifact.java`).

use std::cell::OnceCell;
use std::collections::HashMap;

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

/// The artifacts of a pipeline, found once for all of its stages.
pub(super) struct Artifacts<'p, 'd> {
    pipeline: &'p Pipeline<'d>,
    expected: OnceCell<HashMap<String, Vec<Value<'d>>>>,
    produced: OnceCell<HashMap<String, Vec<Value<'d>>>>,
}

impl<'p, 'd> Artifacts<'p, 'd> {
    /// The artifacts of `pipeline`; nothing is read yet.
    pub(super) fn of(pipeline: &'p Pipeline<'d>) -> Self {
        Self { pipeline, expected: OnceCell::new(), produced: OnceCell::new() }
    }

    /// The objects in the artifact that `stage` deploys, where the document holds its content.
    pub(super) fn held(&self, stage: &Stage<'d>) -> Held<'d> {
        let candidates = self.candidates(stage);
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

    /// Every artifact that may be the one that `stage` deploys; none when that is not known.
    fn candidates(&self, stage: &Stage<'d>) -> Vec<Value<'d>> {
        if let Some(inline) = stage.setting("manifestArtifact").filter(|artifact| artifact.is_object()) {
            return vec![inline];
        }
        let Some(id) = stage.setting("manifestArtifactId").and_then(Value::text) else { return Vec::new() };
        let expected = self.expected.get_or_init(|| by(expected(self.pipeline), "id"));
        let expected = expected.get(&*id).map(Vec::as_slice).unwrap_or_default();
        let mut found = Vec::new();
        for one in expected {
            found.extend(one.get("boundArtifact").filter(|bound| bound.is_object()));
            let Some(wanted) = one.get("matchArtifact") else { continue };
            // Orca reads both fields as regular expressions.
            let Some(matching) = self.matching(wanted) else { return Vec::new() };
            found.extend(matching);
        }
        if found.is_empty() {
            let has_default =
                |one: &&Value<'d>| one.get("useDefaultArtifact").and_then(Value::text).as_deref() == Some("true");
            found.extend(expected.iter().filter(has_default).filter_map(|one| one.get("defaultArtifact")));
        }
        found
    }

    /// The artifacts that `wanted` asks for by its name; `None` when it asks by more than a plain name.
    fn matching(&self, wanted: Value<'d>) -> Option<Vec<Value<'d>>> {
        let plain = |key: &str| match wanted.str(key) {
            Some(pattern) if pattern.contains(['*', '+', '?', '[', '(', '|', '\\', '^', '$']) => None,
            pattern => Some(pattern),
        };
        let (kind, name) = (plain("type")?, plain("name")?);
        // Without a name, only a bound artifact says which one it is.
        let Some(name) = name else { return Some(Vec::new()) };
        let produced = self.produced.get_or_init(|| by(produced(self.pipeline), "name"));
        let named = produced.get(&*name).map(Vec::as_slice).unwrap_or_default().iter().copied();
        Some(
            named
                .filter(|artifact| kind.as_deref().is_none_or(|kind| artifact.str("type").as_deref() == Some(kind)))
                .collect(),
        )
    }
}

/// `values` by the text under `key`.
fn by<'d>(values: Vec<Value<'d>>, key: &str) -> HashMap<String, Vec<Value<'d>>> {
    let mut found: HashMap<String, Vec<Value<'d>>> = HashMap::new();
    for value in values {
        if let Some(text) = value.get(key).and_then(Value::text) {
            found.entry(text.into_owned()).or_default().push(value);
        }
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
