//! The last step before the command: this program, started once more, arranges its process and becomes the command.
//!
//! What has to be arranged (a session, the signal when the parent dies) can only be arranged by the process itself. Between `fork`
//! and `exec` that takes `unsafe` code; a process that has been started normally needs none.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal, setsid};

use crate::run::exec::child::NotStarted;
use crate::run::exec::terminal::{self, Place};

/// This program.
const PROGRAM: &str = "/proc/self/exe";

/// The first argument of a launch.
const LAUNCH: &str = "exec-launch";

/// The place of a command that has the terminal.
const FOREGROUND: &str = "foreground";

/// The place of a command that has a session.
const SESSION: &str = "session";

/// How long the parent may take to hand over the terminal.
const HANDOVER: Duration = Duration::from_secs(2);

/// Pause between two looks at the terminal.
const LOOK: Duration = Duration::from_millis(1);

/// A launch of `command` by this process.
pub(super) fn launcher(command: &[OsString], place: Place) -> Command {
    let mut launcher = Command::new(PROGRAM);
    let place = match place {
        Place::Session => SESSION,
        Place::Foreground => FOREGROUND,
        Place::Background => "background",
    };
    launcher.arg0("plimsoll").args([LAUNCH, &getpid().as_raw_pid().to_string(), place]).args(command);
    if place != SESSION {
        launcher.process_group(0);
    }
    launcher
}

/// A request for a launch, from the arguments of this program.
pub struct Launch<'a> {
    parent: &'a OsStr,
    place: &'a OsStr,
    command: &'a [OsString],
}

impl<'a> Launch<'a> {
    /// The launch that `arguments` ask for, if they do.
    pub fn asked_for(arguments: &'a [OsString]) -> Option<Self> {
        match arguments {
            [_, launch, parent, place, command @ ..] if launch == LAUNCH => Some(Self { parent, place, command }),
            _ => None,
        }
    }

    /// The name of the command.
    pub fn program(&self) -> String {
        self.command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Becomes the command, and returns only if that fails.
    pub fn run(&self) -> NotStarted {
        let Some((program, arguments)) = self.command.split_first() else {
            return NotStarted { code: 127, reason: "the command is missing".into() };
        };
        // What holds the secrets must not outlive what supervises it.
        let _ = set_parent_process_death_signal(Some(Signal::KILL));
        let parent = Pid::as_raw(getppid()).to_string();
        if self.parent != parent.as_str() {
            return NotStarted { code: 126, reason: "its parent has ended".into() };
        }
        if self.place == SESSION {
            let _ = setsid();
        } else if self.place == FOREGROUND {
            wait_for_terminal();
        }
        NotStarted::because(&Command::new(program).args(arguments).exec())
    }
}

/// Waits until this process is in the foreground: until then, reading from the terminal would stop it.
fn wait_for_terminal() {
    let end = Instant::now() + HANDOVER;
    while !terminal::is_in_foreground() && Instant::now() < end {
        std::thread::sleep(LOOK);
    }
}
