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

/// The list of a pod's spec that holds a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerList {
    Init,
    Regular,
    Ephemeral,
}

impl ContainerList {
    /// Every list, in the order of `podsecurity`'s own visitor (`pod-security-admission/policy/visitor.go`).
    const ALL: [Self; 3] = [Self::Init, Self::Regular, Self::Ephemeral];

    fn key(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Regular => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

/// One container of a pod.
#[derive(Clone, Copy)]
pub struct Container<'d> {
    pub list: ContainerList,
    pub value: Value<'d>,
}

/// A boolean setting and where it is.
#[derive(Clone, Copy)]
pub enum Setting<'d> {
    On(Value<'d>),
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
            Flag::On => Self::On(value),
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
        ContainerList::ALL
            .into_iter()
            .flat_map(move |list| self.spec.list(list.key()).map(move |value| Container { list, value }))
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
