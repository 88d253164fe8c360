//! The fault matrix: each way a Vault can be wrong has its exit code, its message and an end before the deadline, for `check`, `gate`,
//! `exec` and `doctor`.

use super::*;
use crate::support::black_hole::BlackHole;
use crate::support::gate::{Gate, Own, sample};
use crate::support::plimsoll::finish;
use crate::support::spinnaker::Standin;

/// The shortest deadline that a run gets. A machine that is busy with other things gets as much more as it is slower.
const DEADLINE: Duration = Duration::from_secs(3);

/// What may come on top of it, for starting and ending a process.
const MARGIN: Duration = Duration::from_millis(1500);

/// How often the program could be started within the deadline.
const STARTS: u32 = 12;

/// After this long a run that goes on is ended.
const LIMIT: Duration = Duration::from_mins(3);

/// How many cells are tried at the same time.
const AT_ONCE: usize = 6;

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
    deadline: Duration,
}

impl World {
    fn new(folder: &std::path::Path) -> Self {
        let document = json!({"application": "shop", "name": "deploy", "stages": [{"type": "wait", "refId": "1", "password": "vault:kv2/shop#password"}]});
        let pipeline = sample("green")
            .to_string()
            .replace("vault:secret/data/shop/checkout#database_url", "vault:kv2/shop#password");
        let pipeline =
            pipeline.replace("vault:secret/data/shop/checkout#payment_api_password", "vault:kv2/shop#password");
        let execution: Value = serde_json::from_str(&pipeline).expect("it is JSON");
        let (spinnaker, own) = (Standin::start(), Own::of(&execution));
        spinnaker.execution(&own.execution, execution);
        spinnaker.accounts(sample("accounts"));
        spinnaker.document("canary-configs", "shop-checkout", sample("canary-config"));
        spinnaker.document("applications", "shop", sample("application"));
        let document = write(folder, "pipeline.json", document.to_string());
        let deadline = DEADLINE.max(start(&document) * STARTS);
        Self { document, spinnaker, own, deadline }
    }

    fn deadline(&self) -> String {
        format!("{}ms", self.deadline.as_millis())
    }
}

/// A run of `plimsoll` with nothing but `variables`; its end must come within the deadline.
fn run(cell: &Cell, world: &World, arguments: &[&str], more: &[(&str, &str)], command: &[&str]) -> Ran {
    let variables = cell.variables.iter().map(|(name, value)| (*name, value.as_str()));
    let mut plimsoll = plimsoll();
    plimsoll.args(["--log", "trace"]).args(arguments).args(["--deadline", &world.deadline()]).args(command);
    plimsoll.envs(variables).envs(more.iter().copied());
    let begun = Instant::now();
    let ran = finish(plimsoll.spawn().expect("it starts"), LIMIT);
    in_time(cell, world, begun.elapsed(), arguments[0]);
    ran
}

fn in_time(cell: &Cell, world: &World, took: Duration, command: &str) {
    let limit = world.deadline + MARGIN.max(world.deadline / 2);
    assert!(took < limit, "{}: {command} took {took:?} with a deadline of {:?}", cell.name, world.deadline);
}

