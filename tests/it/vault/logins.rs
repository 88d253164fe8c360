//! Every way to log in, against a real server; its audit device tells what was asked.

use std::process::{Child, Command, Stdio};

use super::*;
use crate::support::openbao;
use crate::support::until::until_some;

/// A server with every method that this release has, and one secret.
static LOGINS: LazyLock<OpenBao> = LazyLock::new(|| {
    let server = OpenBao::start();
    server.mount_kv("kv2", 2);
    server.call("POST", "kv2/data/shop", &json!({"data": {"password": PLANTED}}));
    server.policy("reader", READER);
    for method in ["approle", "jwt", "cert", "userpass"] {
        server.call("POST", &format!("sys/auth/{method}"), &json!({"type": method}));
    }
    server.call("POST", "auth/approle/role/gate", &json!({"token_policies": ["reader"]}));
    server
});

/// Logs in, reads the secret and gives the token back.
fn read_with(server: &OpenBao, more: &[(&str, &str)]) -> Result<String, Error> {
    let settings = to_server(server, more);
    block(async {
        let vault = Vault::connect(&settings, within(20)).await?;
        let answers = vault.resolve(&[reference("vault:kv2/shop#password")], within(20)).await;
        vault.close().await;
        Ok(told(&answers[0]))
    })
}

fn good() -> Result<String, Error> {
    Ok(format!("= {PLANTED}"))
}

