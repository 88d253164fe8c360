//! How secrets are recognised and treated: base64, token formats, placeholders, and the secret stores of clusters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::policy::allow::{Allowance, AllowedSecret, InvalidEntry};
use crate::secrets::detect::{CustomPattern, CustomRules};
use crate::secrets::reference::manifest::{SecretStore, VaultStore, mount};
use crate::secrets::reference::paths::{AllowedPaths, PathPattern};

/// How secrets are recognised and treated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SecretsPolicy {
    /// Whether a base64-encoded secret is a finding (`deny`, the default) or accepted (`allow`).
    pub base64: Base64,
    /// Formats of your organisation's own tokens.
    pub patterns: Vec<SecretPattern>,
    /// Additional placeholders that are not secrets. The whole value is compared, ignoring case.
    pub placeholders: Vec<String>,
    /// A gitleaks configuration (TOML) with rules and allowlists of your own, as a path relative to the policy file. They are used beside
    /// the built-in detectors, as with `useDefault = true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// The SHA-256 of that configuration and of those it extends, in hex. A file with another one is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_sha256: Option<String>,
    /// Secrets that may stay. Each is reported as allowed, with its reason, and fails no release. Only findings about a secret that the
    /// document contains can be allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<AllowedSecret>,
    /// The paths in Vault that an application's documents may refer to, as `MOUNT/PATH` or `NAMESPACE:MOUNT/PATH`: `*` matches any
    /// characters but `/`, `{application}` is the name of the document's application, and `data/` after the mount may be left out.
    /// Vault is asked nothing about a reference to any other path, which is a finding. Without this key, every path is allowed: whoever
    /// may edit any pipeline can find out what the gate's Vault role can read.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "listed")]
    #[schemars(with = "Vec<String>")]
    pub paths: Option<Vec<String>>,
    /// The secret stores of your clusters, through which `ExternalSecrets` are resolved: `ClusterSecretStore/NAME`, `SecretStore/NAME`
    /// or `SecretStore/NAMESPACE/NAME`. If any store is listed, an `ExternalSecret` of an unlisted store makes the check inconclusive.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub stores: BTreeMap<String, DeclaredStore>,
}

/// A secret store of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeclaredStore {
    /// The backend of the store: Vault (the default), or another, whose secrets are not verified.
    pub provider: Provider,
    /// Vault's address, as in the store; by default that of the gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The mount of the KV engine, as in the store; by default it is part of each key. Vault reports its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Vault's namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// The backend of a secret store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    #[default]
    Vault,
    /// Any other. Secrets in it are not verified.
    Other,
}

/// How base64-encoded secrets are treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Base64 {
    /// Base64 is decoded and checked: an encoding does not protect a secret.
    #[default]
    Deny,
    /// Base64 is accepted without checking, and the verdict records it.
    Allow,
}

/// The format of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretPattern {
    /// The name of the token in messages: `a token of the billing service`.
    pub name: String,
    /// A regular expression without look-around and back-references. Its first group is the secret, if it has a group.
    pub regex: String,
}

impl SecretsPolicy {
    /// The compiled rules for the detector.
    ///
    /// # Errors
    /// The index of the invalid pattern, and why it is invalid.
    pub fn custom_rules(&self) -> Result<CustomRules, (usize, String)> {
        let mut patterns = Vec::new();
        for (n, pattern) in self.patterns.iter().enumerate() {
            patterns.push(CustomPattern::new(&pattern.name, &pattern.regex).map_err(|why| (n, why))?);
        }
        Ok(CustomRules {
            patterns,
            placeholders: self.placeholders.iter().map(|text| text.trim().to_lowercase()).collect(),
            ..CustomRules::default()
        })
    }

    /// The compiled entries of `allow`.
    ///
    /// # Errors
    /// The index of the invalid entry, and why it is invalid.
    pub fn allowances(&self) -> Result<Vec<Allowance>, (usize, InvalidEntry)> {
        self.allow.iter().enumerate().map(|(n, entry)| entry.compile().map_err(|why| (n, why))).collect()
    }

    /// The paths that documents may refer to; `None` where every path is allowed.
    pub fn allowed_paths(&self) -> Option<AllowedPaths> {
        let paths = self.paths.as_ref()?;
        Some(paths.iter().filter_map(|pattern| PathPattern::parse(pattern).ok()).collect())
    }

    /// The first pattern of a path that cannot be used: its index, and why.
    pub fn unusable_path(&self) -> Option<(usize, String)> {
        let mut paths = self.paths.iter().flatten().enumerate();
        paths.find_map(|(n, pattern)| PathPattern::parse(pattern).err().map(|why| (n, why)))
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
        // A store of one namespace takes precedence over one for all.
        all.sort_by_key(|store| store.within.is_none());
        all
    }

    /// The first key that does not name a secret store.
    pub fn unusable_store(&self) -> Option<&str> {
        self.stores.keys().find(|key| store_key(key).is_none()).map(String::as_str)
    }
}

/// A list that was written: nothing in its place is a mistake, which must not allow everything.
fn listed<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    Vec::deserialize(deserializer).map(Some)
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
