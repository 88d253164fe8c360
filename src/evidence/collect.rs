//! Fetches the evidence for one document, all kinds concurrently.

use std::sync::Arc;
use std::time::Duration;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::clients::issuers::Issuers;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::resource::Resource;
use crate::clients::spinnaker::{Fetched, Spinnaker};
use crate::document::value::{Flag, Value};
use crate::document::{Document, Syntax};
use crate::evidence::contents::{Contents, Inspected};
use crate::evidence::git::{self, Push};
use crate::evidence::identity;
use crate::evidence::parents::{Parents, judge_of};
use crate::evidence::resolve::secrets;
use crate::evidence::siblings::{SiblingKind, Siblings};
use crate::evidence::{Evidence, Lookup, Named};
use crate::meta::{Need, NeedSet};
use crate::policy::EffectivePolicy;
use crate::secrets::leaks::Leaks;
use crate::spinnaker::child_pipeline::{By, ChildPipeline, children};
use crate::spinnaker::input::Input;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::principal::{Start, start};
use crate::spinnaker::template;

/// The most child pipelines that are fetched, over all levels.
const MOST_CHILDREN: usize = 60;

/// Where evidence comes from, and which kinds are needed: the same for every document of a run.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    pub policy: &'a EffectivePolicy,
    pub spinnaker: &'a Spinnaker,
    pub siblings: &'a dyn Siblings,
    /// The issuers of identity tokens.
    pub issuers: &'a Issuers,
    /// The evidence that the checks of the run may read. Nothing else is fetched.
    pub needs: NeedSet,
    pub deadline: Deadline,
    /// How long a parent that does not show its child yet is read again.
    pub settle: Duration,
}

/// Fetches the evidence for the document of `contents`, all kinds concurrently. Secret values are added to `known`, to be masked.
pub async fn collect(
    contents: &Contents<'_>,
    sources: Sources<'_>,
    resolver: &SecretResolver,
    known: &mut Vec<Secret>,
) -> Evidence {
    let planned = sources.planned(&contents.input).await;
    // A templated pipeline is checked as it would run.
    let contents = planned.found().map_or(contents, Inspected::contents);
    let (input, policy) = (&contents.input, &sources.policy.policy);
    let pipeline = input.pipeline.as_ref().filter(|pipeline| !pipeline.stages.is_empty());
    // What the pipelines that it starts refer to is looked up as well.
    let of_children = async {
        let children = sources.children(pipeline).await;
        let rules = &sources.policy.custom_rules;
        let found = children.iter().filter_map(|child| child.evidence.found());
        let mut inspected: Vec<Inspected> = found.map(|document| Inspected::of(Arc::clone(document), rules)).collect();
        let artifacts = sources.artifacts(contents, &inspected).await;
        let own = contents.with_fetched(&artifacts, rules);
        if !artifacts.is_empty() {
            let again = |one: Inspected| Inspected::with(one.into_document(), &artifacts, rules);
            inspected = inspected.into_iter().map(again).collect();
        }
        let contents = own.as_ref().unwrap_or(contents);
        let all: Vec<&Contents<'_>> = [contents].into_iter().chain(inspected.iter().map(Inspected::contents)).collect();
        let pipelines: Vec<&Pipeline<'_>> =
            pipeline.into_iter().chain(all.iter().skip(1).filter_map(|one| one.input.pipeline.as_ref())).collect();
        let (secrets, canary_configs) =
            tokio::join!(secrets(&all, sources, resolver, known), sources.canary_configs(&pipelines));
        (secrets, canary_configs, children, artifacts)
    };
    let (accounts, parents, saved, history, application, of_children) = tokio::join!(
        sources.accounts(pipeline),
        sources.parents(input),
        sources.saved(pipeline),
        sources.history(pipeline),
        sources.application(pipeline),
        of_children,
    );
    let ((secrets, values), canary_configs, children, artifacts) = of_children;
    let Parents { executions: parents, pipelines: parent_pipelines } = parents;
    let commit = match pushed(input, &parents) {
        Some(push) if sources.wants(Need::Commit) && !policy.git.servers.is_empty() => {
            git::commit_status(&policy.git, &push, resolver, known, sources.deadline).await
        }
        _ => Lookup::NotConfigured,
    };
    let issuer_keys = match started_by_trigger(input, &parents) {
        Some(trigger) if sources.wants(Need::IssuerKeys) => {
            identity::issuer_keys(&policy.triggers.identity, trigger, sources.issuers, known, sources.deadline).await
        }
        _ => Lookup::NotConfigured,
    };
    let roles = match starter(input, &parents) {
        Some(user) if sources.wants(Need::Roles) && !policy.triggers.service_account_roles.is_empty() => {
            sources.document(&Resource::Roles { user }).await
        }
        _ => Lookup::NotConfigured,
    };
    Evidence {
        leaks: Arc::new(Leaks::of(values)),
        accounts,
        parents,
        parent_pipelines,
        secrets,
        secret_stores: sources.siblings.secret_stores().to_vec(),
        saved,
        history,
        application,
        children,
        canary_configs,
        planned,
        roles,
        commit,
        artifacts,
        issuer_keys,
    }
}

