//! Which documents `check` judges: folders, what is left out of them, and what changed in git.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::plimsoll::{Ran, plimsoll, write};

fn pipeline(name: &str) -> String {
    json!({"application": "shop", "name": name, "stages": []}).to_string()
}

fn check(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = plimsoll();
    command.current_dir(folder).args(["check", "--format", "jsonl"]).args(arguments);
    command.output().expect("the program starts").into()
}

/// The files that were judged.
fn files(ran: &Ran) -> Vec<String> {
    let file = |line: &str| {
        let verdict: Value = serde_json::from_str(line).ok()?;
        Some(verdict["subject"]["file"].as_str()?.trim_start_matches("./").to_owned())
    };
    ran.stdout.lines().filter_map(file).collect()
}

fn git(folder: &Path, arguments: &[&str]) {
    let settings = ["-c", "user.name=shop", "-c", "user.email=shop@example.com", "-c", "init.defaultBranch=main"];
    let status =
        Command::new("git").current_dir(folder).args(settings).args(arguments).output().expect("git starts").status;
    assert!(status.success(), "{arguments:?}");
}

/// A repository with documents, some of them ignored, of which one is tracked all the same.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["a", "live/b", "built/c", "built/d", "vendor/e"] {
        std::fs::create_dir_all(folder.path().join(name).parent().expect("a folder")).expect("a folder");
        write(folder.path(), &format!("{name}.json"), pipeline(name));
    }
    write(folder.path(), ".gitignore", "built/\n");
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["add", "-f", "built/d.json"]);
    git(folder.path(), &["commit", "-qm", "all"]);
    folder
}

#[test]
fn a_folder_leaves_out_what_git_ignores_and_what_is_excluded() {
    let folder = repository();
    assert_eq!(files(&check(folder.path(), &["."])), ["a.json", "built/d.json", "live/b.json", "vendor/e.json"]);
    assert_eq!(
        files(&check(folder.path(), &[".", "--exclude", "vendor/", "--exclude", "built"])),
        ["a.json", "live/b.json"]
    );
    assert_eq!(files(&check(folder.path(), &["live", "--exclude", "live/nothing.*"])), ["live/b.json"]);
    assert_eq!(files(&check(folder.path(), &["built/c.json", "--exclude", "built"])), ["built/c.json"], "it is named");
    let config = write(folder.path(), ".plimsoll.yaml", "exclude: [vendor, a.json, built]\n");
    assert_eq!(files(&check(folder.path(), &[".", "--config", &config])), ["live/b.json"]);

    let none = check(folder.path(), &["live", "--exclude", "*"]);
    assert!(none.code == 2 && none.stderr.contains("nothing to judge"), "{}", none.stderr);
    let wrong = check(folder.path(), &["live", "--exclude", "a["]);
    assert!(wrong.code == 2 && wrong.stderr.contains("invalid pattern \"a[\""), "{}", wrong.stderr);
}

#[test]
fn only_what_changed_since_a_commit_is_judged() {
    let folder = repository();
    let since = |arguments: &[&str]| check(folder.path(), &[arguments, &["--changed-since", "HEAD"]].concat());
    let none = since(&["."]);
    assert_eq!((none.code, files(&none).len()), (0, 0));
    assert!(none.stderr.contains("no document changed since HEAD"), "{}", none.stderr);

    write(folder.path(), "live/b.json", pipeline("changed"));
    write(folder.path(), "live/new.json", pipeline("new"));
    write(folder.path(), "live/values.yaml", "replicas: 2\n");
    assert_eq!(files(&since(&["."])), ["live/b.json", "live/new.json"]);
    assert_eq!(files(&since(&["a.json", "live/b.json"])), ["live/b.json"]);
    assert_eq!(files(&since(&["vendor"])).len(), 0);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "changed"]);
    assert_eq!(since(&["live"]).code, 0);
    assert_eq!(files(&check(folder.path(), &["live", "--changed-since", "HEAD~1"])), ["live/b.json", "live/new.json"]);
}

#[test]
fn a_commit_that_git_does_not_know_is_an_error_and_no_option_of_git() {
    let folder = repository();
    for revision in ["nowhere", "--output=stolen", "HEAD:a.json"] {
        let ran = check(folder.path(), &[".", &format!("--changed-since={revision}")]);
        assert!(
            ran.code == 2 && ran.stderr.contains("knows no commit") && ran.stderr.contains("help:"),
            "{}",
            ran.stderr
        );
    }
    assert!(!folder.path().join("stolen").exists());
    let outside = tempfile::tempdir().expect("a folder");
    write(outside.path(), "a.json", pipeline("a"));
    let ran = check(outside.path(), &[".", "--changed-since", "HEAD"]);
    assert!(ran.code == 2 && ran.stderr.contains("not a git repository"), "{}", ran.stderr);
}

#[test]
fn a_changed_file_is_judged_with_the_other_documents_of_the_folder_at_hand() {
    let folder = repository();
    let parent = json!({"application": "shop", "name": "parent", "id": "p", "stages": [
        {"refId": "1", "type": "pipeline", "name": "Start", "application": "shop", "pipeline": "c-1"}]});
    let child = json!({"application": "shop", "name": "child", "id": "c-1", "stages": [
        {"refId": "1", "type": "deployManifest", "name": "Deploy", "account": "prod", "cloudProvider": "kubernetes", "source": "text", "manifests": []}]});
    write(folder.path(), "live/child.json", child.to_string());
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "child"]);
    write(folder.path(), "live/parent.json", parent.to_string());
    let all = check(folder.path(), &["."]);
    let changed = check(folder.path(), &[".", "--changed-since", "HEAD"]);
    let findings = |ran: &Ran| {
        let parsed = ran.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        parsed
            .filter(|verdict| verdict["subject"]["pipeline"] == "parent")
            .map(|verdict| verdict["findings"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(files(&changed), ["live/parent.json"]);
    assert_eq!(findings(&changed), findings(&all));
}
