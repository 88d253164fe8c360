//! `canary-not-gating`.

use crate::analysis::production::child::{can_stop, has_thresholds};
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;
use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::meta::Mode;
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage::is_conditional;

declare_check! {
    /// # What it checks
    /// A canary analysis that stands before a production rollout can stop it: it does not go on after a failure
    /// (`continuePipeline`), is not skipped by an expression (`stageEnabled`) or by hand (`manualSkip`), and its score thresholds are
    /// numbers above zero. Thresholds that are left out are Orca's own, 75 and 50, which gate.
    ///
    /// # Why it matters
    /// `continuePipeline` turns a failed analysis into a passed one, and a threshold that is null or zero lets every score through
    /// (`MonitorKayentaCanaryTask.kt`). The canary is then a picture in Deck and no control.
    ///
    /// # Remedy
    /// Take the setting out, or give `scoreThresholds` a `pass` and a `marginal` above zero.
    id: "canary-not-gating",
    summary: "a canary analysis cannot stop the rollout behind it",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm4],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let guards = guards(context, report);
    // Where every rollout waits for a canary that does stop it, another that does not is a warning.
    let gating: Vec<usize> = guards.iter().filter(|(_, stage)| stops(stage)).map(|(index, _)| *index).collect();
    let behind = pipeline.graph.descendants(&gating);
    let is_guarded = context.production().rollouts().all(|change| behind.get(change.stage).copied().unwrap_or(false));
    for (index, stage) in guards {
        let before = report.findings.len();
        let told = report.inconclusive.len();
        one(context, stage, index, report);
        if is_guarded {
            report.inconclusive.truncate(told);
            for finding in report.findings.iter_mut().skip(before) {
                finding.at_most = finding.at_most.min(Mode::Warn);
            }
        }
    }
}

/// Whether a canary surely stops what waits for it.
fn stops(stage: &Stage<'_>) -> bool {
    can_stop(stage) && has_thresholds(stage)
}

fn one<'d>(context: &Context<'_, 'd>, stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let canary = stage_label(stage);
    let finding = |place: Value<'d>, what: &str, effect: &str| {
        Finding::at(
            place,
            format!("{canary} cannot stop the rollout: {effect}"),
            format!("mend {what} of the canary stage"),
        )
        .detector(what.to_owned())
        .stage(index)
    };
    for (key, effect) in
        [("continuePipeline", "a failed analysis counts as passed"), ("manualSkip", "the analysis is skipped")]
    {
        let Some(place) = stage.setting(key) else { continue };
        match place.flag() {
            Flag::On => report.finding(finding(place, key, effect)),
            Flag::Expression => report.unsettled(context, finding(place, key, "an expression may switch it off")),
            Flag::Off | Flag::Other => {}
        }
    }
    if let Some(place) = stage.setting("stageEnabled").filter(|value| is_conditional(*value)) {
        report.finding(finding(
            place,
            "stageEnabled",
            "it is skipped where the expression is false or cannot be evaluated",
        ));
    }
    if stage.effective_type() != "kayentaCanary" {
        return;
    }
    let Some(thresholds) = stage.settings.at(&["canaryConfig", "scoreThresholds"]) else { return };
    for key in ["pass", "marginal"] {
        let Some(place) = thresholds.get(key) else { continue };
        if place.text().is_some_and(|text| text.contains("${")) {
            report.unsettled(
                context,
                finding(place, "scoreThresholds", &format!("its {key} threshold is an expression")),
            );
            continue;
        }
        let lets_through = match place.kind() {
            Kind::Null => Some("is null, which Orca reads as 0"),
            _ => match place.as_f64() {
                None => Some("is not a number"),
                Some(number) if number <= 0.0 || number.is_nan() => Some("is zero or below"),
                Some(_) => None,
            },
        };
        if let Some(why) = lets_through {
            report.finding(
                finding(place, "scoreThresholds", &format!("its {key} threshold {why}"))
                    .detector(format!("scoreThresholds.{key}")),
            );
        }
    }
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
