//! How an execution relates to the Job that runs this process, under `plimsoll gate`.

use std::borrow::Cow;

use crate::document::value::Value;
use crate::spinnaker::input::Input;
use crate::spinnaker::own_stage::OwnStage;
use crate::spinnaker::stage::Stage;

/// What an execution shows about the Job of an [`OwnStage`].
pub struct OwnExecution<'a, 'd> {
    /// It has an id, and not the one of the own execution.
    pub has_other_id: bool,
    /// Its status; empty when it has none.
    pub status: Cow<'d, str>,
    /// The own stage and its index; `None` when the execution has no such stage.
    pub stage: Option<(usize, &'a Stage<'d>)>,
    /// The status of the own stage; empty when it has none.
    pub stage_status: Cow<'d, str>,
    /// The own stage is a Run Job by effective type.
    pub runs_job: bool,
    /// `deploy.jobs` of the own stage: the Jobs that Orca waits for.
    pub jobs: Option<Value<'d>>,
    /// `deploy.jobs` names this Job.
    pub names_job: bool,
    /// How many Jobs `deploy.jobs` names; Orca uses the result of one.
    pub job_count: usize,
}

impl<'a, 'd> OwnExecution<'a, 'd> {
    /// What the document of `input` shows; `None` when it is not an execution.
    pub fn of(input: &'a Input<'d>, own: &OwnStage) -> Option<Self> {
        let pipeline = input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution)?;
        let stage = pipeline.stage(&own.stage);
        let jobs = stage.and_then(|(_, stage)| stage.setting("deploy.jobs"));
        Some(Self {
            has_other_id: input.root.str("id").is_some_and(|id| id != own.execution),
            status: input.root.str("status").unwrap_or_default(),
            stage,
            stage_status: stage.and_then(|(_, stage)| stage.status()).unwrap_or_default(),
            runs_job: stage.is_some_and(|(_, stage)| matches!(stage.effective_type(), "runJob" | "preconfiguredJob")),
            jobs,
            names_job: jobs.is_some_and(|jobs| names_job(jobs, &own.job)),
            job_count: jobs.map_or(0, count),
        })
    }
}

/// How many Jobs `jobs` names.
fn count(jobs: Value<'_>) -> usize {
    jobs.entries().map(|(_, names)| if names.as_str().is_some() { 1 } else { names.elements().count() }).sum()
}

/// Whether `jobs` contains the Job `job`. It maps namespaces to names, with or without the kind: `{"gates": ["job plimsoll-x1"]}`
/// (`RunJobTask`).
pub fn names_job(jobs: Value<'_>, job: &str) -> bool {
    let is_own = |value: Value<'_>| {
        value.as_str().is_some_and(|text| text == job || text.strip_prefix("job ").is_some_and(|name| name == job))
    };
    !job.is_empty() && jobs.entries().any(|(_, names)| is_own(names) || names.elements().any(is_own))
}
