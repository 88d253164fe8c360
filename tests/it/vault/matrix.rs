//! The fault matrix: each way a Vault can be wrong has its exit code, its message and an end before the deadline, for `check`, `gate`,
//! `exec` and `doctor`.

use super::*;
use crate::support::black_hole::BlackHole;
use crate::support::gate::{Gate, Own, sample};
use crate::support::plimsoll::finish;
use crate::support::spinnaker::Standin;

/// The deadline that every run gets.
const DEADLINE: Duration = Duration::from_secs(3);

/// What comes on top of it: starting a process, on a machine that runs many at once.
const START: Duration = Duration::from_millis(1500);

/// One way to be wrong.
struct Cell {
    name: &'static str,
    variables: Vec<(&'static str, String)>,
    /// The exit code of `check` and of `gate`; that of `exec` and of `doctor` is always 3, since they cannot do what they are for.
    judged: i32,
    /// What `check`, `gate` and `exec` say.
    words: &'static [&'static str],
    /// What `doctor` says.
    doctor: &'static [&'static str],
}

/// What the cells are tried on.
struct World {
    /// A saved pipeline with a reference.
    document: String,
    spinnaker: Standin,
    /// A running release with the same reference.
    own: Own,
}

impl World {
    fn new(folder: &std::path::Path) -> Self {
        let document = json!({"application": "shop", "name": "deploy", "stages": [{"type": "wait", "refId": "1", "password": "vault:kv2/shop#password"}]});
        let release = sample("green")
            .to_string()
            .replace("vault:secret/data/shop/checkout#database_url", "vault:kv2/shop#password");
        let release =
            release.replace("vault:secret/data/shop/checkout#payment_api_password", "vault:kv2/shop#password");
        let execution: Value = serde_json::from_str(&release).expect("it is JSON");
        let (spinnaker, own) = (Standin::start(), Own::of(&execution));
        spinnaker.execution(&own.execution, execution);
        spinnaker.accounts(sample("accounts"));
        spinnaker.document("canary-configs", "shop-checkout", sample("canary-config"));
        spinnaker.document("applications", "shop", sample("application"));
        Self { document: write(folder, "pipeline.json", document.to_string()), spinnaker, own }
    }
}

/// A run of `plimsoll` with nothing but `variables`; its end must come within the deadline and what starting a process takes.
fn run(cell: &Cell, arguments: &[&str], more: &[(&str, &str)], command: &[&str]) -> Ran {
    let begun = Instant::now();
    let variables = cell.variables.iter().map(|(name, value)| (*name, value.as_str()));
    let mut plimsoll = plimsoll();
    plimsoll.args(["--log", "trace"]).args(arguments).args(["--deadline", "3s"]).args(command);
    let child = plimsoll.envs(variables).envs(more.iter().copied()).spawn().expect("it starts");
    let ran = finish(child, DEADLINE * 4);
    in_time(cell, begun.elapsed(), arguments[0]);
    ran
}

fn in_time(cell: &Cell, took: Duration, command: &str) {
    assert!(took < DEADLINE + START, "{}: {command} took {took:?}", cell.name);
}

/// Asserts what a run said, and that it kept the token and Vault's own words to itself.
fn said(cell: &Cell, command: &str, said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{}: {command}: {word:?} is not in: {said}", cell.name);
    }
    for (name, value) in &cell.variables {
        assert!(*name != "VAULT_TOKEN" || !said.contains(value.as_str()), "{}: {command} told the token", cell.name);
    }
    assert!(!said.contains(PLANTED) && !said.contains("lanted"), "{}: {command}: {said}", cell.name);
}

