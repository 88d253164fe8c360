//! Executions that deploy to production, by how they were started.

use serde_json::{Value as Json, json};

use crate::checks::testing::Case;
use crate::document::Document;
use crate::evidence::Lookup;

/// An execution that deploys to production.
pub(crate) fn execution(user: &str, trigger: Json) -> Json {
    json!({"type": "PIPELINE", "id": "E1", "status": "RUNNING", "authentication": {"user": user}, "trigger": trigger,
        "stages": [{"refId": "1", "type": "deploy", "name": "d", "context": {"account": "prod"}}]})
}

pub(crate) const SERVICE: &str = "0a@managed-service-account";

pub(crate) fn git(kind: &str) -> Json {
    json!({"type": kind, "source": "github", "project": "acme", "slug": "shop", "branch": "main", "hash": "0123"})
}

pub(crate) fn with_parent(parent: Json) -> Case {
    let mut case: Case = execution("bob@example.com", json!({"type": "pipeline", "parentExecution": {"id": "E0", "authentication": {"user": SERVICE}, "trigger": {"type": "git"}}})).into();
    case.evidence.parents = Lookup::Found(vec![Document::json(parent.to_string()).unwrap()]);
    case
}
