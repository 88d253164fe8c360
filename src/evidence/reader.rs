//! Access to evidence for checks and facts. Every access is recorded, so that a test can compare what a check reads with what it declares.

use std::cell::Cell;
use std::sync::Arc;

use crate::document::Document;
use crate::evidence::{CommitStatus, Evidence, Lookup, Named, SecretLookup, by_id};
use crate::jose::key::PublicKey;
use crate::kubernetes::artifact::Fetched;
use crate::meta::{Need, NeedSet};
use crate::secrets::leaks::Leaks;
use crate::secrets::reference::manifest::SecretStore;

/// Reads [`Evidence`] and records what is read.
#[derive(Clone, Copy)]
pub struct EvidenceReader<'e, 'n> {
    evidence: &'e Evidence,
    read: &'n Cell<NeedSet>,
}

impl<'e, 'n> EvidenceReader<'e, 'n> {
    pub fn new(evidence: &'e Evidence, read: &'n Cell<NeedSet>) -> Self {
        Self { evidence, read }
    }

    fn note(&self, need: Need) -> &'e Evidence {
        let mut read = self.read.get();
        read.insert(need);
        self.read.set(read);
        self.evidence
    }

    /// Accounts, as Clouddriver lists them.
    pub fn accounts(&self) -> &'e Lookup<Document> {
        &self.note(Need::Accounts).accounts
    }

    /// The chain of executions that started this one, the direct parent first.
    pub fn parents(&self) -> &'e Lookup<Vec<Document>> {
        &self.note(Need::Parents).parents
    }

    /// The saved pipelines of those executions in the chain that a pipeline trigger started.
    pub fn parent_pipelines(&self) -> &'e [Named<Document>] {
        &self.note(Need::Parents).parent_pipelines
    }

    /// Vault's answer for each secret reference.
    pub fn secrets(&self) -> &'e Lookup<Vec<SecretLookup>> {
        &self.note(Need::Vault).secrets
    }

    /// The values that references resolve to, and where logs contain them.
    pub fn leaks(&self) -> &'e Leaks {
        &self.note(Need::Vault).leaks
    }

    /// Secret stores defined by documents next to this one.
    pub fn secret_stores(&self) -> &'e [SecretStore] {
        &self.note(Need::Vault).secret_stores
    }

    /// The saved pipeline that `pipelineConfigId` names.
    pub fn saved_pipeline(&self) -> &'e Lookup<Document> {
        &self.note(Need::SavedPipeline).saved
    }

    /// Its saved versions, the newest first.
    pub fn pipeline_history(&self) -> &'e Lookup<Document> {
        &self.note(Need::PipelineHistory).history
    }

    /// The application's attributes.
    pub fn application(&self) -> &'e Lookup<Document> {
        &self.note(Need::Application).application
    }

    /// The pipeline that a stage starts, by its key in the document.
    pub fn child(&self, key: &str) -> &'e Lookup<Arc<Document>> {
        by_id(&self.note(Need::Children).children, key)
    }

    /// A canary config, by id.
    pub fn canary_config(&self, id: &str) -> &'e Lookup<Document> {
        by_id(&self.note(Need::CanaryConfigs).canary_configs, id)
    }

    /// The roles of the user who started the root of the chain.
    pub fn roles(&self) -> &'e Lookup<Document> {
        &self.note(Need::Roles).roles
    }

    /// The content of the artifacts that stages deploy as manifests.
    pub fn artifacts(&self) -> &'e Fetched {
        &self.note(Need::Artifacts).artifacts
    }

    /// The keys of the issuer of the identity token.
    pub fn issuer_keys(&self) -> &'e Lookup<Vec<PublicKey>> {
        &self.note(Need::IssuerKeys).issuer_keys
    }

    /// Whether the commit of the git trigger is on its branch.
    pub fn commit(&self) -> &'e Lookup<CommitStatus> {
        &self.note(Need::Commit).commit
    }
}
