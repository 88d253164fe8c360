//! Which stages change production: decided by the document, the policy and the accounts that were fetched.

pub mod child;
pub mod gate;
pub mod words;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::base::sanitize::quoted;
use crate::document::value::Value;
use crate::evidence::Lookup;
use crate::evidence::reader::EvidenceReader;
use crate::policy::{Policy, ProductionPolicy};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::{Stage, account_of};
use crate::spinnaker::stage_types::{ChangeKind, change_kind};
use words::{Signal, Vocabulary};

/// Where a stage works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Production; why, as a clause: `its account is "prod"`.
    Production(String),
    /// Not production.
    Other,
    /// It cannot be known yet, and may be production; why, as a clause.
    Unsettled(String),
}

/// A stage that changes something, or may.
pub struct Change<'d> {
    /// Index in [`Pipeline::stages`].
    pub stage: usize,
    pub kind: ChangeKind,
    pub environment: Environment,
    /// The value that names what it changes: usually the account.
    pub place: Value<'d>,
    /// It deploys a canary or its baseline, which the canary analysis then compares.
    pub is_arm: bool,
    /// What the pipelines that it starts do; `None` when it starts none or they could not be inspected.
    pub child: Option<child::Child>,
}

/// Every change that a pipeline makes, its gates and its canaries.
#[derive(Default)]
pub struct Production<'d> {
    pub changes: Vec<Change<'d>>,
    /// Stages that are gates: indexes in [`Pipeline::stages`].
    pub gates: Vec<usize>,
    /// Stages that are canary analyses.
    pub canaries: Vec<usize>,
    /// Changes that expose a release to production users: indexes in `changes`.
    rollouts: Vec<usize>,
    /// Stages that start a pipeline which runs a canary, and that fail when the canary fails.
    pub canary_children: Vec<usize>,
}

impl<'d> Production<'d> {
    /// The changes of every stage of `pipeline`. `own` is the stage that runs this process, which always counts as a gate.
    pub fn of(
        pipeline: Option<&Pipeline<'d>>,
        policy: &Policy,
        evidence: &EvidenceReader<'_, '_>,
        own: Option<usize>,
    ) -> Self {
        Self::at(pipeline, policy, evidence, own, 0)
    }

    /// As [`Production::of`], for a pipeline `depth` levels below the one that is checked.
    fn at(
        pipeline: Option<&Pipeline<'d>>,
        policy: &Policy,
        evidence: &EvidenceReader<'_, '_>,
        own: Option<usize>,
        depth: usize,
    ) -> Self {
        let Some(pipeline) = pipeline else { return Self::default() };
        let places = Places {
            policy: &policy.production,
            words: Vocabulary::of(&policy.production),
            environments: environments(evidence),
            is_blind: matches!(evidence.accounts(), Lookup::Unavailable(_)),
            pipeline: pipeline.name(),
        };
        let mut found = Self::default();
        for (index, stage) in pipeline.authored() {
            if own == Some(index) || gate::is_gate(stage, &policy.gate) {
                found.gates.push(index);
                continue;
            }
            found.add(stage, index, &places);
            if let Some(child) = child::of_stage(stage, pipeline.application().as_deref(), policy, evidence, depth) {
                found.start(stage, index, child);
            }
        }
        let further = &policy.canary.stage_types;
        let is_canary = |kind: &str| kind == "kayentaCanary" || further.iter().any(|known| known == kind);
        let canaries = pipeline.authored().filter(|(_, stage)| is_canary(stage.effective_type()));
        found.canaries = canaries.map(|(index, _)| index).collect();
        found.find_rollouts(pipeline);
        found
    }

