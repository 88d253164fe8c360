//! Where what a document deploys comes from.

pub(crate) mod mutable_image_tag;
pub(crate) mod removed_kubernetes_api;
pub(crate) mod unpinned_image;
pub(crate) mod untrusted_registry;
