//! The pipelines that a release starts, as they run: each is judged like the release itself.
//!
//! Orca starts what is saved at that moment (`orca-front50/…/tasks/StartPipelineTask.groovy`), so a child is judged as it is saved now,
//! with the parameters that the stage passes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use crate::analysis::production::child::{DEEPEST, passed_parameters};
use crate::analysis::saves::Saved;
use crate::base::hex::hex;
use crate::base::sanitize::quoted;
use crate::document::Document;
use crate::evidence::contents::Inspected;
use crate::evidence::{Evidence, Lookup, by_id};
use crate::kubernetes::artifact::Fetched;
use crate::secrets::detect::CustomRules;
use crate::spinnaker::child_pipeline::{By, ChildPipeline, children};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::settle::as_started;
use sha2::{Digest, Sha256};

/// The most pipelines that are judged for one release.
const MOST: usize = 60;

/// A pipeline that a release starts.
pub struct Started {
    /// The stage of the release that starts it, itself or through other pipelines.
    pub stage: usize,
    /// `APPLICATION/PIPELINE`, as the stage names it.
    pub key: String,
    pub id: Option<String>,
    pub name: Option<String>,
    /// When it was saved last.
    pub update_ts: Option<String>,
    /// SHA-256 of the saved pipeline.
    pub sha256: String,
    /// The pipeline with the parameters that it is started with.
    pub inspected: Inspected,
}

/// A pipeline that a release starts and that could not be judged.
pub struct Unjudged {
    pub stage: usize,
    /// `APPLICATION/PIPELINE`, as the stage names it.
    pub key: String,
    /// Why, as a sentence that names the pipeline.
    pub why: String,
    /// No source has it, so that it is a matter of what is configured.
    pub is_missing: bool,
}

/// Every pipeline that a release starts, over all levels.
#[derive(Default)]
pub struct AllStarted {
    pub judged: Vec<Started>,
    pub unjudged: Vec<Unjudged>,
    /// A stage names what it starts by an expression.
    pub has_open: bool,
}

impl AllStarted {
    /// Whether the release starts nothing.
    pub fn is_empty(&self) -> bool {
        self.judged.is_empty() && self.unjudged.is_empty() && !self.has_open
    }

    /// What `saved` changes of it, as the end of a sentence; `None` when that is nothing. `is_late` says of a stage that starts a
    /// pipeline whether the pipeline is saved after it.
    pub fn changed_by(&self, saved: &Saved, is_late: impl Fn(usize) -> bool) -> Option<String> {
        let mut stages = self.judged.iter().map(|one| one.stage).chain(self.unjudged.iter().map(|one| one.stage));
        let Saved::Pipeline { id, application, name } = saved else {
            let may_change = self.has_open || stages.any(|stage| !is_late(stage));
            return may_change.then(|| "pipelines that cannot be read".to_owned());
        };
        let key = |name: &Option<String>| Some(format!("{}/{}", application.as_deref()?, name.as_deref()?));
        let is_key = |own: &str| {
            key(name).is_some_and(|key| key == own) || id.as_deref().is_some_and(|id| own.ends_with(&format!("/{id}")))
        };
        let is_judged = |one: &&Started| {
            let is_same = id.is_some() && one.id == *id || name.is_some() && one.name == *name;
            (is_same || is_key(&one.key)) && !is_late(one.stage)
        };
        let unjudged = self.unjudged.iter().filter(|one| !is_late(one.stage));
        let found = self.judged.iter().find(is_judged).map(|one| one.key.clone());
        let found = found.or_else(|| unjudged.map(|one| one.key.clone()).find(|key| is_key(key)));
        let found = found.or_else(|| self.has_open.then(|| key(name).or_else(|| id.clone()).unwrap_or_default()));
        found.map(|key| format!("the pipeline {}", quoted(&key, 100)))
    }
}

/// One pipeline whose stages are read for what they start.
struct Level {
    /// The stage of the release; `None` for the release itself.
    stage: Option<usize>,
    /// The pipeline, by its place in [`AllStarted::judged`]; `None` for the release itself.
    at: Option<usize>,
    depth: usize,
}

