//! What a plaintext secret looks like, and what a secret reference does. Pure.
//!
//! One pass over the document's text finds the places that hold a keyword of some detector (a SIMD Aho–Corasick automaton);
//! only those texts are looked into further. A second pass over the table of values knows which key each value stands under.

mod keys;
mod scan;
mod text;
mod values;
mod vendor;

use crate::finding::Confidence;
use crate::model::secret_reference::Recognised;
use crate::model::subject::Subject;
use crate::model::value::Value;
use crate::secret::Secret;

/// A literal secret somewhere in the document.
pub struct LiteralSecret<'d> {
    /// The value that holds it.
    pub place: Value<'d>,
    /// Where inside that value, when it is a text with a structure of its own.
    pub inner: Option<String>,
    /// Which detector found it, in kebab-case.
    pub detector: &'static str,
    /// What it is, for the message: `the value of DB_PASSWORD`. Names only.
    pub what: String,
    /// Length in characters.
    pub length: usize,
    pub confidence: Confidence,
    /// The same secret elsewhere (a last-applied copy).
    pub related: Vec<Value<'d>>,
    /// The stage that holds it: index in the release.
    pub stage: Option<usize>,
    /// The secret itself, so that it can be masked in everything that is said.
    pub text: Secret,
}

/// A secret reference somewhere in the document.
pub struct ReferencePlace<'d> {
    /// The value that holds it.
    pub place: Value<'d>,
    /// The reference as it is written.
    pub text: String,
    pub recognised: Recognised,
    /// The stage that holds it: index in the release.
    pub stage: Option<usize>,
}

/// Everything the detector found.
#[derive(Default)]
pub struct DetectedSecrets<'d> {
    /// Literal secrets outside of Kubernetes Secrets.
    pub literals: Vec<LiteralSecret<'d>>,
    /// Values of Kubernetes Secrets that stand in the document.
    pub kubernetes: Vec<LiteralSecret<'d>>,
    pub references: Vec<ReferencePlace<'d>>,
}

impl<'d> DetectedSecrets<'d> {
    /// Looks at every text of the document.
    pub fn of(subject: &Subject<'d>) -> Self {
        scan::scan(subject)
    }

    /// Every secret found, for masking.
    pub fn texts(&self) -> Vec<Secret> {
        self.literals.iter().chain(&self.kubernetes).map(|literal| literal.text.clone()).collect()
    }
}

/// Whether `value`, which a secret store has under `field`, may stand in a document by chance or in its own right: a name, an
/// address, a placeholder. A field that is called a password holds one even when it looks like a word.
pub fn is_common(field: &str, value: &str) -> bool {
    let has_password = value.split_once("://").is_some_and(|(_, rest)| {
        rest.split('/').next().and_then(|place| place.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':'))
    });
    if has_password {
        return false;
    }
    match keys::classify(field) {
        keys::KeyClass::Plain => values::is_harmless(value) || values::is_name(value),
        _ => values::is_harmless(value),
    }
}

/// Whether `name`, of a field or a variable, says that a secret stands under it.
pub fn is_secret_name(name: &str) -> bool {
    keys::classify(name) != keys::KeyClass::Plain
}
