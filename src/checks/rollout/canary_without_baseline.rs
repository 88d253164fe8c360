//! `canary-without-baseline`.

use crate::analysis::canary;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;
use crate::document::value::Value;
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// A canary before a production rollout is compared with a baseline: every scope has a control that differs from the experiment in
    /// name, place or time (`baselineAnalysisOffsetInMins`), and if the stage deploys the experiment itself, it deploys a control with
    /// it. Scopes by expression are a warning: only the running execution knows what they compare.
    ///
    /// # Why it matters
    /// An experiment that is compared with itself always scores well.
    ///
    /// # Remedy
    /// Deploy a baseline of the version that runs in production next to the canary, and use it as the control of the scope.
    id: "canary-without-baseline",
    summary: "a canary is compared with itself or has no control",
    family: Family::Rollout,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: ["deployment-without-control", "scope-without-control", "same-scope", "scope-expression"],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm4],
    since: "0.1.0",
}

const REMEDY: &str = "compare the canary with a baseline of the version that runs in production";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for (index, stage) in guards(context, report) {
        if stage.effective_type() != "kayentaCanary" {
            continue;
        }
        for (place, detector, what) in problems(stage) {
            let message = format!("{} {what}", stage_label(stage));
            let finding = Finding::at(place, message, REMEDY).detector(detector).stage(index);
            report.finding(if detector == OPEN { finding.only_warns() } else { finding });
        }
    }
}

const OPEN: &str = "scope-expression";

/// Deployments and scopes without a baseline: place, detector, and the end of a sentence that begins with the stage.
fn problems<'d>(stage: &Stage<'d>) -> Vec<(Value<'d>, &'static str, &'static str)> {
    if let Some(deployments) = stage.setting("deployments").filter(|deployments| deployments.is_object()) {
        return deployments
            .list("serverGroupPairs")
            .filter(|pair| pair.get("control").is_none_or(Value::is_blank))
            .map(|pair| (pair, "deployment-without-control", "deploys an experiment without a control"))
            .collect();
    }
    let Some(config) = canary::config(stage).or_else(|| stage.setting("canaryConfig")) else { return Vec::new() };
    if let Some(scopes) = config.get("scopes").filter(|scopes| is_open(*scopes)) {
        return vec![(scopes, OPEN, "has scopes by expression, so what it compares is not known")];
    }
    let offset = config.get("baselineAnalysisOffsetInMins");
    let is_at_another_time =
        offset.is_some_and(|offset| is_open(offset) || offset.as_f64().is_some_and(|minutes| minutes != 0.0));
    config.list("scopes").filter_map(|scope| of_scope(scope, is_at_another_time)).collect()
}

fn is_open(value: Value<'_>) -> bool {
    value.as_str().is_some_and(|text| is_expression(&text))
}

fn of_scope(scope: Value<'_>, is_at_another_time: bool) -> Option<(Value<'_>, &'static str, &'static str)> {
    let text = |key: &str| scope.str(key).map(|text| text.trim().to_owned()).unwrap_or_default();
    let compared = ["controlScope", "experimentScope", "controlLocation", "experimentLocation"];
    if is_open(scope) || compared.iter().filter_map(|key| scope.get(key)).any(is_open) {
        return Some((scope, OPEN, "has a scope by expression, so what it compares is not known"));
    }
    if text("controlScope").is_empty() {
        return Some((scope, "scope-without-control", "has a scope without a control"));
    }
    let is_same =
        text("controlScope") == text("experimentScope") && text("controlLocation") == text("experimentLocation");
    (is_same && !is_at_another_time).then_some((scope, "same-scope", "compares the experiment with itself"))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;
    use crate::checks::testing::releases::release;

    fn scope(scope: &Json) -> Json {
        release(json!({"canaryConfig": {"scopes": [scope]}}))
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a canary without anything to compare with fires");
        cases.fires(scope(&json!({"experimentScope": "shop-canary"})), &["/stages/0/canaryConfig/scopes/0"]);
        cases.fires(scope(
                &json!({"controlScope": "shop", "experimentScope": "shop", "controlLocation": "eu", "experimentLocation": "eu"}),
            ),
            &["/stages/0/canaryConfig/scopes/0"],
        );
        cases.fires(
            release(json!({"deployments": {"serverGroupPairs": [{"experiment": {"account": "prod"}}]}})),
            &["/stages/0/deployments/serverGroupPairs/0"],
        );

        cases.about("one with a baseline stays quiet");
        cases.quiet(scope(&json!({"controlScope": "shop-baseline", "experimentScope": "shop-canary"})));
        cases.quiet(scope(
                &json!({"controlScope": "shop", "experimentScope": "shop", "controlLocation": "eu", "experimentLocation": "us"}),
            ),
        );
        cases.quiet(release(json!({"canaryConfig": {"baselineAnalysisOffsetInMins": 60, "scopes": [
            {"controlScope": "shop", "experimentScope": "shop"}]}})));

        cases.about("one by expression warns");
        let place = "/stages/0/canaryConfig/scopes/0";
        cases.warns(scope(&json!({"controlScope": "${a}", "experimentScope": "${b}"})), &[place]);
        cases.warns(release(json!({"canaryConfig": {"scopes": "${a}"}})), &["/stages/0/canaryConfig/scopes"]);
        cases.quiet(release(
                json!({"deployments": {"serverGroupPairs": [{"control": {"account": "prod"}, "experiment": {"account": "prod"}}]}}),
            ),
        );
        cases
    }
}
