//! From findings and policy to a decision: pure functions. A verdict borrows from no document and contains no secret.

pub mod compliance;
pub mod decide;
pub mod fingerprint;
pub mod mask;
mod outcome;
pub mod places;
pub mod record;
pub mod source;
pub mod stages;
mod waive;

pub use decide::{VerdictContext, decide};
pub use outcome::{CheckOutcome, Outcome};
pub use places::Places;
pub use record::{
    BaselineRecord, CheckRecord, ComplianceRecord, FindingRecord, InterventionRecord, SecretCounts, StageRecord,
    StartedRecord, SubjectRecord, Verdict, WaiverRecord, Where, by_severity, waived,
};

use sha2::{Digest, Sha256};

/// SHA-256 of `bytes`, in hex.
pub fn sha256(bytes: &[u8]) -> String {
    crate::base::hex::hex(&Sha256::digest(bytes))
}
