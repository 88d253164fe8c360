//! `plimsoll exec` as PID 1 of a namespace of its own, the way it runs in a container.

use std::process::{Command, Output};

/// Runs `script` under `plimsoll exec` as PID 1.
fn as_init(script: &str) -> Output {
    Command::new("unshare")
        .args([
            "--pid",
            "--fork",
            "--mount-proc",
            env!("CARGO_BIN_EXE_plimsoll"),
            "exec",
            "--",
            "/bin/sh",
            "-c",
            script,
        ])
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .output()
        .expect("unshare is there (util-linux)")
}

#[test]
fn as_pid_1_it_reaps_what_is_left_behind() {
    // The orphans' zombies would be listed as long as nobody waits for them.
    let script = "test \"$(cat /proc/1/comm)\" = plimsoll || exit 9; sh -c 'sleep 0.1 & sleep 0.1 &'; \
        for n in $(seq 200); do sleep 0.02; test \"$(ls -d /proc/[0-9]* | wc -l)\" -le 5 && ! grep -lq '^State:.Z' /proc/[0-9]*/status 2>/dev/null && exit 7; done; exit 8";
    let output = as_init(script);
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn as_pid_1_signals_reach_the_child_and_end_it() {
    let output = as_init("trap 'echo told; exit 6' TERM; kill -TERM 1; while :; do sleep 0.02; done");
    assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "told\n");
    let output = as_init("kill -TERM 1; sleep 20");
    assert_eq!(output.status.code(), Some(143));
}

#[test]
fn where_memory_may_not_be_locked_it_goes_on_and_doctor_says_why() {
    let script = "ulimit -l 64 && exec setpriv --inh-caps=-ipc_lock --bounding-set=-ipc_lock \"$0\" doctor --offline";
    let output = Command::new("/bin/sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_plimsoll")])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .expect("setpriv is there (util-linux)");
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().find(|line| line.contains("memory: ")).expect("a line");
    assert!(line.contains("not locked") && line.contains("64 KiB") && line.contains("CAP_IPC_LOCK"), "{line}");
}
