//! A pod with everything that a control of the Pod Security Standards reads of it, in whatever kind carries it.

use std::borrow::Cow;

use crate::base::sanitize::quoted;
use crate::document::pointer::Pointer;
use crate::document::value::Value;
use crate::kubernetes::manifest::Role;
use crate::kubernetes::part::{Lists, Part, Truth, Written};
use crate::kubernetes::pod::{CONTAINER_LISTS, Pod, Shape};

/// Keys of a pod's spec by which the path of a JSON patch shows where the spec begins.
const POD_KEYS: [&str; 14] = [
    "initContainers",
    "containers",
    "ephemeralContainers",
    "securityContext",
    "volumes",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "hostUsers",
    "os",
    "serviceAccount",
    "serviceAccountName",
    "automountServiceAccountToken",
    "runtimeClassName",
];

/// A pod and its containers.
pub struct PodView<'d> {
    pub pod: Pod<'d>,
    spec: Part<'d>,
    /// What holds the settings of the pod that are not in `spec`: the spec of an Argo Workflow, the pod template of a Tekton run.
    outer: Part<'d>,
    annotations: Part<'d>,
    pub containers: Vec<ContainerView<'d>>,
}

/// A container of a pod.
pub struct ContainerView<'d> {
    /// In messages: `container "web"`.
    pub label: String,
    pub name: Option<Cow<'d, str>>,
    /// The container, or its place.
    pub place: Value<'d>,
    pub part: Part<'d>,
    /// The security context that counts where it has none of its own (Tekton's `stepTemplate`).
    template: Part<'d>,
    /// The list that holds it.
    pub list: &'static str,
}

impl<'d> PodView<'d> {
    pub fn of(pod: Pod<'d>) -> Self {
        let (spec, annotations) = parts(pod);
        let containers = containers(pod, &spec);
        Self { pod, spec, outer: Part::of(pod.outer_spec), annotations, containers }
    }

    /// The setting `key` of the pod.
    pub fn get(&self, key: &str) -> Part<'d> {
        match self.spec.get(key) {
            Part::Absent => self.outer.get(key),
            own => own,
        }
    }

    /// A setting of the pod's own security context.
    pub fn security(&self, keys: &[&str]) -> Part<'d> {
        let outer = self.pod.outer_security.map_or(Part::Absent, |security| Part::of(Some(security)));
        let own = match self.spec.get("securityContext") {
            Part::Absent => outer,
            own => own,
        };
        own.at(keys)
    }

    /// The volumes of the pod.
    pub fn volumes(&self) -> Vec<Part<'d>> {
        let outer = self.outer.get("volumes").items();
        self.spec.get("volumes").items().into_iter().chain(outer).collect()
    }

    /// The annotation `key` of the pod.
    pub fn annotation(&self, key: &str) -> Part<'d> {
        self.annotations.get(key)
    }

    /// The annotations of the pod whose keys begin with `prefix`: key and value.
    pub fn annotations(&self, prefix: &str) -> Vec<(Cow<'d, str>, Part<'d>)> {
        match &self.annotations {
            Part::Is(map) | Part::Merged(map, _) => {
                let named = map.entries().filter_map(|(key, value)| Some((key.as_str()?, value)));
                named
                    .filter(|(key, _)| key.starts_with(prefix))
                    .map(|(key, value)| (key, Part::of(Some(value))))
                    .collect()
            }
            Part::Inside(written) => {
                let key = written.rest.first().filter(|key| key.starts_with(prefix));
                key.map(|key| (Cow::Owned(key.clone()), self.annotations.get(key))).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the pod says that it is for Windows.
    pub fn is_windows(&self) -> bool {
        self.get("os").get("name").value().is_some_and(|name| name.is_str("windows"))
    }

    /// Whether the pod is in a user namespace of its own (`hostUsers: false`).
    pub fn is_in_user_namespace(&self) -> bool {
        matches!(self.get("hostUsers").truth(), Truth::False(place) if place.text().is_some())
    }

    /// Whether a text or an expression is in place of a pod, so that nothing of it is known; the place.
    pub fn unreadable(&self) -> Option<Value<'d>> {
        (self.pod.shape == Shape::Unreadable).then_some(self.pod.spec)
    }

    /// Kind and name of the workload; a patch does not repeat them.
    pub fn label(&self) -> String {
        self.pod.label()
    }
}

impl Pod<'_> {
    /// Kind and name of the workload, for messages; a patch does not repeat them.
    pub fn label(self) -> String {
        self.manifest.label()
    }
}

