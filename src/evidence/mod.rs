//! Everything a check needs from outside, fetched once, before any check runs. Checks only read it.

pub mod collect;
pub mod contents;
pub mod git;
pub mod reader;
pub mod siblings;

use std::sync::Arc;

use crate::document::Document;
use crate::secrets::leaks::Leaks;
use crate::secrets::reference::manifest::SecretStore;
use contents::Inspected;

/// What became of one thing that was asked for.
#[derive(Clone)]
pub enum Lookup<T> {
    /// Nobody configured where it comes from.
    NotConfigured,
    /// Its source answered, and does not have it.
    Missing,
    /// Its source did not answer, or not with something that can be read; why.
    Unavailable(String),
    /// Here it is.
    Found(T),
}

impl<T> Lookup<T> {
    /// The same lookup, with what was found made into something else.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::NotConfigured => Lookup::NotConfigured,
            Self::Missing => Lookup::Missing,
            Self::Unavailable(why) => Lookup::Unavailable(why),
            Self::Found(thing) => Lookup::Found(make(thing)),
        }
    }

    /// The thing itself, when it was found.
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(thing) => Some(thing),
            _ => None,
        }
    }
}

/// The evidence for one subject.
pub struct Evidence {
    /// Accounts, as Clouddriver lists them: an array of `{name, environment, …}`.
    pub accounts: Lookup<Document>,
    /// The chain of executions that started this one, the direct parent first. `Found` holds the whole chain up to its root.
    pub parents: Lookup<Vec<Document>>,
    /// What became of each secret reference of the document.
    pub secrets: Lookup<Vec<SecretLookup>>,
    /// The values of those that resolve, to be looked for; and what logs hold of them.
    pub leaks: Arc<Leaks>,
    /// Secret stores that stand beside the document, through which its manifests may read.
    pub secret_stores: Vec<SecretStore>,
    /// The saved pipeline that `pipelineConfigId` of an execution names.
    pub saved: Lookup<Document>,
    /// Its saved versions, the newest first: an array of pipelines.
    pub history: Lookup<Document>,
    /// The application, as Gate wraps it (`attributes`) or as Front50 has it.
    pub application: Lookup<Document>,
    /// The pipelines that stages start, and those that they start in turn.
    pub children: Vec<Named<Document>>,
    /// What a templated pipeline would run, put together with its template; not configured for any other document.
    pub planned: Lookup<Inspected>,
    /// The canary configs that stages name by id.
    pub canary_configs: Vec<Named<Document>>,
    /// The roles that Fiat knows of who started the root of the chain; asked for only where the policy goes by roles.
    pub roles: Lookup<Document>,
    /// Whether the commit that the trigger at the root of the chain names is on the branch it names.
    pub commit: Lookup<CommitStatus>,
}

impl Evidence {
    /// Nothing was configured, so nothing was asked.
    pub fn none() -> Self {
        Self {
            accounts: Lookup::NotConfigured,
            parents: Lookup::NotConfigured,
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
        }
    }
}

/// Evidence of which there can be several, and what it was asked for by.
pub struct Named<T> {
    /// Its id, as the document writes it.
    pub id: String,
    pub evidence: Lookup<T>,
}

/// What [`Named`] evidence says of `id`; nobody asked is as good as not configured.
pub fn by_id<'a, T>(all: &'a [Named<T>], id: &str) -> &'a Lookup<T> {
    all.iter().find(|named| named.id == id).map_or(&Lookup::NotConfigured, |named| &named.evidence)
}

/// What a git server says of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitStatus {
    /// It is on the branch.
    OnBranch,
    /// It is not.
    NotOnBranch,
    /// The server cannot tell; why.
    Unsettled(String),
}

/// What Vault said of one reference.
#[derive(Clone)]
pub struct SecretLookup {
    /// The reference as it is written, or what tells a manifest's apart from the others.
    pub reference: String,
    /// What came of it.
    pub outcome: SecretOutcome,
}

/// What came of looking up a secret reference. The value itself is never kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretOutcome {
    /// It resolves.
    Resolved,
    /// Vault answered and refused it: missing, denied, deleted. `reason` ends a sentence.
    Refused { reason: String, remedy: String },
    /// Vault could not be asked.
    Unavailable { reason: String, remedy: String },
    /// It is in another Vault than the configured one, and not for this one to say.
    Elsewhere,
}
