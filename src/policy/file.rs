//! The policy file: what a user may write, and how it becomes the effective policy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::document::value::Value;
use crate::document::{Document, Position, Syntax};
use crate::meta::{Meta, Mode, OptionsError, Severity};
use crate::policy::{
    CanaryPolicy, CheckPolicy, FreezeWindow, GatePolicy, GitPolicy, Policy, ProductionPolicy, Profile, SCHEMA,
    SecretsPolicy, TriggerPolicy,
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
    /// How gate stages are recognised.
    #[serde(default)]
    pub gate: GatePolicy,
    /// What counts as a canary analysis.
    #[serde(default)]
    pub canary: CanaryPolicy,
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
    pub checks: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
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
pub fn parse(
    file: &Path,
    bytes: Vec<u8>,
    profile: Option<Profile>,
    metas: &[Arc<Meta>],
) -> Result<Policy, PolicyError> {
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
    effective(file, root, read, profile, metas)
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

fn effective(
    file: &Path,
    root: Value<'_>,
    read: PolicyFile,
    profile: Option<Profile>,
    metas: &[Arc<Meta>],
) -> Result<Policy, PolicyError> {
    if read.schema != SCHEMA {
        let place = root.get("schema").unwrap_or(root);
        return Err(at(file, root, place, "this schema is not known", format!("write `schema: {SCHEMA}`")));
    }
    let mut policy = Policy::built_in(profile.or(read.profile).unwrap_or_default(), metas);
    policy.name = read.name.unwrap_or_else(|| "unnamed".into());
    policy.version = read.version.unwrap_or_else(|| "0".into());
    policy.production = read.production;
    policy.triggers = read.triggers;
    policy.gate = read.gate;
    policy.canary = read.canary;
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
    for (id, settings) in read.checks {
        let place = root.at(&["checks", &id]).unwrap_or(root);
        let Some(meta) = metas.iter().find(|meta| meta.id == id) else {
            return Err(at(file, root, place, format!("there is no check {id:?}"), suggestion(&id, metas)));
        };
        let of_check = of_check(meta, policy.profile, settings)
            .map_err(|(path, reason, help)| at(file, root, deepest(place, &path), reason, help))?;
        policy.checks.insert(id, of_check);
    }
    Ok(policy)
}

/// The deepest value on `path` below `place` that exists.
fn deepest<'d>(place: Value<'d>, path: &[String]) -> Value<'d> {
    path.iter()
        .fold(place, |here, key| here.get(key).or_else(|| here.elements().nth(key.parse().ok()?)).unwrap_or(here))
}

/// What a policy says about one check: mode and severity for every check, the rest by the check's own schema.
///
/// # Errors
/// The path to the value that is wrong, why, and what to write.
fn of_check(
    meta: &Meta,
    profile: Profile,
    mut settings: serde_json::Map<String, serde_json::Value>,
) -> Result<CheckPolicy, (Vec<String>, String, String)> {
    let mut of_check = CheckPolicy::of(meta, profile);
    if let Some(mode) = settings.remove("mode") {
        of_check.mode = serde_json::from_value::<Mode>(mode.clone())
            .map_err(|_| (vec!["mode".into()], format!("invalid mode {mode}"), "use enforce, warn or off".into()))?;
    }
    if let Some(severity) = settings.remove("severity") {
        of_check.severity = serde_json::from_value::<Severity>(severity.clone()).map_err(|_| {
            let help = "use info, low, medium, high or critical";
            (vec!["severity".into()], format!("invalid severity {severity}"), help.into())
        })?;
    }
    let known: Vec<String> = ["mode".into(), "severity".into()]
        .into_iter()
        .chain(meta.options.properties().into_iter().map(|(name, _)| name))
        .collect();
    if let Some(unknown) = settings.keys().find(|key| !known.contains(key)) {
        let reason = format!("{} has no option {unknown:?}", meta.id);
        return Err((vec![unknown.clone()], reason, format!("its options: {}", known.join(", "))));
    }
    of_check.options = meta.options.read(settings).map_err(|OptionsError { path, reason }| {
        (path, reason, format!("run `plimsoll explain {}` for its options", meta.id))
    })?;
    Ok(of_check)
}

/// The check that was meant, as far as can be told.
fn suggestion(id: &str, metas: &[Arc<Meta>]) -> String {
    let shares = |meta: &&Arc<Meta>| meta.id.split('-').filter(|word| id.split('-').any(|own| own == *word)).count();
    match metas.iter().max_by_key(shares).filter(|meta| shares(meta) > 0) {
        Some(meta) => format!("did you mean {:?}? `plimsoll explain` lists all checks", meta.id),
        None => "`plimsoll explain` lists all checks".into(),
    }
}

/// What is allowed and yet hardly meant.
pub fn lint(policy: &Policy, metas: &[Arc<Meta>]) -> Vec<String> {
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
    for meta in metas {
        if policy.check(meta).mode == Mode::Off && meta.enforced.starter.is_some() {
            warnings.push(format!("{} is off, though even the starter profile enforces it", meta.id));
        }
    }
    warnings
}

/// The JSON Schema of a policy file, with the catalogue's checks and their options.
pub fn schema(metas: &[Arc<Meta>]) -> serde_json::Value {
    let mut schema = schemars::schema_for!(PolicyFile).to_value();
    let modes = serde_json::json!(["enforce", "warn", "off"]);
    let severities = serde_json::json!(["info", "low", "medium", "high", "critical"]);
    let checks: serde_json::Map<String, serde_json::Value> = metas
        .iter()
        .map(|meta| {
            let mut properties = meta.options.properties();
            let described =
                |values: &serde_json::Value, text: &str| serde_json::json!({ "enum": values, "description": text });
            properties.insert("mode".into(), described(&modes, "What the policy does with a finding."));
            properties.insert("severity".into(), described(&severities, "Overrides the severity of its findings."));
            let one = serde_json::json!({
                "type": "object", "description": meta.summary, "additionalProperties": false, "properties": properties,
            });
            (meta.id.to_string(), one)
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
        parse(Path::new("policy.yaml"), text.as_bytes().to_vec(), None, &metas())
    }

    /// A check with a number among its options.
    fn metas() -> Vec<Arc<Meta>> {
        use crate::meta::{Confidence, Enforced, Family, OptionsSchema};
        #[derive(Default, Deserialize, serde::Serialize, schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        struct Options {
            /// The most stages.
            max_stages: u32,
        }
        let meta = Meta {
            id: "missing-thing".into(),
            summary: "a thing is missing".into(),
            family: Family::Ownership,
            severity: Severity::High,
            enforced: Enforced { starter: None, production: Some(Confidence::Medium) },
            facts: Vec::new(),
            evidence: Vec::new(),
            detectors: Vec::new(),
            options: OptionsSchema::of::<Options>(),
            controls: Vec::new(),
            since: "0.1.0",
            explanation: "".into(),
            file: file!(),
        };
        vec![Arc::new(meta)]
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
    fn says_where_and_what_to_write_instead() {
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
            validator.is_valid(
                &serde_json::json!({"schema": SCHEMA, "profile": "starter", "checks": {id: {"mode": "off"}}})
            )
        );
        assert!(!validator.is_valid(&serde_json::json!({"schema": SCHEMA, "checks": {"nothing": {}}})));
        assert!(!validator.is_valid(&serde_json::json!({"schema": SCHEMA, "profil": "starter"})));
        assert!(!validator.is_valid(&serde_json::json!({"schema": "other"})));
    }
}
