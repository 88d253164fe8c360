//! The terminal, if there is one: who is in the foreground of it.

use std::io::{IsTerminal as _, stdin};

use nix::sys::signal::{SigSet, Signal as Blocked};
use rustix::process::{Pid, Signal, getpgrp, kill_current_process_group, kill_process_group};
use rustix::termios::{tcgetpgrp, tcsetpgrp};

/// Where a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a session of its own, without a terminal.
    Session,
    /// In a group of its own, in the foreground of the terminal.
    Foreground,
    /// In a group of its own, in the background of the terminal, as this process is.
    Background,
}

impl Place {
    /// The place for a command that this process starts.
    pub(super) fn of_command() -> Self {
        match stdin().is_terminal() {
            false => Self::Session,
            true if is_in_foreground() => Self::Foreground,
            true => Self::Background,
        }
    }
}

/// Whether this process's group is in the foreground.
pub(super) fn is_in_foreground() -> bool {
    is_in(getpgrp())
}

/// Whether `group` is in the foreground.
pub(super) fn is_in(group: Pid) -> bool {
    tcgetpgrp(stdin()).is_ok_and(|foreground| foreground == group)
}

/// Puts `group` into the foreground.
pub(super) fn give(group: Pid) {
    // A process in the background that does this is stopped, unless it blocks the signal.
    let mut blocked = SigSet::empty();
    blocked.add(Blocked::SIGTTOU);
    let _ = blocked.thread_block();
    let _ = tcsetpgrp(stdin(), group);
    let _ = blocked.thread_unblock();
}

/// Puts this process back into the foreground, if `group` is.
pub(super) fn take_back(group: Pid) {
    if is_in(group) {
        give(getpgrp());
    }
}

/// Stops this process as the terminal (Ctrl-Z) has stopped `group`; returns when both continue.
pub(super) fn suspend(group: Pid) {
    take_back(group);
    let _ = kill_current_process_group(Signal::STOP);
    if is_in_foreground() {
        give(group);
    }
    let _ = kill_process_group(group, Signal::CONT);
}
