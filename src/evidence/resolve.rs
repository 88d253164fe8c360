//! Resolving the secret references of one document.

use std::collections::BTreeMap;

use crate::base::secret::Secret;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::vault::{Field, Resolution};
use crate::evidence::collect::Sources;
use crate::evidence::contents::Contents;
use crate::evidence::{Lookup, SecretLookup, SecretOutcome};
use crate::meta::Need;
use crate::secrets::leaks::Resolved;
use crate::secrets::reference::manifest::references as manifest_references;
use crate::secrets::reference::paths::{AllowedPaths, Permission};
use crate::secrets::reference::{Recognised, VaultReference};
use crate::spinnaker::pipeline::Pipeline;

/// Vault's answer for every reference of the documents, and the values that the references resolve to. Values are also added to `known`,
/// to be masked.
pub(super) async fn secrets(
    contents: &[&Contents<'_>],
    sources: Sources<'_>,
    resolver: &SecretResolver,
    known: &mut Vec<Secret>,
) -> (Lookup<Vec<SecretLookup>>, Vec<Resolved>) {
    let mut values = Vec::new();
    if !resolver.is_configured() || !sources.wants(Need::Vault) {
        return (Lookup::NotConfigured, values);
    }
    let (mut wanted, mut lookups) = (BTreeMap::new(), Vec::new());
    for one in contents {
        let (references, elsewhere) = wanted_by(one, sources, resolver);
        wanted.extend(references);
        lookups.extend(elsewhere);
    }
    if wanted.is_empty() {
        return (Lookup::Found(lookups), values);
    }
    let references: Vec<VaultReference> = wanted.values().cloned().collect();
    let resolutions = resolver.verify(&references, sources.deadline).await;
    lookups.extend(wanted.into_iter().zip(resolutions).map(|((text, reference), resolution)| {
        let outcome = match resolution {
            Resolution::Resolved(secret) => {
                values.push(Resolved::new(&text, &reference, secret.clone()));
                known.push(secret);
                SecretOutcome::Resolved
            }
            Resolution::Whole(fields) => {
                for (name, field) in fields {
                    let Field::Text(secret) = field else { continue };
                    let one = VaultReference { field: Some(name), ..reference.clone() };
                    values.push(Resolved::new(&text, &one, secret.clone()));
                    known.push(secret);
                }
                SecretOutcome::Resolved
            }
            Resolution::Present => SecretOutcome::Resolved,
            Resolution::Refused { reason, remedy, .. } => SecretOutcome::Refused { reason, remedy },
            Resolution::Unavailable(error) => {
                SecretOutcome::Unavailable { reason: error.to_string(), remedy: error.help }
            }
        };
        SecretLookup { reference: text, outcome }
    }));
    (Lookup::Found(lookups), values)
}

/// The references to resolve, by key, and the results of those that Vault is not asked about: they are in another one, or the policy
/// does not let the document's application refer to them (`secrets.paths`).
fn wanted_by(
    contents: &Contents<'_>,
    sources: Sources<'_>,
    resolver: &SecretResolver,
) -> (BTreeMap<String, VaultReference>, Vec<SecretLookup>) {
    let declared = sources.policy.policy.secrets.stores();
    let manifests = manifest_references(&contents.manifests, &declared, sources.siblings.secret_stores());
    let mut lookups: Vec<SecretLookup> = Vec::new();
    let mut wanted: BTreeMap<String, VaultReference> = BTreeMap::new();
    let paths = sources.policy.policy.secrets.allowed_paths();
    let application = contents.input.pipeline.as_ref().and_then(Pipeline::application);
    let mut add = |key: String, reference: &VaultReference| {
        let allowed = |paths: &AllowedPaths| paths.permission(application.as_deref(), reference);
        let outcome = match paths.as_ref().map_or(Permission::Allowed, allowed) {
            Permission::Allowed => return drop(wanted.insert(key, reference.clone())),
            Permission::Outside => SecretOutcome::Outside,
            Permission::Open => SecretOutcome::Open,
        };
        lookups.push(SecretLookup { reference: key, outcome });
    };
    let mut elsewhere: Vec<SecretLookup> = Vec::new();
    for place in &contents.secrets.references {
        if let Recognised::Vault(reference) = &place.recognised {
            add(place.text.clone(), reference);
        }
    }
    for found in &manifests.references {
        let Recognised::Vault(reference) = &found.recognised else { continue };
        if found.server.as_deref().is_none_or(|server| resolver.is_at(server)) {
            add(found.key(), reference);
        } else {
            elsewhere.push(SecretLookup { reference: found.key(), outcome: SecretOutcome::Elsewhere });
        }
    }
    lookups.append(&mut elsewhere);
    (wanted, lookups)
}
