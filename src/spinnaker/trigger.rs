//! The trigger of an execution.

use std::borrow::Cow;

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
            .at(&["parentExecution", "id"])
            .and_then(Value::as_str)
            .or_else(|| self.value.str("parentExecutionId"))
    }
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
