//! Who may start a production release, and what may trigger it.

pub(crate) mod ad_hoc_execution;
pub(crate) mod branch_not_allowed;
pub(crate) mod dry_run_execution;
pub(crate) mod invalid_identity_token;
pub(crate) mod manual_trigger;
pub(crate) mod missing_run_as_user;
pub(crate) mod no_automatic_trigger;
pub(crate) mod trigger_type_not_allowed;
pub(crate) mod unauthenticated_webhook;
pub(crate) mod untrusted_principal;
pub(crate) mod unverified_commit;
