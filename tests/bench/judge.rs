//! What a run costs, as ratios in one run: `cargo bench --bench judge`.
//!
//! The documents are made here, the same every time: executions of about 1 MB and 50 MB, pretty-printed and on one line, with
//! the shape Orca writes. The whole program is run on them (`check --profile strict --format verdict`) and compared with what
//! `serde_json` needs to parse the same bytes into a `Value`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::use_debug,
    reason = "a benchmark prints figures, and ends where something is wrong"
)]

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, file] = arguments.as_slice()
        && word == PEAK
    {
        return tell_peak(std::path::Path::new(file));
    }
    let folder = tempfile::tempdir().expect("a folder");
    println!(
        "| document | bytes | serde_json | plimsoll | limit (2x + 20 ms) | of the limit | peak memory | of 4x + 20 MB |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    let mut layouts = Vec::new();
    for (name, size, rounds) in [("1 MB", 1_000_000, 15), ("50 MB", 50_000_000, 3)] {
        let execution = execution(size);
        let line = serde_json::to_string(&execution).expect("it is JSON");
        let pretty = serde_json::to_string_pretty(&execution).expect("it is JSON");
        let mut of_size = Vec::new();
        for (layout, text) in [("one line", line), ("pretty", pretty)] {
            let file = folder.path().join(format!("{size}-{layout}.json"));
            std::fs::write(&file, &text).expect("the file can be written");
            let parse =
                best(rounds, || drop(std::hint::black_box(serde_json::from_str::<Value>(&text).expect("it is JSON"))));
            let run = best(rounds, || judge(&file));
            let limit = parse * 2 + Duration::from_millis(20);
            let memory = peak(&file);
            let allowed = 4 * text.len() as u64 + 20_000_000;
            println!(
                "| {name} {layout} | {} | {parse:.1?} | {run:.1?} | {limit:.1?} | {:.0} % | {} MB | {:.0} % |",
                text.len(),
                100.0 * run.as_secs_f64() / limit.as_secs_f64(),
                memory / 1_000_000,
                100.0 * memory as f64 / allowed as f64,
            );
            of_size.push(run);
        }
        layouts.push((name, of_size[0].as_secs_f64() / of_size[1].as_secs_f64()));
    }
    for (name, ratio) in layouts {
        println!("{name}: the one-line form takes {ratio:.2}x the time of the pretty one (limit 1.1x)");
    }
    let start = best(50, || run(&["--version"]));
    println!("`plimsoll --version`: {start:.1?} (limit 10 ms)");
    growth(folder.path());
    signatures(folder.path());
}

/// What signing a verdict and verifying it add to a run.
fn signatures(folder: &std::path::Path) {
    let path = |name: &str| folder.join(name).to_str().expect("it is text").to_owned();
    let (manifest, token) = (path("config.json"), path("token"));
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop"}, "data": {"k": "v"}});
    std::fs::write(&manifest, map.to_string()).expect("the file can be written");
    let start = best(50, || run(&["--version"]));
    let plain = best(50, || run(&["check", &manifest, "--offline"]));
    for (name, algorithm) in [
        ("Ed25519", &rcgen::PKCS_ED25519),
        ("ES256", &rcgen::PKCS_ECDSA_P256_SHA256),
        ("PS256", &rcgen::PKCS_RSA_SHA256),
    ] {
        let pair = rcgen::KeyPair::generate_for(algorithm).expect("a key");
        let (private, public, output) = (path("key.pem"), path("key.pub"), format!("jws={token}"));
        std::fs::write(&private, pair.serialize_pem()).expect("the file can be written");
        std::fs::write(&public, pair.public_key_pem()).expect("the file can be written");
        let signed =
            best(50, || run(&["check", &manifest, "--offline", "--sign-key", &private, "--sign-output", &output]));
        let verified = best(50, || run(&["verify", &token, "--key", &public]));
        let (signing, verifying) = (signed.saturating_sub(plain), verified.saturating_sub(start));
        println!("{name}: signing adds {signing:.1?}, verifying {verifying:.1?} (limit 5 ms each)");
    }
}

/// Stages in a line, doubled and doubled again: the time must double too.
fn growth(folder: &std::path::Path) {
    let mut before: Option<f64> = None;
    for stages in [1_250, 2_500, 5_000, 10_000] {
        let file = folder.join(format!("line-{stages}.json"));
        let list: Vec<Value> = (0..stages).map(|n| stage(n, n.checked_sub(1))).collect();
        let whole = json!({"application": "shop", "name": "line", "stages": list});
        std::fs::write(&file, whole.to_string()).expect("the file can be written");
        let time = best(5, || judge(&file)).as_secs_f64();
        let growth = before.map(|before| format!(", {:.2}x the half", time / before)).unwrap_or_default();
        println!("{stages} stages in a line: {:.1} ms{growth}", time * 1e3);
        before = Some(time);
    }
    // Each stage waits for all before it: twice the stages are four times the edges.
    let mut last = None;
    for stages in [75, 150, 300] {
        let dense: Vec<Value> = (0..stages)
            .map(|n: usize| {
                let mut stage = stage(n, None);
                stage["requisiteStageRefIds"] = (0..n).map(|m| m.to_string()).collect();
                stage
            })
            .collect();
        let file = folder.join(format!("dense-{stages}.json"));
        std::fs::write(&file, json!({"application": "shop", "name": "dense", "stages": dense}).to_string())
            .expect("the file can be written");
        let time = best(5, || judge(&file)).as_secs_f64();
        let growth = last.map_or_else(String::new, |last| format!(", {:.1}x per doubling (4x the edges)", time / last));
        println!("{stages} stages, each after all before it: {:.1} ms{growth}", time * 1e3);
        last = Some(time);
    }
}

