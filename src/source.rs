//! Where documents come from.

pub mod file;
