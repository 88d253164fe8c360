//! How the new version reaches production: canary, strategy, rollback, time windows.

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
