//! The child process: start it, signal it, wait for it, and reap its orphans.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpgrp, kill_process, wait};
use rustix::termios::tcgetpgrp;

use crate::base::process::Protection;
use crate::base::secret::Secret;

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

impl Child {
    /// Starts `command` with these variables and no others.
    ///
    /// # Errors
    /// When the program does not exist or cannot be executed.
    pub fn start(
        command: &[OsString],
        variables: &[(OsString, OsString)],
        secrets: &[(String, Secret)],
        protection: &Protection,
    ) -> Result<Self, NotStarted> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(NotStarted { code: 127, reason: "the command is missing".into() });
        };
        let mut new = Command::new(program);
        new.args(arguments).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
        new.envs(variables.iter().map(|(name, value)| (name, value)));
        new.envs(secrets.iter().map(|(name, value)| (name, value.expose())));
        let started = protection.with_original_core_limit(|| new.spawn()).map_err(|error| {
            let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
            NotStarted { code, reason: error.to_string() }
        })?;
        let lost = || NotStarted { code: 126, reason: "its output streams are unavailable".into() };
        let pid = i32::try_from(started.id()).ok().and_then(Pid::from_raw).ok_or_else(lost)?;
        let (out, err) = started.stdout.zip(started.stderr).ok_or_else(lost)?;
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
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if pid == child => {
                let ended = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
                code = Some(ended.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX));
            }
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) | Err(_) => return code,
        }
    }
}

/// Forwards the signal with this number to `child`. A child that has exited meanwhile is not an error.
pub fn forward(child: Pid, signal: i32) {
    // The terminal sends Ctrl-C and the like to the whole foreground group, the child included: forwarded, they would arrive twice.
    let from_terminal = [Signal::INT, Signal::QUIT, Signal::TSTP, Signal::WINCH];
    if from_terminal.iter().any(|known| known.as_raw() == signal) && is_on_terminal() {
        return;
    }
    send(child, signal);
}

/// Sends the signal with this number to `child`.
pub fn send(child: Pid, signal: i32) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(child, signal);
    }
}

/// Whether this process group is in the foreground of a terminal.
fn is_on_terminal() -> bool {
    tcgetpgrp(std::io::stdin()).is_ok_and(|foreground| foreground == getpgrp())
}
