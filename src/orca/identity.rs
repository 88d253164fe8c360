//! Verifying that the gate judges the execution it runs in.
//!
//! Spinnaker injects no ids into a Job. They arrive as text that the author of a stage may be able to change. What an author cannot
//! change is the Job's own name, which comes from the downward API: Orca writes the name of the Job it started into the stage's
//! `deploy.jobs` (`orca-clouddriver/…/tasks/MonitorKatoTask.groovy`). It does so shortly *after* the Job has
//! started, and a read replica may show it some seconds later.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::analysis::own_execution::OwnExecution;
use crate::base::deadline::Deadline;
use crate::base::sanitize::sanitize;
use crate::document::Document;
use crate::document::value::{Flag, Value};
use crate::orca::poll::{Poll, Reading};
use crate::spinnaker::input::Input;
use crate::spinnaker::own_stage::OwnStage;

/// What one reading of the execution says about this Job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnExecutionState {
    /// The execution runs, the gate's stage runs, and that stage started this Job.
    Own,
    /// The execution was cancelled.
    Canceled {
        /// By whom and why.
        how: String,
        /// The gate's stage names this Job, so the reading is not from before a restart.
        is_own: bool,
    },
    /// The execution, or the gate's stage, has ended in another way.
    Ended { how: String, is_own: bool },
    /// Something is missing that may still appear: what.
    NotYet(String),
    /// A contradiction that will not go away. The check `foreign-execution` reports it.
    Foreign,
}

/// Final statuses (`ExecutionStatus.isComplete` in `orca-api`).
fn is_complete(status: &str) -> bool {
    matches!(status, "CANCELED" | "SUCCEEDED" | "STOPPED" | "SKIPPED" | "TERMINAL" | "FAILED_CONTINUE")
}

/// What `document` says about the Job of `own`.
pub fn own_execution_state(document: &Document, own: &OwnStage) -> OwnExecutionState {
    let root = document.root();
    let input = Input::of(root);
    if own.is_outside() {
        return named_execution_state(root, &input, own);
    }
    let Some(execution) = OwnExecution::of(&input, own).filter(|execution| !execution.has_other_id) else {
        return OwnExecutionState::Foreign;
    };
    let (status, is_own) = (&*execution.status, execution.names_job);
    // Orca sets `canceled` before it changes the status.
    if root.flag_at("canceled") == Flag::On || status == "CANCELED" {
        return OwnExecutionState::Canceled { how: canceled(root), is_own };
    }
    // Nobody cancelled it, and it continued although this Job still runs: that is a bypass, and the checks report which
    // (observed on a running Orca with `dynamicParameters: {waitForCompletion: false}`).
    let stage_status = &*execution.stage_status;
    let stage_went_on = matches!(stage_status, "SUCCEEDED" | "SKIPPED");
    if is_own && (status == "SUCCEEDED" || (status == "RUNNING" && stage_went_on)) {
        return OwnExecutionState::Foreign;
    }
    if is_complete(status) {
        return OwnExecutionState::Ended { how: format!("the execution is {}", sanitize(status, 30)), is_own };
    }
    if !execution.runs_job {
        return OwnExecutionState::Foreign;
    }
    if is_complete(stage_status) {
        let how = format!("the gate's own stage is {}", sanitize(stage_status, 30));
        return OwnExecutionState::Ended { how, is_own };
    }
    for (what, status) in [("the execution", status), ("the gate's own stage", stage_status)] {
        if status != "RUNNING" {
            return OwnExecutionState::NotYet(format!("{what} is {}, not RUNNING", sanitize(status, 30)));
        }
    }
    match execution.jobs.filter(|jobs| !jobs.is_blank()) {
        None => OwnExecutionState::NotYet("deploy.jobs of the gate's own stage is empty".into()),
        Some(_) if is_own => OwnExecutionState::Own,
        Some(_) => OwnExecutionState::Foreign,
    }
}

