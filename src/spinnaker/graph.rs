//! The stage graph: which stage waits for which.
//!
//! Orca starts a stage when *every* stage it waits for is `SUCCEEDED`, `FAILED_CONTINUE` or `SKIPPED`
//! (`orca-kotlin/…/ext/Stage.kt`, `allUpstreamStagesComplete`). So a stage that ends otherwise holds back all its descendants,
//! and to be an ancestor is to dominate, as long as the ancestor itself cannot be skipped or ignored.

use std::collections::HashMap;

use crate::spinnaker::stage::Stage;

/// The stage graph. Stages are named by their index.
#[derive(Clone)]
pub struct Graph {
    requisites: Vec<Vec<usize>>,
    /// The stages that wait for each stage.
    waited_by: Vec<Vec<usize>>,
}

impl Graph {
    /// The graph of the authored stages, without synthetic ones.
    pub fn of(stages: &[Stage<'_>]) -> Self {
        let mut requisites = vec![Vec::new(); stages.len()];
        let authored = || stages.iter().enumerate().filter(|(_, stage)| !stage.is_synthetic);
        if authored().all(|(_, stage)| stage.ref_id.is_empty()) {
            // Without any reference id Orca runs the stages one after another (`OperationsController.groovy`).
            let order: Vec<usize> = authored().map(|(index, _)| index).collect();
            for pair in order.windows(2) {
                if let [before, after] = *pair
                    && let Some(waits_for) = requisites.get_mut(after)
                {
                    waits_for.push(before);
                }
            }
            return Self::linked(requisites);
        }
        let mut by_ref: HashMap<&str, usize> = HashMap::with_capacity(stages.len());
        by_ref.extend(authored().map(|(index, stage)| (stage.ref_id.as_str(), index)));
        for (index, stage) in authored() {
            if let Some(waits_for) = requisites.get_mut(index) {
                waits_for.extend(stage.requisites.iter().filter_map(|name| by_ref.get(name.as_str()).copied()));
            }
        }
        Self::linked(requisites)
    }

    fn linked(requisites: Vec<Vec<usize>>) -> Self {
        let mut waited_by = vec![Vec::new(); requisites.len()];
        for (stage, waits_for) in requisites.iter().enumerate() {
            for &before in waits_for {
                if let Some(after) = waited_by.get_mut(before) {
                    after.push(stage);
                }
            }
        }
        Self { requisites, waited_by }
    }

    /// The stages that this one waits for.
    pub fn waits_for(&self, stage: usize) -> &[usize] {
        self.requisites.get(stage).map_or(&[], Vec::as_slice)
    }

    /// The stages that no other stage waits for.
    pub fn ends(&self) -> impl Iterator<Item = usize> {
        let mut has_next = vec![false; self.requisites.len()];
        for &before in self.requisites.iter().flatten() {
            if let Some(mark) = has_next.get_mut(before) {
                *mark = true;
            }
        }
        has_next.into_iter().enumerate().filter(|(_, has_next)| !has_next).map(|(stage, _)| stage)
    }

    /// Every stage that must succeed before one of `stages` starts; one pass, whatever their number. A stage is among its own
    /// ancestors only in a cycle, which Orca refuses.
    pub fn ancestors(&self, stages: &[usize]) -> Vec<bool> {
        let mut seen = vec![false; self.requisites.len()];
        let waits_for = |stage: usize| self.requisites.get(stage).into_iter().flatten().copied();
        let mut todo: Vec<usize> = stages.iter().flat_map(|&stage| waits_for(stage)).collect();
        while let Some(next) = todo.pop() {
            let Some(mark) = seen.get_mut(next) else { continue };
            if !std::mem::replace(mark, true) {
                todo.extend(waits_for(next));
            }
        }
        seen
    }

    /// Every stage that cannot start unless one of `sources` has succeeded; the sources themselves are not among them, unless
    /// they wait for another. One pass, whatever the number of sources.
    pub fn descendants(&self, sources: &[usize]) -> Vec<bool> {
        let mut seen = vec![false; self.requisites.len()];
        let mut todo: Vec<usize> = sources.to_vec();
        while let Some(next) = todo.pop() {
            for &after in self.waited_by.get(next).into_iter().flatten() {
                if let Some(mark) = seen.get_mut(after)
                    && !std::mem::replace(mark, true)
                {
                    todo.push(after);
                }
            }
        }
        seen
    }
}
