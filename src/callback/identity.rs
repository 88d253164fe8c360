//! Proving that the gate judges the execution it runs in.
//!
//! Spinnaker tells a Job nothing; the ids come as text (contracts 1.11). A reading of the execution is *settled* when it says
//! that this Job is a part of it, or that it cannot be; anything between is a replica that lags behind (T41).

use crate::check::OwnStage;
use crate::checks::gate::foreign_execution::names_job;
use crate::model::release::Release;
use crate::model::subject::Subject;

/// What one reading of the execution says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The execution and its stage run, and the stage started this Job.
    Own,
    /// It contradicts that, and no later reading will say otherwise.
    Foreign,
    /// It contradicts that, unless the reading is an old one.
    PerhapsForeign,
    /// The stage, or its Job, is not there yet; why.
    NotYet(&'static str),
}

/// What `subject` says about `own`.
pub fn read(subject: &Subject<'_>, own: &OwnStage) -> Reading {
    let Some(release) = subject.release.as_ref().filter(|release| release.is_execution) else {
        return Reading::Foreign;
    };
    if subject.root.str("id").is_some_and(|id| id != own.execution) {
        return Reading::Foreign;
    }
    // Orca adds synthetic stages while it runs, never authored ones.
    let Some((_, stage)) = release.stage(&own.stage) else { return Reading::Foreign };
    if !matches!(stage.effective_type(), "runJob" | "preconfiguredJob") {
        return Reading::Foreign;
    }
    match subject.root.str("status").as_deref() {
        Some("RUNNING") => {}
        None | Some("NOT_STARTED" | "BUFFERED" | "PAUSED") => return Reading::NotYet("the execution does not run yet"),
        Some(_) => return Reading::PerhapsForeign,
    }
    match stage.status().as_deref() {
        Some("RUNNING") => {}
        None | Some("NOT_STARTED" | "PAUSED" | "SUSPENDED") => {
            return Reading::NotYet("the gate's stage does not run yet");
        }
        Some(_) => return Reading::PerhapsForeign,
    }
    match stage.setting("deploy.jobs") {
        None => Reading::NotYet("the gate's stage names no Job yet"),
        Some(jobs) if names_job(jobs, &own.job) => Reading::Own,
        Some(_) => Reading::PerhapsForeign,
    }
}

/// Whether the execution was cancelled (`canceled` flips before the status does).
pub fn is_canceled(release: &Release<'_>) -> bool {
    use crate::model::value::Flag;
    release.value.flag_at("canceled") == Flag::On || release.value.str("status").as_deref() == Some("CANCELED")
}
