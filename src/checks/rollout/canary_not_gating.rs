//! `canary-not-gating`.

use crate::analysis::production::child::has_thresholds;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;
use crate::document::Kind;
use crate::document::value::Value;
use crate::spinnaker::holding::{Loose, Way, ended_without_judging, holds, loose};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// A canary analysis before a production rollout can stop it: the release does not continue after a failed analysis
    /// (`continuePipeline`, `markSuccessfulOnTimeout`), the analysis is not skipped by an expression (`stageEnabled`), manually
    /// (`manualSkip`) or when it starts late (`startTimeExpiry`), and its score thresholds are numbers above zero. In an execution, an
    /// analysis that was skipped, or that failed and was let go on, judged nothing. Without thresholds Orca uses 75 and 50, which can stop a rollout.
    ///
    /// # Why it matters
    /// `continuePipeline` turns a failed analysis into a passed one, and with a threshold that is null or zero every score passes
    /// (`MonitorKayentaCanaryTask.kt`). Such a canary is shown in Deck but controls nothing.
    ///
    /// # Remedy
    /// Remove the setting, or set `pass` and `marginal` in `scoreThresholds` to numbers above zero.
    id: "canary-not-gating",
    summary: "a canary analysis cannot stop the rollout behind it",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [],
    detectors: [
        "continue-pipeline", "mark-successful-on-timeout", "manual-skip", "stage-enabled", "start-time-expiry", "skipped", "went-on",
        "pass-threshold", "marginal-threshold"
    ],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm4],
    since: "0.1.0",
}

/// Score thresholds, with their detectors.
const THRESHOLDS: [(&str, &str); 2] = [("pass", "pass-threshold"), ("marginal", "marginal-threshold")];

/// A setting with which a canary cannot stop a rollout.
struct Problem<'d> {
    place: Value<'d>,
    detector: &'static str,
    /// Ends the message.
    effect: String,
    remedy: String,
    /// Only the running execution decides whether it applies: the setting is an expression.
    is_expression: bool,
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let guards = guards(context, report);
    // If every rollout also waits for a canary that can stop it, one that cannot is only a warning.
    let gating: Vec<usize> = guards.iter().filter(|(_, stage)| stops(stage)).map(|(index, _)| *index).collect();
    let behind = pipeline.graph.descendants(&gating);
    let is_guarded = context.production().rollouts().all(|change| behind.get(change.stage).copied().unwrap_or(false));
    for (index, stage) in guards {
        for problem in problems(pipeline, index, stage) {
            let message = format!("{} cannot stop the rollout: {}", stage_label(stage), problem.effect);
            let finding = Finding::at(problem.place, message, problem.remedy).detector(problem.detector).stage(index);
            if is_guarded {
                report.finding(finding.only_warns());
            } else if problem.is_expression {
                report.unsettled(context, finding);
            } else {
                report.finding(finding);
            }
        }
    }
}

/// Whether a canary certainly stops the stages that wait for it.
fn stops(stage: &Stage<'_>) -> bool {
    holds(stage) && has_thresholds(stage)
}

fn problems<'d>(pipeline: &Pipeline<'d>, index: usize, stage: &Stage<'d>) -> Vec<Problem<'d>> {
    let mut found: Vec<Problem<'d>> = loose(pipeline, index).iter().map(of_way).collect();
    found.extend(judged_nothing(stage));
    if stage.effective_type() == "kayentaCanary" {
        let thresholds = stage.settings.at(&["canaryConfig", "scoreThresholds"]);
        let all = THRESHOLDS.iter().filter_map(|(key, detector)| of_threshold(thresholds?.get(key)?, key, detector));
        found.extend(all);
    }
    found
}

