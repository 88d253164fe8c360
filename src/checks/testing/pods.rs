//! Pods that the Pod Security Standard restricted allows, to be changed by one thing.

use serde_json::{Value as Json, json};

use crate::checks::testing::Case;

/// A pod with an init container and a container, which the level restricted allows.
pub(crate) fn restricted() -> Json {
    let container = |name: &str| {
        json!({"name": name, "image": "registry.example.com/a@sha256:00", "securityContext":
            {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}})
    };
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {
        "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
        "initContainers": [container("i")], "containers": [container("a")]}})
}

/// The same with `value` at `pointer`, whose last step may be a new key.
pub(crate) fn with(pointer: &str, value: Json) -> Json {
    changed(restricted(), pointer, value)
}

/// `document` with `value` at `pointer`; objects on the way are made.
pub(crate) fn changed(mut document: Json, pointer: &str, value: Json) -> Json {
    let mut here = &mut document;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        here = match here {
            Json::Array(list) => &mut list[token.parse::<usize>().unwrap()],
            other => &mut other[token.as_str()],
        };
    }
    *here = value;
    document
}

/// `document`, judged by the rules of a version of Kubernetes.
pub(crate) fn under(version: &str, document: Json) -> Case {
    let mut case: Case = document.into();
    case.policy.kubernetes.version = version.to_owned().try_into().unwrap();
    case
}

/// The pod spec of `pod` in a Deployment.
pub(crate) fn deployed(pod: &Json) -> Json {
    let template = json!({"metadata": pod["metadata"], "spec": pod["spec"]});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": template}})
}
