//! Whether the gate can be bypassed.

pub(crate) mod foreign_execution;
pub(crate) mod gate_image_replaced;
pub(crate) mod gate_neutralised;
pub(crate) mod gate_not_dominating;
pub(crate) mod gate_overridden;
pub(crate) mod pipeline_drift;
pub(crate) mod stage_alias_mismatch;
pub(crate) mod stage_patched_at_run_time;

use std::sync::Arc;

use crate::checks::api::Check;

/// The checks of this family, in the order of the documentation.
pub(crate) fn checks() -> Vec<Arc<dyn Check>> {
    vec![
        gate_not_dominating::check(),
        gate_neutralised::check(),
        gate_overridden::check(),
        gate_image_replaced::check(),
        stage_alias_mismatch::check(),
        stage_patched_at_run_time::check(),
        pipeline_drift::check(),
        foreign_execution::check(),
    ]
}
