//! The executions that started the one that is judged, and the saved pipelines whose triggers did.

use std::borrow::Cow;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::clients::spinnaker::resource::Resource;
use crate::document::Document;
use crate::evidence::collect::{Sources, config_id, parsed};
use crate::evidence::siblings::SiblingKind;
use crate::evidence::{Lookup, Named};
use crate::meta::Need;
use crate::spinnaker::input::Input;
use crate::spinnaker::parent::{Link, by_stage, by_trigger, starting_stage};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::principal::{Start, start};

/// The longest chain of parent executions that is followed.
const LONGEST_CHAIN: usize = 20;

/// Between two reads of a parent that does not show yet that it started its child: Orca writes that a moment later, and a replica may
/// show it later still.
const AGAIN: Duration = Duration::from_millis(500);

/// What was found about the chain.
pub(super) struct Parents {
    /// The executions, the direct parent first.
    pub(super) executions: Lookup<Vec<Document>>,
    /// The saved pipelines of those in the chain that a pipeline trigger started, by `pipelineConfigId`.
    pub(super) pipelines: Vec<Named<Document>>,
}

/// The saved pipeline of an execution, in evidence.
pub fn saved_of<'a>(pipelines: &'a [Named<Document>], execution: &Pipeline<'_>) -> &'a Lookup<Document> {
    let id = config_id(execution).unwrap_or_default();
    crate::evidence::by_id(pipelines, &id)
}

/// What `parent` and the saved pipeline of `child` show about the start of `child`.
pub fn link(child: &Pipeline<'_>, parent: &Pipeline<'_>, saved: &Lookup<Document>) -> Link {
    if let Some(stage) = starting_stage(child) {
        return by_stage(child, parent, &stage);
    }
    match saved {
        Lookup::Found(saved) => by_trigger(child, parent, &Pipeline::read(saved.root(), false)),
        Lookup::Missing => Link::Contradicted("no saved pipeline has a trigger that names its pipeline".into()),
        Lookup::NotConfigured => Link::Unsettled("the saved pipeline with its triggers was not read".into()),
        Lookup::Unavailable(why) => Link::Unsettled(format!("the saved pipeline could not be read: {why}")),
    }
}

/// The user who decided the start, where that is neither the root's nor a trigger's: a judgment on the way handed on its user.
pub(super) fn judge_of(own: &Pipeline<'_>, parents: &[Document]) -> Option<String> {
    let mut child = own.clone();
    for parent in parents {
        let parent = Pipeline::read(parent.root(), true);
        if let Some(stage) = starting_stage(&child)
            && let Link::Judged(user) = by_stage(&child, &parent, &stage)
        {
            return Some(user);
        }
        child = parent;
    }
    None
}

impl Sources<'_> {
    /// The chain of executions that started this one, up to one that no execution started. Each is fetched: the copy inside the
    /// trigger is written by the caller and cannot be trusted.
    pub(super) async fn parents(&self, input: &Input<'_>) -> Parents {
        let mut pipelines = Vec::new();
        let execution = input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution && self.wants(Need::Parents));
        let executions = match execution {
            Some(own) => self.chain(own, &mut pipelines).await,
            None => Lookup::NotConfigured,
        };
        Parents { executions, pipelines }
    }

    async fn chain(&self, own: &Pipeline<'_>, pipelines: &mut Vec<Named<Document>>) -> Lookup<Vec<Document>> {
        let until = Instant::now() + self.settle.min(self.deadline.remaining());
        let mut chain: Vec<Document> = Vec::new();
        let mut seen: Vec<String> = own.value.str("id").map(Cow::into_owned).into_iter().collect();
        loop {
            let last = chain.last().map(|parent| Pipeline::read(parent.root(), true));
            let child = last.as_ref().unwrap_or(own);
            let Some(id) = parent_of(child) else { return Lookup::Found(chain) };
            if seen.contains(&id) || chain.len() >= LONGEST_CHAIN {
                return Lookup::Unavailable("the chain of executions that started it does not end".into());
            }
            if starting_stage(child).is_none() {
                self.add_saved(child, pipelines).await;
            }
            let document = match self.parent(child, &id, pipelines, until).await {
                Lookup::Found(document) => document,
                Lookup::Missing => return Lookup::Missing,
                Lookup::NotConfigured => return Lookup::NotConfigured,
                Lookup::Unavailable(why) => return Lookup::Unavailable(why),
            };
            if document.root().str("id").is_none_or(|own| own != id) {
                return Lookup::Unavailable("the source returned an execution with a different id".into());
            }
            seen.push(id);
            chain.push(document);
        }
    }

    /// The parent `id` of `child`, read again until `until` while it does not show that it started the child.
    async fn parent(
        &self,
        child: &Pipeline<'_>,
        id: &str,
        pipelines: &[Named<Document>],
        until: Instant,
    ) -> Lookup<Document> {
        if let Some(text) = self.siblings.find(SiblingKind::Execution, id) {
            return parsed(&text);
        }
        loop {
            let found = self.document(&Resource::Execution { id: id.to_owned() }).await;
            let may_change = match &found {
                Lookup::Found(parent) => {
                    let link = link(child, &Pipeline::read(parent.root(), true), saved_of(pipelines, child));
                    matches!(link, Link::Contradicted(_))
                }
                Lookup::Missing => true,
                Lookup::NotConfigured | Lookup::Unavailable(_) => false,
            };
            if !may_change || !self.spinnaker.may_lag() || Instant::now() + AGAIN >= until {
                return found;
            }
            sleep(AGAIN).await;
        }
    }

    /// Fetches the saved pipeline of an execution that a pipeline trigger started.
    async fn add_saved(&self, child: &Pipeline<'_>, pipelines: &mut Vec<Named<Document>>) {
        let Some(id) = config_id(child) else { return };
        if !pipelines.iter().any(|named| named.id == id) {
            let evidence = self.saved_pipeline(child, id.clone()).await;
            pipelines.push(Named { id, evidence });
        }
    }
}

/// The id of the execution that started `child`; `None` where none did.
fn parent_of(child: &Pipeline<'_>) -> Option<String> {
    let trigger = child.trigger().filter(|trigger| start(*trigger) == Start::Pipeline)?;
    // A pipeline trigger without an id cannot be followed: an empty id is never found.
    Some(trigger.parent_id().map(Cow::into_owned).unwrap_or_default())
}
