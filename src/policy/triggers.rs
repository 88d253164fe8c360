//! What may start a production release.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What becomes of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    Allow,
    Deny,
}

/// What one type of trigger may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum TypePermission {
    /// It may start a release, as the other keys of `triggers` have it; or it may not at all.
    All(Permission),
    /// By principal; what is left out goes by the other keys of `triggers`.
    ByPrincipal(PrincipalPermissions),
}

/// What a type of trigger may do, by who it runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrincipalPermissions {
    /// As a service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<Permission>,
    /// As a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Permission>,
    /// As nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Permission>,
}

/// What may start a production release, by principal (`authentication.user`) and kind of start.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TriggerPolicy {
    /// Principals that are service accounts. `*` stands for any characters.
    pub service_accounts: Vec<String>,
    /// Roles of Fiat's that make their holder a service account, where Fiat is reachable.
    pub service_account_roles: Vec<String>,
    /// Automatic starts by nobody in particular: without Fiat every automatic start is anonymous.
    pub unknown_principal: Permission,
    /// Automatic starts that run as a person.
    pub person: Permission,
    /// Manual starts by a person.
    pub manual_by_person: Permission,
    /// Manual starts by a service account: the API trigger.
    pub manual_by_service_account: Permission,
    /// A person's re-run of an automatic start.
    pub rerun_by_person: Permission,
    /// Types of triggers (`trigger.type`) that may start a release: `allow`, `deny`, or by principal. A type that is not listed
    /// may not. The default lists every type Spinnaker has or had.
    pub types: BTreeMap<String, TypePermission>,
    /// Repositories that git triggers may come from, as `source/project/slug`, where `*` stands for any characters. Empty: any.
    pub repositories: Vec<String>,
    /// Branches and tags that git triggers may name, where `*` stands for any characters. Empty: any.
    pub branches: Vec<String>,
    /// Starts by a pull request that is not merged.
    pub pull_requests: Permission,
}

/// Every type of trigger that Spinnaker has or had (contracts 3.4), but `dryrun`.
const TYPES: &[&str] = &[
    "git",
    "docker",
    "helm",
    "helm/oci",
    "artifactory",
    "nexus",
    "jenkins",
    "travis",
    "wercker",
    "concourse",
    "gitlab-ci",
    "pubsub",
    "plugin",
    "cron",
    "webhook",
    "cdevents",
    "manual",
    "none",
    "pipeline",
    "pipelineRef",
];

/// Branches and tags from which releases are made, as they are commonly called.
const BRANCHES: &[&str] = &[
    "main",
    "master",
    "trunk",
    "default",
    "stable",
    "prod",
    "production",
    "live",
    "release",
    "release/*",
    "release-*",
    "releases/*",
    "stable/*",
    "hotfix/*",
    "hotfix-*",
    "tags/*",
    "v0*",
    "v1*",
    "v2*",
    "v3*",
    "v4*",
    "v5*",
    "v6*",
    "v7*",
    "v8*",
    "v9*",
];

impl Default for TriggerPolicy {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            service_accounts: words(&["*@managed-service-account", "*@shared-managed-service-account"]),
            service_account_roles: Vec::new(),
            unknown_principal: Permission::Deny,
            person: Permission::Deny,
            manual_by_person: Permission::Deny,
            manual_by_service_account: Permission::Allow,
            rerun_by_person: Permission::Deny,
            types: TYPES.iter().map(|&kind| (kind.to_owned(), TypePermission::All(Permission::Allow))).collect(),
            repositories: Vec::new(),
            branches: words(BRANCHES),
            pull_requests: Permission::Deny,
        }
    }
}

impl TriggerPolicy {
    /// What it says of a type of trigger; a type that is not listed is denied.
    pub fn of_type(&self, kind: &str) -> TypePermission {
        let known = self.types.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
        known.map_or(TypePermission::All(Permission::Deny), |(_, permission)| permission.clone())
    }

    /// What the type alone says of a principal, when it says something.
    pub fn of_cell(&self, kind: &str, of: impl Fn(&PrincipalPermissions) -> Option<Permission>) -> Option<Permission> {
        match self.of_type(kind) {
            TypePermission::ByPrincipal(cells) => of(&cells),
            TypePermission::All(_) => None,
        }
    }
}
