//! Facts about one document and its evidence, computed once and shared by all checks. Pure.

pub mod drift;
pub mod production;
