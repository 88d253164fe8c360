//! Pipelines made of a template (MPT v2): a saved configuration combined with its template.
//!
//! A stored configuration has no stages; Orca adds those of the template when it runs
//! (`orca-pipelinetemplate/…/v2schema/V2SchemaExecutionGenerator.java`). Planning here does the same, so that the pipeline that would
//! run can be judged: the result keeps everything of the configuration and adds the template's parts.

use serde_json::{Map, Value as Json};

use crate::document::value::Value;

/// The template that a configuration refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateReference {
    pub id: String,
    /// `latest`, `stable`, …
    pub tag: Option<String>,
    /// The digest, without `sha256:`.
    pub digest: Option<String>,
}

/// Whether `pipeline` is a configuration whose stages are in a template.
pub fn is_templated(pipeline: Value<'_>) -> bool {
    pipeline.get("type").is_some_and(|kind| kind.is_str("templatedPipeline"))
        && pipeline.list("stages").all(|stage| stage.get("inject").is_some())
}

/// The v2 template a configuration names: `spinnaker://id`, `spinnaker://id:tag`, `spinnaker://id@sha256:digest`.
pub fn reference(pipeline: Value<'_>) -> Option<TemplateReference> {
    let text = pipeline.at(&["template", "reference"]).and_then(Value::as_str)?;
    let name = text.strip_prefix("spinnaker://")?;
    let (name, digest) = match name.split_once('@') {
        Some((name, digest)) => (name, Some(digest.trim_start_matches("sha256:").to_owned())),
        None => (name, None),
    };
    let (id, tag) = match name.split_once(':') {
        Some((id, tag)) => (id, Some(tag.to_owned())),
        None => (name, None),
    };
    (!id.trim().is_empty() && !id.contains("${")).then(|| TemplateReference { id: id.to_owned(), tag, digest })
}

/// The pipeline of `configuration` and `template` combined, as JSON.
///
/// # Errors
/// When the template has no pipeline with stages, or the configuration is not an object.
pub fn plan(configuration: Value<'_>, template: Value<'_>) -> Result<String, String> {
    let Json::Object(pipeline) = template.get("pipeline").map(Value::to_json).unwrap_or_default() else {
        return Err("the template contains no pipeline".to_owned());
    };
    let mut defaults = Map::new();
    for variable in template.list("variables") {
        if let (Some(name), Some(default)) = (variable.str("name"), variable.get("defaultValue")) {
            defaults.insert(name.into_owned(), default.to_json());
        }
    }
    merge(configuration, pipeline, defaults)
}

/// The pipeline that Orca planned, with everything else of the configuration kept.
///
/// # Errors
/// When `planned` is not a pipeline with stages.
pub fn adopt(configuration: Value<'_>, planned: Value<'_>) -> Result<String, String> {
    match planned.to_json() {
        Json::Object(pipeline) => {
            let variables = planned.get("templateVariables").map(Value::to_json).unwrap_or_default();
            merge(configuration, pipeline, variables.as_object().cloned().unwrap_or_default())
        }
        _ => Err("the plan is not a pipeline".to_owned()),
    }
}

fn merge(
    configuration: Value<'_>,
    planned: Map<String, Json>,
    mut variables: Map<String, Json>,
) -> Result<String, String> {
    if planned.get("stages").and_then(Json::as_array).is_none_or(Vec::is_empty) {
        return Err("the template has no stages".to_owned());
    }
    let Json::Object(mut whole) = configuration.to_json() else {
        return Err("the configuration is not an object".to_owned());
    };
    if let Some(given) = whole.get("variables").and_then(Json::as_object) {
        variables.extend(given.clone());
    }
    let excluded: Vec<String> =
        configuration.list("exclude").filter_map(Value::text).map(std::borrow::Cow::into_owned).collect();
    for (key, value) in planned {
        let is_list_of_both =
            matches!(key.as_str(), "triggers" | "notifications" | "parameterConfig" | "expectedArtifacts");
        match whole.get_mut(&key) {
            // A service account is made of the roles that the configuration itself holds when it is saved
            // (`orca-front50/…/tasks/SaveServiceAccountTask.java`).
            _ if key == "roles" => {}
            Some(Json::Array(existing)) if is_list_of_both && !excluded.contains(&key) => {
                let more = value.as_array().cloned().unwrap_or_default();
                let new: Vec<Json> = more.into_iter().filter(|item| !existing.contains(item)).collect();
                existing.extend(new);
            }
            Some(_) if is_list_of_both => {}
            Some(_) if matches!(key.as_str(), "id" | "name" | "application" | "type" | "variables" | "template") => {}
            // Stages that a configuration injects are added to the template's.
            Some(Json::Array(existing)) if key == "stages" => {
                let injected = std::mem::take(existing);
                existing.extend(value.as_array().cloned().unwrap_or_default());
                let new: Vec<Json> = injected.into_iter().filter(|stage| !has_stage(existing, stage)).collect();
                existing.extend(new);
            }
            _ => {
                whole.insert(key, value);
            }
        }
    }
    for (key, value) in &mut whole {
        if key != "variables" {
            fill(value, &variables);
        }
    }
    serde_json::to_string(&Json::Object(whole)).map_err(|error| error.to_string())
}

