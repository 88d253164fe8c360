//! Vault, as Plimsoll uses it: against a real OpenBao over TLS, and against a server that misbehaves on purpose.

mod audit;
mod doctor;
mod engines;
mod logins;
mod manifests;
mod matrix;
mod paths;
mod tokens;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use plimsoll::testing::Deadline;
use plimsoll::testing::vault::settings::from_env;
use plimsoll::testing::vault::{self, Error, Resolution, Settings, Vault};
use plimsoll::testing::{Recognised, VaultReference, recognise};
use serde_json::{Value, json};

use crate::support::openbao::OpenBao;
use crate::support::plimsoll::{Ran, plimsoll, write};
use crate::support::scripted::{Reply, Scripted};

/// What must never be seen.
const PLANTED: &str = "planted-Value-4711-xyz";

/// One server for all tests that do not seal or stop it.
static SERVER: LazyLock<OpenBao> = LazyLock::new(|| {
    let server = OpenBao::start();
    server.mount_kv("kv1", 1);
    server.mount_kv("kv2", 2);
    server.mount_kv("team/nested", 2);
    server.call("PUT", "kv1/shop", &json!({"password": PLANTED, "port": 5432, "list": [1]}));
    server.call("POST", "kv2/data/shop", &json!({"data": {"password": "the old one, version one"}}));
    server.call("POST", "kv2/data/shop", &json!({"data": {"password": PLANTED, "encoded": "cGxhaW4gdGV4dA=="}}));
    server.call("POST", "team/nested/data/a/b", &json!({"data": {"k": "nested value"}}));
    server.call("POST", "kv2/data/deleted", &json!({"data": {"k": "gone"}}));
    server.call("DELETE", "kv2/data/deleted", &Value::Null);
    server.call("POST", "kv2/data/destroyed", &json!({"data": {"k": "gone"}}));
    server.call("PUT", "kv2/destroy/destroyed", &json!({"versions": [1]}));
    server.call("POST", "kv2/data/secret-of-others", &json!({"data": {"k": "not yours"}}));
    server
});

const READER: &str = r#"
path "kv1/*" { capabilities = ["read"] }
path "kv2/data/*" { capabilities = ["read"] }
path "team/nested/*" { capabilities = ["read"] }
path "kv2/data/secret-of-others" { capabilities = ["deny"] }
"#;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    let env = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    from_env(&env).expect("the settings are good").expect("Vault is configured")
}

fn to_server(server: &OpenBao, more: &[(&str, &str)]) -> Settings {
    let ca = server.ca().display().to_string();
    let mut pairs = vec![("VAULT_ADDR", server.address.as_str()), ("VAULT_CACERT", ca.as_str())];
    pairs.extend_from_slice(more);
    settings(&pairs)
}

fn reference(text: &str) -> VaultReference {
    match recognise(text) {
        Some(Recognised::Vault(reference)) => reference,
        other => panic!("{text}: {other:?}"),
    }
}

fn within(seconds: u64) -> Deadline {
    Deadline::after(Duration::from_secs(seconds))
}

/// What a resolution is, in words a test can compare.
fn told(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Resolved(secret) => format!("= {}", secret.expose()),
        Resolution::Refused { reason, .. } => format!("refused: {reason}"),
        Resolution::Unavailable(error) => format!("unavailable: {error}"),
        Resolution::Present => "present".into(),
        Resolution::Whole(fields) => format!("fields {:?}", fields.keys().collect::<Vec<_>>()),
    }
}

async fn resolve(settings: &Settings, references: &[&str]) -> Vec<String> {
    let vault = Vault::connect(settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
    let references: Vec<_> = references.iter().map(|text| reference(text)).collect();
    let resolutions = vault.resolve(&references, within(20)).await;
    vault.close().await;
    resolutions.iter().map(told).collect()
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[test]
fn every_form_of_reference_resolves_from_either_version() {
    let token = SERVER.token("every-form", READER);
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &token)]);
    let answers = block(resolve(
        &settings,
        &[
            "vault:kv1/shop#password",
            "vault:kv1/shop#port",
            "vault:kv2/shop#password",
            "vault:kv2/data/shop#password",
            "vault:kv2/shop#password#1",
            "ref+vault://kv2/shop#/password",
            "encrypted:vault!e:kv2!p:shop!k:encoded!b:true",
            "secret://vault?e=kv2&p=shop&k=password",
            "vault:team/nested/a/b#k",
        ],
    ));
    let planted = format!("= {PLANTED}");
    let expected = [
        planted.as_str(),
        "= 5432",
        &planted,
        &planted,
        "= the old one, version one",
        &planted,
        "= plain text",
        &planted,
        "= nested value",
    ];
    assert_eq!(answers, expected);
}

