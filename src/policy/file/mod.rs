//! The policy file: what a user may write, and how it becomes the effective policy.

mod checks;
mod layers;
mod lint;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::base::sanitize::sanitize;
use crate::base::suggest::closest;
use crate::document::value::Value;
use crate::document::{Document, Position};
use crate::meta::Meta;
use crate::policy::allow::InvalidEntry;
use crate::policy::{
    ArtifactFile, CanaryPolicy, Enforcement, FreezeWindow, GatePolicy, GitPolicy, ImagePolicy, KubernetesPolicy,
    Overlay, Policy, ProductionPolicy, Profile, SCHEMA, Scope, SecretsPolicy, StageClass, TriggerPolicy, Waiver,
    artifacts,
};

pub use layers::{Layer, Origins};
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
    /// Whether verdicts stop a release (`enforce`, the default) or are only reported (`observe`).
    #[serde(default)]
    pub mode: Enforcement,
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
    /// The clusters that releases are deployed to.
    #[serde(default)]
    pub kubernetes: KubernetesPolicy,
    /// Where container images come from.
    #[serde(default)]
    pub images: ImagePolicy,
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
    /// What differs for some applications, pipelines, accounts or owners.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// Findings that fail no release, each for a reason.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
    /// A baseline, or a report that `--format json` wrote: its findings fail no release. A path, seen from the folder of this file.
    #[serde(default)]
    pub baseline: Option<String>,
    /// The compliance frameworks that verdicts report on.
    #[serde(default)]
    pub overlays: Vec<Overlay>,
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
#[cfg(test)]
pub fn parse(
    file: &Path,
    bytes: Vec<u8>,
    profile: Option<Profile>,
    metas: &[Arc<Meta>],
) -> Result<Policy, PolicyError> {
    combine(&[Layer::read(file, bytes)?], profile, metas)
}

/// The policy of `layers`, of which a later one overrides those before it, for `profile` if one is given.
///
/// # Errors
/// As for [`parse`], for every layer and for all together.
pub fn combine(layers: &[Layer], profile: Option<Profile>, metas: &[Arc<Meta>]) -> Result<Policy, PolicyError> {
    let Some(last) = layers.last() else { return Ok(Policy::built_in(profile.unwrap_or_default(), metas)) };
    let mut read = None;
    for layer in layers {
        let source = Source { file: &layer.file, root: layer.root() };
        let file = source.read()?;
        source.validate(&file)?;
        read = Some((source, file));
    }
    if let (Some((source, file)), 1) = (read, layers.len()) {
        return source.effective(file, profile, metas);
    }
    // A position in the combined text would mean nothing to a reader.
    let nowhere = |error: PolicyError| PolicyError {
        position: None,
        reason: format!("together with the files before it: {}", error.reason),
        ..error
    };
    let text = layers::merged(layers).to_string();
    let document =
        Document::json(text).map_err(|error| PolicyError::new(&last.file, error.reason, "report this as a bug"))?;
    let source = Source { file: &last.file, root: document.root() };
    source.read().and_then(|file| source.effective(file, profile, metas)).map_err(nowhere)
}

