//! `SecretProviderClass` of the Secrets Store CSI driver, with Vault as its provider.

use crate::kubernetes::manifest::Manifest;
use crate::secrets::reference::VaultReference;
use crate::secrets::reference::manifest::{Found, Open, Why, at, yaml};

/// Reads `spec.parameters.objects`, which is YAML in a text.
pub(super) fn read<'d>(manifest: Manifest<'d>, found: &mut Found<'d>) {
    let Some(spec) = manifest.value.get("spec") else { return };
    let is_vault = spec.get("provider").is_some_and(|provider| provider.is_str("vault") || provider.is_str("openbao"));
    let Some(parameters) = spec.get("parameters").filter(|_| is_vault) else { return };
    let text = |key: &str| parameters.str(key).filter(|text| !text.is_empty()).map(std::borrow::Cow::into_owned);
    let Some(objects) = parameters.get("objects") else { return };
    let Some(document) = objects.as_str().and_then(|objects| yaml(&objects)) else { return };
    let lists = document.root().elements().flat_map(|root| root.elements().collect::<Vec<_>>());
    for object in lists {
        // Reading certificates and other secrets that are issued on request would issue them, so they are not read.
        let is_read = object.str("method").is_none_or(|method| method.is_empty() || method.eq_ignore_ascii_case("GET"));
        let Some(path) = object.str("secretPath").filter(|_| is_read) else { continue };
        if path.contains("${") {
            found.open.push(Open { place: objects, stage: manifest.stage, why: Why::Unsettled });
            continue;
        }
        let field = object.str("secretKey").filter(|key| !key.is_empty()).map(std::borrow::Cow::into_owned);
        let namespace = text("vaultNamespace").or_else(|| text("namespace"));
        let reference =
            VaultReference { namespace, field, ..VaultReference::plain(path.trim_start_matches("v1/"), "") };
        found.references.push(at(objects, manifest, text("vaultAddress"), reference));
    }
}
