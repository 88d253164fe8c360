//! Pods and their containers, as Kubernetes' own admission reads them.

use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::kubernetes::manifest::{Manifest, Role};
use crate::kubernetes::written::{is_unread, items, read};
use crate::kubernetes::{patch, pod_finder};

/// A pod's spec, in whatever kind carries it.
#[derive(Clone, Copy)]
pub struct Pod<'d> {
    pub manifest: Manifest<'d>,
    /// The object that holds the containers.
    pub spec: Value<'d>,
    pub(super) shape: Shape,
    /// The securityContext of the pod, where it is not in `spec`.
    pub(super) outer_security: Option<Value<'d>>,
    /// What holds the settings of the pod that are not in `spec`: the spec of an Argo Workflow, the pod template of a Tekton run.
    pub(super) outer_spec: Option<Value<'d>>,
    /// The metadata of the pod.
    pub(super) metadata: Option<Value<'d>>,
    /// What containers have that set nothing of their own (Tekton's `stepTemplate`).
    pub(super) container_template: Option<Value<'d>>,
}

/// How the containers of a pod are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// As in a pod's spec.
    Spec,
    /// A template of an Argo Workflow.
    Workflow,
    /// The steps of a Tekton task.
    Steps,
    /// A part of a pod's spec that is merged into what runs.
    Patch,
    /// An operation of a JSON patch.
    Operation,
    /// A text or an expression is in place of the pod.
    Unreadable,
}

/// The lists of containers in a pod's spec, in the order of Kubernetes' own visitor (`pod-security-admission/policy/visitor.go`).
pub(super) const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// One container of a pod.
#[derive(Clone, Copy)]
pub struct Container<'d> {
    pub value: Value<'d>,
    pub(super) security: Security<'d>,
}