#[test]
fn what_is_wrong_with_a_reference_is_told_apart() {
    let token = SERVER.token("told-apart", READER);
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &token)]);
    let answers = block(resolve(
        &settings,
        &[
            "vault:kv2/nothing#k",
            "vault:kv1/nothing#k",
            "vault:kv2/shop#nothing",
            "vault:kv1/shop#list",
            "vault:kv2/deleted#k",
            "vault:kv2/destroyed#k",
            "vault:kv2/secret-of-others#k",
            "vault:kv2/shop#password#9",
            "vault:no-such-mount/x#k",
            "encrypted:vault!e:kv2!p:shop!k:password!b:true",
        ],
    ));
    let words = [
        "kv2/nothing does not exist",
        "kv1/nothing does not exist",
        "no field",
        "is a list or a map",
        "is deleted",
        "is destroyed",
        "is denied",
        "version 9 of kv2/shop does not exist",
        "no-such-mount",
        "not base64",
    ];
    for (answer, word) in answers.iter().zip(words) {
        assert!(answer.starts_with("refused: ") && answer.contains(word), "{answer} lacks {word:?}");
        assert!(!answer.contains(PLANTED));
    }
}

#[test]
fn a_path_is_read_once_however_many_fields_are_wanted() {
    SERVER.call("POST", "kv2/data/once", &json!({"data": {"a": "1", "b": "2"}}));
    let token = SERVER.token("once", READER);
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &token)]);
    let answers = block(resolve(&settings, &["vault:kv2/once#a", "vault:kv2/once#b", "vault:kv2/once#a"]));
    assert_eq!(answers, ["= 1", "= 2", "= 1"]);
    let reads = SERVER
        .audit()
        .iter()
        .filter(|entry| {
            entry["type"] == "request"
                && entry["request"]["path"] == "kv2/data/once"
                && entry["request"]["operation"] == "read"
        })
        .count();
    assert_eq!(reads, 1);
}

#[test]
fn a_token_that_was_given_is_left_alone() {
    let token = SERVER.token("left-alone", READER);
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &token)]);
    block(resolve(&settings, &["vault:kv2/shop#password"]));
    let (status, _) = SERVER.ask_as(&token, "GET", "auth/token/lookup-self", &Value::Null).expect("an answer");
    assert_eq!(status, 200);
}

#[test]
fn a_sealed_server_is_inconclusive_and_found_again_after_unsealing() {
    let server = OpenBao::start();
    server.mount_kv("kv2", 2);
    server.call("POST", "kv2/data/x", &json!({"data": {"k": "v"}}));
    let settings = to_server(&server, &[("VAULT_TOKEN", &server.root)]);
    assert!(block(vault::health(&settings, within(10))).is_ok());
    server.seal();
    let error = block(vault::health(&settings, within(10))).expect_err("it is sealed");
    assert!(error.reason.contains("sealed"), "{error}");
    let answers = block(async {
        let vault = Vault::connect(&settings, within(5)).await.expect("a given token needs no login");
        vault.resolve(&[reference("vault:kv2/x#k")], within(5)).await
    });
    assert!(
        matches!(&answers[0], Resolution::Unavailable(error) if error.reason.contains("sealed")),
        "{}",
        told(&answers[0])
    );
    server.unseal();
    assert_eq!(block(resolve(&settings, &["vault:kv2/x#k"])), ["= v"]);
}

#[test]
fn tls_trusts_the_configured_authority_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::support::certificates::write(folder.path());
    let other = folder.path().join("ca.pem").display().to_string();
    let token = SERVER.token("tls", READER);
    let wrong = settings(&[("VAULT_ADDR", &SERVER.address), ("VAULT_CACERT", &other), ("VAULT_TOKEN", &token)]);
    let error = block(vault::health(&wrong, within(10))).expect_err("another authority");
    assert!(error.help.contains("VAULT_CACERT"), "{error} {}", error.help);
    let file = write(folder.path(), "empty.pem", "no certificate");
    let empty = settings(&[("VAULT_ADDR", &SERVER.address), ("VAULT_CACERT", &file), ("VAULT_TOKEN", &token)]);
    assert!(block(vault::health(&empty, within(10))).expect_err("no certificate").reason.contains("no certificate"));
}

