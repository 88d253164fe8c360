//! Where each kind of object carries its pods.

use crate::document::Kind;
use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::kubernetes::pod::{CONTAINER_LISTS, Container, Pod, Shape};
use crate::kubernetes::written::{at, items, read, unread};

/// How deep objects are looked for inside other objects.
const DEEPEST: usize = 3;

/// The pods that `manifest` carries.
pub(super) fn pods(manifest: Manifest<'_>) -> Vec<Pod<'_>> {
    let found = pods_at(manifest, 0);
    let is_in_another = |pod: &Pod<'_>| {
        let others = found.iter().filter(|other| other.shape != Shape::Unreadable);
        pod.shape == Shape::Unreadable && others.into_iter().any(|other| other.spec.holds(pod.spec))
    };
    found.iter().copied().filter(|pod| !is_in_another(pod)).collect()
}

fn pods_at(manifest: Manifest<'_>, depth: usize) -> Vec<Pod<'_>> {
    let value = manifest.value;
    let one = |keys: &[&str]| {
        let spec = at(value, keys).filter(|spec| spec.is_object());
        let holder = keys.split_last().and_then(|(_, holder)| at(value, holder));
        let metadata = holder.and_then(|holder| holder.get("metadata"));
        let spec = spec.map(|spec| Pod::new(manifest, spec, Shape::Spec).with_metadata(metadata));
        let found: Vec<Pod<'_>> =
            spec.into_iter().chain(unread(value).map(|place| unreadable(manifest, place))).collect();
        // Another kind of the same name, of another group.
        if found.is_empty() { of_any_kind(manifest, depth) } else { found }
    };
    let kind = manifest.kind();
    let api = value.str("apiVersion").unwrap_or_default();
    match &*kind {
        "ConfigMap" | "Secret" => Vec::new(),
        "Pod" => one(&["spec"]),
        "CronJob" => one(&["spec", "jobTemplate", "spec", "template", "spec"]),
        "PodTemplate" => one(&["template", "spec"]),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" | "Rollout" => {
            one(&["spec", "template", "spec"])
        }
        "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate" | "CronWorkflow" => workflow(manifest, depth),
        _ if api.starts_with("tekton.dev/") => tasks(manifest),
        _ => {
            let mut found = of_any_kind(manifest, depth);
            let is_open = |key: &str| value.get(key).is_none_or(Value::is_open);
            if is_open("kind") || is_open("apiVersion") {
                found.extend(workflow(manifest, depth));
                found.extend(tasks(manifest));
            }
            found
        }
    }
}