fn role_id(server: &OpenBao) -> String {
    server.call("GET", "auth/approle/role/gate/role-id", &Value::Null)["data"]["role_id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

/// The tokens of a server that are not root's, and how many of them were given back, by its audit device.
fn granted_and_given_back(server: &OpenBao, login: &str) -> (usize, usize) {
    let audit = server.audit();
    let granted: Vec<String> = audit
        .iter()
        .filter(|entry| entry["type"] == "response" && entry["request"]["path"] == login)
        .filter_map(|entry| entry["auth"]["client_token"].as_str().map(str::to_owned))
        .collect();
    let is_back = |token: &&String| {
        audit.iter().any(|entry| {
            entry["type"] == "response"
                && entry["request"]["path"] == "auth/token/revoke-self"
                && entry["auth"]["client_token"] == token.as_str()
        })
    };
    (granted.len(), granted.iter().filter(is_back).count())
}

#[test]
fn approle_logs_in_and_its_token_is_revoked_at_the_end() {
    SERVER.call("POST", "sys/auth/approle", &json!({"type": "approle"}));
    SERVER.policy("approle-reader", READER);
    SERVER.call("POST", "auth/approle/role/gate", &json!({"token_policies": ["approle-reader"]}));
    let role = SERVER.call("GET", "auth/approle/role/gate/role-id", &Value::Null)["data"]["role_id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let secret = SERVER.call("POST", "auth/approle/role/gate/secret-id", &json!({}))["data"]["secret_id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let settings = to_server(&SERVER, &[("VAULT_ROLE_ID", &role), ("VAULT_SECRET_ID", &secret)]);
    block(async {
        let vault = Vault::connect(&settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        let answers = vault.resolve(&[reference("vault:kv2/shop#password")], within(20)).await;
        assert_eq!(told(&answers[0]), format!("= {PLANTED}"));
        vault.close().await;
    });
    assert!(SERVER.was_asked("auth/approle/login"));
    assert!(SERVER.was_asked("auth/token/revoke-self"), "the token was not revoked");
    let wrong = to_server(&SERVER, &[("VAULT_ROLE_ID", &role), ("VAULT_SECRET_ID", "wrong-Secret-id-0815")]);
    let error = block(Vault::connect(&wrong, within(20))).err().expect("it is refused");
    assert!(
        error.reason.contains("AppRole at approle was refused") && error.help.contains("VAULT_SECRET_ID"),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("wrong-Secret-id-0815"));
}

/// A service account's token as the kubelet projects it; `mark` makes the API server know it, or not.
fn projected(mark: &str, audience: &str, seconds: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
    let now = i64::try_from(now).expect("a time");
    let claims = json!({"iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:gates:plimsoll", "aud": [audience],
        "iat": now - 120, "nbf": now - 120, "exp": now + seconds,
        "kubernetes.io": {"namespace": "gates", "serviceaccount": {"name": "plimsoll", "uid": "0a"}}});
    let pair = rcgen::KeyPair::generate().expect("a key");
    let key = jsonwebtoken::EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).expect("an elliptic key");
    let header = jsonwebtoken::Header {
        kid: Some(mark.to_owned()),
        ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256)
    };
    jsonwebtoken::encode(&header, &claims, &key).expect("a token")
}

#[test]
fn kubernetes_logs_in_with_a_projected_token_that_is_read_anew_and_looked_at_first() {
    let server = OpenBao::start();
    server.mount_kv("kv2", 2);
    server.call("POST", "kv2/data/shop", &json!({"data": {"password": PLANTED}}));
    server.call("POST", "sys/auth/kubernetes", &json!({"type": "kubernetes"}));
    let host = crate::support::token_review::start(server.folder.path());
    let ca = std::fs::read_to_string(server.ca()).expect("the authority");
    server.call("POST", "auth/kubernetes/config", &json!({"kubernetes_host": host, "kubernetes_ca_cert": ca, "disable_local_ca_jwt": true, "token_reviewer_jwt": "reviewer"}));
    server.policy("reader", READER);
    server.call(
        "POST",
        "auth/kubernetes/role/gate",
        &json!({"bound_service_account_names": "plimsoll", "bound_service_account_namespaces": "gates", "audience": "vault", "policies": "reader"}),
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "token", projected("good", "vault", 600));
    let log_in = |audience: &str| {
        let settings =
            to_server(&server, &[("VAULT_ROLE", "gate"), ("VAULT_JWT_FILE", &file), ("VAULT_AUDIENCE", audience)]);
        block(async {
            let vault = Vault::connect(&settings, within(20)).await?;
            let answers = vault.resolve(&[reference("vault:kv2/shop#password")], within(20)).await;
            vault.close().await;
            Ok::<_, Error>(told(&answers[0]))
        })
    };
    assert_eq!(log_in("vault"), Ok(format!("= {PLANTED}")), "{}", server.log());
    assert!(server.was_asked("auth/token/revoke-self"));
    // The kubelet replaces the file: each login reads it anew.
    write(folder.path(), "token", projected("unknown", "vault", 600));
    let refused = log_in("vault").expect_err("the API server does not know it");
    assert!(
        refused.reason.contains("Kubernetes at kubernetes for the role gate")
            && refused.reason.contains("system:serviceaccount:gates:plimsoll"),
        "{refused}"
    );
    let logins = || server.audit().iter().filter(|entry| entry["request"]["path"] == "auth/kubernetes/login").count();
    let before = logins();
    write(folder.path(), "token", projected("good", "somebody-else", 600));
    let mismatch = log_in("vault").expect_err("another audience");
    assert!(mismatch.reason.contains("somebody-else") && mismatch.reason.contains("vault"), "{mismatch}");
    write(folder.path(), "token", projected("good", "vault", -60));
    assert!(log_in("vault").expect_err("it has expired").reason.contains("expired"));
    assert_eq!(logins(), before, "a token that cannot be good was sent");
}

#[test]
fn a_wrapped_secret_id_is_unwrapped_once_and_a_second_use_is_told_as_what_it_may_be() {
    let role = role_id(&LOGINS);
    let wrapped = LOGINS.wrapped("POST", "auth/approle/role/gate/secret-id", &json!({"num_uses": 1}));
    let with = |token: &str| read_with(&LOGINS, &[("VAULT_ROLE_ID", &role), ("VAULT_WRAPPED_SECRET_ID", token)]);
    assert_eq!(with(&wrapped), good());
    let second = with(&wrapped).expect_err("it was unwrapped");
    assert!(second.reason.contains("already been unwrapped") && second.help.contains("investigate"), "{second}");
    // Somebody who unwrapped the first may hand on a wrapping token of his own.
    let foreign = LOGINS.wrapped("GET", "kv2/data/shop", &Value::Null);
    let told = with(&foreign).expect_err("it is no secret id");
    assert!(told.reason.contains("kv2/data/shop") && told.reason.contains("not an AppRole secret id"), "{told}");
    assert!(!format!("{second:?}{told:?}").contains(&wrapped));
}

#[test]
fn a_run_at_trace_tells_neither_what_it_logged_in_with_nor_what_it_read() {
    let (role, secret) = (role_id(&LOGINS), LOGINS.call("POST", "auth/approle/role/gate/secret-id", &json!({})));
    let secret = secret["data"]["secret_id"].as_str().expect("an id").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let stage = json!({"type": "wait", "refId": "1", "a": "vault:kv2/shop#password", "b": "vault:kv2/nothing#k"});
    let file =
        write(folder.path(), "p.json", json!({"application": "shop", "name": "x", "stages": [stage]}).to_string());
    let mut command = plimsoll();
    command.args(["--log", "trace", "check", "--format", "json", &file]).env("VAULT_ADDR", &LOGINS.address);
    command.env("VAULT_CACERT", LOGINS.ca()).env("VAULT_ROLE_ID", &role).env("VAULT_SECRET_ID", &secret);
    let ran: Ran = command.output().expect("the program starts").into();
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert!(ran.code == 1 && all.contains("kv2/nothing does not exist"), "{all}");
    for hidden in [PLANTED, secret.as_str(), role.as_str()] {
        assert!(!all.contains(hidden), "{all}");
    }
    // OpenBao's tokens begin so, and hold 24 characters and more.
    let is_token = |word: &str| word.starts_with("s.") && word.len() > 20;
    assert!(!all.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').any(is_token), "{all}");
}

/// A token signed by a key of the tests, and the key as Vault is told of it.
fn identity(claims: &Value) -> (String, String) {
    let pair = rcgen::KeyPair::generate().expect("a key");
    let key = jsonwebtoken::EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).expect("an elliptic key");
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
    (jsonwebtoken::encode(&header, claims, &key).expect("a token"), pair.public_key_pem())
}

#[test]
fn a_jwt_comes_from_a_file_the_environment_gitlab_or_github() {
    let now = jiff::Timestamp::now().as_second();
    let claims = json!({"iss": "https://ci.example.com", "sub": "project_path:acme/shop:ref:main", "aud": "https://vault.example.com", "iat": now, "exp": now + 300});
    let (jwt, key) = identity(&claims);
    LOGINS.call(
        "POST",
        "auth/jwt/config",
        &json!({"jwt_validation_pubkeys": [key], "bound_issuer": "https://ci.example.com"}),
    );
    let role = json!({"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["https://vault.example.com"], "bound_subject": "project_path:acme/shop:ref:main", "token_policies": ["reader"]});
    LOGINS.call("POST", "auth/jwt/role/gate", &role);
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "token", format!("{jwt}\n"));
    let role = ("VAULT_ROLE", "gate");
    let named = ("VAULT_AUTH_METHOD", "jwt");
    assert_eq!(read_with(&LOGINS, &[role, named, ("VAULT_JWT_FILE", &file)]), good());
    assert_eq!(read_with(&LOGINS, &[role, ("VAULT_JWT", &jwt)]), good());
    assert_eq!(read_with(&LOGINS, &[role, ("VAULT_ID_TOKEN", &jwt)]), good());
    // A label: GitHub's endpoint is a stand-in that answers as GitHub documents it.
    let answer = json!({"count": 1, "value": jwt}).to_string();
    let github = Scripted::start(move |asked, _| match asked.header("authorization") {
        Some("Bearer request-Token-of-the-job")
            if asked.path == "/idtoken?api-version=2.0&audience=https%3A%2F%2Fvault.example.com" =>
        {
            Reply::Full(200, vec![], answer.clone())
        }
        _ => Reply::Full(401, vec![], String::new()),
    });
    let url = format!("{}/idtoken?api-version=2.0", github.address);
    let job = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-Token-of-the-job"),
    ];
    assert_eq!(read_with(&LOGINS, &[role, ("VAULT_AUDIENCE", "https://vault.example.com"), job[0], job[1]]), good());
    let refused =
        read_with(&LOGINS, &[role, job[0], ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong")]).expect_err("it is refused");
    assert!(refused.reason.contains("GitHub") && refused.help.contains("id-token: write"), "{refused}");
    let (granted, back) = granted_and_given_back(&LOGINS, "auth/jwt/login");
    assert_eq!((granted, back), (4, 4), "every token is given back");
    let (foreign, _) = identity(&claims);
    let refused = read_with(&LOGINS, &[role, ("VAULT_JWT", &foreign)]).expect_err("another key");
    assert!(
        refused.reason.contains("JWT at jwt for the role gate") && refused.reason.contains("project_path:acme/shop"),
        "{refused}"
    );
    assert!(!format!("{refused:?}").contains(&foreign));
}

#[test]
fn a_client_certificate_logs_in() {
    let read = |name: &str| std::fs::read_to_string(LOGINS.folder.path().join(name)).expect("a file");
    LOGINS.call("POST", "auth/cert/certs/gate", &json!({"certificate": read("ca.pem"), "allowed_common_names": ["gate.example.com"], "token_policies": ["reader"]}));
    let at = |name: &str| LOGINS.folder.path().join(name).display().to_string();
    let (cert, key) = (at("client.pem"), at("client.key"));
    let pair = [("VAULT_CLIENT_CERT", cert.as_str()), ("VAULT_CLIENT_KEY", key.as_str())];
    assert_eq!(read_with(&LOGINS, &pair), good());
    assert_eq!(read_with(&LOGINS, &[pair[0], pair[1], ("VAULT_AUTH_METHOD", "cert"), ("VAULT_ROLE", "gate")]), good());
    let server = at("server.pem");
    let other = at("server.key");
    let refused =
        read_with(&LOGINS, &[("VAULT_CLIENT_CERT", &server), ("VAULT_CLIENT_KEY", &other)]).expect_err("another name");
    assert!(refused.reason.contains("TLS certificate at cert"), "{refused}");
}

#[test]
fn a_user_logs_in_with_a_password() {
    LOGINS.call(
        "POST",
        "auth/userpass/users/gate",
        &json!({"password": "a-Password-of-the-tests", "token_policies": ["reader"]}),
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "password", "a-Password-of-the-tests\n");
    assert_eq!(read_with(&LOGINS, &[("VAULT_USERNAME", "gate"), ("VAULT_PASSWORD_FILE", &file)]), good());
    let refused = read_with(&LOGINS, &[("VAULT_USERNAME", "gate"), ("VAULT_PASSWORD", "wrong-Password-0815")])
        .expect_err("it is refused");
    assert!(
        refused.reason.contains("userpass at userpass as gate") && !format!("{refused:?}").contains("0815"),
        "{refused}"
    );
}

/// A label: the release of the server that the tests use by default has LDAP as a plugin only. The real one, with a real directory,
/// is among the system tests; here a stand-in holds the request that is sent.
#[test]
fn an_ldap_login_is_sent_as_the_method_documents_it() {
    let server = Scripted::start(|asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/v1/auth/corp/ldap/login/jane%20doe") => {
            answer(&json!({"auth": {"client_token": "s.ldap", "lease_duration": 60, "renewable": true}}))
        }
        ("GET", "/v1/sys/internal/ui/mounts/kv2/shop") => mount_answer("kv", "1"),
        ("GET", "/v1/kv2/shop") => answer(&enveloped(&json!({"password": "x"}), "")),
        _ => Reply::Full(204, vec![], String::new()),
    });
    let settings = settings(&[
        ("VAULT_ADDR", &server.address),
        ("VAULT_AUTH_METHOD", "ldap"),
        ("VAULT_AUTH_MOUNT", "corp/ldap"),
        ("VAULT_USERNAME", "jane doe"),
        ("VAULT_PASSWORD", "p"),
    ]);
    assert!(matches!(
        one(&settings, "vault:kv2/shop#password", 5),
        Resolution::Resolved(_) | Resolution::Refused { .. }
    ));
    let last = server.asked().pop().expect("requests");
    assert_eq!((last.path.as_str(), last.header("x-vault-token")), ("/v1/auth/token/revoke-self", Some("s.ldap")));
}

/// A real agent with a sink file and a socket; it ends when it is dropped.
struct Agent {
    child: Child,
    folder: tempfile::TempDir,
}

impl Agent {
    fn start(server: &OpenBao) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).display().to_string();
        let secret = server.call("POST", "auth/approle/role/gate/secret-id", &json!({}));
        write(folder.path(), "role", role_id(server));
        write(folder.path(), "secret", secret["data"]["secret_id"].as_str().expect("an id"));
        let config = format!(
            "vault {{\n address = \"{}\"\n ca_cert = \"{}\"\n}}\n\
             auto_auth {{\n method \"approle\" {{\n config = {{\n role_id_file_path = \"{}\"\n secret_id_file_path = \"{}\"\n remove_secret_id_file_after_reading = false\n }}\n }}\n\
             sink \"file\" {{\n config = {{\n path = \"{}\"\n }}\n }}\n}}\n\
             api_proxy {{\n use_auto_auth_token = true\n}}\nlistener \"unix\" {{\n address = \"{}\"\n tls_disable = true\n}}\n",
            server.address,
            server.ca().display(),
            at("role"),
            at("secret"),
            at("sink"),
            at("agent.sock"),
        );
        let file = write(folder.path(), "agent.hcl", config);
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        let child = Command::new("/bin/sh")
            .args(["-c", "\"$0\" agent \"-config=$1\" & agent=$!; read end; kill -9 $agent; wait $agent"])
            .arg(openbao::binary())
            .arg(file)
            .env_clear()
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a handle"))
            .stderr(log)
            .spawn()
            .expect("the agent starts");
        let agent = Self { child, folder };
        until_some(|| {
            let is_up = agent.path("sink").exists() && agent.path("agent.sock").exists();
            if is_up { Ok(()) } else { Err(std::fs::read_to_string(agent.path("log")).unwrap_or_default()) }
        });
        agent
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_agent_is_used_by_its_socket_or_its_sink_file_and_keeps_its_token() {
    let agent = Agent::start(&LOGINS);
    let socket = format!("unix://{}", agent.path("agent.sock").display());
    let settings = settings(&[("VAULT_AGENT_ADDR", &socket)]);
    assert_eq!(block(resolve(&settings, &["vault:kv2/shop#password"])), [format!("= {PLANTED}")]);
    let sink = agent.path("sink").display().to_string();
    assert_eq!(read_with(&LOGINS, &[("VAULT_TOKEN_FILE", &sink)]), good());
    // The agent's token is the agent's: it is not given back.
    assert_eq!(read_with(&LOGINS, &[("VAULT_TOKEN_FILE", &sink)]), good());
}

/// A label: no clock of the machine is set; the server's own `Date` is.
#[test]
fn a_refused_login_tells_of_clocks_that_are_far_apart() {
    let date = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(10);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let server = Scripted::start(move |_, _| {
        Reply::Full(400, vec![("date", date.clone())], json!({"errors": ["x"]}).to_string())
    });
    let settings = settings(&[("VAULT_ADDR", &server.address), ("VAULT_USERNAME", "u"), ("VAULT_PASSWORD", "p")]);
    let error = block(Vault::connect(&settings, within(5))).err().expect("it is refused");
    assert!(error.reason.contains("clock is 60") && error.reason.contains("ahead"), "{error}");
}
