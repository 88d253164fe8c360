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
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a pipeline that nothing starts fires");
        let stages = json!([{"type": "deploy", "account": "prod"}]);
        cases.fires(json!({"application": "shop", "stages": stages}), &[""]);
        cases.fires(json!({"application": "shop", "stages": stages, "triggers": []}), &["/triggers"]);
        cases.fires(
            json!({"application": "shop", "stages": stages, "triggers": [{"type": "git", "enabled": false}]}),
            &["/triggers"],
        );

        cases.about("what something starts stays quiet and so does what is not production");
        let stages = json!([{"type": "deploy", "account": "prod"}]);
        cases.quiet(
            json!({"application": "shop", "stages": stages, "triggers": [{"type": "pipeline", "enabled": true}]}),
        );
        cases.quiet(json!({"application": "shop", "stages": [{"type": "deploy", "account": "staging"}]}));
        cases.quiet(json!({"status": "RUNNING", "stages": [{"type": "deploy", "context": {"account": "prod"}}]}));
        cases
    }
}
