//! Groups that a release deploys beside the old ones, and that its own stages then replace: blue/green by hand.

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
    /// Stages that take old groups away, each with what can stop the release before it.
    replacing: Vec<(usize, Vec<usize>)>,
    /// The stage that was asked about last, and what waits for it: its objects are asked about one after another.
    behind: Option<(usize, Vec<bool>)>,
}

impl<'a, 'd> ByHand<'a, 'd> {
    pub fn of(pipeline: &'a Pipeline<'d>) -> Self {
        let mut replacing = Vec::new();
        let has_judges = pipeline.authored().any(|(_, stage)| can_judge(stage));
        for (index, stage) in pipeline.authored() {
            if has_judges && (targets::takes_away(stage) || targets::scale(stage).is_some()) {
                let before = pipeline.graph.ancestors(&[index]);
                let stops = pipeline
                    .authored()
                    .filter(|(at, stage)| before.get(*at).copied().unwrap_or(false) && can_judge(stage));
                replacing.push((index, stops.map(|(at, _)| at).collect()));
            }
        }
        Self { pipeline, replacing, behind: None }
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
        for (at, stops) in &self.replacing {
            let Some(stage) = self.pipeline.stages.get(*at).filter(|_| is_behind(*at)) else { continue };
            if let Some(is_kept) =
                targets::replaces(stage, object).filter(|_| stops.iter().any(|stop| is_behind(*stop)))
            {
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
