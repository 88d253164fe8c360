//! The kind of a document, recognised by its shape, and what is read of it.
//!
//! A document that looks like two kinds has two readings, and both are judged: no key that an author adds hides a stage.

mod marks;
mod part;

pub use part::{Part, add_comments, parts};

use crate::document::value::Value;
use crate::spinnaker::evaluate::Scope;
use crate::spinnaker::pipeline::{Layout, Pipeline};
use crate::spinnaker::settle::settle;
use marks::Reading;

/// The kinds of documents Plimsoll judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputKind {
    Execution,
    Pipeline,
    Application,
    CanaryConfig,
    Template,
    Manifest,
    Unknown,
}

impl InputKind {
    /// The kind as written in the verdict.
    pub fn word(self) -> &'static str {
        match self {
            Self::Execution => "execution",
            Self::Pipeline => "pipeline",
            Self::Application => "application",
            Self::CanaryConfig => "canaryConfig",
            Self::Template => "template",
            Self::Manifest => "manifest",
            Self::Unknown => "unknown",
        }
    }
}

/// One document to judge.
#[derive(Clone)]
pub struct Input<'d> {
    /// The type of the value.
    pub kind: InputKind,
    /// The outermost value, from which pointers of findings start.
    pub root: Value<'d>,
    /// The stages of an execution, a pipeline or a template; `None` for any other kind.
    pub pipeline: Option<Pipeline<'d>>,
    /// What stands in the same file outside every document of it, comments as well: only searched for secrets.
    pub beside: Vec<Value<'d>>,
}

/// Why a document is not recognised.
const EXPECTED: &str = "not a recognised document; expected a pipeline, execution, application, canary config, template or Kubernetes manifest";

impl<'d> Input<'d> {
    /// Recognises the kind of `root` and reads its stages.
    pub fn of(root: Value<'d>) -> Self {
        settle(root.document(), |root| {
            let is_execution = marks::readings(root).contains(&Reading::Execution);
            if is_execution { Scope::of_execution(root) } else { Scope::default() }
        });
        Self::read(root, marks::readings(root).first().copied().unwrap_or(Reading::Unknown))
    }

    /// The same for a part of a file, which may take its names from the file around it.
    pub fn of_part(part: &Part<'d>) -> Self {
        let mut input = Self::of(part.value);
        if input.kind == InputKind::Unknown && part.is_pipeline_by_place {
            input = Self::read(part.value, Reading::Saved);
        }
        if let Some(pipeline) = &mut input.pipeline {
            pipeline.name_after(part.application, part.name);
        }
        input.beside.clone_from(&part.beside);
        input
    }

    /// Every other reading of the same document: what else it looks like, and where else its stages may have their settings.
    pub fn other_readings(&self) -> Vec<Self> {
        let mut all: Vec<Self> =
            marks::readings(self.root).into_iter().skip(1).map(|reading| Self::read(self.root, reading)).collect();
        let alternate = self.pipeline.as_ref().and_then(Pipeline::alternate);
        all.extend(alternate.map(|pipeline| Self {
            kind: self.kind,
            root: self.root,
            pipeline: Some(pipeline),
            beside: Vec::new(),
        }));
        all
    }

    /// Why nothing may be concluded from the document: it is not recognised, or parts of it could not be read.
    pub fn doubts(&self) -> Vec<String> {
        if self.kind == InputKind::Unknown {
            return vec![EXPECTED.to_owned()];
        }
        self.pipeline.as_ref().map(|pipeline| pipeline.doubts.clone()).unwrap_or_default()
    }

    fn read(root: Value<'d>, reading: Reading) -> Self {
        let pipeline = |value: Value<'d>, layout| Some(Pipeline::laid_out(value, layout));
        let inner = |key: &str| root.get(key).unwrap_or(root);
        let (kind, pipeline) = match reading {
            Reading::Execution => (InputKind::Execution, pipeline(root, Layout::Execution)),
            Reading::Saved => (InputKind::Pipeline, pipeline(root, Layout::Saved)),
            Reading::Wrapped => (InputKind::Pipeline, pipeline(inner("pipeline"), Layout::Saved)),
            Reading::Resource => {
                let mut read = Pipeline::laid_out(inner("spec"), Layout::Resource);
                read.name_after(None, root.at(&["metadata", "name"]));
                (InputKind::Pipeline, Some(read))
            }
            Reading::TemplateV1 => {
                let mut read = Pipeline::laid_out(root, Layout::TemplateV1);
                read.name_after(None, root.at(&["metadata", "name"]));
                (InputKind::Template, Some(read))
            }
            Reading::ConfigV1 => {
                let mut read = Pipeline::laid_out(root, Layout::ConfigV1);
                let named = |key: &str| root.at(&["pipeline", key]);
                read.name_after(named("application"), named("name"));
                (InputKind::Pipeline, Some(read))
            }
            Reading::TemplateV2 => {
                let read = root.get("pipeline").map(|inner| Pipeline::laid_out(inner, Layout::Saved));
                (InputKind::Template, read)
            }
            Reading::Application => (InputKind::Application, None),
            Reading::CanaryConfig => (InputKind::CanaryConfig, None),
            Reading::Manifest => (InputKind::Manifest, None),
            Reading::Unknown => (InputKind::Unknown, None),
        };
        Self { kind, root, pipeline, beside: Vec::new() }
    }
}