fn has_stage(stages: &[Json], wanted: &Json) -> bool {
    stages.iter().any(|stage| stage.get("refId") == wanted.get("refId"))
}

/// Replaces `${templateVariables.name}` by the variables' values. Recursion is bounded: the depth of a document is.
fn fill(value: &mut Json, variables: &Map<String, Json>) {
    match value {
        Json::String(text) if text.contains("templateVariables") => *value = filled(text, variables),
        Json::Array(items) => items.iter_mut().for_each(|item| fill(item, variables)),
        Json::Object(fields) => fields.iter_mut().for_each(|(_, field)| fill(field, variables)),
        _ => {}
    }
}

/// The text with its variables replaced; a text that consists of one variable becomes its value, of whatever type.
fn filled(text: &str, variables: &Map<String, Json>) -> Json {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, after) = rest.split_at(start);
        let Some(end) = after.find('}') else { break };
        let inside = after.get(2..end).unwrap_or_default();
        let tail = after.get(end + 1..).unwrap_or_default();
        out.push_str(before);
        match variable(inside).and_then(|name| variables.get(name)) {
            Some(value) if out.is_empty() && tail.is_empty() => return value.clone(),
            Some(Json::String(value)) => out.push_str(value),
            Some(value) => out.push_str(&value.to_string()),
            None => out.push_str(after.get(..=end).unwrap_or_default()),
        }
        rest = tail;
    }
    out.push_str(rest);
    Json::String(out)
}

/// The name in `templateVariables.name` or `templateVariables['name']`; `None` for any longer expression.
fn variable(expression: &str) -> Option<&str> {
    let rest = expression.trim().strip_prefix("templateVariables")?;
    let quoted = |quote: &str| rest.strip_prefix(&format!("[{quote}"))?.strip_suffix(&format!("{quote}]"));
    let name = rest.strip_prefix('.').or_else(|| quoted("'")).or_else(|| quoted("\""))?;
    name.chars().all(|character| character.is_alphanumeric() || matches!(character, '_' | '-')).then_some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Document;

    fn planned(configuration: &Json, template: &Json) -> Json {
        let (configuration, template) =
            (Document::json(configuration.to_string()).unwrap(), Document::json(template.to_string()).unwrap());
        serde_json::from_str(&plan(configuration.root(), template.root()).unwrap()).unwrap()
    }

    #[test]
    fn a_reference_names_template_tag_and_digest() {
        let of = |text: &str| {
            let document = Document::json(json!({"template": {"reference": text}}).to_string()).unwrap();
            reference(document.root()).map(|reference| (reference.id, reference.tag, reference.digest))
        };
        assert_eq!(of("spinnaker://canary"), Some(("canary".into(), None, None)));
        assert_eq!(of("spinnaker://canary:stable"), Some(("canary".into(), Some("stable".into()), None)));
        assert_eq!(of("spinnaker://canary@sha256:0f"), Some(("canary".into(), None, Some("0f".into()))));
        assert!(of("https://example.com/x.yml").is_none() && of("spinnaker://").is_none());
    }

    #[test]
    fn configuration_and_template_make_the_pipeline_that_would_run() {
        let template = json!({"schema": "v2", "id": "t", "variables": [
                {"name": "account", "defaultValue": "staging"}, {"name": "pass", "defaultValue": 75}, {"name": "tag"}],
            "pipeline": {"roles": ["team"], "triggers": [{"type": "cron"}], "stages": [{"refId": "1", "type": "deploy", "account": "${ templateVariables.account }",
                "name": "to ${templateVariables['account']}", "pass": "${templateVariables.pass}", "tag": "${templateVariables.tag}"}]}});
        let configuration = json!({"type": "templatedPipeline", "id": "P1", "name": "own", "variables": {"account": "prod"},
            "triggers": [{"type": "git"}], "stages": []});
        let whole = planned(&configuration, &template);
        assert_eq!(whole["roles"], Json::Null);
        assert_eq!(
            whole["stages"][0],
            json!({"refId": "1", "type": "deploy", "account": "prod", "name": "to prod", "pass": 75, "tag": "${templateVariables.tag}"})
        );
        assert_eq!((whole["triggers"].as_array().unwrap().len(), &whole["name"]), (2, &json!("own")));
        let mut without = configuration;
        without["exclude"] = json!(["triggers"]);
        assert_eq!(planned(&without, &template)["triggers"], json!([{"type": "git"}]));
    }

    #[test]
    fn a_template_without_stages_makes_no_pipeline() {
        let empty = Document::json("{}".to_owned()).unwrap();
        assert!(plan(empty.root(), empty.root()).is_err());
        let bare = Document::json(json!({"pipeline": {"stages": []}}).to_string()).unwrap();
        assert!(plan(empty.root(), bare.root()).is_err());
    }
}
