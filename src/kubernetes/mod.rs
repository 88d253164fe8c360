//! Kubernetes objects, wherever a document holds them. Pure.

pub mod manifest;
