//! Signed verdicts: what is signed, in which envelope, by which keys, and what proves that a signature holds.
//!
//! ```text
//! verdict ─► statement ─► jws | dsse | sigstore ─► verify (signature, then each expectation)
//! ```
//!
//! Nothing here reads a file or calls a server: [`crate::run::sign`] signs with a key in this process or in Vault.

pub mod dsse;
pub mod jws;
pub mod key;
pub mod statement;
pub mod verify;

#[cfg(test)]
mod tests;

/// Why a signature or a token was refused: the rule that does not hold, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    pub reason: String,
    pub help: &'static str,
}

impl Refusal {
    fn new(reason: impl Into<String>, help: &'static str) -> Self {
        Self { reason: reason.into(), help }
    }
}
