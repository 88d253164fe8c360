//! Annotations that make the injector of Vault Agent, or a fork of it, add secrets to a pod.

use crate::document::value::{Flag, Value};
use crate::kubernetes::manifest::Manifest;
use crate::secrets::reference::VaultReference;
use crate::secrets::reference::manifest::{Found, Open, Why, at};

/// Reads `…/agent-inject-secret-NAME: PATH`, and the fields that `…/agent-inject-template-NAME` reads from that path.
pub(super) fn read<'d>(manifest: Manifest<'d>, found: &mut Found<'d>) {
    let Some(annotations) = annotations(manifest) else { return };
    let named = |suffix: &str| {
        let is_it = |key: &Value<'_>| {
            key.as_str().is_some_and(|key| key.split_once('/').is_some_and(|(_, name)| name == suffix))
        };
        annotations.entries().find(|(key, _)| is_it(key)).map(|(_, value)| value)
    };
    if named("agent-inject").is_none_or(|value| value.flag() == Flag::Off) {
        return;
    }
    let text = |suffix: &str| named(suffix).and_then(Value::as_str).map(std::borrow::Cow::into_owned);
    let (namespace, server) = (text("namespace"), text("service"));
    for (key, value) in annotations.entries() {
        let key = key.as_str().unwrap_or_default();
        let Some(name) = key.split_once('/').and_then(|(_, name)| name.strip_prefix("agent-inject-secret-")) else {
            continue;
        };
        let Some(path) = value.as_str() else { continue };
        if path.contains("${") {
            found.open.push(Open { place: value, stage: manifest.stage, why: Why::Unsettled });
            continue;
        }
        let plain =
            VaultReference { namespace: namespace.clone(), field: None, ..VaultReference::plain(path.trim(), "") };
        let template = text(&format!("agent-inject-template-{name}")).unwrap_or_default();
        let fields = fields(&template, path.trim());
        if fields.is_empty() {
            found.references.push(at(value, manifest, server.clone(), plain.clone()));
        }
        found.references.extend(
            fields.into_iter().map(|field| {
                at(value, manifest, server.clone(), VaultReference { field: Some(field), ..plain.clone() })
            }),
        );
    }
}

/// The annotations of the pod that the manifest creates.
fn annotations(manifest: Manifest<'_>) -> Option<Value<'_>> {
    let template: &[&str] = match &*manifest.kind() {
        "Pod" => &["metadata", "annotations"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "metadata", "annotations"],
        _ => &["spec", "template", "metadata", "annotations"],
    };
    manifest.value.at(template)
}

/// The fields that a template reads from `path`: `{{ with secret "PATH" }} … {{ .Data.data.FIELD }}`. Any other access is not
/// recognised, and yields no field.
fn fields(template: &str, path: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    let paths = template.matches("secret \"").count();
    let is_this = template.contains(&format!("secret \"{path}\""));
    if paths != 1 || !is_this {
        return fields;
    }
    for part in template.split(".Data.").skip(1) {
        let part = part.strip_prefix("data.").unwrap_or(part);
        let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let goes_on = part.get(name.len()..).is_some_and(|rest| rest.starts_with('.'));
        if !name.is_empty() && name != "data" && name != "metadata" && !goes_on && !fields.contains(&name) {
            fields.push(name);
        }
    }
    fields
}
