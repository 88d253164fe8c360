//! `pipeline-drift`.

use crate::analysis::drift::{Difference, differences};
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check, stage_label,
};
use crate::document::value::Value;
use crate::evidence::Lookup;

use crate::spinnaker::pipeline::Pipeline;

declare_check! {
    /// # What it checks
    /// The execution is the pipeline that is saved: the same stages in the same order, with the same settings. Compared is every
    /// version that was in force when the execution started or was saved since; it has to be one of them. Expressions are set aside,
    /// and what Orca itself writes into stages. Of a stage that has started only the settings are compared that Orca never writes.
    ///
    /// # Why it matters
    /// Whoever may start a pipeline can post a changed copy of it under the same id, and whoever has EXECUTE can change a stage of one
    /// that runs. What was reviewed and what runs are then two things with one name.
    ///
    /// # Remedy
    /// Save the change, have it reviewed, and start the pipeline again by its name.
    id: "pipeline-drift",
    summary: "the execution is not the pipeline that is saved",
    family: Family::Gate,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [Need::SavedPipeline, Need::PipelineHistory],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm3, Control::NistSi7, Control::Part11DocumentControl],
    since: "0.1.0",
}

/// The most findings that are told; a pipeline that has nothing in common with its execution needs no more.
const MOST: usize = 20;
const REMEDY: &str = "start the saved pipeline by its name; save and review the change first when it is meant";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return report.not_applicable("only an execution can differ from what is saved");
    };
    if context.production().is_untouched() && context.production().gates.is_empty() {
        return report.not_applicable("nothing here changes production, and there is no gate");
    }
    let saved = match context.evidence().saved_pipeline() {
        Lookup::Found(saved) => saved.root(),
        Lookup::NotConfigured => {
            return report.not_configured(
                context,
                "there is no source to ask for the saved pipeline: set --gate-url or --front50-url",
            );
        }
        Lookup::Missing => return report.not_applicable("there is no saved pipeline: see ad-hoc-execution"),
        Lookup::Unavailable(why) => return report.inconclusive(format!("the saved pipeline cannot be read: {why}")),
    };
    let mut nearest: Option<Vec<Difference>> = None;
    for version in versions(context, saved, pipeline.value) {
        let version = Pipeline::read(version, false);
        if let Some(doubt) = version.doubts.first() {
            return report.inconclusive(format!("the saved pipeline cannot be compared: {doubt}"));
        }
        let found = differences(pipeline, &version);
        if found.is_empty() {
            return;
        }
        if nearest.as_ref().is_none_or(|nearest| found.len() < nearest.len()) {
            nearest = Some(found);
        }
    }
    // Whatever the history holds, what is saved now is one of the versions; it was not it.
    if let Lookup::Unavailable(why) = context.evidence().pipeline_history() {
        return report.inconclusive(format!(
            "it is not what is saved now, and the saved pipeline's history cannot be read: {why}"
        ));
    }
    for difference in nearest.unwrap_or_default().into_iter().take(MOST) {
        let stage = difference.stage.and_then(|index| pipeline.stages.get(index));
        let (place, whose) = match stage {
            Some(stage) => (stage.value, stage_label(stage)),
            None => (pipeline.value.get("stages").unwrap_or(pipeline.value), "the execution".to_owned()),
        };
        report.finding(
            Finding::at(place, format!("{whose} {}", difference.what), REMEDY)
                .detector(difference.what)
                .stage(difference.stage),
        );
    }
}

/// What is saved now, what was saved since the execution started, and what was in force then.
fn versions<'e>(context: &'e Context<'_, '_>, saved: Value<'e>, execution: Value<'_>) -> Vec<Value<'e>> {
    let mut versions = vec![saved];
    let Lookup::Found(history) = context.evidence().pipeline_history() else { return versions };
    let started = ["buildTime", "startTime"].iter().find_map(|key| execution.get(key)?.as_f64());
    let mut known: Vec<(f64, Value<'_>)> =
        history.root().elements().map(|version| (saved_at(version).unwrap_or(f64::INFINITY), version)).collect();
    known.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    for (at, version) in known {
        versions.push(version);
        if started.is_some_and(|started| at <= started) {
            break;
        }
    }
    versions
}

/// When a version was saved, in milliseconds since 1970: `updateTs` is a text (`front50-core/…/model/pipeline/Pipeline.java`).
fn saved_at(version: Value<'_>) -> Option<f64> {
    ["updateTs", "lastModified"].iter().find_map(|key| {
        let value = version.get(key)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Case, Cases, is_inconclusive, run};
    use crate::document::Document;
    use crate::verdict::CheckOutcome;

    fn pipeline(account: &str, saved: u64) -> Json {
        json!({"id": "P1", "application": "shop", "updateTs": saved.to_string(), "stages": [
            {"refId": "1", "type": "plimsollGate", "alias": "preconfiguredJob", "name": "Gate"},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "deploy", "name": "Deploy", "account": account}]})
    }

    fn execution() -> Json {
        json!({"type": "PIPELINE", "id": "E1", "status": "RUNNING", "application": "shop", "pipelineConfigId": "P1", "buildTime": 100, "stages": [
            {"refId": "1", "type": "plimsollGate", "name": "Gate", "status": "RUNNING", "context": {"alias": "preconfiguredJob"}},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "deploy", "name": "Deploy", "status": "NOT_STARTED", "context": {"account": "prod"}}]})
    }

    fn case(saved: &Json, history: &Json) -> Case {
        let mut case: Case = execution().into();
        let found = |json: &Json| Lookup::Found(Document::json(json.to_string()).unwrap());
        case.evidence.saved = found(saved);
        case.evidence.history = found(history);
        case
    }

    #[test]
    fn what_is_not_known_is_not_passed() {
        assert_eq!(run(&check(), execution()).outcome, CheckOutcome::Skipped);
        let mut broken = case(&pipeline("staging", 50), &json!([]));
        broken.evidence.history = Lookup::Unavailable("Front50 answers 500".into());
        is_inconclusive(&check(), broken);
        let templated = json!({"id": "P1", "type": "templatedPipeline", "stages": []});
        is_inconclusive(&check(), case(&templated, &json!([])));
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what was not saved fires");
        cases.fires(case(&pipeline("staging", 50), &json!([pipeline("staging", 50)])), &["/stages/1"]);
        cases.fires(
            case(&pipeline("staging", 50), &json!([pipeline("staging", 50), pipeline("prod", 40)])),
            &["/stages/1"],
        );
        let mut longer = pipeline("prod", 50);
        longer["stages"].as_array_mut().unwrap().push(json!({"refId": "9", "type": "wait"}));
        cases.fires(case(&longer, &json!([])), &["/stages"]);
        let mut shorter = pipeline("prod", 50);
        shorter["stages"].as_array_mut().unwrap().pop();
        cases.fires(case(&shorter, &json!([])), &["/stages/1"]);

        cases.about("any version in force since the start stays quiet");
        cases.quiet(case(&pipeline("prod", 50), &json!([])));
        cases.quiet(case(&pipeline("staging", 150), &json!([pipeline("staging", 150), pipeline("prod", 50)])));
        cases.quiet(case(&pipeline("prod", 150), &json!([pipeline("prod", 150), pipeline("staging", 50)])));
        cases.quiet(case(&pipeline("${parameters.account}", 50), &json!([])));
        cases
    }
}
