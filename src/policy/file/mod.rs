//! The policy file: what a user may write, and how it becomes the effective policy.

mod checks;
mod lint;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::base::sanitize::sanitize;
use crate::base::suggest::closest;
use crate::document::value::Value;
use crate::document::{Document, Position, Syntax};
use crate::meta::Meta;
use crate::policy::allow::InvalidEntry;
use crate::policy::{
    ArtifactFile, CanaryPolicy, FreezeWindow, GatePolicy, GitPolicy, Policy, ProductionPolicy, Profile, SCHEMA,
    SecretsPolicy, StageClass, TriggerPolicy, artifacts,
};

pub use lint::{OPEN_PATHS, lint, note};
pub use schema::schema;

/// What a user may write.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyFile {
    /// Always `plimsoll.dev/policy/v1`.
    pub schema: String,
    /// The name of this policy in verdicts.
    #[serde(default)]
    pub name: Option<String>,
    /// The version of this policy in verdicts.
    #[serde(default)]
    pub version: Option<String>,
    /// The profile: the modes of all checks before `checks` is applied. `--profile` overrides it.
    #[serde(default)]
    pub profile: Option<Profile>,
    /// How production is recognised.
    #[serde(default)]
    pub production: ProductionPolicy,
    /// Which triggers and principals may start a production release.
    #[serde(default)]
    pub triggers: TriggerPolicy,
    /// How gate stages are recognised.
    #[serde(default)]
    pub gate: GatePolicy,
    /// What counts as a canary analysis.
    #[serde(default)]
    pub canary: CanaryPolicy,
    /// Manifests that stages deploy from artifacts.
    #[serde(default)]
    pub artifacts: ArtifactFile,
    /// What stage types do, by effective type: `terraform: change`, `slack: harmless`. Types of preconfigured stages are named by their
    /// own type.
    #[serde(default)]
    pub stages: BTreeMap<String, StageClass>,
    /// The git servers that verify whether a commit is on its branch.
    #[serde(default)]
    pub git: GitPolicy,
    /// How base64-encoded secrets are treated, your own token formats and placeholders, and the secret stores of your clusters.
    #[serde(default)]
    pub secrets: SecretsPolicy,
    /// Change freezes: periods in which nothing may be released to production.
    #[serde(default)]
    pub freeze: Vec<FreezeWindow>,
    /// Mode, severity and options of individual checks, by id.
    #[serde(default)]
    pub checks: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
}

/// A policy file that cannot be used: where, why and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub struct PolicyError {
    pub file: PathBuf,
    pub position: Option<Position>,
    pub pointer: String,
    pub reason: String,
    pub help: String,
}

impl PolicyError {
    fn message(&self) -> String {
        let place = self.position.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        let pointer = if self.pointer.is_empty() { String::new() } else { format!(" at {}", self.pointer) };
        format!("the policy cannot be used: {}{place}{pointer}: {}", self.file.display(), self.reason)
    }

    pub(crate) fn new(file: &Path, reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { file: file.to_owned(), position: None, pointer: String::new(), reason: reason.into(), help: help.into() }
    }
}

/// An invalid value or key below some value of the policy.
struct Invalid {
    /// Keys and indexes from that value down to what is invalid.
    path: Vec<String>,
    reason: String,
    help: String,
}

impl Invalid {
    fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { path: Vec::new(), reason: reason.into(), help: help.into() }
    }

    fn at(mut self, key: impl Into<String>) -> Self {
        self.path.push(key.into());
        self
    }
}

/// Parses the text of a policy, `bytes` of `file`, for `profile` if one is given. [`crate::clients::policy_file::load`] reads the file.
///
/// # Errors
/// When it is not YAML or JSON, or contains something invalid. An invalid policy is never used in part.
pub fn parse(
    file: &Path,
    bytes: Vec<u8>,
    profile: Option<Profile>,
    metas: &[Arc<Meta>],
) -> Result<Policy, PolicyError> {
    let name = file.to_string_lossy();
    // JSON is valid YAML; only a file with the extension is read as JSON alone.
    let syntax = if name.ends_with(".json") { Syntax::Json } else { Syntax::Yaml };
    let document = Document::settings(bytes, syntax).map_err(|error| PolicyError {
        position: Some(error.position),
        ..PolicyError::new(file, error.reason, "fix the syntax at this position")
    })?;
    let mut documents = document.root().elements();
    let root = match (syntax, documents.next(), documents.next()) {
        (Syntax::Json, ..) => document.root(),
        (Syntax::Yaml, Some(only), None) => only,
        (Syntax::Yaml, None, _) => {
            return Err(PolicyError::new(file, "it is empty", format!("add `schema: {SCHEMA}` as the first line")));
        }
        (Syntax::Yaml, ..) => {
            return Err(PolicyError::new(file, "it contains several documents", "keep one policy per file"));
        }
    };
    let source = Source { file, root };
    let mut deserializer = serde_json::Deserializer::from_str(root.raw());
    let read: PolicyFile = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let place = follow(root, error.path());
        let (reason, help) = explain(&error.inner().to_string(), root, place);
        source.error(place, reason, help)
    })?;
    source.effective(read, profile, metas)
}

