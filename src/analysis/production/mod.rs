//! Which stages change production: decided by the document, the policy and the accounts that were fetched.

mod arms;
pub mod beside;
pub mod child;
pub mod classify;
pub mod gate;
mod nature;
mod objects;
mod places;
mod present;
mod rollouts;
mod routes;
mod targets;
mod tools;
pub mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::document::value::Value;
use crate::evidence::reader::EvidenceReader;
use crate::kubernetes::manifest::{Manifest, Manifests, OpaqueReason};
use crate::policy::{Policy, StageClass};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::{ChangeKind, change_kind, is_known};
use classify::Classifier;
pub use classify::{Environment, Unknown};
use gate::Recognised;
pub use places::accounts_of;
use places::{Accounts, Part};
pub use rollouts::Role;

/// A stage that changes something, or may.
pub struct Change<'d> {
    /// Index in [`Pipeline::stages`].
    pub stage: usize,
    pub kind: ChangeKind,
    pub environment: Environment,
    /// The value that names what it changes: usually the account.
    pub place: Value<'d>,
    /// The settings of what it changes: a cluster, or the whole stage.
    pub settings: Value<'d>,
    /// What it means for the release.
    pub role: Role,
    /// What the pipelines that it starts do; `None` when it starts none or they could not be inspected.
    pub child: Option<child::Child>,
}

/// Every change that a pipeline makes, its gates and its canaries.
#[derive(Default)]
pub struct Production<'d> {
    pub changes: Vec<Change<'d>>,
    /// Stages that are gates: indexes in [`Pipeline::stages`].
    pub gates: Vec<usize>,
    /// Stages that look like gates and are none, each with the reason.
    pub lookalikes: Vec<(usize, String)>,
    /// Stages that are canary analyses.
    pub canaries: Vec<usize>,
    /// Stages that start a pipeline which runs a canary, and that fail when the canary fails.
    pub canary_children: Vec<usize>,
    /// Accounts that only a word of their name makes elsewhere.
    pub elsewhere_by_word: BTreeSet<String>,
    /// Types of stages that neither Spinnaker nor the policy knows, and that nothing could be said about.
    pub not_judged: BTreeSet<String>,
}

impl<'d> Production<'d> {
    /// The changes of every stage of `pipeline`. `own` is the stage that runs this process, which always counts as a gate.
    pub fn of(
        pipeline: Option<&Pipeline<'d>>,
        policy: &Policy,
        evidence: &EvidenceReader<'_, '_>,
        own: Option<usize>,
    ) -> Self {
        let known = child::Known::default();
        let level = child::Level { policy, evidence, known: &known, depth: 0 };
        pipeline.map_or_else(Self::default, |pipeline| Self::at(pipeline, own, level))
    }

    /// As [`Production::of`], for a pipeline on any level.
    fn at(pipeline: &Pipeline<'d>, own: Option<usize>, level: child::Level<'_, '_, '_>) -> Self {
        let child::Level { policy, evidence, .. } = level;
        let mut manifests: HashMap<usize, Vec<Manifest<'d>>> = HashMap::new();
        let deployed = Manifests::of_pipeline(pipeline, evidence.artifacts());
        for manifest in deployed.readable {
            manifests.entry(manifest.stage.unwrap_or_default()).or_default().push(manifest);
        }
        let name = pipeline.name();
        let surroundings = Surroundings {
            policy,
            classifier: Classifier::new(&policy.production, evidence),
            manifests,
            // What was read counts as what it is, although it may change.
            opaque: deployed
                .opaque
                .iter()
                .filter(|opaque| opaque.why != OpaqueReason::Unpinned)
                .map(|opaque| opaque.stage)
                .collect(),
            pipeline: name.as_deref(),
        };
        let execution = pipeline.value.str("id").filter(|_| pipeline.is_execution);
        let mut found = Self::default();
        for (index, stage) in pipeline.authored() {
            match gate::recognise(stage, &policy.gate, execution.as_deref()) {
                Recognised::Gate => {
                    found.gates.push(index);
                    continue;
                }
                _ if own == Some(index) => {
                    found.gates.push(index);
                    continue;
                }
                Recognised::Lookalike(why) => found.lookalikes.push((index, why)),
                Recognised::Other => {}
            }
            found.add(stage, index, &surroundings);
            if let Some(child) = child::of_stage(stage, pipeline.application().as_deref(), level) {
                found.start(stage, index, child);
            }
        }
        let further = &policy.canary.stage_types;
        let is_canary = |kind: &str| kind == "kayentaCanary" || further.iter().any(|known| known == kind);
        let canaries = pipeline.authored().filter(|(_, stage)| is_canary(stage.effective_type()));
        found.canaries = canaries.map(|(index, _)| index).collect();
        let analyses: Vec<usize> = found.canaries.iter().chain(&found.canary_children).copied().collect();
        let around =
            rollouts::Around { pipeline, policy, manifests: &surroundings.manifests, opaque: &surroundings.opaque };
        rollouts::assign(&mut found.changes, &analyses, &around);
        found
    }

