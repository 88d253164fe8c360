//! References to Vault in the formats of manifests: Vault Agent's annotations, `ExternalSecret` with its
//! `SecretStore` and `VaultDynamicSecret`, `SecretProviderClass`. Pure.

mod agent;
mod dynamic_secret;
mod external_secret;
mod provider_class;

use crate::document::value::Value;
use crate::document::{Document, Syntax};
use crate::kubernetes::manifest::{Manifest, Manifests};
use crate::secrets::reference::{Recognised, VaultReference, checked};

pub use external_secret::{SecretStore, VaultStore, mount};

/// The uses of Vault in manifests.
#[derive(Default)]
pub struct Found<'d> {
    pub references: Vec<ManifestReference<'d>>,
    /// Manifests that read from Vault, or may, in a way that cannot be looked up.
    pub open: Vec<Open<'d>>,
}

/// A value that reads a secret which cannot be identified.
pub struct Open<'d> {
    pub place: Value<'d>,
    /// The stage that contains the manifest: index in the pipeline.
    pub stage: Option<usize>,
    pub why: Why,
}

/// Why the secret cannot be identified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is read through a store that neither the policy nor the documents define: kind and name, for messages.
    UnknownStore(String),
    /// The operator selects it at run time by name or tag (`find`).
    Picked,
    /// It comes from a generator (`VaultDynamicSecret`) that is unknown, or that uses a method other than `GET`.
    Generated,
    /// Its path is an expression or a template.
    Unsettled,
}

/// A reference in a manifest.
pub struct ManifestReference<'d> {
    /// The value that contains it.
    pub place: Value<'d>,
    /// The stage that contains the manifest: index in the pipeline.
    pub stage: Option<usize>,
    /// The Vault address it names; `None` for the configured one.
    pub server: Option<String>,
    pub recognised: Recognised,
}

impl ManifestReference<'_> {
    /// A key that is unique among the references of the document.
    pub fn key(&self) -> String {
        format!("manifest value {}: {:?}", self.place.row(), self.recognised)
    }
}

/// The references of `manifests`. Secret stores are those that the policy declares, those of the document, and those given
/// next to it, in this order: the policy comes from a trusted source.
pub fn references<'d>(manifests: &Manifests<'d>, declared: &[SecretStore], nearby: &[SecretStore]) -> Found<'d> {
    let in_document: Vec<SecretStore> =
        manifests.readable.iter().filter_map(|manifest| SecretStore::read(manifest.value)).collect();
    let stores: Vec<&SecretStore> = declared.iter().chain(&in_document).chain(nearby).collect();
    let mut found = Found::default();
    for manifest in &manifests.readable {
        match &*manifest.kind() {
            "ExternalSecret" => external_secret::read(*manifest, manifest.value.get("spec"), &stores, &mut found),
            "ClusterExternalSecret" => {
                let spec = manifest.value.at(&["spec", "externalSecretSpec"]);
                external_secret::read(*manifest, spec, &stores, &mut found);
            }
            dynamic_secret::KIND | "ClusterGenerator" => dynamic_secret::read(*manifest, &mut found),
            "SecretProviderClass" => provider_class::read(*manifest, &mut found),
            _ => agent::read(*manifest, &mut found),
        }
    }
    found
}

/// A reference at `place`, checked for validity.
fn at<'d>(
    place: Value<'d>,
    manifest: Manifest<'d>,
    server: Option<String>,
    reference: VaultReference,
) -> ManifestReference<'d> {
    ManifestReference { place, stage: manifest.stage, server, recognised: checked(reference) }
}

