//! The fault matrix: each way a Vault can be wrong has its exit code, its message and an end before the deadline, for `check` and for
//! `doctor`.

use super::*;
use crate::support::plimsoll::finish;

/// The deadline that every run gets.
const DEADLINE: Duration = Duration::from_secs(3);

/// What a cell expects of `check` and of `doctor`: exit code and words.
struct Cell {
    name: &'static str,
    variables: Vec<(&'static str, String)>,
    check: (i32, &'static [&'static str]),
    doctor: (i32, &'static [&'static str]),
}

/// A run of `plimsoll` with nothing but `variables`; its end must come within the deadline and what starting a process takes.
fn run(cell: &Cell, arguments: &[&str]) -> Ran {
    let begun = Instant::now();
    let variables = cell.variables.iter().map(|(name, value)| (*name, value.as_str()));
    let child = plimsoll().args(arguments).args(["--deadline", "3s"]).envs(variables).spawn().expect("it starts");
    let ran = finish(child, DEADLINE * 4);
    let took = begun.elapsed();
    assert!(took < DEADLINE + Duration::from_millis(1500), "{}: {arguments:?} took {took:?}", cell.name);
    ran
}

fn try_cell(cell: &Cell, document: &str) {
    let checked = run(
        cell,
        &["--log", "trace", "check", "--only", "unresolvable-secret-reference", "--profile", "starter", document],
    );
    let doctored = run(cell, &["--log", "trace", "doctor", "vault:kv2/shop#password"]);
    for (ran, (code, words)) in [(&checked, &cell.check), (&doctored, &cell.doctor)] {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code, *code, "{}: {said}", cell.name);
        for word in *words {
            assert!(said.contains(word), "{}: {word:?} is not in: {said}", cell.name);
        }
        for (name, value) in &cell.variables {
            assert!(*name != "VAULT_TOKEN" || !said.contains(value.as_str()), "{}: the token was told", cell.name);
        }
        assert!(!said.contains(PLANTED) && !said.contains("lanted"), "{}: {said}", cell.name);
    }
}

fn at(address: &str) -> Vec<(&'static str, String)> {
    vec![("VAULT_ADDR", address.to_owned()), ("VAULT_TOKEN", "s.matrix-Token-0815".into())]
}

fn real(server: &OpenBao, token: String) -> Vec<(&'static str, String)> {
    let ca = server.ca().display().to_string();
    vec![("VAULT_ADDR", server.address.clone()), ("VAULT_CACERT", ca), ("VAULT_TOKEN", token)]
}

/// A server that says the same to everything but its health.
fn always(reply: fn() -> Reply) -> Scripted {
    Scripted::start(move |asked, _| {
        if asked.path.starts_with("/v1/sys/health") {
            answer(&json!({"initialized": true, "sealed": false, "standby": false, "version": "2.7.2"}))
        } else {
            reply()
        }
    })
}

fn errors(status: u16) -> Reply {
    Reply::Full(status, vec![], json!({"errors": [format!("what {PLANTED} says")]}).to_string())
}