fn try_cell(cell: &Cell, world: &World) {
    let check = ["check", "--only", "unresolvable-secret-reference", "--profile", "starter", &world.document];
    let ran = run(cell, &check, &[], &[]);
    assert_eq!(ran.code, cell.judged, "{}: check: {}{}", cell.name, ran.stdout, ran.stderr);
    said(cell, "check", &format!("{}{}", ran.stdout, ran.stderr), cell.words);

    let ran = run(cell, &["doctor", "vault:kv2/shop#password"], &[], &[]);
    assert_eq!(ran.code, 3, "{}: doctor: {}{}", cell.name, ran.stdout, ran.stderr);
    said(cell, "doctor", &format!("{}{}", ran.stdout, ran.stderr), cell.doctor);

    let gate = cell
        .variables
        .iter()
        .fold(Gate::of(&world.own, &world.spinnaker.gate_url()), |gate, (name, value)| gate.env(name, value));
    let answered = gate.env("PLIMSOLL_LOG", "trace").args(["--deadline", "3s"]).run();
    in_time(cell, answered.took, "gate");
    let summary = answered.ended(cell.judged, if cell.judged == 1 { "failed" } else { "inconclusive" });
    assert!(summary.contains("unresolvable-secret-reference"), "{}: gate: {summary}", cell.name);
    // The error box is where Deck shows it.
    said(cell, "gate", &answered.termination, cell.words);
    said(cell, "gate", &format!("{}{}", answered.stdout, answered.stderr), &[]);

    let ran = run(
        cell,
        &["exec"],
        &[("A", "vault:kv2/shop#password"), ("B", "x${vault:kv2/shop#password}")],
        &["--", "/bin/echo", "started"],
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{}: exec: {}", cell.name, ran.stderr);
    said(cell, "exec", &ran.stderr, cell.words);
    said(cell, "exec", &ran.stderr, &["error: A: the reference to kv2/shop#password", "help: ", "nothing was started"]);
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
    let world = World::new(folder.path());
    let down = BlackHole::open();
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
            variables: [at(&down.address), vec![("VAULT_CLIENT_TIMEOUT", "2s".into())]].concat(),
            judged: 3,
            words: &["cannot be reached: no connection came about in time"],
            doctor: &["FAIL  Vault: reachable", "no connection came about in time", "NetworkPolicy"],
        },
        Cell {
            name: "a name that nobody knows",
            variables: at("https://vault.invalid:8200"),
            judged: 3,
            words: &["cannot be reached", "lookup"],
            doctor: &["FAIL  Vault: reachable", "VAULT_ADDR"],
        },
        Cell {
            name: "refused",
            variables: at("http://127.0.0.1:1"),
            judged: 3,
            words: &["cannot be reached", "refused"],
            doctor: &["FAIL  Vault: reachable", "refused", "NetworkPolicy"],
        },
        Cell {
            name: "slow",
            variables: at(&silent.address),
            judged: 3,
            words: &["did not answer in time"],
            doctor: &["FAIL  Vault: reachable", "did not answer in time", "overloaded"],
        },
        Cell {
            name: "sealed",
            variables: real(&sealed, root),
            judged: 3,
            words: &["it is sealed"],
            doctor: &["ok    Vault: TLS", "FAIL  Vault: seal state", "it is sealed", "unseal it"],
        },
        Cell {
            name: "403",
            variables: real(&SERVER, denied),
            judged: 1,
            words: &["reading kv2/shop is denied", "policy that may read it"],
            doctor: &["ok    Vault: login", "matrix-denied", "FAIL  Vault: policy: kv2/shop#password", "is denied"],
        },
        Cell {
            name: "404",
            variables: real(&empty, empty.root.clone()),
            judged: 1,
            words: &["there is no kv2/shop", "write the secret"],
            doctor: &["ok    Vault: login", "FAIL  Vault: path: kv2/shop#password", "there is no kv2/shop"],
        },
        Cell {
            name: "412",
            variables: at(&behind.address),
            judged: 3,
            words: &["has not caught up"],
            doctor: &["FAIL  Vault: login", "has not caught up", "replication"],
        },
        Cell {
            name: "429",
            variables: at(&busy.address),
            judged: 3,
            words: &["too many requests (429)"],
            doctor: &["FAIL  Vault: login", "too many requests", "quota"],
        },
        Cell {
            name: "500",
            variables: at(&failing.address),
            judged: 3,
            words: &["it has failed (500)"],
            doctor: &["FAIL  Vault: login", "it has failed (500)", "Vault's log"],
        },
        Cell {
            name: "502",
            variables: at(&proxied.address),
            judged: 3,
            words: &["it has failed (502)"],
            doctor: &["FAIL  Vault: login", "it has failed (502)"],
        },
        Cell {
            name: "truncated",
            variables: at(&truncated.address),
            judged: 3,
            words: &["its answer broke off"],
            doctor: &["FAIL  Vault: login", "broke off"],
        },
        Cell {
            name: "garbage",
            variables: at(&garbage.address),
            judged: 3,
            words: &["its answer is not one that Vault gives"],
            doctor: &["FAIL  Vault: login", "not one that Vault gives", "login page or proxy"],
        },
        Cell {
            name: "wrong TLS",
            variables: wrong_tls,
            judged: 3,
            words: &["cannot be reached", "certificate"],
            doctor: &["ok    Vault: reachable", "FAIL  Vault: TLS", "VAULT_CACERT"],
        },
        Cell {
            name: "expired token",
            variables: real(&SERVER, dead),
            judged: 3,
            words: &["the token has ended"],
            doctor: &["FAIL  Vault: login", "the token has ended", "give a token that lives"],
        },
        Cell {
            name: "redirect to another host",
            variables: at(&redirecting.address),
            judged: 3,
            words: &["redirects to another address"],
            doctor: &["FAIL  Vault: seal state", "redirects", "name the active node"],
        },
    ];
    std::thread::scope(|scope| {
        for cell in &cells {
            scope.spawn(|| try_cell(cell, &world));
        }
    });
    assert!(thief.asked().is_empty(), "the redirect was followed: {:?}", thief.asked());
}
