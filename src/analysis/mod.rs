//! Facts about one document and its evidence, computed once and shared by all checks. Pure.

pub mod canary;
mod context;
pub mod drift;
pub mod identity;
pub mod images;
pub mod interventions;
pub mod own_execution;
pub mod production;
pub mod saves;
pub mod scope;
pub mod start;
pub mod started;
pub mod webhook;

pub use context::{Circumstances, Context};
