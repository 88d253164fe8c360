//! Findings about a secret that the document contains.

use crate::checks::api::Finding;
use crate::secrets::detect::LiteralSecret;

/// A finding about a literal: where, what, how long, found by which detector; never its text.
pub(crate) fn literal_finding<'d>(literal: &LiteralSecret<'d>, remedy: &'static str) -> Finding<'d> {
    let (what, length, detector) = (&literal.what, literal.length, literal.detector);
    let message = format!("{what} is a plaintext secret ({length} characters, detected by {detector})");
    Finding::at(literal.place, message, remedy)
        .detector(literal.detector)
        .inner(literal.inner.clone())
        .related(literal.related.iter().copied())
        .confidence(literal.confidence)
        .stage(literal.stage)
}
