//! What happens when a secret changes while the child runs.

use std::io::BufReader;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{SERVER, exec, read_until, written};
use crate::support::openbao::OpenBao;
use crate::support::plimsoll::{finish, plimsoll, write};
use crate::support::scripted::{Reply, Scripted};
use crate::support::until::until;

const LIMIT: Duration = Duration::from_mins(1);

#[test]
fn a_changed_value_restarts_the_child_with_it_and_neither_comes_out() {
    SERVER.call("POST", "kv/data/restart", &json!({"data": {"password": "the-first-Value-1"}}));
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("values").display().to_string();
    let script = format!(
        "echo \"$A\" >> {out}; trap 'echo stopped; exit 0' TERM; echo \"started with $A\"; while :; do sleep 0.02; done"
    );
    let mut child = exec(&["--refresh", "1s"], &[("A", "vault:kv/restart#password")], &["/bin/sh", "-c", &script])
        .spawn()
        .expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    assert_eq!(read_until(&mut stdout, "started with [secret]").len(), 1);
    SERVER.call("POST", "kv/data/restart", &json!({"data": {"password": "the-second-Value-2"}}));
    assert_eq!(read_until(&mut stdout, "started with [secret]"), ["stopped", "started with [secret]"]);
    assert_eq!(written(folder.path(), "values"), "the-first-Value-1\nthe-second-Value-2\n");
    super::signal(&child, "TERM");
    assert_eq!(read_until(&mut stdout, "stopped"), ["stopped"]);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_signal_tells_the_child_that_its_files_are_new() {
    SERVER.call("POST", "kv/data/signal", &json!({"data": {"password": "the-first-Value-3"}}));
    let folder = tempfile::tempdir().expect("a folder");
    let template = write(folder.path(), "app.conf", "p=${vault:kv/signal#password}\n");
    let script = "trap 'cat $PLIMSOLL_FILES/app.conf; grep -c Value-4 $PLIMSOLL_FILES/app.conf; exit 6' HUP; cat $PLIMSOLL_FILES/app.conf; while :; do sleep 0.02; done";
    let mut child =
        exec(&["--refresh", "1s", "--on-rotate", "HUP", "--template", &template], &[], &["/bin/sh", "-c", script])
            .spawn()
            .expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    assert_eq!(read_until(&mut stdout, "p=[secret]").len(), 1);
    SERVER.call("POST", "kv/data/signal", &json!({"data": {"password": "the-second-Value-4"}}));
    assert_eq!(read_until(&mut stdout, "1"), ["p=[secret]", "1"]);
    assert_eq!(child.wait().expect("it ends").code(), Some(6));
}

#[test]
fn a_change_can_end_the_child_and_a_child_that_does_not_end_is_killed() {
    SERVER.call("POST", "kv/data/exit", &json!({"data": {"password": "the-first-Value-5"}}));
    let arguments = ["--refresh", "1s", "--on-rotate", "exit", "--stop-timeout", "200ms"];
    let script = "trap '' TERM; echo started; while :; do sleep 0.02; done";
    let mut child =
        exec(&arguments, &[("A", "vault:kv/exit#password")], &["/bin/sh", "-c", script]).spawn().expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    read_until(&mut stdout, "started");
    SERVER.call("POST", "kv/data/exit", &json!({"data": {"password": "the-second-Value-6"}}));
    assert_eq!(child.wait().expect("it ends").code(), Some(137));
}

#[test]
fn credentials_at_their_maximum_are_replaced_before_they_end_and_the_former_revoked_against_a_stand_in() {
    // A label: OpenBao makes no leases without a further server, so a scripted one stands in for `database/creds`.
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let server = Scripted::start(|asked, _| {
        let answer =
            |body: &Value| Reply::Full(200, vec![("content-type", "application/json".into())], body.to_string());
        let enveloped = |data: Value, lease: &str| json!({"request_id": "r", "lease_id": lease, "lease_duration": 3, "renewable": false, "data": data, "wrap_info": null, "warnings": null, "auth": null});
        match asked.path.trim_end_matches('?') {
            "/v1/sys/internal/ui/mounts/m/creds/ro" => {
                answer(&enveloped(json!({"path": "m/", "type": "database", "options": null}), ""))
            }
            "/v1/m/creds/ro" => {
                let n = MADE.fetch_add(1, Ordering::SeqCst) + 1;
                answer(&enveloped(
                    json!({"username": format!("v-ro-{n}"), "password": format!("made-Password-{n}")}),
                    &format!("m/creds/ro/lease-{n}"),
                ))
            }
            _ => Reply::Full(204, vec![], String::new()),
        }
    });
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("values").display().to_string();
    let script =
        format!("echo \"$U $P\" >> {out}; test \"$U\" = v-ro-2 && exit 4; echo first; while :; do sleep 0.02; done");
    let mut command = plimsoll();
    command.args(["exec", "--", "/bin/sh", "-c", &script]).env("PATH", "/usr/bin:/bin");
    command.env("U", "vault:m/creds/ro#username").env("P", "vault:m/creds/ro#password");
    let ran =
        finish(command.env("VAULT_ADDR", &server.address).env("VAULT_TOKEN", "x").spawn().expect("it starts"), LIMIT);
    assert_eq!((ran.code, ran.stdout.as_str()), (4, "first\n"), "{}", ran.stderr);
    // One reading gives both, so that they belong together.
    assert_eq!(written(folder.path(), "values"), "v-ro-1 made-Password-1\nv-ro-2 made-Password-2\n");
    let revoked = server.asked().iter().filter(|asked| asked.path == "/v1/sys/leases/revoke").count();
    assert_eq!(revoked, 2, "{:?}", server.asked());
}

/// A child that notes what its file holds, at the start and at each HUP, and ends with 5 when that is the last value.
const NOTES: &str = "note() { cat $PLIMSOLL_FILES/app.conf >> $OUT; echo noted; }; trap 'note; grep -q last $PLIMSOLL_FILES/app.conf && exit 5' HUP; note; while :; do sleep 0.02; done";

#[test]
fn a_secret_that_is_deleted_changes_nothing_until_it_is_written_anew() {
    SERVER.call("POST", "kv/data/deleted-later", &json!({"data": {"password": "the-first-Value-7"}}));
    let folder = tempfile::tempdir().expect("a folder");
    let template = write(folder.path(), "app.conf", "${vault:kv/deleted-later#password}\n");
    let out = folder.path().join("out").display().to_string();
    let arguments = ["--refresh", "1s", "--on-rotate", "HUP", "--template", &template];
    let mut child = exec(&arguments, &[("OUT", &out)], &["/bin/sh", "-c", NOTES]).spawn().expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    read_until(&mut stdout, "noted");
    SERVER.call("DELETE", "kv/data/deleted-later", &Value::Null);
    let missed = SERVER.times_asked("kv/data/deleted-later");
    until("it is looked for again", || SERVER.times_asked("kv/data/deleted-later") >= missed + 3);
    assert_eq!(written(folder.path(), "out"), "the-first-Value-7\n", "the child goes on with what it has");
    SERVER.call("POST", "kv/data/deleted-later", &json!({"data": {"password": "the-last-Value-8"}}));
    child.stdout = Some(stdout.into_inner());
    let ran = finish(child, LIMIT);
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    assert_eq!(written(folder.path(), "out"), "the-first-Value-7\nthe-last-Value-8\n");
    assert!(ran.stderr.contains("could not be read again") && ran.stderr.contains("is deleted"), "{}", ran.stderr);
}

#[test]
fn a_vault_that_goes_away_and_comes_back_is_asked_again() {
    let server = OpenBao::start();
    server.mount_kv("kv", 2);
    server.call("POST", "kv/data/shop", &json!({"data": {"password": "the-first-Value-9"}}));
    let token = server.token("away", "path \"kv/data/*\" { capabilities = [\"read\"] }");
    let folder = tempfile::tempdir().expect("a folder");
    let template = write(folder.path(), "app.conf", "${vault:kv/shop#password}\n");
    let out = folder.path().join("out").display().to_string();
    let arguments = ["--refresh", "1s", "--on-rotate", "HUP", "--template", &template];
    let mut command = exec(&arguments, &[("OUT", &out)], &["/bin/sh", "-c", NOTES]);
    command.env("VAULT_ADDR", &server.address).env("VAULT_CACERT", server.ca()).env("VAULT_TOKEN", &token);
    // So that a look-up while it is sealed ends soon.
    command.env("VAULT_MAX_RETRIES", "0");
    let mut child = command.spawn().expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    read_until(&mut stdout, "noted");
    server.seal();
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("could not be read again") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut stderr, &mut line).expect("a line") > 0, "nothing is said of it");
    }
    assert!(line.contains("the node is sealed"), "{line}");
    assert!(child.try_wait().expect("it can be waited for").is_none(), "the child goes on");
    server.unseal();
    server.call("POST", "kv/data/shop", &json!({"data": {"password": "the-last-Value-10"}}));
    (child.stdout, child.stderr) = (Some(stdout.into_inner()), Some(stderr.into_inner()));
    let ran = finish(child, LIMIT);
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    assert_eq!(written(folder.path(), "out"), "the-first-Value-9\nthe-last-Value-10\n");
}

