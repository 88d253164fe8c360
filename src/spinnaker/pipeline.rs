//! The common part of executions and saved pipelines: stages in a graph.

use std::borrow::Cow;

use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::spinnaker::graph::Graph;
use crate::spinnaker::stage::Stage;
use crate::spinnaker::trigger::Trigger;

/// Stages that run one after another: an execution, a saved pipeline, or the pipeline inside a template.
pub struct Pipeline<'d> {
    /// The object of the execution or pipeline.
    pub value: Value<'d>,
    /// True for an execution, running or finished; false for a saved pipeline or a template.
    pub is_execution: bool,
    /// Every stage, in the order of the document, synthetic ones included.
    pub stages: Vec<Stage<'d>>,
    /// Which stage waits for which.
    pub graph: Graph,
    /// Parts of unexpected shape: the stages may be incomplete, so nothing may be concluded from them.
    pub doubts: Vec<String>,
}

impl<'d> Pipeline<'d> {
    /// Reads the stages of `value`.
    pub fn read(value: Value<'d>, is_execution: bool) -> Self {
        let stages: Vec<_> = value
            .list("stages")
            .filter(|stage| stage.is_object())
            .map(|stage| Stage::read(stage, is_execution))
            .collect();
        let graph = Graph::of(&stages);
        let doubts = doubts(value, &stages);
        Self { value, is_execution, stages, graph, doubts }
    }

    /// The authored stages, with their index.
    pub fn authored(&self) -> impl Iterator<Item = (usize, &Stage<'d>)> {
        self.stages.iter().enumerate().filter(|(_, stage)| !stage.is_synthetic)
    }

    /// The stage by id, reference id or name, in this order.
    pub fn stage(&self, name: &str) -> Option<(usize, &Stage<'d>)> {
        let by = |test: &dyn Fn(&Stage<'d>) -> bool| self.authored().find(|(_, stage)| test(stage));
        by(&|stage| stage.id().is_some_and(|id| id == name))
            .or_else(|| by(&|stage| stage.ref_id == name))
            .or_else(|| by(&|stage| stage.name == name))
    }

    /// The application's name.
    pub fn application(&self) -> Option<Cow<'d, str>> {
        self.value.str("application")
    }

    /// The pipeline's name.
    pub fn name(&self) -> Option<Cow<'d, str>> {
        self.value.str("name")
    }

    /// Its enabled triggers. `enabled` is a boolean or its text; anything else is off (`echo-model/…/Trigger.java`).
    pub fn enabled_triggers(&self) -> impl Iterator<Item = Value<'d>> {
        self.value.list("triggers").filter(|trigger| trigger.flag_at("enabled") == Flag::On)
    }

    /// The trigger, of an execution.
    pub fn trigger(&self) -> Option<Trigger<'d>> {
        if !self.is_execution {
            return None;
        }
        self.value.get("trigger").filter(|trigger| trigger.is_object()).map(Trigger::read)
    }

    /// Who Gate authenticated: the only field that shows who started it (`gate-web/…/AuthenticatedRequest`); `origin` and `trigger.user` prove nothing.
    pub fn user(&self) -> Option<Cow<'d, str>> {
        self.value.at(&["authentication", "user"]).and_then(Value::as_str).filter(|user| !user.trim().is_empty())
    }
}

fn doubts(value: Value<'_>, stages: &[Stage<'_>]) -> Vec<String> {
    let mut doubts = Vec::new();
    match value.get("stages") {
        Some(list) if !matches!(list.kind(), Kind::Array | Kind::Null) => {
            doubts.push("its `stages` is not a list".to_owned());
        }
        Some(list) if list.elements().count() > stages.len() => {
            doubts.push("some of its stages are not objects".to_owned());
        }
        _ => {}
    }
    if crate::spinnaker::template::is_templated(value) {
        doubts.push("its stages are in a pipeline template; pass the template as well, or let Gate plan it".to_owned());
    }
    let mut seen = std::collections::HashSet::with_capacity(stages.len());
    if stages.iter().any(|stage| !stage.ref_id.is_empty() && !seen.insert(stage.ref_id.as_str())) {
        doubts.push("two of its stages have the same refId".to_owned());
    }
    doubts
}