/// What the execution of `own` says where no stage of it runs this process: whether it is the one that was named, and runs.
fn named_execution_state(root: Value<'_>, input: &Input<'_>, own: &OwnStage) -> OwnExecutionState {
    let is_execution = input.pipeline.as_ref().is_some_and(|pipeline| pipeline.is_execution);
    if !is_execution || root.str("id").is_none_or(|id| id != own.execution) {
        return OwnExecutionState::Foreign;
    }
    let status = root.str("status").unwrap_or_default();
    if root.flag_at("canceled") == Flag::On || status == "CANCELED" {
        return OwnExecutionState::Canceled { how: canceled(root), is_own: true };
    }
    let how = format!("the execution is {}", sanitize(&status, 30));
    match &*status {
        "RUNNING" => OwnExecutionState::Own,
        status if is_complete(status) => OwnExecutionState::Ended { how, is_own: true },
        _ => OwnExecutionState::NotYet(format!("{how}, not RUNNING")),
    }
}

/// Who cancelled the execution, and why.
fn canceled(root: Value<'_>) -> String {
    let user = root.str("canceledBy").map(|user| format!(" by {}", sanitize(&user, 80)));
    let reason = root.str("cancellationReason").map(|reason| format!(": {}", sanitize(&reason, 200)));
    format!("the execution was cancelled{}{}", user.unwrap_or_default(), reason.unwrap_or_default())
}

/// How long [`settle`] waits for Orca's data to catch up.
#[derive(Clone, Copy, Debug)]
pub struct SettleLimits {
    /// For a missing execution, stage or Job name, and for a reading that shows an end from before a restart.
    pub lag: Duration,
    /// For a cancelled execution whose stage does not name this Job: either from before a restart, or from before Orca wrote the
    /// Job's name.
    pub canceled: Duration,
}

impl Default for SettleLimits {
    fn default() -> Self {
        Self { lag: Duration::from_secs(30), canceled: Duration::from_secs(3) }
    }
}

/// The result of [`settle`].
pub enum Settled {
    /// Judge this document.
    Judge {
        document: Arc<Document>,
        /// It is the gate's own execution. Otherwise `foreign-execution` reports the contradiction.
        is_own: bool,
    },
    /// The execution was cancelled, or ended without waiting for the gate: how.
    Canceled(String),
}

/// Why the state could not be determined: the verdict is inconclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    pub reason: String,
    /// How to fix it.
    pub help: String,
}

/// Polls the execution until its state towards this Job is clear.
///
/// # Errors
/// When it cannot be read, or what is missing has not appeared within `limits`.
pub async fn settle(poll: &mut Poll<'_>, own: &OwnStage, limits: SettleLimits) -> Result<Settled, Unsettled> {
    let begun = Instant::now();
    let limit = Deadline::after(limits.lag);
    poll.set_limit(limit);
    // Reads in flight at that time are cut short, which is not worth reporting.
    let cut = limit.earlier();
    let mut last = None;
    // The last reading, if it may be judged when no better one arrives.
    let mut ended = None;
    loop {
        let Ok(reading) = timeout_at(begun + limits.lag, poll.next()).await else {
            let Some(document) = ended else { return Err(last.unwrap_or_else(unread)) };
            return Ok(Settled::Judge { document, is_own: false });
        };
        let document = match reading {
            Reading::Execution(document) => document,
            Reading::Missing => {
                ended = None;
                last = Some(missing(own));
                continue;
            }
            Reading::Failed { reason, help, is_final } => {
                let failed = Unsettled { reason: format!("cannot read the gate's own execution: {reason}"), help };
                if is_final {
                    return Err(failed);
                }
                if last.is_none() || !cut.has_passed() {
                    last = Some(failed);
                }
                continue;
            }
        };
        match own_execution_state(&document, own) {
            OwnExecutionState::Own => return Ok(Settled::Judge { document, is_own: true }),
            OwnExecutionState::Foreign => return Ok(Settled::Judge { document, is_own: false }),
            OwnExecutionState::Canceled { how, is_own } if is_own || begun.elapsed() >= limits.canceled => {
                return Ok(Settled::Canceled(how));
            }
            OwnExecutionState::Ended { how, is_own: true } => return Ok(Settled::Canceled(how)),
            OwnExecutionState::Canceled { .. } | OwnExecutionState::Ended { .. } => ended = Some(document),
            OwnExecutionState::NotYet(what) => {
                ended = None;
                last = Some(unproven(&what));
            }
        }
    }
}

