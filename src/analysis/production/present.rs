//! Changes of what is there already: scaling, patching and taking away. They are rollouts where they expose the release.

use crate::analysis::production::Change;
use crate::analysis::production::arms::Analyses;
use crate::analysis::production::nature::{Nature, runs_nothing};
use crate::analysis::production::objects::Object;
use crate::analysis::production::rollouts::{Around, Deploys, Role, is_exposing};
use crate::analysis::production::targets::{self, Group, Patch, Scale};
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::ChangeKind;

/// The code that a release deploys.
struct Release<'o, 'd> {
    objects: Vec<(&'o Object<'d>, bool)>,
    /// It rolls something out, or deploys an arm.
    rolls_out: bool,
}

/// Sets the role of the changes that deploy nothing.
pub(super) fn assign<'d>(
    changes: &mut [Change<'d>],
    deploys: &[Deploys<'d>],
    analyses: &Analyses,
    around: &Around<'_, 'd>,
) {
    let code = deploys.iter().flat_map(|deploys| &deploys.items).filter(|item| item.nature == Nature::Code);
    let is_rollout = |change: &Change<'_>| matches!(change.role, Role::Rollout | Role::Open(_) | Role::Arm);
    let release = Release {
        objects: code.map(|item| (&item.object, item.is_arm)).collect(),
        rolls_out: changes.iter().any(is_rollout),
    };
    for (change, deploys) in changes.iter_mut().zip(deploys) {
        let is_deploy = !deploys.items.is_empty() || deploys.is_opaque;
        let is_present = matches!(change.kind, ChangeKind::Traffic | ChangeKind::Other);
        let Some(stage) = around.pipeline.stages.get(change.stage) else { continue };
        if is_deploy || !is_present || !is_exposing(change) || change.role == Role::WayBack {
            continue;
        }
        let role = release.role(stage, analyses, change.stage);
        if let Some(role) = role {
            change.role = role;
        }
    }
}

impl Release<'_, '_> {
    /// The role of `stage`; `None` leaves the one it has.
    fn role(&self, stage: &Stage<'_>, analyses: &Analyses, index: usize) -> Option<Role> {
        let is_judged = analyses.is_behind(index);
        if targets::takes_away(stage) {
            return Some(self.removal(stage, is_judged));
        }
        if let Some(scale) = targets::scale(stage) {
            return Some(self.scaling(stage, scale, is_judged));
        }
        match stage.effective_type() {
            "patchManifest" => match targets::patch(stage) {
                Patch::Scale(scale) => Some(self.scaling(stage, scale, is_judged)),
                Patch::Open if self.rolls_out || !targets::named(stage).is_empty() => {
                    Some(Role::Open("what it patches is an expression or an artifact"))
                }
                Patch::Routes if self.rolls_out => Some(Role::Rollout),
                Patch::Routes => {
                    Some(Role::Unanalysed("a route is all that it changes, so nothing is there to compare"))
                }
                Patch::Pods | Patch::Open | Patch::Other => None,
            },
            // Traffic for an arm is what its analysis needs.
            "enableManifest" | "enableServerGroup" | "enableAsg"
                if analyses.is_before(index) && self.is_on_arm(stage) =>
            {
                Some(Role::Arm)
            }
            _ => None,
        }
    }

    /// What a release takes away before the canary has judged is gone when the canary fails, unless it is an arm.
    fn removal(&self, stage: &Stage<'_>, is_judged: bool) -> Role {
        let kinds = targets::kinds(stage);
        let is_code =
            kinds.is_empty() || kinds.iter().any(|kind| !runs_nothing(kind) && kind != "job" && kind != "cronjob");
        let is_named = !targets::named(stage).is_empty();
        if self.rolls_out && !is_judged && is_named && is_code && !self.is_on_arm(stage) {
            Role::Rollout
        } else {
            Role::Removal
        }
    }

    fn scaling(&self, stage: &Stage<'_>, scale: Scale, is_judged: bool) -> Role {
        let object = self.objects.iter().find(|(object, _)| targets::is_on(stage, object));
        let is_new = object.is_some() && targets::group(stage) != Group::Older;
        let is_of_release = is_new || (self.rolls_out && self.is_on_arm(stage));
        if !is_of_release {
            let is_down = scale == Scale::Down || scale == Scale::To(0.0);
            return if is_down { self.removal(stage, is_judged) } else { Role::Quiet };
        }
        let size = object.and_then(|(object, _)| object.size);
        match scale {
            Scale::Down => Role::Quiet,
            Scale::Open => Role::Open("an expression decides how many instances it scales to"),
            Scale::To(count) if count == 0.0 || size.is_some_and(|size| count <= size) => Role::Quiet,
            Scale::Up | Scale::To(_) => Role::Rollout,
        }
    }

    fn is_on_arm(&self, stage: &Stage<'_>) -> bool {
        let arms = self.objects.iter().filter(|(_, is_arm)| *is_arm).map(|(object, _)| *object);
        targets::is_on_arm(stage, arms)
    }
}
