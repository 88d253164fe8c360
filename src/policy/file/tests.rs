//! What the policy file accepts, and how it reports errors.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::{PolicyError, lint, note, parse, schema};
use crate::meta::{Meta, Mode, Severity};
use crate::policy::{Policy, Profile, SCHEMA};

fn read(text: &str) -> Result<Policy, PolicyError> {
    parse(Path::new("policy.yaml"), text.as_bytes().to_vec(), None, &metas())
}

/// Checks with a number among their options.
fn metas() -> Vec<Arc<Meta>> {
    use crate::meta::{Enforced, Family, OptionsSchema};
    #[derive(Default, Deserialize, serde::Serialize, schemars::JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
    struct Options {
        /// The most stages.
        max_stages: u32,
    }
    let meta = |id: &'static str| Meta {
        id: id.into(),
        summary: "a thing is missing".into(),
        family: Family::Ownership,
        severity: Severity::High,
        enforced: Enforced::FROM_PRODUCTION,
        facts: Vec::new(),
        evidence: Vec::new(),
        detectors: Vec::new(),
        options: OptionsSchema::of::<Options>(),
        controls: Vec::new(),
        since: "0.1.0",
        explanation: "".into(),
        file: file!(),
    };
    ["missing-thing", "missing-canary", "root-container"].map(|id| Arc::new(meta(id))).to_vec()
}

#[test]
fn puts_profile_and_overrides_together() {
    let (metas, id) = (metas(), "missing-thing");
    let policy = read(&format!(
        "schema: {SCHEMA}\nname: acme\nprofile: strict\nchecks:\n  {id}:\n    mode: warn\n    severity: low\n"
    ))
    .unwrap();
    assert_eq!((policy.name.as_str(), policy.profile), ("acme", Profile::Strict));
    let of_check = policy.check(&metas[0]);
    assert_eq!((of_check.mode, of_check.severity), (Mode::Warn, Severity::Low));
    assert_ne!(policy.sha256(), Policy::built_in(Profile::Strict, &metas).sha256());
}

#[test]
fn errors_have_a_position_and_a_help() {
    let cases = [
        ("nonsense: 1\n", "/nonsense", 1),
        ("checks:\n  plaintext-sekret:\n    mode: warn\n", "/checks/plaintext-sekret", 3),
        ("production:\n  tokens: prod\n", "/production/tokens", 2),
        ("profile: lax\n", "/profile", 1),
        ("checks:\n  missing-thing:\n    maxStages: many\n", "/checks/missing-thing/maxStages", 3),
        ("checks:\n  missing-thing:\n    maxStage: 3\n", "/checks/missing-thing/maxStage", 3),
        ("checks:\n  missing-thing:\n    mode: warning\n", "/checks/missing-thing/mode", 3),
        ("secrets:\n  patterns:\n    - { name: x, regex: \"(\" }\n", "/secrets/patterns/0/regex", 3),
        ("secrets:\n  patterns:\n    - { name: x, regex: \"a*\" }\n", "/secrets/patterns/0/regex", 3),
        ("secrets:\n  stores:\n    ClusterSecretStore/a/b: {}\n", "/secrets/stores/ClusterSecretStore~1a~1b", 3),
        ("secrets:\n  paths:\n    - secret/{application}/*\n    - secret/{app}/*\n", "/secrets/paths/1", 4),
        ("secrets:\n  paths:\n", "/secrets/paths", 2),
        ("secrets:\n  stores:\n    SecretStore/a: { mount: kv }\n", "/secrets/stores/SecretStore~1a/mount", 3),
    ];
    for (text, pointer, line) in cases {
        let error = read(&format!("{text}schema: {SCHEMA}\n")).unwrap_err();
        assert!(error.pointer == pointer || pointer.starts_with(&error.pointer), "{error}");
        assert!(error.position.unwrap().line <= line, "{error}");
        assert!(!error.help.is_empty());
    }
    assert!(read("schema: plimsoll.dev/policy/v9\n").unwrap_err().to_string().contains("policy.yaml:1:9"));
    assert!(read("").unwrap_err().help.contains(SCHEMA));
    assert!(read("a: [").is_err());
    assert!(read(&format!("schema: {SCHEMA}\n---\nschema: {SCHEMA}\n")).is_err());
}

#[test]
fn the_schema_takes_what_the_reader_takes_and_refuses_what_it_refuses() {
    let validator = jsonschema::validator_for(&schema(&metas())).unwrap();
    let id = "missing-thing";
    assert!(
        validator
            .is_valid(&serde_json::json!({"schema": SCHEMA, "profile": "starter", "checks": {id: {"mode": "off"}}}))
    );
    assert!(!validator.is_valid(&serde_json::json!({"schema": SCHEMA, "checks": {"nothing": {}}})));
    assert!(!validator.is_valid(&serde_json::json!({"schema": SCHEMA, "profil": "starter"})));
    assert!(!validator.is_valid(&serde_json::json!({"schema": "other"})));
}

/// The help of the error for `text`.
fn help(text: &str) -> String {
    let text = format!("{text}schema: {SCHEMA}\n");
    parse(Path::new("policy.yaml"), text.into_bytes(), None, &metas()).unwrap_err().help
}

#[test]
fn help_names_what_was_probably_meant() {
    for (text, expected) in [
        ("checks:\n  missing-canari: {mode: off}\n", "did you mean \"missing-canary\"?"),
        ("checks:\n  missing-canary: {mod: off}\n", "did you mean `mode`?"),
        ("checks:\n  missing-canary: {stageTypes: [x]}\n", "`canary.stageTypes`"),
        ("checks:\n  root-container: off\n", "`root-container: {mode: off}`"),
        ("checks:\n  root-container: warn\n", "`root-container: {mode: warn}`"),
        ("checks:\n  root-container: {mode: warning}\n", "use enforce, warn or off"),
        ("profle: strict\n", "did you mean `profile`?"),
        ("profile: strikt\n", "did you mean `strict`?"),
        ("profile: lax\n", "use one of starter, production, strict"),
        ("triggers:\n  manualByPersons: allow\n", "did you mean `manualByPerson`?"),
    ] {
        assert!(help(text).contains(expected), "{text}: {}", help(text));
    }
}

#[test]
fn paths_that_reach_other_applications_are_told() {
    let warnings = |paths: &str| {
        let policy =
            read(&format!("schema: {SCHEMA}\nname: a\nversion: \"1\"\nsecrets: {{paths: {paths}}}\n")).unwrap();
        assert!(note(&policy).is_none());
        lint(&policy, &[], jiff::Timestamp::UNIX_EPOCH)
    };
    for (paths, word) in [
        ("[\"secret/{application}*\"]", "other applications"),
        ("[\"secret/{application}-*/x\"]", "other applications"),
        ("[\"*/{application}/x\"]", "every mount"),
    ] {
        assert!(warnings(paths).iter().any(|warning| warning.contains(word)), "{paths}: {:?}", warnings(paths));
    }
    assert!(warnings("[\"secret/{application}/*\", kv/shared/*]").is_empty() && warnings("[]").is_empty());
    assert!(note(&read(&format!("schema: {SCHEMA}\n")).unwrap()).is_some());
}
