//! What each change means for a release: a rollout that a canary must judge first, an arm of that canary, a way back, or none of these.

use std::collections::{HashMap, HashSet};

use crate::analysis::production::arms::{self, Analyses};
use crate::analysis::production::nature::{self, Nature};
use crate::analysis::production::objects::Object;
use crate::analysis::production::routes::{self, Deployed, Routing};
use crate::analysis::production::targets::{self, Patch};
use crate::analysis::production::tools::Runs;
use crate::analysis::production::{Change, Environment, present};
use crate::kubernetes::manifest::Manifest;
use crate::policy::Policy;
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage_types::ChangeKind;

/// What a change means for a release. The worst of what a stage deploys counts; the order is that of the variants, from the best.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It exposes nothing that a canary could judge.
    #[default]
    Quiet,
    /// It takes away what runs or serves.
    Removal,
    /// It goes back to what was there before.
    WayBack,
    /// It deploys a canary or its baseline, which an analysis behind it compares.
    Arm,
    /// A canary would help, and nothing that a canary could compare is there: why.
    Unanalysed(&'static str),
    /// Only the running execution settles whether it is a rollout: why.
    Open(&'static str),
    /// It exposes a release to production users.
    Rollout,
}

/// What is around the changes of one pipeline.
pub(super) struct Around<'a, 'd> {
    pub(super) pipeline: &'a Pipeline<'d>,
    pub(super) policy: &'a Policy,
    /// Manifests by the stage that carries them.
    pub(super) manifests: &'a HashMap<usize, Vec<Manifest<'d>>>,
    /// Stages with manifests that cannot be inspected.
    pub(super) opaque: &'a HashSet<usize>,
}

/// One object that a change deploys.
pub(super) struct Item<'d> {
    pub(super) object: Object<'d>,
    pub(super) nature: Nature,
    /// The manifest, where it is one.
    manifest: Option<Manifest<'d>>,
    pub(super) is_arm: bool,
}

/// What one change deploys.
#[derive(Default)]
pub(super) struct Deploys<'d> {
    pub(super) items: Vec<Item<'d>>,
    /// Something in it cannot be inspected.
    pub(super) is_opaque: bool,
}

/// Sets the role of every change. Those that a canary stage deploys itself have theirs already.
pub(super) fn assign<'d>(changes: &mut [Change<'d>], analyses: &[usize], around: &Around<'_, 'd>) {
    let analyses = Analyses::of(around.pipeline, analyses);
    let mut deploys: Vec<Deploys<'d>> = changes
        .iter()
        .map(|change| if is_exposing(change) { deploys_of(change, around) } else { Deploys::default() })
        .collect();
    arms::mark(changes, &mut deploys, &analyses, around);
    let deployed = deployed(&deploys);
    let counts_opaque = arms::counts_opaque(changes, &deploys, &analyses);
    let is_only_routes = is_only_routes(changes, &deploys);
    for (change, deploys) in changes.iter_mut().zip(&deploys) {
        let is_settled = !is_exposing(change) || change.role == Role::Arm;
        let Some(stage) = around.pipeline.stages.get(change.stage).filter(|_| !is_settled) else { continue };
        let is_counted = deploys.is_opaque && counts_opaque && analyses.is_before(change.stage);
        change.role = match change.kind {
            _ if is_counted => {
                Role::Unanalysed("what it deploys cannot be inspected, and counts as an arm of the canary")
            }
            _ if !deploys.is_opaque && !deploys.items.is_empty() => {
                let roles = deploys.items.iter().map(|item| role_of(item, &deployed, is_only_routes));
                roles.max().unwrap_or_default()
            }
            ChangeKind::Pipeline if change.child.as_ref().is_some_and(|child| child.is_canaried) => Role::Quiet,
            ChangeKind::Deploy | ChangeKind::Pipeline => Role::Rollout,
            ChangeKind::Job => Role::Unanalysed("it runs a Job"),
            _ if targets::is_way_back(stage) => Role::WayBack,
            ChangeKind::Traffic if !targets::takes_away(stage) => Role::Rollout,
            ChangeKind::Traffic | ChangeKind::Other | ChangeKind::Unknown => Role::Quiet,
        };
    }
    present::assign(changes, &deploys, &analyses, around);
}

pub(super) fn is_exposing(change: &Change<'_>) -> bool {
    matches!(change.environment, Environment::Production(_) | Environment::Open(_))
}

