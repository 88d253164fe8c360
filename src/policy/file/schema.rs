//! The JSON Schema of the policy file.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::PolicyFile;
use crate::meta::Meta;
use crate::policy::SCHEMA;

/// `$id` of the schema.
const SCHEMA_ID: &str = "https://plimsoll.dev/policy/v1/schema.json";

/// The JSON Schema of a policy file, with the catalogue's checks and their options.
pub fn schema(metas: &[Arc<Meta>]) -> Value {
    let mut schema = schemars::schema_for!(PolicyFile).to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".into(), SCHEMA_ID.into());
    }
    let checks: Map<String, Value> = metas.iter().map(|meta| (meta.id.to_string(), of_check(meta))).collect();
    if let Some(place) = schema.pointer_mut("/properties/checks") {
        *place = json!({
            "type": "object", "description": "Mode, severity and options of individual checks, by id.",
            "additionalProperties": false, "properties": checks,
        });
    }
    if let Some(place) = schema.pointer_mut("/properties/schema") {
        *place = json!({ "const": SCHEMA, "description": "The version of this schema." });
    }
    schema
}

/// The schema of what a policy sets for one check.
fn of_check(meta: &Meta) -> Value {
    let mut properties = meta.options.properties();
    let mode = json!({ "enum": ["enforce", "warn", "off"], "description": "What the policy does with findings." });
    properties.insert("mode".into(), mode);
    let severities = ["info", "low", "medium", "high", "critical"];
    let severity = json!({ "enum": severities, "description": "Overrides the severity of findings." });
    properties.insert("severity".into(), severity);
    json!({
        "type": "object", "description": meta.summary, "additionalProperties": false, "properties": properties,
    })
}
