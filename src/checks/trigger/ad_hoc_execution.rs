//! `ad-hoc-execution`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check};
use crate::document::value::Flag;
use crate::evidence::Lookup;

declare_check! {
    /// # What it checks
    /// An execution that changes production came from a pipeline that is saved: Front50 knows the `pipelineConfigId`, and the pipeline
    /// belongs to the execution's application.
    ///
    /// # Why it matters
    /// Gate and Orca start any pipeline that is posted to them, saved or not, and any unknown id will do (seen on a running Orca). What
    /// was never saved was never reviewed, and nobody can read afterwards what it was.
    ///
    /// # Remedy
    /// Save the pipeline and start it by its name or id. Where Front50 answers and the pipeline was deleted meanwhile, save it again.
    id: "ad-hoc-execution",
    summary: "the execution did not come from a saved pipeline",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [Need::SavedPipeline],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm3, Control::Part11DocumentControl],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return report.not_applicable("only an execution can be started without a saved pipeline");
    };
    if context.production().is_untouched() {
        return report.not_applicable("nothing here is known to change production");
    }
    let id = pipeline.value.str("pipelineConfigId").filter(|id| !id.trim().is_empty());
    let place = pipeline.value.get("pipelineConfigId").unwrap_or(pipeline.value);
    let mut wrong = |message: String| {
        let finding = Finding::at(place, message, "save the pipeline, and start it by its name or id");
        if context.production().settled().next().is_some() {
            report.finding(finding);
        } else {
            report.unsettled(context, finding);
        }
    };
    let Some(id) = id else { return wrong("the execution names no saved pipeline that it came from".into()) };
    let id = sanitize(&id, 80);
    match context.evidence().saved_pipeline() {
        Lookup::Missing => wrong(format!("no saved pipeline has the id {id:?} that the execution says it came from")),
        Lookup::NotConfigured => report.not_configured(
            context,
            "there is no source to ask for the saved pipeline: set --gate-url or --front50-url",
        ),
        Lookup::Unavailable(why) => report.inconclusive(format!("the saved pipeline cannot be read: {why}")),
        Lookup::Found(saved) => {
            let home = saved.root().str("application").unwrap_or_default();
            let own = pipeline.application().unwrap_or_default();
            if !home.eq_ignore_ascii_case(&own) {
                wrong(format!(
                    "the saved pipeline {id:?} belongs to the application {:?} and not to this one",
                    sanitize(&home, 60)
                ));
            } else if saved.root().flag_at("disabled") == Flag::On {
                // It may have been switched off after this execution started.
                let message = format!("the saved pipeline {id:?} is switched off by now, and Orca starts none that is");
                report.finding(
                    Finding::at(place, message, "switch it on again, or cancel this execution")
                        .detector("disabled")
                        .only_warns(),
                );
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Case, Cases, is_inconclusive, run, stays_quiet, warns};
    use crate::document::Document;
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
    fn a_saved_one_stays_quiet_and_what_is_not_known_is_not_passed() {
        stays_quiet(&check(), with(found(&json!({"id": "P1", "application": "SHOP"}))));
        warns(
            &check(),
            with(found(&json!({"id": "P1", "application": "shop", "disabled": true}))),
            &["/pipelineConfigId"],
        );
        is_inconclusive(&check(), with(Lookup::Unavailable("Front50 answers 500".into())));
        assert_eq!(run(&check(), with(Lookup::NotConfigured)).outcome, CheckOutcome::Skipped);
        let mut staging = execution(&json!(null));
        staging["stages"][0]["context"]["account"] = json!("staging");
        stays_quiet(&check(), staging);
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what was never saved fires");
        cases.fires(execution(&json!(null)), &["/pipelineConfigId"]);
        cases.fires(with(Lookup::Missing), &["/pipelineConfigId"]);
        cases.fires(with(found(&json!({"id": "P1", "application": "other"}))), &["/pipelineConfigId"]);
        cases
    }
}
