//! What may start a production release.

use serde::{Deserialize, Serialize};

/// What becomes of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    Allow,
    Deny,
}

/// What may start a production release, by principal (`authentication.user`) and kind of start.
#[derive(Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TriggerPolicy {
    /// Principals that are service accounts. `*` stands for any characters.
    pub service_accounts: Vec<String>,
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
}

impl Default for TriggerPolicy {
    fn default() -> Self {
        Self {
            service_accounts: vec!["*@managed-service-account".into(), "*@shared-managed-service-account".into()],
            unknown_principal: Permission::Deny,
            person: Permission::Deny,
            manual_by_person: Permission::Deny,
            manual_by_service_account: Permission::Allow,
            rerun_by_person: Permission::Deny,
        }
    }
}
