//! Kubernetes objects, wherever a document holds them. Pure.

pub mod image;
pub mod manifest;
pub mod pod;
