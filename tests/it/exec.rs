//! `plimsoll exec`, against a real OpenBao over TLS: what the child is given, and what nobody else is.

mod certificates;
mod child;
mod group;
mod output;
mod rotation;
mod transit;

use std::path::Path;
use std::process::{Child, Command};
use std::sync::LazyLock;

use serde_json::json;

use crate::support::openbao::OpenBao;
use crate::support::plimsoll::{Ran, plimsoll, write};

/// What must never be seen outside of the child it is for.
const PLANTED: &str = "pLanted \"Val$ue'/4714~é<&>";

/// One server for all these tests.
static SERVER: LazyLock<OpenBao> = LazyLock::new(|| {
    let server = OpenBao::start();
    server.mount_kv("kv", 2);
    server.mount_kv("old", 1);
    server.call(
        "POST",
        "kv/data/shop",
        &json!({"data": {"password": PLANTED, "user": "checkout", "port": 5432, "encoded": "cGxhaW4gdGV4dA=="}}),
    );
    server.call("PUT", "old/shop", &json!({"token": "an-older-Token-4715"}));
    server
        .policy("exec", r#"path "kv/*" { capabilities = ["read", "list"] } path "old/*" { capabilities = ["read"] }"#);
    server
});

/// `plimsoll exec` with a way into the server, `arguments` before and `command` behind the dashes.
fn exec(arguments: &[&str], environment: &[(&str, &str)], command: &[&str]) -> Command {
    let token =
        SERVER.call("POST", "auth/token/create", &json!({"policies": ["exec"]}))["auth"]["client_token"].clone();
    let mut new = plimsoll();
    new.arg("exec").args(arguments).arg("--").args(command);
    new.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    new.env("VAULT_ADDR", &SERVER.address).env("VAULT_CACERT", SERVER.ca());
    new.env("VAULT_TOKEN", token.as_str().expect("a token")).envs(environment.iter().copied());
    new
}

fn ran(arguments: &[&str], environment: &[(&str, &str)], command: &[&str]) -> Ran {
    exec(arguments, environment, command).output().expect("the program starts").into()
}

/// Sends `child` a signal.
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success(), "no SIG{name} could be sent");
}

/// What a child writes to the file it is given: its output is masked, a file is not.
fn written(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_default()
}

/// Reads lines until one is `wanted`.
fn read_until(out: &mut impl std::io::BufRead, wanted: &str) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        assert!(out.read_line(&mut line).expect("a line") > 0, "{wanted} never came: {lines:?}");
        lines.push(line.trim_end().to_owned());
        if line.trim_end() == wanted {
            return lines;
        }
    }
}

#[test]
fn the_child_is_given_every_form_of_reference_and_nothing_of_vaults() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("env").display().to_string();
    let environment = [
        ("PLAIN", "as it is ${HOME}"),
        ("A", "vault:kv/shop#password"),
        ("B", "vault:kv/data/shop#port"),
        ("C", "ref+vault://old/shop#/token"),
        ("D", "encrypted:vault!e:kv!p:shop!k:encoded!b:true"),
        ("E", "secret://vault?e=old&p=shop&k=token"),
        ("F", "postgres://${vault:kv/shop#user}:${ref+vault://old/shop#/token}@db"),
        ("VAULT_DB", "vault:kv/shop#user"),
        ("VAULT_SECRET_ID", "a-secret-id-of-ours"),
        ("PLIMSOLL_GATE_TOKEN", "vault:kv/shop#password"),
    ];
    let ran = ran(&[], &environment, &["/bin/sh", "-c", &format!("/usr/bin/env -0 > {out}")]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let text = written(folder.path(), "env");
    let mut all: Vec<&str> = text
        .split('\0')
        .filter(|pair| {
            !pair.is_empty()
                && !pair.starts_with("PWD=")
                && !pair.starts_with("SHLVL=")
                && !pair.starts_with("_=")
                && !pair.starts_with("OLDPWD=")
        })
        .collect();
    all.sort_unstable();
    let mut expected = vec![
        format!("A={PLANTED}"),
        "B=5432".into(),
        "C=an-older-Token-4715".into(),
        "D=plain text".into(),
        "E=an-older-Token-4715".into(),
        "F=postgres://checkout:an-older-Token-4715@db".into(),
        "PATH=/usr/local/bin:/usr/bin:/bin".into(),
        "PLAIN=as it is ${HOME}".into(),
        "VAULT_DB=checkout".into(),
    ];
    expected.sort_unstable();
    assert_eq!(all, expected);
}