/// Where each value of the policy of `layers` comes from.
pub fn origins(layers: &[Layer]) -> Origins {
    layers::origins(layers)
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
    /// What the file says.
    fn read(&self) -> Result<PolicyFile, PolicyError> {
        let mut deserializer = serde_json::Deserializer::from_str(self.root.raw());
        serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let place = follow(self.root, error.path());
            let (reason, help) = explain(&error.inner().to_string(), self.root, place);
            self.error(place, reason, help)
        })
    }

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
        let mut policy = Policy {
            name: read.name.unwrap_or_else(|| "unnamed".into()),
            version: read.version.unwrap_or_else(|| "0".into()),
            mode: read.mode,
            production: read.production,
            triggers: read.triggers,
            gate: read.gate,
            canary: read.canary,
            kubernetes: read.kubernetes,
            images: read.images,
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
        self.refuse_waivers(&read.waivers, self.root.get("waivers"), metas)?;
        self.refuse_scopes(&read.scopes, &policy, metas)?;
        policy.waivers = read.waivers;
        policy.baseline_file = read.baseline;
        policy.overlays = read.overlays;
        policy.overlays.sort_unstable();
        policy.overlays.dedup();
        policy.scopes = read.scopes;
        Ok(policy)
    }

    /// Refuses waivers of unknown checks, and those without a reason. `list` is where they are.
    fn refuse_waivers(
        &self,
        waivers: &[Waiver],
        list: Option<Value<'d>>,
        metas: &[Arc<Meta>],
    ) -> Result<(), PolicyError> {
        for (n, waiver) in waivers.iter().enumerate() {
            let place = list.and_then(|list| list.elements().nth(n)).unwrap_or(self.root);
            waiver.validate().map_err(|InvalidEntry { key, reason, help }| {
                self.invalid(place, Invalid::new(reason, help).at(&key))
            })?;
            checks::find(&waiver.check, metas).map_err(|invalid| self.invalid(place, invalid.at("check")))?;
        }
        Ok(())
    }

    /// Refuses scopes that match nothing, name an unknown check, or relax what authors could then relax for themselves.
    fn refuse_scopes(&self, scopes: &[Scope], policy: &Policy, metas: &[Arc<Meta>]) -> Result<(), PolicyError> {
        for (n, scope) in scopes.iter().enumerate() {
            let place = self.element(&["scopes"], n);
            for id in scope.checks.keys() {
                checks::find(id, metas).map_err(|invalid| {
                    let at = place.at(&["checks", id]).unwrap_or(place);
                    self.invalid(at, invalid)
                })?;
            }
            self.refuse_waivers(&scope.waivers, place.get("waivers"), metas)?;
            if let Some((path, reason)) = scope.fault(policy, metas) {
                let at = place.at(&path.split('/').collect::<Vec<_>>()).unwrap_or(place);
                let help = "match by application and account to relax the policy; see `plimsoll policy schema`";
                return Err(self.error(at, reason, help));
            }
        }
        Ok(())
    }

    /// Refuses issuers of identity tokens that would accept anything, or cannot be asked for their keys.
    fn validate_identity(&self, read: &PolicyFile) -> Result<(), PolicyError> {
        let identity = &read.triggers.identity;
        let path = ["triggers", "identity"];
        let place = self.root.at(&path).unwrap_or(self.root);
        let help = "run `plimsoll explain invalid-identity-token` for what the keys mean";
        for (n, issuer) in identity.issuers.iter().enumerate() {
            issuer.check().map_err(|(key, reason)| {
                let place = self.element(&["triggers", "identity", "issuers"], n);
                self.invalid(place, Invalid::new(reason, help).at(key))
            })?;
        }
        if !identity.payload.starts_with('/') || identity.parameter.trim().is_empty() {
            let key = if identity.payload.starts_with('/') { "parameter" } else { "payload" };
            let reason = "it does not say where the token is";
            return Err(
                self.invalid(place, Invalid::new(reason, "use a name, and a pointer such as /identityToken").at(key))
            );
        }
        if identity.issuers.is_empty() && !identity.required.is_empty() {
            let reason = "tokens are required, and no issuer is accepted";
            return Err(self.invalid(place, Invalid::new(reason, help).at("required")));
        }
        Ok(())
    }

    /// Refuses values that have the right type but are invalid.
    fn validate(&self, read: &PolicyFile) -> Result<(), PolicyError> {
        if read.schema != SCHEMA {
            let place = self.root.get("schema").unwrap_or(self.root);
            let reason = format!("unknown schema {:?}", sanitize(&read.schema, 100));
            return Err(self.error(place, reason, format!("use `schema: {SCHEMA}`")));
        }
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
        self.validate_identity(read)?;
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
