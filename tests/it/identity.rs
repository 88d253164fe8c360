//! Identity tokens of triggers against a stand-in of an issuer over TLS, signed by a library that is not Plimsoll's own reader.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};

use crate::support::certificates;
use crate::support::https::Https;
use crate::support::plimsoll::{Ran, plimsoll, write};

const COMMIT: &str = "9f2c41d07b6e58a3c9d0e1f2a3b4c5d6e7f80912";

/// A server that answers as the file `mode` says, and writes each path into the file `asked`.
const SERVER: &str = r#"
import http.server, json, ssl, sys, threading, time

class Issuer(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *_): pass
    def answer(self, status, body, kind='application/json', **headers):
        self.send_response(status)
        for name, value in headers.items(): self.send_header(name, value)
        self.send_header('content-type', kind)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
    def do_GET(self):
        mode = open('mode').read()
        with open('asked', 'a') as log: log.write(self.path + '\n')
        me = 'https://localhost:%d' % self.server.server_port
        if mode == 'hang': return time.sleep(600)
        if mode == 'html': return self.answer(200, '<html>log in</html>', 'text/html')
        if mode == 'moved': return self.answer(302, '', location=me + '/keys')
        if mode == 'broken': return self.answer(500, '{}')
        if mode == 'twice' and self.path == '/keys': return self.answer(200, '{"keys": [], ' + open('keys.json').read()[1:])
        if mode == 'huge': return self.answer(200, '{"keys": "' + 'x' * (2 << 20) + '"}')
        if self.path == '/.well-known/openid-configuration':
            issuer = 'https://evil.example' if mode == 'other-issuer' else me
            keys = 'https://evil.example/keys' if mode == 'other-host' else me + '/keys'
            if mode == 'plain': keys = keys.replace('https', 'http')
            return self.answer(200, json.dumps({'issuer': issuer, 'jwks_uri': keys}))
        if self.path == '/keys': return self.answer(200, open('keys.json').read())
        self.answer(404, '{}')

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Issuer)
server.daemon_threads = True
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('server.pem', 'server.key')
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
"#;

struct Issuer {
    folder: tempfile::TempDir,
    /// Held, since it ends with its value.
    _server: Https,
    address: String,
}

/// A key of the issuer and its name.
struct Key {
    id: &'static str,
    pair: KeyPair,
}

