//! `ExternalSecret` of the External Secrets Operator, and the `SecretStore` it is read through.

use crate::base::sanitize::sanitize;
use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::secrets::reference::VaultReference;
use crate::secrets::reference::manifest::{Found, Open, Why, at, dynamic_secret};

/// A `SecretStore` or `ClusterSecretStore`; or a generator of Vault's, which is looked up where its manifest is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretStore {
    /// `SecretStore` or `ClusterSecretStore`; `VaultDynamicSecret` or `ClusterGenerator`.
    pub kind: String,
    pub name: String,
    /// The only namespace whose `ExternalSecrets` may use it; any when absent.
    pub within: Option<String>,
    /// How it reads from Vault; `None` for another provider, and for a generator.
    pub vault: Option<VaultStore>,
}

/// How a store reads from Vault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VaultStore {
    /// Its address; the configured Vault when absent.
    pub server: Option<String>,
    /// The mount, when keys are relative to it.
    pub path: Option<String>,
    /// Vault's namespace.
    pub namespace: Option<String>,
}

impl SecretStore {
    /// Reads a store or generator; `None` for any other manifest.
    pub fn read(manifest: Value<'_>) -> Option<Self> {
        if let Some((kind, name)) = dynamic_secret::referenced_as(manifest) {
            return Some(Self { kind, name, within: None, vault: None });
        }
        let kind = manifest.str("kind").filter(|kind| matches!(&**kind, "SecretStore" | "ClusterSecretStore"))?;
        let provider = manifest.at(&["spec", "provider"])?;
        let vault = provider.get("vault").map(|vault| {
            let text =
                |key: &str| vault.str(key).filter(|text| !text.trim().is_empty()).map(std::borrow::Cow::into_owned);
            VaultStore { server: text("server"), path: text("path").map(mount), namespace: text("namespace") }
        });
        let name = manifest.get("metadata")?.str("name")?.into_owned();
        Some(Self { kind: kind.into_owned(), name, within: None, vault })
    }
}

/// A mount as references write it: without slashes at the ends.
pub fn mount(path: String) -> String {
    path.trim_matches('/').to_owned()
}

/// Reads `spec.data[].remoteRef` and `spec.dataFrom[].extract`.
pub(super) fn read<'d>(
    manifest: Manifest<'d>,
    spec: Option<Value<'d>>,
    stores: &[&SecretStore],
    found: &mut Found<'d>,
) {
    let Some(spec) = spec else { return };
    let whole = spec.get("secretStoreRef");
    for item in spec.list("data").chain(spec.list("dataFrom")) {
        let source = item.get("sourceRef");
        // A generator creates a secret: only Vault's generators read from Vault.
        if let Some(generator) = source.and_then(|source| source.get("generatorRef")) {
            let is_known = store_of(manifest, generator, stores).is_some();
            if !is_known && generator.get("kind").is_some_and(|kind| kind.is_str(dynamic_secret::KIND)) {
                found.open.push(Open { place: generator, stage: manifest.stage, why: Why::Generated });
            }
            continue;
        }
        let Some(reference) = source.and_then(|source| source.get("storeRef")).or(whole) else { continue };
        let store = match store_of(manifest, reference, stores) {
            Some(SecretStore { vault: Some(store), .. }) => store,
            Some(_) => continue,
            None => {
                let why = Why::UnknownStore(format!("{} {}", kind(reference), name(reference)));
                found.open.push(Open { place: reference, stage: manifest.stage, why });
                continue;
            }
        };
        if let Some(find) = item.get("find") {
            found.open.push(Open { place: find, stage: manifest.stage, why: Why::Picked });
            continue;
        }
        let Some(remote) = item.get("remoteRef").or_else(|| item.get("extract")) else { continue };
        match reference_of(store, remote) {
            Some(reference) => found.references.push(at(remote, manifest, store.server.clone(), reference)),
            None => found.open.push(Open { place: remote, stage: manifest.stage, why: Why::Unsettled }),
        }
    }
}

fn kind(reference: Value<'_>) -> String {
    let kind = reference.str("kind").filter(|kind| !kind.is_empty());
    kind.map_or_else(|| "SecretStore".into(), |kind| sanitize(&kind, 40))
}

fn name(reference: Value<'_>) -> String {
    sanitize(&reference.str("name").unwrap_or_default(), 100)
}

fn store_of<'s>(manifest: Manifest<'_>, reference: Value<'_>, stores: &[&'s SecretStore]) -> Option<&'s SecretStore> {
    let kind = reference.str("kind").filter(|kind| !kind.is_empty()).unwrap_or("SecretStore".into());
    let name = reference.str("name")?;
    let namespace = manifest.value.get("metadata").and_then(|metadata| metadata.str("namespace"));
    let is_meant = |store: &&&SecretStore| {
        store.kind == *kind
            && store.name == *name
            && store.within.as_deref().is_none_or(|within| namespace.as_deref() == Some(within))
    };
    stores.iter().find(is_meant).copied()
}

fn reference_of(store: &VaultStore, remote: Value<'_>) -> Option<VaultReference> {
    let settled =
        |text: &std::borrow::Cow<'_, str>| !text.trim().is_empty() && !text.contains("${") && !text.contains("{{");
    let key = remote.str("key").filter(settled)?;
    let property = remote.str("property").filter(|property| !property.is_empty());
    if property.as_ref().is_some_and(|property| !settled(property)) {
        return None;
    }
    // A property with a dot may be a path into nested values: then only the existence of the secret is checked.
    let field = property.filter(|property| !property.contains('.'));
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
