//! The child: started, signalled, waited for; and everything that is left behind, reaped.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpgrp, kill_process, wait};
use rustix::termios::tcgetpgrp;

use crate::base::process::Protection;
use crate::base::secret::Secret;

/// A child that runs.
pub struct Child {
    pid: Pid,
    /// Its standard output and standard error.
    pub streams: [OwnedFd; 2],
}

/// Why it could not be started, in the number a shell ends with: 127 for what is not there, 126 for what cannot be run.
pub struct NotStarted {
    pub code: u8,
    pub reason: String,
}

impl Child {
    /// Starts `command` with these variables and no others.
    ///
    /// # Errors
    /// When it is not there or cannot be run.
    pub fn start(
        command: &[OsString],
        variables: &[(OsString, OsString)],
        secrets: &[(String, Secret)],
        protection: &Protection,
    ) -> Result<Self, NotStarted> {
        let Some((program, arguments)) = command.split_first() else {
            return Err(NotStarted { code: 127, reason: "no command is given".into() });
        };
        let mut new = Command::new(program);
        new.args(arguments).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
        new.envs(variables.iter().map(|(name, value)| (name, value)));
        new.envs(secrets.iter().map(|(name, value)| (name, value.expose())));
        let started = protection.with_original_core_limit(|| new.spawn()).map_err(|error| {
            let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
            NotStarted { code, reason: error.to_string() }
        })?;
        let lost = || NotStarted { code: 126, reason: "its streams could not be had".into() };
        let pid = i32::try_from(started.id()).ok().and_then(Pid::from_raw).ok_or_else(lost)?;
        let (out, err) = started.stdout.zip(started.stderr).ok_or_else(lost)?;
        Ok(Self { pid, streams: [out.into(), err.into()] })
    }

    /// Its id.
    pub fn pid(&self) -> Pid {
        self.pid
    }
}

/// Takes note of every process that has ended and is ours to wait for: the child, and as PID 1 (or as the nearest reaper) whatever
/// it left behind. Gives the exit code of `child` once it has ended.
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

/// Sends the signal with this number on to `child`. One that has ended meanwhile is no error.
pub fn forward(child: Pid, signal: i32) {
    // Ctrl-C and the like reach everything that runs on the terminal, the child too: sent on, they would arrive twice.
    let from_terminal = [Signal::INT, Signal::QUIT, Signal::TSTP, Signal::WINCH];
    if from_terminal.iter().any(|known| known.as_raw() == signal) && is_on_terminal() {
        return;
    }
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(child, signal);
    }
}

/// Whether this process and its child are what a terminal talks to.
fn is_on_terminal() -> bool {
    tcgetpgrp(std::io::stdin()).is_ok_and(|foreground| foreground == getpgrp())
}