    /// Changes that expose, or may expose, a release to production users.
    pub fn rollouts(&self) -> impl Iterator<Item = &Change<'d>> {
        self.touching().filter(|change| matches!(change.role, Role::Rollout | Role::Open(_)))
    }

    /// Changes for which a canary would help, and that have nothing that a canary could compare, each with why.
    pub fn unanalysed(&self) -> impl Iterator<Item = (&Change<'d>, &'static str)> {
        self.touching().filter_map(|change| match change.role {
            Role::Unanalysed(why) => Some((change, why)),
            _ => None,
        })
    }

    /// Whether ways back and things taken away are all that the release changes in production.
    pub fn only_goes_back(&self) -> bool {
        let mut touching = self.touching().peekable();
        touching.peek().is_some() && touching.all(|change| matches!(change.role, Role::WayBack | Role::Removal))
    }

    /// Changes that are, or may be, in production.
    fn touching(&self) -> impl Iterator<Item = &Change<'d>> {
        self.changes.iter().filter(|change| rollouts::is_exposing(change))
    }

    /// Replaces the change that the name of `stage` suggests by what the pipelines that it starts really do.
    fn start(&mut self, stage: &Stage<'d>, index: usize, child: child::Child) {
        if child.runs_canary && child::waits(stage) {
            self.canary_children.push(index);
        }
        let is_named = |change: &Change<'_>| change.stage == index && change.kind == ChangeKind::Pipeline;
        let by_name = self.changes.iter().find(|change| is_named(change)).map(|change| change.environment.clone());
        let environment = match (&child.environment, by_name) {
            (Environment::Open(_), Some(production @ Environment::Production(_))) => production,
            (environment, _) => environment.clone(),
        };
        self.changes.retain(|change| !is_named(change));
        self.changes.push(Change {
            stage: index,
            kind: ChangeKind::Pipeline,
            environment,
            place: stage.value,
            settings: stage.settings,
            role: Role::default(),
            child: Some(child),
        });
    }

    fn add(&mut self, stage: &Stage<'d>, index: usize, surroundings: &Surroundings<'_, 'd>) {
        if stage.effective_type() == "kayentaCanary" {
            // `realTimeAutomatic`: the stage deploys both arms itself (`kayenta/…/Deployments.kt`).
            let deployments = stage.setting("deployments").filter(|value| value.is_object());
            let pairs = deployments.into_iter().flat_map(|deployments| deployments.list("serverGroupPairs"));
            for arm in pairs.flat_map(|pair| [pair.get("control"), pair.get("experiment")]).flatten() {
                let part = places::part(arm, &[]);
                self.push(stage, index, ChangeKind::Deploy, &part, Role::Arm, surroundings);
            }
            return;
        }
        let Some(kind) = surroundings.kind(stage) else { return };
        if kind == ChangeKind::Unknown || change_kind(stage.effective_type()).is_none() {
            return self.add_unknown(stage, index, kind, surroundings);
        }
        for part in places::parts(stage, kind) {
            self.push(stage, index, kind, &part, Role::default(), surroundings);
        }
    }

    /// A stage of a type nobody knows works where Orca's own stages say it, and in every account that it names exactly, wherever in it.
    /// Without one it is not judged, unless a name says production or the policy says that it is a change.
    fn add_unknown(&mut self, stage: &Stage<'d>, index: usize, kind: ChangeKind, surroundings: &Surroundings<'_, 'd>) {
        let classifier = &surroundings.classifier;
        let settings = stage.settings;
        let accounts = places::strings(settings, &|text| classifier.is_listed(text));
        let listed = (!accounts.is_empty()).then_some(Part { settings, accounts: Accounts::Named(accounts) });
        let said = places::parts(stage, kind).into_iter().filter(|part| !matches!(part.accounts, Accounts::Missing));
        let parts: Vec<Part<'_>> = said.chain(listed).collect();
        if !parts.is_empty() {
            for part in parts {
                self.push(stage, index, kind, &part, Role::default(), surroundings);
            }
            return;
        }
        if kind != ChangeKind::Unknown {
            let part = Part { settings, accounts: Accounts::Missing };
            return self.push(stage, index, kind, &part, Role::default(), surroundings);
        }
        let names = places::chosen_names(stage, settings, &[], ChangeKind::Unknown, surroundings.pipeline);
        if let Some(Environment::Production(why)) = classifier.chosen(&names) {
            let environment =
                Environment::Open(format!("its type {:?} is not known, and {why}", stage.effective_type()));
            self.changes.push(Change {
                stage: index,
                kind: ChangeKind::Unknown,
                environment,
                place: stage.value,
                settings,
                role: Role::default(),
                child: None,
            });
            return;
        }
        self.not_judged.insert(stage.effective_type().to_owned());
    }

    fn push(
        &mut self,
        stage: &Stage<'d>,
        index: usize,
        kind: ChangeKind,
        part: &Part<'d>,
        role: Role,
        surroundings: &Surroundings<'_, 'd>,
    ) {
        let (environment, place) = surroundings.worst(stage, index, kind, part, &mut self.elsewhere_by_word);
        self.changes.push(Change {
            stage: index,
            kind,
            environment,
            place,
            settings: part.settings,
            role,
            child: None,
        });
    }

    /// The changes that certainly are production.
    pub fn settled(&self) -> impl Iterator<Item = &Change<'d>> {
        self.changes.iter().filter(|change| matches!(change.environment, Environment::Production(_)))
    }

    /// The changes that may be production, since only the run settles where they happen.
    pub fn unsettled(&self) -> impl Iterator<Item = &Change<'d>> {
        self.changes.iter().filter(|change| matches!(change.environment, Environment::Open(_)))
    }

    /// Accounts, and types of preconfigured jobs, about which nothing is known, each with the number of changes in it.
    pub fn unknown(&self) -> BTreeMap<&Unknown, usize> {
        let mut unknown = BTreeMap::new();
        for change in &self.changes {
            if let Environment::Unknown(what) = &change.environment {
                *unknown.entry(what).or_insert(0) += 1;
            }
        }
        unknown
    }

    /// Whether no change is or may be production: the checks that apply to production have nothing to judge. A change in an unknown
    /// account is asked for a gate only.
    pub fn is_untouched(&self) -> bool {
        self.changes.iter().all(|change| matches!(change.environment, Environment::Elsewhere | Environment::Unknown(_)))
    }
}

