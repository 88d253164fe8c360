//! Executions as a running Orca writes them.

use serde_json::Value;

/// Keys that Orca has no field for: they are written once.
const RAW_ONLY: [&str; 6] = ["expectedArtifacts", "expectedArtifactIds", "eventId", "registry", "organization", "link"];

/// The JSON of an execution. Orca writes each key of a trigger twice, as its field and as it came (R1), also in the trigger of a
/// parent; where the field is a list of artifacts, each begins with its type.
pub(crate) fn written_by_orca(execution: &Value) -> String {
    let write = |key: &str, value: &Value| if key == "trigger" { trigger_by_orca(value) } else { value.to_string() };
    if execution.is_object() { object(keys(execution, write)) } else { execution.to_string() }
}

fn trigger_by_orca(trigger: &Value) -> String {
    if !trigger.is_object() {
        return trigger.to_string();
    }
    let mut fields = trigger.clone();
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|key, _| !RAW_ONLY.contains(&key.as_str()));
    }
    let typed = keys(&fields, |key, value| match (key, value.as_array()) {
        ("parentExecution", _) => written_by_orca(value),
        ("artifacts", Some(artifacts)) => {
            let artifacts: Vec<String> = artifacts.iter().map(artifact_by_orca).collect();
            format!("[{}]", artifacts.join(","))
        }
        _ => value.to_string(),
    });
    let raw = keys(trigger, |_, value| value.to_string());
    object(typed.into_iter().chain(raw))
}

fn artifact_by_orca(artifact: &Value) -> String {
    let (kind, rest): (Vec<_>, Vec<_>) =
        keys(artifact, |_, value| value.to_string()).into_iter().partition(|entry| entry.starts_with("\"type\":"));
    object(kind.into_iter().chain(rest))
}

/// The entries of an object, whose values are written by `write`.
fn keys(object: &Value, write: impl Fn(&str, &Value) -> String) -> Vec<String> {
    let entries = object.as_object().into_iter().flatten();
    entries.map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), write(key, value))).collect()
}

fn object(entries: impl IntoIterator<Item = String>) -> String {
    format!("{{{}}}", entries.into_iter().collect::<Vec<_>>().join(","))
}