/// The user who started the root of the chain, or decided on the way.
fn starter(input: &Input<'_>, parents: &Lookup<Vec<Document>>) -> Option<String> {
    let pipeline = input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution)?;
    if pipeline.trigger().is_none_or(|own| start(own) != Start::Pipeline) {
        return pipeline.user().map(std::borrow::Cow::into_owned);
    }
    let parents = parents.found()?;
    if let Some(judge) = judge_of(pipeline, parents) {
        return Some(judge);
    }
    let root = Pipeline::read(parents.last()?.root(), true);
    root.user().map(std::borrow::Cow::into_owned)
}

/// The push at the root of the chain.
fn pushed(input: &Input<'_>, parents: &Lookup<Vec<Document>>) -> Option<Push> {
    Push::of(started_by_trigger(input, parents)?)
}

/// The trigger at the root of the chain.
fn started_by_trigger<'d>(input: &Input<'d>, parents: &'d Lookup<Vec<Document>>) -> Option<Value<'d>> {
    let pipeline = input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution)?;
    let own = pipeline.trigger()?;
    if start(own) != Start::Pipeline {
        return Some(own.value);
    }
    parents.found()?.last()?.root().get("trigger")
}

impl Sources<'_> {
    /// The same sources, for `need` only.
    #[must_use]
    pub fn only(self, need: Need) -> Self {
        let needs = self.needs.iter().filter(|wanted| *wanted == need).collect();
        Self { needs, ..self }
    }

    /// The same sources, without `need`.
    #[must_use]
    pub fn without(self, need: Need) -> Self {
        let needs = self.needs.iter().filter(|wanted| *wanted != need).collect();
        Self { needs, ..self }
    }

    /// Whether a check of the run may read evidence of this kind.
    pub(super) fn wants(&self, need: Need) -> bool {
        self.needs.contains(need)
    }

    async fn accounts(&self, pipeline: Option<&Pipeline<'_>>) -> Lookup<Document> {
        if pipeline.is_none() || !self.wants(Need::Accounts) {
            return Lookup::NotConfigured;
        }
        self.document(&Resource::Accounts).await
    }

    /// One document as evidence.
    pub(super) async fn document(&self, resource: &Resource) -> Lookup<Document> {
        match self.spinnaker.get(resource, self.deadline).await {
            Ok(Fetched::Found { bytes, origin }) => match Document::read(bytes.to_vec(), Syntax::Json) {
                Ok(document) => Lookup::Found(document),
                Err(error) => Lookup::Unavailable(format!("the answer of {origin} cannot be read: {error}")),
            },
            Ok(Fetched::Missing) => Lookup::Missing,
            Ok(Fetched::NotConfigured) => Lookup::NotConfigured,
            Err(error) => Lookup::Unavailable(format!("{error} ({})", error.help())),
        }
    }

    /// A templated pipeline combined with its template.
    async fn planned(&self, input: &Input<'_>) -> Lookup<Inspected> {
        let Some(pipeline) = input.pipeline.as_ref().filter(|pipeline| !pipeline.is_execution) else {
            return Lookup::NotConfigured;
        };
        if !template::is_templated(pipeline.value) {
            return Lookup::NotConfigured;
        }
        let planned = self.plan(pipeline.value).await;
        planned.map(|document| Inspected::of(Arc::new(document), &self.policy.custom_rules))
    }

    /// Combines a templated pipeline with its template: through Orca's plan if it is available, else from the template itself.
    async fn plan(&self, configuration: Value<'_>) -> Lookup<Document> {
        let Some(reference) = template::reference(configuration) else { return Lookup::Missing };
        if let Some(text) = self.siblings.find(SiblingKind::Template, &reference.id) {
            return together(configuration, parsed(&text), template::plan);
        }
        let answer = self.spinnaker.plan(configuration.raw(), self.deadline).await;
        if let Ok(Fetched::Found { bytes, .. }) = answer
            && let Ok(document) = Document::read(bytes.to_vec(), Syntax::Json)
        {
            return together(configuration, Lookup::Found(document), template::adopt);
        }
        if reference.tag.is_some() || reference.digest.is_some() {
            // Only Orca's plan resolves a tag to a version.
            return Lookup::Unavailable("the template version of the tag or digest could not be read".into());
        }
        let template = self.document(&Resource::Template { id: reference.id }).await;
        together(configuration, template, template::plan)
    }

    /// `found`, combined with its template if it is a templated pipeline.
    async fn unfolded(&self, found: Lookup<Document>) -> Lookup<Document> {
        let planned = match &found {
            Lookup::Found(document) if template::is_templated(document.root()) => self.plan(document.root()).await,
            _ => return found,
        };
        // Without its template it is still the requested pipeline, with a doubt about its stages.
        if planned.found().is_some() { planned } else { found }
    }

    /// The saved pipeline with the execution's `pipelineConfigId`.
    async fn saved(&self, pipeline: Option<&Pipeline<'_>>) -> Lookup<Document> {
        let Some(pipeline) = pipeline.filter(|pipeline| pipeline.is_execution && self.wants(Need::SavedPipeline))
        else {
            return Lookup::NotConfigured;
        };
        match config_id(pipeline) {
            Some(id) => self.saved_pipeline(pipeline, id).await,
            None => Lookup::Missing,
        }
    }

    /// The saved pipeline `id` of an execution.
    pub(super) async fn saved_pipeline(&self, pipeline: &Pipeline<'_>, id: String) -> Lookup<Document> {
        if let Some(text) = self.siblings.find(SiblingKind::Pipeline, &id) {
            return self.unfolded(parsed(&text)).await;
        }
        let application = pipeline.application().unwrap_or_default().into_owned();
        let is_strategy = pipeline.trigger().is_some_and(|trigger| trigger.value.flag_at("strategy") == Flag::On);
        let saved = Resource::SavedPipeline { application: application.clone(), id: Some(id.clone()), name: None };
        match self.document(&saved).await {
            Lookup::Missing if is_strategy => self.strategy(application, &id).await,
            other => self.unfolded(other).await,
        }
    }

    async fn history(&self, pipeline: Option<&Pipeline<'_>>) -> Lookup<Document> {
        let Some(pipeline) = pipeline.filter(|pipeline| pipeline.is_execution && self.wants(Need::PipelineHistory))
        else {
            return Lookup::NotConfigured;
        };
        match config_id(pipeline) {
            Some(id) => self.document(&Resource::PipelineHistory { id }).await,
            None => Lookup::Missing,
        }
    }

    async fn application(&self, pipeline: Option<&Pipeline<'_>>) -> Lookup<Document> {
        let pipeline = pipeline.filter(|_| self.wants(Need::Application));
        let name =
            pipeline.and_then(Pipeline::application).filter(|name| !name.trim().is_empty() && !name.contains("${"));
        match name {
            Some(name) => self.document(&Resource::Application { name: name.into_owned() }).await,
            None => Lookup::NotConfigured,
        }
    }

    /// The pipelines that stages start, and those that these start in turn, each once.
    async fn children(&self, pipeline: Option<&Pipeline<'_>>) -> Vec<Named<Arc<Document>>> {
        let mut found: Vec<Named<Arc<Document>>> = Vec::new();
        let Some(pipeline) = pipeline.filter(|_| self.wants(Need::Children)) else { return found };
        let mut wanted = started_by(pipeline);
        while let Some(child) = wanted.pop() {
            if found.iter().any(|named| named.id == child.key()) {
                continue;
            }
            if found.len() >= MOST_CHILDREN {
                let evidence = Lookup::Unavailable(format!("more than {MOST_CHILDREN} child pipelines are started"));
                found.push(Named { id: child.key(), evidence });
                continue;
            }
            let evidence = self.unfolded(self.child(&child).await).await.map(Arc::new);
            if let Lookup::Found(document) = &evidence {
                wanted.extend(started_by(&Pipeline::read(document.root(), false)));
            }
            found.push(Named { id: child.key(), evidence });
        }
        found
    }

    async fn child(&self, child: &ChildPipeline) -> Lookup<Document> {
        let names = [child.pipeline.clone(), child.key()];
        if let Some(text) = names.iter().find_map(|name| self.siblings.find(SiblingKind::Pipeline, name)) {
            return parsed(&text);
        }
        let (application, pipeline) = (child.application.clone(), child.pipeline.clone());
        match child.by {
            By::Id => self.document(&Resource::SavedPipeline { application, id: Some(pipeline), name: None }).await,
            By::Name => self.document(&Resource::SavedPipeline { application, id: None, name: Some(pipeline) }).await,
            By::Strategy => self.strategy(application, &pipeline).await,
        }
    }

    /// One of an application's deployment strategies; Front50 keeps them apart from its pipelines.
    async fn strategy(&self, application: String, id: &str) -> Lookup<Document> {
        let all = match self.document(&Resource::Strategies { application }).await {
            Lookup::Found(all) => all,
            other => return other,
        };
        let one = all.root().elements().find(|strategy| strategy.get("id").is_some_and(|own| own.is_str(id)));
        one.map_or(Lookup::Missing, |strategy| parsed(strategy.raw()))
    }

    async fn canary_configs(&self, pipelines: &[&Pipeline<'_>]) -> Vec<Named<Document>> {
        let mut found: Vec<Named<Document>> = Vec::new();
        if !self.wants(Need::CanaryConfigs) {
            return found;
        }
        for (_, stage) in pipelines.iter().flat_map(|pipeline| pipeline.authored()) {
            let id = stage.settings.at(&["canaryConfig", "canaryConfigId"]).and_then(Value::as_str);
            let Some(id) = id.filter(|id| !id.trim().is_empty() && !id.contains("${")) else { continue };
            if found.len() < MOST_CHILDREN && !found.iter().any(|named| named.id == id) {
                let evidence = self.document(&Resource::CanaryConfig { id: id.clone().into_owned() }).await;
                found.push(Named { id: id.into_owned(), evidence });
            }
        }
        found
    }
}

/// `pipelineConfigId`, which the caller can set to any value.
pub(super) fn config_id(pipeline: &Pipeline<'_>) -> Option<String> {
    pipeline.value.str("pipelineConfigId").filter(|id| !id.trim().is_empty()).map(std::borrow::Cow::into_owned)
}

fn started_by(pipeline: &Pipeline<'_>) -> Vec<ChildPipeline> {
    let application = pipeline.application();
    pipeline.authored().flat_map(|(_, stage)| children(stage, application.as_deref())).flatten().collect()
}

/// A configuration combined with its template or its plan.
fn together(
    configuration: Value<'_>,
    other: Lookup<Document>,
    with: impl Fn(Value<'_>, Value<'_>) -> Result<String, String>,
) -> Lookup<Document> {
    match other {
        Lookup::Found(document) => match with(configuration, document.root()) {
            Ok(text) => parsed(&text),
            Err(why) => Lookup::Unavailable(why),
        },
        other => other,
    }
}

pub(super) fn parsed(text: &str) -> Lookup<Document> {
    match Document::json(text.to_owned()) {
        Ok(document) => Lookup::Found(document),
        Err(error) => Lookup::Unavailable(error.to_string()),
    }
}
