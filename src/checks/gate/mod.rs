//! Whether the gate can be bypassed.

pub(crate) mod foreign_execution;
pub(crate) mod gate_image_replaced;
pub(crate) mod gate_neutralised;
pub(crate) mod gate_not_dominating;
pub(crate) mod gate_overridden;
pub(crate) mod pipeline_drift;
pub(crate) mod stage_alias_mismatch;
pub(crate) mod stage_patched_at_run_time;
