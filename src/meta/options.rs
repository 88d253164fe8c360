//! A check's own options, under `checks.<id>` in the policy: a type that reads, prints and describes itself.

use std::any::Any;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The options of one check. Doc comments of its fields are the documentation of the options; `Default` gives their defaults.
/// The type refuses unknown keys: `#[serde(deny_unknown_fields, default, rename_all = "camelCase")]`.
pub trait CheckOptions: DeserializeOwned + Serialize + JsonSchema + Default + Send + Sync + 'static {}

impl<T: DeserializeOwned + Serialize + JsonSchema + Default + Send + Sync + 'static> CheckOptions for T {}

/// A check without options of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

/// The options of one check as the policy sets them: typed for the check, and as JSON for printing.
#[derive(Clone)]
pub struct OptionValues {
    typed: Arc<dyn Any + Send + Sync>,
    json: Map<String, Value>,
}

impl OptionValues {
    fn of<T: CheckOptions>(options: T) -> Self {
        let json = match serde_json::to_value(&options) {
            Ok(Value::Object(json)) => json,
            _ => Map::new(),
        };
        Self { typed: Arc::new(options), json }
    }

    /// Every option with its value, defaults included.
    pub fn json(&self) -> &Map<String, Value> {
        &self.json
    }

    /// The options as the check's own type; `None` for another check's type.
    pub fn typed<T: CheckOptions>(&self) -> Option<&T> {
        self.typed.downcast_ref()
    }
}

impl std::fmt::Debug for OptionValues {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.json.fmt(out)
    }
}

impl PartialEq for OptionValues {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

/// Options that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionsError {
    /// Keys and indexes from `checks.<id>` down to the invalid value.
    pub path: Vec<String>,
    pub reason: String,
}

/// The options that a check has, and how they are read.
#[derive(Clone, Copy)]
pub struct OptionsSchema {
    read: fn(Map<String, Value>) -> Result<OptionValues, OptionsError>,
    defaults: fn() -> OptionValues,
    properties: fn() -> Map<String, Value>,
}

impl OptionsSchema {
    /// The options of type `T`.
    pub fn of<T: CheckOptions>() -> Self {
        Self { read: read::<T>, defaults: || OptionValues::of(T::default()), properties: properties::<T> }
    }

    /// Reads the options that a policy sets; the others have their defaults.
    ///
    /// # Errors
    /// The path of the invalid value, and why it is invalid.
    pub fn read(&self, set: Map<String, Value>) -> Result<OptionValues, OptionsError> {
        (self.read)(set)
    }

    /// The options when the policy sets none.
    pub fn defaults(&self) -> OptionValues {
        (self.defaults)()
    }

    /// The JSON Schema of each option, by name.
    pub fn properties(&self) -> Map<String, Value> {
        (self.properties)()
    }
}

fn read<T: CheckOptions>(set: Map<String, Value>) -> Result<OptionValues, OptionsError> {
    let read: Result<T, _> = serde_path_to_error::deserialize(Value::Object(set));
    let options =
        read.map_err(|error| OptionsError { path: path_of(error.path()), reason: error.inner().to_string() })?;
    Ok(OptionValues::of(options))
}

fn path_of(path: &serde_path_to_error::Path) -> Vec<String> {
    use serde_path_to_error::Segment;
    let part = |segment: &Segment| match segment {
        Segment::Map { key } => Some(key.clone()),
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Enum { .. } | Segment::Unknown => None,
    };
    path.iter().filter_map(part).collect()
}

fn properties<T: CheckOptions>() -> Map<String, Value> {
    let mut schema = schemars::schema_for!(T).to_value();
    match schema.get_mut("properties").map(Value::take) {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    /// Options of every shape that checks use.
    #[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
    struct Sample {
        /// The most stages.
        max_stages: usize,
        registries: Vec<String>,
        limits: std::collections::BTreeMap<String, u32>,
    }

    fn read(value: Value) -> Result<OptionValues, OptionsError> {
        OptionsSchema::of::<Sample>().read(value.as_object().cloned().unwrap_or_default())
    }

    #[test]
    fn numbers_lists_and_maps_are_read_and_defaults_filled_in() {
        let options = read(json!({"maxStages": 3, "limits": {"a": 1}})).unwrap();
        assert_eq!(options.typed::<Sample>().unwrap().max_stages, 3);
        assert_eq!(
            Value::Object(options.json().clone()),
            json!({"maxStages": 3, "registries": [], "limits": {"a": 1}})
        );
        assert!(options.typed::<NoOptions>().is_none());
    }

    #[test]
    fn a_wrong_value_is_reported_with_its_path() {
        let error = read(json!({"limits": {"a": "many"}})).unwrap_err();
        assert_eq!(error.path, ["limits", "a"]);
        assert!(read(json!({"maxStage": 3})).unwrap_err().reason.contains("unknown field"));
        assert!(OptionsSchema::of::<NoOptions>().read(json!({"a": 1}).as_object().unwrap().clone()).is_err());
    }

    #[test]
    fn each_option_is_described() {
        let properties = OptionsSchema::of::<Sample>().properties();
        assert_eq!(properties["maxStages"]["description"], "The most stages.");
        assert_eq!(properties.len(), 3);
        assert!(OptionsSchema::of::<NoOptions>().properties().is_empty());
    }
}
