//! `no-automatic-trigger`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::triggers::enabled_triggers;

declare_check! {
    /// # What it checks
    /// A saved production pipeline must have an enabled trigger. A pipeline that is only ever started by another pipeline does not need
    /// one: turn the check off for it.
    ///
    /// # Why it matters
    /// A pipeline without triggers is started by hand, through the API, or by another pipeline. If it is started by hand, whoever
    /// clicks decides what is released and when.
    ///
    /// # Remedy
    /// Add a git trigger on the release branch, or start the pipeline through the API as a service account.
    id: "no-automatic-trigger",
    summary: "the production pipeline has no enabled trigger",
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
    let is_alone = report.not_applicable.is_none() && triggers.is_empty();
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|_| is_alone) else { return };
    report.finding(Finding::at(
        pipeline.value.get("triggers").unwrap_or(pipeline.value),
        "this production pipeline has no enabled trigger",
        "add a git trigger with a runAsUser on the release branch",
    ));
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a pipeline without an enabled trigger fires");
        let stages = json!([{"type": "deploy", "account": "prod"}]);
        cases.fires(json!({"application": "shop", "stages": stages}), &[""]);
        cases.fires(json!({"application": "shop", "stages": stages, "triggers": []}), &["/triggers"]);
        cases.fires(
            json!({"application": "shop", "stages": stages, "triggers": [{"type": "git", "enabled": false}]}),
            &["/triggers"],
        );

        cases.about("a pipeline with a trigger passes, and so do staging and executions");
        let stages = json!([{"type": "deploy", "account": "prod"}]);
        cases.quiet(
            json!({"application": "shop", "stages": stages, "triggers": [{"type": "pipeline", "enabled": true}]}),
        );
        cases.quiet(json!({"application": "shop", "stages": [{"type": "deploy", "account": "staging"}]}));
        cases.quiet(json!({"status": "RUNNING", "stages": [{"type": "deploy", "context": {"account": "prod"}}]}));
        cases
    }
}
