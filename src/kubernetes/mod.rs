//! Kubernetes objects, wherever a document contains them. Pure.

pub mod manifest;
