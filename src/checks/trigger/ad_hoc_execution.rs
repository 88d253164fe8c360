//! `ad-hoc-execution`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Available, Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check,
};
use crate::checks::shared::start::report_execution;
use crate::document::Document;
use crate::document::value::{Flag, Value};
use crate::spinnaker::pipeline::Pipeline;

declare_check! {
    /// # What it checks
    /// An execution that changes production must come from a saved pipeline: Front50 has a pipeline with the `pipelineConfigId` of the
    /// execution, and that pipeline belongs to the same application. A pipeline that has been disabled since is a warning.
    ///
    /// # Why it matters
    /// Gate and Orca start any pipeline that is posted to them, saved or not, with any `pipelineConfigId`. A pipeline that was never
    /// saved was never reviewed, and afterwards nobody can look up what it was.
    ///
    /// # Remedy
    /// Save the pipeline and start it by its name or id. If the saved pipeline was deleted in the meantime, save it again.
    id: "ad-hoc-execution",
    summary: "the execution did not come from a saved pipeline",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [Need::SavedPipeline],
    detectors: [DISABLED],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm3, Control::Part11Documents],
    since: "0.1.0",
}

/// The saved pipeline is disabled.
const DISABLED: &str = "disabled";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return report.not_applicable("only an execution can be started without a saved pipeline");
    };
    if context.production().is_untouched() {
        return report.not_applicable("no stage is known to change production");
    }
    let place = pipeline.value.get("pipelineConfigId").unwrap_or(pipeline.value);
    let id = pipeline.value.str("pipelineConfigId").filter(|id| !id.trim().is_empty());
    let Some(id) = id.map(|id| sanitize(&id, 80)) else {
        return ad_hoc(context, report, place, "the execution has no pipelineConfigId".to_owned());
    };
    match report.available(context, Need::SavedPipeline, context.evidence().saved_pipeline()) {
        Available::Missing => {
            ad_hoc(context, report, place, format!("no saved pipeline has the pipelineConfigId {id:?}"));
        }
        Available::Found(saved) => compare(context, report, (pipeline, saved), place, &id),
        Available::Reported => {}
    }
}

/// Compares the execution with the saved pipeline that has its `pipelineConfigId`.
fn compare<'d>(
    context: &Context<'_, 'd>,
    report: &mut Report<'d>,
    (execution, saved): (&Pipeline<'d>, &Document),
    place: Value<'d>,
    id: &str,
) {
    let home = saved.root().str("application").unwrap_or_default();
    if !home.eq_ignore_ascii_case(&execution.application().unwrap_or_default()) {
        let message =
            format!("saved pipeline {id:?} belongs to application {:?}, not to this execution's", sanitize(&home, 60));
        return ad_hoc(context, report, place, message);
    }
    if saved.root().flag_at("disabled") == Flag::On {
        // It may have been disabled after this execution started.
        let message = format!("saved pipeline {id:?} is disabled, and Orca does not start disabled pipelines");
        let finding = Finding::at(place, message, "enable the pipeline again, or cancel this execution");
        report.finding(finding.detector(DISABLED).only_warns());
    }
}

fn ad_hoc<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, place: Value<'d>, message: String) {
    let finding = Finding::at(place, message, "save the pipeline, and start it by its name or id");
    report_execution(context, report, finding);
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Case, Cases, run};
    use crate::evidence::Lookup;
    use crate::verdict::CheckOutcome;

    fn execution(id: &Json) -> Json {
        json!({"type": "PIPELINE", "id": "E1", "status": "RUNNING", "application": "shop", "pipelineConfigId": id,
            "stages": [{"refId": "1", "type": "deploy", "name": "d", "context": {"account": "prod"}}]})
    }

    fn with(saved: Lookup<Document>) -> Case {
        let mut case: Case = execution(&json!("P1")).into();
        case.evidence.saved = saved;
        case
    }

    fn found(saved: &Json) -> Lookup<Document> {
        Lookup::Found(Document::json(saved.to_string()).unwrap())
    }

    #[test]
    fn without_a_source_it_is_skipped_and_says_which_option_to_set() {
        let skipped = run(&check(), with(Lookup::NotConfigured));
        assert_eq!(skipped.outcome, CheckOutcome::Skipped);
        assert_eq!(skipped.reason, "needs the saved pipeline; set --gate-url or --front50-url");
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a pipeline that is not saved, or belongs to another application, fires");
        cases.fires(execution(&json!(null)), &["/pipelineConfigId"]);
        cases.fires(with(Lookup::Missing), &["/pipelineConfigId"]);
        cases.fires(with(found(&json!({"id": "P1", "application": "other"}))), &["/pipelineConfigId"]);

        cases.about("a disabled pipeline warns");
        let disabled = json!({"id": "P1", "application": "shop", "disabled": true});
        cases.warns(with(found(&disabled)), &["/pipelineConfigId"]);

        cases.about("a saved pipeline passes, whatever the case of its application, and so does staging");
        cases.quiet(with(found(&json!({"id": "P1", "application": "SHOP"}))));
        let mut staging = execution(&json!(null));
        staging["stages"][0]["context"]["account"] = json!("staging");
        cases.quiet(staging);

        cases.about("a source that fails is inconclusive");
        cases.inconclusive(with(Lookup::Unavailable("Front50 answers 500".into())));
        cases
    }
}
