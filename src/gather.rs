//! Fetching the evidence for one document: accounts, parents and secrets, at the same time.

use std::collections::{BTreeMap, HashMap};

use crate::detect::DetectedSecrets;
use crate::evidence::{Evidence, Gathered, SecretLookup, SecretOutcome};
use crate::model::document::{Document, Syntax};
use crate::model::principal::{Start, start};
use crate::model::secret_reference::{Recognised, VaultReference};
use crate::model::subject::Subject;
use crate::model::trigger::Trigger;
use crate::secret::Secret;
use crate::source::resource::Resource;
use crate::source::{Answer, Spinnaker};
use crate::store::Store;
use crate::time::Deadline;
use crate::vault::Resolution;

/// The longest chain of parents that is followed.
const LONGEST_CHAIN: usize = 20;

/// Executions that were given together with the one that is judged, by id: evidence for one another.
pub type Siblings<'a> = HashMap<String, &'a str>;

/// Fetches what the checks need for `subject`. Values of secrets go to `known` and nowhere else.
pub async fn gather(
    subject: &Subject<'_>,
    spinnaker: &Spinnaker,
    store: &mut Store,
    siblings: &Siblings<'_>,
    known: &mut Vec<Secret>,
    deadline: Deadline,
) -> Gathered {
    let has_stages = subject.release.as_ref().is_some_and(|release| !release.stages.is_empty());
    let accounts = async {
        if has_stages { document(spinnaker, &Resource::Accounts, deadline).await } else { Evidence::NotConfigured }
    };
    let parents = parents(subject, spinnaker, siblings, deadline);
    let secrets = secrets(subject, store, known, deadline);
    let (accounts, parents, secrets) = tokio::join!(accounts, parents, secrets);
    Gathered { accounts, parents, secrets, ..Gathered::none() }
}

/// One document as evidence.
async fn document(spinnaker: &Spinnaker, resource: &Resource, deadline: Deadline) -> Evidence<Document> {
    match spinnaker.get(resource, deadline).await {
        Ok(Answer::Found { bytes, origin }) => match Document::read(bytes.to_vec(), Syntax::Json) {
            Ok(document) => Evidence::Found(document),
            Err(error) => Evidence::Unavailable(format!("{origin} answers with what cannot be read: {error}")),
        },
        Ok(Answer::Missing) => Evidence::Missing,
        Ok(Answer::NotConfigured) => Evidence::NotConfigured,
        Err(error) => Evidence::Unavailable(format!("{error} ({})", error.help())),
    }
}

/// The chain of executions that started this one, up to one that no execution started. Each is fetched: the copy inside the
/// trigger is whatever the caller wrote (T8).
async fn parents(
    subject: &Subject<'_>,
    spinnaker: &Spinnaker,
    siblings: &Siblings<'_>,
    deadline: Deadline,
) -> Evidence<Vec<Document>> {
    let Some(release) = subject.release.as_ref().filter(|release| release.is_execution) else {
        return Evidence::NotConfigured;
    };
    let mut next = release.trigger().and_then(parent_of);
    let mut chain: Vec<Document> = Vec::new();
    let mut seen: Vec<String> = subject.root.str("id").map(std::borrow::Cow::into_owned).into_iter().collect();
    while let Some(id) = next {
        if seen.contains(&id) || chain.len() >= LONGEST_CHAIN {
            return Evidence::Unavailable("the chain of executions that started it does not end".into());
        }
        let found = match siblings.get(&id) {
            Some(text) => match Document::json((*text).to_owned()) {
                Ok(document) => Evidence::Found(document),
                Err(error) => Evidence::Unavailable(error.to_string()),
            },
            None => document(spinnaker, &Resource::Execution { id: id.clone() }, deadline).await,
        };
        let document = match found {
            Evidence::Found(document) => document,
            Evidence::Missing => return Evidence::Missing,
            Evidence::NotConfigured => return Evidence::NotConfigured,
            Evidence::Unavailable(why) => return Evidence::Unavailable(why),
        };
        let root = document.root();
        if root.str("id").is_none_or(|own| own != id) {
            return Evidence::Unavailable(
                "the execution that was answered has another id than the one asked for".into(),
            );
        }
        seen.push(id);
        next = root.get("trigger").map(Trigger::read).and_then(parent_of);
        chain.push(document);
    }
    Evidence::Found(chain)
}

fn parent_of(trigger: Trigger<'_>) -> Option<String> {
    if start(trigger) != Start::Pipeline {
        return None;
    }
    // A pipeline trigger without an id cannot be followed: an empty id is never found.
    Some(trigger.parent_id().map(std::borrow::Cow::into_owned).unwrap_or_default())
}

/// What Vault says of every reference of the document.
async fn secrets(
    subject: &Subject<'_>,
    store: &mut Store,
    known: &mut Vec<Secret>,
    deadline: Deadline,
) -> Evidence<Vec<SecretLookup>> {
    if !store.is_configured() {
        return Evidence::NotConfigured;
    }
    let detected = DetectedSecrets::of(subject);
    let wanted: BTreeMap<&str, &VaultReference> = detected
        .references
        .iter()
        .filter_map(|place| match &place.recognised {
            Recognised::Vault(reference) => Some((place.text.as_str(), reference)),
            _ => None,
        })
        .collect();
    if wanted.is_empty() {
        return Evidence::Found(Vec::new());
    }
    let references: Vec<VaultReference> = wanted.values().map(|reference| (*reference).clone()).collect();
    let resolutions = store.resolve(&references, deadline).await;
    let lookups = wanted.keys().zip(resolutions).map(|(text, resolution)| {
        let outcome = match resolution {
            Resolution::Resolved(secret) => {
                known.push(secret);
                SecretOutcome::Resolved
            }
            Resolution::Refused { reason, remedy } => SecretOutcome::Refused { reason, remedy },
            Resolution::Unavailable(error) => {
                SecretOutcome::Unavailable { reason: error.to_string(), remedy: error.help }
            }
        };
        SecretLookup { reference: (*text).to_owned(), outcome }
    });
    Evidence::Found(lookups.collect())
}
