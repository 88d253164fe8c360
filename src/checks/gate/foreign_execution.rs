//! `foreign-execution`.

use crate::analysis::own_execution::{OwnExecution, names_job};
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check, stage_label};
use crate::document::value::Value;
use crate::spinnaker::own_stage::OwnStage;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// Under `plimsoll gate`, the execution being checked is the one whose stage started this Job: the execution is running, the
    /// stage is running and is a Run Job by effective type, and the stage's `deploy.jobs` names this Job. A `deploy.jobs` that was
    /// written before the stage started is reported separately: then only Clouddriver's task results name this Job.
    ///
    /// # Why it matters
    /// Spinnaker does not tell a Job which execution it belongs to. The ids are passed as text, and anyone who can edit the stage can
    /// change them: a gate that checks a different, clean execution would pass a bad release. With a prewritten `deploy.jobs` Orca
    /// waits for an old Job and uses its result (observed on a running Orca).
    ///
    /// # Remedy
    /// Pass `${execution.id}` and `${#currentStage().id}` as the stage definitions do, and remove `deploy.jobs` from the stage.
    id: "foreign-execution",
    summary: "the gate checks a different execution than the one it runs in",
    family: Family::Gate,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [],
    evidence: [],
    detectors: [
        "not-an-execution", "other-execution-id", "execution-not-running", "missing-stage", "stage-not-running", "not-a-run-job",
        "job-not-named"
    ],
    controls: [Control::SoxChangeManagement, Control::NistCm5, Control::NistSi7, Control::Part11Validation],
    since: "0.1.0",
}

const REMEDY: &str = "pass $ {execution.id} and $ {#currentStage().id} as the stage definitions do, and remove deploy.jobs from the stage";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(own) = context.own_stage else { return report.not_applicable("only a gate runs inside an execution") };
    let root = context.input.root;
    let mut wrong = |place: Value<'d>, detector: &'static str, message: String, stage: Option<usize>| {
        report.finding(Finding::at(place, message, REMEDY).detector(detector).stage(stage));
    };
    let Some(execution) = OwnExecution::of(context.input, own) else {
        return wrong(root, "not-an-execution", "the document is not an execution".into(), None);
    };
    if execution.has_other_id {
        let message = "the execution has a different id than the one the gate asked for".into();
        return wrong(root, "other-execution-id", message, None);
    }
    if execution.status != "RUNNING" {
        let status = sanitize(&execution.status, 30);
        let message = format!("the execution has status {status:?}, not RUNNING, so this gate cannot be part of it");
        wrong(root.get("status").unwrap_or(root), "execution-not-running", message, None);
    }
    let Some((index, stage)) = execution.stage else {
        let message = format!("the execution has no stage {:?}", sanitize(&own.stage, 60));
        return wrong(root, "missing-stage", message, None);
    };
    if execution.stage_status != "RUNNING" {
        let status = sanitize(&execution.stage_status, 30);
        let message = format!("{} has status {status:?}, not RUNNING", stage_label(stage));
        wrong(stage.value, "stage-not-running", message, Some(index));
    }
    if !execution.runs_job {
        let kind = sanitize(stage.effective_type(), 40);
        let message = format!("{} is not a Run Job stage; its type is {kind:?}", stage_label(stage));
        wrong(stage.value, "not-a-run-job", message, Some(index));
    }
    if !execution.names_job {
        let message = format!("{} {}", stage_label(stage), why_not_named(stage, own));
        wrong(execution.jobs.unwrap_or(stage.value), "job-not-named", message, Some(index));
    } else if execution.job_count > 1 {
        let label = stage_label(stage);
        report.inconclusive(format!(
            "deploy.jobs of {label} names several Jobs, and Orca uses the result of one of them"
        ));
    }
}

/// Why `deploy.jobs` does not name this Job; ends a sentence that begins with the stage.
fn why_not_named(stage: &Stage<'_>, own: &OwnStage) -> String {
    let job = sanitize(&own.job, 80);
    let was_deployed = stage.settings.list("kato.tasks").flat_map(|task| task.list("resultObjects")).any(|result| {
        ["deployedNamesByLocation", "manifestNamesByNamespace"]
            .iter()
            .any(|key| result.get(key).is_some_and(|names| names_job(names, &own.job)))
    });
    if was_deployed {
        return format!(
            "started this Job ({job}), but its deploy.jobs was written beforehand and names another: Orca uses that Job's result"
        );
    }
    if stage.setting("deploy.jobs").is_none() {
        return format!("does not name a Job yet, so it did not start this one ({job})");
    }
    format!("started a different Job than this one ({job})")
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Case, Cases};

    fn case(change: impl Fn(&mut Json)) -> Case {
        let mut document = json!({"type": "PIPELINE", "id": "E1", "status": "RUNNING", "stages": [
            {"id": "S1", "refId": "1", "name": "Gate", "type": "plimsollGate", "status": "RUNNING",
             "context": {"alias": "preconfiguredJob", "deploy.jobs": {"gates": ["job plimsoll-x1"]}}}]});
        change(&mut document);
        let own = OwnStage { execution: "E1".into(), stage: "S1".into(), job: "plimsoll-x1".into() };
        Case { own: Some(own), ..document.into() }
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("any contradiction fires");
        cases.fires(case(|e| e["status"] = json!("SUCCEEDED")), &["/status"]);
        cases.fires(case(|e| e["id"] = json!("E2")), &[""]);
        cases.fires(case(|e| e["stages"][0]["id"] = json!("S9")), &[""]);
        cases.fires(case(|e| e["stages"][0]["status"] = json!("NOT_STARTED")), &["/stages/0"]);
        cases.fires(case(|e| e["stages"][0]["context"]["alias"] = json!("wait")), &["/stages/0"]);
        cases.fires(
            case(|e| e["stages"][0]["context"]["deploy.jobs"] = json!({"gates": ["job old-1"]})),
            &["/stages/0/context/deploy.jobs"],
        );
        cases.fires(
            case(|e| e["stages"][0]["context"]["deploy.jobs"] = json!({"gates": ["job plimsoll-x12"]})),
            &["/stages/0/context/deploy.jobs"],
        );
        for jobs in [
            json!({"gates": ["job plimsoll-x1", "job old-1"]}),
            json!({"gates": ["job plimsoll-x1"], "other": ["job x"]}),
        ] {
            cases.inconclusive(case(|e| e["stages"][0]["context"]["deploy.jobs"] = jobs.clone()));
        }

        cases.about("the own execution stays quiet and so does check");
        cases.quiet(case(|_| ()));
        cases.quiet(case(|e| e["stages"][0]["context"]["deploy.jobs"] = json!({"gates": ["plimsoll-x1"]})));
        cases.quiet(case(|e| e["status"] = json!("RUNNING")).document);
        cases
    }
}
