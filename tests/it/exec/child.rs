//! The child as a process: its code, its signals, its limits, and what it leaves behind.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use super::{PLANTED, SERVER, exec, ran, signal};
use crate::support::plimsoll::{finish, plimsoll};
use crate::support::until::{until, until_some};

const LIMIT: Duration = Duration::from_secs(30);

/// Starts it, and waits until it has written its first line, which is given back.
fn until_ready(
    mut command: std::process::Command,
) -> (Child, ChildStdin, String, BufReader<std::process::ChildStdout>) {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the program starts");
    let stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    (child, stdin, line, stdout)
}

#[test]
fn the_code_is_the_childs_or_a_shells() {
    let code = |command: &[&str]| ran(&[], &[("A", "vault:kv/shop#password")], command).code;
    assert_eq!(code(&["/bin/sh", "-c", "exit 0"]), 0);
    assert_eq!(code(&["/bin/sh", "-c", "exit 37"]), 37);
    assert_eq!(code(&["/bin/sh", "-c", "kill -9 $$"]), 137);
    assert_eq!(code(&["/bin/sh", "-c", "kill -TERM $$"]), 143);
    assert_eq!(code(&["no-such-command-at-all"]), 127);
    assert_eq!(code(&["/etc/passwd"]), 126);
    assert_eq!(code(&["/"]), 126);
}

#[test]
fn signals_reach_the_child_and_its_answer_is_the_code() {
    let script = "for s in HUP INT QUIT USR1 USR2 ALRM WINCH; do trap \"echo got $s\" $s; done; trap 'echo got TERM; exit 9' TERM; echo ready; while :; do sleep 0.02; done";
    let (mut child, _stdin, ready, mut stdout) = until_ready(exec(&[], &[], &["/bin/sh", "-c", script]));
    assert_eq!(ready, "ready\n");
    for name in ["HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "WINCH", "TERM"] {
        signal(&child, name);
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        assert_eq!(line, format!("got {name}\n"));
    }
    assert_eq!(child.wait().expect("it ends").code(), Some(9));
}

#[test]
fn a_signal_before_the_child_ends_it_as_a_shell_would_be() {
    // A Vault that does not answer: the child is never started.
    let silent = crate::support::scripted::Scripted::start(|_, _| crate::support::scripted::Reply::Silence);
    let mut command = plimsoll();
    command.args(["exec", "--", "/bin/true"]).env("A", "vault:kv/shop#password");
    let child = command.env("VAULT_ADDR", &silent.address).env("VAULT_TOKEN", "x").spawn().expect("the program starts");
    until("Vault is asked", || !silent.asked().is_empty());
    signal(&child, "TERM");
    assert_eq!(finish(child, LIMIT).code, 143);
}

#[test]
fn what_the_child_leaves_behind_is_reaped() {
    // The orphan is born by a shell that ends at once, and says who it is.
    let script = "sh -c 'sh -c \"echo \\$\\$; exec sleep 0.1\" &'; read end";
    let (mut child, stdin, orphan, _stdout) = until_ready(exec(&[], &[], &["/bin/sh", "-c", script]));
    let status = Path::new("/proc").join(orphan.trim()).join("status");
    // A zombie that nobody waits for stays there for ever.
    until_some(|| std::fs::read_to_string(&status).map_or(Ok(()), Err));
    drop(stdin);
    child.wait().expect("it ends");
}

