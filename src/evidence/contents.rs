//! The contents of one document: read once, before its evidence is collected, and shared by all checks.

use std::sync::Arc;

use crate::document::Document;
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
        Self::new(document, |document| Contents::of(Input::of(document.root()), rules))
    }

    pub fn document(&self) -> &Document {
        self.borrow_owner()
    }

    pub fn contents(&self) -> &Contents<'_> {
        self.borrow_dependent()
    }
}