impl<'d> ContainerView<'d> {
    /// A setting of the container.
    pub fn at(&self, keys: &[&str]) -> Part<'d> {
        self.part.at(keys)
    }

    /// A setting of the container's security context.
    pub fn security(&self, keys: &[&str]) -> Part<'d> {
        let own = match self.part.get("securityContext") {
            Part::Absent => self.template.clone(),
            own => own,
        };
        own.at(keys)
    }

    /// Whether `place` is in place of the whole container or of its security context: every check meets it.
    pub fn is_unread_at(&self, place: Value<'d>) -> bool {
        let is_it = |part: &Part<'d>| matches!(part, Part::Open(open) if open.row() == place.row());
        is_it(&self.part)
            || is_it(&self.part.get("securityContext"))
            || is_it(&self.part.get("securityContext").get("?"))
    }

    fn new(part: Part<'d>, place: Value<'d>, list: &'static str) -> Self {
        let name = part.get("name").value().and_then(Value::as_str).filter(|name| !name.is_empty());
        let label =
            name.as_deref().map_or_else(|| "a container".to_owned(), |name| format!("container {}", quoted(name, 80)));
        Self { label, name, place, part, template: Part::Absent, list }
    }
}

/// The spec of a pod and its annotations, as far as they are known.
fn parts(pod: Pod<'_>) -> (Part<'_>, Part<'_>) {
    let meta = Part::of(pod.metadata);
    match (pod.shape, pod.manifest.role) {
        (Shape::Patch, Role::MergePatch) => {
            (Part::Merged(pod.spec, Lists::Replaced), merged(pod.metadata, Lists::Replaced).get("annotations"))
        }
        (Shape::Patch, _) => {
            (Part::Merged(pod.spec, Lists::Merged), merged(pod.metadata, Lists::Merged).get("annotations"))
        }
        (Shape::Operation, _) => operation(pod.spec),
        (Shape::Unreadable, _) => (Part::Open(pod.spec), Part::Absent),
        _ => (Part::of(Some(pod.spec)), meta.get("annotations")),
    }
}

fn merged(value: Option<Value<'_>>, lists: Lists) -> Part<'_> {
    value.map_or(Part::Untouched, |value| Part::Merged(value, lists))
}

/// What an operation of a JSON patch writes of a pod's spec and of its annotations.
fn operation(operation: Value<'_>) -> (Part<'_>, Part<'_>) {
    let nothing = (Part::Untouched, Part::Untouched);
    let word = operation.str("op").unwrap_or_default();
    let Some(path) = operation.get("path").filter(|_| word != "test") else { return nothing };
    if path.is_open() || operation.open_key().is_some() {
        return (Part::Open(path), Part::Untouched);
    }
    let way = Pointer::from(path.as_str().unwrap_or_default().into_owned());
    let tokens: Vec<String> = way.tokens().map(Cow::into_owned).collect();
    let write = |from: usize| {
        Part::Inside(Written {
            rest: tokens.get(from..).unwrap_or_default().to_vec(),
            value: operation.get("value").filter(|_| word != "remove"),
            is_moved: matches!(&*word, "move" | "copy"),
            place: path,
        })
    };
    let after = |holder: &str, is_key: &dyn Fn(&str) -> bool| {
        tokens.windows(2).position(|pair| matches!(pair, [first, second] if first == holder && is_key(second)))
    };
    if let Some(at) = after("spec", &|key| POD_KEYS.contains(&key)) {
        return (write(at + 1), Part::Untouched);
    }
    match after("metadata", &|key| key == "annotations") {
        Some(at) if at == 0 || tokens.get(at - 1).is_some_and(|holder| holder == "template") => {
            (Part::Untouched, write(at + 1).get("annotations"))
        }
        _ => nothing,
    }
}

fn containers<'d>(pod: Pod<'d>, spec: &Part<'d>) -> Vec<ContainerView<'d>> {
    match pod.shape {
        Shape::Workflow | Shape::Steps => pod
            .containers()
            .into_iter()
            .map(|container| {
                let part = Part::of(Some(container.value));
                let template = Part::of(pod.container_template);
                ContainerView { template, ..ContainerView::new(part, container.value, "containers") }
            })
            .collect(),
        Shape::Unreadable => vec![ContainerView::new(spec.clone(), pod.spec, "containers")],
        _ => {
            let mut found = Vec::new();
            for list in CONTAINER_LISTS {
                for part in spec.get(list).items() {
                    if let Some(place) = part.place().filter(|_| !matches!(part, Part::Removed(_))) {
                        found.push(ContainerView::new(part, place, list));
                    }
                }
            }
            found
        }
    }
}
