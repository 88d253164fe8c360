//! Patches of workloads: what they set of the pods that run.

use crate::document::pointer::Pointer;
use crate::document::value::Value;
use crate::kubernetes::manifest::{Manifest, Role};
use crate::kubernetes::pod::{CONTAINER_LISTS, Container, Pod, Security, Shape};
use crate::kubernetes::pod_finder;
use crate::kubernetes::written::{is_unread, items, read, unread};

/// The pods in a strategic or JSON merge patch.
pub(super) fn merged(manifest: Manifest<'_>) -> Vec<Pod<'_>> {
    // `$patch: replace` replaces what a strategic patch merges otherwise.
    let is_replaced = manifest.value.descendants().any(|key| key.is_key_named("$patch"));
    let manifest = Manifest { role: if is_replaced { Role::MergePatch } else { manifest.role }, ..manifest };
    let pod = |(metadata, spec)| Pod::new(manifest, spec, Shape::Patch).with_metadata(metadata);
    let specs = pod_finder::specs(manifest.value).into_iter().map(pod);
    specs.chain(unread(manifest.value).map(|place| Pod::new(manifest, place, Shape::Unreadable))).collect()
}

/// The pods that one operation of a JSON patch (RFC 6902) writes or changes.
pub(super) fn operation(manifest: Manifest<'_>) -> Vec<Pod<'_>> {
    let operation = manifest.value;
    let mut pods = vec![Pod::new(manifest, operation, Shape::Operation)];
    if !changes(operation) || is_below_pod(operation) {
        return pods;
    }
    // A value above the pods replaces them whole.
    if let Some(value) = operation.get("value").map(read) {
        let specs = pod_finder::specs(value).into_iter();
        pods.extend(specs.map(|(metadata, spec)| Pod::new(manifest, spec, Shape::Spec).with_metadata(metadata)));
        let unread = if is_unread(value) && reaches_pods(operation) { Some(value) } else { unread(value) };
        pods.extend(unread.map(|place| Pod::new(manifest, place, Shape::Unreadable)));
    }
    pods
}

/// The containers that an operation changes below a pod's spec: as much of their securityContext as it writes.
pub(super) fn containers_of_operation(pod: Pod<'_>) -> Vec<Container<'_>> {
    let operation = pod.spec;
    if !changes(operation) {
        return Vec::new();
    }
    let one = |value, security| vec![Container { value, security }];
    if let Some(place) = operation.open_key() {
        return one(place, Security::Unread(place));
    }
    let Some(path) = operation.get("path") else { return Vec::new() };
    let text = path.as_str().unwrap_or_default();
    if path.is_open() {
        return one(path, Security::Unread(path));
    }
    let way = Pointer::from(text.into_owned());
    let tokens: Vec<String> = way.tokens().map(std::borrow::Cow::into_owned).collect();
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let written = operation.get("value");
    let listed = written.and_then(|list| items(list).ok()).filter(|list| !list.is_empty());
    let value = written.map(read);
    match (tokens.as_slice(), value) {
        ([.., "securityContext", key @ ("runAsNonRoot" | "runAsUser")], Some(value)) => {
            one(value, Security::Key(value, if *key == "runAsUser" { "runAsUser" } else { "runAsNonRoot" }))
        }
        ([.., "securityContext", "runAsNonRoot"] | [.., "securityContext"], None) => one(path, Security::Open(path)),
        ([.., "securityContext"], Some(value)) => one(value, Security::Replaced(Some(value))),
        ([.., list, _], Some(container)) if is_list(list) && container.is_object() => {
            one(container, Security::Replaced(container.get("securityContext")))
        }
        ([.., list], Some(_)) if is_list(list) && listed.is_some() => {
            let replaced = listed.into_iter().flatten().map(read).map(|value| (value, value.get("securityContext")));
            replaced.map(|(value, own)| Container { value, security: Security::Replaced(own) }).collect()
        }
        // What another part of the object is moved or copied here.
        (_, None) if is_moved(operation) && reaches_pods(operation) => one(path, Security::Open(path)),
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

fn is_moved(operation: Value<'_>) -> bool {
    operation.get("op").and_then(Value::as_str).is_some_and(|op| op != "remove")
}

/// Whether what the operation writes is a pod, a part of one, or holds one.
fn reaches_pods(operation: Value<'_>) -> bool {
    let pointer = Pointer::from(operation.str("path").unwrap_or_default().into_owned());
    let tokens: Vec<_> = pointer.tokens().collect();
    let is_part =
        |token: &str| is_list(token) || matches!(token, "spec" | "template" | "jobTemplate" | "securityContext");
    let mut end = tokens.iter().rev();
    match end.next() {
        None => true,
        Some(_) if tokens.first().is_some_and(|first| matches!(&**first, "metadata" | "status")) => false,
        Some(last) => is_part(last) || end.next().is_some_and(|list| is_list(list)),
    }
}

/// Whether the path leads into a pod's spec, so that the operation does not write a whole one.
fn is_below_pod(operation: Value<'_>) -> bool {
    let path = operation.str("path").unwrap_or_default().into_owned();
    Pointer::from(path).tokens().any(|token| is_list(&token) || token == "securityContext")
}
