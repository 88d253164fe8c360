//! `plimsoll exec` with accounts that Vault makes in a real database.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::database::{Postgres, programs};
use crate::support::openbao::OpenBao;
use crate::support::plimsoll::{finish, plimsoll, write};
use crate::support::until::until;
use crate::vault::{RULES, with_database};

const LIMIT: Duration = Duration::from_mins(1);

/// `plimsoll exec` of a shell that finds the account of `role` in the variables `psql` reads, and `psql` itself in its path.
fn exec(server: &OpenBao, database: &Postgres, role: &str, arguments: &[&str], script: &str) -> Command {
    let mut command = plimsoll();
    command.arg("exec").args(arguments).args(["--", "/bin/sh", "-c", script]);
    command.env("PATH", format!("{}:/usr/bin:/bin", programs().display()));
    command
        .env("VAULT_ADDR", &server.address)
        .env("VAULT_CACERT", server.ca())
        .env("VAULT_TOKEN", server.token("exec", RULES));
    command.env("PGUSER", format!("vault:database/creds/{role}#username"));
    command.env("PGPASSWORD", format!("vault:database/creds/{role}#password"));
    command.env("PGHOST", "127.0.0.1").env("PGPORT", database.port.to_string()).env("PGDATABASE", "postgres");
    command
}

#[test]
fn an_account_lives_as_long_as_the_child_and_is_gone_from_the_database_with_it() {
    let database = Postgres::start();
    let server = with_database(&database);
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("user").display().to_string();
    let script = format!(
        "trap 'psql -Atc \"select 7\"; exit 0' TERM; psql -Atc 'select current_user' > {out} || exit 9; while :; do sleep 0.02; done"
    );
    let child = exec(&server, &database, "long", &[], &script).spawn().expect("it starts");
    // What is granted for six seconds at first is made to live on twice.
    until("the lease is renewed", || server.times_asked("sys/leases/renew") >= 2);
    let user = std::fs::read_to_string(&out).expect("the child has connected").trim().to_owned();
    assert!(user.starts_with("v-") && database.has_role(&user), "{user}");
    let told = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().expect("kill runs");
    assert!(told.success());
    let ran = finish(child, LIMIT);
    // Told to end, the child could still use it.
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "7\n"), "{}", ran.stderr);
    assert_eq!(server.times_asked("database/creds/long"), 1);
    assert!(!database.has_role(&user), "the account outlives the run");
}

#[test]
fn an_account_at_its_maximum_is_replaced_and_the_child_restarted_with_the_next() {
    let database = Postgres::start();
    let server = with_database(&database);
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("users").display().to_string();
    let script = format!(
        "psql -Atc 'select current_user' >> {out} || exit 9; test $(wc -l < {out}) = 3 && exit 4; trap 'echo stopped; exit 0' TERM; while :; do sleep 0.02; done"
    );
    let ran = finish(exec(&server, &database, "short", &[], &script).spawn().expect("it starts"), LIMIT);
    assert_eq!((ran.code, ran.stdout.as_str()), (4, "stopped\nstopped\n"), "{}", ran.stderr);
    let users = std::fs::read_to_string(&out).expect("the child has connected");
    let mut users: Vec<&str> = users.lines().collect();
    users.dedup();
    assert_eq!(users.len(), 3, "{users:?}");
    for user in users {
        assert!(!database.has_role(user), "{user} outlives the run");
    }
}

#[test]
fn a_child_that_is_signalled_finds_the_next_account_in_its_files() {
    let database = Postgres::start();
    let server = with_database(&database);
    let folder = tempfile::tempdir().expect("a folder");
    let template = write(
        folder.path(),
        "pgpass",
        "127.0.0.1:*:*:${vault:database/creds/short#username}:${vault:database/creds/short#password}\n",
    );
    let out = folder.path().join("users").display().to_string();
    let connect = format!(
        "user=$(cut -d: -f4 $PLIMSOLL_FILES/pgpass); PGPASSFILE=$PLIMSOLL_FILES/pgpass psql -U $user -Atc 'select current_user' >> {out} || exit 9"
    );
    let script = format!(
        "unset PGUSER PGPASSWORD; trap '{}; exit 5' HUP; {connect}; while :; do sleep 0.02; done",
        connect.replace('\'', "\"")
    );
    let child = exec(&server, &database, "short", &["--template", &template, "--on-rotate", "HUP"], &script)
        .spawn()
        .expect("it starts");
    let ran = finish(child, LIMIT);
    assert_eq!(ran.code, 5, "{}{}", ran.stdout, ran.stderr);
    let users = std::fs::read_to_string(&out).expect("the child has connected");
    let users: Vec<&str> = users.lines().collect();
    assert!(users.len() == 2 && users[0] != users[1], "{users:?}");
    for user in users {
        assert!(!database.has_role(user), "{user} outlives the run");
    }
}

#[test]
fn a_child_that_is_signalled_may_use_the_former_account_until_the_run_ends() {
    let database = Postgres::start();
    let server = with_database(&database);
    server.mount_kv("kv", 2);
    server.call("POST", "kv/data/shop", &json!({"data": {"k": "the-first-Value"}}));
    let folder = tempfile::tempdir().expect("a folder");
    let template = write(
        folder.path(),
        "account",
        "${vault:database/creds/steady#username} ${vault:database/creds/steady#password} ${vault:kv/shop#k}\n",
    );
    let out = folder.path().join("users").display().to_string();
    // It reads the new account, and uses both.
    let connect = format!("PGPASSWORD=$1 psql -U $0 -Atc \"select current_user\" >> {out} || exit 9");
    let script = format!(
        "unset PGUSER PGPASSWORD; use() {{ sh -c '{connect}' $*; }}; former=$(cat $PLIMSOLL_FILES/account); trap 'use $former || exit 9; use $(cat $PLIMSOLL_FILES/account) || exit 9; exit 5' HUP; use $former; echo started; while :; do sleep 0.02; done"
    );
    let arguments = ["--template", &template, "--on-rotate", "HUP", "--refresh", "1s"];
    let child = exec(&server, &database, "steady", &arguments, &script).spawn().expect("it starts");
    until("the child has connected", || std::fs::read_to_string(&out).is_ok_and(|users| users.ends_with('\n')));
    server.call("POST", "kv/data/shop", &json!({"data": {"k": "the-second-Value"}}));
    let ran = finish(child, LIMIT);
    assert_eq!(ran.code, 5, "{}{}", ran.stdout, ran.stderr);
    let users = std::fs::read_to_string(&out).expect("the child has connected");
    let users: Vec<&str> = users.lines().collect();
    assert!(users.len() == 3 && users[0] == users[1] && users[1] != users[2], "{users:?}");
    assert!(users.iter().all(|user| !database.has_role(user)), "an account outlives the run");
}
