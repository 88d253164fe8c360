//! What is asked again, how often, and when.

use std::time::{Duration, Instant};

use plimsoll::base::deadline::Deadline;
use plimsoll::base::retry::Retries;
use plimsoll::clients::http::Cause;
use plimsoll::clients::spinnaker::Kind;
use plimsoll::clients::spinnaker::Settings;

use super::{at_gate, execution, failed, found, kind, open, soon};
use crate::support::spinnaker::raw::{End, Raw, Refusing};
use crate::support::spinnaker::{Act, Script, Standin, fixture};

fn standin() -> Standin {
    let spinnaker = Standin::start();
    spinnaker.execution("01X", fixture("webhook-trigger"));
    spinnaker
}

#[tokio::test]
async fn a_passing_trouble_is_outlasted() {
    for act in [Act::Status(500), Act::Status(503), Act::TooManyRequests(None), Act::Close, Act::Truncated] {
        let spinnaker = standin();
        spinnaker.script(Script::on("^/pipelines").times(2).act(act.clone()));
        found(open(at_gate(&spinnaker.gate_url())).get(&execution("01X"), soon()).await);
        assert_eq!(spinnaker.requests().len(), 3, "{act:?}");
    }
    // Not only the first answers can fail.
    let spinnaker = standin();
    spinnaker.script(Script::on("^/pipelines").after(1).times(1).act(Act::Status(503)));
    let gate = open(at_gate(&spinnaker.gate_url()));
    for _ in 0..2 {
        found(gate.get(&execution("01X"), soon()).await);
    }
    assert_eq!(spinnaker.requests().len(), 3);
}

#[tokio::test]
async fn a_lasting_trouble_ends_after_the_last_try() {
    let spinnaker = standin();
    spinnaker.script(Script::on("^/pipelines").act(Act::Status(503)));
    let error = failed(open(at_gate(&spinnaker.gate_url())).get(&execution("01X"), soon()).await);
    assert!(matches!(error.kind, Kind::Server { status: 503, .. }));
    assert_eq!((error.tries, spinnaker.requests().len()), (3, 3));
    assert!(error.to_string().ends_with("after 3 tries"), "{error}");
}

#[tokio::test]
async fn what_would_end_the_same_way_is_asked_once() {
    for act in [
        Act::Login,
        Act::Unauthorized,
        Act::Status(400),
        Act::Status(403),
        Act::Status(501),
        Act::NoRoute,
        Act::Html,
        Act::Empty,
        Act::Header("content-encoding", "br".into()),
    ] {
        let spinnaker = standin();
        spinnaker.script(Script::on("^/pipelines").act(act.clone()));
        let error = failed(open(at_gate(&spinnaker.gate_url())).get(&execution("01X"), soon()).await);
        assert_eq!((error.tries, spinnaker.requests().len()), (1, 1), "{act:?}");
    }
}

#[tokio::test]
async fn connections_that_fail_are_told_apart() {
    let error = failed(open(at_gate(&Refusing::new().url())).get(&execution("01X"), soon()).await);
    assert_eq!((error.kind.clone(), error.tries), (Cause::Refused.into(), 3));
    assert!(error.help().contains("--gate-url"), "{}", error.help());

    let reset = Raw::start(b"", End::Reset);
    assert_eq!(kind(&reset.url()).await, Cause::Closed.into());
    assert_eq!(reset.count(), 3);
    let closed = Raw::start(b"", End::Close);
    assert_eq!(kind(&closed.url()).await, Cause::Closed.into());
    assert_eq!(closed.count(), 3);

    let nonsense = Raw::start(b"SSH-2.0-OpenSSH_9.2\r\n", End::Close);
    assert!(matches!(kind(&nonsense.url()).await, Kind::NoResponse(Cause::Malformed { .. })));
    assert_eq!(nonsense.count(), 1);

    // `.invalid` is never a host (RFC 6761).
    let unknown = open(Settings { retries: Retries::once(), ..at_gate("http://gate.invalid:8084") });
    let error = failed(unknown.get(&execution("01X"), Deadline::after(Duration::from_mins(1))).await);
    assert_eq!(error.kind, Cause::Unresolved.into());
}

#[tokio::test]
async fn retry_after_is_waited_for_when_the_deadline_allows() {
    let spinnaker = standin();
    spinnaker.script(Script::on("^/pipelines").times(1).act(Act::TooManyRequests(Some("1".into()))));
    let begun = Instant::now();
    let gate = open(at_gate(&spinnaker.gate_url()));
    found(gate.get(&execution("01X"), soon()).await);
    assert!(begun.elapsed() >= Duration::from_secs(1));

    spinnaker.script(Script::on("^/pipelines").times(1).act(Act::TooManyRequests(Some("3600".into()))));
    let begun = Instant::now();
    let error = failed(gate.get(&execution("01X"), soon()).await);
    assert_eq!(error.kind, Kind::TooManyRequests { retry_after: Some(Duration::from_hours(1)) });
    assert_eq!(error.tries, 1);
    assert!(begun.elapsed() < Duration::from_secs(10), "an hour that there is not is not begun");
}

#[tokio::test]
async fn no_try_begins_after_the_deadline() {
    let spinnaker = standin();
    spinnaker.script(Script::on("^/pipelines").act(Act::Status(500)));
    let retries = Retries::new(100, Duration::from_millis(50), Duration::from_millis(50)).unwrap();
    let gate = open(Settings { retries, ..at_gate(&spinnaker.gate_url()) });
    let begun = Instant::now();
    let error = failed(gate.get(&execution("01X"), Deadline::after(Duration::from_secs(1))).await);
    assert!(begun.elapsed() < Duration::from_secs(10));
    let last = match error.kind {
        Kind::Deadline { last: Some(last) } => *last,
        other => other,
    };
    assert!(matches!(last, Kind::Server { status: 500, .. }), "{last}");
    let late = failed(gate.get(&execution("01X"), Deadline::after(Duration::ZERO)).await);
    assert_eq!((late.kind, late.tries), (Kind::Deadline { last: None }, 0));
}
