//! Kubernetes objects, wherever a document contains them. Pure.

pub mod image;
pub mod manifest;
pub mod pod;
