//! `canary-without-baseline`.

use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;
use crate::document::value::Value;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// A canary before a production rollout is compared with a baseline: every scope has a control that differs from the experiment,
    /// and if the stage deploys the experiment itself, it deploys a control with it.
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
    detectors: ["deployment-without-control", "scope-without-control", "same-scope"],
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
            report.finding(Finding::at(place, message, REMEDY).detector(detector).stage(index));
        }
    }
}

/// Deployments and scopes without a baseline: place, detector, and the end of a sentence that begins with the stage.
fn problems<'d>(stage: &Stage<'d>) -> Vec<(Value<'d>, &'static str, &'static str)> {
    if let Some(deployments) = stage.setting("deployments").filter(|deployments| deployments.is_object()) {
        return deployments
            .list("serverGroupPairs")
            .filter(|pair| pair.get("control").is_none_or(Value::is_blank))
            .map(|pair| (pair, "deployment-without-control", "deploys an experiment without a control"))
            .collect();
    }
    let scopes = stage.setting("canaryConfig").into_iter().flat_map(|config| config.list("scopes"));
    scopes.filter_map(of_scope).collect()
}

fn of_scope(scope: Value<'_>) -> Option<(Value<'_>, &'static str, &'static str)> {
    let text = |key: &str| scope.str(key).map(|text| text.trim().to_owned()).unwrap_or_default();
    if text("controlScope").is_empty() {
        return Some((scope, "scope-without-control", "has a scope without a control"));
    }
    let is_same = text("controlScope") == text("experimentScope")
        && text("controlLocation") == text("experimentLocation")
        && !has_parameters(scope);
    is_same.then_some((scope, "same-scope", "compares the experiment with itself"))
}

/// Scopes of some metric stores distinguish control and experiment by further parameters.
fn has_parameters(scope: Value<'_>) -> bool {
    scope.get("extendedScopeParams").is_some_and(|parameters| parameters.entries().next().is_some())
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
        cases.quiet(scope(&json!({"controlScope": "${a}", "experimentScope": "${b}"})));
        cases.quiet(scope(
            &json!({"controlScope": "shop", "experimentScope": "shop", "extendedScopeParams": {"arm": "x"}}),
        ));
        cases.quiet(release(
                json!({"deployments": {"serverGroupPairs": [{"control": {"account": "prod"}, "experiment": {"account": "prod"}}]}}),
            ),
        );
        cases
    }
}
