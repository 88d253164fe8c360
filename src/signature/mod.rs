//! Signed verdicts: what is signed, in which envelope, by which keys, and what proves that a signature holds.
//!
//! ```text
//! verdict ─► statement ─► jws | dsse | sigstore ─► verify (signature, then each expectation)
//! ```
//!
//! Nothing here reads a file or calls a server: [`crate::run::sign`] signs with a key in this process or in Vault.

pub mod dsse;
pub mod statement;
pub mod verify;

pub use crate::jose::{Refusal, jws, key};

#[cfg(test)]
mod tests;
