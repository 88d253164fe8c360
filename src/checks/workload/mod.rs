//! What the release runs.

pub(crate) mod manifest_not_inspectable;
pub(crate) mod root_container;

use crate::checks::api::Check;

/// The checks of this family, in the order of the documentation.
pub(crate) static CHECKS: &[&Check] = &[&root_container::CHECK, &manifest_not_inspectable::CHECK];
