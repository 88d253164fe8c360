//! Findings about a secret that the document contains.

use crate::checks::api::{Finding, SecretAt};
use crate::secrets::detect::{LiteralSecret, Route};

/// A finding about a literal: what it is, its length, and the detector that found it; never its text.
pub(crate) fn literal_finding<'d>(literal: &LiteralSecret<'d>, remedy: &'static str) -> Finding<'d> {
    let (what, length, detector) = (&literal.what, literal.length, &literal.detector);
    let is = match literal.route {
        Route::Plain => "is a plaintext secret",
        Route::Encoded => "is an encoded secret",
        Route::Noop => "is not encrypted",
        Route::Expression => "is a secret in an expression",
        Route::ParameterDefault => "is a secret in a parameter",
    };
    let message = format!("{what} {is} ({length} characters, detected by {detector})");
    Finding::at(literal.place, message, remedy)
        .detector(literal.detector.clone())
        .inner(literal.inner.clone())
        .related(literal.related.iter().copied())
        .confidence(literal.confidence)
        .stage(literal.stage)
        .why(literal.why())
        .about(SecretAt {
            key: literal.key.clone(),
            text: literal.text.clone(),
            elsewhere: Vec::new(),
            is_by_own_rule: literal.is_by_own_rule,
        })
}
