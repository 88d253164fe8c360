//! What looking up 1,000 references costs, as ratios in one run: `cargo bench --bench vault`.
//!
//! A real server over TLS holds 1,000 secrets. The whole program (`check`) looks each up; beside it stands a bare loop that sends
//! the same requests with the same number at a time, and one that sends them one after another.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::assigning_clones,
    clippy::use_debug,
    reason = "a benchmark prints figures, and ends where something is wrong"
)]

use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use support::openbao::OpenBao;

mod support;

/// How many references.
const MANY: usize = 1_000;

/// How many requests are under way at the same time, in the program and in the bare loop.
const AT_ONCE: usize = 16;

fn main() {
    let server = OpenBao::start();
    server.mount_kv("kv2", 2);
    for n in 0..MANY {
        server.call("POST", &format!("kv2/data/bench/{n}"), &json!({"data": {"k": n.to_string()}}));
    }
    let token = server.token("bench", "path \"kv2/data/bench/*\" { capabilities = [\"read\"] }");
    let folder = tempfile::tempdir().expect("a folder");
    let stages: Vec<Value> = (0..MANY)
        .map(|n| json!({"type": "wait", "refId": n.to_string(), "password": format!("vault:kv2/bench/{n}#k")}))
        .collect();
    let file = folder.path().join("pipeline.json");
    std::fs::write(&file, json!({"application": "shop", "name": "many", "stages": stages}).to_string())
        .expect("a file");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let bare = best(3, || runtime.block_on(bare(&server, &token, AT_ONCE)));
    let one_by_one = best(1, || runtime.block_on(self::bare(&server, &token, 1)));
    let asked = server.times_asked("kv2/data/bench/7");
    let run = best(3, || {
        let output = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(["check", "--only", "unresolvable-secret-reference", "--format", "verdict"])
            .arg(&file)
            .env_clear()
            .env("VAULT_ADDR", &server.address)
            .env("VAULT_CACERT", server.ca())
            .env("VAULT_TOKEN", &token)
            .output()
            .expect("it runs");
        let verdict: Value = serde_json::from_slice(&output.stdout).expect("a verdict");
        assert_eq!(verdict["secrets"]["resolved"], MANY, "{verdict}");
    });
    assert_eq!(server.times_asked("kv2/data/bench/7") - asked, 3, "each path is read once in a run");
    let ratio = run.as_secs_f64() / bare.as_secs_f64();
    println!(
        "{MANY} references, {AT_ONCE} at a time: bare loop {bare:.1?}, whole run {run:.1?}: {ratio:.2}x (limit 3x)"
    );
    println!("the same requests one after another: {one_by_one:.1?}");
}

/// Sends the requests of a run and nothing else.
async fn bare(server: &OpenBao, token: &str, at_once: usize) {
    let ca = reqwest::Certificate::from_pem(&std::fs::read(server.ca()).expect("a file")).expect("a certificate");
    let client =
        reqwest::Client::builder().tls_backend_rustls().tls_certs_only([ca]).no_proxy().build().expect("a client");
    let get = |path: String| {
        let request = client.get(format!("{}/v1/{path}", server.address)).header("X-Vault-Token", token);
        async move { drop(request.send().await.expect("an answer").bytes().await.expect("a body")) }
    };
    get("sys/internal/ui/mounts/kv2/bench/0".into()).await;
    futures_util::stream::iter(0..MANY)
        .map(|n| get(format!("kv2/data/bench/{n}")))
        .buffer_unordered(at_once)
        .for_each(|()| async {})
        .await;
}

fn best(rounds: usize, mut work: impl FnMut()) -> Duration {
    let once = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    (0..rounds).map(once).min().unwrap_or_default()
}