#[test]
fn lists_say_what_the_child_is_given() {
    let environment = [("DB_A", "1"), ("DB_B", "vault:kv/nothing#x"), ("OTHER", "2"), ("VAULT_NAMESPACE", "")];
    let names = |arguments: &[&str]| {
        let ran = ran(arguments, &environment, &["/usr/bin/env"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let mut names: Vec<String> =
            ran.stdout.lines().filter_map(|line| Some(line.split_once('=')?.0.to_owned())).collect();
        names.sort();
        names
    };
    // What is left out is not resolved either: there is no kv/nothing.
    assert_eq!(names(&["--only", "DB_A,PATH"]), ["DB_A", "PATH"]);
    assert_eq!(names(&["--only", "OTH*", "--keep", "VAULT_ADDR"]), ["OTHER", "VAULT_ADDR"]);
    let refused = ran(&[], &environment, &["/usr/bin/env"]);
    assert_eq!(refused.code, 3);
}

#[test]
fn each_field_of_a_secret_becomes_a_variable() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("env").display().to_string();
    let ran = ran(
        &["--secret", "kv/shop=SHOP_", "--secret", "old/shop"],
        &[],
        &["/bin/sh", "-c", &format!("echo \"$SHOP_port $SHOP_user $token\" > {out}")],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(written(folder.path(), "env"), "5432 checkout an-older-Token-4715\n");
}

#[test]
fn files_are_in_memory_for_the_user_alone_and_gone_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let template = write(folder.path(), "app.conf.tmpl", "password = ${vault:kv/shop#password}\nhome = ${HOME}\n");
    let out = folder.path().display().to_string();
    let script = format!(
        "cat \"$PLIMSOLL_FILES/app.conf\" > {out}/app; cat \"$KEY\" > {out}/key; stat -c %a \"$PLIMSOLL_FILES\" \"$PLIMSOLL_FILES/app.conf\" \"$KEY\" > {out}/modes; stat -f -c %T \"$KEY\" >> {out}/modes; echo \"$PLIMSOLL_FILES\" > {out}/where"
    );
    let ran = ran(
        &["--template", &template],
        &[("KEY", "encryptedFile:vault!e:kv!p:shop!k:password")],
        &["/bin/sh", "-c", &script],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(written(folder.path(), "app"), format!("password = {PLANTED}\nhome = ${{HOME}}\n"));
    assert_eq!(written(folder.path(), "key"), PLANTED);
    assert_eq!(written(folder.path(), "modes"), "700\n400\n400\ntmpfs\n");
    assert!(!Path::new(written(folder.path(), "where").trim()).exists());
}

#[test]
fn unresolved_references_are_reported_and_nothing_is_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let mark = folder.path().join("started").display().to_string();
    let environment = [
        ("MISSING", "vault:kv/nothing#x"),
        ("FIELD", "x-${vault:kv/shop#nothing}"),
        ("DENIED", "vault:sys/policies#x"),
        ("GOOD", "vault:kv/shop#password"),
    ];
    let touch = ["/usr/bin/touch", mark.as_str()];
    let refused = ran(&[], &environment, &touch);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    for word in [
        "error: MISSING: kv/nothing#x did not resolve: kv/nothing does not exist",
        "error: FIELD: ",
        "no field",
        "error: DENIED: ",
        "help: ",
        "the command was not started",
    ] {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
    assert!(!refused.stderr.contains("GOOD") && refused.stdout.is_empty());
    for (environment, word) in [
        (vec![("A", "vault:kv/shop")], "has no field"),
        (vec![("A", "vault:kv/shop#password"), ("VAULT_ADDR", "")], "VAULT_ADDR"),
    ] {
        let refused = ran(&[], &environment, &touch);
        assert!(refused.code == 3 && refused.stderr.contains(word), "{}: {}", refused.code, refused.stderr);
    }
    let offline = ran(&["--offline"], &[("A", "vault:kv/shop#password")], &touch);
    assert_eq!(offline.code, 3, "{}", offline.stderr);
    for arguments in [
        vec!["--files", env!("CARGO_MANIFEST_DIR"), "--template", file!()],
        vec!["--template", "/nonexistent"],
        vec!["--on-rotate", "dance"],
    ] {
        let refused = ran(&arguments, &[], &touch);
        assert!(
            refused.code == 2 && refused.stderr.contains("--"),
            "{arguments:?}: {} {}",
            refused.code,
            refused.stderr
        );
    }
    assert!(!Path::new(&mark).exists(), "something was started");
    // Without references there is nothing to ask, whatever is configured.
    assert_eq!(ran(&[], &[("VAULT_ADDR", "https://127.0.0.1:1")], &touch).code, 0);
    assert!(Path::new(&mark).exists());
}
