//! Groups that a release deploys beside the old ones, and that its own stages then replace: blue/green by hand.

use std::cell::OnceCell;

use crate::analysis::production::objects::Object;
use crate::analysis::production::targets;
use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::spinnaker::holding::holds;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// What happens to the old group of something that was deployed beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The old group still exists and can be enabled again.
    pub is_kept: bool,
}

/// The stages of a pipeline with which it replaces old groups itself.
pub struct ByHand<'a, 'd> {
    pipeline: &'a Pipeline<'d>,
    /// Stages that can stop the release.
    judges: Vec<usize>,
    /// Stages that take old groups away, each with what can stop the release before it, once that is asked for.
    replacing: Vec<(usize, OnceCell<Vec<usize>>)>,
    /// The stage that was asked about last, and what waits for it: its objects are asked about one after another.
    behind: Option<(usize, Vec<bool>)>,
}

impl<'a, 'd> ByHand<'a, 'd> {
    pub fn of(pipeline: &'a Pipeline<'d>) -> Self {
        let judges: Vec<usize> =
            pipeline.authored().filter(|(_, stage)| can_judge(stage)).map(|(index, _)| index).collect();
        let takes = |stage: &Stage<'_>| targets::takes_away(stage) || targets::scale(stage).is_some();
        let replacing = pipeline.authored().filter(|(_, stage)| !judges.is_empty() && takes(stage));
        let replacing = replacing.map(|(index, _)| (index, OnceCell::new())).collect();
        Self { pipeline, judges, replacing, behind: None }
    }

    /// Whether what `settings`, a cluster of the stage at `index`, deploys takes the place of an older group: by a stage that waits for
    /// it, and for something that can stop the release in between.
    pub fn of_cluster(&mut self, index: usize, settings: Value<'d>) -> Option<Replaced> {
        let stage = self.pipeline.stages.get(index)?;
        let application = self.pipeline.application();
        let object = Object::of_cluster(settings, stage, application.as_deref());
        self.replaced(index, &object)
    }

    /// The same for a manifest.
    pub fn of_manifest(&mut self, index: usize, manifest: Manifest<'d>) -> Option<Replaced> {
        let stage = self.pipeline.stages.get(index)?;
        self.replaced(index, &Object::of_manifest(manifest, stage.settings))
    }

    fn replaced(&mut self, index: usize, object: &Object<'_>) -> Option<Replaced> {
        if self.replacing.is_empty() {
            return None;
        }
        let behind = match self.behind.take().filter(|(last, _)| *last == index) {
            Some((_, behind)) => behind,
            None => self.pipeline.graph.descendants(&[index]),
        };
        let is_behind = |stage: usize| behind.get(stage).copied().unwrap_or(false);
        let mut found: Option<Replaced> = None;
        for (at, known) in &self.replacing {
            let Some(stage) = self.pipeline.stages.get(*at).filter(|_| is_behind(*at)) else { continue };
            let stops = || {
                let before = self.pipeline.graph.ancestors(&[*at]);
                let is_before = |judge: &usize| before.get(*judge).copied().unwrap_or(false);
                self.judges.iter().copied().filter(is_before).collect()
            };
            let is_stopped = || known.get_or_init(stops).iter().any(|stop| is_behind(*stop));
            if let Some(is_kept) = targets::replaces(stage, object).filter(|_| is_stopped()) {
                // One that destroys the group leaves nothing to go back to, whatever the others do.
                found = Some(Replaced { is_kept: is_kept && found.is_none_or(|found| found.is_kept) });
            }
        }
        self.behind = Some((index, behind));
        found
    }
}

/// Whether a stage decides something and holds back what waits for it.
fn can_judge(stage: &Stage<'_>) -> bool {
    matches!(stage.effective_type(), "manualJudgment" | "kayentaCanary" | "checkPreconditions") && holds(stage)
}
