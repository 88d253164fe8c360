//! Who asks, and that nobody else learns how he proves it.

use plimsoll::base::secret::Secret;

use plimsoll::clients::spinnaker::{Credentials, Kind, Redirect, RequestError, Resource, Settings};
use serde_json::json;

use super::{address, at_gate, execution, failed, found, open, soon};
use crate::support::spinnaker::raw::{End, Raw};
use crate::support::spinnaker::{Act, Auth, Script, Standin, fixture};

fn token(token: &str) -> Credentials {
    Credentials { token: Some(Secret::new(token.to_owned())), ..Credentials::default() }
}

fn basic(user: &str, password: &str) -> Credentials {
    Credentials { basic: Some((user.to_owned(), Secret::new(password.to_owned()))), ..Credentials::default() }
}

async fn ask(spinnaker: &Standin, credentials: Credentials) -> Result<(), RequestError> {
    let gate = open(Settings { credentials, ..at_gate(&spinnaker.gate_url()) });
    match gate.get(&execution("01X"), soon()).await {
        Ok(answer) => {
            found(Ok(answer));
            Ok(())
        }
        error => Err(failed(error)),
    }
}

fn standin(auth: Auth) -> Standin {
    let spinnaker = Standin::options().auth(auth).start();
    spinnaker.execution("01X", fixture("manual-gate-running"));
    spinnaker
}

fn is_login(kind: &Kind) -> bool {
    matches!(kind, Kind::Redirect { status: 302, why: Redirect::Login, .. })
}

#[tokio::test]
async fn an_api_token_goes_into_its_own_header() {
    let spinnaker = standin(Auth::ApiToken { token: "spk_t0p", user: "robot" });
    // A file's last line break is no part of the token.
    ask(&spinnaker, token("spk_t0p\n")).await.unwrap();
    let request = spinnaker.last();
    assert_eq!(request.header("x-spinnaker-token"), Some("spk_t0p"));
    assert_eq!((request.header("authorization"), request.header("cookie")), (None, None));

    let error = ask(&spinnaker, token("spk_wrong")).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unauthorized);
    assert!(error.help().contains("the token of --gate-token-file"), "{}", error.help());
    let error = ask(&spinnaker, Credentials::default()).await.unwrap_err();
    assert!(is_login(&error.kind), "{error}");
    assert!(error.help().contains("Gate was sent no credential"), "{}", error.help());
}

#[tokio::test]
async fn any_other_token_is_a_bearer_token() {
    let spinnaker = standin(Auth::Bearer { token: "eyJ.x.y", user: "robot" });
    ask(&spinnaker, token("eyJ.x.y")).await.unwrap();
    assert_eq!(spinnaker.last().header("authorization"), Some("Bearer eyJ.x.y"));
    assert_eq!(spinnaker.last().header("x-spinnaker-token"), None);
    assert!(is_login(&ask(&spinnaker, token("eyJ.x.z")).await.unwrap_err().kind));
}

#[tokio::test]
async fn user_and_password() {
    let spinnaker = standin(Auth::Basic { user: "robot", password: "p:ä ss" });
    ask(&spinnaker, basic("robot", "p:ä ss\r\n")).await.unwrap();
    let error = ask(&spinnaker, basic("robot", "wrong")).await.unwrap_err();
    assert!(is_login(&error.kind));
    assert!(error.help().contains("--gate-user"), "{}", error.help());
}

#[tokio::test]
async fn a_service_asked_directly_gets_a_name_and_no_secret() {
    let spinnaker = standin(Auth::None);
    spinnaker.document("applications", "shop", json!({"name": "shop"}));
    let credentials = Credentials { spinnaker_user: Some("robot".into()), ..token("spk_t0p") };
    let both = open(Settings { orca: address(&spinnaker.orca_url()), credentials, ..at_gate(&spinnaker.gate_url()) });
    found(both.get(&execution("01X"), soon()).await);
    let at_orca = spinnaker.last();
    assert_eq!(at_orca.header("x-spinnaker-user"), Some("robot"));
    assert!(!format!("{at_orca:?}").contains("spk_t0p"));
    found(both.get(&Resource::Application { name: "shop".into() }, soon()).await);
    let at_gate = spinnaker.last();
    assert_eq!(at_gate.header("x-spinnaker-user"), Some("robot"), "for a proxy that trusts it");
    assert_eq!(at_gate.header("x-spinnaker-token"), Some("spk_t0p"));
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_target_learns_nothing() {
    let other = standin(Auth::None);
    let spinnaker = standin(Auth::Bearer { token: "t0psecret", user: "robot" });
    for status in ["/pipelines/01X", "/?state=s3cret"] {
        let target = format!("{}{status}", other.gate_url());
        spinnaker.script(Script::on("^/pipelines").times(1).act(Act::RedirectTo(target)));
        let error = ask(&spinnaker, token("t0psecret")).await.unwrap_err();
        assert!(is_login(&error.kind), "{error}");
        assert!(!format!("{error:?} {error}").contains("s3cret"), "only the host of the target is told");
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn no_failure_repeats_a_credential() {
    let echo = |secret: &str| json!({"status": 403, "error": "x", "message": format!("bad {secret}!")}).to_string();
    let encoded = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode("robot:t0psecret")
    };
    for (credentials, secret) in [
        (token("t0psecret"), "t0psecret"),
        (token("spk_t0psecret"), "spk_t0psecret"),
        (basic("robot", "t0psecret"), "t0psecret"),
        (basic("robot", "t0psecret"), &encoded),
    ] {
        // A server that quotes what it was sent, as a status and as a body.
        let quoting = Raw::start(
            &[b"HTTP/1.1 403 no\r\nconnection: close\r\n\r\n", echo(secret).as_bytes()].concat(),
            End::Close,
        );
        let gate = open(Settings { credentials, ..at_gate(&quoting.url()) });
        let error = failed(gate.get(&execution("01X"), soon()).await);
        assert!(matches!(error.kind, Kind::Forbidden { .. }));
        let told = format!("{error} {error:?} {}", error.help());
        assert!(!told.contains(secret) && !told.contains("t0psecret"), "{told}");
    }
}
