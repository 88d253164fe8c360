//! `foreign-execution`.

use crate::analysis::own_execution::names_job;
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check, stage_label};
use crate::document::value::Value;

use crate::spinnaker::own_stage::OwnStage;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// Under `plimsoll gate`: the execution that is judged is the one whose stage started this very Job. The execution runs, its
    /// named stage runs and is a Run Job by effective type, and that stage's `deploy.jobs` names this Job. `deploy.jobs` that
    /// somebody wrote beforehand is told apart: then the new Job stands only among what Clouddriver reported as deployed.
    ///
    /// # Why it matters
    /// Spinnaker tells a Job nothing about the execution it runs in; the ids arrive as text that whoever writes the stage can
    /// change. A gate pointed at another, clean execution would pass a bad release. With a pre-seeded `deploy.jobs` Orca waits for
    /// an old Job and takes its answer (seen on a running Orca).
    ///
    /// # Remedy
    /// Pass `${execution.id}` and `${#currentStage().id}` as the stage definitions do, and take `deploy.jobs` out of the stage.
    id: "foreign-execution",
    summary: "the gate does not judge the execution it runs in",
    family: Family::Gate,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::SoxChangeManagement, Control::NistCm5, Control::NistSi7, Control::Part11Validation],
    since: "0.1.0",
}

const REMEDY: &str =
    "pass ${execution.id} and ${#currentStage().id} as the stage definitions do, and leave deploy.jobs to Orca";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(own) = context.own_stage else { return report.not_applicable("only a gate runs in an execution") };
    let root = context.input.root;
    let remedy = REMEDY.replace("${", "$ {");
    let mut wrong = |place: Value<'d>, what: String, stage: Option<usize>| {
        report.finding(Finding::at(place, what, remedy.clone()).stage(stage));
    };
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return wrong(root, "what was judged is no execution".into(), None);
    };
    if root.str("id").is_some_and(|id| id != own.execution) {
        return wrong(root, "the execution that was read has another id than the one that was asked for".into(), None);
    }
    let status = root.str("status").unwrap_or_default();
    if status != "RUNNING" {
        let place = root.get("status").unwrap_or(root);
        wrong(
            place,
            format!("the execution is {} and not RUNNING, so this gate cannot be a part of it", sanitize(&status, 30)),
            None,
        );
    }
    let Some((index, stage)) = pipeline.stage(&own.stage) else {
        return wrong(root, format!("the execution has no stage {:?}", sanitize(&own.stage, 60)), None);
    };
    let stage_status = stage.status().unwrap_or_default();
    if stage_status != "RUNNING" {
        wrong(
            stage.value,
            format!("{} is {} and not RUNNING", stage_label(stage), sanitize(&stage_status, 30)),
            Some(index),
        );
    }
    if !matches!(stage.effective_type(), "runJob" | "preconfiguredJob") {
        wrong(
            stage.value,
            format!("{} is no Run Job but {}", stage_label(stage), sanitize(stage.effective_type(), 40)),
            Some(index),
        );
    }
    let jobs = stage.setting("deploy.jobs");
    if !jobs.is_some_and(|jobs| names_job(jobs, &own.job)) {
        let place = jobs.unwrap_or(stage.value);
        wrong(place, format!("{} {}", stage_label(stage), told(stage, own)), Some(index));
    }
}

/// Why `deploy.jobs` does not name this Job.
fn told(stage: &Stage<'_>, own: &OwnStage) -> String {
    let job = sanitize(&own.job, 80);
    let was_deployed = stage.settings.list("kato.tasks").flat_map(|task| task.list("resultObjects")).any(|result| {
        ["deployedNamesByLocation", "manifestNamesByNamespace"]
            .iter()
            .any(|key| result.get(key).is_some_and(|names| names_job(names, &own.job)))
    });
    if was_deployed {
        return format!(
            "started this Job ({job}), and its deploy.jobs names another, which was written beforehand: Orca takes that Job's answer"
        );
    }
    if stage.setting("deploy.jobs").is_none() {
        return format!("names no Job yet, so it did not start this one ({job})");
    }
    format!("started another Job than this one ({job})")
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

        cases.about("the own execution stays quiet and so does check");
        cases.quiet(case(|_| ()));
        cases.quiet(case(|e| e["stages"][0]["context"]["deploy.jobs"] = json!({"gates": ["plimsoll-x1"]})));
        cases.quiet(case(|e| e["status"] = json!("RUNNING")).document);
        cases
    }
}
