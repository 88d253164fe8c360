//! The container images that a document deploys, by every provider's own keys.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::document::value::Value;
use crate::kubernetes::image;
use crate::kubernetes::part::Part;
use crate::kubernetes::pod_view::PodView;
use crate::spinnaker::pipeline::Pipeline;

/// A container image, where the document names it.
pub struct Image<'d> {
    /// The value that names it.
    pub place: Value<'d>,
    /// The reference as it is written, or what its expression becomes.
    pub text: Cow<'d, str>,
    /// In messages: `container "web" of Deployment "shop"`.
    pub owner: String,
    /// Index of the stage that deploys it.
    pub stage: Option<usize>,
    /// It is of an init container, which ends before the application starts.
    pub is_of_init: bool,
    /// An artifact of the pipeline replaces what is written (`clouddriver-kubernetes/…/artifact/Replacer.java`).
    pub is_bound: bool,
}

/// The keys under which clusters of other providers name a container image.
const CLUSTER_KEYS: [(&str, &str); 4] = [
    ("titus", "imageId"),
    ("ecs", "dockerImageAddress"),
    ("appengine", "containerImageUrl"),
    ("cloudfoundry", "docker.image"),
];

/// The images of `pods` and of the clusters of `pipeline`.
pub fn all<'d>(pods: &[PodView<'d>], pipeline: Option<&Pipeline<'d>>) -> Vec<Image<'d>> {
    let bound = pipeline.map(bound).unwrap_or_default();
    let mut images = of_pods(pods);
    if let Some(pipeline) = pipeline {
        images.extend(of_clusters(pipeline));
    }
    for image in &mut images {
        image.is_bound = bound.contains(image::repository(&image.text));
    }
    images
}

fn of_pods<'d>(pods: &[PodView<'d>]) -> Vec<Image<'d>> {
    let mut images = Vec::new();
    for pod in pods.iter().filter(|pod| pod.unreadable().is_none()) {
        for container in &pod.containers {
            let (Part::Is(place) | Part::Merged(place, _) | Part::Open(place)) = container.at(&["image"]) else {
                continue;
            };
            // Where the whole container is an expression, nothing is known of an image.
            let Some(text) = place.as_str().filter(|_| !container.is_unread_at(place)) else { continue };
            let owner = format!("{} of {}", container.label, pod.label());
            let is_of_init = container.list == "initContainers";
            let stage = pod.pod.manifest.stage;
            images.push(Image { place, text, owner, stage, is_of_init, is_bound: false });
        }
    }
    images
}

fn of_clusters<'d>(pipeline: &Pipeline<'d>) -> Vec<Image<'d>> {
    let mut images = Vec::new();
    for (index, stage) in pipeline.authored() {
        let clusters = stage.settings.list("clusters").chain(stage.setting("cluster")).chain([stage.settings]);
        for cluster in clusters.filter(|cluster| cluster.is_object()) {
            let provider =
                cluster.str("cloudProvider").or_else(|| stage.settings.str("cloudProvider")).unwrap_or_default();
            for (of, key) in CLUSTER_KEYS.iter().filter(|(of, _)| **of == *provider) {
                let keys: Vec<&str> = key.split('.').collect();
                let Some(place) = cluster.at(&keys) else { continue };
                let Some(text) = place.as_str().filter(|text| !text.trim().is_empty()) else { continue };
                let owner = format!("a {of} cluster of stage {}", crate::base::sanitize::quoted(&stage.name, 80));
                images.push(Image { place, text, owner, stage: Some(index), is_of_init: false, is_bound: false });
            }
        }
    }
    images
}

/// The repositories of the images that artifacts of the pipeline bind: expected ones, those of its triggers, those it requires.
fn bound(pipeline: &Pipeline<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let root = pipeline.value;
    let mut add = |artifact: Value<'_>| {
        if artifact.str("type").is_some_and(|kind| kind == "docker/image") {
            names.extend(artifact.str("name").map(|name| image::repository(&name).to_owned()));
        }
    };
    let stages = pipeline.stages.iter().map(|stage| stage.settings);
    for holder in [root].into_iter().chain(stages) {
        for expected in holder.list("expectedArtifacts").chain(holder.list("requiredArtifacts")) {
            let keys = ["matchArtifact", "defaultArtifact", "boundArtifact", "artifact"];
            keys.iter().filter_map(|key| expected.get(key)).for_each(&mut add);
        }
    }
    let trigger = root.get("trigger").into_iter();
    for trigger in trigger.clone() {
        trigger.list("artifacts").chain(trigger.list("resolvedExpectedArtifacts")).for_each(&mut add);
    }
    for trigger in root.list("triggers").chain(trigger) {
        if trigger.str("type").is_some_and(|kind| kind == "docker") {
            let repository = trigger.str("repository").unwrap_or_default();
            names.extend(trigger.str("registry").map(|registry| format!("{registry}/{repository}")));
            names.insert(repository.into_owned());
        }
    }
    names
}
/// The references of the image artifacts that the execution of `pipeline` has resolved, by repository: what Orca puts in place of the
/// image that a manifest names.
pub fn resolved(pipeline: &Pipeline<'_>) -> BTreeMap<String, String> {
    let trigger = pipeline.value.get("trigger").into_iter();
    let artifacts = trigger.flat_map(|trigger| {
        let resolved = trigger.list("resolvedExpectedArtifacts").filter_map(|expected| expected.get("boundArtifact"));
        trigger.list("artifacts").chain(resolved).collect::<Vec<_>>()
    });
    let images = artifacts.filter(|artifact| artifact.str("type").is_some_and(|kind| kind == "docker/image"));
    let named = images.filter_map(|artifact| artifact.str("name").zip(artifact.str("reference")));
    named.map(|(name, reference)| (image::repository(&name).to_owned(), reference.into_owned())).collect()
}
