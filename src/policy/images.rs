//! Where container images come from.

use serde::{Deserialize, Serialize};

/// Where container images come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ImagePolicy {
    /// The registries, or folders of registries, that images may come from: `registry.example.com`, `ghcr.io/acme`. `*` matches any part
    /// of a name between slashes. An image without a registry is one of `docker.io`. Empty: any registry.
    pub registries: Vec<String>,
}
