//! `VaultDynamicSecret` of the External Secrets Operator: a generator that has Vault make a secret.

use crate::model::manifest::Manifest;
use crate::model::manifest_references::{Found, Open, Why, at};
use crate::model::secret_reference::VaultReference;
use crate::model::value::Value;

/// The kind by which generators of Vault go.
pub(super) const KIND: &str = "VaultDynamicSecret";

/// What a generator is told, and its name; nothing for any other manifest. A `ClusterGenerator` wraps it.
fn told(manifest: Manifest<'_>) -> Option<(Value<'_>, String)> {
    let spec = manifest.value.get("spec")?;
    let name = manifest.value.get("metadata")?.str("name")?.into_owned();
    match &*manifest.kind() {
        KIND => Some((spec, name)),
        "ClusterGenerator" if spec.get("kind").is_some_and(|kind| kind.is_str(KIND)) => {
            Some((spec.at(&["generator", "vaultDynamicSecretSpec"])?, name))
        }
        _ => None,
    }
}

/// Whether `reference`, a `generatorRef`, means `manifest`.
pub(super) fn is_meant(manifest: Manifest<'_>, reference: Value<'_>) -> bool {
    let is_kind = reference.str("kind").is_some_and(|kind| kind == manifest.kind());
    is_kind && told(manifest).is_some_and(|(_, name)| reference.str("name").is_some_and(|meant| *meant == *name))
}

/// Reads `spec.path`. What is asked for by another method than `GET` takes other rights than reading, and is not looked up.
pub(super) fn read<'d>(manifest: Manifest<'d>, found: &mut Found<'d>) {
    let Some((spec, _)) = told(manifest) else { return };
    let Some(place) = spec.get("path") else { return };
    let mut open = |why| found.open.push(Open { place, stage: manifest.stage, why });
    if spec.str("method").is_some_and(|method| !method.is_empty() && !method.eq_ignore_ascii_case("GET")) {
        return open(Why::Generated);
    }
    let path = spec.str("path").unwrap_or_default();
    let path = path.trim_matches('/');
    if path.is_empty() || path.contains("${") || path.contains("{{") {
        return open(Why::Unsettled);
    }
    let provider = spec.get("provider");
    let text = |key: &str| provider?.str(key).filter(|text| !text.trim().is_empty()).map(std::borrow::Cow::into_owned);
    let reference = VaultReference { namespace: text("namespace"), field: None, ..VaultReference::plain(path, "") };
    found.references.push(at(place, manifest, text("server"), reference));
}
