//! Whether a commit is on its branch: stand-ins for GitHub, GitLab and Bitbucket over real HTTP, and a real git server.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::plimsoll::{run, write};
use crate::support::scripted::{Asked, Reply, Scripted};

const TOKEN: &str = "tk-7fQ2-quiet-harbour";
const HASH: &str = "9f2c41d07b6e58a3c9d0e1f2a3b4c5d6e7f80912";

/// Judges a push of `hash` to `branch` with a git server of `kind` at `api`; gives the outcome of `unverified-commit`, and all output.
fn judge(kind: &str, api: &str, branch: &str, hash: &str) -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let execution = json!({"type": "PIPELINE", "id": "E1", "application": "shop", "status": "RUNNING",
        "authentication": {"user": "x@managed-service-account"},
        "trigger": {"type": "git", "source": "github", "project": "acme", "slug": "shop", "branch": branch, "hash": hash},
        "stages": [{"refId": "1", "type": "deploy", "name": "Deploy", "status": "NOT_STARTED", "context": {"account": "prod"}}]});
    let file = write(folder.path(), "execution.json", execution.to_string());
    let token = write(folder.path(), "token", TOKEN);
    let policy = json!({"schema": "plimsoll.dev/policy/v1", "name": "git", "version": "1", "profile": "strict",
        "git": {"servers": [{"match": "github/acme/*", "kind": kind, "api": api, "token": format!("file:{token}")}]}});
    let policy = write(folder.path(), "policy.json", policy.to_string());
    let ran = run([
        "check",
        &file,
        "--policy",
        &policy,
        "--only",
        "unverified-commit",
        "--format",
        "verdict",
        "--deadline",
        "3s",
    ]);
    let checks: Value = ran.json()["checks"].clone();
    let line = checks
        .as_array()
        .expect("checks")
        .iter()
        .find(|line| line["id"] == "unverified-commit")
        .expect("it ran")
        .clone();
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!said.contains(TOKEN), "the token is in the output");
    (line["outcome"].as_str().expect("an outcome").to_owned(), said)
}

fn outcome(kind: &str, api: &str) -> String {
    judge(kind, api, "main", HASH).0
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply::Full(status, vec![("content-type", "application/json".into())], body.to_string())
}

fn sends_token(asked: &Asked) -> bool {
    asked.headers.iter().any(|(key, value)| key.eq_ignore_ascii_case("authorization") && value.contains(TOKEN))
}

#[test]
fn a_stand_in_for_github_is_asked_to_compare() {
    for (status, expected) in
        [("identical", "passed"), ("behind", "passed"), ("ahead", "failed"), ("diverged", "failed")]
    {
        let github = Scripted::start(move |_, _| json_reply(200, &json!({"status": status, "commits": []})));
        assert_eq!(outcome("github", &github.address), expected, "{status}");
        let asked = github.asked();
        assert!(asked[0].path.starts_with(&format!("/repos/acme/shop/compare/main...{HASH}")), "{}", asked[0].path);
        assert!(asked.iter().all(sends_token));
    }
}

#[test]
fn a_stand_in_for_gitlab_is_asked_to_compare() {
    for (commits, expected) in [(json!([]), "passed"), (json!([{"id": HASH}]), "failed")] {
        let gitlab = Scripted::start(move |_, _| json_reply(200, &json!({"commits": commits, "diffs": []})));
        assert_eq!(outcome("gitlab", &format!("{}/api/v4", gitlab.address)), expected);
        let path = gitlab.asked()[0].path.clone();
        assert!(path.starts_with("/api/v4/projects/acme%2Fshop/repository/compare?from=main&to="), "{path}");
    }
}

#[test]
fn stand_ins_for_both_bitbuckets_are_asked_to_compare() {
    for (prefix, path) in [
        ("/2.0", "/2.0/repositories/acme/shop/commits/"),
        ("/rest/api/1.0", "/rest/api/1.0/projects/acme/repos/shop/compare/commits?from="),
    ] {
        for (values, expected) in [(json!([]), "passed"), (json!([{"hash": HASH}]), "failed")] {
            let bitbucket = Scripted::start(move |_, _| json_reply(200, &json!({"values": values})));
            assert_eq!(outcome("bitbucket", &format!("{}{prefix}", bitbucket.address)), expected);
            assert!(bitbucket.asked()[0].path.starts_with(path), "{}", bitbucket.asked()[0].path);
        }
    }
}

