//! The stage that runs this very process, under `plimsoll gate` and `plimsoll judge`.

/// How the gate finds its own stage: what the stage definition passes to the Job, and the Job's name from the downward API.
#[derive(Clone, Debug, Default)]
pub struct OwnStage {
    /// The execution's id.
    pub execution: String,
    /// The stage: its id, reference id or name.
    pub stage: String,
    /// The name of this Job.
    pub job: String,
}

impl OwnStage {
    /// `judge` runs outside of the execution: no stage runs this process.
    pub fn is_outside(&self) -> bool {
        self.stage.is_empty() && self.job.is_empty()
    }
}
