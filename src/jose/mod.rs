//! JSON Web Signatures and keys, read strictly: of signed verdicts, and of identity tokens.

pub mod jws;
pub mod key;

/// Why a signature or a token was refused: the rule that does not hold, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    pub reason: String,
    pub help: &'static str,
}

impl Refusal {
    pub fn new(reason: impl Into<String>, help: &'static str) -> Self {
        Self { reason: reason.into(), help }
    }
}
