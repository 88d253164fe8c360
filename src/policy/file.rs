//! The policy file: what a user may write, and how it becomes the effective policy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::checks::api::Check;
use crate::checks::{self, CATALOGUE};
use crate::document::value::Value;
use crate::document::{Document, Position, Syntax};
use crate::meta::{Mode, Severity};
use crate::policy::{
    FreezeWindow, GatePolicy, GitPolicy, Policy, ProductionPolicy, Profile, SCHEMA, SecretsPolicy, TriggerPolicy,
};

/// What a user may write.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyFile {
    /// Always `plimsoll.dev/policy/v1`.
    pub schema: String,
    /// What verdicts call this policy.
    #[serde(default)]
    pub name: Option<String>,
    /// Your version of it.
    #[serde(default)]
    pub version: Option<String>,
    /// The set of modes it starts from; `--profile` wins over it.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// How production is recognised.
    #[serde(default)]
    pub production: ProductionPolicy,
    /// What may start a production release.
    #[serde(default)]
    pub triggers: TriggerPolicy,
    /// By what a gate stage is known.
    #[serde(default)]
    pub gate: GatePolicy,
    /// The git servers that are asked whether a commit is on its branch.
    #[serde(default)]
    pub git: GitPolicy,
    /// Whether base64 is accepted, the shop's own tokens and placeholders, and the secret stores of its clusters.
    #[serde(default)]
    pub secrets: SecretsPolicy,
    /// Change freezes: when nothing is released to production.
    #[serde(default)]
    pub freeze: Vec<FreezeWindow>,
    /// Mode, severity and options of single checks, by id.
    #[serde(default)]
    pub checks: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

/// A policy file that cannot be used: where, why and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.told())]
pub struct PolicyError {
    pub file: PathBuf,
    pub position: Option<Position>,
    pub pointer: String,
    pub reason: String,
    pub help: String,
}

impl PolicyError {
    fn told(&self) -> String {
        let place = self.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        let pointer = if self.pointer.is_empty() { String::new() } else { format!(" at {}", self.pointer) };
        format!("the policy cannot be used: {}{place}{pointer}: {}", self.file.display(), self.reason)
    }

    pub(crate) fn new(file: &Path, reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { file: file.to_owned(), position: None, pointer: String::new(), reason: reason.into(), help: help.into() }
    }
}

/// Parses the text of a policy, `bytes` of `file`, for `profile` if one is given. [`crate::clients::policy_file::load`] reads the file.
///
/// # Errors
/// When it is not YAML or JSON, or contains something invalid. Nothing is judged by half a policy.
pub fn parse(file: &Path, bytes: Vec<u8>, profile: Option<Profile>) -> Result<Policy, PolicyError> {
    let name = file.to_string_lossy();
    // YAML holds JSON; only a file named so is read as JSON alone.
    let syntax = if name.ends_with(".json") { Syntax::Json } else { Syntax::Yaml };
    let document = Document::read(bytes, syntax).map_err(|error| PolicyError {
        position: Some(error.position),
        ..PolicyError::new(file, error.reason, "mend the syntax there")
    })?;
    let mut documents = document.root().elements();
    let root = match (syntax, documents.next(), documents.next()) {
        (Syntax::Json, ..) => document.root(),
        (Syntax::Yaml, Some(only), None) => only,
        (Syntax::Yaml, None, _) => {
            return Err(PolicyError::new(file, "it is empty", format!("begin it with `schema: {SCHEMA}`")));
        }
        (Syntax::Yaml, ..) => {
            return Err(PolicyError::new(file, "it holds several documents", "keep one policy in a file"));
        }
    };
    let mut deserializer = serde_json::Deserializer::from_str(root.raw());
    let read: PolicyFile = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let place = follow(root, error.path());
        let reason = error.inner().to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        at(file, root, place, reason, "`plimsoll policy schema` prints what may stand where")
    })?;
    effective(file, root, read, profile)
}

fn at(
    file: &Path,
    root: Value<'_>,
    place: Value<'_>,
    reason: impl Into<String>,
    help: impl Into<String>,
) -> PolicyError {
    PolicyError {
        position: Some(place.position()),
        pointer: place.pointer_from(root).to_string(),
        ..PolicyError::new(file, reason, help)
    }
}

/// The value serde stopped at, or the deepest one on the way there that exists.
fn follow<'d>(root: Value<'d>, path: &serde_path_to_error::Path) -> Value<'d> {
    use serde_path_to_error::Segment;
    let mut here = root;
    for segment in path {
        let next = match segment {
            Segment::Map { key } => here.get(key),
            Segment::Seq { index } => here.elements().nth(*index),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        let Some(next) = next else { break };
        here = next;
    }
    here
}