/// One of `changes` for each stage, the worst: a stage may change several clusters, and is reported once.
pub fn once_per_stage<'c, 'd: 'c>(changes: impl Iterator<Item = &'c Change<'d>>) -> Vec<&'c Change<'d>> {
    let mut worst: BTreeMap<usize, &'c Change<'d>> = BTreeMap::new();
    for change in changes {
        let known = worst.entry(change.stage).or_insert(change);
        if change.environment > known.environment {
            *known = change;
        }
    }
    worst.into_values().collect()
}

/// What is around the stages of one pipeline.
struct Surroundings<'a, 'd> {
    policy: &'a Policy,
    classifier: Classifier<'a>,
    /// Manifests by the stage that carries them.
    manifests: HashMap<usize, Vec<Manifest<'d>>>,
    /// Stages that deploy something that cannot be inspected.
    opaque: HashSet<usize>,
    pipeline: Option<&'a str>,
}

impl<'d> Surroundings<'_, 'd> {
    /// What a stage changes: as the policy classifies its type, else as Spinnaker's own types are known. `None`: nothing.
    fn kind(&self, stage: &Stage<'_>) -> Option<ChangeKind> {
        let effective = stage.effective_type();
        let is_preconfigured = matches!(effective, "preconfiguredJob" | "preconfiguredWebhook");
        let classified = self
            .policy
            .stages
            .get(effective)
            .or_else(|| self.policy.stages.get(&stage.kind).filter(|_| is_preconfigured));
        let is_disguised = stage.alias.is_some() && !is_preconfigured && stage.kind != effective;
        match classified {
            Some(StageClass::Change) => return Some(change_kind(effective).unwrap_or(ChangeKind::Other)),
            // A stage that shows one type and runs another is never harmless.
            Some(StageClass::Harmless) if !is_disguised => return None,
            Some(StageClass::Harmless) | None => {}
        }
        // Orca runs what the alias says, but a stage that shows a change and runs something harmless is written to deceive.
        let is_harmless = is_known(effective) && !(is_disguised && change_kind(&stage.kind).is_some());
        change_kind(effective).or((!is_harmless).then_some(ChangeKind::Unknown))
    }

    /// The worst place of one part of a stage, and the value that names it.
    fn worst(
        &self,
        stage: &Stage<'d>,
        index: usize,
        kind: ChangeKind,
        part: &Part<'d>,
        by_word: &mut BTreeSet<String>,
    ) -> (Environment, Value<'d>) {
        let settings = part.settings;
        let manifests = self.manifests.get(&index).map_or(&[][..], Vec::as_slice);
        let names = if kind == ChangeKind::Pipeline {
            places::pipeline_names(stage, settings)
        } else {
            places::chosen_names(stage, settings, manifests, kind, self.pipeline)
        };
        let accounts = match &part.accounts {
            Accounts::Named(accounts) => accounts,
            Accounts::Open(at, why) => return (self.classifier.open(why, &names), *at),
            Accounts::Missing => return (self.without_account(stage, kind, &names), stage.value),
        };
        let namespaces = places::namespaces(settings, manifests, self.opaque.contains(&index));
        let mut worst: Option<(Environment, Value<'d>)> = None;
        for account in accounts {
            for environment in self.of_account(stage, settings, *account, &namespaces, &names, by_word) {
                if worst.as_ref().is_none_or(|(known, _)| *known < environment) {
                    worst = Some((environment, *account));
                }
            }
        }
        worst.unwrap_or((Environment::Elsewhere, stage.value))
    }

    fn of_account(
        &self,
        stage: &Stage<'_>,
        settings: Value<'_>,
        account: Value<'_>,
        namespaces: &[places::Namespace],
        names: &[(&'static str, String)],
        by_word: &mut BTreeSet<String>,
    ) -> Vec<Environment> {
        let values = account.choices();
        if values.is_empty() {
            return vec![self.classifier.open("its account is an expression", names)];
        }
        let mut found = Vec::new();
        for value in &values {
            let is_kubernetes =
                self.classifier.is_kubernetes(value).unwrap_or_else(|| places::is_kubernetes(stage, settings));
            for namespace in namespaces {
                let (environment, is_word) = self.classifier.place(value, namespace, is_kubernetes, names);
                if is_word {
                    by_word.insert(value.clone().into_owned());
                }
                let is_open = matches!(environment, Environment::Unknown(_)) && places::has_open_stack(settings);
                found.push(if is_open {
                    Environment::Open("its stack is an expression".to_owned())
                } else {
                    environment
                });
            }
        }
        found
    }

    /// A stage that names no account: a child pipeline is known by its names, a preconfigured job has its account from the platform, and
    /// anything else is open.
    fn without_account(&self, stage: &Stage<'_>, kind: ChangeKind, names: &[(&'static str, String)]) -> Environment {
        match kind {
            ChangeKind::Pipeline => self.classifier.chosen(names).unwrap_or(Environment::Elsewhere),
            ChangeKind::Job if stage.effective_type() == "preconfiguredJob" => {
                let of_type = [("type", stage.kind.clone()), ("stage name", stage.name.clone())];
                let chosen = self.classifier.chosen(names).or_else(|| self.classifier.chosen(&of_type));
                chosen.unwrap_or_else(|| Environment::Unknown(Unknown::Job(stage.kind.clone())))
            }
            _ => self.classifier.open("it names no account", names),
        }
    }
}
