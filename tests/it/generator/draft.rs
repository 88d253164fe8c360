//! A document in the making: pieces carry marks where a secret or a decoy stands, and the marks become pointers at the end.

use serde_json::{Map, Value, json};

use super::random::Random;
use super::{Corpus, Decoy, Planted};

const PLANT: &str = "\u{1}plant";
const DECOY: &str = "\u{1}decoy";
/// Where the stages of the parent execution stand.
const PARENT: &str = "/trigger/parentExecution/stages";

/// Marks `text` as holding the secret `value`.
pub(crate) fn plant(kind: &str, value: impl Into<String>, text: impl Into<Value>) -> Value {
    json!({ PLANT: [kind, value.into(), text.into()] })
}

/// Marks a string that is the secret, whole.
pub(crate) fn bare(kind: &str, value: impl Into<String>) -> Value {
    let value = value.into();
    plant(kind, value.clone(), value)
}

/// Marks `text` as looking like a secret.
pub(crate) fn decoy(kind: &str, text: impl Into<Value>) -> Value {
    json!({ DECOY: [kind, text.into()] })
}

pub(crate) struct Draft {
    pub(crate) random: Random,
    pub(crate) execution: bool,
    /// Bytes of the stages so far, in the one-line form.
    pub(crate) size: usize,
    stages: Vec<Value>,
    /// Stages of the parent execution.
    parents: Vec<Value>,
    planted: Vec<Planted>,
    decoys: Vec<Decoy>,
    triggers: Vec<Value>,
    parameters: Vec<Value>,
    notifications: Vec<Value>,
    artifacts: Vec<Value>,
    trigger: Map<String, Value>,
    trigger_parameters: Map<String, Value>,
    /// Keys of the trigger of the parent execution.
    parent_trigger: Map<String, Value>,
    pub(crate) environment: Vec<(String, Value)>,
    pub(crate) fields: Vec<(String, Value)>,
    pub(crate) commands: Vec<Value>,
    pub(crate) files: Vec<(String, Value)>,
}

