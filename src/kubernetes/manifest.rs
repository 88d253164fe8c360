//! Kubernetes manifests, wherever a pipeline carries them, and the pods inside.

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::sanitize::sanitize;
use crate::document::Kind;
use crate::document::value::Value;
use crate::kubernetes::artifact::{Artifacts, Fetched};
use crate::kubernetes::wanted::Wanted;
use crate::spinnaker::input::{Input, InputKind};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// One manifest; a `List` has been expanded.
#[derive(Clone, Copy)]
pub struct Manifest<'d> {
    /// The manifest's object.
    pub value: Value<'d>,
    /// Index in [`Pipeline::stages`](crate::spinnaker::pipeline::Pipeline::stages) of the stage that contains it; `None` for a standalone manifest.
    pub stage: Option<usize>,
    /// How it is applied.
    pub role: Role,
}

/// How an object of a document reaches the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is deployed as it is.
    Whole,
    /// A strategic merge patch: lists of containers are merged by name.
    StrategicPatch,
    /// A JSON merge patch (RFC 7386): lists are replaced.
    MergePatch,
    /// One operation of a JSON patch (RFC 6902).
    PatchOperation,
}

impl<'d> Manifest<'d> {
    /// `kind`; empty when it is missing.
    pub fn kind(self) -> Cow<'d, str> {
        self.value.str("kind").unwrap_or_default()
    }

    /// Kind and name, for messages; a patch does not repeat them.
    pub fn label(self) -> String {
        let (kind, name) = (self.kind(), self.name().unwrap_or_default());
        if kind.is_empty() && self.role != Role::Whole {
            return "the patched object".to_owned();
        }
        format!("{} {:?}", sanitize(&kind, 40), sanitize(&name, 80))
    }

    /// `metadata.name` or `metadata.generateName`.
    pub fn name(self) -> Option<Cow<'d, str>> {
        let metadata = self.value.get("metadata")?;
        metadata.str("name").or_else(|| metadata.str("generateName"))
    }
}

/// A manifest that cannot be inspected before it is deployed, and why.
#[derive(Clone)]
pub struct Opaque<'d> {
    /// The value in place of the manifest.
    pub value: Value<'d>,
    /// Index of the stage that deploys it.
    pub stage: usize,
    /// What the document contains instead of a manifest.
    pub why: OpaqueReason,
}

/// Why a manifest cannot be inspected before it is deployed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpaqueReason {
    /// `source: artifact`: fetched when the stage runs.
    Artifact,
    /// The artifact was read, and the stage may fetch other content under the same reference.
    Unpinned,
    /// Spinnaker was asked for the artifact and did not give it: why.
    NotGiven(Arc<str>),
    /// An expression that only the running execution evaluates.
    Expression,
    /// A reference into the artifact store (`remote/map/base64`, `ref://…`).
    Stored,
    /// `source` is neither `text` nor `artifact`.
    UnknownSource,
    /// A text that holds no object, neither as YAML nor as JSON.
    Unparsed,
}

impl OpaqueReason {
    /// Whether the document names what is deployed and nobody shows it: a warning, as the policy says (`artifacts.uninspectable`). What
    /// only the running execution decides, and what was refused, is unsettled whatever the policy says.
    pub fn is_uninspectable(&self) -> bool {
        matches!(self, Self::Artifact | Self::Unpinned | Self::Stored)
    }
}

/// The manifests of a document, and those that cannot be inspected.
#[derive(Default)]
pub struct Manifests<'d> {
    pub readable: Vec<Manifest<'d>>,
    pub opaque: Vec<Opaque<'d>>,
    /// Artifacts with manifests whose content may be fetched and was not.
    pub wanted: Vec<Wanted>,
    /// The documents that were fetched.
    pub fetched: Vec<Value<'d>>,
}

impl<'d> Manifests<'d> {
    /// Finds the manifests of `subject`: the document itself, or those in its stages.
    pub fn of(subject: &Input<'d>) -> Self {
        Self::with(subject, &Fetched::new())
    }

    /// The same, with what was fetched of the artifacts that its stages deploy.
    pub fn with(subject: &Input<'d>, contents: &Fetched) -> Self {
        let mut found = Self::default();
        if subject.kind == InputKind::Manifest {
            found.add(subject.root, None, Role::Whole);
        }
        if let Some(pipeline) = &subject.pipeline {
            found.add_stages(pipeline, contents);
        }
        found
    }

    /// The manifests in the stages of `pipeline`, with what was fetched of the artifacts that they deploy.
    pub fn of_pipeline(pipeline: &Pipeline<'d>, contents: &Fetched) -> Self {
        let mut found = Self::default();
        found.add_stages(pipeline, contents);
        found
    }

    fn add_stages(&mut self, pipeline: &Pipeline<'d>, contents: &Fetched) {
        let artifacts = Artifacts::of(pipeline, contents);
        for (index, stage) in pipeline.authored() {
            match stage.effective_type() {
                "deployManifest" => self.add_deploy(&artifacts, stage, index, "manifests", Role::Whole),
                // `runJobManifest` without its alias does not run at all, but a saved pipeline may contain one.
                "runJob" | "preconfiguredJob" | "runJobManifest" => {
                    self.add_deploy(&artifacts, stage, index, "manifest", Role::Whole);
                }
                "patchManifest" => self.add_deploy(&artifacts, stage, index, "patchBody", patch_role(stage)),
                "deployCloudrunManifest" => self.add_deploy(&artifacts, stage, index, "patchBody", Role::Whole),
                _ => {}
            }
        }
    }

