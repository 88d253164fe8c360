//! How the new version reaches production: canary, strategy, way back, windows.

pub(crate) mod canary_config_invalid;
pub(crate) mod canary_not_gating;
pub(crate) mod canary_without_baseline;
pub(crate) mod canary_without_thresholds;
pub(crate) mod chaos_monkey_not_enabled;
pub(crate) mod deploy_during_freeze;
pub(crate) mod missing_canary;
pub(crate) mod missing_execution_window;
pub(crate) mod no_rollback;
pub(crate) mod retrospective_canary;
pub(crate) mod unsafe_deploy_strategy;

use crate::checks::api::Check;

/// The checks of this family, in the order of the documentation.
pub(crate) static CHECKS: &[&Check] = &[
    &missing_canary::CHECK,
    &canary_not_gating::CHECK,
    &canary_without_thresholds::CHECK,
    &canary_without_baseline::CHECK,
    &retrospective_canary::CHECK,
    &chaos_monkey_not_enabled::CHECK,
    &unsafe_deploy_strategy::CHECK,
    &no_rollback::CHECK,
    &missing_execution_window::CHECK,
    &deploy_during_freeze::CHECK,
    &canary_config_invalid::CHECK,
];
