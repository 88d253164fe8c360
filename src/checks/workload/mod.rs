//! The workloads that a document deploys.

pub(crate) mod manifest_not_inspectable;
pub(crate) mod root_container;

use std::sync::Arc;

use crate::checks::api::Check;

/// The checks of this family, in the order of the documentation.
pub(crate) fn checks() -> Vec<Arc<dyn Check>> {
    vec![root_container::check(), manifest_not_inspectable::check()]
}