    fn add_deploy(&mut self, artifacts: &Artifacts<'_, 'd>, stage: &Stage<'d>, index: usize, key: &str, role: Role) {
        let source = stage.setting("source");
        let inline = stage.setting(key);
        let word = source.and_then(Value::as_str).unwrap_or_default();
        if word == "artifact" {
            // A stage that has run records what it applied (`PromoteManifestKatoOutputsTask.java`): that can be inspected.
            let applied: Vec<_> =
                stage.settings.list("outputs.manifests").filter(|manifest| manifest.is_object()).collect();
            if !applied.is_empty() {
                for manifest in applied {
                    self.add(manifest, Some(index), role);
                }
                return;
            }
            let held = artifacts.held(stage);
            for object in held.objects {
                self.add(object, Some(index), role);
            }
            let place = ["manifestArtifactId", "manifestArtifact"].iter().find_map(|key| stage.setting(key));
            let value = place.filter(|place| !place.is_blank()).unwrap_or(stage.value);
            let mut unseen = held.unseen;
            unseen.sort();
            unseen.dedup();
            self.opaque.extend(unseen.into_iter().map(|why| Opaque { value, stage: index, why }));
            self.wanted.extend(held.wanted);
            self.fetched.extend(held.fetched);
            return;
        }
        if let (Some(source), false) = (source, matches!(&*word, "" | "text")) {
            let why = if word.contains("${") { OpaqueReason::Expression } else { OpaqueReason::UnknownSource };
            self.opaque.push(Opaque { value: source, stage: index, why });
            return;
        }
        let before = self.readable.len() + self.opaque.len();
        if let Some(inline) = inline {
            self.add_inline(inline, index, role);
        }
        // Orca takes `manifest` where `manifests` is absent or empty (`ManifestContext.java`).
        let is_empty = self.readable.len() + self.opaque.len() == before;
        if let Some(single) = stage.setting("manifest").filter(|_| is_empty && key == "manifests") {
            self.add_inline(single, index, role);
        }
    }

    /// `manifests` may contain nested lists (Orca flattens them), expressions, and texts that hold a manifest.
    fn add_inline(&mut self, value: Value<'d>, stage: usize, role: Role) {
        let mut todo = vec![value];
        while let Some(value) = todo.pop() {
            if value.elements().next().is_some() {
                push_reversed(&mut todo, value.elements());
                continue;
            }
            if let Some(text) = value.as_str() {
                let inside: Vec<_> = value.embedded().collect();
                let has_objects = inside.iter().all(|object| object.is_object() || object.kind() == Kind::Array);
                let is_empty_list = inside.is_empty() && matches!(text.trim(), "[]" | "{}" | "null");
                if is_empty_list {
                    continue;
                }
                if !inside.is_empty() && has_objects {
                    push_reversed(&mut todo, inside.into_iter());
                } else if !text.trim().is_empty() {
                    self.opaque.push(Opaque { value, stage, why: why_opaque(&text) });
                }
                continue;
            }
            if !value.is_object() || value.is_blank() {
                continue;
            }
            let is_stub = value.str("type").is_some_and(|kind| kind.starts_with("remote/"))
                || value.str("reference").is_some_and(|reference| reference.starts_with("ref://"));
            if is_stub && value.get("kind").is_none() {
                self.opaque.push(Opaque { value, stage, why: OpaqueReason::Stored });
                continue;
            }
            let is_operation = role != Role::Whole && value.get("path").is_some() && value.get("op").is_some();
            self.add(value, Some(stage), if is_operation { Role::PatchOperation } else { role });
        }
    }

    fn add(&mut self, value: Value<'d>, stage: Option<usize>, role: Role) {
        let is_list = value.str("kind").is_some_and(|kind| kind == "List" || kind.ends_with("List"));
        if is_list && value.get("items").is_some() {
            for item in value.list("items") {
                self.add(item, stage, role);
            }
            return;
        }
        self.readable.push(Manifest { value, stage, role });
    }
}

/// How a patch stage applies its patch; `strategic` is Orca's default (`PatchManifestContext.java`).
fn patch_role(stage: &Stage<'_>) -> Role {
    let strategy = stage.settings.at(&["options", "mergeStrategy"]).and_then(Value::as_str).unwrap_or_default();
    match &*strategy {
        "json" => Role::PatchOperation,
        "merge" => Role::MergePatch,
        _ => Role::StrategicPatch,
    }
}

/// Adds `values` so that the first of them is popped first.
fn push_reversed<'d>(todo: &mut Vec<Value<'d>>, values: impl Iterator<Item = Value<'d>>) {
    let from = todo.len();
    todo.extend(values);
    if let Some(new) = todo.get_mut(from..) {
        new.reverse();
    }
}

fn why_opaque(text: &str) -> OpaqueReason {
    match text {
        _ if text.starts_with("ref://") => OpaqueReason::Stored,
        _ if text.contains("${") => OpaqueReason::Expression,
        _ => OpaqueReason::Unparsed,
    }
}
