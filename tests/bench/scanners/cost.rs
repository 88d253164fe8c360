//! What one run of a program costs, as the kernel tells it of a child.

use std::ffi::OsString;
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};
use nix::sys::time::TimeValLike as _;

/// CPU seconds (user and system) and peak resident memory in bytes.
pub(crate) struct Cost {
    pub(crate) cpu: f64,
    pub(crate) peak: u64,
}

/// Runs `LIMIT PRINTED PROGRAM ARGUMENT...` and prints what it cost; nothing when it does not start, or had to be stopped.
pub(crate) fn tell_cost(arguments: &[OsString]) {
    let [limit, printed, program, arguments @ ..] = arguments else { panic!("a limit, a file and a program") };
    let limit: u64 = limit.to_str().and_then(|limit| limit.parse().ok()).expect("a number of seconds");
    setrlimit(Resource::RLIMIT_CPU, limit, limit).expect("a limit for the child");
    let start = Instant::now();
    let Ok(mut child) = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(File::create(printed).expect("the file can be written"))
        .stderr(Stdio::null())
        .spawn()
    else {
        return;
    };
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if start.elapsed() > Duration::from_secs(4 * limit) {
            child.kill().expect("it can be stopped");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if status.code().is_none() {
        return;
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel tells");
    let time = usage.user_time() + usage.system_time();
    let seconds = Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or_default()).as_secs_f64();
    println!("{seconds} {}", u64::try_from(usage.max_rss()).unwrap_or_default() * 1024);
}
