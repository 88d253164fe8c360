//! Tokens that end, quotas, several nodes: what a run outlasts.

use plimsoll::testing::SecretResolver;

use super::*;
use crate::support::until::{until, until_some_async};

/// A server of its own with AppRole; tokens of `role` live as it says.
fn with_approle(role: &Value) -> (OpenBao, String, String) {
    let server = OpenBao::start();
    server.mount_kv("kv2", 2);
    server.call("POST", "kv2/data/shop", &json!({"data": {"password": PLANTED}}));
    server.policy("reader", READER);
    server.call("POST", "sys/auth/approle", &json!({"type": "approle"}));
    server.call("POST", "auth/approle/role/gate", role);
    let id = |path: &str, method: &str, field: &str| {
        server.call(method, path, &json!({}))["data"][field].as_str().expect("an id").to_owned()
    };
    let role = id("auth/approle/role/gate/role-id", "GET", "role_id");
    let secret = id("auth/approle/role/gate/secret-id", "POST", "secret_id");
    (server, role, secret)
}

/// Revokes every token but root's, as an operator may while a run goes on.
fn revoke_all(server: &OpenBao) {
    let listed = server.call("LIST", "auth/token/accessors", &Value::Null);
    for accessor in listed["data"]["keys"].as_array().expect("accessors") {
        let looked = server.call("POST", "auth/token/lookup-accessor", &json!({"accessor": accessor}));
        if looked["data"]["path"] != "auth/token/root" {
            server.call("POST", "auth/token/revoke-accessor", &json!({"accessor": accessor}));
        }
    }
}

#[test]
fn a_token_that_ends_in_the_middle_is_replaced_once_for_all_that_wait() {
    let (server, role, secret) = with_approle(&json!({"token_policies": ["reader"]}));
    for n in 0..20 {
        server.call("POST", &format!("kv2/data/many/{n}"), &json!({"data": {"k": n.to_string()}}));
    }
    let settings = to_server(&server, &[("VAULT_ROLE_ID", &role), ("VAULT_SECRET_ID", &secret)]);
    block(async {
        let vault = Vault::connect(&settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            told(&vault.resolve(&[reference("vault:kv2/shop#password")], within(20)).await[0]),
            format!("= {PLANTED}")
        );
        std::thread::scope(|scope| scope.spawn(|| revoke_all(&server)).join().expect("they are revoked"));
        let all: Vec<_> = (0..20).map(|n| reference(&format!("vault:kv2/many/{n}#k"))).collect();
        for (n, answer) in vault.resolve(&all, within(20)).await.iter().enumerate() {
            assert_eq!(told(answer), format!("= {n}"));
        }
        vault.close().await;
    });
    assert_eq!(server.times_asked("auth/approle/login"), 2);
    assert_eq!(server.times_asked("auth/token/revoke-self"), 1);
}

#[test]
fn a_token_at_its_maximum_is_renewed_while_that_helps_and_then_replaced() {
    let (server, role, secret) =
        with_approle(&json!({"token_policies": ["reader"], "token_ttl": "3s", "token_max_ttl": "5s"}));
    let settings = to_server(&server, &[("VAULT_ROLE_ID", &role), ("VAULT_SECRET_ID", &secret)]);
    block(async {
        let vault = Vault::connect(&settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        let watcher = vault.watcher(Vec::new(), Duration::from_mins(1));
        let logins = until_some_async(async || {
            let answers = vault.resolve(&[reference("vault:kv2/shop#password")], within(10)).await;
            assert_eq!(told(&answers[0]), format!("= {PLANTED}"));
            let logins = server.times_asked("auth/approle/login");
            if logins >= 3 { Ok(()) } else { Err(format!("the token is replaced: {logins} logins")) }
        });
        tokio::select! {
            change = watcher.changed() => panic!("nothing hangs on the token, and {change:?}"),
            () = logins => {}
        }
        vault.close().await;
    });
    assert!(server.was_asked("auth/token/renew-self"));
    // No read was refused on the way: the token was replaced before it ended.
    let refused = server
        .audit()
        .iter()
        .filter(|entry| entry["error"].is_string() && entry["request"]["path"] == "kv2/data/shop")
        .count();
    assert_eq!(refused, 0);
}

#[test]
fn a_given_token_that_has_ended_is_told_as_that_and_one_that_may_not_read_as_the_other() {
    let dead = SERVER.token("dead", READER);
    SERVER.call("POST", "auth/token/revoke", &json!({"token": dead}));
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &dead)]);
    let answers = block(resolve(&settings, &["vault:kv2/shop#password"]));
    assert!(answers[0].starts_with("unavailable: ") && answers[0].contains("has expired"), "{answers:?}");
    SERVER.policy("nothing", "path \"no/*\" { capabilities = [\"deny\"] }");
    let made = SERVER.call("POST", "auth/token/create", &json!({"policies": ["nothing"], "no_default_policy": true}));
    let alive = made["auth"]["client_token"].as_str().expect("a token").to_owned();
    let settings = to_server(&SERVER, &[("VAULT_TOKEN", &alive)]);
    let answers = block(resolve(&settings, &["vault:kv2/shop#password"]));
    assert!(answers[0].contains("is denied"), "{answers:?}");
}

#[test]
fn a_sink_whose_token_is_replaced_in_the_middle_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = SERVER.token("sink", READER);
    let file = write(folder.path(), "sink", &first);
    let settings = to_server(&SERVER, &[("VAULT_TOKEN_FILE", &file)]);
    let second = SERVER.token("sink", READER);
    block(async {
        let vault = Vault::connect(&settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        std::thread::scope(|scope| {
            scope
                .spawn(|| SERVER.call("POST", "auth/token/revoke", &json!({"token": first})))
                .join()
                .expect("it is revoked");
        });
        write(folder.path(), "sink", format!("{second}\n"));
        let answers = vault.resolve(&[reference("vault:kv2/shop#password")], within(20)).await;
        assert_eq!(told(&answers[0]), format!("= {PLANTED}"));
        vault.close().await;
    });
}