#[test]
fn a_commit_the_server_does_not_know_is_on_no_branch_and_an_unknown_repository_proves_nothing() {
    let not_found = || json_reply(404, &json!({"message": "Not Found", "documentation_url": "x", "status": "404"}));
    let knows = Scripted::start(move |asked, _| {
        if asked.path.contains("/compare/") { not_found() } else { json_reply(200, &json!({"full_name": "acme/shop"})) }
    });
    assert_eq!(outcome("github", &knows.address), "failed");
    let knows_nothing = Scripted::start(move |_, _| not_found());
    assert_eq!(outcome("github", &knows_nothing.address), "inconclusive");
}

#[test]
fn a_server_that_does_not_answer_proves_nothing() {
    let other = Scripted::start(|_, _| json_reply(200, &json!({"status": "identical"})));
    let elsewhere = other.address.clone();
    let cases: Vec<Box<dyn Fn() -> Reply + Send + Sync>> = vec![
        Box::new(|| json_reply(401, &json!({"message": "Bad credentials"}))),
        Box::new(|| json_reply(500, &json!({}))),
        Box::new(|| json_reply(200, &json!({"message": "hello"}))),
        Box::new(|| Reply::Full(200, vec![("content-type", "text/html".into())], "<html>log in</html>".into())),
        Box::new(|| Reply::Silence),
        Box::new(|| Reply::BrokenOff("{\"status\": \"identical\"".into())),
        Box::new(move || Reply::Full(302, vec![("location", elsewhere.clone())], String::new())),
    ];
    for (n, reply) in cases.into_iter().enumerate() {
        let server = Scripted::start(move |_, _| reply());
        assert_eq!(outcome("github", &server.address), "inconclusive", "case {n}");
    }
    assert_eq!(outcome("github", "http://127.0.0.1:9"), "inconclusive");
    assert!(other.asked().is_empty(), "the redirect was followed");
}

#[test]
fn a_trigger_that_names_nothing_that_can_be_asked_for_is_not_asked_for() {
    let server = Scripted::start(|_, _| json_reply(200, &json!({"status": "identical"})));
    assert_eq!(judge("github", &server.address, "../../secrets", HASH).0, "inconclusive");
    assert_eq!(judge("github", &server.address, "main", "HEAD").0, "failed");
    assert!(server.asked().is_empty());
}

#[test]
fn a_token_in_the_policy_itself_is_refused_and_not_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let policy = json!({"schema": "plimsoll.dev/policy/v1",
        "git": {"servers": [{"match": "*", "kind": "github", "api": "https://api.github.com", "token": TOKEN}]}});
    let policy = write(folder.path(), "policy.json", policy.to_string());
    let ran = run(["policy", "lint", &policy]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("/git/servers/0/token") && !ran.stderr.contains(TOKEN), "{}", ran.stderr);
}

/// A real git server: `git http-backend` behind real HTTP.
fn git_server(root: &Path) -> Scripted {
    let root = root.to_owned();
    Scripted::start(move |asked, _| {
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        let output = Command::new("git")
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", &root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", "GET")
            .output()
            .expect("git runs");
        let text = String::from_utf8(output.stdout).expect("an advertisement is text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let mut status = 200;
        let mut kind = String::new();
        for (key, value) in head.lines().filter_map(|line| line.split_once(": ")) {
            match key {
                "Status" => status = value.split(' ').next().and_then(|code| code.parse().ok()).expect("a status"),
                "Content-Type" => value.clone_into(&mut kind),
                _ => {}
            }
        }
        let headers = vec![("content-type", kind)];
        Reply::Full(status, headers, body.to_owned())
    })
}

#[test]
fn a_real_git_server_tells_the_newest_commit_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let work = folder.path().join("work");
    let git = |place: &Path, arguments: &[&str]| {
        let output = Command::new("git")
            .current_dir(place)
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    };
    std::fs::create_dir(&work).expect("a folder");
    git(&work, &["init", "-q", "-b", "main"]);
    git(&work, &["commit", "-q", "--allow-empty", "-m", "one"]);
    let older = git(&work, &["rev-parse", "HEAD"]);
    git(&work, &["commit", "-q", "--allow-empty", "-m", "two"]);
    let newest = git(&work, &["rev-parse", "HEAD"]);
    std::fs::create_dir(folder.path().join("acme")).expect("a folder");
    git(folder.path(), &["clone", "-q", "--bare", "work", "acme/shop.git"]);

    let server = git_server(folder.path());
    let said = |branch: &str, hash: &str| judge("git", &server.address, branch, hash).0;
    assert_eq!(said("main", &newest), "passed");
    assert_eq!(said("refs/heads/main", &newest), "passed");
    assert_eq!(said("main", &older), "inconclusive");
    assert_eq!(said("gone", &newest), "failed");
    let empty = tempfile::tempdir().expect("a folder");
    assert_eq!(judge("git", &git_server(empty.path()).address, "main", &newest).0, "inconclusive");
}