fn effective(file: &Path, root: Value<'_>, read: PolicyFile, profile: Option<Profile>) -> Result<Policy, PolicyError> {
    if read.schema != SCHEMA {
        let place = root.get("schema").unwrap_or(root);
        return Err(at(file, root, place, "this schema is not known", format!("write `schema: {SCHEMA}`")));
    }
    let mut policy = Policy::built_in(profile.or(read.profile).unwrap_or_default());
    policy.name = read.name.unwrap_or_else(|| "unnamed".into());
    policy.version = read.version.unwrap_or_else(|| "0".into());
    policy.production = read.production;
    policy.triggers = read.triggers;
    policy.gate = read.gate;
    for (n, window) in read.freeze.iter().enumerate() {
        let place = root.get("freeze").and_then(|list| list.elements().nth(n)).unwrap_or(root);
        window.check().map_err(|(key, why)| {
            let place = place.get(key).unwrap_or(place);
            at(file, root, place, why, "`plimsoll policy schema` prints what a freeze may say")
        })?;
    }
    policy.freeze = read.freeze;
    for (n, server) in read.git.servers.iter().enumerate() {
        let place = root.at(&["git", "servers"]).and_then(|list| list.elements().nth(n)).unwrap_or(root);
        server.check().map_err(|(key, why)| {
            at(
                file,
                root,
                place.get(key).unwrap_or(place),
                why,
                "`plimsoll explain unverified-commit` tells what it is for",
            )
        })?;
    }
    policy.git = read.git;
    read.secrets.custom_rules().map_err(|(n, why)| {
        let place = root.at(&["secrets", "patterns"]).and_then(|list| list.elements().nth(n)).unwrap_or(root);
        at(
            file,
            root,
            place.get("regex").unwrap_or(place),
            why,
            "write an expression in the syntax of Rust's regex crate, without look-around",
        )
    })?;
    if let Some(key) = read.secrets.unusable_store() {
        let place = root.at(&["secrets", "stores", key]).unwrap_or(root);
        let why = format!("{:?} names no secret store", crate::base::sanitize::sanitize(key, 100));
        let help = "write ClusterSecretStore/NAME, SecretStore/NAME or SecretStore/NAMESPACE/NAME";
        return Err(at(file, root, place, why, help));
    }
    policy.secrets = read.secrets;
    for (id, settings) in &read.checks {
        let place = root.at(&["checks", id]).unwrap_or(root);
        let Some(check) = checks::find(id) else {
            return Err(at(file, root, place, format!("there is no check {id:?}"), suggestion(id)));
        };
        for (key, value) in settings {
            let place = place.get(key).unwrap_or(place);
            set(&mut policy, check, key, value).map_err(|(reason, help)| at(file, root, place, reason, help))?;
        }
    }
    Ok(policy)
}

/// Applies one key under `checks.<id>`; says why it cannot and what could stand there.
fn set(policy: &mut Policy, check: &Check, key: &str, value: &serde_json::Value) -> Result<(), (String, String)> {
    let Some(of_check) = policy.checks.get_mut(check.id) else { return Ok(()) };
    match key {
        "mode" => {
            of_check.mode = serde_json::from_value::<Mode>(value.clone())
                .map_err(|_| ("this is no mode".to_owned(), "write enforce, warn or off".to_owned()))?;
        }
        "severity" => {
            of_check.severity = serde_json::from_value::<Severity>(value.clone()).map_err(|_| {
                ("this is no severity".to_owned(), "write info, low, medium, high or critical".to_owned())
            })?;
        }
        option if check.options.iter().any(|known| known.name == option) => {
            let is_list = value.as_array().is_some_and(|items| items.iter().all(serde_json::Value::is_string));
            if !is_list {
                return Err((
                    "this option is a list of texts".into(),
                    format!("`plimsoll explain {}` tells its options", check.id),
                ));
            }
            of_check.options.insert(option.to_owned(), value.clone());
        }
        _ => {
            let mut known = vec!["mode", "severity"];
            known.extend(check.options.iter().map(|option| option.name));
            return Err((format!("{} has no option {key:?}", check.id), format!("it has: {}", known.join(", "))));
        }
    }
    Ok(())
}

/// The check that was meant, as far as can be told.
fn suggestion(id: &str) -> String {
    let shares = |check: &&&Check| check.id.split('-').filter(|word| id.split('-').any(|own| own == *word)).count();
    match CATALOGUE.iter().max_by_key(shares).filter(|check| shares(check) > 0) {
        Some(check) => format!("did you mean {:?}? `plimsoll explain` lists all checks", check.id),
        None => "`plimsoll explain` lists all checks".into(),
    }
}

