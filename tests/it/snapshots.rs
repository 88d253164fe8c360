//! Complete outputs that people read, as snapshots: a change of wording or layout shows as a diff of a file.
//!
//! After an intended change: `INSTA_UPDATE=always cargo test --test it snapshots`.

use std::path::Path;

use crate::support::gate::{Gate, Own, sample, source_folder};
use crate::support::plimsoll::{Ran, plimsoll, write};
use crate::support::spinnaker::{Auth, Standin};

/// What differs between two runs or two machines, and its replacement.
const VOLATILE: [(&str, &str); 7] = [
    (r"\b[0-9a-f]{64}\b", "[SHA256]"),
    (r"127\.0\.0\.1:[0-9]+", "127.0.0.1:[PORT]"),
    (r"process: uid .*", "process: [PROCESS]"),
    (r"memory: .*", "memory: [MEMORY]"),
    (r"/\S*/\.tmp[A-Za-z0-9]+", "[DIR]"),
    (r"#[0-9a-f]{8}\b", "#[TAG]"),
    (r#""timestamp":"[^"]*""#, r#""timestamp":"[TIME]""#),
];

/// Compares `text` with the snapshot `name`.
#[track_caller]
fn compare(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, replacement) in VOLATILE {
        settings.add_filter(pattern, replacement);
    }
    settings.add_filter(&env!("CARGO_PKG_VERSION").replace('.', r"\."), "[VERSION]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Runs `plimsoll` with a fixed width, and gives everything it printed.
fn output(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = plimsoll();
    let command = command.args(arguments).env("COLUMNS", "100").envs(variables.iter().copied());
    let Ran { code, stdout, stderr } = command.output().expect("the program starts").into();
    let part = |name: &str, text: &str| if text.is_empty() { String::new() } else { format!("--- {name}\n{text}") };
    format!("exit code: {code}\n{}{}", part("stdout", &stdout), part("stderr", &stderr))
}

#[test]
fn help_of_every_command() {
    let commands = [
        "",
        "gate",
        "check",
        "exec",
        "explain",
        "policy",
        "policy print",
        "policy lint",
        "policy schema",
        "doctor",
        "demo",
        "completions",
        "man",
    ];
    for command in commands {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let name = format!("help {command}").trim_end().replace(' ', "-");
        compare(&name, &output(&arguments, &[]));
    }
}

#[test]
fn explain_index_and_page() {
    compare("explain", &output(&["explain"], &[]));
    compare("explain-page", &output(&["explain", "missing-canary"], &[]));
}

#[test]
fn explain_in_text_has_no_marks_of_markdown() {
    let pages = output(&["explain", "--all"], &[]);
    assert!(pages.contains("\nWhat it checks\n") && pages.contains("\nRemedy\n"), "{pages}");
    let marked: Vec<&str> = pages.lines().filter(|line| line.starts_with('#')).collect();
    assert!(marked.is_empty(), "{marked:?}");
}

#[test]
fn doctor_with_a_healthy_and_a_broken_spinnaker() {
    let spinnaker = Standin::options().auth(Auth::ApiToken { token: "spk_t0p", user: "robot" }).start();
    spinnaker.accounts(serde_json::json!([{"name": "gke-7", "type": "kubernetes", "environment": "gke-7"},
        {"name": "k8s", "type": "kubernetes", "environment": "production"}, {"name": "shop-qa", "type": "aws"}]));
    let token = [("PLIMSOLL_GATE_TOKEN", "spk_t0p")];
    compare("doctor-healthy", &output(&["doctor", "--gate-url", &spinnaker.gate_url()], &token));
    compare("doctor-anonymous", &output(&["doctor", "--gate-url", &spinnaker.gate_url()], &[]));
    let broken = [
        ("VAULT_ADDR", "http://127.0.0.1:1"),
        ("VAULT_TOKEN", "not-a-real-token"),
        ("PLIMSOLL_GATE_URL", "http://127.0.0.1:1"),
        ("PLIMSOLL_POLICY", "/nonexistent/policy.yaml"),
    ];
    compare("doctor-broken", &output(&["doctor", "vault:secret/shop#password"], &broken));
    compare("doctor-wrong-configuration", &output(&["doctor", "--gate-url", "gate:8084", "not-a-reference"], &[]));
}

const HEAD: &str = "schema: plimsoll.dev/policy/v1\nname: acme\nversion: \"1\"\n";

#[test]
fn policy_lint() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = [
        ("good", String::from(HEAD)),
        ("warnings", "schema: plimsoll.dev/policy/v1\nchecks: {plaintext-secret: {mode: off}}\n".to_owned()),
        ("wrong-key", format!("{HEAD}profil: strict\n")),
        ("wrong-profile", format!("{HEAD}profile: lax\n")),
        ("wrong-check", format!("{HEAD}checks:\n  plaintext-sekret:\n    mode: warn\n")),
        ("wrong-mode", format!("{HEAD}checks:\n  plaintext-secret:\n    mode: warning\n")),
    ];
    for (name, text) in cases {
        let file = write(folder.path(), "policy.yaml", text);
        compare(&format!("policy-lint-{name}"), &output(&["policy", "lint", &file], &[]));
    }
    compare("policy-lint-no-file", &output(&["policy", "lint"], &[]));
}

#[test]
fn usage_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "application.json", r#"{"name":"shop","email":"a@b.c"}"#);
    let config = write(folder.path(), "config.yaml", "profil: strict\n");
    let cases: [(&str, &[&str]); 10] = [
        ("missing-path", &["check", "/nonexistent.json"]),
        ("no-path", &["check"]),
        ("wrong-flag", &["check", &file, "--profil", "strict"]),
        ("wrong-profile", &["check", &file, "--profile", "lax"]),
        ("wrong-check", &["check", &file, "--only", "missing-canari"]),
        ("wrong-config-key", &["check", &file, "--config", &config]),
        ("wrong-duration", &["check", &file, "--deadline", "soon"]),
        ("explain-wrong-check", &["explain", "missing-canari"]),
        ("exec-no-command", &["exec"]),
        ("exec-wrong-action", &["exec", "--on-rotate", "dance", "--", "true"]),
    ];
    for (name, arguments) in cases {
        compare(&format!("usage-{name}"), &output(arguments, &[]));
    }
}

#[test]
fn exec_with_references_that_cannot_be_resolved() {
    let variables = [("A", "vault:secret/shop"), ("B", "${vault:secret/../shop#x}"), ("C", ">>vault:secret/shop#x")];
    compare("exec-malformed", &output(&["exec", "--secret", "secret", "--", "true"], &variables));
    compare("exec-unresolvable", &output(&["exec", "--", "true"], &[("DB_PASSWORD", "vault:secret/shop#password")]));
}

/// The text of Deck's error box of a gate on a folder in place of Spinnaker.
fn error_box(own: &Own, folder: &Path) -> String {
    Gate::new().own(own).env("PLIMSOLL_SOURCE_DIR", folder).env("PLIMSOLL_SETTLE", "100ms").run().termination
}

#[test]
fn deck_error_box() {
    let red = sample("red");
    let own = Own::of(&red);
    let folder = source_folder(&own.execution, &red.to_string());
    compare("error-box-failed", &error_box(&own, folder.path()));
    let other = Own { execution: "01JNOTHERE".into(), ..own.clone() };
    compare("error-box-inconclusive", &error_box(&other, folder.path()));
    let unset = Own { job: String::new(), ..own };
    compare("error-box-usage", &error_box(&unset, folder.path()));
}