#[test]
fn the_authority_is_a_file_a_folder_or_a_text_and_the_text_comes_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let pem = std::fs::read_to_string(SERVER.ca()).expect("the authority");
    write(folder.path(), "ours.pem", &pem);
    write(folder.path(), "notes.txt", "no certificate");
    let at = folder.path().display().to_string();
    let token = SERVER.token("authority", READER);
    let health = |more: &[(&str, &str)]| {
        let all = [&[("VAULT_ADDR", SERVER.address.as_str()), ("VAULT_TOKEN", token.as_str())], more].concat();
        block(vault::health(&settings(&all), within(10)))
    };
    assert_eq!(health(&[("VAULT_CAPATH", &at)]), Ok(()));
    assert_eq!(health(&[("VAULT_CACERT_BYTES", &pem)]), Ok(()));
    assert_eq!(health(&[("VAULT_CACERT_BYTES", &pem), ("VAULT_CACERT", "/nonexistent.pem")]), Ok(()));
    let error = health(&[("VAULT_CACERT_BYTES", "no certificate"), ("VAULT_CAPATH", &at)]).expect_err("it holds none");
    assert!(error.reason.contains("VAULT_CACERT_BYTES") && !error.reason.contains("no certificate,"), "{error}");
    assert!(health(&[]).is_err(), "the system trusts no authority of the tests");
}

// The nine pitfalls of vaultrs, each with the guard that a test below fails without.

fn scripted(script: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> (Scripted, Settings) {
    let server = Scripted::start(move |asked, n| script(&asked.path, n));
    let settings = settings(&[("VAULT_ADDR", &server.address), ("VAULT_TOKEN", "s.planted-Token-4712")]);
    (server, settings)
}

fn answer(body: &Value) -> Reply {
    Reply::Full(200, vec![("content-type", "application/json".into())], body.to_string())
}

fn enveloped(data: &Value, lease: &str) -> Value {
    json!({"request_id": "r", "lease_id": lease, "lease_duration": 60, "renewable": false, "data": data, "wrap_info": null, "warnings": null, "auth": null})
}

fn mount_answer(kind: &str, version: &str) -> Reply {
    answer(&enveloped(&json!({"path": "m/", "type": kind, "options": {"version": version}}), ""))
}

fn one(settings: &Settings, text: &str, seconds: u64) -> Resolution {
    block(async {
        let vault = Vault::connect(settings, within(seconds)).await.unwrap_or_else(|error| panic!("{error}"));
        let mut answers = vault.resolve(&[reference(text)], within(seconds)).await;
        vault.close().await;
        answers.remove(0)
    })
}

#[test]
fn pitfall_1_health_is_read_from_a_server_without_performance_standby() {
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", "x")]);
    assert_eq!(block(vault::health(&settings, within(10))), Ok(()));
}

#[test]
fn pitfall_2_a_redirect_never_carries_the_token_to_another_host() {
    let thief = Scripted::start(|_, _| answer(&json!({})));
    let to = format!("{}/v1/stolen", thief.address);
    let (server, settings) = scripted(move |_, _| Reply::Full(307, vec![("location", to.clone())], String::new()));
    let answer = told(&one(&settings, "vault:m/x#k", 5));
    assert!(answer.contains("redirects"), "{answer}");
    assert!(thief.asked().is_empty(), "{:?}", thief.asked());
    assert_eq!(server.asked()[0].header("x-vault-token"), Some("s.planted-Token-4712"));
}

#[test]
fn pitfall_3_a_token_file_with_a_line_feed_and_an_address_that_is_none_do_not_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = SERVER.token("line-feed", READER);
    let file = write(folder.path(), "token", format!("{token}\r\n"));
    let settings = to_server(&SERVER, &[("VAULT_TOKEN_FILE", &file)]);
    assert_eq!(block(resolve(&settings, &["vault:kv2/shop#password"])), [format!("= {PLANTED}")]);
    for address in ["not an address", "https://", "https://[::1", "ftp://x", "https://a b"] {
        let refused = from_env(&|name| match name {
            "VAULT_ADDR" => Some(address.to_owned()),
            "VAULT_TOKEN" => Some("x".to_owned()),
            _ => None,
        });
        assert!(refused.is_err(), "{address}");
    }
}

#[test]
fn pitfall_4_the_library_reads_nothing_from_the_environment() {
    let doctor = |more: &[(&str, &str)]| -> Ran {
        let token = SERVER.token("environment", READER);
        let mut command = plimsoll();
        command
            .arg("doctor")
            .env("VAULT_ADDR", &SERVER.address)
            .env("VAULT_CACERT", SERVER.ca())
            .env("VAULT_TOKEN", token);
        command.envs(more.iter().copied()).output().expect("the program starts").into()
    };
    // A proxy would make this fail, since nothing listens there.
    let proxies = [
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
        ("https_proxy", "http://127.0.0.1:1"),
        ("ALL_PROXY", "http://127.0.0.1:1"),
    ];
    let ran = doctor(&proxies);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let ran = doctor(&[("VAULT_SKIP_VERIFY", "1")]);
    assert_eq!(ran.code, 2, "{}", ran.stdout);
    assert!(ran.stdout.contains("VAULT_SKIP_VERIFY"), "{}", ran.stdout);
}

