//! Kubernetes objects, wherever a document contains them. Pure.

pub mod artifact;
pub mod image;
pub mod manifest;
pub mod part;
mod patch;
pub mod pod;
mod pod_finder;
pub mod pod_view;
pub mod rbac;
pub mod removed_apis;
pub mod version;
pub mod wanted;
mod written;