/// What is allowed and yet hardly meant.
pub fn lint(policy: &Policy) -> Vec<String> {
    let mut warnings = Vec::new();
    if policy.name == "unnamed" {
        warnings.push("the policy has no name: verdicts will call it \"unnamed\"".into());
    }
    if policy.version == "0" {
        warnings.push("the policy has no version: verdicts cannot tell its editions apart, but for their hash".into());
    }
    if policy.production.tokens.is_empty()
        && policy.production.environments.is_empty()
        && policy.production.accounts.is_empty()
    {
        warnings.push("nothing is ever production: no environment, token or account says so, and the checks that need it stay silent".into());
    }
    if policy.gate.stage_types.is_empty() && policy.gate.images.is_empty() {
        warnings.push("no stage is ever a gate: every production change will be said to go around it".into());
    }
    for check in CATALOGUE.iter() {
        let of_check = policy.check(check);
        if of_check.mode == Mode::Off && check.enforced.starter.is_some() {
            warnings.push(format!("{} is off, though even the starter profile enforces it", check.id));
        }
    }
    warnings
}

/// The JSON Schema of a policy file, with the catalogue's checks and their options.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(PolicyFile).to_value();
    let modes = serde_json::json!(["enforce", "warn", "off"]);
    let severities = serde_json::json!(["info", "low", "medium", "high", "critical"]);
    let checks: serde_json::Map<String, serde_json::Value> = CATALOGUE
        .iter()
        .map(|check| {
            let mut properties = serde_json::json!({
                "mode": { "enum": modes, "description": "What the policy does with a finding." },
                "severity": { "enum": severities, "description": "Overrides how bad its findings are." },
            });
            for option in check.options {
                let described =
                    serde_json::json!({ "type": "array", "items": { "type": "string" }, "description": option.doc });
                if let Some(properties) = properties.as_object_mut() {
                    properties.insert(option.name.to_owned(), described);
                }
            }
            let one = serde_json::json!({
                "type": "object", "description": check.summary, "additionalProperties": false, "properties": properties,
            });
            (check.id.to_owned(), one)
        })
        .collect();
    if let Some(place) = schema.pointer_mut("/properties/checks") {
        *place = serde_json::json!({
            "type": "object", "description": "Mode, severity and options of single checks, by id.",
            "additionalProperties": false, "properties": checks,
        });
    }
    if let Some(place) = schema.pointer_mut("/properties/schema") {
        *place = serde_json::json!({ "const": SCHEMA, "description": "The version of this schema." });
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Policy, PolicyError> {
        parse(Path::new("policy.yaml"), text.as_bytes().to_vec(), None)
    }

    #[test]
    fn puts_profile_and_overrides_together() {
        let id = CATALOGUE[0].id;
        let policy = read(&format!(
            "schema: {SCHEMA}\nname: acme\nprofile: strict\nchecks:\n  {id}:\n    mode: warn\n    severity: low\n"
        ))
        .unwrap();
        assert_eq!((policy.name.as_str(), policy.profile), ("acme", Profile::Strict));
        assert_eq!((policy.check(CATALOGUE[0]).mode, policy.check(CATALOGUE[0]).severity), (Mode::Warn, Severity::Low));
        assert_ne!(policy.sha256(), Policy::built_in(Profile::Strict).sha256());
    }

    #[test]
    fn says_where_and_what_to_write_instead() {
        let cases = [
            ("nonsense: 1\n", "/nonsense", 1),
            ("checks:\n  plaintext-sekret:\n    mode: warn\n", "/checks/plaintext-sekret", 3),
            ("production:\n  tokens: prod\n", "/production/tokens", 2),
            ("profile: lax\n", "/profile", 1),
            ("secrets:\n  patterns:\n    - { name: x, regex: \"(\" }\n", "/secrets/patterns/0/regex", 3),
            ("secrets:\n  patterns:\n    - { name: x, regex: \"a*\" }\n", "/secrets/patterns/0/regex", 3),
            ("secrets:\n  stores:\n    ClusterSecretStore/a/b: {}\n", "/secrets/stores/ClusterSecretStore~1a~1b", 3),
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
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let id = CATALOGUE[0].id;
        assert!(
            validator.is_valid(
                &serde_json::json!({"schema": SCHEMA, "profile": "starter", "checks": {id: {"mode": "off"}}})
            )
        );
        assert!(!validator.is_valid(&serde_json::json!({"schema": SCHEMA, "checks": {"nothing": {}}})));
        assert!(!validator.is_valid(&serde_json::json!({"schema": SCHEMA, "profil": "starter"})));
        assert!(!validator.is_valid(&serde_json::json!({"schema": "other"})));
    }
}
