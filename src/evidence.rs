//! Everything a check needs from outside, fetched once, before any check runs. Checks only read it.

use crate::model::document::Document;

/// What became of one thing that was asked for.
pub enum Evidence<T> {
    /// Nobody configured where it comes from.
    NotConfigured,
    /// Its source answered, and does not have it.
    Missing,
    /// Its source did not answer, or not with something that can be read; why.
    Unavailable(String),
    /// Here it is.
    Found(T),
}

impl<T> Evidence<T> {
    /// The thing itself, when it was found.
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(thing) => Some(thing),
            _ => None,
        }
    }
}

/// The kinds of evidence a check can declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Accounts with their environment (`/credentials?expand=true`).
    Accounts,
    /// The executions that started this one.
    Parents,
    /// What Vault says of the document's secret references.
    Vault,
}

impl Need {
    /// What it is called in documentation and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Parents => "parent executions",
            Self::Vault => "Vault",
        }
    }
}

/// The evidence for one subject.
pub struct Gathered {
    /// Accounts, as Clouddriver lists them: an array of `{name, environment, …}`.
    pub accounts: Evidence<Document>,
    /// The chain of executions that started this one, the direct parent first. `Found` holds the whole chain up to its root.
    pub parents: Evidence<Vec<Document>>,
    /// What became of each secret reference of the document.
    pub secrets: Evidence<Vec<SecretLookup>>,
}

impl Gathered {
    /// Nothing was configured, so nothing was asked.
    pub fn none() -> Self {
        Self { accounts: Evidence::NotConfigured, parents: Evidence::NotConfigured, secrets: Evidence::NotConfigured }
    }
}

/// What Vault said of one reference.
pub struct SecretLookup {
    /// The reference as it is written, which tells it apart from the others.
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
}
