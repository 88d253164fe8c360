//! `canary-without-baseline`.

use crate::checks::api::{Context, Enforced, Family, Report, declare_check, named};
use crate::checks::rollout::canary_not_gating::guards;
use crate::document::value::Value;
use crate::meta::{Finding, Severity};

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
    needs: &[],
    options: &[],
    controls: &["pci-dss-4.0:6.5.1", "sox-itgc:change-management", "nist-800-53:CM-4"],
    since: "0.1.0",
    run: run,
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for (index, stage) in guards(context, report) {
        if stage.effective_type() != "kayentaCanary" {
            continue;
        }
        let wrong = |place: Value<'d>, what: &str| {
            Finding::at(
                place,
                format!("{} {what}", named(stage)),
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
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::rollout::canary_not_gating::testing::pipeline;
    use crate::checks::testing::{fires, stays_quiet};

    fn scope(scope: &Json) -> Json {
        pipeline(json!({"canaryConfig": {"scopes": [scope]}}))
    }

    #[test]
    fn a_canary_without_anything_to_compare_with_fires() {
        fires(&CHECK, scope(&json!({"experimentScope": "shop-canary"})), &["/stages/0/canaryConfig/scopes/0"]);
        fires(
            &CHECK,
            scope(
                &json!({"controlScope": "shop", "experimentScope": "shop", "controlLocation": "eu", "experimentLocation": "eu"}),
            ),
            &["/stages/0/canaryConfig/scopes/0"],
        );
        fires(
            &CHECK,
            pipeline(json!({"deployments": {"serverGroupPairs": [{"experiment": {"account": "prod"}}]}})),
            &["/stages/0/deployments/serverGroupPairs/0"],
        );
    }

    #[test]
    fn one_with_a_baseline_stays_quiet() {
        stays_quiet(&CHECK, scope(&json!({"controlScope": "shop-baseline", "experimentScope": "shop-canary"})));
        stays_quiet(
            &CHECK,
            scope(
                &json!({"controlScope": "shop", "experimentScope": "shop", "controlLocation": "eu", "experimentLocation": "us"}),
            ),
        );
        stays_quiet(&CHECK, scope(&json!({"controlScope": "${a}", "experimentScope": "${b}"})));
        stays_quiet(
            &CHECK,
            scope(&json!({"controlScope": "shop", "experimentScope": "shop", "extendedScopeParams": {"arm": "x"}})),
        );
        stays_quiet(
            &CHECK,
            pipeline(
                json!({"deployments": {"serverGroupPairs": [{"control": {"account": "prod"}, "experiment": {"account": "prod"}}]}}),
            ),
        );
    }
}
