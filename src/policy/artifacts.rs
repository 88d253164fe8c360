//! Manifests in artifacts that cannot be inspected.

use serde::{Deserialize, Serialize};

use crate::policy::Profile;

/// The check that reports them.
pub(super) const CHECK: &str = "manifest-not-inspectable";

/// What a manifest means that is in an artifact nobody shows, or that may change under its reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Uninspectable {
    /// A warning. The verdict is partial, and says which checks were skipped.
    Warn,
    /// The release is inconclusive.
    Inconclusive,
}

impl Uninspectable {
    /// What `profile` says.
    pub fn of(profile: Profile) -> Self {
        if profile == Profile::Strict { Self::Inconclusive } else { Self::Warn }
    }
}

/// Manifests in artifacts that cannot be inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactPolicy {
    pub uninspectable: Uninspectable,
}

/// Manifests that stages deploy from artifacts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ArtifactFile {
    /// What a manifest means that cannot be inspected before it is deployed: its content is not available, or its reference is not
    /// pinned to a commit or a generation. By default `warn`, and `inconclusive` in the profile `strict`. It is the mode of
    /// `manifest-not-inspectable`, unless `checks` sets one.
    pub uninspectable: Option<Uninspectable>,
}