    /// A canary's deploy is not a rollout if it runs before a canary analysis, or if the analysis deploys it itself. A deploy that is
    /// named "canary" but is not analysed is a rollout.
    fn find_rollouts(&mut self, pipeline: &Pipeline<'d>) {
        let analyses: Vec<usize> = self.canaries.iter().chain(&self.canary_children).copied().collect();
        let before = pipeline.graph.ancestors(&analyses);
        let is_arm = |change: &Change<'_>| {
            let deploys_itself =
                pipeline.stages.get(change.stage).is_some_and(|stage| stage.effective_type() == "kayentaCanary");
            change.is_arm && (deploys_itself || before.get(change.stage).copied().unwrap_or(false))
        };
        let is_rollout = |change: &Change<'_>| {
            matches!(change.kind, ChangeKind::Deploy | ChangeKind::Traffic | ChangeKind::Pipeline)
                && change.environment != Environment::Other
                && !is_arm(change)
                && !change.child.as_ref().is_some_and(|child| child.is_canaried)
        };
        self.rollouts =
            self.changes.iter().enumerate().filter(|(_, change)| is_rollout(change)).map(|(index, _)| index).collect();
    }

    /// Changes that expose, or may expose, a release to production users.
    pub fn rollouts(&self) -> impl Iterator<Item = &Change<'d>> {
        self.rollouts.iter().filter_map(|&index| self.changes.get(index))
    }

    /// Replaces the change that the name of `stage` suggests by what the pipelines that it starts really do.
    fn start(&mut self, stage: &Stage<'d>, index: usize, child: child::Child) {
        if child.runs_canary && child::can_stop(stage) {
            self.canary_children.push(index);
        }
        let is_named = |change: &Change<'_>| change.stage == index && change.kind == ChangeKind::Pipeline;
        let by_name = self.changes.iter().find(|change| is_named(change)).map(|change| change.environment.clone());
        let environment = match (&child.environment, by_name) {
            (Environment::Unsettled(_), Some(production @ Environment::Production(_))) => production,
            (environment, _) => environment.clone(),
        };
        self.changes.retain(|change| !is_named(change));
        self.changes.push(Change {
            stage: index,
            kind: ChangeKind::Pipeline,
            environment,
            place: stage.value,
            is_arm: false,
            child: Some(child),
        });
    }

    fn add(&mut self, stage: &Stage<'d>, index: usize, places: &Places<'_>) {
        if stage.effective_type() == "kayentaCanary" {
            // `realTimeAutomatic`: the stage deploys both arms itself (`OKAY/Deployments.kt`).
            if let Some(deployments) = stage.setting("deployments").filter(|value| value.is_object()) {
                for pair in deployments
                    .list("serverGroupPairs")
                    .flat_map(|pair| [pair.get("control"), pair.get("experiment")])
                    .flatten()
                {
                    self.push(stage, index, ChangeKind::Deploy, pair, true, places);
                }
            }
            return;
        }
        let Some(kind) = change_kind(stage.effective_type()) else { return };
        let clusters: Vec<Value<'d>> = if kind == ChangeKind::Deploy {
            let one = stage.setting("cluster").filter(|cluster| cluster.is_object());
            stage.settings.list("clusters").filter(|cluster| cluster.is_object()).chain(one).collect()
        } else {
            Vec::new()
        };
        if clusters.is_empty() {
            self.push(stage, index, kind, stage.settings, is_arm(stage, stage.settings), places);
        }
        for cluster in clusters {
            self.push(stage, index, kind, cluster, is_arm(stage, cluster), places);
        }
    }

    fn push(
        &mut self,
        stage: &Stage<'d>,
        index: usize,
        kind: ChangeKind,
        settings: Value<'d>,
        is_arm: bool,
        places: &Places<'_>,
    ) {
        let account = account_of(settings).or_else(|| stage.account());
        let environment = places.environment(stage, settings, account, kind);
        self.changes.push(Change {
            stage: index,
            kind,
            environment,
            place: account.unwrap_or(stage.value),
            is_arm,
            child: None,
        });
    }

    /// The changes that certainly are production.
    pub fn settled(&self) -> impl Iterator<Item = &Change<'d>> {
        self.changes.iter().filter(|change| matches!(change.environment, Environment::Production(_)))
    }

    /// The changes that may be production.
    pub fn unsettled(&self) -> impl Iterator<Item = &Change<'d>> {
        self.changes.iter().filter(|change| matches!(change.environment, Environment::Unsettled(_)))
    }

    /// Whether no change is or may be production.
    pub fn is_untouched(&self) -> bool {
        self.changes.iter().all(|change| change.environment == Environment::Other)
    }
}

/// The first qualifying change of each stage: a stage may change several clusters, and is reported once.
pub fn once_per_stage<'c, 'd: 'c>(
    changes: impl Iterator<Item = &'c Change<'d>>,
) -> impl Iterator<Item = &'c Change<'d>> {
    let mut seen = HashSet::new();
    changes.filter(move |change| seen.insert(change.stage))
}

/// Whether a name contains `canary`, `baseline` or the like as a word.
fn names_arm(text: &str) -> bool {
    words::words(text).iter().any(|word| matches!(word.as_str(), "canary" | "baseline" | "experiment" | "control"))
}