impl Key {
    fn new(id: &'static str) -> Self {
        Self { id, pair: KeyPair::generate_for(&PKCS_RSA_SHA256).expect("a key") }
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.id.to_owned());
        header.x5t = Some("aGVsbG8".to_owned());
        let key = EncodingKey::from_rsa_pem(self.pair.serialize_pem().as_bytes()).expect("a key");
        encode(&header, claims, &key).expect("a token")
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

impl Issuer {
    fn start(keys: &[&Key]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        certificates::write(folder.path());
        write(folder.path(), "mode", "well");
        let server = Https::running(SERVER, folder.path());
        let address = format!("https://localhost:{}", server.port);
        let issuer = Self { folder, _server: server, address };
        issuer.publish(keys);
        issuer
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The issuer has these keys from now on.
    fn publish(&self, keys: &[&Key]) {
        for key in keys {
            write(self.path(), &format!("{}.pub", key.id), key.pair.public_key_pem());
        }
        let files: Vec<String> = keys.iter().map(|key| format!("{}.pub", key.id)).collect();
        let ran: Ran = plimsoll().current_dir(self.path()).arg("jwks").args(&files).output().expect("it runs").into();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let mut set: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        for (key, named) in set["keys"].as_array_mut().expect("keys").iter_mut().zip(keys) {
            key["kid"] = named.id.into();
        }
        write(self.path(), "keys.new", set.to_string());
        std::fs::rename(self.path().join("keys.new"), self.path().join("keys.json")).expect("it is replaced");
    }

    fn claims(&self) -> Value {
        json!({"iss": self.address, "aud": "plimsoll", "sub": "repo:acme/shop:ref:refs/heads/main", "repository": "acme/shop",
            "ref": "refs/heads/main", "sha": COMMIT, "iat": now() - 5, "nbf": now() - 5, "exp": now() + 300})
    }

    fn policy(&self, more: &Value) {
        let mut issuer = json!({"issuer": self.address, "audience": "plimsoll", "claims": {"repository": "acme/*", "ref": "refs/heads/main"},
            "commitClaim": "sha"});
        for (key, value) in more.as_object().expect("an object") {
            issuer[key] = value.clone();
        }
        let policy = json!({"schema": "plimsoll.dev/policy/v1", "name": "identity", "version": "1",
            "triggers": {"identity": {"required": ["manual", "webhook"], "issuers": [issuer]}}});
        write(self.path(), "policy.json", policy.to_string());
    }

    fn asked(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path().join("asked")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn check(&self, arguments: &[&str], files: &[String]) -> Ran {
        let mut command = plimsoll();
        command.current_dir(self.path()).env("SSL_CERT_FILE", "ca.pem");
        command.args([
            "check",
            "--policy",
            "policy.json",
            "--only",
            "invalid-identity-token,manual-trigger,plaintext-secret",
        ]);
        command.args(["--deadline", "3s"]).args(arguments).args(files).output().expect("it runs").into()
    }

    /// How the release that `token` starts is judged: the outcome of the check, and everything that was written.
    fn judge(&self, token: &str, arguments: &[&str]) -> (String, String) {
        let file = self.release("release.json", token);
        let ran = self.check(&[&["--format", "verdict"], arguments].concat(), &[file]);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            !said.contains(token) && !said.contains(token.rsplit('.').next().expect("a part")),
            "the token is shown"
        );
        let verdict: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{said}"));
        (outcome(&verdict, "invalid-identity-token"), said)
    }

    fn release(&self, name: &str, token: &str) -> String {
        let release = json!({"type": "PIPELINE", "id": name, "application": "shop", "name": "Deploy", "status": "RUNNING",
            "buildTime": now() * 1000, "authentication": {"user": "ci@example.com"},
            "trigger": {"type": "manual", "parameters": {"identityToken": token},
                "artifacts": [{"type": "git/repo", "reference": "https://git.example.com/acme/shop", "version": COMMIT}]},
            "stages": [{"refId": "1", "type": "deploy", "name": "Deploy", "status": "NOT_STARTED", "context": {"account": "prod"}}]});
        write(self.path(), name, release.to_string());
        name.to_owned()
    }
}

fn check_without_policy(issuer: &Issuer) -> Value {
    let arguments = ["check", "release.json", "--only", "manual-trigger,plaintext-secret", "--format", "verdict"];
    let ran: Ran = plimsoll().current_dir(issuer.path()).args(arguments).output().expect("it runs").into();
    ran.json()
}

fn outcome(verdict: &Value, id: &str) -> String {
    let checks = verdict["checks"].as_array().expect("checks");
    let line = checks.iter().find(|check| check["id"] == id).expect("it ran");
    line["outcome"].as_str().expect("a text").to_owned()
}

#[test]
fn a_job_proves_itself_by_a_key_that_its_issuer_publishes() {
    let (key, stranger) = (Key::new("k1"), Key::new("k1"));
    let issuer = Issuer::start(&[&key]);
    issuer.policy(&json!({}));
    let token = key.sign(&issuer.claims());
    let (answer, said) = issuer.judge(&token, &[]);
    assert_eq!(answer, "passed", "{said}");
    assert_eq!(issuer.asked(), ["/.well-known/openid-configuration", "/keys"]);
    // A person's API key started it; the token makes it the job's start. The token is no secret that the release leaks.
    let ran = issuer.check(&["--format", "verdict"], &["release.json".to_owned()]);
    for check in ["manual-trigger", "plaintext-secret"] {
        assert_eq!(outcome(&ran.json(), check), "passed", "{}", ran.stdout);
    }
    // Where the policy accepts no tokens, it is one, and a person started it.
    let verdict = check_without_policy(&issuer);
    for check in ["manual-trigger", "plaintext-secret"] {
        assert_eq!(outcome(&verdict, check), "failed", "{verdict}");
    }

    let (answer, said) = issuer.judge(&stranger.sign(&issuer.claims()), &[]);
    assert!(answer == "failed" && said.contains("signature does not hold"), "{said}");
    let mut claims = issuer.claims();
    claims["sha"] = "0123456789012345678901234567890123456789".into();
    let (answer, said) = issuer.judge(&key.sign(&claims), &[]);
    assert!(answer == "failed" && said.contains("it is for the commit 0123456789"), "{said}");
    // Symmetric, with the public key as the secret.
    let forged = encode(
        &Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) },
        &issuer.claims(),
        &EncodingKey::from_secret(key.pair.public_key_pem().as_bytes()),
    );
    let (answer, said) = issuer.judge(&forged.expect("a token"), &[]);
    assert!(answer == "failed" && said.contains("algorithm"), "{said}");
}

