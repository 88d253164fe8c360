//! What the release runs.

pub(crate) mod manifest_not_inspectable;
pub(crate) mod root_container;
