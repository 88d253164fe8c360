//! The trigger of an execution.

use std::borrow::Cow;

use crate::base::sanitize::quoted;
use crate::document::Kind;
use crate::document::value::Value;

/// The class of a trigger. Orca chooses it by the keys that are present, not by `type`
/// (`orca-core/…/pipeline/model/support/TriggerDeserializer.kt`), since `type` is whatever the caller wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    Pipeline,
    Docker,
    Concourse,
    Jenkins,
    Artifactory,
    Nexus,
    Git,
    Plugin,
    Other,
}

/// A trigger.
#[derive(Clone, Copy)]
pub struct Trigger<'d> {
    /// The trigger's object.
    pub value: Value<'d>,
    /// Its class by shape.
    pub class: Class,
}

impl<'d> Trigger<'d> {
    /// Reads the trigger of an execution.
    pub fn read(value: Value<'d>) -> Self {
        Self { value, class: class(value) }
    }

    /// `type` as written; `none` when it is missing, as in Orca.
    pub fn kind(self) -> Cow<'d, str> {
        self.value.str("type").unwrap_or(Cow::Borrowed("none"))
    }

    /// The parent execution's id, for the two forms of a pipeline trigger (`PipelineRefTrigger.kt` keeps only the id).
    pub fn parent_id(self) -> Option<Cow<'d, str>> {
        self.value
            .get_all("parentExecution")
            .filter_map(|parent| parent.get("id"))
            .find_map(Value::as_str)
            .or_else(|| self.value.str("parentExecutionId"))
    }
}

/// What the two copies of a trigger's keys disagree about, in the execution `root` and in each parent that its trigger holds. Orca
/// writes each key twice: the typed value and the raw one. Lists and objects may differ in order, defaults and enrichment, and every
/// check sees both; a scalar that differs leaves open which one Orca went by.
pub(super) fn doubts(root: Value<'_>) -> Vec<String> {
    let mut doubts = Vec::new();
    let mut executions = vec![root];
    while let Some(execution) = executions.pop() {
        let Some(trigger) = execution.get("trigger") else { continue };
        if trigger.repeated().nth(MOST_REPEATED).is_some() {
            doubts.push(format!("its trigger holds more than {MOST_REPEATED} keys twice"));
            continue;
        }
        let repeated = trigger.repeated().filter_map(|(key, earlier)| Some((key.as_str()?, earlier)));
        for (key, earlier) in repeated {
            let Some(last) = trigger.get(&key) else { continue };
            let id = |copy: Value<'_>| copy.get("id").and_then(Value::text).map(Cow::into_owned);
            if !may_differ(earlier, last) {
                doubts.push(format!("its trigger holds {} twice, with different values", quoted(&key, LONGEST_KEY)));
            } else if key == "parentExecution" && earlier.is_object() && last.is_object() && id(earlier) != id(last) {
                doubts.push("its trigger holds \"parentExecution\" twice, with different ids".to_owned());
            }
        }
        executions.extend(trigger.get_all("parentExecution"));
    }
    doubts
}

/// The most keys of a trigger with two different values. The triggers of Orca have some thirty keys.
const MOST_REPEATED: usize = 200;

/// So many characters of a key are shown.
const LONGEST_KEY: usize = 60;

/// Whether two copies of a value agree, or are lists or objects, which may differ.
fn may_differ(one: Value<'_>, other: Value<'_>) -> bool {
    let has_parts = |value: Value<'_>| matches!(value.kind(), Kind::Array | Kind::Object);
    let is_free = |value: Value<'_>| has_parts(value) || value.kind() == Kind::Null;
    if (has_parts(one) || has_parts(other)) && is_free(one) && is_free(other) {
        return true;
    }
    let is_number = |value: Value<'_>| value.kind() == Kind::Number;
    let is_same_number = || is_number(one) && is_number(other) && one.as_f64() == other.as_f64();
    (one.is_blank() && other.is_blank())
        || is_same_number()
        || one.text().is_some_and(|text| other.text() == Some(text))
}

fn class(value: Value<'_>) -> Class {
    let has = |keys: &[&str]| keys.iter().all(|key| value.get(key).is_some());
    if has(&["parentExecutionId"]) || value.get("type").is_some_and(|kind| kind.is_str("pipelineRef")) {
        return Class::Pipeline;
    }
    if has(&["account", "repository", "tag"]) {
        return Class::Docker;
    }
    if value.get("type").is_some_and(|kind| kind.is_str("concourse")) {
        return Class::Concourse;
    }
    if has(&["master", "job", "buildNumber"]) {
        return Class::Jenkins;
    }
    if has(&["parentExecution"]) {
        return Class::Pipeline;
    }
    if has(&["artifactorySearchName"]) {
        return Class::Artifactory;
    }
    if has(&["nexusSearchName"]) {
        return Class::Nexus;
    }
    if has(&["source", "project", "branch", "slug", "hash"]) {
        return Class::Git;
    }
    if has(&["pluginId"]) {
        return Class::Plugin;
    }
    Class::Other
}