#[test]
fn pitfall_5_an_address_with_a_path_keeps_it_before_the_version() {
    let server = Scripted::start(|asked, _| match asked.path.trim_end_matches('?') {
        "/vault/v1/sys/internal/ui/mounts/m/x" => mount_answer("kv", "2"),
        "/vault/v1/m/data/x" => answer(&enveloped(&json!({"data": {"k": "behind a prefix"}, "metadata": {}}), "")),
        _ => Reply::Full(404, vec![], json!({"errors": []}).to_string()),
    });
    let address = format!("{}/vault/", server.address);
    let settings = settings(&[("VAULT_ADDR", &address), ("VAULT_TOKEN", "x")]);
    assert_eq!(told(&one(&settings, "vault:m/x#k", 5)), "= behind a prefix", "{:?}", server.asked());
}

#[test]
fn pitfall_6_no_error_holds_the_token_or_an_answer() {
    let bodies = [
        format!("<html>{PLANTED}</html>"),
        format!("{{\"data\": \"{PLANTED}\""),
        json!({"data": {"data": PLANTED}, "request_id": 1}).to_string(),
        json!({"errors": [PLANTED]}).to_string(),
    ];
    for body in bodies {
        for status in [200, 400, 403, 404, 500] {
            let text = body.clone();
            let (_server, settings) = scripted(move |_, _| Reply::Full(status, vec![], text.clone()));
            let error: Error = match one(&settings, "vault:m/x#k", 2) {
                Resolution::Unavailable(error) => error,
                Resolution::Refused { reason, remedy, .. } => {
                    assert!(!format!("{reason}{remedy}").contains("lanted"), "{reason}");
                    continue;
                }
                _ => panic!("{body} is no secret"),
            };
            let all = format!("{error} {error:?} {} {:#?}", error.help, error);
            assert!(!all.contains("planted"), "{all}");
        }
    }
}

#[test]
fn pitfall_7_both_shapes_of_404_are_told_apart() {
    let token = SERVER.token("shapes", READER);
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &token)]);
    let answers = block(resolve(&settings, &["vault:kv2/deleted#k", "vault:kv2/nothing#k"]));
    assert!(answers[0].contains("is deleted") && answers[1].contains("does not exist"), "{answers:?}");
}

#[test]
fn pitfall_8_a_lease_is_kept_and_ended() {
    // A label: no engine of OpenBao gives leases without a further server, so a scripted one stands in for `database/creds`.
    let (server, settings) = scripted(|path, _| match path {
        "/v1/sys/internal/ui/mounts/m/creds/ro" => mount_answer("database", "1"),
        "/v1/m/creds/ro" => {
            answer(&enveloped(&json!({"username": "v-ro-1", "password": PLANTED}), "m/creds/ro/lease-1"))
        }
        _ => Reply::Full(204, vec![], String::new()),
    });
    assert_eq!(told(&one(&settings, "vault:m/creds/ro#username", 5)), "= v-ro-1");
    let last = server.asked().pop().expect("requests");
    assert_eq!((last.method.as_str(), last.path.as_str()), ("PUT", "/v1/sys/leases/revoke"));
}

#[test]
fn pitfall_9_calls_end_with_the_deadline_and_are_tried_again_before() {
    let (_server, settings) = scripted(|_, _| Reply::Silence);
    let start = Instant::now();
    assert!(matches!(one(&settings, "vault:m/x#k", 2), Resolution::Unavailable(_)));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    let (server, settings) = scripted(|path, n| match (path, n) {
        (_, 0) => Reply::Full(503, vec![], json!({"errors": []}).to_string()),
        (_, 1) => Reply::Full(429, vec![], json!({"errors": ["rate limit quota exceeded"]}).to_string()),
        (_, 2) => Reply::BrokenOff("{\"data\":".into()),
        ("/v1/sys/internal/ui/mounts/m/x", _) => mount_answer("kv", "1"),
        _ => answer(&enveloped(&json!({"k": "at last"}), "")),
    });
    assert_eq!(told(&one(&settings, "vault:m/x#k", 20)), "= at last", "{:?}", server.asked());
    // `..` would be dropped in silence and another path be read.
    assert!(matches!(recognise("vault:m/a/../b#k"), Some(Recognised::Malformed(_))));
}
