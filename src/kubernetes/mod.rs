//! Kubernetes objects, wherever a document contains them. Pure.

pub mod artifact;
pub mod image;
pub mod manifest;
mod patch;
pub mod pod;
mod pod_finder;
pub mod wanted;
mod written;
