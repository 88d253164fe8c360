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
    /// Judged, but evidence an enforced check needs could not be had. Since 0.1.0.
    Inconclusive = 3,
    /// The execution was cancelled while it was judged, or the gate was told to stop. Since 0.1.0.
    Canceled = 4,
    /// A bug in Plimsoll; nothing may be concluded. Since 0.1.0.
    Internal = 70,
}

impl Exit {
    /// The number the process ends with.
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// A code of Plimsoll's own.
    Own(Exit),
    /// `exec`: the child's code, or the one a shell ends with in its place.
    Child(u8),
}

impl From<Exit> for Status {
    fn from(exit: Exit) -> Self {
        Self::Own(exit)
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Own(exit) => exit.into(),
            Status::Child(code) => ExitCode::from(code),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
