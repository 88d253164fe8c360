//! Where each kind of object carries its pods.

use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::kubernetes::pod::{CONTAINER_LISTS, Container, Pod, Shape};

/// The pods that `manifest` carries (`pipeline-model.md` I).
pub(super) fn pods(manifest: Manifest<'_>) -> Vec<Pod<'_>> {
    let value = manifest.value;
    let one = |keys: &[&str]| {
        let spec = at(value, keys).filter(|spec| !spec.is_blank());
        // A text where the spec belongs may hold anything.
        let shape = |spec: Value<'_>| if spec.is_object() { Shape::Spec } else { Shape::Unreadable };
        spec.into_iter().map(|spec| Pod::new(manifest, spec, shape(spec))).collect()
    };
    if let Some(kind) = value.get("kind").filter(|kind| kind.is_open()) {
        let known = specs(value).into_iter().map(|spec| Pod::new(manifest, spec, Shape::Spec));
        return known.chain([Pod::new(manifest, kind, Shape::Unreadable)]).collect();
    }
    let api = value.str("apiVersion").unwrap_or_default();
    match &*manifest.kind() {
        "ConfigMap" | "Secret" => Vec::new(),
        "Pod" => one(&["spec"]),
        "CronJob" => one(&["spec", "jobTemplate", "spec", "template", "spec"]),
        "PodTemplate" => one(&["template", "spec"]),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" | "Rollout" => {
            one(&["spec", "template", "spec"])
        }
        "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate" | "CronWorkflow" => workflow(manifest),
        _ if api.starts_with("tekton.dev/") => tasks(manifest),
        // Any other kind that has a template with containers counts as a workload: Knative Service, KEDA's ScaledJob, …
        _ => templates(value).map(|spec| Pod::new(manifest, spec, Shape::Spec)).collect(),
    }
}

/// The value at the end of `keys`, where a text that holds an object counts as that object.
fn at<'d>(value: Value<'d>, keys: &[&str]) -> Option<Value<'d>> {
    keys.iter().try_fold(value, |value, key| value.get(key).map(read))
}

/// A text that holds one object as that object; any other value as it is.
fn read(value: Value<'_>) -> Value<'_> {
    let mut inside = value.embedded();
    inside.next().filter(|first| first.is_object() && inside.next().is_none()).unwrap_or(value)
}

/// The specs of pods in `value`, which is a part of an object: the value itself, a pod's, and those of templates.
pub(super) fn specs(value: Value<'_>) -> Vec<Value<'_>> {
    let own = [Some(value), at(value, &["spec"])].into_iter().flatten();
    let mut found: Vec<Value<'_>> = own.filter(|spec| has_pod_keys(*spec)).collect();
    for spec in templates(value) {
        if !found.iter().any(|known| known.holds(spec)) {
            found.push(spec);
        }
    }
    found
}

/// The specs of pods in every `template` of `value`, however deep.
fn templates(value: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    // `spec` may be a text that holds the rest.
    let inside = value.get("spec").map(read).filter(|spec| !value.holds(*spec));
    let all = value.descendants().chain(inside.into_iter().flat_map(Value::descendants));
    let templates = all.filter(|key| key.is_key_named("template")).filter_map(Value::value_after).map(read);
    templates.filter_map(|template| at(template, &["spec"])).filter(|spec| has_pod_keys(*spec))
}

fn has_pod_keys(spec: Value<'_>) -> bool {
    let mut keys = CONTAINER_LISTS.into_iter().chain(["securityContext"]);
    spec.is_object() && keys.any(|key| spec.get(key).is_some())
}

/// The templates of an Argo Workflow, each a pod of its own, and the patches of pods (`podSpecPatch`).
fn workflow(manifest: Manifest<'_>) -> Vec<Pod<'_>> {
    let spec = manifest.value.get("spec").map_or(manifest.value, read);
    let spec = spec.get("workflowSpec").map_or(spec, read);
    let mut pods = Vec::new();
    let defaults = spec.get("templateDefaults");
    let outer_security = spec.get("securityContext");
    for template in spec.list("templates").chain(defaults) {
        let security = template.get("securityContext").or_else(|| defaults?.get("securityContext")).or(outer_security);
        pods.push(Pod { outer_security: security, ..Pod::new(manifest, template, Shape::Workflow) });
    }
    let patches = [spec].into_iter().chain(spec.list("templates")).filter_map(|holder| holder.get("podSpecPatch"));
    pods.extend(patches.filter(|patch| !patch.is_blank()).map(|patch| {
        let inside = read(patch);
        let has_template = patch.as_str().is_some_and(|text| text.contains("{{"));
        let shape = if inside.is_object() && !has_template { Shape::Patch } else { Shape::Unreadable };
        Pod::new(manifest, if shape == Shape::Patch { inside } else { patch }, shape)
    }));
    pods
}

/// The containers of a template of an Argo Workflow.
pub(super) fn of_workflow(pod: Pod<'_>) -> Vec<Container<'_>> {
    let template = pod.spec;
    let main = ["container", "script"].into_iter().filter_map(|key| template.get(key)).filter(|main| main.is_object());
    let set = template.get("containerSet").into_iter().flat_map(|set| set.list("containers"));
    let init = template.list("initContainers").map(|value| pod.container(value));
    let others = main.chain(set).chain(template.list("sidecars"));
    init.chain(others.map(|value| pod.container(value))).collect()
}

/// The tasks of a Tekton object: its own steps, and those of every `taskSpec`.
fn tasks(manifest: Manifest<'_>) -> Vec<Pod<'_>> {
    let spec = manifest.value.get("spec").map_or(manifest.value, read);
    let template = spec.at(&["taskRunTemplate", "podTemplate"]).or_else(|| spec.get("podTemplate"));
    let outer_security = template.and_then(|template| template.get("securityContext"));
    let inner = spec.descendants().filter(|key| key.is_key_named("taskSpec"));
    let inner = inner.filter_map(Value::value_after);
    let tasks = [spec].into_iter().chain(inner).filter(|task| task.list("steps").next().is_some());
    tasks
        .map(|task| Pod {
            outer_security,
            container_template: task.at(&["stepTemplate", "securityContext"]),
            ..Pod::new(manifest, task, Shape::Steps)
        })
        .collect()
}