#[test]
fn a_quota_is_waited_for_inside_the_deadline() {
    let server = OpenBao::start();
    server.mount_kv("kv1", 1);
    for n in 0..12 {
        server.call("PUT", &format!("kv1/{n}"), &json!({"k": n.to_string()}));
    }
    server.call("POST", "sys/quotas/rate-limit/gate", &json!({"path": "kv1/", "rate": 5, "interval": "1s"}));
    let settings = to_server(&server, &[("VAULT_TOKEN", &server.root), ("VAULT_MAX_RETRIES", "20")]);
    let references: Vec<String> = (0..12).map(|n| format!("vault:kv1/{n}#k")).collect();
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    let answers = block(resolve(&settings, &references));
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(*answer, format!("= {n}"));
    }
}

#[test]
fn a_cluster_that_loses_its_active_node_is_asked_at_the_next_one() {
    let mut nodes = OpenBao::cluster(3);
    nodes[0].mount_kv("kv2", 2);
    nodes[0].call("POST", "kv2/data/shop", &json!({"data": {"password": PLANTED}}));
    // A standby that is asked itself reads what it has been told so far: wait until it has been told.
    let can_read =
        |node: &OpenBao| node.ask("GET", "kv2/data/shop", &Value::Null).is_some_and(|(status, _)| status == 200);
    until("the standbys have the secret", || nodes.iter().all(can_read));
    let all = nodes.iter().map(|node| node.address.clone()).collect::<Vec<_>>().join(",");
    let ca = nodes[0].ca().display().to_string();
    let root = nodes[0].root.clone();
    let settings =
        settings(&[("VAULT_ADDR", &all), ("VAULT_CACERT", &ca), ("VAULT_TOKEN", &root), ("VAULT_MAX_RETRIES", "20")]);
    block(async {
        let vault = Vault::connect(&settings, within(40)).await.unwrap_or_else(|error| panic!("{error}"));
        let wanted = [reference("vault:kv2/shop#password")];
        assert_eq!(told(&vault.resolve(&wanted, within(20)).await[0]), format!("= {PLANTED}"));
        nodes[0].kill();
        // The others have no active node for some seconds.
        let answer = told(&vault.resolve(&wanted, within(40)).await[0]);
        assert_eq!(answer, format!("= {PLANTED}"));
        vault.close().await;
    });
}

#[test]
fn a_sealed_or_dead_node_hands_over_to_the_next_address_at_once() {
    let sealed = OpenBao::start_sealed();
    let folder = tempfile::tempdir().expect("a folder");
    let both =
        std::fs::read_to_string(sealed.ca()).expect("a file") + &std::fs::read_to_string(SERVER.ca()).expect("a file");
    let ca = write(folder.path(), "ca.pem", both);
    let token = SERVER.token("several", READER);
    for first in [sealed.address.as_str(), "https://127.0.0.1:1"] {
        let addresses = format!("{first}, {}", SERVER.address);
        let settings = settings(&[("VAULT_ADDR", &addresses), ("VAULT_CACERT", &ca), ("VAULT_TOKEN", &token)]);
        let begun = Instant::now();
        assert_eq!(block(resolve(&settings, &["vault:kv2/shop#password"])), [format!("= {PLANTED}")]);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }
}

/// A label: OpenBao does not answer 412 or 472; a stand-in does, as Vault Enterprise documents it.
#[test]
fn a_node_that_lags_behind_or_stands_by_is_tried_again() {
    let (server, settings) = scripted(|path, n| match (path, n) {
        (_, 0) => Reply::Full(412, vec![], json!({"errors": ["required index state not present"]}).to_string()),
        (_, 1) => Reply::Full(473, vec![], String::new()),
        ("/v1/sys/internal/ui/mounts/m/x", _) => mount_answer("kv", "1"),
        _ => answer(&enveloped(&json!({"k": "caught up"}), "")),
    });
    assert_eq!(told(&one(&settings, "vault:m/x#k", 20)), "= caught up", "{:?}", server.asked());
}

#[test]
fn many_tasks_share_one_login_whose_token_is_given_back_once() {
    fn assert_shareable<T: Send + Sync>(_: &T) {}
    let server = Scripted::start(|asked, _| match asked.path.as_str() {
        "/v1/auth/userpass/login/u" => {
            answer(&json!({"auth": {"client_token": "s.shared", "lease_duration": 600, "renewable": true}}))
        }
        "/v1/sys/internal/ui/mounts/m/x" => mount_answer("kv", "1"),
        "/v1/m/x" => answer(&enveloped(&json!({"k": "shared value"}), "")),
        _ => Reply::Full(204, vec![], String::new()),
    });
    let settings = settings(&[("VAULT_ADDR", &server.address), ("VAULT_USERNAME", "u"), ("VAULT_PASSWORD", "p")]);
    let store = SecretResolver::new(Some(settings), |_| None);
    assert_shareable(&store);
    block(async {
        let references = [reference("vault:m/x#k")];
        let resolutions = futures_util::future::join_all((0..8).map(|_| store.resolve(&references, within(20)))).await;
        assert!(resolutions.iter().flatten().all(|resolution| told(resolution) == "= shared value"));
        store.close().await;
        store.close().await;
    });
    let count = |path: &str| server.asked().iter().filter(|asked| asked.path == path).count();
    assert_eq!((count("/v1/auth/userpass/login/u"), count("/v1/auth/token/revoke-self")), (1, 1));
}
