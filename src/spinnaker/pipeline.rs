//! The common part of executions and saved pipelines: stages in a graph.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::base::sanitize::quoted;
use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::spinnaker::graph::Graph;
use crate::spinnaker::stage::{Stage, settings};
use crate::spinnaker::trigger::{self, Trigger};

/// Where the stages of a document have what belongs to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Settings under `context` (`orca-core/…/jackson/mixin/StageExecutionMixin.java`).
    Execution,
    /// An execution's stages that have settings beside their context: those.
    ExecutionBeside,
    /// Settings beside the name.
    Saved,
    /// A saved pipeline's stages that have a `context`: settings under it.
    SavedContext,
    /// Everything but the type under `properties` (`PaCRD`).
    Resource,
    /// Settings under `config`, `id` and `dependsOn` in place of reference ids.
    TemplateV1,
    /// As `TemplateV1`, for the stages that a v1 configuration adds.
    ConfigV1,
}

impl Layout {
    pub(crate) fn is_execution(self) -> bool {
        matches!(self, Self::Execution | Self::ExecutionBeside)
    }
}

/// So many characters of a stage's name are shown.
const LONGEST_NAME: usize = 60;

/// Stages that run one after another: an execution, a saved pipeline, or the pipeline inside a template.
#[derive(Clone)]
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
    layout: Layout,
    /// The application and name that the file around it gives, where it has none itself.
    outer_application: Option<Value<'d>>,
    outer_name: Option<Value<'d>>,
}

impl<'d> Pipeline<'d> {
    /// Reads the stages of `value`.
    pub fn read(value: Value<'d>, is_execution: bool) -> Self {
        Self::laid_out(value, if is_execution { Layout::Execution } else { Layout::Saved })
    }

    /// Reads the stages of `value`, which have their settings where `layout` says.
    pub(crate) fn laid_out(value: Value<'d>, layout: Layout) -> Self {
        let mut stages: Vec<_> = value
            .evaluated()
            .list("stages")
            .filter(|stage| stage.is_object())
            .map(|stage| Stage::laid_out(stage, layout))
            .collect();
        keep_synthetic_with_parents(&mut stages);
        let graph = Graph::of(&stages);
        let doubts = doubts(value, &stages, layout);
        let is_execution = layout.is_execution();
        // Orca reads the keys of a pipeline before it evaluates anything.
        let value = value.written();
        Self { value, is_execution, stages, graph, doubts, layout, outer_application: None, outer_name: None }
    }

    /// The same stages with their settings where an author may have hidden them: beside the name in an execution, under `context` in a
    /// saved pipeline. `None` when no stage has any there.
    pub(crate) fn alternate(&self) -> Option<Self> {
        let layout = match self.layout {
            Layout::Execution => Layout::ExecutionBeside,
            Layout::Saved => Layout::SavedContext,
            _ => return None,
        };
        let is_other = |stage: &Stage<'d>| settings(stage.value, layout).row() != stage.settings.row();
        let mut other = self.stages.iter().any(is_other).then(|| Self::laid_out(self.value, layout))?;
        other.name_after(self.outer_application, self.outer_name);
        Some(other)
    }

    /// Gives it the application and name of the file around it, which count where it has none itself.
    pub(crate) fn name_after(&mut self, application: Option<Value<'d>>, name: Option<Value<'d>>) {
        self.outer_application = application.or(self.outer_application);
        self.outer_name = name.or(self.outer_name);
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

    /// The stage at `index`, and the stages that own it: Orca creates stages inside others, which name their owner.
    pub fn with_owners(&self, index: usize) -> impl Iterator<Item = &Stage<'d>> {
        let owner = |stage: &&Stage<'d>| {
            let id = stage.value.str("parentStageId").filter(|_| stage.is_synthetic)?;
            self.stages.iter().find(|other| other.id().is_some_and(|own| own == id))
        };
        // The owners of a forged execution may form a circle.
        std::iter::successors(self.stages.get(index), owner).take(self.stages.len())
    }

    /// The application's name.
    pub fn application(&self) -> Option<Cow<'d, str>> {
        self.value.str("application").or_else(|| self.outer_application.and_then(Value::as_str))
    }

    /// The pipeline's name.
    pub fn name(&self) -> Option<Cow<'d, str>> {
        // The root of a v1 configuration has no name of its own.
        self.value.str("name").or_else(|| self.outer_name.and_then(Value::as_str))
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

/// A stage is synthetic when Orca says so and its parent is there: an author can write the former, not the id of a running stage.
fn keep_synthetic_with_parents(stages: &mut [Stage<'_>]) {
    if !stages.iter().any(|stage| stage.is_synthetic) {
        return;
    }
    let ids: HashSet<String> = stages.iter().filter_map(|stage| stage.id().map(Cow::into_owned)).collect();
    for stage in stages {
        let has_parent = || stage.value.str("parentStageId").is_some_and(|parent| ids.contains(&*parent));
        stage.is_synthetic = stage.is_synthetic && has_parent();
    }
}

const GIVE_THE_PLAN: &str = "it is the configuration of a v1 pipeline template, which cannot be planned here; \
     pass an execution of it, or the pipeline that Orca plans from it (`plan: true`), and judge the template as a document of its own";

/// What a v1 template takes from elsewhere (`orca-pipelinetemplate/…/v1schema/graph/transform/RenderTransform.java`).
fn v1_doubts(template: Value<'_>) -> Option<&'static str> {
    if template.get("source").is_some_and(|source| !source.is_blank()) {
        return Some(
            "the v1 template extends another one; judge an execution of it, or the pipeline that Orca plans from it",
        );
    }
    let is_partial = |stage: Value<'_>| stage.str("type").is_some_and(|kind| kind.starts_with("partial."));
    let has_text = |stage: Value<'_>| stage.get("config").is_some_and(|config| config.as_str().is_some());
    template.list("stages").any(|stage| is_partial(stage) || has_text(stage)).then_some(
        "the v1 template has stages in partials or modules; judge an execution of it, or the pipeline that Orca plans from it",
    )
}

fn doubts(value: Value<'_>, stages: &[Stage<'_>], layout: Layout) -> Vec<String> {
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
    if layout == Layout::ConfigV1 {
        doubts.push(GIVE_THE_PLAN.to_owned());
    }
    if layout == Layout::TemplateV1 {
        doubts.extend(v1_doubts(value).map(str::to_owned));
    }
    let not_a_list = |stage: &&Stage<'_>| stage.requisites_are_not_a_list;
    doubts.extend(stages.iter().find(not_a_list).map(|stage| {
        let name = quoted(&stage.name, LONGEST_NAME);
        format!("requisiteStageRefIds of stage {name} is not a list")
    }));
    if layout.is_execution() {
        doubts.extend(trigger::doubts(value));
    }
    let mut seen = HashSet::with_capacity(stages.len());
    if stages.iter().any(|stage| !stage.ref_id.is_empty() && !seen.insert(stage.ref_id.as_str())) {
        doubts.push("two of its stages have the same refId".to_owned());
    }
    doubts
}