fn deploys_of<'d>(change: &Change<'d>, around: &Around<'_, 'd>) -> Deploys<'d> {
    let Some(stage) = around.pipeline.stages.get(change.stage) else { return Deploys::default() };
    let manifests = around.manifests.get(&change.stage).map_or(&[][..], Vec::as_slice);
    let of_manifest = |manifest: &Manifest<'d>| Item {
        object: Object::of_manifest(*manifest, stage.settings),
        nature: nature::of(*manifest, around.policy),
        manifest: Some(*manifest),
        is_arm: false,
    };
    let is_opaque = around.opaque.contains(&change.stage);
    let base = stage.effective_type().split('_').next().unwrap_or_default();
    match (change.kind, base) {
        (ChangeKind::Deploy, "deployManifest" | "deployCloudrunManifest") => {
            let items: Vec<Item<'d>> = manifests.iter().map(of_manifest).collect();
            // A deploy without a readable manifest deploys something all the same.
            Deploys { is_opaque: is_opaque || items.is_empty(), items }
        }
        (ChangeKind::Job, "runJob" | "runJobManifest") => {
            Deploys { items: manifests.iter().map(of_manifest).collect(), is_opaque: false }
        }
        (ChangeKind::Deploy, _) => {
            let application = around.pipeline.application();
            let object = Object::of_cluster(change.settings, stage, application.as_deref());
            Deploys {
                items: vec![Item { object, nature: Nature::Code, manifest: None, is_arm: false }],
                is_opaque: false,
            }
        }
        (ChangeKind::Other, "patchManifest") if targets::patch(stage) == Patch::Pods => {
            let object = Object::of_target(stage);
            Deploys {
                items: vec![Item { object, nature: Nature::Code, manifest: None, is_arm: false }],
                is_opaque: false,
            }
        }
        _ => Deploys::default(),
    }
}

/// What routes can reach of a release.
fn deployed<'d>(deploys: &[Deploys<'d>]) -> Deployed<'d> {
    let mut found = Deployed::default();
    let items = || deploys.iter().flat_map(|deploys| &deploys.items);
    for item in items().filter(|item| matches!(item.nature, Nature::Code | Nature::Analysed)) {
        found.names.extend(item.object.name.clone());
        let labels = item.object.value.at(&["spec", "template", "metadata", "labels"]);
        let labels = labels.or_else(|| item.object.value.at(&["metadata", "labels"]));
        found.pods.extend(labels.map(|labels| (labels, item.is_arm)));
    }
    let services = items().filter_map(|item| item.manifest.filter(|manifest| manifest.kind() == "Service"));
    let reaching: Vec<String> = services
        .filter(|service| matches!(routes::routing(*service, &found), Routing::Release | Routing::Open))
        .filter_map(|service| service.name().map(std::borrow::Cow::into_owned))
        .collect();
    found.names.extend(reaching);
    found
}

/// Whether routes, with what runs nothing, are all that the release changes in production.
fn is_only_routes(changes: &[Change<'_>], deploys: &[Deploys<'_>]) -> bool {
    let mut exposing = changes.iter().zip(deploys).filter(|(change, _)| is_exposing(change));
    exposing.all(|(_, deploys)| {
        !deploys.is_opaque
            && !deploys.items.is_empty()
            && deploys.items.iter().all(|item| matches!(item.nature, Nature::Config | Nature::Route))
    })
}

fn role_of(item: &Item<'_>, deployed: &Deployed<'_>, is_only_routes: bool) -> Role {
    match item.nature {
        _ if item.is_arm => Role::Arm,
        Nature::Code if is_expression(&item.object.kind) => Role::Open("the kind of what it deploys is an expression"),
        Nature::Config | Nature::Analysed => Role::Quiet,
        Nature::Code | Nature::Job(Runs::Deploys) => Role::Rollout,
        Nature::Job(Runs::Reads) => Role::Unanalysed("it runs a deployment tool that only reads"),
        Nature::Job(Runs::Other) => Role::Unanalysed("it runs a Job"),
        Nature::Route => {
            let routing = item.manifest.map_or(Routing::Unrelated, |manifest| routes::routing(manifest, deployed));
            match routing {
                Routing::ByHand => Role::Unanalysed("it sends traffic to what no manifest shows"),
                Routing::Unrelated if is_only_routes => {
                    Role::Unanalysed("a route is all that it changes, so nothing is there to compare")
                }
                Routing::Unrelated => Role::Quiet,
                Routing::OfArm => Role::Arm,
                Routing::Open => Role::Open("an expression decides where it sends traffic"),
                Routing::Release => Role::Rollout,
            }
        }
    }
}
