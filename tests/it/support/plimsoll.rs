//! Runs the built program the way a user does, in an environment of its own.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The built program with a scrubbed environment: nothing of the machine's own configuration reaches it.
pub(crate) fn plimsoll() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs `plimsoll` with `arguments` to its end.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    plimsoll().args(arguments).output().expect("the program starts").into()
}

/// Runs `plimsoll` with `input` on standard input, and ends it when it has not ended by itself after `limit`.
pub(crate) fn run_with_input<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
    input: &[u8],
    limit: Duration,
) -> Ran {
    let mut child = plimsoll().args(arguments).stdin(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let ran = finish(child, limit);
    writer.join().expect("the input is written");
    ran
}

/// What judging the bundled releases takes where nothing else runs, generously.
const UNDISTURBED: Duration = Duration::from_millis(200);

/// How many times as long as on a machine that does nothing else everything takes now.
fn slowness() -> u32 {
    let begun = Instant::now();
    let _ = plimsoll().arg("demo").output().expect("the program starts");
    u32::try_from(begun.elapsed().as_millis() / UNDISTURBED.as_millis()).map_or(30, |times| times.clamp(1, 30))
}

/// Waits for `child`, at most `limit`; one that has not ended then is killed, and the test fails. The limit is meant for a machine
/// that does nothing else: once it has passed, it is made as much longer as that machine is slower now.
#[track_caller]
pub(crate) fn finish(mut child: Child, limit: Duration) -> Ran {
    let mut stdout = child.stdout.take().expect("standard output is a pipe");
    let mut stderr = child.stderr.take().expect("standard error is a pipe");
    let read = |mut from: Box<dyn std::io::Read + Send>| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = from.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let _ = (&mut stdout, &mut stderr);
    let (out, err) = (read(Box::new(stdout)), read(Box::new(stderr)));
    let begun = Instant::now();
    let mut measured = None;
    let status = loop {
        if let Some(status) = child.try_wait().expect("the program can be waited for") {
            break status;
        }
        if begun.elapsed() > limit * measured.unwrap_or(1) {
            if measured.is_none() {
                measured = Some(slowness());
                continue;
            }
            let _ = child.kill();
            panic!("the program has not ended after {:?}", begun.elapsed());
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Ran {
        code: status.code().unwrap_or(-1),
        stdout: out.join().expect("standard output is read"),
        stderr: err.join().expect("standard error is read"),
    }
}

/// Writes `text` to `name` in `folder` and gives its path.
pub(crate) fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a file stands in a folder")).expect("the folder can be made");
    std::fs::write(&path, text).expect("the file can be written");
    path.to_string_lossy().into_owned()
}
