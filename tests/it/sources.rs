//! Where documents come from, over real sockets: the library's client against a stand-in that misbehaves as Spinnaker does.

mod answers;
mod applications;
mod credentials;
mod limits;
mod oauth;
mod retries;
mod stages;
mod tls;

use std::time::Duration;

use plimsoll::testing::Deadline;
use plimsoll::testing::Retries;
use plimsoll::testing::http::address::Address;
use plimsoll::testing::spinnaker::Kind;
use plimsoll::testing::spinnaker::{Error, Fetched, Resource, Settings, Spinnaker};

/// Long enough for any answer that comes at all.
fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(20))
}

/// Settings that try three times, almost at once.
fn quick() -> Settings {
    let retries = Retries::new(3, Duration::from_millis(1), Duration::from_millis(4)).expect("a sensible policy");
    Settings { retries, ..Settings::default() }
}

fn address(url: &str) -> Option<Address> {
    Some(Address::parse(url).expect("an address"))
}

fn at_gate(url: &str) -> Settings {
    Settings { gate: address(url), ..quick() }
}

#[track_caller]
fn open(settings: Settings) -> Spinnaker {
    Spinnaker::new(settings).expect("the settings are good")
}

fn execution(id: &str) -> Resource {
    Resource::Execution { id: id.to_owned() }
}

/// What was found.
#[track_caller]
fn found(answer: Result<Fetched, Error>) -> (serde_json::Value, String) {
    match answer {
        Ok(Fetched::Found { bytes, origin }) => (serde_json::from_slice(&bytes).expect("the document is JSON"), origin),
        Ok(other) => panic!("not found: {other:?}"),
        Err(error) => panic!("{error}; {}", error.help()),
    }
}

/// What went wrong with the request.
#[track_caller]
fn failed(answer: Result<Fetched, Error>) -> plimsoll::testing::spinnaker::RequestError {
    match answer {
        Err(Error::Http(error)) => *error,
        other => panic!("not a failed request: {other:?}"),
    }
}

/// What went wrong with reading the execution `01X` from Gate at `url`.
async fn kind(url: &str) -> Kind {
    failed(open(at_gate(url)).get(&execution("01X"), soon()).await).kind
}