/// Whether a deploy deploys a canary or its baseline: by its names, or by the labels of what it deploys.
fn is_arm(stage: &Stage<'_>, settings: Value<'_>) -> bool {
    let names = ["stack", "freeFormDetails", "detail", "cluster"].iter().filter_map(|key| settings.str(key));
    let moniker = settings
        .get("moniker")
        .into_iter()
        .flat_map(|moniker| ["detail", "stack", "cluster"].map(|key| moniker.str(key)))
        .flatten();
    if names.chain(moniker).any(|name| names_arm(&name)) || names_arm(&stage.name) {
        return true;
    }
    let mut manifests =
        settings.list("manifests").filter(|manifest| manifest.at(&["spec", "template"]).is_some()).peekable();
    manifests.peek().is_some()
        && manifests.all(|manifest| {
            let has_name =
                manifest.at(&["metadata", "name"]).and_then(Value::as_str).is_some_and(|name| names_arm(&name));
            let labels = manifest.at(&["spec", "template", "metadata", "labels"]);
            has_name
                || labels.is_some_and(|labels| {
                    labels.entries().any(|(_, value)| value.as_str().is_some_and(|text| names_arm(&text)))
                })
        })
}

/// The `environment` of every account that has one.
fn environments(evidence: &EvidenceReader<'_, '_>) -> HashMap<String, String> {
    let Some(accounts) = evidence.accounts().found() else { return HashMap::new() };
    accounts
        .root()
        .elements()
        .filter_map(|account| Some((account.str("name")?.into_owned(), account.str("environment")?.into_owned())))
        .collect()
}

/// What decides where a stage works.
struct Places<'a> {
    policy: &'a ProductionPolicy,
    words: Vocabulary<'a>,
    environments: HashMap<String, String>,
    /// The accounts could not be read: then a neutral name proves nothing.
    is_blind: bool,
    pipeline: Option<Cow<'a, str>>,
}

impl Places<'_> {
    fn environment(
        &self,
        stage: &Stage<'_>,
        settings: Value<'_>,
        account: Option<Value<'_>>,
        kind: ChangeKind,
    ) -> Environment {
        let name = account.and_then(Value::as_str);
        if let Some(name) = &name {
            if let Some(environment) = self.environments.get(&**name) {
                return self.by_environment(name, environment);
            }
            if self.policy.accounts.iter().any(|known| known == name) {
                return Environment::Production(format!("the policy lists its account {} as production", shown(name)));
            }
            if name.contains("${") {
                return Environment::Unsettled("its account is an expression".to_owned());
            }
        }
        for (what, text) in self.names(stage, settings, name.as_deref(), kind) {
            match self.words.signal(&text) {
                Signal::Production => return Environment::Production(format!("its {what} is {}", shown(&text))),
                Signal::Excluded => return Environment::Other,
                Signal::None => {}
            }
        }
        if self.is_blind && name.is_some() {
            return Environment::Unsettled("the environment of its account could not be read".to_owned());
        }
        Environment::Other
    }

    fn by_environment(&self, account: &str, environment: &str) -> Environment {
        let listed = self.policy.environments.iter().any(|known| known.eq_ignore_ascii_case(environment));
        if listed || self.words.signal(environment) == Signal::Production {
            return Environment::Production(format!(
                "its account {} has environment {}",
                shown(account),
                shown(environment)
            ));
        }
        Environment::Other
    }

    /// The names that decide, in this order. Jobs and maintenance stages are recognised by where they work, not by their own name: a
    /// test in a production pipeline does not change production.
    fn names(
        &self,
        stage: &Stage<'_>,
        settings: Value<'_>,
        account: Option<&str>,
        kind: ChangeKind,
    ) -> Vec<(&'static str, String)> {
        let mut names: Vec<(&'static str, String)> = Vec::new();
        let mut add = |what, text: Option<Cow<'_, str>>| {
            if let Some(text) = text.filter(|text| !text.contains("${")) {
                names.push((what, text.into_owned()));
            }
        };
        if kind == ChangeKind::Pipeline {
            add("application", settings.str("application"));
            add("pipeline", settings.str("pipeline"));
            add("stage name", Some(stage.name.as_str().into()));
            return names;
        }
        add("account", account.map(Into::into));
        add("namespace", settings.str("namespaceOverride"));
        add("namespace", settings.str("location"));
        for manifest in settings.list("manifests").chain(settings.get("manifest")) {
            add("namespace", manifest.get("metadata").and_then(|metadata| metadata.str("namespace")));
        }
        add("cluster", settings.str("cluster"));
        add("cluster", settings.str("stack"));
        add("cluster", settings.str("freeFormDetails"));
        if let Some(moniker) = settings.get("moniker") {
            add("cluster", moniker.str("cluster"));
            add("cluster", moniker.str("stack"));
        }
        if matches!(kind, ChangeKind::Deploy | ChangeKind::Traffic) {
            add("stage name", Some(stage.name.as_str().into()));
            add("pipeline name", self.pipeline.clone());
        }
        names
    }
}

fn shown(text: &str) -> String {
    quoted(text, 80)
}
