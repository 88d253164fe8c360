//! `pipeline-drift`.

use crate::analysis::drift::{Difference, DifferenceKind, differences};
use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Available, Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check, stage_label,
};
use crate::document::inner::Inner;
use crate::document::value::Value;
use crate::evidence::Lookup;
use crate::spinnaker::pipeline::Pipeline;

declare_check! {
    /// # What it checks
    /// The execution matches its saved pipeline: the same stages in the same order, with the same settings. It is compared with every
    /// version that was in force when the execution started or was saved since, and must match one of them. Expressions are ignored,
    /// and so is what Orca writes into stages. For a stage that has started, only settings that Orca never writes are compared.
    ///
    /// # Why it matters
    /// Anyone who may start a pipeline can post a changed copy of it under the same id, and anyone with EXECUTE can change a stage of
    /// a running execution. Then what was reviewed is not what runs.
    ///
    /// # Remedy
    /// Save the change, have it reviewed, and start the pipeline again by its name.
    id: "pipeline-drift",
    summary: "the execution differs from its saved pipeline",
    family: Family::Gate,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [Need::SavedPipeline, Need::PipelineHistory],
    detectors: ["stage-added", "stage-missing", "setting-differs"],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm3, Control::NistSi7, Control::Part11Documents],
    since: "0.1.0",
}

/// The most findings that are reported: a pipeline that has nothing in common with its execution needs no more.
const MOST: usize = 20;
const REMEDY: &str = "start the saved pipeline by its name; if the change is intended, save and review it first";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return report.not_applicable("only an execution can differ from its saved pipeline");
    };
    if context.production().is_untouched() && context.production().gates.is_empty() {
        return report.not_applicable("no stage is known to change production or to be a gate");
    }
    let saved = match report.available(context, Need::SavedPipeline, context.evidence().saved_pipeline()) {
        Available::Found(saved) => saved.root(),
        Available::Missing => return report.not_applicable("the pipeline is not saved; see ad-hoc-execution"),
        Available::Reported => return,
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
    // The current version never matches here, but an older one that cannot be read might.
    if let Lookup::Unavailable(why) = context.evidence().pipeline_history() {
        return report.inconclusive(format!(
            "the execution differs from the current saved pipeline, and the pipeline's history could not be read: {why}"
        ));
    }
    for difference in nearest.unwrap_or_default().into_iter().take(MOST) {
        report.finding(finding(pipeline, &difference));
    }
}

fn finding<'d>(pipeline: &Pipeline<'d>, difference: &Difference) -> Finding<'d> {
    let stage = difference.stage.and_then(|index| pipeline.stages.get(index));
    let (place, subject) = match stage {
        Some(stage) => (stage.value, stage_label(stage)),
        None => (pipeline.value.get("stages").unwrap_or(pipeline.value), "the execution".to_owned()),
    };
    let (detector, what, inner) = match &difference.kind {
        DifferenceKind::StageAdded => ("stage-added", "is not in the saved pipeline".to_owned(), None),
        DifferenceKind::StageMissing(name) => {
            let name = sanitize(name, 80);
            ("stage-missing", format!("lacks stage {name:?} of the saved pipeline"), Some(name))
        }
        DifferenceKind::SettingDiffers(key) => {
            let key = sanitize(key, 60);
            ("setting-differs", format!("differs from the saved pipeline in `{key}`"), Some(key))
        }
    };
    Finding::at(place, format!("{subject} {what}"), REMEDY)
        .detector(detector)
        .inner(inner.map(Inner::step))
        .stage(difference.stage)
}

/// The current version, those that were saved since the execution started, and the one that was in force then.
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