/// The pipelines that `release` starts, as `evidence` has them.
pub fn all_started(release: Option<&Pipeline<'_>>, evidence: &Evidence, rules: &CustomRules) -> AllStarted {
    let mut all = AllStarted::default();
    let Some(release) = release else { return all };
    let mut seen = BTreeSet::new();
    let mut told = BTreeSet::new();
    let mut levels = VecDeque::from([Level { stage: None, at: None, depth: 0 }]);
    while let Some(level) = levels.pop_front() {
        let (wanted, has_open) = wanted(release, &level, &all);
        all.has_open |= has_open;
        for (stage, child, parameters) in wanted {
            let lookup = by_id(&evidence.children, &child.key());
            let document = match can_be_judged(&child, lookup, level.depth, all.judged.len()) {
                Ok(document) => document,
                Err((why, is_missing)) => {
                    if told.insert((stage, child.key())) {
                        all.unjudged.push(Unjudged { stage, key: child.key(), why, is_missing });
                    }
                    continue;
                }
            };
            let passed = parameters.as_ref().map(Document::text).unwrap_or_default();
            // The same pipeline with the same parameters is judged once.
            if !seen.insert((child.key(), passed.to_owned())) {
                continue;
            }
            all.judged.push(Started::of(stage, &child, document, parameters.as_ref(), (&evidence.artifacts, rules)));
            levels.push_back(Level { stage: Some(stage), at: Some(all.judged.len() - 1), depth: level.depth + 1 });
        }
    }
    all
}

/// A pipeline that a stage starts: the stage of the release, the pipeline, and the parameters that are passed.
type Wanted = (usize, ChildPipeline, Option<Document>);

/// What the stages of one level start, and whether one of them names it by an expression.
fn wanted(release: &Pipeline<'_>, level: &Level, all: &AllStarted) -> (Vec<Wanted>, bool) {
    let of_level = level.at.and_then(|at| all.judged.get(at));
    let pipeline = of_level.and_then(|started| started.inspected.contents().input.pipeline.as_ref());
    let pipeline = if level.at.is_some() { pipeline } else { Some(release) };
    let Some(pipeline) = pipeline else { return (Vec::new(), false) };
    let application = pipeline.application();
    let (mut wanted, mut has_open) = (Vec::new(), false);
    for (index, stage) in pipeline.authored() {
        for child in children(stage, application.as_deref()) {
            match child {
                Some(child) => wanted.push((level.stage.unwrap_or(index), child, passed_parameters(stage))),
                None => has_open = true,
            }
        }
    }
    (wanted, has_open)
}

/// The document of a child, or why it cannot be judged and whether that is because no source has it.
fn can_be_judged<'e>(
    child: &ChildPipeline,
    lookup: &'e Lookup<Arc<Document>>,
    depth: usize,
    judged: usize,
) -> Result<&'e Arc<Document>, (String, bool)> {
    let name = quoted(&child.key(), 100);
    if child.by == By::Strategy {
        let why = format!("the custom strategy {name} is not judged: Orca decides at run time what it is applied to");
        return Err((why, true));
    }
    match lookup {
        _ if depth >= DEEPEST => {
            Err((format!("the pipeline {name} is more than {DEEPEST} levels below the release"), false))
        }
        _ if judged >= MOST => {
            Err((format!("the pipeline {name} is not judged: the release starts more than {MOST}"), false))
        }
        Lookup::Found(document) => Ok(document),
        Lookup::NotConfigured => {
            Err((format!("the pipeline {name} is not judged: no source has it; set --gate-url or --front50-url"), true))
        }
        Lookup::Missing => Err((format!("the pipeline {name} is not judged: it does not exist"), true)),
        Lookup::Unavailable(why) => Err((format!("the pipeline {name} could not be read: {why}"), false)),
    }
}

impl Started {
    fn of(
        stage: usize,
        child: &ChildPipeline,
        document: &Arc<Document>,
        parameters: Option<&Document>,
        (fetched, rules): (&Fetched, &CustomRules),
    ) -> Self {
        let as_started = as_started(document, parameters.map(Document::root));
        let root = document.root();
        let text =
            |key: &str| root.get(key).and_then(crate::document::value::Value::text).map(std::borrow::Cow::into_owned);
        Self {
            stage,
            key: child.key(),
            id: text("id"),
            name: text("name"),
            update_ts: text("updateTs"),
            sha256: hex(&Sha256::digest(document.text().as_bytes())),
            inspected: Inspected::with(as_started.map_or_else(|| Arc::clone(document), Arc::new), fetched, rules),
        }
    }
}