/// The pods of a kind that is not known, or is an expression: any kind that has a template with containers counts as a workload
/// (Knative Service, KEDA's `ScaledJob`, …), and so do the objects inside it (Argo's Sensor, `OpenShift`'s Template, …).
fn of_any_kind(manifest: Manifest<'_>, depth: usize) -> Vec<Pod<'_>> {
    let value = manifest.value;
    let inner = if depth < DEEPEST { inner_objects(value) } else { Vec::new() };
    let kind = value.get("kind").filter(|kind| kind.is_open());
    let specs = if kind.is_some() || manifest.kind().is_empty() { specs(value) } else { templates(value).collect() };
    let own = specs.into_iter().filter(|(_, spec)| !inner.iter().any(|object| object.holds(*spec)));
    let mut found: Vec<Pod<'_>> =
        own.map(|(metadata, spec)| Pod::new(manifest, spec, Shape::Spec).with_metadata(metadata)).collect();
    // What is open, its kind as well, may be a pod.
    found.extend(
        kind.or(unread(value).filter(|place| place.is_open()))
            .map(|place| Pod::new(manifest, place, Shape::Unreadable)),
    );
    found.extend(inner.into_iter().flat_map(|object| pods_at(Manifest { value: object, ..manifest }, depth + 1)));
    found
}

/// The outermost objects inside `value` that are manifests themselves.
fn inner_objects(value: Value<'_>) -> Vec<Value<'_>> {
    let mut found: Vec<Value<'_>> = Vec::new();
    for inner in value.descendants().skip(1).filter(|inner| inner.is_object()) {
        let is_new = found.last().is_none_or(|last| !last.holds(inner));
        if is_new && ["apiVersion", "kind", "spec"].iter().all(|key| inner.written().get(key).is_some()) {
            found.push(inner);
        }
    }
    found
}

/// The metadata and the spec of a pod.
pub(super) type MetadataAndSpec<'d> = (Option<Value<'d>>, Value<'d>);

/// The pods in `value`, which is a part of an object: the value itself, a pod's spec, and those of templates.
pub(super) fn specs(value: Value<'_>) -> Vec<MetadataAndSpec<'_>> {
    let own = [(None, Some(value)), (value.get("metadata"), at(value, &["spec"]))];
    let own = own.into_iter().filter_map(|(metadata, spec)| Some((metadata, spec?)));
    let mut found: Vec<MetadataAndSpec<'_>> = own.filter(|(_, spec)| has_pod_keys(*spec)).collect();
    for (metadata, spec) in templates(value) {
        if !found.iter().any(|(_, known)| known.holds(spec)) {
            found.push((metadata, spec));
        }
    }
    found
}

/// The pods in every `template` and `podTemplate` of `value`, however deep.
fn templates(value: Value<'_>) -> impl Iterator<Item = MetadataAndSpec<'_>> {
    // `spec` may be a text that holds the rest.
    let inside = value.get("spec").map(read).filter(|spec| !value.holds(*spec));
    let all = value.descendants().chain(inside.into_iter().flat_map(Value::descendants));
    let is_template =
        |key: &Value<'_>| key.kind() == Kind::Key && (key.raw().ends_with("emplate\"") || key.is_key_named("template"));
    let templates = all.filter(is_template).filter_map(Value::value_after).map(read);
    let specs = templates.filter_map(|template| Some((template.get("metadata"), at(template, &["spec"])?)));
    specs.filter(|(_, spec)| has_pod_keys(*spec))
}

fn has_pod_keys(spec: Value<'_>) -> bool {
    let others = ["securityContext", "volumes", "hostNetwork", "hostPID", "hostIPC", "hostUsers"];
    let mut keys = CONTAINER_LISTS.into_iter().chain(others);
    spec.is_object() && keys.any(|key| spec.get(key).is_some())
}

/// The templates of an Argo Workflow, each a pod of its own, the objects that it creates, and the patches of pods (`podSpecPatch`).
fn workflow(manifest: Manifest<'_>, depth: usize) -> Vec<Pod<'_>> {
    let spec = manifest.value.get("spec").map_or(manifest.value, read);
    let spec = spec.get("workflowSpec").map_or(spec, read);
    let mut pods: Vec<Pod<'_>> = unread(manifest.value).map(|place| unreadable(manifest, place)).into_iter().collect();
    let defaults = spec.get("templateDefaults");
    let outer_security = spec.get("securityContext");
    let templates = spec.get("templates").map_or_else(|| Ok(Vec::new()), items);
    let templates = templates.unwrap_or_else(|place| {
        pods.push(unreadable(manifest, place));
        Vec::new()
    });
    for template in templates.iter().copied().map(read).chain(defaults) {
        let security = template.get("securityContext").or_else(|| defaults?.get("securityContext")).or(outer_security);
        let metadata = template.get("metadata").or_else(|| spec.get("podMetadata"));
        let pod = Pod::new(manifest, template, Shape::Workflow).with_metadata(metadata);
        pods.push(Pod { outer_security: security, outer_spec: Some(spec), ..pod });
        let created = at(template, &["resource", "manifest"]).filter(|object| object.is_object() && depth < DEEPEST);
        pods.extend(created.into_iter().flat_map(|value| pods_at(Manifest { value, ..manifest }, depth + 1)));
    }
    let patches = [spec].into_iter().chain(templates).filter_map(|holder| holder.get("podSpecPatch"));
    pods.extend(patches.filter(|patch| !patch.is_blank()).map(|patch| {
        let inside = read(patch);
        let has_template = patch.as_str().is_some_and(|text| text.contains("{{"));
        let shape = if inside.is_object() && !has_template { Shape::Patch } else { Shape::Unreadable };
        Pod::new(manifest, if shape == Shape::Patch { inside } else { patch }, shape)
    }));
    pods
}

fn unreadable<'d>(manifest: Manifest<'d>, place: Value<'d>) -> Pod<'d> {
    Pod::new(manifest, place, Shape::Unreadable)
}

/// The containers of a template of an Argo Workflow.
pub(super) fn of_workflow(pod: Pod<'_>) -> Vec<Container<'_>> {
    let template = pod.spec;
    let main = ["container", "script"].into_iter().filter_map(|key| template.get(key));
    let main = main.filter(|main| !main.is_blank()).map(|value| pod.container(value));
    let set = template.get("containerSet").map(read).and_then(|set| set.get("containers"));
    let lists = [template.get("initContainers"), set, template.get("sidecars")];
    main.chain(lists.into_iter().flatten().flat_map(|list| pod.listed(list))).collect()
}

/// The tasks of a Tekton object: its own steps, and those of every `taskSpec`.
fn tasks(manifest: Manifest<'_>) -> Vec<Pod<'_>> {
    let spec = manifest.value.get("spec").map_or(manifest.value, read);
    let template = spec.at(&["taskRunTemplate", "podTemplate"]).or_else(|| spec.get("podTemplate"));
    let outer_security = template.and_then(|template| template.get("securityContext"));
    let inner = spec.descendants().filter(|key| key.is_key_named("taskSpec"));
    let inner = inner.filter_map(Value::value_after);
    let tasks = [spec].into_iter().chain(inner).map(read).filter(|task| task.get("steps").is_some());
    let open = unread(manifest.value).map(|place| unreadable(manifest, place));
    tasks
        .map(|task| Pod {
            outer_security,
            outer_spec: template,
            metadata: manifest.value.get("metadata"),
            container_template: task.at(&["stepTemplate", "securityContext"]),
            ..Pod::new(manifest, task, Shape::Steps)
        })
        .chain(open)
        .collect()
}