#[test]
fn only_issuers_of_the_policy_are_asked_and_none_offline() {
    let key = Key::new("k1");
    let issuer = Issuer::start(&[&key]);
    let other = Issuer::start(&[&key]);
    issuer.policy(&json!({}));
    let (answer, said) = issuer.judge(&key.sign(&other.claims()), &[]);
    assert!(answer == "failed" && said.contains("not accepted (iss)"), "{said}");
    let (answer, _) = issuer.judge(&key.sign(&issuer.claims()), &["--offline=true"]);
    assert_eq!(answer, "skipped");
    assert!(issuer.asked().is_empty() && other.asked().is_empty());

    // The keys may be in a file, which is pinned by its hash.
    issuer.policy(&json!({"jwks": "keys.json"}));
    let (answer, said) = issuer.judge(&key.sign(&issuer.claims()), &["--offline=true"]);
    assert_eq!(answer, "passed", "{said}");
    issuer.policy(&json!({"jwks": "keys.json", "jwksSha256": "00"}));
    let file = issuer.release("release.json", &key.sign(&issuer.claims()));
    let ran = issuer.check(&[], &[file]);
    assert!(ran.code == 2 && ran.stderr.contains("and jwksSha256 is 00"), "{}", ran.stderr);
    assert!(issuer.asked().is_empty());

    // Or at an address that the policy names: then nothing else is asked.
    issuer.policy(&json!({"jwksUrl": format!("{}/keys", issuer.address)}));
    assert_eq!(issuer.judge(&key.sign(&issuer.claims()), &[]).0, "passed");
    assert_eq!(issuer.asked(), ["/keys"]);
}

#[test]
fn an_issuer_that_does_not_answer_well_proves_nothing() {
    let key = Key::new("k1");
    let issuer = Issuer::start(&[&key]);
    issuer.policy(&json!({}));
    let token = key.sign(&issuer.claims());
    for (mode, reason) in [
        ("html", "not a JSON object"),
        ("moved", "status 302"),
        ("broken", "status 500"),
        ("twice", "not a JSON object"),
        ("huge", "keys of the issuer"),
        ("other-host", "on another host"),
        ("plain", "on another host"),
        ("other-issuer", "is that of"),
    ] {
        write(issuer.path(), "mode", mode);
        let (answer, said) = issuer.judge(&token, &[]);
        assert_eq!(answer, "inconclusive", "{mode}: {said}");
        assert!(said.contains(reason), "{mode}: {said}");
    }
    write(issuer.path(), "mode", "hang");
    let began = Instant::now();
    let (answer, said) = issuer.judge(&token, &[]);
    assert_eq!(answer, "inconclusive", "{said}");
    assert!(began.elapsed() < Duration::from_secs(20), "it waited for {:?}", began.elapsed());
    // Without the authority of the issuer its certificate proves nothing.
    write(issuer.path(), "mode", "well");
    std::fs::copy(issuer.path().join("client.pem"), issuer.path().join("ca.pem")).expect("it is replaced");
    assert_eq!(issuer.judge(&token, &[]).0, "inconclusive");
}

