//! The command line as a user meets it.

use serde_json::json;

use crate::support::plimsoll::{plimsoll, run, run_with_input, write};

/// A pipeline with a password in it and a gate that cannot stop anything.
fn red() -> String {
    json!({"application": "shop", "name": "release", "stages": [
        {"refId": "1", "type": "plimsollGate", "alias": "preconfiguredJob", "name": "Gate", "continuePipeline": true},
        {"refId": "2", "type": "deployManifest", "name": "Deploy", "account": "prod", "source": "text", "requisiteStageRefIds": ["1"],
         "manifests": [{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "env": [{"name": "DB_PASSWORD", "value": "planted-Kx7tRw2qLp9"}]}]}}]}
    ]})
    .to_string()
}

#[test]
fn the_demo_shows_a_bad_release_and_its_fixed_version() {
    let ran = run(["demo"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("failed: execution shop") && ran.stdout.contains("passed: execution shop"),
        "{}",
        ran.stdout
    );
    for id in ["manual-trigger", "plaintext-secret", "canary-not-gating", "root-container"] {
        assert!(ran.stdout.contains(&format!("error[{id}]")), "{id}: {}", ran.stdout);
    }
    assert!(
        !ran.stdout.contains("correct-Horse7-battery") && !ran.stdout.contains("an-example-of-no-use"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_demo_shows_what_orca_and_deck_get_and_its_good_release_has_no_finding() {
    let ran = run(["demo"]);
    let (red, green) = ran.stdout.split_once("The fixed version").expect("two releases");
    assert!(red.contains("SPINNAKER_CONFIG_JSON={\"plimsollOutcome\":\"failed\""), "{red}");
    assert!(red.contains("  | Plimsoll: failed") && red.contains("  | - plaintext-secret: "), "{red}");
    assert!(!green.contains("warning[") && !green.contains("error["), "{green}");
}

#[test]
fn the_documents_of_the_demo_are_written_once_and_give_the_same_verdicts() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = folder.path().join("samples");
    let written = run(["demo", "--write", &samples.to_string_lossy()]);
    assert!(
        written.code == 0 && written.stdout.contains("next: plimsoll check"),
        "{}{}",
        written.stdout,
        written.stderr
    );
    let source = format!("--source-dir={}", samples.display());
    let judged = run(["check", &samples.join("executions").to_string_lossy(), &source, "--format", "json"]);
    let outcomes: Vec<_> =
        judged.json()["verdicts"].as_array().expect("verdicts").iter().map(|one| one["outcome"].clone()).collect();
    assert_eq!(outcomes, ["failed", "passed"], "red, then green: {}", judged.stdout);

    std::fs::write(samples.join("accounts.json"), "mine").expect("written");
    let again = run(["demo", "--write", &samples.to_string_lossy()]);
    assert!(again.code == 2 && again.stderr.contains("exists already"), "{}", again.stderr);
    assert_eq!(std::fs::read_to_string(samples.join("accounts.json")).expect("a text"), "mine");
}

#[test]
fn check_gives_one_verdict_in_several_formats_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "pipeline.json", red());
    let json_file = folder.path().join("verdict.json");
    let ran = run(["check", &file, "--output", &format!("verdict={}", json_file.display())]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("error[plaintext-secret]") && ran.stdout.contains("help:"), "{}", ran.stdout);
    let text = std::fs::read_to_string(json_file).expect("the output is there");
    let verdict: serde_json::Value = serde_json::from_str(&text).expect("one document");
    assert_eq!(
        (verdict["schema"].as_str(), verdict["outcome"].as_str()),
        (Some("plimsoll.dev/verdict/v1"), Some("failed"))
    );
    assert_eq!(verdict["subject"]["kind"], "pipeline");
    let finding = verdict["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|finding| finding["check"] == "gate-neutralised")
        .expect("it is found");
    assert_eq!(
        (finding["pointer"].as_str(), finding["stage"].as_str()),
        (Some("/stages/0/continuePipeline"), Some("1"))
    );
    assert!(!(text + &ran.stdout + &ran.stderr).contains("Kx7tRw2"));
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "application.json", r#"{"name":"shop","email":"a@b.c"}"#);
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    for output in [pipe, folder.path().join("none/verdict.json")] {
        let ran = run(["check", &file, "--output", &format!("json={}", output.display())]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("cannot write the report"), "{}", ran.stderr);
        assert!(ran.stdout.is_empty(), "it was judged: {}", ran.stdout);
    }
}

#[test]
fn several_documents_give_a_report_and_the_worst_outcome() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.json", r#"{"name":"shop","email":"a@b.c"}"#);
    write(
        folder.path(),
        "b.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: y}\nspec:\n  containers:\n    - name: c\n",
    );
    let ran = run(["check", &folder.path().display().to_string(), "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let report = ran.json();
    assert_eq!(
        (report["schema"].as_str(), report["outcome"].as_str()),
        (Some("plimsoll.dev/report/v1"), Some("failed"))
    );
    let verdicts = report["verdicts"].as_array().expect("a list");
    assert_eq!(verdicts.len(), 3);
    assert_eq!(
        (verdicts[1]["subject"]["document"].as_u64(), verdicts[2]["subject"]["document"].as_u64()),
        (Some(0), Some(1))
    );
    let finding = &verdicts[2]["findings"][0];
    assert_eq!((finding["pointer"].as_str(), finding["line"].as_u64()), (Some("/spec/containers/0"), Some(10)));
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = write(folder.path(), "config.yaml", "profile: strict\n");
    let profile = |environment: Option<&str>, flag: Option<&str>| {
        let mut command = plimsoll();
        command
            .args(["policy", "print", "--config", &config])
            .envs(environment.map(|value| ("PLIMSOLL_PROFILE", value)));
        command.args(flag.into_iter().flat_map(|value| ["--profile", value]));
        let output = command.output().expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().find_map(|line| line.strip_prefix("profile: ").map(str::to_owned)).expect("a profile")
    };
    assert_eq!(profile(None, None), "\"strict\"");
    assert_eq!(profile(Some("starter"), None), "\"starter\"");
    assert_eq!(profile(Some("starter"), Some("production")), "\"production\"");
}

#[test]
fn wrong_configuration_is_reported_and_nothing_is_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "pipeline.json", red());
    let policy = write(
        folder.path(),
        "policy.yaml",
        "schema: plimsoll.dev/policy/v1\nchecks:\n  plaintext-sekret:\n    mode: off\n",
    );
    let config = write(folder.path(), "config.yaml", "profil: strict\n");
    let cases: &[(&[&str], &str)] = &[
        (&["check"], "--application NAME"),
        (&["check", "/nonexistent.json"], "/nonexistent.json"),
        (&["check", &file, "--policy", &policy], "plaintext-secret"),
        (&["check", &file, "--policy", "/nonexistent.yaml"], "cannot be read"),
        (&["check", &file, "--config", &config], "profil"),
        (&["check", &file, "--only", "nothing"], "--only"),
        (&["check", &file, "--profile", "lax"], "lax"),
        (&["check", &file, "--gate-url", "ftp://x"], "--gate-url"),
        (&["check", &file, "--gate-url", "http://x", "--gate-user", "bob"], "PLIMSOLL_GATE_PASSWORD"),
        (&["check", &file, "--deadline", "soon"], "duration"),
        (&["explain", "nothing"], "nothing"),
    ];
    for (arguments, word) in cases {
        let ran = run(*arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(word), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn the_printed_policy_is_a_valid_policy_file_with_the_same_hash() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = "schema: plimsoll.dev/policy/v1\nname: acme\nversion: \"7\"\nprofile: strict\n\
                   production: {accounts: [k8s-eu-1]}\n\
                   freeze: [{name: weekend, days: [fri, sat], hours: \"15:00-24:00\"}]\n\
                   secrets:\n  stores: {SecretStore/shop/aws: {provider: other}}\n\
                   canary: {stageTypes: [verification]}\nchecks:\n  missing-canary: {mode: warn}\n";
    let file = write(folder.path(), "given.yaml", options);
    for arguments in [vec!["--profile", "starter"], vec!["--profile", "strict"], vec!["--policy", &file]] {
        let printed = run(["policy", "print"].iter().chain(&arguments));
        assert_eq!(printed.code, 0, "{}", printed.stderr);
        let copy = write(folder.path(), "copy.yaml", &printed.stdout);
        let linted = run(["policy", "lint", &copy]);
        assert_eq!(linted.code, 0, "{}{}", linted.stderr, printed.stdout);
        let hash = printed.stdout.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a hash");
        assert!(linted.stdout.contains("0 warnings") && linted.stdout.contains(hash), "{} {hash}", linted.stdout);
    }
}

#[test]
fn misspelled_checks_get_a_suggestion() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "pipeline.json", red());
    for arguments in [vec!["explain", "missing-canari"], vec!["check", &file, "--only", "missing-canari"]] {
        let ran = run(&arguments);
        assert!(ran.stderr.contains("did you mean \"missing-canary\"?"), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn standard_input_has_a_name() {
    let limit = std::time::Duration::from_secs(30);
    let ran = run_with_input(["check", "-", "--format", "verdict"], red().as_bytes(), limit);
    assert_eq!(ran.json()["subject"]["file"], "<stdin>");
}

#[test]
fn only_makes_a_verdict_partial() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "pipeline.json", red());
    let ran = run(["check", &file, "--only", "root-container", "--format", "verdict", "--profile", "starter"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert_eq!(ran.json()["partial"], true);
}

#[test]
fn every_check_is_explained() {
    let list = run(["explain"]);
    assert_eq!(list.code, 0);
    for line in list.stdout.lines() {
        let id = line.split_whitespace().next().expect("an id");
        let page = run(["explain", id]);
        assert!(page.code == 0 && page.stdout.contains("What it checks") && page.stdout.contains("Remedy"), "{id}");
    }
}

#[test]
fn completions_and_the_manual_are_printed() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(["completions", shell]).stdout.contains("plimsoll"));
    }
    let manual = run(["man"]).stdout;
    assert!(manual.contains(".TH") && manual.contains("termination\\-log"));
}

#[test]
fn documents_given_together_are_evidence_for_one_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let stage =
        json!([{"refId": "1", "type": "deploy", "name": "d", "status": "NOT_STARTED", "context": {"account": "prod"}}]);
    let parent = json!({"type": "PIPELINE", "id": "P", "status": "RUNNING", "authentication": {"user": "bob@example.com"}, "trigger": {"type": "manual"},
        "stages": [{"id": "S", "refId": "1", "type": "pipeline", "name": "r", "status": "RUNNING", "context": {"executionId": "C"}}]});
    let child = json!({"type": "PIPELINE", "id": "C", "status": "RUNNING", "authentication": {"user": "bob@example.com"},
        "trigger": {"type": "pipeline", "parentPipelineStageId": "S", "parentExecution": {"id": "P", "trigger": {"type": "git"}}}, "stages": stage});
    write(folder.path(), "p.json", parent.to_string());
    let file = write(folder.path(), "c.json", child.to_string());
    let outcome = |path: &str| {
        let ran = run(["check", path, "--only", "manual-trigger", "--format", "json"]);
        let report = ran.json();
        let verdict = report["verdicts"].as_array().map_or(report.clone(), |verdicts| verdicts[0].clone());
        verdict["checks"]
            .as_array()
            .expect("checks")
            .iter()
            .find(|check| check["id"] == "manual-trigger")
            .expect("it is there")["outcome"]
            .clone()
    };
    assert_eq!(outcome(&file), "skipped");
    assert_eq!(outcome(&folder.path().display().to_string()), "failed");
}

#[test]
fn doctor_reports_how_memory_is_protected() {
    let output = run(["doctor", "--offline"]).stdout;
    let line = output.lines().find(|line| line.contains("memory: ")).expect("a line");
    for word in ["not readable by others", "no core files", "zeroed when freed", "locked"] {
        assert!(line.contains(word), "{line}");
    }
}
