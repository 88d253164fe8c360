//! Logging in to Gate through a real authorization server. `.ci/report-readers` installs it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::plimsoll::plimsoll;

const SECRET: &str = "planted+Secret/:4711";

/// The authorization server and a Gate that takes its tokens.
struct Servers {
    process: Child,
    issuer: String,
    gate: String,
}

impl Servers {
    fn start() -> Self {
        let tools = std::env::var_os("PLIMSOLL_REPORT_READERS").expect("PLIMSOLL_REPORT_READERS names their folder");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/signin/provider.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .arg(PathBuf::from(tools))
            .env("CLIENT_SECRET", SECRET)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let mut line = || lines.next().expect("the servers start").expect("a text");
        let (issuer, gate) = (line(), line());
        Self { process, issuer, gate }
    }

    fn doctor(&self, secret: &str, scope: &str) -> (Option<i32>, String) {
        let output = plimsoll()
            .args(["doctor", "--gate-url", &self.gate, "--gate-oauth-url", &format!("{}/token", self.issuer)])
            .args(["--gate-oauth-client-id", "plimsoll gate", "--gate-oauth-scope", scope])
            .env("PLIMSOLL_GATE_OAUTH_CLIENT_SECRET", secret)
            .output()
            .expect("the program starts");
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).expect("a text"))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_token_of_a_real_provider_logs_in_and_every_refusal_is_named() {
    let servers = Servers::start();
    let (_, said) = servers.doctor(SECRET, "gate");
    assert!(said.contains("(authentication): signed in as plimsoll gate"), "{said}");
    let (code, wrong) = servers.doctor("another", "gate");
    assert!(code != Some(0) && wrong.contains("it answered 401 invalid_client"), "{wrong}");
    assert!(wrong.contains("help: check --gate-oauth-client-id and its secret"), "{wrong}");
    let (code, other) = servers.doctor(SECRET, "other");
    assert!(code != Some(0) && other.contains("Gate was sent the token of --gate-oauth-url"), "{other}");
    for said in [said, wrong, other] {
        assert!(!said.contains(SECRET), "{said}");
    }
}
