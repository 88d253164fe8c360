//! What every format does: it writes a report verdict by verdict and keeps none of them.

use std::io;

use crate::verdict::Verdict;

/// Writes one report to one writer, which it owns.
///
/// A run calls [`begin`](Self::begin) once, [`verdict`](Self::verdict) for each document in the order of the documents, and
/// [`end`](Self::end) once. A verdict is written when it arrives: memory does not grow with the number of documents.
///
/// After an error the report is incomplete, and no method may be called again.
pub trait Reporter {
    /// Writes what comes before the first verdict.
    ///
    /// # Errors
    /// The writer failed.
    fn begin(&mut self) -> io::Result<()>;

    /// Writes `verdict`.
    ///
    /// # Errors
    /// The writer failed, or the format cannot hold another verdict.
    fn verdict(&mut self, verdict: &Verdict) -> io::Result<()>;

    /// Writes what comes after the last verdict, and flushes the writer.
    ///
    /// # Errors
    /// The writer failed.
    fn end(&mut self) -> io::Result<()>;
}
