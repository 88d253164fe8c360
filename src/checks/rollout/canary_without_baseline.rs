//! `canary-without-baseline`.

use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;
use crate::document::value::Value;

declare_check! {
    /// # What it checks
    /// A canary before a production rollout compares with something: every scope names a control that is not the experiment itself, and
    /// deployments of its own have a control beside the experiment.
    ///
    /// # Why it matters
    /// An experiment that is compared with itself always scores well.
    ///
    /// # Remedy
    /// Deploy a baseline of the version that runs in production beside the canary, and name it as the control of the scope.
    id: "canary-without-baseline",
    summary: "a canary is compared with itself or with nothing",
    family: Family::Rollout,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm4],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for (index, stage) in guards(context, report) {
        if stage.effective_type() != "kayentaCanary" {
            continue;
        }
        let wrong = |place: Value<'d>, what: &str| {
            Finding::at(
                place,
                format!("{} {what}", stage_label(stage)),
                "compare the canary with a baseline of the version that runs in production",
            )
            .stage(index)
        };
        let deploys_itself = stage.setting("deployments").is_some_and(Value::is_object);
        for pair in
            stage.setting("deployments").into_iter().flat_map(|deployments| deployments.list("serverGroupPairs"))
        {
            if pair.get("control").is_none_or(Value::is_blank) {
                report.finding(wrong(pair, "deploys an experiment without a control beside it"));
            }
        }
        let scopes: Vec<Value<'d>> =
            stage.setting("canaryConfig").into_iter().flat_map(|config| config.list("scopes")).collect();
        for scope in scopes.into_iter().filter(|_| !deploys_itself) {
            let text = |key: &str| scope.str(key).map(|text| text.trim().to_owned()).unwrap_or_default();
            if text("controlScope").is_empty() {
                report.finding(wrong(scope, "has a scope without a control"));
            } else if text("controlScope") == text("experimentScope")
                && text("controlLocation") == text("experimentLocation")
                && same_parameters(scope)
            {
                report.finding(wrong(scope, "compares the experiment with itself"));
            }
        }
    }
}

/// Scopes of some metric stores tell the arms apart by further parameters; only without any are the arms the same for sure.
fn same_parameters(scope: Value<'_>) -> bool {
    scope.get("extendedScopeParams").is_none_or(|parameters| parameters.entries().next().is_none())
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
