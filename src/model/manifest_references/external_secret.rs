//! `ExternalSecret` of the External Secrets Operator, and the `SecretStore` it is read through.

use crate::model::manifest::Manifest;
use crate::model::manifest_references::{ManifestReference, at};
use crate::model::secret_reference::VaultReference;
use crate::model::value::Value;

/// A `SecretStore` or `ClusterSecretStore` whose provider is Vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretStore {
    kind: String,
    name: String,
    server: Option<String>,
    /// The mount, when keys are relative to it.
    path: Option<String>,
    namespace: Option<String>,
}

impl SecretStore {
    /// Reads one; nothing for any other manifest, and for stores of other providers.
    pub fn read(manifest: Value<'_>) -> Option<Self> {
        let kind = manifest.str("kind").filter(|kind| matches!(&**kind, "SecretStore" | "ClusterSecretStore"))?;
        let vault = manifest.at(&["spec", "provider", "vault"])?;
        let text = |key: &str| vault.str(key).filter(|text| !text.trim().is_empty()).map(std::borrow::Cow::into_owned);
        Some(Self {
            kind: kind.into_owned(),
            name: manifest.get("metadata")?.str("name")?.into_owned(),
            server: text("server"),
            path: text("path").map(|path| path.trim_matches('/').to_owned()),
            namespace: text("namespace"),
        })
    }
}

/// Reads `spec.data[].remoteRef` and `spec.dataFrom[].extract`.
pub(super) fn read<'d>(
    manifest: Manifest<'d>,
    spec: Option<Value<'d>>,
    stores: &[&SecretStore],
    found: &mut Vec<ManifestReference<'d>>,
) {
    let Some(spec) = spec else { return };
    let whole = spec.get("secretStoreRef");
    for item in spec.list("data").chain(spec.list("dataFrom")) {
        let store = item.at(&["sourceRef", "storeRef"]).or(whole).and_then(|reference| store_of(reference, stores));
        let remote = item.get("remoteRef").or_else(|| item.get("extract"));
        if let (Some(store), Some(remote)) = (store, remote)
            && let Some(reference) = reference(store, remote)
        {
            found.push(at(remote, manifest, store.server.clone(), reference));
        }
    }
}

fn store_of<'s>(reference: Value<'_>, stores: &[&'s SecretStore]) -> Option<&'s SecretStore> {
    let kind = reference.str("kind").filter(|kind| !kind.is_empty()).unwrap_or("SecretStore".into());
    let name = reference.str("name")?;
    stores.iter().find(|store| store.kind == *kind && store.name == *name).copied()
}

fn reference(store: &SecretStore, remote: Value<'_>) -> Option<VaultReference> {
    let settled =
        |text: &std::borrow::Cow<'_, str>| !text.trim().is_empty() && !text.contains("${") && !text.contains("{{");
    let key = remote.str("key").filter(settled)?;
    // A property with a dot may be a way into nested values: that its secret is there is all that is asked then.
    let field = remote.str("property").filter(settled).filter(|property| !property.contains('.'));
    let key = key.trim_matches('/');
    let (mount, path) = match &store.path {
        // A key may repeat the mount, as the operator allows.
        Some(mount) => match key.strip_prefix(mount.as_str()).and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) => (Some(mount.clone()), rest.strip_prefix("data/").unwrap_or(rest)),
            None => (Some(mount.clone()), key),
        },
        None => (None, key),
    };
    let version = remote.get("version").and_then(Value::text).and_then(|version| version.parse().ok());
    let field = field.map(std::borrow::Cow::into_owned);
    Some(VaultReference {
        namespace: store.namespace.clone(),
        mount,
        field,
        version,
        ..VaultReference::plain(path, "")
    })
}
