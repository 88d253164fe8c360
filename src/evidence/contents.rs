//! The contents of one document: read once, before its evidence is collected, and shared by all checks.

use std::sync::Arc;

use crate::document::Document;
use crate::kubernetes::artifact::Fetched;
use crate::kubernetes::manifest::Manifests;
use crate::secrets::detect::{CustomRules, DetectedSecrets};
use crate::spinnaker::input::Input;

/// The views over one document. Finding secrets is the most expensive of them, so it happens here and nowhere else.
pub struct Contents<'d> {
    pub input: Input<'d>,
    pub manifests: Manifests<'d>,
    pub secrets: DetectedSecrets<'d>,
}

impl<'d> Contents<'d> {
    /// Reads `root`, by the secret rules that the policy adds.
    pub fn of(input: Input<'d>, rules: &CustomRules) -> Self {
        let manifests = Manifests::of(&input);
        let secrets = DetectedSecrets::with(&input, rules);
        Self { input, manifests, secrets }
    }

    /// The same with what was fetched of the artifacts that its stages deploy: manifests to judge, in which secrets are searched as well.
    /// `None` when nothing was fetched for it.
    pub fn with_fetched(&self, fetched: &Fetched, rules: &CustomRules) -> Option<Self> {
        if !self.manifests.wanted.iter().any(|wanted| fetched.contains_key(&wanted.body)) {
            return None;
        }
        let mut input = self.input.clone();
        let manifests = Manifests::with(&input, fetched);
        input.beside.extend(&manifests.fetched);
        let secrets = DetectedSecrets::with(&input, rules);
        Some(Self { input, manifests, secrets })
    }
}

self_cell::self_cell!(
    /// A document together with its [`Contents`], which borrow from it.
    pub struct Inspected {
        owner: Arc<Document>,
        #[covariant]
        dependent: Contents,
    }
);

impl Inspected {
    /// Reads the whole document.
    pub fn of(document: Arc<Document>, rules: &CustomRules) -> Self {
        Self::with(document, &Fetched::new(), rules)
    }

    /// The same, with what was fetched of the artifacts that its stages deploy.
    pub fn with(document: Arc<Document>, fetched: &Fetched, rules: &CustomRules) -> Self {
        Self::new(document, |document| {
            let contents = Contents::of(Input::of(document.root()), rules);
            contents.with_fetched(fetched, rules).unwrap_or(contents)
        })
    }

    /// The document alone.
    pub fn into_document(self) -> Arc<Document> {
        self.into_owner()
    }

    pub fn document(&self) -> &Document {
        self.borrow_owner()
    }

    pub fn contents(&self) -> &Contents<'_> {
        self.borrow_dependent()
    }
}