fn unread() -> Unsettled {
    Unsettled {
        reason: "reading the gate's own execution timed out".into(),
        help: "check that Gate and Orca respond; if they are only slow, increase --deadline".into(),
    }
}

fn missing(own: &OwnStage) -> Unsettled {
    Unsettled {
        reason: format!("execution {:?} not found", sanitize(&own.execution, 80)),
        help: "check PLIMSOLL_EXECUTION_ID, that the gate's user has READ permission on the application, and the replication lag".into(),
    }
}

fn unproven(what: &str) -> Unsettled {
    Unsettled {
        reason: format!("cannot verify that the gate runs in this execution: {what}"),
        help:
            "check PLIMSOLL_EXECUTION_ID, PLIMSOLL_STAGE_ID and PLIMSOLL_JOB_NAME; resume the execution if it is paused"
                .into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde_json::{Value as Json, json};

    use super::*;

    fn own() -> OwnStage {
        OwnStage { execution: "E1".into(), stage: "S1".into(), job: "plimsoll-x1".into() }
    }

    fn execution(change: impl Fn(&mut Json)) -> Arc<Document> {
        let mut document = json!({"type": "PIPELINE", "id": "E1", "status": "RUNNING", "canceled": false, "stages": [
            {"id": "S1", "refId": "1", "name": "Gate", "type": "plimsollGate", "status": "RUNNING",
             "context": {"alias": "preconfiguredJob", "deploy.jobs": {"gates": ["job plimsoll-x1"]}}}]});
        change(&mut document);
        Arc::new(Document::json(document.to_string()).unwrap())
    }

    fn state_of(change: impl Fn(&mut Json)) -> OwnExecutionState {
        own_execution_state(&execution(change), &own())
    }

    fn stage(key: &'static str, value: &str) -> impl Fn(&mut Json) {
        move |e| e["stages"][0][key] = json!(value)
    }

    fn jobs(value: Json) -> impl Fn(&mut Json) {
        move |e| e["stages"][0]["context"]["deploy.jobs"] = value.clone()
    }

    #[test]
    fn only_a_running_stage_that_started_this_job_is_its_own() {
        assert_eq!(state_of(|_| ()), OwnExecutionState::Own);
        for lagging in [stage("status", "NOT_STARTED"), stage("status", "SUSPENDED")] {
            assert!(matches!(state_of(lagging), OwnExecutionState::NotYet(_)));
        }
        assert!(matches!(state_of(jobs(Json::Null)), OwnExecutionState::NotYet(_)));
        assert!(matches!(state_of(jobs(json!({}))), OwnExecutionState::NotYet(_)));
        assert!(matches!(state_of(|e| e["status"] = json!("NOT_STARTED")), OwnExecutionState::NotYet(_)));
        assert!(matches!(state_of(|e| e["status"] = json!("PAUSED")), OwnExecutionState::NotYet(_)));
        for other in [stage("id", "S2"), stage("type", "wait")] {
            // The alias decides what runs, so a type alone is no contradiction.
            let own_execution_state = state_of(other);
            assert!(
                matches!(own_execution_state, OwnExecutionState::Foreign | OwnExecutionState::Own),
                "{own_execution_state:?}"
            );
        }
        assert_eq!(state_of(|e| e["stages"][0]["context"]["alias"] = json!("wait")), OwnExecutionState::Foreign);
        assert_eq!(state_of(jobs(json!({"gates": ["job plimsoll-x12"]}))), OwnExecutionState::Foreign);
        assert_eq!(state_of(|e| e["id"] = json!("E2")), OwnExecutionState::Foreign);
        assert_eq!(state_of(|e| e["stages"] = json!([])), OwnExecutionState::Foreign);
        assert_eq!(own_execution_state(&execution(|e| *e = json!([])), &own()), OwnExecutionState::Foreign);
    }

    #[test]
    fn an_end_is_marked_when_it_is_from_before_a_restart() {
        let canceled = state_of(|e| {
            e["canceled"] = json!(true);
            e["canceledBy"] = json!("ann");
            e["cancellationReason"] = json!("wrong\nversion");
        });
        let how = "the execution was cancelled by ann: wrong\\nversion".to_owned();
        assert_eq!(canceled, OwnExecutionState::Canceled { how, is_own: true });
        assert!(matches!(state_of(stage("status", "TERMINAL")), OwnExecutionState::Ended { is_own: true, .. }));
        let before = state_of(|e| {
            e["status"] = json!("TERMINAL");
            e["stages"][0]["context"]["deploy.jobs"] = json!({"gates": ["job plimsoll-old"]});
        });
        assert!(matches!(before, OwnExecutionState::Ended { is_own: false, .. }));
    }

    /// What [`settle`] makes of `readings`, the last of which repeats, and after how many seconds.
    async fn settled(readings: Vec<Reading>) -> (Result<Settled, Unsettled>, u64) {
        let left = Mutex::new(readings);
        let read = |_| {
            let mut left = left.lock().unwrap();
            let reading = if left.len() > 1 { left.remove(0) } else { left[0].clone() };
            async move { reading }
        };
        let mut poll = Poll::new(read, Duration::from_secs(1), Deadline::after(Duration::from_mins(1)));
        let begun = Instant::now();
        let settled = settle(&mut poll, &own(), SettleLimits::default()).await;
        (settled, begun.elapsed().as_secs())
    }

    fn failed(is_final: bool) -> Reading {
        Reading::Failed { reason: "no".into(), help: "do".into(), is_final }
    }

    #[tokio::test(start_paused = true)]
    async fn lag_is_waited_for_and_contradictions_are_not() {
        let good = || Reading::Execution(execution(|_| ()));
        let no_job = || Reading::Execution(execution(jobs(Json::Null)));
        let (result, seconds) = settled(vec![Reading::Missing, failed(false), no_job(), good()]).await;
        assert!(matches!(result, Ok(Settled::Judge { is_own: true, .. })) && seconds == 3, "{seconds}");

        let foreign = Reading::Execution(execution(|e| e["id"] = json!("E2")));
        let (result, seconds) = settled(vec![foreign]).await;
        assert!(matches!(result, Ok(Settled::Judge { is_own: false, .. })) && seconds == 0);

        for (reading, word) in [(Reading::Missing, "E1"), (no_job(), "deploy.jobs"), (failed(false), "no")] {
            let (result, seconds) = settled(vec![reading]).await;
            assert!(result.is_err_and(|error| error.reason.contains(word)) && seconds == 30, "{word} {seconds}");
        }
        let (result, seconds) = settled(vec![failed(true)]).await;
        assert!(result.is_err_and(|error| error.help == "do") && seconds == 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_from_before_a_restart_is_outwaited() {
        let old = |status: &'static str| {
            Reading::Execution(execution(move |e| {
                e["status"] = json!(status);
                e["stages"][0]["status"] = json!(status);
                e["stages"][0]["context"]["deploy.jobs"] = json!({"gates": ["job plimsoll-old"]});
            }))
        };
        let good = Reading::Execution(execution(|_| ()));
        for status in ["TERMINAL", "CANCELED"] {
            let (result, seconds) = settled(vec![old(status), old(status), good.clone()]).await;
            assert!(matches!(result, Ok(Settled::Judge { is_own: true, .. })) && seconds == 2, "{status}");
        }
        // If no newer reading arrives, it is judged, and found to be foreign.
        let (result, seconds) = settled(vec![old("TERMINAL")]).await;
        assert!(matches!(result, Ok(Settled::Judge { is_own: false, .. })) && seconds == 30);
        let (result, seconds) = settled(vec![old("CANCELED")]).await;
        assert!(matches!(result, Ok(Settled::Canceled(_))) && seconds == 3);
    }
}
