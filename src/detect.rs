//! What a plaintext secret looks like, and what a secret reference does. Pure.

use crate::finding::Confidence;
use crate::model::value::Value;

/// A literal secret somewhere in the document.
pub struct LiteralSecret<'d> {
    /// The value that holds it.
    pub place: Value<'d>,
    /// Where inside that value, when it is a text with a structure of its own.
    pub inner: Option<String>,
    /// Which detector found it, in kebab-case.
    pub detector: &'static str,
    /// What it is, for the message: `password under DB_PASSWORD`. Names only.
    pub what: String,
    /// Length in characters.
    pub length: usize,
    pub confidence: Confidence,
    /// The same secret elsewhere (a last-applied copy).
    pub related: Vec<Value<'d>>,
    /// The stage that holds it: index in the release.
    pub stage: Option<usize>,
}

/// A secret reference somewhere in the document.
pub struct ReferencePlace<'d> {
    /// The value that holds it.
    pub place: Value<'d>,
    /// The reference as it is written.
    pub text: String,
    /// The stage that holds it.
    pub stage: Option<usize>,
}

/// Everything the detector found in one pass over the document.
#[derive(Default)]
pub struct DetectedSecrets<'d> {
    pub literals: Vec<LiteralSecret<'d>>,
    pub references: Vec<ReferencePlace<'d>>,
}

impl<'d> DetectedSecrets<'d> {
    /// Looks at every text of the document.
    pub fn of(subject: &crate::model::subject::Subject<'d>) -> Self {
        let _ = subject;
        Self::default()
    }
}
