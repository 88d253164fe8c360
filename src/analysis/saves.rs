//! Pipelines that a release saves while it runs: what it starts afterwards is not what was judged.

use crate::base::base64::decode_lenient;
use crate::document::Document;
use crate::document::value::Value;
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// What a stage saves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// A pipeline: its id, application and name.
    Pipeline { id: Option<String>, application: Option<String>, name: Option<String> },
    /// Only the running execution knows.
    Unreadable,
}

/// The stages of `pipeline` that save pipelines or templates, by index.
pub fn saves(pipeline: &Pipeline<'_>) -> Vec<(usize, Saved)> {
    pipeline.authored().filter_map(|(index, stage)| Some((index, saved_by(stage)?))).collect()
}

/// `SavePipelineTask.java` takes a pipeline as base64; `SavePipelinesFromArtifactStage` reads an artifact, and a template changes every
/// pipeline that is made from it.
fn saved_by(stage: &Stage<'_>) -> Option<Saved> {
    match stage.effective_type() {
        "savePipeline" | "updatePipeline" => {
            Some(stage.setting("pipeline").and_then(pipeline).unwrap_or(Saved::Unreadable))
        }
        "savePipelinesFromArtifact" => Some(Saved::Unreadable),
        kind if kind.contains("PipelineTemplate") => Some(Saved::Unreadable),
        _ => None,
    }
}

fn pipeline(value: Value<'_>) -> Option<Saved> {
    let text = match value.as_str() {
        Some(text) => text.into_owned(),
        None => value.raw().to_owned(),
    };
    let decoded = if text.trim_start().starts_with('{') {
        text
    } else {
        String::from_utf8(decode_lenient(text.trim().as_bytes())?).ok()?
    };
    let document = Document::json(decoded).ok()?;
    let root = document.root();
    let named = |key: &str| root.str(key).map(std::borrow::Cow::into_owned);
    let (id, application, name) = (named("id"), named("application"), named("name"));
    let is_open = [&id, &application, &name].into_iter().flatten().any(|text| is_expression(text));
    let is_named = id.is_some() || (application.is_some() && name.is_some());
    (is_named && !is_open).then_some(Saved::Pipeline { id, application, name })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::base::base64::encode;

    fn found(stage: &Json) -> Option<Saved> {
        let document = Document::json(stage.to_string()).unwrap();
        saved_by(&Stage::read(document.root(), false))
    }

    #[test]
    fn what_is_saved_is_read_where_it_can_be() {
        let saved = json!({"id": "P9", "application": "shop", "name": "Other", "stages": []}).to_string();
        let other =
            Saved::Pipeline { id: Some("P9".into()), application: Some("shop".into()), name: Some("Other".into()) };
        for text in [json!(encode(&saved)), json!(saved), serde_json::from_str(&saved).unwrap()] {
            assert_eq!(found(&json!({"type": "savePipeline", "pipeline": text})), Some(other.clone()));
        }
        for stage in [
            json!({"type": "savePipeline"}),
            json!({"type": "savePipeline", "pipeline": "${x}"}),
            json!({"type": "savePipeline", "pipeline": encode("{\"id\": \"${x}\"}")}),
            json!({"type": "savePipelinesFromArtifact"}),
            json!({"type": "updateV2PipelineTemplate"}),
        ] {
            assert_eq!(found(&stage), Some(Saved::Unreadable), "{stage}");
        }
        assert_eq!(found(&json!({"type": "wait"})), None);
    }
}