fn of_way<'d>(loose: &Loose<'d>) -> Problem<'d> {
    let key = loose.way.setting();
    let effect = match loose.way {
        _ if loose.is_open => format!("`{key}` is an expression that may disable it"),
        Way::Continue => format!("`{key}` counts a failed analysis as passed"),
        Way::Timeout => format!("`{key}` counts an analysis that times out as passed"),
        Way::ManualSkip => format!("`{key}` skips the analysis"),
        Way::Condition => format!("`{key}` skips it when its expression is false or cannot be evaluated"),
        Way::Expiry => format!("`{key}` skips it when it starts late"),
    };
    let remedy = format!("remove `{key}` from the canary stage");
    Problem { place: loose.place, detector: loose.way.detector(), effect, remedy, is_expression: loose.is_open }
}

/// A canary that was skipped, or that failed and was let go on, judged nothing.
fn judged_nothing<'d>(stage: &Stage<'d>) -> Option<Problem<'d>> {
    let place = ended_without_judging(stage)?;
    let (effect, detector) = if place.is_str("SKIPPED") {
        ("it was skipped", "skipped")
    } else {
        ("it failed, and the release went on", "went-on")
    };
    let remedy = "start the release again, so that the canary judges it".to_owned();
    Some(Problem { place, detector, effect: effect.to_owned(), remedy, is_expression: false })
}

fn of_threshold<'d>(place: Value<'d>, key: &str, detector: &'static str) -> Option<Problem<'d>> {
    let is_expression = place.text().is_some_and(|text| text.contains("${"));
    let why = match (place.kind(), place.as_f64()) {
        _ if is_expression => "is an expression",
        (Kind::Null, _) => "is null, which Orca reads as 0",
        (_, None) => "is not a number",
        (_, Some(number)) if number <= 0.0 || number.is_nan() => "is not above zero",
        (_, Some(_)) => return None,
    };
    Some(Problem {
        place,
        detector,
        effect: format!("its {key} threshold {why}"),
        remedy: format!("set `scoreThresholds.{key}` of the canary stage to a number above zero"),
        is_expression,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn pipeline(key: &str, value: Json) -> Json {
        let mut document = json!({"stages": [
            {"refId": "1", "type": "kayentaCanary", "name": "Analysis", "canaryConfig": {"scoreThresholds": {"pass": "90", "marginal": 75}}},
            {"refId": "2", "type": "deployManifest", "name": "Roll out", "account": "prod", "requisiteStageRefIds": ["1"]},
        ]});
        document["stages"][0][key] = value;
        document
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a canary that lets everything through fires");
        cases.fires(pipeline("continuePipeline", json!("true")), &["/stages/0/continuePipeline"]);
        cases.fires(
            pipeline("stageEnabled", json!({"type": "expression", "expression": "false"})),
            &["/stages/0/stageEnabled"],
        );
        cases.fires(pipeline("startTimeExpiry", json!(1)), &["/stages/0/startTimeExpiry"]);
        cases.fires(pipeline("markSuccessfulOnTimeout", json!(true)), &["/stages/0/markSuccessfulOnTimeout"]);
        for status in ["SKIPPED", "FAILED_CONTINUE"] {
            let mut ended = pipeline("status", json!(status));
            ended["status"] = json!("RUNNING");
            cases.fires(ended, &["/stages/0/status"]);
        }
        for (threshold, value) in
            [("pass", json!(null)), ("pass", json!("high")), ("marginal", json!(0)), ("pass", json!("-1"))]
        {
            let mut document = pipeline("x", json!(1));
            document["stages"][0]["canaryConfig"]["scoreThresholds"][threshold] = value;
            cases.fires(document, &[&format!("/stages/0/canaryConfig/scoreThresholds/{threshold}")]);
        }

        cases.about("a canary that gates stays quiet");
        cases.quiet(pipeline("failPipeline", json!(false)));
        cases.quiet(pipeline("canaryConfig", json!({})));
        let mut aside = pipeline("continuePipeline", json!(true));
        aside["stages"][1]["requisiteStageRefIds"] = json!([]);
        cases.quiet(aside);
        cases.warns(pipeline("continuePipeline", json!("${x}")), &["/stages/0/continuePipeline"]);
        let mut running = pipeline("continuePipeline", json!("${x}"));
        running["status"] = json!("RUNNING");
        cases.inconclusive(running);
        cases
    }
}
