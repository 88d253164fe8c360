//! Kubernetes objects, wherever a document contains them. Pure.

mod artifact;
pub mod image;
pub mod manifest;
mod patch;
pub mod pod;
mod pod_finder;
mod written;
