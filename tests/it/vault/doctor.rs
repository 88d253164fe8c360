//! `doctor` explains a Vault in one screen.

use super::*;

fn doctor(variables: &[(&str, &str)], references: &[&str]) -> Ran {
    let mut command = plimsoll();
    command.arg("doctor").args(references).env("VAULT_ADDR", &SERVER.address).env("VAULT_CACERT", SERVER.ca());
    command.envs(variables.iter().copied()).output().expect("the program starts").into()
}

#[test]
fn a_vault_that_is_fine_is_told_step_by_step_on_one_screen() {
    let token = SERVER.token("doctor", READER);
    let ran = doctor(&[("VAULT_TOKEN", &token)], &["vault:kv2/shop#password", "vault:kv1/shop#port"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let steps = [
        "ok    Vault: reachable: https://127.0.0.1:",
        "ok    Vault: TLS: ",
        "ok    Vault: seal state: ",
        "unsealed, active, version ",
        "ok    Vault: login: a token: policies default, doctor",
        "ok    Vault: clock: this machine's: in step with Vault's",
        "ok    Vault: path: kv2/shop#password: it resolves; kv2 is KV version 2",
        "ok    Vault: path: kv1/shop#port: it resolves; kv1 is KV version 1",
    ];
    for step in steps {
        assert!(ran.stdout.contains(step), "{step:?} is not in: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains(PLANTED) && !ran.stdout.contains("5432") && ran.stdout.lines().count() < 25);
}

#[test]
fn each_thing_that_can_be_wrong_with_a_reference_is_told_by_its_step() {
    let token = SERVER.token("doctor-wrong", READER);
    let references =
        ["vault:kv2/secret-of-others#k", "vault:kv2/nothing#k", "vault:kv2/deleted#k", "vault:no-such-mount/x#k"];
    let ran = doctor(&[("VAULT_TOKEN", &SERVER.root)], &references[1..]);
    assert_eq!(ran.code, 3, "{}", ran.stdout);
    for step in [
        "FAIL  Vault: path: kv2/nothing#k: kv2/nothing does not exist",
        "FAIL  Vault: path: kv2/deleted#k: the newest version of kv2/deleted is deleted",
        "FAIL  Vault: mount: no-such-mount/x#k",
    ] {
        assert!(ran.stdout.contains(step), "{step:?} is not in: {}", ran.stdout);
    }
    let ran = doctor(&[("VAULT_TOKEN", &token)], &references[..1]);
    assert!(ran.code == 3 && ran.stdout.contains("FAIL  Vault: policy: kv2/secret-of-others#k"), "{}", ran.stdout);
    let ran = doctor(&[("VAULT_TOKEN", &token)], &["a-Secret-that-was-pasted"]);
    assert!(ran.code == 2 && !ran.stdout.contains("pasted"), "{}", ran.stdout);
}

#[test]
fn a_policy_that_is_missing_is_written_out() {
    let token = SERVER.token("doctor-policy", READER);
    let ran = doctor(&[("VAULT_TOKEN", &token)], &["vault:kv2/secret-of-others#k", "vault:no-such-mount/x#k"]);
    let line = "policy with read access: path \"kv2/data/secret-of-others\" { capabilities = [\"read\"] }";
    assert!(ran.code == 3 && ran.stdout.contains(line), "{}", ran.stdout);
    assert!(ran.stdout.contains("this token has no access to a mount there, so check its name too"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("2 checks failed; start with the first, the others may follow from it\n"));
}

#[test]
fn a_login_that_is_refused_says_what_to_look_at() {
    SERVER.call("POST", "sys/auth/doctors", &json!({"type": "approle"}));
    let wrong = [("VAULT_ROLE_ID", "wrong"), ("VAULT_SECRET_ID", "wrong-Secret-id-0815")];
    let cases = [
        ("doctors", "FAIL  Vault: login: AppRole at doctors: was refused (400)\n      help: check VAULT_ROLE_ID"),
        ("nowhere", "FAIL  Vault: login: AppRole at nowhere: was refused (403)\n      help: check VAULT_ROLE_ID"),
    ];
    for (mount, told) in cases {
        let ran = doctor(&[wrong[0], wrong[1], ("VAULT_AUTH_MOUNT", mount)], &["vault:kv2/shop#password"]);
        assert!(ran.code == 3 && ran.stdout.contains(told), "{}", ran.stdout);
        assert!(ran.stdout.contains("-     Vault: skipped until this is fixed: 1 reference\n"), "{}", ran.stdout);
        assert_eq!(ran.stdout.contains("check VAULT_AUTH_MOUNT"), mount == "nowhere", "{}", ran.stdout);
        assert!(!ran.stdout.contains("0815") && ran.stdout.lines().count() < 25);
    }
}

/// The address of a server that answers whatever greets it as a web server without TLS does.
fn speaks_http_at_once() -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().filter_map(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        }
    });
    address
}

#[test]
fn each_thing_that_can_be_wrong_with_the_connection_is_told_as_what_it_is() {
    let at = |name: &str| SERVER.folder.path().join(name).display().to_string();
    let plain = SERVER.address.replace("https://", "http://");
    let web = Scripted::start(|_, _| Reply::Full(404, vec![], "<html>no such page</html>".into()));
    let encrypted = web.address.replace("http://", "https://");
    let answering = speaks_http_at_once().replace("http://", "https://");
    let token = ("VAULT_TOKEN", "s.doctor-Token-0815");
    let pair = [("VAULT_CLIENT_CERT", at("client.pem")), ("VAULT_CLIENT_KEY", at("server.key"))];
    let cases = [
        (vec![("VAULT_ADDR", plain.as_str())], "TLS", "use https:// in VAULT_ADDR"),
        (vec![("VAULT_ADDR", answering.as_str())], "TLS", "does not speak TLS"),
        (vec![("VAULT_ADDR", encrypted.as_str())], "reachable", "closed during the TLS handshake"),
        (vec![("VAULT_ADDR", web.address.as_str())], "seal state", "the server at this address is not Vault (404)"),
        (pair.iter().map(|(name, value)| (*name, value.as_str())).collect(), "TLS", "cannot be used together"),
    ];
    let socket = ("VAULT_AGENT_ADDR", "unix:///nonexistent/agent.sock");
    let missing = (vec![socket], "reachable", "check VAULT_AGENT_ADDR, that the agent is running");
    for (variables, step, word) in cases.into_iter().chain([missing]) {
        let ran = doctor(&[variables, vec![token]].concat(), &[]);
        let failed = ran.stdout.lines().find(|line| line.starts_with("FAIL")).unwrap_or_default();
        assert!(ran.code == 3 && failed.starts_with(&format!("FAIL  Vault: {step}: ")), "{}", ran.stdout);
        assert!(ran.stdout.contains(word), "{word:?} is not in: {}", ran.stdout);
    }
}
