//! `stage-patched-at-run-time`.

use std::collections::BTreeSet;

use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Available, Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check, stage_label,
};
use crate::document::value::Value;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// No stage of the execution was changed while it ran: Orca sets `lastModified` on every patched stage. Answering a manual
    /// judgment is such a patch and not a finding, unless the roles of the judgment differ from those in the saved pipeline.
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
    detectors: ["stage-patched", "judgment-roles-changed"],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm5, Control::NistAu10, Control::Part11AuditTrail],
    since: "0.1.0",
}

const REMEDY: &str = "make the change in the saved pipeline instead, and start the release again";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return report.not_applicable("only an execution can be changed while it runs");
    };
    if context.production().is_untouched() && context.production().gates.is_empty() {
        return report.not_applicable("no stage is known to change production or to be a gate");
    }
    for (index, stage) in pipeline.stages.iter().enumerate() {
        let Some(modified) = stage.value.get("lastModified").filter(|modified| modified.is_object()) else { continue };
        let who = sanitize(&modified.str("user").unwrap_or_default(), 80);
        let finding = |detector: &'static str, message: String| {
            Finding::at(modified, message, REMEDY).detector(detector).stage(index)
        };
        if stage.effective_type() != "manualJudgment" {
            let message = format!("{who:?} changed {} while it ran", stage_label(stage));
            report.finding(finding("stage-patched", message));
            continue;
        }
        let lookup = context.evidence().saved_pipeline();
        let Available::Found(saved) = report.available(context, Need::SavedPipeline, lookup) else { continue };
        let saved = Pipeline::read(saved.root(), false);
        let original = saved.authored().find(|(_, original)| original.ref_id == stage.ref_id);
        if original.is_some_and(|(_, original)| roles(original) != roles(stage)) {
            let message =
                format!("{who:?} answered {} while its roles differed from the saved pipeline", stage_label(stage));
            report.finding(finding("judgment-roles-changed", message));
        }
    }
}

/// The roles that may answer a judgment.
fn roles(stage: &Stage<'_>) -> BTreeSet<String> {
    let listed = |key: &str| {
        stage.settings.list(key).filter_map(Value::text).map(|role| role.trim().to_lowercase()).collect::<Vec<_>>()
    };
    listed("selectedStageRoles").into_iter().chain(listed("requiredJudgmentRoles")).collect()
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
