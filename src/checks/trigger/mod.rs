//! Who and what may start a production release.

pub(crate) mod ad_hoc_execution;
pub(crate) mod branch_not_allowed;
pub(crate) mod dry_run_execution;
pub(crate) mod manual_trigger;
pub(crate) mod missing_run_as_user;
pub(crate) mod no_automatic_trigger;
pub(crate) mod trigger_type_not_allowed;
pub(crate) mod unauthenticated_webhook;
pub(crate) mod untrusted_principal;
pub(crate) mod unverified_commit;

use crate::checks::api::Check;

/// The checks of this family, in the order of the documentation.
pub(crate) static CHECKS: &[&Check] = &[
    &manual_trigger::CHECK,
    &untrusted_principal::CHECK,
    &trigger_type_not_allowed::CHECK,
    &unauthenticated_webhook::CHECK,
    &branch_not_allowed::CHECK,
    &missing_run_as_user::CHECK,
    &no_automatic_trigger::CHECK,
    &ad_hoc_execution::CHECK,
    &unverified_commit::CHECK,
    &dry_run_execution::CHECK,
];