/// What is known of a container's securityContext.
#[derive(Clone, Copy)]
pub(super) enum Security<'d> {
    /// All of it; what it does not set is not set.
    Whole(Option<Value<'d>>),
    /// What a patch changes of it; the rest stays as it runs.
    Patched(Option<Value<'d>>),
    /// It replaces what runs, of which the rest is not known.
    Replaced(Option<Value<'d>>),
    /// A patch sets this one key, whose value this is.
    Key(Value<'d>, &'static str),
    /// A patch that removes it, or that cannot be read; the place of the patch.
    Open(Value<'d>),
    /// A text or an expression is in place of it.
    Unread(Value<'d>),
}

/// A boolean setting and where it is.
#[derive(Clone, Copy)]
pub enum Setting<'d> {
    On,
    /// `false`, or not a boolean.
    Off(Value<'d>),
    /// Only the running execution settles it.
    Expression(Value<'d>),
    Missing,
    /// A patch removes it, or replaces what holds it: what counts then is not in the document.
    Removed(Value<'d>),
    /// A patch leaves it as it is.
    Untouched,
}

impl<'d> Setting<'d> {
    /// `null` is as good as missing (Kubernetes drops it).
    fn read(value: Option<Value<'d>>) -> Self {
        let Some(value) = value.filter(|value| value.kind() != Kind::Null) else { return Self::Missing };
        match value.flag() {
            Flag::On => Self::On,
            Flag::Expression => Self::Expression(value),
            Flag::Off | Flag::Other => Self::Off(value),
        }
    }

    /// The setting `key` of a securityContext that is merged into one that runs.
    fn patched(context: Option<Value<'d>>, key: &str) -> Self {
        let Some(context) = context else { return Self::Untouched };
        let is_expression = context.as_str().is_some_and(|text| text.contains("${"));
        match context.get(key) {
            _ if is_expression => Self::Expression(context),
            Some(value) if value.kind() == Kind::Null => Self::Removed(value),
            Some(value) => Self::read(Some(value)),
            None if context.kind() == Kind::Null || context.get("$patch").is_some() => Self::Removed(context),
            None => root_user(context.get("runAsUser"), Self::Untouched),
        }
    }
}

/// Off where a patch sets the user to root; else `otherwise`.
fn root_user<'d>(user: Option<Value<'d>>, otherwise: Setting<'d>) -> Setting<'d> {
    match user {
        Some(user) if user.as_f64() == Some(0.0) => Setting::Off(user),
        Some(user) if user.flag() == Flag::Expression => Setting::Expression(user),
        _ => otherwise,
    }
}

impl<'d> Pod<'d> {
    /// The pods that `manifest` carries, or that it changes when it is a patch.
    pub fn all(manifest: Manifest<'d>) -> Vec<Self> {
        match manifest.role {
            Role::Whole => pod_finder::pods(manifest),
            Role::StrategicPatch | Role::MergePatch => patch::merged(manifest),
            Role::PatchOperation => patch::operation(manifest),
        }
    }

    /// A pod whose spec is written as in a Pod.
    pub(super) fn new(manifest: Manifest<'d>, spec: Value<'d>, shape: Shape) -> Self {
        Self { manifest, spec, shape, outer_security: None, outer_spec: None, metadata: None, container_template: None }
    }

    /// The same, with the metadata of the pod.
    pub(super) fn with_metadata(self, metadata: Option<Value<'d>>) -> Self {
        Self { metadata, ..self }
    }

    /// Its containers: init containers first, then regular and ephemeral ones.
    pub fn containers(self) -> Vec<Container<'d>> {
        if let Some(key) = self.spec.open_key() {
            return vec![Container { value: key, security: Security::Unread(key) }];
        }
        match self.shape {
            Shape::Spec | Shape::Patch => {
                let lists = CONTAINER_LISTS.into_iter().filter_map(|list| self.spec.get(list));
                lists.flat_map(|list| self.listed(list)).collect()
            }
            Shape::Workflow => pod_finder::of_workflow(self),
            Shape::Steps => {
                let lists = ["steps", "sidecars"].into_iter().filter_map(|list| self.spec.get(list));
                lists.flat_map(|list| self.listed(list)).collect()
            }
            Shape::Operation => patch::containers_of_operation(self),
            Shape::Unreadable => vec![Container { value: self.spec, security: Security::Unread(self.spec) }],
        }
    }

    /// The containers of a list, or of a text that holds one.
    pub(super) fn listed(self, list: Value<'d>) -> Vec<Container<'d>> {
        match items(list) {
            Ok(containers) => containers.into_iter().map(|value| self.container(value)).collect(),
            Err(text) => vec![Container { value: text, security: Security::Unread(text) }],
        }
    }

    pub(super) fn container(self, value: Value<'d>) -> Container<'d> {
        let value = read(value);
        let context = value.get("securityContext").map(read);
        let unread = [Some(value), context]
            .into_iter()
            .flatten()
            .find_map(|part| if is_unread(part) { Some(part) } else { part.open_key() });
        if let Some(place) = unread {
            return Container { value, security: Security::Unread(place) };
        }
        let security = match (self.shape, self.manifest.role) {
            (Shape::Patch, Role::MergePatch) => Security::Replaced(context),
            (Shape::Patch, _) => Security::Patched(context),
            _ => Security::Whole(context.or(self.container_template)),
        };
        Container { value, security }
    }

    /// A key of the pod's own `securityContext`.
    pub fn security_setting(self, key: &str) -> Setting<'d> {
        let context = self.spec.get("securityContext").or(self.outer_security).map(read);
        if let Some(place) =
            context.and_then(|context| if is_unread(context) { Some(context) } else { context.open_key() })
        {
            return Setting::Expression(place);
        }
        match self.shape {
            Shape::Patch => Setting::patched(context, key),
            Shape::Operation | Shape::Unreadable => Setting::Untouched,
            _ => Setting::read(context.and_then(|context| context.get(key))),
        }
    }
}

impl<'d> Container<'d> {
    /// A key of the container's own `securityContext`.
    pub fn security_setting(self, key: &str) -> Setting<'d> {
        match self.security {
            Security::Whole(context) => Setting::read(context.and_then(|context| context.get(key))),
            Security::Patched(context) => Setting::patched(context, key),
            Security::Replaced(context) => match Setting::patched(context, key) {
                Setting::Untouched => Setting::Removed(context.unwrap_or(self.value)),
                set => set,
            },
            Security::Key(value, name) if name == key => Setting::read(Some(value)),
            Security::Key(value, "runAsUser") => root_user(Some(value), Setting::Untouched),
            Security::Key(..) => Setting::Untouched,
            Security::Open(place) => Setting::Removed(place),
            Security::Unread(place) => Setting::Expression(place),
        }
    }

    /// The same, with the pod's where the container has none: what the kubelet uses.
    pub fn effective_setting(self, pod: Pod<'d>, key: &str) -> Setting<'d> {
        let own = self.security_setting(key);
        match (own, pod.security_setting(key)) {
            (Setting::Missing, of_pod)
            | (Setting::Untouched | Setting::Removed(_), of_pod @ (Setting::On | Setting::Off(_)))
            | (Setting::Untouched, of_pod @ (Setting::Expression(_) | Setting::Removed(_))) => of_pod,
            _ => own,
        }
    }
}
