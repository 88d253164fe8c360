//! Protects the memory of this process: no core file, no access by other processes, no page in swap.
//!
//! None of it needs a privilege, and none of it is required: Plimsoll also runs in a container with every capability dropped.
//! [`protect`] comes first in `main`, before the environment is read.

use std::sync::OnceLock;

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// `CAP_IPC_LOCK`, as a bit of `CapEff`.
const MAY_LOCK: u64 = 1 << 14;

/// The protection in effect for this process.
#[derive(Clone, Debug)]
pub struct Protection {
    /// Other processes of the same user cannot read its memory, and the kernel writes no core file.
    pub is_undumpable: bool,
    /// The core file limit that this process was started with.
    core: Rlimit,
    /// Why its memory may be written to swap; `None` when it is locked.
    pub unlocked: Option<String>,
}

static PROTECTION: OnceLock<Protection> = OnceLock::new();

/// Protects this process, once.
pub fn protect() -> &'static Protection {
    PROTECTION.get_or_init(|| {
        let is_undumpable = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok();
        let core = getrlimit(Resource::Core);
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..core });
        Protection { is_undumpable, core, unlocked: lock().err() }
    })
}

/// Keeps every page out of swap as it comes into use. With a finite limit this is not attempted: once the limit is reached, the next
/// allocation would abort the process.
fn lock() -> Result<(), String> {
    if let Some(limit) = getrlimit(Resource::Memlock).current
        && !has_capability(MAY_LOCK)
    {
        return Err(format!("the limit is {} KiB, and CAP_IPC_LOCK is not given", limit / 1024));
    }
    mlockall(MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT)
        .map_err(|error| format!("the kernel refuses: {error}"))
}

fn has_capability(bit: u64) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let set = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    set.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).is_some_and(|set| set & bit != 0)
}

impl Protection {
    /// Runs `start` with the original core file limit, which a child process inherits: whether a child writes core files is for its
    /// user to decide. This process still writes none meanwhile, since it is not dumpable.
    pub fn with_original_core_limit<T>(&self, start: impl FnOnce() -> T) -> T {
        let _ = setrlimit(Resource::Core, self.core);
        let started = start();
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..self.core });
        started
    }

    /// One line for `doctor`: what protects this process and what does not.
    pub fn describe(&self) -> String {
        let readable = if self.is_undumpable { "not readable by others" } else { "readable by others of this user" };
        let core = if getrlimit(Resource::Core).current == Some(0) { "no core files" } else { "core files" };
        let locked = match &self.unlocked {
            None => "locked in memory".to_owned(),
            Some(why) if swaps() == Some(false) => format!("not locked ({why}), but swap is off"),
            Some(why) => format!("not locked, so it may be written to swap: {why}"),
        };
        format!("memory: {readable}, {core}, zeroed when freed, {locked}")
    }
}

/// Whether the machine has any swap; `None` when that is unknown.
fn swaps() -> Option<bool> {
    let swaps = std::fs::read_to_string("/proc/swaps").ok()?;
    Some(swaps.lines().count() > 1)
}
