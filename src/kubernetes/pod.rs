//! Pods and their containers, as Kubernetes' own admission reads them.

use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::kubernetes::manifest::Manifest;

/// A pod's spec, in whatever kind carries it.
#[derive(Clone, Copy)]
pub struct Pod<'d> {
    pub manifest: Manifest<'d>,
    pub spec: Value<'d>,
}

/// The lists of containers in a pod's spec, in the order of Kubernetes' own visitor (`pod-security-admission/policy/visitor.go`).
const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// One container of a pod.
#[derive(Clone, Copy)]
pub struct Container<'d> {
    pub value: Value<'d>,
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
}

impl<'d> Pod<'d> {
    /// The pod that `manifest` carries, when it carries one.
    pub fn of(manifest: Manifest<'d>) -> Option<Self> {
        let spec = manifest.pod_spec().filter(|spec| spec.is_object())?;
        Some(Self { manifest, spec })
    }

    /// Its containers: init containers first, then regular and ephemeral ones.
    pub fn containers(self) -> impl Iterator<Item = Container<'d>> {
        CONTAINER_LISTS.into_iter().flat_map(move |list| self.spec.list(list)).map(|value| Container { value })
    }

    /// A key of the pod's own `securityContext`.
    pub fn security_setting(self, key: &str) -> Setting<'d> {
        Setting::read(self.spec.at(&["securityContext", key]))
    }
}

impl<'d> Container<'d> {
    /// A key of the container's own `securityContext`.
    pub fn security_setting(self, key: &str) -> Setting<'d> {
        Setting::read(self.value.at(&["securityContext", key]))
    }

    /// The same, with the pod's where the container has none: what the kubelet uses.
    pub fn effective_setting(self, pod: Pod<'d>, key: &str) -> Setting<'d> {
        match self.security_setting(key) {
            Setting::Missing => pod.security_setting(key),
            own => own,
        }
    }
}
