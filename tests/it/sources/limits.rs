//! Sizes and times: what is too large, too slow, or breaks off.

use std::time::{Duration, Instant};

use plimsoll::testing::Deadline;
use plimsoll::testing::files::{Error as FileError, InputFile};
use plimsoll::testing::http::Cause;
use plimsoll::testing::spinnaker::Kind;
use plimsoll::testing::spinnaker::{Fetched, Settings};
use plimsoll::testing::walk::{Selection, expand};

use super::{at_gate, execution, failed, found, kind, open, soon};
use crate::support::spinnaker::raw::{End, Raw};
use crate::support::spinnaker::{Act, Script, Standin, fixture};

const CAP: usize = 100_000;

fn standin() -> Standin {
    let spinnaker = Standin::start();
    spinnaker.execution("01X", fixture("git-gate-running"));
    spinnaker
}

fn capped(url: &str) -> Settings {
    Settings { body_cap: CAP as u64, ..at_gate(url) }
}

#[tokio::test]
async fn a_body_of_exactly_the_cap_is_read_and_one_byte_more_is_not() {
    let spinnaker = standin();
    let gate = open(capped(&spinnaker.gate_url()));
    for announced in [true, false] {
        let fill = |bytes: usize| {
            spinnaker.script(Script::on("^/pipelines").times(1).act(Act::Filled { bytes, announced }));
        };
        fill(CAP);
        let Ok(Fetched::Found { bytes, .. }) = gate.get(&execution("01X"), soon()).await else { panic!("at the cap") };
        assert_eq!(bytes.len(), CAP);
        fill(CAP + 1);
        let error = failed(gate.get(&execution("01X"), soon()).await);
        assert_eq!(error.kind, Cause::TooLarge { cap: CAP as u64 }.into());
        assert!(error.to_string().contains("larger than 100000 bytes, the maximum"), "{error}");
    }
    assert_eq!(spinnaker.requests().len(), 4, "what is too large is not asked for again");
}

#[tokio::test]
async fn a_length_that_lies_is_caught() {
    let says = |length: usize, body: &str| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
    // More than comes: broken off.
    let short = Raw::start(says(1000, "{\"id\":\"01X\"}").as_bytes(), End::Close);
    assert_eq!(kind(&short.url()).await, Cause::Truncated { got: 12 }.into());
    assert_eq!(short.count(), 3);
    // Less than comes: what is announced is the answer, the rest is never read.
    let long = Raw::start(says(12, &format!("{{\"id\":\"01X\"}}{}", "x".repeat(CAP))).as_bytes(), End::Close);
    found(open(capped(&long.url())).get(&execution("01X"), soon()).await);
    // More than the cap: refused before a byte is read, and no memory is set aside for it.
    let vast = Raw::start(says(usize::MAX / 2, "{").as_bytes(), End::Close);
    let error = failed(open(capped(&vast.url())).get(&execution("01X"), soon()).await);
    assert_eq!(error.kind, Cause::TooLarge { cap: CAP as u64 }.into());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again_and_then_told() {
    let spinnaker = standin();
    spinnaker.script(Script::on("^/pipelines").times(1).act(Act::Truncated));
    found(open(at_gate(&spinnaker.gate_url())).get(&execution("01X"), soon()).await);
    assert_eq!(spinnaker.requests().len(), 2);

    spinnaker.script(Script::on("^/pipelines").act(Act::Truncated));
    assert!(matches!(kind(&spinnaker.gate_url()).await, Kind::NoResponse(Cause::Truncated { got }) if got > 0));
    assert_eq!(spinnaker.requests().len(), 5);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let spinnaker = standin();
    for act in [Act::Never, Act::Drip(Duration::from_millis(5))] {
        spinnaker.script(Script::on("^/pipelines").times(1).act(act.clone()));
        let after = Duration::from_millis(500);
        let gate = open(Settings { try_timeout: after, ..at_gate(&spinnaker.gate_url()) });
        // One try is in vain, the next is answered.
        found(gate.get(&execution("01X"), soon()).await);

        spinnaker.script(Script::on("^/pipelines").times(3).act(act.clone()));
        let error = failed(gate.get(&execution("01X"), soon()).await);
        assert_eq!((error.kind, error.tries), (Cause::Timeout { after }.into(), 3), "{act:?}");

        // The deadline of the run is over before that of a try.
        spinnaker.script(Script::on("^/pipelines").times(1).act(act));
        let begun = Instant::now();
        let gate = open(at_gate(&spinnaker.gate_url()));
        let error = failed(gate.get(&execution("01X"), Deadline::after(Duration::from_millis(150))).await);
        assert_eq!(error.kind, Kind::Deadline { last: None });
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn depth_is_none_of_the_clients_business() {
    let spinnaker = standin();
    spinnaker.script(Script::on("^/pipelines").act(Act::Deep(100_000)));
    let gate = open(at_gate(&spinnaker.gate_url()));
    let Ok(Fetched::Found { bytes, .. }) = gate.get(&execution("01X"), soon()).await else { panic!("bytes are bytes") };
    assert_eq!(bytes.len(), 100_000 * 6 + 1);
}

#[test]
fn only_regular_files_are_read_and_nothing_else_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let fifo = at("fifo.json");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let socket = at("socket.json");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::os::unix::fs::symlink(at("loop.json"), at("loop.json")).unwrap();
    std::fs::create_dir(at("folder.json")).unwrap();
    for (path, what) in [
        (fifo, "a FIFO"),
        (socket, "a socket"),
        ("/dev/zero".into(), "a device"),
        (at("folder.json"), "a folder"),
        (at("loop.json"), "levels of symbolic links"),
    ] {
        let Err(error @ FileError::Unreadable { .. }) = InputFile::File(path).read() else { panic!("{what} was read") };
        assert!(error.to_string().contains(what), "{error}");
    }
    let hostile = at("a\n\u{1b}[31mSPINNAKER_PROPERTY_X.json");
    let told = expand(&[hostile], &Selection::everything()).pop().unwrap().unwrap_err().to_string();
    assert!(!told.contains(['\n', '\u{1b}']) && !told.contains("SPINNAKER_PROPERTY_"), "{told}");
}
