//! The processes that a command has started, as the kernel lists them (`/proc`).

use std::path::Path;

use rustix::process::{Pid, getpid};

/// A process that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
    group: i32,
}

/// The processes that this process or one of its children started and that have not ended, each with its group. As a subreaper this
/// process is their ancestor even where what started them has ended.
pub(super) fn descendants() -> Vec<(Pid, i32)> {
    let all = running();
    let mut found = Vec::new();
    let mut next = vec![getpid().as_raw_pid()];
    while let Some(parent) = next.pop() {
        for process in all.iter().filter(|process| process.parent == parent) {
            next.push(process.pid);
            found.extend(Pid::from_raw(process.pid).map(|pid| (pid, process.group)));
        }
    }
    found
}

/// The processes that handle the signal with this number: `child` if it does, else those nearest to it among what it has started.
/// `child` alone if none does.
pub(super) fn handlers(child: Pid, signal: i32) -> Vec<Pid> {
    let root = Path::new("/proc");
    nearest(&running(), child, &|pid| handles(&root.join(pid.to_string()), signal))
}

fn nearest(all: &[Process], child: Pid, handles: &dyn Fn(i32) -> bool) -> Vec<Pid> {
    let mut found = Vec::new();
    let mut next = vec![child.as_raw_pid()];
    while let Some(pid) = next.pop() {
        if handles(pid) {
            found.extend(Pid::from_raw(pid));
        } else {
            next.extend(all.iter().filter(|process| process.parent == pid).map(|process| process.pid));
        }
    }
    if found.is_empty() { vec![child] } else { found }
}

fn running() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| process(&entry.path())).collect()
}

/// The process of a folder of `/proc`, unless it has ended.
fn process(folder: &Path) -> Option<Process> {
    let pid = folder.file_name()?.to_str()?.parse().ok()?;
    let stat = std::fs::read(folder.join("stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The name of the program comes before them, in parentheses, and may hold any character.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let is_running = !matches!(fields.next()?, "Z" | "X");
    let (parent, group) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    is_running.then_some(Process { pid, parent, group })
}

/// Whether the process of a folder of `/proc` has a handler for the signal with this number.
fn handles(folder: &Path, signal: i32) -> bool {
    let status = std::fs::read_to_string(folder.join("status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).unwrap_or_default();
    u32::try_from(signal - 1).is_ok_and(|bit| caught.checked_shr(bit).unwrap_or_default() & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_goes_past_shells_that_wait_and_not_past_what_handles_it() {
        let process = |pid, parent| Process { pid, parent, group: 10 };
        // 10 waits for 11, which has started 12 and 13; 14 is beside them.
        let all = [process(10, 1), process(11, 10), process(12, 11), process(13, 11), process(14, 10)];
        let found = |handling: &[i32]| {
            let mut found: Vec<i32> = nearest(&all, Pid::from_raw(10).unwrap(), &|pid| handling.contains(&pid))
                .into_iter()
                .map(Pid::as_raw_pid)
                .collect();
            found.sort_unstable();
            found
        };
        assert_eq!(found(&[10, 11, 12]), [10], "a program that handles it passes it on as it likes");
        assert_eq!(found(&[11, 12]), [11]);
        assert_eq!(found(&[12, 14]), [12, 14]);
        assert_eq!(found(&[99]), [10]);
    }

    #[test]
    fn a_process_is_read_from_proc() {
        let own = process(Path::new("/proc/self").canonicalize().unwrap().as_path()).unwrap();
        assert_eq!(own.pid, getpid().as_raw_pid());
        // Rust's runtime handles SIGSEGV to tell a stack overflow, and nothing handles SIGUSR2.
        assert!(handles(Path::new("/proc/self"), 11) && !handles(Path::new("/proc/self"), 12));
        assert!(!handles(Path::new("/nonexistent"), 11) && !handles(Path::new("/proc/self"), 0));
    }
}
