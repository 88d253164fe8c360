//! Everything that checks need from outside the document, fetched once before any check runs.

mod artifacts;
pub mod collect;
pub mod contents;
pub mod git;
pub mod identity;
pub mod parents;
pub mod reader;
mod resolve;
pub mod siblings;

use std::sync::Arc;

use crate::document::Document;
use crate::jose::key::PublicKey;
use crate::kubernetes::artifact::Fetched;
use crate::secrets::leaks::Leaks;
use crate::secrets::reference::manifest::SecretStore;
use contents::Inspected;

/// The result of one lookup.
#[derive(Clone)]
pub enum Lookup<T> {
    /// Its source is not configured.
    NotConfigured,
    /// Its source does not have it.
    Missing,
    /// Its source did not answer, or its answer cannot be read: why.
    Unavailable(String),
    Found(T),
}

impl<T> Lookup<T> {
    /// Applies `make` to what was found.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::NotConfigured => Lookup::NotConfigured,
            Self::Missing => Lookup::Missing,
            Self::Unavailable(why) => Lookup::Unavailable(why),
            Self::Found(thing) => Lookup::Found(make(thing)),
        }
    }

    /// What was found, if it was.
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(thing) => Some(thing),
            _ => None,
        }
    }
}

/// The evidence for one document.
pub struct Evidence {
    /// Accounts, as Clouddriver lists them: an array of `{name, environment, …}`.
    pub accounts: Lookup<Document>,
    /// The chain of executions that started this one, the direct parent first. `Found` holds the whole chain up to its root.
    pub parents: Lookup<Vec<Document>>,
    /// The saved pipelines of those executions in the chain that a pipeline trigger started, by `pipelineConfigId`.
    pub parent_pipelines: Vec<Named<Document>>,
    /// The result for each secret reference of the document.
    pub secrets: Lookup<Vec<SecretLookup>>,
    /// The values of references that resolve, and where logs contain them.
    pub leaks: Arc<Leaks>,
    /// Secret stores defined by documents next to this one, which its manifests may use.
    pub secret_stores: Vec<SecretStore>,
    /// The saved pipeline with the execution's `pipelineConfigId`.
    pub saved: Lookup<Document>,
    /// Its saved versions, the newest first: an array of pipelines.
    pub history: Lookup<Document>,
    /// The application, with Gate's wrapper (`attributes`) or as Front50 stores it.
    pub application: Lookup<Document>,
    /// The pipelines that stages start, and those that these start in turn.
    pub children: Vec<Named<Arc<Document>>>,
    /// A templated pipeline combined with its template; not configured for any other document.
    pub planned: Lookup<Inspected>,
    /// The canary configs that stages use by id.
    pub canary_configs: Vec<Named<Document>>,
    /// The Fiat roles of the user who started the root of the chain; fetched only if the policy uses roles.
    pub roles: Lookup<Document>,
    /// Whether the commit in the trigger at the root of the chain is on its branch.
    pub commit: Lookup<CommitStatus>,
    /// The content of the artifacts that stages deploy as manifests.
    pub artifacts: Fetched,
    /// The keys of the issuer whose identity token the trigger at the root of the chain carries.
    pub issuer_keys: Lookup<Vec<PublicKey>>,
}

impl Evidence {
    /// No source is configured.
    pub fn none() -> Self {
        Self {
            accounts: Lookup::NotConfigured,
            parents: Lookup::NotConfigured,
            parent_pipelines: Vec::new(),
            secrets: Lookup::NotConfigured,
            leaks: Arc::default(),
            secret_stores: Vec::new(),
            saved: Lookup::NotConfigured,
            history: Lookup::NotConfigured,
            application: Lookup::NotConfigured,
            planned: Lookup::NotConfigured,
            children: Vec::new(),
            canary_configs: Vec::new(),
            roles: Lookup::NotConfigured,
            commit: Lookup::NotConfigured,
            artifacts: Fetched::new(),
            issuer_keys: Lookup::NotConfigured,
        }
    }
}

/// One of several pieces of evidence, by id.
pub struct Named<T> {
    /// Its id, as the document writes it.
    pub id: String,
    pub evidence: Lookup<T>,
}

/// The evidence with this id; not configured if it was not fetched.
pub fn by_id<'a, T>(all: &'a [Named<T>], id: &str) -> &'a Lookup<T> {
    all.iter().find(|named| named.id == id).map_or(&Lookup::NotConfigured, |named| &named.evidence)
}

/// Whether a commit is on a branch, according to the git server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitStatus {
    /// It is on the branch.
    OnBranch,
    /// It is not.
    NotOnBranch,
    /// The server cannot decide it: why.
    Unsettled(String),
}

/// Vault's result for one reference.
#[derive(Clone)]
pub struct SecretLookup {
    /// The reference as written, or the key of a reference in a manifest.
    pub reference: String,
    pub outcome: SecretOutcome,
}

/// The result of looking up a secret reference. It never contains the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretOutcome {
    /// It resolves.
    Resolved,
    /// Vault answered and refused it: missing, denied, deleted. `reason` ends a sentence.
    Refused { reason: String, remedy: String },
    /// Vault could not be reached.
    Unavailable { reason: String, remedy: String },
    /// The policy does not let the document's application refer to it (`secrets.paths`). Vault was not asked.
    Outside,
    /// Whether it is one of those depends on the name of the application, which the document does not give. Vault was not asked.
    Open,
    /// It is in a different Vault than the configured one.
    Elsewhere,
}