/// A text parsed as YAML; `None` when it is not YAML.
fn yaml(text: &str) -> Option<Document> {
    Document::read(text.as_bytes().to_vec(), Syntax::Yaml).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spinnaker::input::Input;

    /// The references in `manifests`, as server, namespace, mount, path, field and version.
    fn found(manifests: serde_json::Value) -> Vec<String> {
        let pipeline = json!({"application": "shop", "stages": [
            {"type": "deployManifest", "refId": "1", "source": "text", "manifests": manifests}]});
        let document = Document::json(pipeline.to_string()).unwrap();
        let subject = Input::of(document.root());
        let formatted = |found: ManifestReference<'_>| match found.recognised {
            Recognised::Vault(reference) => {
                let version = reference.version.map(|version| format!("#{version}")).unwrap_or_default();
                let namespace =
                    reference.namespace.as_deref().map(|namespace| format!("{namespace}:")).unwrap_or_default();
                let server = found.server.map(|server| format!("{server} ")).unwrap_or_default();
                format!("{server}{namespace}{}{version}", reference.shown())
            }
            other => format!("{other:?}"),
        };
        let found = references(&Manifests::of(&subject), &[], &[]);
        let open = found.open.iter().map(|open| format!("open: {:?}", open.why));
        found.references.into_iter().map(formatted).chain(open).collect()
    }

    fn pod(annotations: serde_json::Value) -> serde_json::Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "shop"},
            "spec": {"template": {"metadata": {"annotations": annotations}, "spec": {"containers": []}}}})
    }

    #[test]
    fn an_agents_annotations_name_paths_and_their_templates_fields() {
        let annotations = json!({
            "vault.hashicorp.com/agent-inject": "true",
            "vault.hashicorp.com/namespace": "team",
            "vault.hashicorp.com/agent-inject-secret-db": "secret/data/shop/db",
            "vault.hashicorp.com/agent-inject-template-db": "{{- with secret \"secret/data/shop/db\" -}}user={{ .Data.data.user }} {{ .Data.data.password }}{{- end }}",
            "vault.hashicorp.com/agent-inject-secret-whole": "kv/plain",
        });
        assert_eq!(
            found(json!([pod(annotations)])),
            ["team:secret/data/shop/db#user", "team:secret/data/shop/db#password", "team:kv/plain"]
        );
        let off = json!({"vault.hashicorp.com/agent-inject-secret-x": "kv/x"});
        assert!(found(json!([pod(off)])).is_empty(), "nothing is injected without agent-inject");
        let unsettled = json!({"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/agent-inject-secret-x": "kv/${ x }"});
        assert_eq!(found(json!([pod(unsettled)])), ["open: Unsettled"]);
    }

    #[test]
    fn an_external_secret_is_read_through_its_store() {
        let store = json!({"apiVersion": "external-secrets.io/v1", "kind": "SecretStore", "metadata": {"name": "vault"},
            "spec": {"provider": {"vault": {"server": "https://vault:8200", "path": "secret", "version": "v2", "namespace": "team"}}}});
        let secret = json!({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "db"}, "spec": {
            "secretStoreRef": {"name": "vault", "kind": "SecretStore"},
            "data": [{"secretKey": "p", "remoteRef": {"key": "shop/db", "property": "password", "version": "3"}},
                     {"secretKey": "n", "remoteRef": {"key": "shop/db", "property": "nested.value"}},
                     {"secretKey": "m", "remoteRef": {"key": "secret/data/shop/db", "property": "password"}}],
            "dataFrom": [{"extract": {"key": "shop/all"}}, {"find": {"name": {"regexp": ".*"}}}, {"extract": {"key": "${ x }"}},
                {"sourceRef": {"generatorRef": {"kind": "VaultDynamicSecret", "name": "db"}}},
                {"sourceRef": {"generatorRef": {"kind": "Password", "name": "p"}}}]}});
        assert_eq!(
            found(json!([store, secret])),
            [
                "https://vault:8200 team:secret/shop/db#password#3",
                "https://vault:8200 team:secret/shop/db",
                "https://vault:8200 team:secret/shop/db#password",
                "https://vault:8200 team:secret/shop/all",
                "open: Picked",
                "open: Unsettled",
                "open: Generated",
            ]
        );
        let other = json!({"apiVersion": "external-secrets.io/v1", "kind": "SecretStore", "metadata": {"name": "vault"},
            "spec": {"provider": {"aws": {"service": "SecretsManager"}}}});
        assert_eq!(found(json!([other, secret])), ["open: Generated"], "another provider's");
        let unknown = found(json!([secret]));
        assert!(unknown.len() == 7 && unknown.iter().all(|formatted| formatted.starts_with("open: ")), "{unknown:?}");
        assert_eq!(unknown[0], "open: UnknownStore(\"SecretStore vault\")");
    }

    #[test]
    fn a_dynamic_secret_is_looked_up_at_its_generator() {
        let generator = |name: &str, more: serde_json::Value| {
            let mut spec = json!({"path": "/database/creds/shop", "provider": {"server": "https://vault:8200", "namespace": "eu"}});
            spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"apiVersion": "generators.external-secrets.io/v1alpha1", "kind": "VaultDynamicSecret", "metadata": {"name": name}, "spec": spec})
        };
        let secret = |kind: &str, name: &str| {
            json!({"kind": "ExternalSecret", "metadata": {"name": "db"}, "spec": {
                "dataFrom": [{"sourceRef": {"generatorRef": {"kind": kind, "name": name}}}]}})
        };
        let looked_up = "https://vault:8200 eu:database/creds/shop";
        let own = secret("VaultDynamicSecret", "db");
        assert_eq!(found(json!([own, generator("db", json!({"method": "GET"}))])), [looked_up]);
        assert_eq!(found(json!([own, generator("other", json!({}))])), [looked_up, "open: Generated"]);
        assert_eq!(found(json!([own, generator("db", json!({"method": "POST"}))])), ["open: Generated"]);
        assert_eq!(found(json!([generator("db", json!({"path": "${path}"}))])), ["open: Unsettled"]);
        let wrapped = json!({"kind": "ClusterGenerator", "metadata": {"name": "db"}, "spec": {"kind": "VaultDynamicSecret",
            "generator": {"vaultDynamicSecretSpec": {"path": "database/creds/shop"}}}});
        assert_eq!(found(json!([secret("ClusterGenerator", "db"), wrapped])), ["database/creds/shop"]);
        // A generator in a document next to it is looked up there.
        let pipeline = json!({"application": "shop", "stages": [{"type": "deployManifest", "source": "text", "manifests": [own]}]});
        let (document, nearby) =
            (Document::json(pipeline.to_string()), Document::json(generator("db", json!({})).to_string()));
        let (document, nearby) = (document.unwrap(), nearby.unwrap());
        let nearby = SecretStore::read(nearby.root()).unwrap();
        let found_nearby = references(&Manifests::of(&Input::of(document.root())), &[], &[nearby]);
        assert!(found_nearby.references.is_empty() && found_nearby.open.is_empty());
        let password = json!({"kind": "ClusterGenerator", "metadata": {"name": "db"}, "spec": {"kind": "Password"}});
        assert!(found(json!([secret("ClusterGenerator", "db"), password])).is_empty());
    }

    #[test]
    fn a_store_of_the_policy_wins_over_one_in_a_nearby_document() {
        let secret = |namespace: &str| {
            json!({"kind": "ExternalSecret", "metadata": {"name": "db", "namespace": namespace}, "spec": {
                "secretStoreRef": {"name": "vault"}, "data": [{"remoteRef": {"key": "db", "property": "p"}}]}})
        };
        let fake = json!({"kind": "SecretStore", "metadata": {"name": "vault"}, "spec": {"provider": {"fake": {}}}});
        let pipeline = json!({"application": "shop", "stages": [
            {"type": "deployManifest", "source": "text", "manifests": [secret("a"), secret("b"), fake]}]});
        let document = Document::json(pipeline.to_string()).unwrap();
        let manifests = Manifests::of(&Input::of(document.root()));
        let declared = SecretStore {
            kind: "SecretStore".into(),
            name: "vault".into(),
            within: Some("a".into()),
            vault: Some(VaultStore { path: Some("kv".into()), ..VaultStore::default() }),
        };
        let found = references(&manifests, &[declared], &[]);
        // The one in the other namespace is read through the document's store, whose provider is not Vault.
        assert!(found.references.len() == 1 && found.open.is_empty());
    }

    #[test]
    fn a_secret_provider_class_lists_its_objects() {
        let class = json!({"apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass", "metadata": {"name": "db"},
            "spec": {"provider": "vault", "parameters": {"vaultAddress": "https://vault:8200", "roleName": "shop",
                "objects": "- objectName: p\n  secretPath: secret/data/shop/db\n  secretKey: password\n- objectName: all\n  secretPath: secret/data/shop\n"}}});
        assert_eq!(
            found(json!([class])),
            ["https://vault:8200 secret/data/shop/db#password", "https://vault:8200 secret/data/shop"]
        );
        let other = json!({"apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass", "metadata": {"name": "db"},
            "spec": {"provider": "azure", "parameters": {"objects": "x"}}});
        assert!(found(json!([other])).is_empty());
    }
}
