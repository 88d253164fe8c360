//! One stage, of an execution or of a saved pipeline.

use std::borrow::Cow;

use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::spinnaker::pipeline::Layout;

/// A stage. In an execution its settings are under `context`, in a saved pipeline next to its name
/// (`orca-core/…/jackson/mixin/StageExecutionMixin.java`); [`Stage::settings`] is either.
#[derive(Clone)]
pub struct Stage<'d> {
    /// The object of the stage.
    pub value: Value<'d>,
    /// The object that contains its settings.
    pub settings: Value<'d>,
    /// Its reference id as text; authors write numbers too.
    pub ref_id: String,
    /// Reference ids of the stages it waits for.
    pub requisites: Vec<String>,
    /// Its name; its type when it has no name.
    pub name: String,
    /// `type` as written.
    pub kind: String,
    /// `alias`, which wins over `type` when Orca chooses what runs (`orca-core/…/DefaultStageResolver.java`).
    pub alias: Option<String>,
    /// `requisiteStageRefIds` is neither a list nor missing, so that what it waits for cannot be read.
    pub requisites_are_not_a_list: bool,
    /// Created by Orca (`syntheticStageOwner` and `parentStageId` in an execution), not by an author.
    pub is_synthetic: bool,
}

impl<'d> Stage<'d> {
    /// Reads one element of `stages`. `in_execution` selects where its settings are.
    #[cfg(test)]
    pub(crate) fn read(value: Value<'d>, in_execution: bool) -> Self {
        Self::laid_out(value, if in_execution { Layout::Execution } else { Layout::Saved })
    }

    /// Reads one element of `stages`, which has its settings where `layout` says.
    pub(crate) fn laid_out(value: Value<'d>, layout: Layout) -> Self {
        let settings = settings(value, layout);
        // Orca reads a stage's own keys before it evaluates anything.
        let value = value.written();
        let named = if layout == Layout::Resource { settings.written() } else { value };
        let text = |key: &str| named.get(key).or_else(|| value.get(key)).and_then(Value::text).map(Cow::into_owned);
        let kind = text("type").unwrap_or_default();
        let (ref_id, requisites) = match layout {
            Layout::TemplateV1 | Layout::ConfigV1 => ("id", "dependsOn"),
            _ => ("refId", "requisiteStageRefIds"),
        };
        let waits_for = named.get(requisites).or_else(|| value.get(requisites));
        let in_execution = layout.is_execution();
        let alias = settings.get("alias").filter(|alias| !alias.is_open()).or_else(|| settings.written().get("alias"));
        Self {
            value,
            settings,
            ref_id: text(ref_id).unwrap_or_default(),
            requisites: waits_for
                .into_iter()
                .flat_map(Value::elements)
                .filter_map(Value::text)
                .map(Cow::into_owned)
                .collect(),
            requisites_are_not_a_list: waits_for
                .is_some_and(|requisites| !matches!(requisites.kind(), Kind::Array | Kind::Null)),
            name: text("name").filter(|name| !name.trim().is_empty()).unwrap_or_else(|| kind.clone()),
            kind,
            alias: alias.and_then(Value::text).map(Cow::into_owned).filter(|alias| !alias.is_empty()),
            // An author can write `syntheticStageOwner` into a stage, but cannot name a parent stage that exists: Orca sets both.
            is_synthetic: in_execution
                && value.str("syntheticStageOwner").is_some()
                && value.str("parentStageId").is_some(),
        }
    }

    /// The stage as far as its settings are certain: with a key that stays open they are read as written, since each of them would be
    /// open. Whoever reads it judges the open key once, beside the settings.
    #[must_use]
    pub fn certain(&self) -> Self {
        let settings = if self.settings.open_key().is_some() { self.settings.written() } else { self.settings };
        Self { settings, ..self.clone() }
    }

    /// The type that decides what runs: the alias if set, else `type`.
    pub fn effective_type(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.kind)
    }

    /// The id Orca gave it; absent in a saved pipeline.
    pub fn id(&self) -> Option<Cow<'d, str>> {
        self.value.str("id")
    }

    /// `NOT_STARTED`, `RUNNING`, …; absent in a saved pipeline.
    pub fn status(&self) -> Option<Cow<'d, str>> {
        self.value.str("status")
    }

    /// The setting under `key`; `None` when it is missing.
    pub fn setting(&self, key: &str) -> Option<Value<'d>> {
        self.settings.get(key)
    }

    /// The setting under `key` as a boolean.
    pub fn flag(&self, key: &str) -> Flag {
        self.settings.flag_at(key)
    }
}

/// The object that contains a stage's settings.
pub(super) fn settings(value: Value<'_>, layout: Layout) -> Value<'_> {
    let under = |key: &str| value.written().get(key).map(Value::evaluated).filter(|settings| settings.is_object());
    let settings = match layout {
        Layout::Saved => None,
        Layout::Execution => under("context"),
        Layout::ExecutionBeside => under("context").filter(|_| !has_own_keys(value)),
        Layout::SavedContext => under("context").filter(|context| !context.is_blank()),
        Layout::Resource => under("properties"),
        Layout::TemplateV1 | Layout::ConfigV1 => under("config"),
    };
    settings.unwrap_or(value)
}

/// Settings that say what a stage does and whether it can stop. Orca writes none of them beside a context, and may write other keys
/// there in a later version.
const SETTINGS: &[&str] = &[
    "account",
    "account.name",
    "accounts",
    "credentials",
    "alias",
    "analysisType",
    "application",
    "canaryConfig",
    "cloudProvider",
    "cluster",
    "clusters",
    "continuePipeline",
    "failPipeline",
    "loadBalancers",
    "location",
    "manifest",
    "manifestArtifactId",
    "manifestName",
    "manifests",
    "moniker",
    "parameters",
    "patchBody",
    "payload",
    "pipeline",
    "preconditions",
    "source",
    "stageEnabled",
    "strategy",
    "targets",
    "url",
];

/// Whether a stage of an execution has settings beside its context, where only an author writes them.
fn has_own_keys(stage: Value<'_>) -> bool {
    stage.entries().any(|(key, _)| SETTINGS.iter().any(|known| key.is_key_named(known)))
}

/// The keys under which a stage names an account. Orca takes the first that is there (`CloudProviderAware.getCredentials`), and a task
/// may read another.
pub const ACCOUNT_KEYS: [&str; 3] = ["account.name", "account", "credentials"];

/// The account that `settings` name, as Orca reads it.
pub fn account_of(settings: Value<'_>) -> Option<Cow<'_, str>> {
    ACCOUNT_KEYS.iter().find_map(|key| settings.str(key))
}