impl Draft {
    pub(crate) fn new(seed: u64, execution: bool) -> Self {
        Self {
            random: Random::new(seed),
            execution,
            size: 0,
            stages: Vec::new(),
            parents: Vec::new(),
            planted: Vec::new(),
            decoys: Vec::new(),
            triggers: Vec::new(),
            parameters: Vec::new(),
            notifications: Vec::new(),
            artifacts: Vec::new(),
            trigger: Map::new(),
            trigger_parameters: Map::new(),
            parent_trigger: Map::new(),
            environment: Vec::new(),
            fields: Vec::new(),
            commands: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Adds a stage of `kind` with the keys of `body`.
    pub(crate) fn stage(&mut self, kind: &str, body: Value) {
        self.stage_with_outputs(kind, body, json!({}));
    }

    /// Adds a stage; in an execution with `outputs`, which a saved pipeline does not have.
    pub(crate) fn stage_with_outputs(&mut self, kind: &str, body: Value, outputs: Value) {
        let number = self.stages.len() + self.parents.len() + 1;
        let service = self.random.service();
        let mut stage = json!({
            "name": format!("{} {service}", spoken(kind)), "refId": number.to_string(),
            "requisiteStageRefIds": if number > 1 { json!([(number - 1).to_string()]) } else { json!([]) }, "type": kind,
        });
        if self.execution {
            let (id, task) = (self.random.ulid(), super::ordinary::tasks(&self.random, kind));
            stage["id"] = id.into();
            stage["status"] = "SUCCEEDED".into();
            stage["startTime"] = json!(1_795_436_397_494_u64 + number as u64);
            stage["tasks"] = task;
            stage["context"] = body;
            stage["outputs"] = outputs;
        } else if let (Some(stage), Value::Object(body)) = (stage.as_object_mut(), body) {
            stage.extend(body);
        }
        self.size += serde_json::to_vec(&stage).map_or(0, |bytes| bytes.len());
        // Marks are settled stage by stage, so that a large document takes no more memory than it must.
        let parent = self.execution && self.random.chance(8);
        let (list, place) = if parent { (&mut self.parents, PARENT) } else { (&mut self.stages, "/stages") };
        let mut at = format!("{place}/{}", list.len());
        list.push(settle(stage, &mut at, &mut self.planted, &mut self.decoys));
    }

    /// A key with its value, in an environment or in a map of some stage.
    pub(crate) fn named(&mut self, key: &str, value: Value) {
        let variable = !key.contains(['-', '.', ' ']) && key.is_ascii();
        match self.random.number(0, 20) {
            0 if self.execution => self.trigger_parameter(key, value),
            1..=10 if variable => self.environment.push((key.to_owned(), value)),
            _ => self.fields.push((key.to_owned(), value)),
        }
    }

    /// A parameter of the trigger of an execution; a key that is taken goes into a map of a stage.
    pub(crate) fn trigger_parameter(&mut self, key: &str, value: Value) {
        if !self.execution || self.trigger_parameters.contains_key(key) {
            self.fields.push((key.to_owned(), value));
        } else {
            self.trigger_parameters.insert(key.to_owned(), value);
        }
    }

    pub(crate) fn command(&mut self, value: Value) {
        self.commands.push(value);
    }

    pub(crate) fn file(&mut self, name: &str, value: Value) {
        self.files.push((name.to_owned(), value));
    }

    pub(crate) fn trigger(&mut self, value: Value) {
        self.triggers.push(value);
    }

    /// A key of the trigger that started an execution.
    pub(crate) fn trigger_field(&mut self, key: &str, value: Value) {
        self.trigger.insert(key.to_owned(), value);
    }

    /// A key of the trigger that started the parent of an execution.
    pub(crate) fn parent_trigger_field(&mut self, key: &str, value: Value) {
        self.parent_trigger.insert(key.to_owned(), value);
    }

    pub(crate) fn parameter(&mut self, value: Value) {
        self.parameters.push(value);
    }

    pub(crate) fn notification(&mut self, value: Value) {
        self.notifications.push(value);
    }

    pub(crate) fn artifact(&mut self, value: Value) {
        self.artifacts.push(value);
    }

    pub(crate) fn finish(self) -> Corpus {
        let Self { random, execution, stages, parents, mut planted, mut decoys, .. } = self;
        let (application, id) = (random.service(), random.uuid());
        let person = format!("{}@acme.com", random.person());
        let frame = if execution {
            let mut trigger = json!({
                "type": "pipeline", "correlationId": random.uuid(), "user": person, "artifacts": [], "notifications": [],
                "rebake": false, "dryRun": false, "strategy": false, "parameters": self.trigger_parameters,
                "resolvedExpectedArtifacts": self.artifacts,
                "parentExecution": {
                    "type": "PIPELINE", "id": random.ulid(), "application": application, "name": "nightly",
                    "status": "SUCCEEDED", "authentication": {"user": person, "allowedAccounts": []}, "origin": "api",
                    "trigger": {"type": "git", "user": person, "hash": random.hex(40), "source": "github",
                        "project": "acme", "slug": application, "branch": "main"},
                    "initialConfig": {"parameterConfig": self.parameters, "triggers": self.triggers},
                },
            });
            if let Some(map) = trigger["parentExecution"]["trigger"].as_object_mut() {
                map.extend(self.parent_trigger);
            }
            if let Some(map) = trigger.as_object_mut() {
                map.extend(self.trigger);
            }
            json!({
                "type": "PIPELINE", "id": random.ulid(), "application": application, "name": "release",
                "status": "RUNNING", "buildTime": 1_795_436_397_021_u64, "startTime": 1_795_436_397_252_u64,
                "canceled": false, "origin": "api", "limitConcurrent": true, "keepWaitingPipelines": false,
                "spelEvaluator": "v4", "pipelineConfigId": id, "trigger": trigger, "notifications": self.notifications,
                "initialConfig": {}, "authentication": {"user": person, "allowedAccounts": ["prod-eu", "staging"]},
                "templateVariables": {},
            })
        } else {
            json!({
                "application": application, "name": "release", "id": id, "description": "Releases to production",
                "index": 3, "keepWaitingPipelines": false, "limitConcurrent": true, "spelEvaluator": "v4",
                "lastModifiedBy": person, "updateTs": "1795436397000", "triggers": self.triggers,
                "parameterConfig": self.parameters, "notifications": self.notifications,
                "expectedArtifacts": self.artifacts,
            })
        };
        let mut document = settle(frame, &mut String::new(), &mut planted, &mut decoys);
        document["stages"] = Value::Array(stages);
        if execution {
            document["trigger"]["parentExecution"]["stages"] = Value::Array(parents);
        }
        Corpus { document, planted, decoys }
    }
}

/// Puts the text in place of each mark and notes where it stands.
fn settle(value: Value, at: &mut String, planted: &mut Vec<Planted>, decoys: &mut Vec<Decoy>) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match value {
        Value::Object(mut map) => {
            if let Some(Value::Array(mut parts)) = map.remove(PLANT) {
                let inner = parts.pop().unwrap_or_default();
                planted.push(Planted { kind: text(&parts[0]), pointer: at.clone(), value: text(&parts[1]) });
                return settle(inner, at, planted, decoys);
            }
            if let Some(Value::Array(mut parts)) = map.remove(DECOY) {
                let inner = parts.pop().unwrap_or_default();
                decoys.push(Decoy { kind: text(&parts[0]), pointer: at.clone() });
                return settle(inner, at, planted, decoys);
            }
            let step = |(key, value): (String, Value)| {
                let end = at.len();
                at.push('/');
                at.push_str(&key.replace('~', "~0").replace('/', "~1"));
                let value = settle(value, at, planted, decoys);
                at.truncate(end);
                (key, value)
            };
            Value::Object(map.into_iter().map(step).collect())
        }
        Value::Array(list) => {
            let mut out = Vec::with_capacity(list.len());
            for (n, value) in list.into_iter().enumerate() {
                let end = at.len();
                at.push('/');
                at.push_str(&n.to_string());
                out.push(settle(value, at, planted, decoys));
                at.truncate(end);
            }
            Value::Array(out)
        }
        other => other,
    }
}

/// `deployManifest` as `Deploy Manifest`.
fn spoken(kind: &str) -> String {
    let mut out = String::new();
    for (n, c) in kind.rsplit('.').next().unwrap_or(kind).chars().enumerate() {
        if n == 0 {
            out.extend(c.to_uppercase());
        } else {
            if c.is_uppercase() {
                out.push(' ');
            }
            out.push(c);
        }
    }
    out
}