#[test]
fn every_way_a_vault_can_be_wrong_has_its_answer_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let document = json!({"application": "shop", "name": "deploy", "stages": [{"type": "wait", "refId": "1", "password": "vault:kv2/shop#password"}]});
    let document = write(folder.path(), "pipeline.json", document.to_string());
    let sealed = OpenBao::start();
    let root = sealed.root.clone();
    sealed.seal();
    crate::support::certificates::write(folder.path());
    let foreign = folder.path().join("ca.pem").display().to_string();
    let dead = SERVER.token("matrix-dead", READER);
    SERVER.call("POST", "auth/token/revoke", &json!({"token": dead}));
    let denied = SERVER.token("matrix-denied", "path \"kv1/*\" { capabilities = [\"read\"] }");
    let empty = OpenBao::start();
    empty.mount_kv("kv2", 2);
    let thief = Scripted::start(|_, _| answer(&json!({})));
    let stolen = format!("{}/v1/stolen", thief.address);
    let redirecting = Scripted::start(move |_, _| Reply::Full(307, vec![("location", stolen.clone())], String::new()));
    let silent = Scripted::start(|_, _| Reply::Silence);
    let behind = always(|| errors(412));
    let busy = always(|| errors(429));
    let failing = always(|| errors(500));
    let proxied =
        always(|| Reply::Full(502, vec![("content-type", "text/html".into())], "<html>Bad Gateway</html>".into()));
    let truncated = always(|| Reply::BrokenOff("{\"data\": {\"data\": {\"password\": \"plan".into()));
    let garbage = always(|| Reply::Full(200, vec![], "<html>Please sign in</html>".into()));
    let mut wrong_tls = real(&SERVER, "s.matrix-Token-0815".into());
    wrong_tls[1].1 = foreign;
    let cells = [
        Cell {
            name: "down",
            variables: at("https://vault.invalid:8200"),
            check: (3, &["cannot be reached", "lookup"]),
            doctor: (3, &["FAIL  Vault: reachable", "VAULT_ADDR"]),
        },
        Cell {
            name: "refused",
            variables: at("http://127.0.0.1:1"),
            check: (3, &["cannot be reached", "refused"]),
            doctor: (3, &["FAIL  Vault: reachable", "refused", "NetworkPolicy"]),
        },
        Cell {
            name: "slow",
            variables: at(&silent.address),
            check: (3, &["did not answer in time"]),
            doctor: (3, &["FAIL  Vault: reachable", "did not answer in time", "overloaded"]),
        },
        Cell {
            name: "sealed",
            variables: real(&sealed, root),
            check: (3, &["it is sealed"]),
            doctor: (3, &["ok    Vault: TLS", "FAIL  Vault: seal state", "it is sealed", "unseal it"]),
        },
        Cell {
            name: "403",
            variables: real(&SERVER, denied),
            check: (1, &["reading kv2/shop is denied", "policy that may read it"]),
            doctor: (
                3,
                &["ok    Vault: login", "matrix-denied", "FAIL  Vault: policy: kv2/shop#password", "is denied"],
            ),
        },
        Cell {
            name: "404",
            variables: real(&empty, empty.root.clone()),
            check: (1, &["there is no kv2/shop", "write the secret"]),
            doctor: (3, &["ok    Vault: login", "FAIL  Vault: path: kv2/shop#password", "there is no kv2/shop"]),
        },
        Cell {
            name: "412",
            variables: at(&behind.address),
            check: (3, &["has not caught up"]),
            doctor: (3, &["FAIL  Vault: login", "has not caught up", "replication"]),
        },
        Cell {
            name: "429",
            variables: at(&busy.address),
            check: (3, &["too many requests (429)"]),
            doctor: (3, &["FAIL  Vault: login", "too many requests", "quota"]),
        },
        Cell {
            name: "500",
            variables: at(&failing.address),
            check: (3, &["it has failed (500)"]),
            doctor: (3, &["FAIL  Vault: login", "it has failed (500)", "Vault's log"]),
        },
        Cell {
            name: "502",
            variables: at(&proxied.address),
            check: (3, &["it has failed (502)"]),
            doctor: (3, &["FAIL  Vault: login", "it has failed (502)"]),
        },
        Cell {
            name: "truncated",
            variables: at(&truncated.address),
            check: (3, &["its answer broke off"]),
            doctor: (3, &["FAIL  Vault: login", "broke off"]),
        },
        Cell {
            name: "garbage",
            variables: at(&garbage.address),
            check: (3, &["its answer is not one that Vault gives"]),
            doctor: (3, &["FAIL  Vault: login", "not one that Vault gives", "login page or proxy"]),
        },
        Cell {
            name: "wrong TLS",
            variables: wrong_tls,
            check: (3, &["cannot be reached", "certificate"]),
            doctor: (3, &["ok    Vault: reachable", "FAIL  Vault: TLS", "VAULT_CACERT"]),
        },
        Cell {
            name: "expired token",
            variables: real(&SERVER, dead),
            check: (3, &["the token has ended"]),
            doctor: (3, &["FAIL  Vault: login", "the token has ended", "give a token that lives"]),
        },
        Cell {
            name: "redirect to another host",
            variables: at(&redirecting.address),
            check: (3, &["redirects to another address"]),
            doctor: (3, &["FAIL  Vault: seal state", "redirects", "name the active node"]),
        },
    ];
    std::thread::scope(|scope| {
        for cell in &cells {
            scope.spawn(|| try_cell(cell, &document));
        }
    });
    assert!(thief.asked().is_empty(), "the redirect was followed: {:?}", thief.asked());
}
