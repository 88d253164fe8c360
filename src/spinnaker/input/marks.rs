//! What a document looks like. A kind needs marks that no other tool's files have by chance: `stages` alone is none.

use crate::document::Kind;
use crate::document::value::Value;

/// One way to read a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Execution,
    /// A saved pipeline, or the configuration of a v2 template.
    Saved,
    /// `{"pipeline": {…}}`, as some tools save it.
    Wrapped,
    /// A Kubernetes resource whose `spec` is a pipeline (`PaCRD`).
    Resource,
    TemplateV1,
    /// The configuration of a v1 template: `pipeline` names the template.
    ConfigV1,
    TemplateV2,
    Manifest,
    CanaryConfig,
    Application,
    Unknown,
}

/// Every way to read `root`, the one that names its kind first; empty for a document that is not recognised.
pub(super) fn readings(root: Value<'_>) -> Vec<Reading> {
    let root = root.written();
    let mut all = Vec::new();
    if !root.is_object() {
        return all;
    }
    let has = |key: &str| root.get(key).is_some();
    let mut note = |reading: Reading, applies: bool| {
        if applies {
            all.push(reading);
        }
    };
    let is_execution = is_execution(root);
    let is_template = is_template_v1(root);
    let is_typed = has_typed_stages(root);
    let is_resource = has("apiVersion") && has("kind");
    // An execution has no `triggers`, and a stage of a v1 template has its settings under `config`.
    let is_saved = is_typed
        && (!is_execution || root.get("triggers").is_some_and(|triggers| !triggers.is_blank()))
        && (!is_template || has_other_settings(root));
    note(Reading::Execution, is_execution);
    note(Reading::Saved, is_saved || is_templated(root));
    note(Reading::Resource, is_resource && root.get("spec").is_some_and(has_typed_stages));
    note(Reading::TemplateV1, is_template && !is_config_v1(root));
    note(Reading::ConfigV1, is_config_v1(root));
    note(Reading::TemplateV2, is_template_v2(root));
    note(Reading::Wrapped, !is_template_v2(root) && root.get("pipeline").is_some_and(is_pipeline));
    note(Reading::Manifest, is_resource);
    note(Reading::CanaryConfig, has("metrics") && (has("judge") || has("classifier") || has("configVersion")));
    note(Reading::Application, is_application(root));
    if all.is_empty() && is_empty_pipeline(root) {
        all.push(Reading::Saved);
    }
    all
}

/// Whether `root` looks like any of them, even if it cannot be read as one: a document with stages or a kind is not another tool's.
pub(super) fn has_any(root: Value<'_>) -> bool {
    let has = |key: &str| root.get(key).is_some();
    !readings(root).is_empty() || has("stages") || has("kind") || has("pipeline") || has(super::part::PIPELINES)
}

/// Whether `value` is a pipeline or an execution by its stages.
pub(super) fn is_pipeline(value: Value<'_>) -> bool {
    let value = value.written();
    has_typed_stages(value) || is_templated(value) || is_execution(value)
}

/// The pipelines among the items of a Kubernetes list.
pub(super) fn resources(root: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let is_list = root.str("kind").is_some_and(|kind| kind.ends_with("List"));
    let items = root.list("items").filter(move |_| is_list);
    items.filter(|item| readings(*item).iter().any(|reading| *reading != Reading::Manifest))
}

/// `stages` with at least one stage that has a type.
fn has_typed_stages(value: Value<'_>) -> bool {
    value.list("stages").any(|stage| stage.str("type").is_some())
}

/// What Orca writes and no author of a saved pipeline does: an id, and a status of every stage.
fn is_execution(root: Value<'_>) -> bool {
    let mut stages = root.list("stages").peekable();
    root.get("id").and_then(Value::text).is_some_and(|id| !id.trim().is_empty())
        && stages.peek().is_some()
        && stages.all(|stage| stage.str("status").is_some())
}

/// A configuration whose stages are in a v2 template.
fn is_templated(root: Value<'_>) -> bool {
    root.get("type").is_some_and(|kind| kind.is_str("templatedPipeline"))
}

fn schema_is(root: Value<'_>, version: &str) -> bool {
    root.get("schema").and_then(Value::text).is_some_and(|schema| schema == version)
}

fn is_template_v2(root: Value<'_>) -> bool {
    let has = |key: &str| root.get(key).is_some();
    let is_like_it = has("schema") && has("metadata") && has("variables") && !has("type") && !schema_is(root, "1");
    (schema_is(root, "v2") || is_like_it) && root.get("pipeline").is_some_and(Value::is_object)
}

/// `orca-pipelinetemplate/…/v1schema/model/PipelineTemplate.java`.
fn is_template_v1(root: Value<'_>) -> bool {
    schema_is(root, "1") && root.list("stages").any(Value::is_object)
}

/// `orca-pipelinetemplate/…/v1schema/model/TemplateConfiguration.java`.
fn is_config_v1(root: Value<'_>) -> bool {
    let Some(pipeline) = root.get("pipeline").filter(|pipeline| pipeline.is_object()) else { return false };
    schema_is(root, "1") && (pipeline.get("template").is_some() || pipeline.get("application").is_some())
}

/// What a stage of a v1 template may have (`v1schema/model/StageDefinition.java`).
const V1_STAGE: &[&str] = &[
    "id",
    "name",
    "type",
    "config",
    "dependsOn",
    "requisiteStageRefIds",
    "notifications",
    "comments",
    "when",
    "inject",
    "inheritanceControl",
    "loopWith",
    "partialDefinitionContext",
    "removed",
];

fn has_other_settings(root: Value<'_>) -> bool {
    let is_other = |key: Value<'_>| !V1_STAGE.iter().any(|known| key.is_key_named(known));
    root.list("stages").flat_map(Value::entries).any(|(key, _)| is_other(key))
}

fn is_application(root: Value<'_>) -> bool {
    let marks = ["attributes", "email", "cloudProviders", "dataSources", "instancePort"];
    root.get("name").is_some() && marks.iter().any(|mark| root.get(mark).is_some())
}

/// The lists and objects that a saved pipeline may have beside its stages (`front50-api/…/model/pipeline/Pipeline.java`).
const OF_PIPELINES: &[&str] = &[
    "stages",
    "triggers",
    "parameterConfig",
    "notifications",
    "expectedArtifacts",
    "roles",
    "tags",
    "appConfig",
    "config",
    "requisites",
    "exclude",
];

/// Keys of other kinds of documents, of whatever type.
const OF_OTHERS: &[&str] = &[
    "apiVersion",
    "kind",
    "schema",
    "template",
    "status",
    "trigger",
    "buildTime",
    "startTime",
    "endTime",
    "pipeline",
    "pipelines",
    "spec",
];

/// A saved pipeline without a stage: it has its names and no mark of another kind.
pub(super) fn is_empty_pipeline(root: Value<'_>) -> bool {
    let root = root.written();
    let is_named = ["application", "name"].iter().all(|key| root.str(key).is_some());
    let has_none = root.get("stages").is_none_or(|stages| {
        stages.kind() == Kind::Null || (stages.kind() == Kind::Array && stages.elements().next().is_none())
    });
    let is_foreign = |(key, value): (Value<'_>, Value<'_>)| {
        let is = |known: &&str| key.is_key_named(known);
        let has_parts = matches!(value.kind(), Kind::Object | Kind::Array) && !value.is_blank();
        OF_OTHERS.iter().any(is) || (has_parts && !OF_PIPELINES.iter().any(is))
    };
    is_named && has_none && !root.entries().any(is_foreign)
}
