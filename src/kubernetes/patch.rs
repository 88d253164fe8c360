//! Patches of workloads: what they set of the pods that run.

use crate::document::Kind;
use crate::document::pointer::Pointer;
use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::kubernetes::pod::{CONTAINER_LISTS, Container, Pod, Security, Shape};
use crate::kubernetes::pod_finder;

/// The pods in a strategic or JSON merge patch.
pub(super) fn merged(manifest: Manifest<'_>) -> Vec<Pod<'_>> {
    pod_finder::specs(manifest.value).into_iter().map(|spec| Pod::new(manifest, spec, Shape::Patch)).collect()
}

/// The pods that one operation of a JSON patch (RFC 6902) writes or changes.
pub(super) fn operation(manifest: Manifest<'_>) -> Vec<Pod<'_>> {
    let operation = manifest.value;
    let mut pods = vec![Pod::new(manifest, operation, Shape::Operation)];
    if !changes(operation) || is_below_pod(operation) {
        return pods;
    }
    // A value above the pods replaces them whole.
    if let Some(value) = operation.get("value") {
        let specs = pod_finder::specs(value).into_iter();
        pods.extend(specs.map(|spec| Pod::new(manifest, spec, Shape::Spec)));
    }
    pods
}

/// The containers that an operation changes below a pod's spec: as much of their securityContext as it writes.
pub(super) fn containers_of_operation(pod: Pod<'_>) -> Vec<Container<'_>> {
    let operation = pod.spec;
    if !changes(operation) {
        return Vec::new();
    }
    let Some(path) = operation.get("path") else { return Vec::new() };
    let text = path.as_str().unwrap_or_default();
    let one = |value, security| vec![Container { value, security }];
    if text.contains("${") {
        return one(path, Security::Open(path));
    }
    let way = Pointer::from(text.into_owned());
    let tokens: Vec<String> = way.tokens().map(std::borrow::Cow::into_owned).collect();
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let value = operation.get("value");
    match (tokens.as_slice(), value) {
        ([.., "securityContext", key @ ("runAsNonRoot" | "runAsUser")], Some(value)) => {
            one(value, Security::Key(value, if *key == "runAsUser" { "runAsUser" } else { "runAsNonRoot" }))
        }
        ([.., "securityContext", "runAsNonRoot"] | [.., "securityContext"], None) => one(path, Security::Open(path)),
        ([.., "securityContext"], Some(value)) => one(value, Security::Replaced(Some(value))),
        ([.., list, _], Some(container)) if is_list(list) && container.is_object() => {
            one(container, Security::Replaced(container.get("securityContext")))
        }
        ([.., list], Some(containers)) if is_list(list) && containers.kind() == Kind::Array => {
            let replaced = containers.elements().map(|value| (value, value.get("securityContext")));
            replaced.map(|(value, own)| Container { value, security: Security::Replaced(own) }).collect()
        }
        // A text or an expression in place of an object.
        ([.., list, _] | [.., list], Some(value)) if is_list(list) => one(value, Security::Open(value)),
        _ => Vec::new(),
    }
}

fn changes(operation: Value<'_>) -> bool {
    !operation.get("op").is_some_and(|op| op.is_str("test"))
}

fn is_list(token: &str) -> bool {
    CONTAINER_LISTS.contains(&token)
}

/// Whether the path leads into a pod's spec, so that the operation does not write a whole one.
fn is_below_pod(operation: Value<'_>) -> bool {
    let path = operation.str("path").unwrap_or_default().into_owned();
    Pointer::from(path).tokens().any(|token| is_list(&token) || token == "securityContext")
}
