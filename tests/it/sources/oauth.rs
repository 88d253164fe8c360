//! Tokens for Gate from an authorization server: each grant, renewal, and every way it can refuse.

use plimsoll::testing::Secret;
use plimsoll::testing::http::address::Address;
use plimsoll::testing::spinnaker::{Credentials, Error, Fetched, Settings, TokenSource};
use serde_json::json;

use super::{at_gate, execution, open, soon};
use crate::support::scripted::{Asked, Reply, Scripted};

const SECRET: &str = "planted-Client+Secret/4711";
const ASSERTION: &str = "planted-Assertion-4712";

fn json_reply(status: u16, body: &serde_json::Value) -> Reply {
    Reply::Full(status, vec![("content-type", "application/json".to_owned())], body.to_string())
}

type Answer = Box<dyn Fn() -> Reply + Send + Sync>;

/// A server whose tokens are `token-0`, `token-1` and so on.
fn issuing(expires_in: u64) -> Scripted {
    Scripted::start(move |_, n| {
        json_reply(
            200,
            &json!({"access_token": format!("token-{n}"), "token_type": "bearer", "expires_in": expires_in}),
        )
    })
}

/// A Gate that has one execution.
fn gate() -> Scripted {
    Scripted::start(|_, _| json_reply(200, &json!({"id": "01X", "stages": []})))
}

fn source(server: &Scripted) -> TokenSource {
    TokenSource {
        address: Address::parse(&format!("{}/oauth2/token", server.address)).expect("an address"),
        client_id: Some("plimsoll".to_owned()),
        client_secret: Some(Secret::new(format!("{SECRET}\n"))),
        assertion: None,
        scope: Some("gate:read gate:write".to_owned()),
        audience: None,
        authorities: None,
    }
}

fn settings(gate: &Scripted, source: TokenSource) -> Settings {
    let credentials = Credentials { token_source: Some(source), ..Credentials::default() };
    Settings { credentials, ..at_gate(&gate.address) }
}

fn bearers(gate: &Scripted) -> Vec<String> {
    gate.asked().iter().map(|asked| asked.header("authorization").unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_token_is_fetched_once_for_requests_at_the_same_time() {
    let (server, gate) = (issuing(3600), gate());
    let spinnaker = open(settings(&gate, source(&server)));
    let id = execution("01X");
    let answers = tokio::join!(spinnaker.get(&id, soon()), spinnaker.get(&id, soon()), spinnaker.get(&id, soon()));
    assert!(matches!(answers, (Ok(Fetched::Found { .. }), Ok(Fetched::Found { .. }), Ok(Fetched::Found { .. }))));
    assert_eq!(bearers(&gate), ["Bearer token-0"; 3]);

    let asked = server.asked();
    let [Asked { method, path, body, .. }] = asked.as_slice() else { panic!("{} requests", asked.len()) };
    assert_eq!((&**method, &**path), ("POST", "/oauth2/token"));
    assert_eq!(body, "grant_type=client_credentials&scope=gate%3Aread%20gate%3Awrite");
    // `plimsoll:` and the secret, encoded as in a form first.
    let basic = "Basic cGxpbXNvbGw6cGxhbnRlZC1DbGllbnQlMkJTZWNyZXQlMkY0NzEx";
    assert_eq!(asked[0].header("authorization"), Some(basic));
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let (server, gate) = (issuing(2), gate());
    let spinnaker = open(settings(&gate, source(&server)));
    for _ in 0..2 {
        assert!(spinnaker.get(&execution("01X"), soon()).await.is_ok());
        // Half of its life, after which it is renewed.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    }
    assert_eq!(bearers(&gate), ["Bearer token-0", "Bearer token-1"]);
}

#[tokio::test]
async fn the_identity_token_of_a_workload_takes_the_place_of_the_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{ASSERTION}\n")).expect("a file");
    let with_assertion = |server: &Scripted, client_id: Option<&str>| TokenSource {
        client_id: client_id.map(str::to_owned),
        client_secret: None,
        assertion: Some(file.clone()),
        scope: None,
        audience: Some("gate".to_owned()),
        ..source(server)
    };
    let (server, gate) = (issuing(3600), gate());
    for client_id in [Some("plimsoll"), None] {
        let spinnaker = open(settings(&gate, with_assertion(&server, client_id)));
        assert!(spinnaker.get(&execution("01X"), soon()).await.is_ok());
    }
    let bodies: Vec<String> = server.asked().into_iter().map(|asked| asked.body).collect();
    assert_eq!(
        bodies,
        [
            "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=planted-Assertion-4712&client_id=plimsoll&audience=gate",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&subject_token=planted-Assertion-4712&audience=gate",
        ]
    );
}

#[tokio::test]
async fn what_the_server_refuses_is_named_without_any_secret() {
    let page = || Reply::Full(200, vec![("content-type", "text/html".to_owned())], "<html>Log in</html>".to_owned());
    let echo = json!({"error": "invalid_client", "error_description": format!("{SECRET} is wrong")});
    let cases: Vec<(Answer, &str, &str)> = vec![
        (Box::new(move || json_reply(401, &echo)), "answered 401 invalid_client", "--gate-oauth-client-id"),
        (
            Box::new(|| json_reply(400, &json!({"error": "invalid_grant"}))),
            "answered 400 invalid_grant",
            "--gate-oauth-assertion-file",
        ),
        (Box::new(|| json_reply(503, &json!({}))), "answered 503", "authorization server"),
        (Box::new(page), "did not answer with a token", "token_endpoint"),
        (
            Box::new(|| Reply::Full(302, vec![("location", "/login".to_owned())], String::new())),
            "answered 302",
            "--gate-oauth",
        ),
        (
            Box::new(|| json_reply(200, &json!({"access_token": "t", "token_type": "mac"}))),
            "not a bearer token",
            "bearer",
        ),
        (Box::new(|| json_reply(200, &json!({"access_token": "t\r\nx: y"}))), "cannot be sent", "authorization server"),
        (Box::new(|| Reply::BrokenOff("{".to_owned())), "cannot be fetched", "--gate-oauth-url"),
    ];
    for (answer, reason, help) in cases {
        let (server, gate) = (Scripted::start(move |_, _| answer()), gate());
        let spinnaker = open(settings(&gate, source(&server)));
        let deadline = plimsoll::testing::Deadline::after(std::time::Duration::from_secs(2));
        let Err(error @ Error::Token { .. }) = spinnaker.get(&execution("01X"), deadline).await else {
            panic!("{reason}: a token was accepted")
        };
        assert!(error.to_string().contains(reason), "{error}");
        assert!(error.help().contains(help), "{}", error.help());
        assert!(!format!("{error}{error:?}{}", error.help()).contains("planted"), "{error:?}");
        assert!(gate.asked().is_empty(), "Gate was asked without a token");
    }
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let run = |arguments: &[&str]| {
        crate::support::plimsoll::run([&["doctor", "--gate-url", "http://127.0.0.1:9"], arguments].concat())
    };
    for (arguments, words) in [
        (&["--gate-oauth-url", "http://login.example.com/token"][..], "HTTPS only"),
        (&["--gate-oauth-url", "https://login.example.com/token"], "requires --gate-oauth-client-id"),
        (&["--gate-oauth-url", "https://login.example.com/token", "--gate-oauth-client-id", "x"], "requires"),
        (&["--gate-oauth-url", "nowhere"], "--gate-oauth-url"),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!([&*ran.stdout, &*ran.stderr].concat().contains(words), "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    }
}
