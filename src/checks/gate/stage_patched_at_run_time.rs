//! `stage-patched-at-run-time`.

use crate::analysis::interventions::{Action, interventions};
use crate::analysis::production::Environment;
use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Available, Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check, stage_label,
};
use crate::spinnaker::pipeline::Pipeline;

declare_check! {
    /// # What it checks
    /// No stage of the execution was changed while it ran: Orca sets `lastModified` on every patched stage. Deck's own buttons are such
    /// patches and not a finding: *Skip* on a wait (`skipRemainingWait`), and the answer to a manual judgment, unless the roles of the
    /// judgment differ from those in the saved pipeline. A skipped execution window is a warning. A wait that belongs to a canary or a
    /// monitored deploy gives the analysis its time, so that skipping it is a finding. The verdict lists every intervention.
    ///
    /// # Why it matters
    /// Anyone with EXECUTE can merge any setting into a running stage: `continuePipeline` into the gate, other thresholds into the
    /// canary, an empty list of roles into a judgment that they then answer themselves (all observed on a running Orca).
    ///
    /// # Remedy
    /// Make the change in the saved pipeline and start the release again; do not change an execution while it runs.
    id: "stage-patched-at-run-time",
    summary: "a stage of the execution was changed while it ran",
    family: Family::Gate,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [Need::SavedPipeline],
    detectors: ["stage-patched", "judgment-roles-changed", "analysis-cut-short", "window-skipped"],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm5, Control::NistAu10, Control::Part11AuditTrail],
    since: "0.1.0",
}

const REMEDY: &str = "make the change in the saved pipeline instead, and start the release again";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return report.not_applicable("only an execution can be changed while it runs");
    };
    let production = context.production();
    let is_elsewhere = production.changes.iter().all(|change| change.environment == Environment::Elsewhere);
    if is_elsewhere && production.gates.is_empty() {
        return report.not_applicable("no stage is known to change production or to be a gate");
    }
    let lookup = context.evidence().saved_pipeline();
    let saved = lookup.found().map(|saved| Pipeline::read(saved.root(), false));
    for found in interventions(pipeline, saved.as_ref()) {
        let Some(stage) = pipeline.stages.get(found.stage) else { continue };
        let (who, label) = (&found.user, stage_label(stage));
        let finding = |detector: &'static str, message: String| {
            Finding::at(found.place, message, REMEDY).detector(detector).stage(found.stage)
        };
        if found.action == Action::ChangedStage {
            report.finding(finding("stage-patched", format!("{who:?} changed {label} while it ran")));
            continue;
        }
        if found.needs_saved && !matches!(report.available(context, Need::SavedPipeline, lookup), Available::Found(_)) {
            continue;
        }
        if !found.changed.is_empty() {
            let keys: Vec<String> =
                found.changed.iter().take(5).map(|key| format!("`{}`", sanitize(key, 60))).collect();
            let message = format!("{who:?} changed {} of {label} while it ran", keys.join(", "));
            report.finding(finding("stage-patched", message));
        } else if found.roles_changed {
            let message = format!("{who:?} answered {label} while its roles differed from the saved pipeline");
            report.finding(finding("judgment-roles-changed", message));
        } else if found.cut_analysis {
            let message = format!("{who:?} skipped {label}, which gives a canary or a monitored deploy its time");
            report.finding(finding("analysis-cut-short", message));
        } else if found.action == Action::SkippedWindow {
            let message = format!("{who:?} skipped the execution window of {label}");
            report.finding(finding("window-skipped", message).only_warns());
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::{Case, Cases};
    use crate::document::Document;
    use crate::evidence::Lookup;

    fn execution(kind: &str, context: &Json) -> Json {
        json!({"type": "PIPELINE", "status": "RUNNING", "stages": [
            {"refId": "1", "type": kind, "name": "S", "status": "RUNNING", "context": context, "lastModified": {"user": "eve@example.com", "lastModifiedTime": 1}},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "deploy", "name": "Deploy", "status": "NOT_STARTED", "context": {"account": "prod"}}]})
    }

    fn judged(roles: &Json, saved: &Json) -> Case {
        let mut case: Case =
            execution("manualJudgment", &json!({"selectedStageRoles": roles, "judgmentStatus": "continue"})).into();
        let saved = json!({"stages": [{"refId": 1, "type": "manualJudgment", "selectedStageRoles": saved}]});
        case.evidence.saved = Lookup::Found(Document::json(saved.to_string()).unwrap());
        case
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a changed stage fires");
        for kind in ["kayentaCanary", "wait", "deployManifest", "plimsollGate"] {
            cases.fires(execution(kind, &json!({})), &["/stages/0/lastModified"]);
        }
        cases.fires(execution("manualJudgment", &json!({"alias": "wait"})), &["/stages/0/lastModified"]);
        cases.fires(judged(&json!([]), &json!(["ops"])), &["/stages/0/lastModified"]);
        let mut synthetic = execution("runCanary", &json!({}));
        synthetic["stages"][0]["syntheticStageOwner"] = json!("STAGE_BEFORE");
        synthetic["stages"][0]["parentStageId"] = json!("x");
        cases.fires(synthetic, &["/stages/0/lastModified"]);

        let button = |kind: &str, context: Json, owner: Json| {
            let mut execution = execution(kind, &context);
            execution["stages"][0]["syntheticStageOwner"] = json!("STAGE_BEFORE");
            execution["stages"][0]["parentStageId"] = json!("P");
            execution["stages"].as_array_mut().unwrap().push(owner);
            execution
        };
        let skip = json!({"waitTime": 60, "skipRemainingWait": true});
        for owner in [
            json!({"id": "P", "refId": "9", "type": "kayentaCanary", "context": {}}),
            json!({"id": "P", "refId": "9", "type": "createServerGroup", "context": {"account": "prod", "strategy": "monitored"}}),
        ] {
            cases.fires(button("wait", skip.clone(), owner), &["/stages/0/lastModified"]);
        }
        cases.fires(execution("kayentaCanary", &skip), &["/stages/0/lastModified"]);
        cases.fires(execution("wait", &json!({"waitTime": 60})), &["/stages/0/lastModified"]);

        cases.about("a skipped wait stays quiet, and a skipped window warns");
        cases.quiet(execution("wait", &skip));
        let window = json!({"restrictedExecutionWindow": {"days": [2]}, "skipRemainingWait": true});
        let mut owner = json!({"id": "P", "refId": "9", "type": "deploy", "context": {"account": "prod", "restrictedExecutionWindow": {"days": [2]}}});
        cases.warns(
            button("restrictExecutionDuringTimeWindow", window.clone(), owner.clone()),
            &["/stages/0/lastModified"],
        );
        owner["context"]["restrictedExecutionWindow"]["days"] = json!([1, 2, 3]);
        cases.fires(button("restrictExecutionDuringTimeWindow", window, owner), &["/stages/0/lastModified"]);

        cases.about("an answered judgment stays quiet");
        cases.quiet(judged(&json!(["Ops"]), &json!(["ops"])));
        let mut untouched = execution("wait", &json!({}));
        untouched["stages"][0].as_object_mut().unwrap().remove("lastModified");
        cases.quiet(untouched);
        let mut staging = execution("wait", &json!({}));
        staging["stages"][1]["context"]["account"] = json!("staging");
        cases.quiet(staging);
        let mut broken = judged(&json!([]), &json!([]));
        broken.evidence.saved = Lookup::Unavailable("Front50 answers 500".into());
        cases.inconclusive(broken);
        cases
    }
}