/// The reason and the help for an error of serde at `place`.
fn explain(error: &str, root: Value<'_>, place: Value<'_>) -> (String, String) {
    let reason = error.split(" at line ").next().unwrap_or_default();
    let pointer = place.pointer_from(root);
    if let [checks, id] = pointer.tokens().collect::<Vec<_>>().as_slice()
        && checks == "checks"
        && !place.is_object()
    {
        let mode = place.as_str().filter(|text| matches!(&**text, "warn" | "enforce")).unwrap_or("off".into());
        return (reason.to_owned(), format!("write `{id}: {{mode: {mode}}}`"));
    }
    let see = "run `plimsoll policy schema` for the valid keys and values";
    // "unknown field `profle`, expected one of `schema`, `name`"
    let Some((what, expected)) = reason.split_once(", expected ").filter(|_| reason.starts_with("unknown ")) else {
        return (reason.to_owned(), see.to_owned());
    };
    let quoted = |text: &str| text.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let candidates = quoted(expected);
    let wrong = quoted(what).pop().unwrap_or_default();
    let help = match closest(&wrong, candidates.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`? {see}"),
        None => format!("use one of {}", candidates.join(", ")),
    };
    (what.to_owned(), help)
}

/// The value serde stopped at, or the deepest existing value on the path to it.
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

/// The deepest existing value on `path` below `place`.
fn deepest<'d>(place: Value<'d>, path: &[String]) -> Value<'d> {
    path.iter()
        .fold(place, |here, key| here.get(key).or_else(|| here.elements().nth(key.parse().ok()?)).unwrap_or(here))
}

/// The file and its document, for errors with a position.
#[derive(Clone, Copy)]
struct Source<'a, 'd> {
    file: &'a Path,
    root: Value<'d>,
}

impl<'d> Source<'_, 'd> {
    fn error(&self, place: Value<'_>, reason: impl Into<String>, help: impl Into<String>) -> PolicyError {
        PolicyError {
            position: Some(place.position()),
            pointer: place.pointer_from(self.root).to_string(),
            ..PolicyError::new(self.file, reason, help)
        }
    }

    fn invalid(&self, place: Value<'_>, invalid: Invalid) -> PolicyError {
        self.error(deepest(place, &invalid.path), invalid.reason, invalid.help)
    }

    /// Element `n` of the list at `path`; the whole policy when it does not exist.
    fn element(&self, path: &[&str], n: usize) -> Value<'d> {
        self.root.at(path).and_then(|list| list.elements().nth(n)).unwrap_or(self.root)
    }

    /// The effective policy: profile, file and defaults combined.
    fn effective(
        &self,
        read: PolicyFile,
        profile: Option<Profile>,
        metas: &[Arc<Meta>],
    ) -> Result<Policy, PolicyError> {
        if read.schema != SCHEMA {
            let place = self.root.get("schema").unwrap_or(self.root);
            let reason = format!("unknown schema {:?}", sanitize(&read.schema, 100));
            return Err(self.error(place, reason, format!("use `schema: {SCHEMA}`")));
        }
        self.validate(&read)?;
        let mut policy = Policy {
            name: read.name.unwrap_or_else(|| "unnamed".into()),
            version: read.version.unwrap_or_else(|| "0".into()),
            production: read.production,
            triggers: read.triggers,
            gate: read.gate,
            canary: read.canary,
            stages: read.stages,
            git: read.git,
            secrets: read.secrets,
            freeze: read.freeze,
            ..Policy::built_in(profile.or(read.profile).unwrap_or_default(), metas)
        };
        let has_mode = |id| read.checks.get(id).is_some_and(|settings| settings.contains_key("mode"));
        let uninspectable = read.artifacts.uninspectable.filter(|_| !has_mode(artifacts::CHECK));
        for (id, settings) in read.checks {
            let place = self.root.at(&["checks", &id]).unwrap_or(self.root);
            let of_check = checks::find(&id, metas)
                .and_then(|meta| checks::of_check(meta, policy.profile, settings))
                .map_err(|invalid| self.invalid(place, invalid))?;
            policy.checks.insert(id, of_check);
        }
        policy.settle_uninspectable(uninspectable);
        Ok(policy)
    }

    /// Refuses values that have the right type but are invalid.
    fn validate(&self, read: &PolicyFile) -> Result<(), PolicyError> {
        for (n, window) in read.freeze.iter().enumerate() {
            window.check().map_err(|(key, reason)| {
                let help = "run `plimsoll policy schema` for the keys of a freeze";
                self.invalid(self.element(&["freeze"], n), Invalid::new(reason, help).at(key))
            })?;
        }
        for (n, server) in read.git.servers.iter().enumerate() {
            server.check().map_err(|(key, reason)| {
                let help = "run `plimsoll explain unverified-commit` for what the servers are used for";
                self.invalid(self.element(&["git", "servers"], n), Invalid::new(reason, help).at(key))
            })?;
        }
        read.secrets.custom_rules().map_err(|(n, reason)| {
            let help = "use the syntax of Rust's regex crate, without look-around";
            self.invalid(self.element(&["secrets", "patterns"], n), Invalid::new(reason, help).at("regex"))
        })?;
        read.secrets.allowances().map_err(|(n, invalid)| {
            let InvalidEntry { key, reason, help } = invalid;
            self.invalid(self.element(&["secrets", "allow"], n), Invalid::new(reason, help).at(key))
        })?;
        if let Some((n, reason)) = read.secrets.unusable_path() {
            let help = "use MOUNT/PATH or NAMESPACE:MOUNT/PATH, such as secret/{application}/*";
            let reason = format!("invalid path: {reason}");
            return Err(self.error(self.element(&["secrets", "paths"], n), reason, help));
        }
        if let Some(key) = read.secrets.unusable_store() {
            let place = self.root.at(&["secrets", "stores", key]).unwrap_or(self.root);
            let reason = format!("invalid secret store {:?}", sanitize(key, 100));
            let help = "use ClusterSecretStore/NAME, SecretStore/NAME or SecretStore/NAMESPACE/NAME";
            return Err(self.error(place, reason, help));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
