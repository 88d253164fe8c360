//! One problem found, as a check reports it.

use std::borrow::Cow;

use crate::base::secret::Secret;
use crate::document::inner::Inner;
use crate::document::value::Value;
use crate::meta::{Confidence, Mode, Severity};

/// A finding: a place in the document, the problem and the remedy. It never contains the value at that place.
pub struct Finding<'d> {
    /// The value that is wrong, or the object that lacks a value.
    pub place: Value<'d>,
    /// The detector of the check that found it, one that the check declares; part of the fingerprint, so it never changes. Empty for
    /// the main rule of a check.
    pub detector: Cow<'static, str>,
    /// The position inside the value, when the value is a structured text.
    pub inner: Option<Inner>,
    /// Other places with the same problem.
    pub related: Vec<Value<'d>>,
    /// The place in another document, where `place` is the stage that brings it in.
    pub elsewhere: Option<Elsewhere>,
    /// The problem, as one lower-case sentence without a full stop. It may contain names from the document, but no values.
    pub message: String,
    /// How to fix it, in the imperative; usually the same for every finding of a check.
    pub remedy: Cow<'static, str>,
    /// The severity, when it differs from the check's.
    pub severity: Option<Severity>,
    /// How sure the check is.
    pub confidence: Confidence,
    /// The strictest mode in which the finding counts, whatever the policy sets for the check.
    pub at_most: Mode,
    /// The stage it belongs to: index in the pipeline.
    pub stage: Option<usize>,
    /// Why the detector found it, for `check --why`; never a value.
    pub why: Option<Box<str>>,
    /// It says that the waiver with this index covers nothing, unless one of the other findings is covered by it.
    pub of_waiver: Option<usize>,
    /// The secret that it is about, which the policy may allow.
    pub secret: Option<Box<SecretAt>>,
}

/// A secret that the document contains, as far as the policy may name it.
pub struct SecretAt {
    /// The name that holds it, where it has one.
    pub key: Option<String>,
    pub text: Secret,
    /// The pointers of its places, where they are in another document.
    pub elsewhere: Vec<String>,
    /// A rule of the policy found it, whose id is the detector.
    pub is_by_own_rule: bool,
}

/// A place in another document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Elsewhere {
    /// What the document is called.
    pub document: String,
    pub pointer: String,
}

impl<'d> Finding<'d> {
    /// A finding of high confidence at `place`.
    pub fn at(place: Value<'d>, message: impl Into<String>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self {
            place,
            detector: Cow::Borrowed(""),
            inner: None,
            related: Vec::new(),
            elsewhere: None,
            message: message.into(),
            remedy: remedy.into(),
            severity: None,
            confidence: Confidence::High,
            at_most: Mode::Enforce,
            stage: None,
            why: None,
            of_waiver: None,
            secret: None,
        }
    }

    /// Sets the detector.
    #[must_use]
    pub fn detector(mut self, detector: impl Into<Cow<'static, str>>) -> Self {
        self.detector = detector.into();
        self
    }

    /// Sets the position inside the value.
    #[must_use]
    pub fn inner(mut self, inner: Option<Inner>) -> Self {
        self.inner = inner;
        self
    }

    /// Adds other places with the same problem.
    #[must_use]
    pub fn related(mut self, places: impl IntoIterator<Item = Value<'d>>) -> Self {
        self.related.extend(places);
        self
    }

    /// Sets a severity that differs from the check's.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Sets how sure the check is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Makes it a warning, whatever the policy sets for the check.
    #[must_use]
    pub fn only_warns(mut self) -> Self {
        self.at_most = Mode::Warn;
        self
    }

    /// Sets why the detector found it.
    #[must_use]
    pub fn why(mut self, why: String) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Makes it count only where the waiver with this index covers nothing.
    #[must_use]
    pub fn of_waiver(mut self, index: usize) -> Self {
        self.of_waiver = Some(index);
        self
    }

    /// Sets the secret that it is about.
    #[must_use]
    pub fn about(mut self, secret: SecretAt) -> Self {
        self.secret = Some(Box::new(secret));
        self
    }

    /// Sets the stage it belongs to.
    #[must_use]
    pub fn stage(mut self, stage: impl Into<Option<usize>>) -> Self {
        self.stage = stage.into();
        self
    }
}
