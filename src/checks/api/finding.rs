//! One problem found, as a check reports it.

use std::borrow::Cow;

use crate::document::inner::Inner;
use crate::document::value::Value;
use crate::meta::{Confidence, Mode, Severity};

/// A finding: a place in the document, what is wrong there and what to do. It never holds the value it is about.
pub struct Finding<'d> {
    /// The value that is wrong, or the object that lacks one.
    pub place: Value<'d>,
    /// Which rule of the check found it; part of its fingerprint. Empty when the check has only one.
    pub detector: Cow<'static, str>,
    /// Where inside the value, when that is a text with a structure of its own.
    pub inner: Option<Inner>,
    /// Other places of the same thing.
    pub related: Vec<Value<'d>>,
    /// What is wrong, in one sentence without a full stop. Names from the document may stand in it, values never.
    pub message: String,
    /// What to do about it; as a rule the same words for every finding of a check.
    pub remedy: Cow<'static, str>,
    /// When it differs from the check's own.
    pub severity: Option<Severity>,
    /// How sure it is.
    pub confidence: Confidence,
    /// It enforces no more than this, whatever the policy says of the check.
    pub at_most: Mode,
    /// The stage it belongs to: index in the release.
    pub stage: Option<usize>,
}

impl<'d> Finding<'d> {
    /// A finding of high confidence at `place`.
    pub fn at(place: Value<'d>, message: impl Into<String>, remedy: impl Into<Cow<'static, str>>) -> Self {
        Self {
            place,
            detector: Cow::Borrowed(""),
            inner: None,
            related: Vec::new(),
            message: message.into(),
            remedy: remedy.into(),
            severity: None,
            confidence: Confidence::High,
            at_most: Mode::Enforce,
            stage: None,
        }
    }

    /// Names the rule that found it.
    #[must_use]
    pub fn detector(mut self, detector: impl Into<Cow<'static, str>>) -> Self {
        self.detector = detector.into();
        self
    }

    /// Says where inside the value.
    #[must_use]
    pub fn inner(mut self, inner: Option<Inner>) -> Self {
        self.inner = inner;
        self
    }

    /// Adds other places of the same thing.
    #[must_use]
    pub fn related(mut self, places: impl IntoIterator<Item = Value<'d>>) -> Self {
        self.related.extend(places);
        self
    }

    /// Sets a severity of its own.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Sets how sure it is.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Lets it warn and no more.
    #[must_use]
    pub fn only_warns(mut self) -> Self {
        self.at_most = Mode::Warn;
        self
    }

    /// Says which stage it belongs to.
    #[must_use]
    pub fn stage(mut self, stage: impl Into<Option<usize>>) -> Self {
        self.stage = stage.into();
        self
    }
}
