//! Exit codes: a published type, independent of the output format.

use std::process::ExitCode;

/// How a run of Plimsoll ended. The numbers never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Every enforced check passed or is waived. Since 0.1.0.
    Passed = 0,
    /// At least one enforced finding. Since 0.1.0.
    Failed = 1,
    /// Wrong arguments, configuration or policy file; nothing was judged. Since 0.1.0.
    Usage = 2,
    /// Judged, but evidence that an enforced check requires was unavailable. Since 0.1.0.
    Inconclusive = 3,
    /// The execution was cancelled while it was judged, or the gate received a signal to stop. Since 0.1.0.
    Canceled = 4,
    /// An internal error: nothing was judged. Since 0.1.0.
    Internal = 70,
}

impl Exit {
    /// The exit code as a number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// The exit status of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A code from Plimsoll's own list.
    Exit(Exit),
    /// `exec`: the child's exit code, or the code that a shell would report for it (126, 127, 128 plus a signal's number).
    Child(u8),
}

impl From<Exit> for Status {
    fn from(exit: Exit) -> Self {
        Self::Exit(exit)
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Exit(exit) => exit.into(),
            Status::Child(code) => ExitCode::from(code),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