fn stage(n: usize, after: Option<usize>) -> Value {
    json!({
        "refId": n.to_string(), "name": format!("Deploy {n}"), "type": "deployManifest", "account": "prod", "cloudProvider": "kubernetes",
        "source": "text", "requisiteStageRefIds": after.into_iter().map(|n| n.to_string()).collect::<Vec<_>>(),
        "manifests": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("c{n}")}, "data": {"k": "v"}}],
    })
}

fn best(rounds: usize, mut work: impl FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn run(arguments: &[&str]) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_plimsoll")).env_clear().args(arguments).output().expect("the program starts");
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn judge(file: &std::path::Path) {
    run(&["check", "--profile", "strict", "--format", "verdict", file.to_str().expect("it is text")]);
}

/// The argument by which this program is asked to measure one run.
const PEAK: &str = "--peak-of";

/// Peak resident memory of one run, in bytes. A child begins as a copy of its parent and the kernel counts that too, so a fresh
/// and small process of this program starts it.
fn peak(file: &std::path::Path) -> u64 {
    let me = std::env::current_exe().expect("the program knows itself");
    let output = Command::new(me).arg(PEAK).arg(file).output().expect("the program starts");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number of bytes")
}

fn tell_peak(file: &std::path::Path) {
    judge(file);
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel tells");
    println!("{}", u64::try_from(usage.max_rss()).unwrap_or_default() * 1024);
}

/// An execution of about `size` bytes on one line: deployments with their kato results, as Orca keeps them.
fn execution(size: usize) -> Value {
    let mut stages = Vec::new();
    let mut total = 0;
    while total < size {
        let n = stages.len();
        let mut script = String::new();
        for line in 0..12 {
            let _ = writeln!(
                script,
                "echo \"step {line} of {n}\" && kubectl rollout status deployment/shop-{n} --timeout=90s"
            );
        }
        let manifest = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": format!("shop-{n}"), "namespace": "shop", "annotations": {"moniker.spinnaker.io/application": "shop", "checksum/config": format!("{:064x}", n * 7919)}},
            "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {
                "securityContext": {"runAsNonRoot": true},
                "containers": [{
                    "name": "shop", "image": format!("registry.example.com/shop@sha256:{:064x}", n * 104_729), "command": ["sh", "-c", script],
                    "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}, {"name": "API_TOKEN", "value": "vault:secret/shop#token"}, {"name": "ENDPOINT", "value": format!("https://shop-{n}.example.com:8443/api/v1?region=eu-west-1")}],
                }]}}},
        });
        let stage = json!({
            "id": format!("01HX{n:022}"), "refId": n.to_string(), "type": "deployManifest", "name": format!("Deploy {n}"), "status": "SUCCEEDED",
            "startTime": 1_790_000_000_000_u64 + n as u64, "requisiteStageRefIds": if n == 0 { vec![] } else { vec![(n - 1).to_string()] },
            "context": {"account": "k8s-prod", "cloudProvider": "kubernetes", "source": "text", "manifests": [manifest.clone()], "moniker": {"app": "shop"},
                "kato.tasks": [{"id": format!("{n:08x}-11aa-4bbb-8ccc-0123456789ab"), "status": {"completed": true, "failed": false}, "history": [{"phase": "ORCHESTRATION", "status": "Initializing Orchestration Task"}], "resultObjects": [{"manifests": [manifest]}]}]},
            "outputs": {"outputs.manifestNamesByNamespace": {"shop": [format!("deployment shop-{n}")]}},
            "tasks": [{"id": "1", "implementingClass": "com.netflix.spinnaker.orca.clouddriver.tasks.manifest.DeployManifestTask", "name": "deployManifest", "status": "SUCCEEDED"}],
        });
        total += stage.to_string().len();
        stages.push(stage);
    }
    json!({"type": "PIPELINE", "id": "01HX", "application": "shop", "name": "release", "status": "RUNNING", "stages": stages,
        "authentication": {"user": "release@managed-service-account"},
        "trigger": {"type": "git", "source": "github", "project": "acme", "slug": "shop", "branch": "main", "hash": "0123456789abcdef0123456789abcdef01234567"}})
}
