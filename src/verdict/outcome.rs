//! The outcome of a document and of one check.

use crate::base::exit::Exit;

/// The decision. Failed wins over inconclusive, inconclusive over passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Passed,
    Inconclusive,
    Failed,
    Canceled,
}

impl Outcome {
    /// Its name in verdicts.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Inconclusive => "inconclusive",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// The corresponding exit code.
    pub fn exit(self) -> Exit {
        match self {
            Self::Passed => Exit::Passed,
            Self::Inconclusive => Exit::Inconclusive,
            Self::Failed => Exit::Failed,
            Self::Canceled => Exit::Canceled,
        }
    }
}

/// The outcome of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckOutcome {
    Passed,
    Warned,
    Failed,
    NotApplicable,
    Inconclusive,
    Skipped,
}

impl CheckOutcome {
    /// The word of the verdict document.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::NotApplicable => "notApplicable",
            Self::Inconclusive => "inconclusive",
            Self::Skipped => "skipped",
        }
    }
}
