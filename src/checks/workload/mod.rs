//! The workloads that a document deploys.

pub(crate) mod manifest_not_inspectable;
pub(crate) mod root_container;
