//! What a command starts ends with it: shells that wait, pipes, and what ignores TERM.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ChildStdout, Command};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{SERVER, exec, signal};
use crate::support::plimsoll::finish;

const LIMIT: Duration = Duration::from_mins(1);

fn line(out: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

/// Whether a process runs; one that has ended and nobody waits for does not.
fn is_running(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

fn wait_until_ended(pid: &str) {
    let end = Instant::now() + LIMIT;
    while is_running(pid) {
        assert!(Instant::now() < end, "{pid} still runs");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A shell that waits for a worker, which says its process number.
const WAITING: &str = "sh -c 'echo $$; exec sleep 1000'; true";

/// The same in a pipe.
const PIPED: &str = "sh -c 'echo $$; exec sleep 1000' | cat; true";

/// A worker that ignores TERM.
const STUBBORN: &str = "trap '' TERM; sh -c 'echo $$; while :; do sleep 0.05; done'; true";

#[test]
fn a_rotation_leaves_no_former_worker() {
    for (name, script) in [("waiting", WAITING), ("piped", PIPED), ("stubborn", STUBBORN)] {
        let path = format!("kv/data/group-{name}");
        SERVER.call("POST", &path, &json!({"data": {"password": "the-first-Value-1"}}));
        let reference = format!("vault:kv/group-{name}#password");
        let arguments = ["--refresh", "1s", "--stop-timeout", "300ms"];
        let mut child = exec(&arguments, &[("A", &reference)], &["/bin/sh", "-c", script]).spawn().expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let former = line(&mut out);
        SERVER.call("POST", &path, &json!({"data": {"password": "the-second-Value-2"}}));
        let next = line(&mut out);
        assert!(!is_running(&former) && is_running(&next), "{name}: {former} {next}");
        signal(&child, "TERM");
        if name == "stubborn" {
            // A command that ignores TERM is not killed for a signal from outside: whoever sent it decides.
            assert!(Command::new("kill").args(["-s", "KILL", &next]).status().expect("kill runs").success());
        }
        child.stdout = Some(out.into_inner());
        finish(child, LIMIT);
        assert!(!is_running(&next), "{name}: {next} outlives the end");
    }
}

/// Ends with the test, however that ends.
struct Stray(String);

impl Drop for Stray {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-s", "KILL", &self.0]).status();
    }
}

#[test]
fn what_has_left_the_group_is_reported() {
    // It runs for as long as the test takes, however slow the machine is.
    let script = "setsid sh -c 'echo $$; exec sleep 1000' & wait";
    let mut child = exec(&[], &[], &["/bin/sh", "-c", script]).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let left = Stray(line(&mut out));
    signal(&child, "TERM");
    child.stdout = Some(out.into_inner());
    let ran = finish(child, LIMIT);
    assert!(is_running(&left.0), "{} has ended too: {}", left.0, ran.stderr);
    assert_eq!(ran.code, 143, "{}", ran.stderr);
    let is_told = |line: &str| line.contains("still run") && line.contains(&left.0);
    assert!(ran.stderr.lines().any(is_told), "{:?} is not in {:?}", left.0, ran.stderr);
}

#[test]
fn a_signal_for_new_files_reaches_the_program_behind_a_shell() {
    // A shell that waits, and a pipe: neither shell handles the signal, and both would die of it.
    let program = "trap 'echo got it; exit 0' HUP; echo ready; while :; do sleep 0.02; done";
    for (name, script) in [
        ("waits", format!("sh -c \"{program}\"; echo and on")),
        ("pipes", format!("sh -c \"{program}\" | cat; echo and on")),
    ] {
        let path = format!("kv/data/behind-{name}");
        SERVER.call("POST", &path, &json!({"data": {"password": "the-first-Value-1"}}));
        let reference = format!("vault:kv/behind-{name}#password");
        let arguments = ["--refresh", "1s", "--on-rotate", "HUP"];
        let mut child = exec(&arguments, &[("A", &reference)], &["/bin/sh", "-c", &script]).spawn().expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        assert_eq!(line(&mut out), "ready");
        SERVER.call("POST", &path, &json!({"data": {"password": "the-second-Value-2"}}));
        assert_eq!([line(&mut out), line(&mut out)], ["got it", "and on"], "{name}");
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{name}");
    }
}

#[test]
fn a_command_does_not_outlive_what_supervises_it() {
    let mut child = exec(&[], &[], &["/bin/sh", "-c", "echo $$; exec sleep 1000"]).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let command = line(&mut out);
    signal(&child, "KILL");
    child.wait().expect("it ends");
    wait_until_ended(&command);
}

#[test]
fn a_command_has_a_session_without_a_terminal() {
    let mut child = exec(&[], &[], &["/bin/sh", "-c", "cat /proc/$$/stat"]).spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let stat = line(&mut out);
    child.wait().expect("it ends");
    let pid = stat.split(' ').next().expect("a number").to_owned();
    let fields: Vec<&str> = stat.rsplit_once(") ").expect("a name").1.split(' ').collect();
    assert_eq!((fields[2], fields[3]), (pid.as_str(), pid.as_str()), "group and session: {stat}");
}
