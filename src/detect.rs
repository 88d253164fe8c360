//! What a plaintext secret looks like, where it hides, and what a secret reference does. Pure.
//!
//! One pass over the document ([`walk`]): an automaton over the keywords of all detectors runs along the text ([`keyword`]), and only
//! where it stops, or where a key says what stands under it ([`key`], [`value`]), is anything looked into ([`text`], [`vendor`]). Texts
//! that hold a document of their own (JSON, YAML), or that are encoded ([`decode`]), are walked in turn, to a bounded depth.

mod decode;
mod find;
mod key;
mod keyword;
mod kubernetes;
mod own;
mod place;
pub mod stores;
mod text;
mod value;
mod vendor;
mod walk;
mod words;

pub use own::{Own, OwnPattern};

use crate::finding::Confidence;
use crate::model::secret_reference::Recognised;
use crate::model::subject::Subject;
use crate::model::value::Value;
use crate::secret::Secret;

/// How a secret came to stand where it was found; each is the subject of a check of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// Written out.
    Plain,
    /// In base64, with or without gzip.
    Encoded,
    /// Behind kork's `noop` engine.
    Noop,
    /// As a literal of a SpEL expression.
    Expression,
    /// As the default, or an option, of a parameter.
    ParameterDefault,
}

/// A literal secret somewhere in the document.
pub struct LiteralSecret<'d> {
    /// The value that holds it.
    pub place: Value<'d>,
    /// Where inside that value, when it is a text with a structure of its own.
    pub inner: Option<String>,
    pub route: Route,
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

/// A text that was not looked into, because it unfolds to more than is read.
pub struct Unread<'d> {
    pub place: Value<'d>,
    /// What it is, and what the limit is.
    pub why: &'static str,
}

/// Everything the detector found.
#[derive(Default)]
pub struct DetectedSecrets<'d> {
    /// Literal secrets outside of Kubernetes Secrets.
    pub literals: Vec<LiteralSecret<'d>>,
    /// Values of Kubernetes Secrets that stand in the document.
    pub kubernetes: Vec<LiteralSecret<'d>>,
    pub references: Vec<ReferencePlace<'d>>,
    pub unread: Vec<Unread<'d>>,
}

impl<'d> DetectedSecrets<'d> {
    /// Looks at every text of the document.
    pub fn of(subject: &Subject<'d>) -> Self {
        find::find(subject, &Own::default())
    }

    /// The same, with what the shop's policy adds.
    pub fn with(subject: &Subject<'d>, own: &Own) -> Self {
        find::find(subject, own)
    }

    /// Every secret found, for masking.
    pub fn texts(&self) -> Vec<Secret> {
        self.literals.iter().chain(&self.kubernetes).map(|literal| literal.text.clone()).collect()
    }

    /// The literals that came by `route`.
    pub fn by(&self, route: Route) -> impl Iterator<Item = &LiteralSecret<'d>> {
        self.literals.iter().filter(move |literal| literal.route == route)
    }
}
