//! Kubernetes manifests, wherever a pipeline carries them, and the pods inside.

use std::borrow::Cow;

use crate::document::value::Value;
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
}

impl<'d> Manifest<'d> {
    /// `kind`; empty when it is missing.
    pub fn kind(self) -> Cow<'d, str> {
        self.value.str("kind").unwrap_or_default()
    }

    /// `metadata.name` or `metadata.generateName`.
    pub fn name(self) -> Option<Cow<'d, str>> {
        let metadata = self.value.get("metadata")?;
        metadata.str("name").or_else(|| metadata.str("generateName"))
    }

    /// The pod's spec, for every kind that carries a pod template.
    pub fn pod_spec(self) -> Option<Value<'d>> {
        match &*self.kind() {
            "Pod" => self.value.get("spec"),
            "CronJob" => self.value.at(&["spec", "jobTemplate", "spec", "template", "spec"]),
            "PodTemplate" => self.value.at(&["template", "spec"]),
            // Any other kind that has a template with containers counts as a workload: Deployment, StatefulSet, DaemonSet,
            // ReplicaSet, ReplicationController, Job, Argo Rollout, Knative Service.
            _ => self.value.at(&["spec", "template", "spec"]),
        }
    }
}

/// A manifest that cannot be inspected before it is deployed, and why.
#[derive(Clone, Copy)]
pub struct Opaque<'d> {
    /// The value in place of the manifest.
    pub value: Value<'d>,
    /// Index of the stage that deploys it.
    pub stage: usize,
    /// What the document contains instead of a manifest.
    pub why: OpaqueReason,
}

/// Why a manifest cannot be inspected before it is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpaqueReason {
    /// `source: artifact`: fetched when the stage runs.
    Artifact,
    /// An expression that only the running execution evaluates.
    Expression,
    /// A reference into the artifact store (`remote/map/base64`, `ref://…`).
    Stored,
    /// `source` is neither `text` nor `artifact`.
    UnknownSource,
}

/// The manifests of a document, and those that cannot be inspected.
#[derive(Default)]
pub struct Manifests<'d> {
    pub readable: Vec<Manifest<'d>>,
    pub opaque: Vec<Opaque<'d>>,
}

impl<'d> Manifests<'d> {
    /// Finds the manifests of `subject`: the document itself, or those in its stages.
    pub fn of(subject: &Input<'d>) -> Self {
        let mut found = Self::default();
        if subject.kind == InputKind::Manifest {
            found.add(subject.root, None);
        }
        if let Some(pipeline) = &subject.pipeline {
            found.add_stages(pipeline);
        }
        found
    }

    /// The manifests in the stages of `pipeline`.
    pub fn of_pipeline(pipeline: &Pipeline<'d>) -> Self {
        let mut found = Self::default();
        found.add_stages(pipeline);
        found
    }

    fn add_stages(&mut self, pipeline: &Pipeline<'d>) {
        for (index, stage) in pipeline.authored() {
            match stage.effective_type() {
                "deployManifest" => self.add_deploy(stage, index, "manifests"),
                // `runJobManifest` without its alias does not run at all, but a saved pipeline may contain one.
                "runJob" | "preconfiguredJob" | "runJobManifest" => self.add_deploy(stage, index, "manifest"),
                "patchManifest" | "deployCloudrunManifest" => self.add_deploy(stage, index, "patchBody"),
                _ => {}
            }
        }
    }

    fn add_deploy(&mut self, stage: &Stage<'d>, index: usize, key: &str) {
        let source = stage.setting("source");
        let inline = stage.setting(key);
        let word = source.and_then(Value::as_str).unwrap_or_default();
        if word == "artifact" {
            // A stage that has run records what it applied (`PromoteManifestKatoOutputsTask.java`): that can be inspected.
            let applied: Vec<_> =
                stage.settings.list("outputs.manifests").filter(|manifest| manifest.is_object()).collect();
            if !applied.is_empty() {
                for manifest in applied {
                    self.add(manifest, Some(index));
                }
                return;
            }
            let place = stage.setting("manifestArtifactId").or_else(|| stage.setting("manifestArtifact"));
            self.opaque.push(Opaque { value: place.unwrap_or(stage.value), stage: index, why: OpaqueReason::Artifact });
            return;
        }
        if let (Some(source), false) = (source, matches!(&*word, "" | "text")) {
            let why = if word.contains("${") { OpaqueReason::Expression } else { OpaqueReason::UnknownSource };
            self.opaque.push(Opaque { value: source, stage: index, why });
            return;
        }
        let Some(inline) = inline else { return };
        self.add_inline(inline, index);
    }

    /// `manifests` may contain nested lists (Orca flattens them) and expressions.
    fn add_inline(&mut self, value: Value<'d>, stage: usize) {
        let mut todo = vec![value];
        while let Some(value) = todo.pop() {
            if value.elements().next().is_some() {
                todo.extend(value.elements());
                continue;
            }
            if let Some(text) = value.as_str() {
                let why = if text.starts_with("ref://") { OpaqueReason::Stored } else { OpaqueReason::Expression };
                if !text.trim().is_empty() {
                    self.opaque.push(Opaque { value, stage, why });
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
            self.add(value, Some(stage));
        }
    }

    fn add(&mut self, value: Value<'d>, stage: Option<usize>) {
        let is_list = value.str("kind").is_some_and(|kind| kind == "List" || kind.ends_with("List"));
        if is_list && value.get("items").is_some() {
            for item in value.list("items") {
                self.add(item, stage);
            }
            return;
        }
        self.readable.push(Manifest { value, stage });
    }
}
