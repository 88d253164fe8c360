//! Secrets in documents: what a literal secret looks like ([`detect`]), what a reference to one looks like ([`reference`]),
//! and where known values occur ([`redact`], [`leaks`]). Pure.

pub mod detect;
pub mod leaks;
pub mod redact;
pub mod reference;
