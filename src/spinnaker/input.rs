//! The kind of a document, recognised by its shape.

use crate::document::value::Value;
use crate::spinnaker::pipeline::Pipeline;

/// The kinds of documents Plimsoll judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputKind {
    Execution,
    Pipeline,
    Application,
    CanaryConfig,
    Template,
    Manifest,
    Unknown,
}

impl InputKind {
    /// The kind as written in the verdict.
    pub fn word(self) -> &'static str {
        match self {
            Self::Execution => "execution",
            Self::Pipeline => "pipeline",
            Self::Application => "application",
            Self::CanaryConfig => "canaryConfig",
            Self::Template => "template",
            Self::Manifest => "manifest",
            Self::Unknown => "unknown",
        }
    }
}

/// One document to judge.
pub struct Input<'d> {
    /// The type of the value.
    pub kind: InputKind,
    /// The outermost value, from which pointers of findings start.
    pub root: Value<'d>,
    /// The stages of an execution, a pipeline or a template; `None` for any other kind.
    pub pipeline: Option<Pipeline<'d>>,
}

impl<'d> Input<'d> {
    /// Recognises the kind of `root` and reads its stages.
    pub fn of(root: Value<'d>) -> Self {
        let kind = kind(root);
        let pipeline = match kind {
            InputKind::Execution => Some(Pipeline::read(root, true)),
            InputKind::Pipeline => Some(Pipeline::read(wrapped_pipeline(root).unwrap_or(root), false)),
            InputKind::Template => root.get("pipeline").map(|pipeline| Pipeline::read(pipeline, false)),
            _ => None,
        };
        Self { kind, root, pipeline }
    }
}

/// `{"pipeline": {…}}`, as some tools save it.
fn wrapped_pipeline(root: Value<'_>) -> Option<Value<'_>> {
    let inner = root.get("pipeline")?;
    (inner.get("stages").is_some() && root.get("stages").is_none()).then_some(inner)
}

fn kind(root: Value<'_>) -> InputKind {
    let has = |key: &str| root.get(key).is_some();
    if !root.is_object() {
        return InputKind::Unknown;
    }
    if has("apiVersion") && has("kind") {
        return InputKind::Manifest;
    }
    let is_template = root.get("schema").is_some_and(|schema| schema.is_str("v2"))
        && root.get("pipeline").is_some_and(Value::is_object);
    if is_template || (has("schema") && has("metadata") && has("variables") && !has("type")) {
        return InputKind::Template;
    }
    let is_run = has("status") || has("buildTime") || has("trigger") || has("startTime");
    let typed =
        root.get("type").and_then(Value::as_str).is_some_and(|kind| matches!(&*kind, "PIPELINE" | "ORCHESTRATION"));
    if is_run && (has("stages") || typed) {
        return InputKind::Execution;
    }
    let is_templated = root.get("type").is_some_and(|kind| kind.is_str("templatedPipeline"));
    if has("stages") || is_templated || wrapped_pipeline(root).is_some() {
        return InputKind::Pipeline;
    }
    if has("metrics") && (has("judge") || has("classifier") || has("configVersion")) {
        return InputKind::CanaryConfig;
    }
    let saved = has("application") && (has("triggers") || has("parameterConfig") || has("keepWaitingPipelines"));
    if saved {
        return InputKind::Pipeline;
    }
    let is_application =
        has("attributes") || has("email") || has("cloudProviders") || has("dataSources") || has("instancePort");
    if has("name") && is_application {
        return InputKind::Application;
    }
    InputKind::Unknown
}
