//! The child process and what it starts: start it, signal it, wait for it, and reap its orphans.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, getpid, kill_process, kill_process_group, test_kill_process_group, wait,
};

use crate::base::process::Protection;
use crate::base::secret::Secret;
use crate::run::exec::launch;
use crate::run::exec::processes::{descendants, handlers};
use crate::run::exec::terminal::{self, Place};

/// A running child process.
pub struct Child {
    pid: Pid,
    /// Its standard output and standard error.
    pub streams: [OwnedFd; 2],
}

/// Why a child could not be started, and the exit code of a shell in that case: 127 not found, 126 not executable.
pub struct NotStarted {
    pub code: u8,
    pub reason: String,
}

impl NotStarted {
    /// The reason that the system gives.
    pub(super) fn because(error: &std::io::Error) -> Self {
        let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
        Self { code, reason: error.to_string() }
    }
}

impl Child {
    /// Starts `command` with these variables and no others.
    ///
    /// # Errors
    /// When nothing can be started. A command that does not exist or cannot be executed says so itself and exits with a shell's code.
    pub fn start(
        command: &[OsString],
        variables: &[(OsString, OsString)],
        secrets: &[(String, Secret)],
        protection: &Protection,
    ) -> Result<Self, NotStarted> {
        let place = Place::of_command();
        let mut new = launch::launcher(command, place);
        new.env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
        new.envs(variables.iter().map(|(name, value)| (name, value)));
        new.envs(secrets.iter().map(|(name, value)| (name, value.expose())));
        let started =
            protection.with_original_core_limit(|| new.spawn()).map_err(|error| NotStarted::because(&error))?;
        let lost = || NotStarted { code: 126, reason: "its output streams are unavailable".into() };
        let pid = i32::try_from(started.id()).ok().and_then(Pid::from_raw).ok_or_else(lost)?;
        let (out, err) = started.stdout.zip(started.stderr).ok_or_else(lost)?;
        if place == Place::Foreground {
            terminal::give(pid);
        }
        Ok(Self { pid, streams: [out.into(), err.into()] })
    }

    /// The process id.
    pub fn pid(&self) -> Pid {
        self.pid
    }
}

/// Reaps every ended process that this process has to wait for: the child, and its orphans (as PID 1 or as their subreaper).
/// Returns the exit code of `child` once it has exited; 128 and the number for a signal.
pub fn reap(child: Pid) -> Option<u8> {
    let mut code = None;
    loop {
        match wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
            Ok(Some((pid, status))) if status.stopped() => {
                if pid == child && terminal::is_in(pid) {
                    terminal::suspend(pid);
                }
            }
            Ok(Some((pid, status))) if pid == child => {
                let ended = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
                code = Some(ended.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX));
            }
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) | Err(_) => return code,
        }
    }
}

/// Forwards the signal with this number to `child`, and one that asks to end to everything it has started. A child that has exited
/// meanwhile is not an error. QUIT is for `child` alone: what does not handle it writes a core file, with the secrets in it.
pub fn forward(child: Pid, signal: i32) {
    match asks_all(signal) {
        Some(signal) => send_all(child, signal),
        None => send(child, signal),
    }
}

/// The same where `child` has ended and has been waited for: what it has left behind is asked to end.
pub(super) fn forward_left(child: Pid, signal: i32) {
    if let Some(signal) = asks_all(signal) {
        send_left(child, signal);
    }
}

/// The signal with this number, if it is for everything that a command has started.
fn asks_all(signal: i32) -> Option<Signal> {
    [Signal::TERM, Signal::INT].into_iter().find(|known| known.as_raw() == signal)
}

/// Sends the signal with this number to `child` alone.
fn send(child: Pid, signal: i32) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(child, signal);
    }
}

/// Sends the signal with this number to what handles it: a shell that waits for the program would die of it.
pub(super) fn notify(child: Pid, signal: i32) {
    for pid in handlers(child, signal) {
        send(pid, signal);
    }
}

/// Sends `signal` to `child` and its group, and as the first process of a container to every descendant. `child` must not have been
/// waited for: its number may be that of another process by then.
pub(super) fn send_all(child: Pid, signal: Signal) {
    // A child that has just been started has no group yet.
    if kill_process_group(child, signal).is_err() {
        let _ = kill_process(child, signal);
    }
    send_outside(child, signal);
}

/// The same where `child` has ended and has been waited for. The number of a group is not given away while the group has a process.
pub(super) fn send_left(child: Pid, signal: Signal) {
    let _ = kill_process_group(child, signal);
    send_outside(child, signal);
}

/// Sends `signal` to what has left the group, as the first process of a container.
fn send_outside(child: Pid, signal: Signal) {
    if getpid().is_init() {
        for (pid, group) in descendants() {
            if group != child.as_raw_pid() {
                let _ = kill_process(pid, signal);
            }
        }
    }
}

/// Whether anything that [`send_all`] reaches is running.
pub(super) fn is_any_left(child: Pid) -> bool {
    test_kill_process_group(child).is_ok() || (getpid().is_init() && !descendants().is_empty())
}