#[test]
fn a_token_that_comes_to_its_maximum_beside_the_child_is_replaced_and_the_last_one_given_back() {
    let server = OpenBao::start();
    server.mount_kv("kv", 2);
    server.call("POST", "kv/data/shop", &json!({"data": {"password": "the-first-Value-11"}}));
    server.policy("short", "path \"kv/data/*\" { capabilities = [\"read\"] }");
    server.call("POST", "sys/auth/approle", &json!({"type": "approle"}));
    let role = json!({"token_policies": ["short"], "token_ttl": "2s", "token_max_ttl": "3s"});
    server.call("POST", "auth/approle/role/short", &role);
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let id = text(&server.call("GET", "auth/approle/role/short/role-id", &Value::Null)["data"]["role_id"]);
    let secret = text(&server.call("POST", "auth/approle/role/short/secret-id", &json!({}))["data"]["secret_id"]);
    let folder = tempfile::tempdir().expect("a folder");
    let template = write(folder.path(), "app.conf", "${vault:kv/shop#password}\n");
    let out = folder.path().join("out").display().to_string();
    let arguments = ["--refresh", "1s", "--on-rotate", "HUP", "--template", &template];
    let mut command = exec(&arguments, &[("OUT", &out)], &["/bin/sh", "-c", NOTES]);
    command.env_remove("VAULT_TOKEN").env("VAULT_ADDR", &server.address).env("VAULT_CACERT", server.ca());
    let child = command.env("VAULT_ROLE_ID", id).env("VAULT_SECRET_ID", secret).spawn().expect("it starts");
    until("it has logged in three times", || server.times_asked("auth/approle/login") >= 3);
    server.call("POST", "kv/data/shop", &json!({"data": {"password": "the-last-Value-12"}}));
    let ran = finish(child, LIMIT);
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    assert_eq!(written(folder.path(), "out"), "the-first-Value-11\nthe-last-Value-12\n");
    assert!(server.was_asked("auth/token/revoke-self"), "the last token is given back");
}
