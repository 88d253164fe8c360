//! `canary-not-gating`.

use crate::analysis::production::child::{can_stop, has_thresholds};
use crate::checks::api::{Context, Enforced, Family, Report, declare_check, named};
use crate::checks::gate::gate_neutralised::is_conditional;
use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::meta::{Finding, Mode, Severity};
use crate::spinnaker::stage::Stage;

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
    needs: &[],
    options: &[],
    controls: &["pci-dss-4.0:6.5.1", "sox-itgc:change-management", "nist-800-53:CM-4"],
    since: "0.1.0",
    run: run,
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.subject.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let guards = guards(context, report);
    // Where every rollout waits for a canary that does stop it, another that does not is a warning.
    let gating: Vec<usize> = guards.iter().filter(|(_, stage)| stops(stage)).map(|(index, _)| *index).collect();
    let behind = pipeline.graph.descendants(&gating);
    let is_guarded = context.production.rollouts().all(|change| behind.get(change.stage).copied().unwrap_or(false));
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

/// The canaries that a production rollout waits for; says why the check does not apply when there is none.
pub(crate) fn guards<'a, 'd>(context: &'a Context<'_, 'd>, report: &mut Report<'d>) -> Vec<(usize, &'a Stage<'d>)> {
    let Some(pipeline) = context.subject.pipeline.as_ref() else {
        report.not_applicable("the document has no stages");
        return Vec::new();
    };
    let rollouts: Vec<usize> = context.production.rollouts().map(|change| change.stage).collect();
    let before = pipeline.graph.ancestors(&rollouts);
    let found: Vec<(usize, &Stage<'d>)> = context
        .production
        .canaries
        .clone()
        .into_iter()
        .filter(|index| before.get(*index).copied().unwrap_or(false))
        .filter_map(|index| Some((index, pipeline.stages.get(index)?)))
        .collect();
    if found.is_empty() {
        report.not_applicable("there is no canary before a production rollout");
    }
    found
}

fn one<'d>(context: &Context<'_, 'd>, stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let canary = named(stage);
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
pub(crate) mod testing {
    use serde_json::{Value as Json, json};

    /// A canary with `settings` before a production rollout.
    pub(crate) fn pipeline(settings: Json) -> Json {
        let mut canary = settings;
        for (key, value) in [("refId", "1"), ("type", "kayentaCanary"), ("name", "Canary")] {
            canary[key] = json!(value);
        }
        json!({"application": "shop", "stages": [canary,
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "deploy", "name": "Roll out", "account": "prod"}]})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{fires, is_inconclusive, stays_quiet, warns};

    fn pipeline(key: &str, value: Json) -> Json {
        let mut document = json!({"stages": [
            {"refId": "1", "type": "kayentaCanary", "name": "Analysis", "canaryConfig": {"scoreThresholds": {"pass": "90", "marginal": 75}}},
            {"refId": "2", "type": "deployManifest", "name": "Roll out", "account": "prod", "requisiteStageRefIds": ["1"]},
        ]});
        document["stages"][0][key] = value;
        document
    }

    #[test]
    fn a_canary_that_lets_everything_through_fires() {
        fires(&CHECK, pipeline("continuePipeline", json!("true")), &["/stages/0/continuePipeline"]);
        fires(
            &CHECK,
            pipeline("stageEnabled", json!({"type": "expression", "expression": "false"})),
            &["/stages/0/stageEnabled"],
        );
        for (threshold, value) in
            [("pass", json!(null)), ("pass", json!("high")), ("marginal", json!(0)), ("pass", json!("-1"))]
        {
            let mut document = pipeline("x", json!(1));
            document["stages"][0]["canaryConfig"]["scoreThresholds"][threshold] = value;
            fires(&CHECK, document, &[&format!("/stages/0/canaryConfig/scoreThresholds/{threshold}")]);
        }
    }

    #[test]
    fn a_canary_that_gates_stays_quiet() {
        stays_quiet(&CHECK, pipeline("failPipeline", json!(false)));
        stays_quiet(&CHECK, pipeline("canaryConfig", json!({})));
        let mut aside = pipeline("continuePipeline", json!(true));
        aside["stages"][1]["requisiteStageRefIds"] = json!([]);
        stays_quiet(&CHECK, aside);
        warns(&CHECK, pipeline("continuePipeline", json!("${x}")), &["/stages/0/continuePipeline"]);
        let mut running = pipeline("continuePipeline", json!("${x}"));
        running["status"] = json!("RUNNING");
        is_inconclusive(&CHECK, running);
    }
}
