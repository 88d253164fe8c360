//! Applications, and releases of them.

use serde_json::{Value as Json, json};

use crate::checks::testing::Case;
use crate::document::Document;
use crate::evidence::Lookup;

/// An application with `attributes`, as Gate gives it.
pub(crate) fn application(attributes: &Json) -> Json {
    json!({"name": "shop", "attributes": attributes, "clusters": {}})
}

/// A production release of an application with `attributes`.
pub(crate) fn release_of(attributes: &Json) -> Case {
    let mut case: Case = json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}]}).into();
    case.evidence.application = Lookup::Found(Document::json(application(attributes).to_string()).unwrap());
    case
}
