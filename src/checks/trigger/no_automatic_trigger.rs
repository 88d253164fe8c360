//! `no-automatic-trigger`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::triggers::enabled_triggers;

declare_check! {
    /// # What it checks
    /// A saved production pipeline has a trigger that is switched on. A pipeline that only another one starts has none, and rightly:
    /// turn the check off where that is how it is meant.
    ///
    /// # Why it matters
    /// A pipeline without triggers is started by hand, by the API, or by another pipeline. Where it is by hand, what is released and
    /// when is up to whoever clicks.
    ///
    /// # Remedy
    /// Add a git trigger on the release branch, or start it through the API as a service account.
    id: "no-automatic-trigger",
    summary: "nothing starts the production pipeline by itself",
    family: Family::Trigger,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::SoxChangeManagement, Control::NistCm3],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let triggers = enabled_triggers(context, report);
    let Some(pipeline) =
        context.input.pipeline.as_ref().filter(|_| report.not_applicable.is_none() && triggers.is_empty())
    else {
        return;
    };
    let place = pipeline.value.get("triggers").unwrap_or(pipeline.value);
    report.finding(Finding::at(
        place,
        "no trigger that is switched on starts this production pipeline",
        "add a git trigger on the release branch, with a runAsUser",
    ));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::{fires, stays_quiet};

    #[test]
    fn a_pipeline_that_nothing_starts_fires() {
        let stages = json!([{"type": "deploy", "account": "prod"}]);
        fires(&check(), json!({"application": "shop", "stages": stages}), &[""]);
        fires(&check(), json!({"application": "shop", "stages": stages, "triggers": []}), &["/triggers"]);
        fires(
            &check(),
            json!({"application": "shop", "stages": stages, "triggers": [{"type": "git", "enabled": false}]}),
            &["/triggers"],
        );
    }

    #[test]
    fn what_something_starts_stays_quiet_and_so_does_what_is_not_production() {
        let stages = json!([{"type": "deploy", "account": "prod"}]);
        stays_quiet(
            &check(),
            json!({"application": "shop", "stages": stages, "triggers": [{"type": "pipeline", "enabled": true}]}),
        );
        stays_quiet(&check(), json!({"application": "shop", "stages": [{"type": "deploy", "account": "staging"}]}));
        stays_quiet(
            &check(),
            json!({"status": "RUNNING", "stages": [{"type": "deploy", "context": {"account": "prod"}}]}),
        );
    }
}
