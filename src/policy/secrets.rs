//! What a shop says of secrets: whether base64 is accepted, tokens and placeholders of its own, and the secret stores of its clusters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::secrets::detect::{CustomPattern, CustomRules};
use crate::secrets::reference::manifest::{SecretStore, VaultStore, mount};

/// What a shop says of secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SecretsPolicy {
    /// Whether a secret in base64 is a finding (`deny`, the default) or accepted (`allow`).
    pub base64: Base64,
    /// Forms of the shop's own tokens.
    pub patterns: Vec<SecretPattern>,
    /// Texts that stand for a secret that is not there, beside the usual ones; compared as a whole, in any case.
    pub placeholders: Vec<String>,
    /// The secret stores of the clusters, by which `ExternalSecrets` are looked up: `ClusterSecretStore/NAME`, `SecretStore/NAME`, or
    /// `SecretStore/NAMESPACE/NAME`. As soon as one is named here, an `ExternalSecret` of a store that is not leaves the check inconclusive.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stores: BTreeMap<String, DeclaredStore>,
}

/// A secret store of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeclaredStore {
    /// What it reads from: Vault (the default), or what is not Plimsoll's to look up.
    pub provider: Provider,
    /// Vault's address, as the store has it; that of the gate when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The mount of the KV engine, as the store has it; part of each key when absent. Its version is asked of Vault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Vault's namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// What a secret store reads from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    #[default]
    Vault,
    /// Any other: what is read through it is not looked up.
    Other,
}

/// What is made of base64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Base64 {
    /// An encoding is no protection: what is behind it is looked at.
    #[default]
    Deny,
    /// What is behind it is not judged, and the verdict says so.
    Allow,
}

/// The form of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretPattern {
    /// What it is, for the message: `a token of the billing service`.
    pub name: String,
    /// A regular expression without look-around and back-references; its first group, when it has one, is the secret.
    pub regex: String,
}

impl SecretsPolicy {
    /// Compiled, for the detector.
    ///
    /// # Errors
    /// The index of the pattern that cannot be used, and why.
    pub fn custom_rules(&self) -> Result<CustomRules, (usize, String)> {
        let mut patterns = Vec::new();
        for (n, pattern) in self.patterns.iter().enumerate() {
            patterns.push(CustomPattern::new(&pattern.name, &pattern.regex).map_err(|why| (n, why))?);
        }
        Ok(CustomRules {
            patterns,
            placeholders: self.placeholders.iter().map(|text| text.trim().to_lowercase()).collect(),
        })
    }

    /// The declared stores.
    pub fn stores(&self) -> Vec<SecretStore> {
        let read = self.stores.iter().filter_map(|(key, store)| {
            let (kind, within, name) = store_key(key)?;
            let vault = VaultStore {
                server: store.server.clone(),
                path: store.path.clone().map(mount),
                namespace: store.namespace.clone(),
            };
            let vault = (store.provider == Provider::Vault).then_some(vault);
            Some(SecretStore { kind: kind.into(), name: name.into(), within: within.map(str::to_owned), vault })
        });
        let mut all: Vec<SecretStore> = read.collect();
        // One for a single namespace goes before one for all.
        all.sort_by_key(|store| store.within.is_none());
        all
    }

    /// The key of a store that names none, if there is any.
    pub fn unusable_store(&self) -> Option<&str> {
        self.stores.keys().find(|key| store_key(key).is_none()).map(String::as_str)
    }
}

/// Kind, namespace and name of `ClusterSecretStore/NAME`, `SecretStore/NAME` or `SecretStore/NAMESPACE/NAME`.
fn store_key(key: &str) -> Option<(&str, Option<&str>, &str)> {
    let parts: Vec<&str> = key.split('/').collect();
    match *parts.as_slice() {
        [kind @ ("SecretStore" | "ClusterSecretStore"), name] if !name.is_empty() => Some((kind, None, name)),
        [kind @ "SecretStore", within, name] if !within.is_empty() && !name.is_empty() => {
            Some((kind, Some(within), name))
        }
        _ => None,
    }
}
