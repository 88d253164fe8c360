//! `VaultDynamicSecret` of the External Secrets Operator: a generator for which Vault creates a secret.

use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::secrets::reference::VaultReference;
use crate::secrets::reference::manifest::{Found, Open, Why, at};

/// The kind of Vault's generators.
pub(super) const KIND: &str = "VaultDynamicSecret";

/// The spec of a generator of Vault's; `None` for any other manifest. A `ClusterGenerator` wraps it.
fn spec_of(manifest: Value<'_>) -> Option<Value<'_>> {
    let spec = manifest.get("spec")?;
    match &*manifest.str("kind")? {
        KIND => Some(spec),
        "ClusterGenerator" if spec.get("kind").is_some_and(|kind| kind.is_str(KIND)) => {
            spec.at(&["generator", "vaultDynamicSecretSpec"])
        }
        _ => None,
    }
}

/// Kind and name by which a `generatorRef` refers to `manifest`; `None` when it is not a generator of Vault's.
pub(super) fn referenced_as(manifest: Value<'_>) -> Option<(String, String)> {
    spec_of(manifest)?;
    let name = manifest.get("metadata")?.str("name")?;
    Some((manifest.str("kind")?.into_owned(), name.into_owned()))
}

/// Reads `spec.path`. A method other than `GET` needs other permissions than reading, and is not looked up.
pub(super) fn read<'d>(manifest: Manifest<'d>, found: &mut Found<'d>) {
    let Some(spec) = spec_of(manifest.value) else { return };
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