#[test]
fn the_end_does_not_wait_for_what_the_child_leaves_behind() {
    let start = Instant::now();
    let ran = ran(&[], &[], &["/bin/sh", "-c", "echo last words; sleep 20 & exit 5"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, "last words\n"));
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[test]
fn a_token_of_ours_is_given_back_before_the_child_starts() {
    SERVER.call("POST", "sys/auth/approle", &serde_json::json!({"type": "approle"}));
    SERVER.call("POST", "auth/approle/role/exec", &serde_json::json!({"token_policies": ["exec"]}));
    let role =
        SERVER.call("GET", "auth/approle/role/exec/role-id", &serde_json::Value::Null)["data"]["role_id"].clone();
    let secret =
        SERVER.call("POST", "auth/approle/role/exec/secret-id", &serde_json::json!({}))["data"]["secret_id"].clone();
    let text = |value: &serde_json::Value| value.as_str().expect("an id").to_owned();
    let (role, secret) = (text(&role), text(&secret));
    let mut command = exec(&[], &[("A", "vault:kv/shop#password")], &["/bin/sh", "-c", "echo ready; read end"]);
    command.env_remove("VAULT_TOKEN").env("VAULT_ROLE_ID", role).env("VAULT_SECRET_ID", secret);
    let (mut child, stdin, _, _stdout) = until_ready(command);
    assert!(SERVER.was_asked("auth/token/revoke-self"), "the token outlives its use");
    drop(stdin);
    child.wait().expect("it ends");
}

#[test]
fn values_are_in_no_environment_but_the_childs() {
    let environment = [("A", "vault:kv/shop#password"), ("B", "x${vault:kv/shop#password}")];
    let (mut child, mut stdin, _, _stdout) =
        until_ready(exec(&["--log", "trace"], &environment, &["/bin/sh", "-c", "echo ready; read end"]));
    let mut holders = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("proc").filter_map(Result::ok) {
        let environ = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if environ.windows(PLANTED.len()).any(|window| window == PLANTED.as_bytes()) {
            let parent = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            holders.push(parent.lines().find_map(|line| line.strip_prefix("PPid:\t")).expect("a parent").to_owned());
        }
    }
    assert_eq!(holders, [child.id().to_string()], "the child alone holds them");
    writeln!(stdin).expect("it reads");
    child.wait().expect("it ends");
}

#[test]
fn what_a_killed_run_leaves_in_memory_is_removed_by_the_next() {
    let environment = [("KEY", "encryptedFile:vault!e:kv!p:shop!k:password")];
    let script = ["/bin/sh", "-c", "echo $PLIMSOLL_FILES; read end"];
    let (mut killed, stdin, left, _stdout) = until_ready(exec(&[], &environment, &script));
    let (mut beside, other, used, _other) = until_ready(exec(&[], &environment, &script));
    let (left, used) = (Path::new(left.trim()), Path::new(used.trim()));
    killed.kill().expect("it runs");
    killed.wait().expect("it ends");
    drop(stdin);
    assert!(left.exists() && used.exists(), "nobody could remove it");
    let next = ran(&[], &environment, &["/bin/true"]);
    assert_eq!(next.code, 0, "{}", next.stderr);
    assert!(!left.exists() && used.exists(), "the one is left behind, the other in use");
    drop(other);
    beside.wait().expect("it ends");
    assert!(!used.exists());
}

#[test]
fn memory_is_locked_where_doctor_says_so() {
    let said: crate::support::plimsoll::Ran =
        plimsoll().args(["doctor", "--offline"]).output().expect("the program starts").into();
    let line = said.stdout.lines().find(|line| line.contains("memory: ")).expect("a line").to_owned();
    let (mut child, stdin, _, _stdout) =
        until_ready(exec(&[], &[("A", "vault:kv/shop#password")], &["/bin/sh", "-c", "echo ready; read end"]));
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    drop(stdin);
    child.wait().expect("it ends");
    let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).expect("a number");
    let locked: u64 = locked.trim().trim_end_matches(" kB").parse().expect("a number");
    assert_eq!(locked > 0, line.contains("locked in memory"), "{line}: {locked} kB");
    assert!(line.contains("locked in memory") || line.contains("not locked"), "{line}");
}

#[test]
fn no_core_file_is_made_of_it_and_the_childs_limit_is_the_users() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_CORE).expect("a limit");
    setrlimit(Resource::RLIMIT_CORE, hard, hard).expect("the limit can be raised");
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = exec(&[], &[("A", "vault:kv/shop#password")], &["/bin/sh", "-c", "ulimit -c; read end"]);
    let (mut child, stdin, limit, _stdout) = until_ready({
        command.current_dir(folder.path());
        command
    });
    let given = if hard == nix::libc::RLIM_INFINITY { "unlimited".to_owned() } else { (hard / 512).to_string() };
    assert_eq!(limit.trim(), given, "the child has another limit than its user");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap_or_default();
    let own = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(own.split_whitespace().nth(4), Some("0"), "{own}");
    signal(&child, "ABRT");
    let status = child.wait().expect("it ends");
    assert!(status.signal() == Some(6) && !status.core_dumped(), "{status}");
    drop(stdin);
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
