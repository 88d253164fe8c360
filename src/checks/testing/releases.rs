//! Pipelines with a canary before a production rollout.

use serde_json::{Value as Json, json};

/// A canary with `settings` before a production rollout.
pub(crate) fn release(settings: Json) -> Json {
    let mut canary = settings;
    for (key, value) in [("refId", "1"), ("type", "kayentaCanary"), ("name", "Canary")] {
        canary[key] = json!(value);
    }
    json!({"application": "shop", "stages": [canary,
        {"refId": "2", "requisiteStageRefIds": ["1"], "type": "deploy", "name": "Roll out", "account": "prod"}]})
}
