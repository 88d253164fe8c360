//! Who is trusted, who is shown, and that the environment has no say but where it is meant to.

use std::path::PathBuf;

use plimsoll::testing::http::{Cause, TlsSettings};
use plimsoll::testing::spinnaker::{Kind, Settings, SetupError, Spinnaker};

use super::{address, at_gate, execution, failed, found, open, soon};
use crate::support::plimsoll::{plimsoll, write};
use crate::support::spinnaker::raw::{End, Raw};
use crate::support::spinnaker::{Auth, Pki, Server, Standin, fixture};

fn standin(pki: &Pki, server: Server, auth: Auth) -> Standin {
    let spinnaker = Standin::options().tls(pki, server).auth(auth).start();
    spinnaker.execution("01X", fixture("docker-trigger"));
    spinnaker
}

async fn ask(url: &str, ca: PathBuf, identity: Option<(PathBuf, PathBuf)>) -> Result<(), Kind> {
    let settings = Settings { tls: TlsSettings { ca: Some(ca.into()), identity }, ..at_gate(url) };
    match open(settings).get(&execution("01X"), soon()).await {
        Ok(answer) => {
            found(Ok(answer));
            Ok(())
        }
        error => {
            let error = failed(error);
            assert!(!error.help().is_empty());
            Err(error.kind)
        }
    }
}

#[tokio::test]
async fn a_certificate_is_checked_against_the_own_authority_the_name_and_the_clock() {
    let pki = Pki::new();
    let verdict = async |server| {
        let spinnaker = standin(&pki, server, Auth::None);
        let verdict = ask(&spinnaker.gate_url(), pki.ca(), None).await;
        assert_eq!(spinnaker.requests().len(), usize::from(verdict.is_ok()), "nothing is sent to a stranger");
        verdict
    };
    assert_eq!(verdict(Server::Good).await, Ok(()));
    assert_eq!(verdict(Server::WrongName).await, Err(Cause::WrongName.into()));
    assert_eq!(verdict(Server::Expired).await, Err(Cause::Expired.into()));
    assert_eq!(verdict(Server::UnknownAuthority).await, Err(Cause::UnknownIssuer.into()));
}

#[tokio::test]
async fn http_and_https_taken_for_each_other() {
    let pki = Pki::new();
    let spinnaker = standin(&pki, Server::Good, Auth::None);
    let plain = Standin::start();
    let kind = ask(&plain.gate_url().replace("http:", "https:"), pki.ca(), None).await.unwrap_err();
    assert_eq!(kind, Cause::NotTls.into());
    let kind = ask(&spinnaker.gate_url().replace("https:", "http:"), pki.ca(), None).await.unwrap_err();
    assert!(matches!(kind, Kind::NoResponse(Cause::Closed | Cause::Malformed { .. })), "{kind}");
}

#[tokio::test]
async fn a_client_certificate_is_who_asks() {
    let pki = Pki::new();
    let robot = pki.client("robot@example.com");
    let stranger = pki.foreign_client("robot@example.com");
    let spinnaker = standin(&pki, Server::Good, Auth::X509);
    let url = spinnaker.gate_url();
    assert_eq!(ask(&url, pki.ca(), Some(robot.clone())).await, Ok(()));
    assert!(matches!(ask(&url, pki.ca(), None).await, Err(Kind::Forbidden { .. })), "403, neither 401 nor 302");
    let refused = ask(&url, pki.ca(), Some(stranger)).await;
    assert!(matches!(refused, Err(Kind::NoResponse(Cause::ClientCertificate { .. }))), "{refused:?}");

    // A good certificate with a bad token (S31).
    let tls = TlsSettings { ca: Some(pki.ca().into()), identity: Some(robot) };
    let mut settings = Settings { tls, ..at_gate(&url) };
    settings.credentials.token = Some("spk_bad".to_owned().into());
    let error = failed(open(settings).get(&execution("01X"), soon()).await);
    assert_eq!(error.kind, Kind::Unauthorized);
    assert!(error.help().contains("--gate-token-file and the certificate of --gate-cert"), "{}", error.help());
}

#[test]
fn files_that_cannot_be_used_are_named_with_what_to_do() {
    let pki = Pki::new();
    let (certificate, key) = pki.client("a@example.com");
    let (_, other_key) = pki.client("b@example.com");
    let empty: PathBuf = write(pki.file("").as_path(), "empty.pem", "no certificate here").into();
    let whole = std::fs::read_to_string(pki.ca()).expect("the authority");
    let damaged = |name: &str, text: String| PathBuf::from(write(pki.file("").as_path(), name, text));
    let cut = damaged("cut.pem", whole.lines().take(4).collect::<Vec<_>>().join("\n"));
    let typed = damaged("typed.pem", whole.replacen("MII", "M!I", 1));
    let wrong = damaged("wrong.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into());
    let ca = |ca: PathBuf| TlsSettings { ca: Some(ca.into()), identity: None };
    let identity =
        |pair: (&PathBuf, &PathBuf)| TlsSettings { ca: None, identity: Some((pair.0.clone(), pair.1.clone())) };
    for (tls, told) in [
        (ca(pki.file("none.pem")), "cannot read the CA file"),
        (ca("/dev/null".into()), "it is not a regular file"),
        (ca(empty.clone()), "contains no certificate"),
        (ca(cut.clone()), "cut.pem is damaged: the END line"),
        (ca(typed.clone()), "typed.pem is damaged: what stands between"),
        (ca(wrong.clone()), "wrong.pem contains a certificate that cannot be used"),
        (identity((&cut, &key)), "cut.pem is damaged"),
        (identity((&certificate, &typed)), "the client key"),
        (identity((&empty, &key)), "the client certificate"),
        (identity((&certificate, &empty)), "contains no private key"),
        (identity((&certificate, &other_key)), "cannot be used together"),
    ] {
        let settings = Settings { gate: address("https://gate"), tls, ..Settings::default() };
        let Err(error @ SetupError::Tls(_)) = Spinnaker::new(settings) else { panic!("accepted, not: {told}") };
        assert!(error.to_string().contains(told) && !error.help().is_empty(), "{error}");
    }
}

/// What `doctor` says of Gate's health, with these variables.
fn health(url: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = plimsoll();
    command.args(["doctor", "--gate-url", url]).args(arguments).envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find(|line| line.contains("(health)")).unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[test]
fn the_systems_store_is_trusted_unless_there_is_an_own_file() {
    let pki = Pki::new();
    let other = Pki::new();
    let spinnaker = standin(&pki, Server::Good, Auth::None);
    let url = spinnaker.gate_url();
    let (ca, foreign) = (pki.ca(), other.ca());
    let (ca, foreign) = (ca.to_str().unwrap(), foreign.to_str().unwrap());
    assert!(health(&url, &[], &[("SSL_CERT_FILE", ca)]).starts_with("ok "));
    assert!(health(&url, &[], &[]).contains("not trusted"));
    assert!(health(&url, &["--gate-ca", ca], &[]).starts_with("ok "));
    let only = health(&url, &["--gate-ca", foreign], &[("SSL_CERT_FILE", ca)]);
    assert!(only.contains("not trusted"), "an own file is all that is trusted: {only}");
}

#[test]
fn no_proxy_of_the_environment_is_obeyed() {
    let proxy = Raw::start(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", End::Close);
    let spinnaker = Standin::start();
    let at = proxy.url();
    let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let variables: Vec<(&str, &str)> = names.into_iter().map(|name| (name, at.as_str())).collect();
    assert!(health(&spinnaker.gate_url(), &[], &variables).starts_with("ok "));
    assert_eq!(proxy.count(), 0);
}