/// What it takes to start the program and judge the document without any Vault, several at once.
fn start(document: &str) -> Duration {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| finish(plimsoll().args(["check", document]).spawn().expect("it starts"), LIMIT));
        }
    });
    begun.elapsed()
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
    let ran = run(cell, world, &check, &[], &[]);
    assert_eq!(ran.code, cell.judged, "{}: check: {}{}", cell.name, ran.stdout, ran.stderr);
    said(cell, "check", &format!("{}{}", ran.stdout, ran.stderr), cell.words);

    let ran = run(cell, world, &["doctor", "vault:kv2/shop#password"], &[], &[]);
    assert_eq!(ran.code, 3, "{}: doctor: {}{}", cell.name, ran.stdout, ran.stderr);
    said(cell, "doctor", &format!("{}{}", ran.stdout, ran.stderr), cell.doctor);

    let gate = cell
        .variables
        .iter()
        .fold(Gate::of(&world.own, &world.spinnaker.gate_url()), |gate, (name, value)| gate.env(name, value));
    let answered = gate.env("PLIMSOLL_LOG", "trace").args(["--deadline", &world.deadline()]).run();
    in_time(cell, world, answered.took, "gate");
    let summary = answered.ended(cell.judged, if cell.judged == 1 { "failed" } else { "inconclusive" });
    assert!(summary.contains("unresolvable-secret-reference"), "{}: gate: {summary}", cell.name);
    // The error box is where Deck shows it.
    said(cell, "gate", &answered.termination, cell.words);
    said(cell, "gate", &format!("{}{}", answered.stdout, answered.stderr), &[]);

    let ran = run(
        cell,
        world,
        &["exec"],
        &[("A", "vault:kv2/shop#password"), ("B", "x${vault:kv2/shop#password}")],
        &["--", "/bin/echo", "started"],
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{}: exec: {}", cell.name, ran.stderr);
    said(cell, "exec", &ran.stderr, cell.words);
    said(cell, "exec", &ran.stderr, &["error: A: kv2/shop#password ", "help: ", "the command was not started"]);
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
            words: &["no connection could be established in time"],
            doctor: &["FAIL  Vault: reachable", "no connection could be established in time", "NetworkPolicy"],
        },
        Cell {
            name: "a name that nobody knows",
            variables: at("https://vault.invalid:8200"),
            judged: 3,
            words: &["the host name could not be resolved"],
            doctor: &["FAIL  Vault: reachable", "VAULT_ADDR"],
        },
        Cell {
            name: "refused",
            variables: at("http://127.0.0.1:1"),
            judged: 3,
            words: &["the connection was refused"],
            doctor: &["FAIL  Vault: reachable", "refused", "NetworkPolicy"],
        },
        Cell {
            name: "slow",
            variables: at(&silent.address),
            judged: 3,
            words: &["no response in time"],
            doctor: &["FAIL  Vault: reachable", "no response in time", "overloaded"],
        },
        Cell {
            name: "sealed",
            variables: real(&sealed, root),
            judged: 3,
            words: &["the node is sealed"],
            doctor: &["ok    Vault: TLS", "FAIL  Vault: seal state", "the node is sealed", "unseal it"],
        },
        Cell {
            name: "403",
            variables: real(&SERVER, denied),
            judged: 1,
            words: &["reading kv2/shop is denied", "policy with read access"],
            doctor: &["ok    Vault: login", "matrix-denied", "FAIL  Vault: policy: kv2/shop#password", "is denied"],
        },
        Cell {
            name: "404",
            variables: real(&empty, empty.root.clone()),
            judged: 1,
            words: &["kv2/shop does not exist", "write the secret"],
            doctor: &["ok    Vault: login", "FAIL  Vault: path: kv2/shop#password", "kv2/shop does not exist"],
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
            words: &["server error (500)"],
            doctor: &["FAIL  Vault: login", "server error (500)", "Vault's log"],
        },
        Cell {
            name: "502",
            variables: at(&proxied.address),
            judged: 3,
            words: &["server error (502)"],
            doctor: &["FAIL  Vault: login", "server error (502)"],
        },
        Cell {
            name: "truncated",
            variables: at(&truncated.address),
            judged: 3,
            words: &["the response broke off"],
            doctor: &["FAIL  Vault: login", "broke off"],
        },
        Cell {
            name: "garbage",
            variables: at(&garbage.address),
            judged: 3,
            words: &["the response is not a valid Vault response"],
            doctor: &["FAIL  Vault: login", "not a valid Vault response", "login page or proxy"],
        },
        Cell {
            name: "wrong TLS",
            variables: wrong_tls,
            judged: 3,
            words: &["the server's certificate was issued by an authority that is not trusted"],
            doctor: &[
                "ok    Vault: reachable",
                "FAIL  Vault: TLS",
                "VAULT_CACERT",
                "-     Vault: skipped until this is fixed: login, 1 reference",
                "1 check failed",
            ],
        },
        Cell {
            name: "expired token",
            variables: real(&SERVER, dead),
            judged: 3,
            words: &["the token has expired"],
            doctor: &["FAIL  Vault: login", "the token has expired", "give a valid token"],
        },
        Cell {
            name: "redirect to another host",
            variables: at(&redirecting.address),
            judged: 3,
            words: &["redirects to another address"],
            doctor: &["FAIL  Vault: seal state", "redirects", "address of the active node"],
        },
    ];
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    try_cell(cell, &world);
                }
            });
        }
    });
    assert!(thief.asked().is_empty(), "the redirect was followed: {:?}", thief.asked());
}
