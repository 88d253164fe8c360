//! Which triggers and principals may start a production release.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::policy::identity::IdentityPolicy;

/// Whether a start is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    Allow,
    Deny,
}

/// Whether a type of trigger may start a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum TypePermission {
    /// `allow`: it may start a release, subject to the other keys of `triggers`. `deny`: it may not.
    All(Permission),
    /// By principal. For a principal that is left out the other keys of `triggers` decide.
    ByPrincipal(PrincipalPermissions),
}

/// Whether a type of trigger may start a release, by the principal it runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PrincipalPermissions {
    /// As a service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<Permission>,
    /// As a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Permission>,
    /// As an unknown principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Permission>,
}

/// Which triggers and principals (`authentication.user`) may start a production release.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TriggerPolicy {
    /// Principals that are service accounts. `*` matches any characters.
    pub service_accounts: Vec<String>,
    /// Fiat roles whose holders are service accounts. Requires access to Fiat.
    pub service_account_roles: Vec<String>,
    /// Automatic starts by an unknown principal. Without Fiat every automatic start is anonymous.
    pub unknown_principal: Permission,
    /// Automatic starts that run as a person.
    pub person: Permission,
    /// Manual starts by a person.
    pub manual_by_person: Permission,
    /// Manual starts by a service account: the API trigger.
    pub manual_by_service_account: Permission,
    /// Re-runs of an automatic start by a person.
    pub rerun_by_person: Permission,
    /// Starts of releases that only go back to what ran before, or take things away.
    pub rollback: RollbackPolicy,
    /// Trigger types (`trigger.type`) that may start a release: `allow`, `deny`, or by principal. A type that is not listed is denied.
    /// The default allows every type that Spinnaker has or had.
    pub types: BTreeMap<String, TypePermission>,
    /// Repositories that git triggers may use, as `source/project/slug`; `*` matches any characters. Empty: any.
    pub repositories: Vec<String>,
    /// Branches and tags that git triggers may use; `*` matches any characters. Empty: any.
    pub branches: Vec<String>,
    /// Starts by a pull request that has not been merged.
    pub pull_requests: Permission,
    /// Identity tokens that webhooks and API triggers carry.
    #[serde(skip_serializing_if = "IdentityPolicy::is_unused")]
    pub identity: IdentityPolicy,
}

/// Who may start a release that only goes back to what ran before, or takes things away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RollbackPolicy {
    /// A person, by hand or by re-running an earlier start. Left out, the other keys of `triggers` decide, which deny it by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Permission>,
}

/// Every type of trigger that Spinnaker has or had (the subclasses of `orca-core/…/model/Trigger.kt`), except `dryrun`.
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

/// Common names of branches and tags that releases are made from.
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
            rollback: RollbackPolicy::default(),
            types: TYPES.iter().map(|&kind| (kind.to_owned(), TypePermission::All(Permission::Allow))).collect(),
            repositories: Vec::new(),
            branches: words(BRANCHES),
            pull_requests: Permission::Deny,
            identity: IdentityPolicy::default(),
        }
    }
}

impl TriggerPolicy {
    /// The permission of a type of trigger; a type that is not listed is denied.
    pub fn of_type(&self, kind: &str) -> TypePermission {
        let known = self.types.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind));
        known.map_or(TypePermission::All(Permission::Deny), |(_, permission)| permission.clone())
    }

    /// The permission that a type of trigger sets for one principal, if it sets one.
    pub fn of_cell(&self, kind: &str, of: impl Fn(&PrincipalPermissions) -> Option<Permission>) -> Option<Permission> {
        match self.of_type(kind) {
            TypePermission::ByPrincipal(cells) => of(&cells),
            TypePermission::All(_) => None,
        }
    }
}