#[test]
fn keys_are_rotated_while_releases_are_judged() {
    let (old, new) = (Key::new("k1"), Key::new("k2"));
    let issuer = Issuer::start(&[&old]);
    issuer.policy(&json!({}));
    // One run over many releases asks once.
    let files: Vec<String> =
        (0..30).map(|n| issuer.release(&format!("r{n}.json"), &old.sign(&issuer.claims()))).collect();
    let outcomes = |ran: &Ran| -> Vec<String> {
        let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
        let verdicts = report["verdicts"].as_array().expect("verdicts");
        verdicts.iter().map(|verdict| outcome(verdict, "invalid-identity-token")).collect()
    };
    let ran = issuer.check(&["--format", "json"], &files);
    assert_eq!(outcomes(&ran), vec!["passed"; 30]);
    assert_eq!(issuer.asked().len(), 2);

    // Both keys overlap, then the former one is gone: what it signed proves nothing any more.
    issuer.publish(&[&old, &new]);
    let mixed: Vec<String> = (0..10)
        .map(|n| issuer.release(&format!("r{n}.json"), &(if n % 2 == 0 { &old } else { &new }).sign(&issuer.claims())))
        .collect();
    assert_eq!(outcomes(&issuer.check(&["--format", "json"], &mixed)), vec!["passed"; 10]);
    issuer.publish(&[&new]);
    let (answer, said) = issuer.judge(&old.sign(&issuer.claims()), &[]);
    assert!(answer == "failed" && said.contains("does not have the key"), "{said}");

    // Names of keys that nobody has do not make a run ask for each of them, and never pass.
    let before = issuer.asked().len();
    let unknown: Vec<String> = ["x1", "x2", "x3", "x4", "x5", "x6"]
        .iter()
        .map(|id| issuer.release(&format!("{id}.json"), &Key::new(id).sign(&issuer.claims())))
        .collect();
    let answers = outcomes(&issuer.check(&["--format", "json"], &unknown));
    assert!(answers.iter().all(|answer| answer == "failed" || answer == "inconclusive"), "{answers:?}");
    assert!(issuer.asked().len() - before <= 8, "{:?}", issuer.asked());

    // A gate runs under load while the keys change: every judgment sees one set or the other, and passes.
    std::thread::scope(|scope| {
        let judging: Vec<_> = (0..4)
            .map(|n| {
                let (issuer, new, outcomes) = (&issuer, &new, &outcomes);
                scope.spawn(move || {
                    let files: Vec<String> = (0..5)
                        .map(|m| issuer.release(&format!("l{n}-{m}.json"), &new.sign(&issuer.claims())))
                        .collect();
                    outcomes(&issuer.check(&["--format", "json"], &files))
                })
            })
            .collect();
        for keys in [vec![&old, &new], vec![&new], vec![&new, &old], vec![&new]] {
            issuer.publish(&keys);
        }
        for judged in judging {
            assert_eq!(judged.join().expect("it ends"), vec!["passed"; 5]);
        }
    });
}

#[test]
fn a_policy_that_would_accept_anyone_is_refused() {
    let key = Key::new("k1");
    let issuer = Issuer::start(&[&key]);
    for (more, reason) in [
        (json!({"claims": {}}), "no claim is narrower"),
        (json!({"claims": {"repository": "*", "ref": ["refs/heads/main", "**"]}}), "no claim is narrower"),
        (json!({"audience": "*"}), "audience"),
        (json!({"issuer": "http://issuer.example"}), "not an https:// address"),
        (json!({"issuer": "https://user@issuer.example"}), "not an https:// address"),
        (json!({"jwksUrl": "http://issuer.example/keys"}), "not an https:// address"),
        (json!({"jwksUrl": "https://issuer.example/keys", "jwks": "keys.json"}), "remove jwks or jwksUrl"),
        (json!({"algorithms": []}), "algorithms"),
        (json!({"algorithms": ["HS256"]}), "HS256"),
        (json!({"algorithms": ["none"]}), "none"),
        (json!({"maxAge": "100d"}), "invalid duration"),
        (json!({"jwks": "missing.json"}), "cannot be read"),
    ] {
        issuer.policy(&more);
        let ran: Ran = plimsoll()
            .current_dir(issuer.path())
            .args(["policy", "lint", "policy.json"])
            .output()
            .expect("it runs")
            .into();
        assert!(ran.code == 2 && ran.stderr.contains(reason), "{more}: {} {}", ran.stdout, ran.stderr);
    }
}
