//! The clusters that releases are deployed to.

use serde::{Deserialize, Serialize};

use crate::kubernetes::version::Minor;

/// The clusters that releases are deployed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct KubernetesPolicy {
    /// The version of the clusters, such as `"1.31"`, or `latest`. The Pod Security Standards of this version apply, and APIs that it
    /// does not serve are reported.
    pub version: ClusterVersion,
    /// The level of the Pod Security Standards. `restricted` includes `baseline`; with `baseline`, the checks of the controls that only
    /// `restricted` has do not apply.
    pub pod_security: Level,
}

/// A level of the Pod Security Standards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Prevents what is known to escape from a container.
    Baseline,
    /// Requires the hardening that is good practice for pods.
    #[default]
    Restricted,
}

/// A version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ClusterVersion {
    text: String,
    pub minor: Minor,
}

impl ClusterVersion {
    /// Whether the policy names a version.
    pub fn is_named(&self) -> bool {
        self.text != "latest"
    }
}

impl Default for ClusterVersion {
    fn default() -> Self {
        Self { text: "latest".to_owned(), minor: Minor::NEWEST }
    }
}

impl TryFrom<String> for ClusterVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let minor = Minor::parse(text.trim());
        let minor = minor.ok_or("a version of Kubernetes is written as \"1.31\" (in quotes), or latest")?;
        Ok(Self { text: text.trim().to_owned(), minor })
    }
}

impl From<ClusterVersion> for String {
    fn from(version: ClusterVersion) -> Self {
        version.text
    }
}
