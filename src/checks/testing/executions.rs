//! Executions that deploy to production, by how they were started.

use serde_json::{Value as Json, json};

use crate::checks::testing::Case;
use crate::document::Document;
use crate::evidence::{Lookup, Named};

/// An execution that deploys to production.
pub(crate) fn execution(user: &str, trigger: Json) -> Json {
    json!({"type": "PIPELINE", "id": "E1", "status": "RUNNING", "authentication": {"user": user}, "trigger": trigger,
        "stages": [{"refId": "1", "type": "deploy", "name": "d", "context": {"account": "prod"}}]})
}

pub(crate) const SERVICE: &str = "0a@managed-service-account";

pub(crate) fn git(kind: &str) -> Json {
    json!({"type": kind, "source": "github", "project": "acme", "slug": "shop", "branch": "main", "hash": "0123"})
}

/// An execution that a stage of `parent` started.
pub(crate) fn with_parent(mut parent: Json) -> Case {
    parent["id"] = json!("E0");
    let starting = json!({"id": "S0", "refId": "0", "type": "pipeline", "name": "Release", "status": "RUNNING",
        "context": {"pipeline": "P1", "executionId": "E1"}});
    let stages = parent["stages"].as_array_mut().unwrap();
    if stages.iter().all(|stage| stage["id"] != "S0") {
        stages.push(starting);
    }
    let user = parent["authentication"]["user"].as_str().unwrap_or_default().to_owned();
    let copy = json!({"id": "E0", "authentication": {"user": SERVICE}, "trigger": {"type": "git"}});
    let trigger = json!({"type": "pipeline", "parentPipelineStageId": "S0", "parentExecution": copy});
    let mut case: Case = execution(&user, trigger).into();
    case.evidence.parents = Lookup::Found(vec![Document::json(parent.to_string()).unwrap()]);
    case
}

/// An execution that the end of `parent` started by a pipeline trigger with `run_as`.
pub(crate) fn with_triggering_parent(user: &str, mut parent: Json, run_as: &str) -> Case {
    for (key, value) in [("id", json!("E0")), ("pipelineConfigId", json!("P0")), ("status", json!("SUCCEEDED"))] {
        parent[key] = value;
    }
    parent["endTime"] = json!(1_795_000_000_000_u64);
    let mut child = execution(user, json!({"type": "pipeline", "parentExecution": {"id": "E0"}}));
    child["pipelineConfigId"] = json!("P1");
    child["buildTime"] = json!(1_795_000_000_400_u64);
    let saved = json!({"id": "P1", "application": "shop", "stages": [], "triggers": [
        {"type": "git", "enabled": true},
        {"type": "pipeline", "enabled": true, "pipeline": "P0", "status": ["successful"], "runAsUser": run_as}]});
    let mut case: Case = child.into();
    let read = |document: Json| Document::json(document.to_string()).unwrap();
    case.evidence.parents = Lookup::Found(vec![read(parent)]);
    case.evidence.parent_pipelines = vec![Named { id: "P1".to_owned(), evidence: Lookup::Found(read(saved)) }];
    case
}
