//! What can be seen of what a document deploys.

pub(crate) mod log_collection_disabled;
