//! `secrets.rules` of the policy: a gitleaks configuration with rules and allowlists of an organisation.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::plimsoll::{Ran, plimsoll, write};

const BASE: &str = "title = \"base\"\n[[rules]]\nid = \"shop-badge\"\ndescription = \"A badge of the shop\"\nregex = '''badge[\"']?\\s*[:=]\\s*[\"']?([a-z]{4}-\\d{6})\\b'''\nkeywords = [\"badge\"]\n";
const OWN: &str = "[extend]\nuseDefault = true\npath = \"base.toml\"\n[[allowlists]]\npaths = ['''^fixtures/''']\nstopwords = [\"sample\"]\n";

/// A folder with a policy that names `rules/gitleaks.toml`, and a release with a badge.
fn folder(own: &str, more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["policy/rules", "fixtures"] {
        std::fs::create_dir_all(folder.path().join(name)).expect("a folder");
    }
    let release = json!({"application": "shop", "name": "release", "stages": [
        {"refId": "1", "type": "script", "name": "One", "badge": "quix-204816", "command": "export PASSWORD=Kx7tRw2qLp9-sample"}
    ]});
    write(folder.path(), "release.json", release.to_string());
    write(folder.path(), "fixtures/release.json", release.to_string());
    write(folder.path(), "policy/rules/gitleaks.toml", own);
    write(folder.path(), "policy/rules/base.toml", BASE);
    let policy = format!(
        "schema: plimsoll.dev/policy/v1\nname: shop\nversion: \"1\"\nsecrets:\n  paths: []\n  rules: rules/gitleaks.toml\n{more}"
    );
    write(folder.path(), "policy/policy.yaml", policy);
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    plimsoll().current_dir(folder).args(arguments).output().expect("the program starts").into()
}

/// The messages of `plaintext-secret` in a file.
fn messages(folder: &Path, file: &str) -> Vec<String> {
    let arguments =
        ["check", file, "--policy", "policy/policy.yaml", "--format", "verdict", "--only", "plaintext-secret"];
    let ran = run(folder, &arguments);
    let verdict: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let findings = verdict["findings"].as_array().expect("findings");
    findings.iter().map(|one| one["message"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn rules_and_allowlists_are_used_beside_the_built_in_detectors() {
    let of_rule =
        "a match of the rule \"A badge of the shop\" is a plaintext secret (11 characters, detected by shop-badge)";
    let folder = folder(OWN, "");
    assert_eq!(messages(folder.path(), "release.json"), [of_rule]);
    assert!(messages(folder.path(), "fixtures/release.json").is_empty());
}

#[test]
fn the_policy_covers_the_content_of_the_rules() {
    let folder = folder(OWN, "");
    let print = ["policy", "print", "--policy", "policy/policy.yaml"];
    let printed = run(folder.path(), &print).stdout;
    let pinned =
        printed.lines().find_map(|line| line.trim().strip_prefix("rulesSha256: ")).expect("the hash").to_owned();
    write(folder.path(), "policy/rules/base.toml", BASE.replace("badge of", "ticket of"));
    let changed = run(folder.path(), &print).stdout;
    assert!(!changed.contains(&pinned) && printed.lines().next() != changed.lines().next());

    let policy = std::fs::read_to_string(folder.path().join("policy/policy.yaml")).expect("the policy");
    write(folder.path(), "policy/policy.yaml", format!("{policy}  rulesSha256: {pinned}\n"));
    let ran = run(folder.path(), &print);
    assert!(ran.code == 2 && ran.stderr.contains("secrets.rulesSha256"), "{}", ran.stderr);
    write(folder.path(), "policy/rules/base.toml", BASE);
    assert_eq!(run(folder.path(), &print).code, 0);
}

#[test]
fn what_is_not_supported_has_a_file_and_a_line() {
    let lint = ["policy", "lint", "policy/policy.yaml"];
    let folder = folder("[extend]\nuseDefault = true\n[[rules]]\nid = \"a\"\nregex = '''a'''\nkeyword = [\"a\"]\n", "");
    let warnings = run(folder.path(), &lint).stdout;
    assert!(
        warnings.contains("gitleaks.toml:6: unknown key \"keyword\" is ignored; did you mean `keywords`?"),
        "{warnings}"
    );
    for (text, place) in [
        ("[[rules]]\nid = \"a\"\nregex = '''a(?=b)'''\n", "policy/rules/gitleaks.toml:3:1: the regular expression"),
        ("[[rules]\n", "policy/rules/gitleaks.toml:1:1: it is not TOML"),
        ("[extend]\npath = \"gitleaks.toml\"\n", "extends too many"),
        ("[extend]\npath = \"missing.toml\"\n", "policy/rules/missing.toml: it cannot be read"),
    ] {
        write(folder.path(), "policy/rules/gitleaks.toml", text);
        for arguments in [&lint[..], &["check", "release.json", "--policy", "policy/policy.yaml"]] {
            let ran = run(folder.path(), arguments);
            assert!(
                ran.code == 2 && ran.stderr.contains(place) && ran.stderr.contains("help: "),
                "{text}: {}",
                ran.stderr
            );
        }
    }
}
