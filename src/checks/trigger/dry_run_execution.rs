//! `dry-run-execution`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};
use crate::checks::shared::triggers::enabled_triggers;
use crate::document::value::{Flag, Value};

declare_check! {
    /// # What it checks
    /// An execution that changes production must not be marked as a dry run (`trigger.dryRun`), and neither must the execution at the
    /// root of its chain. A trigger of a saved pipeline that starts dry runs is a warning.
    ///
    /// # Why it matters
    /// Orca runs a "dry run" for real unless `dryrun.enabled` is set. If it is set, Orca replaces Run Job stages, so the gate does not
    /// run at all. A dry run therefore proves nothing, and is judged like any other release.
    ///
    /// # Remedy
    /// Start the release without `dryRun`.
    id: "dry-run-execution",
    summary: "a production release is marked as a dry run",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start],
    evidence: [],
    detectors: [],
    controls: [Control::SoxChangeManagement, Control::NistCm3],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("only an execution or a pipeline has triggers");
    };
    if !pipeline.is_execution {
        for trigger in enabled_triggers(context, report).into_iter().filter(|trigger| is_dry(*trigger)) {
            let message = "this trigger starts dry runs, which Orca runs for real unless dryrun.enabled is set";
            report.finding(Finding::at(trigger, message, "remove dryRun from the trigger").only_warns());
        }
        return;
    }
    let is_dry_itself = pipeline.value.get("trigger").is_some_and(is_dry);
    let Some(started) = production_start(context, report) else { return };
    if !is_dry_itself && !is_dry(started.trigger.value) {
        return;
    }
    let through = if is_dry_itself { "" } else { &started.through };
    let message = format!(
        "this production release was started{through} as a dry run, which Orca runs for real unless dryrun.enabled is set"
    );
    report_start(context, report, message, "start the release without dryRun".into());
}

fn is_dry(trigger: Value<'_>) -> bool {
    matches!(trigger.flag_at("dryRun"), Flag::On | Flag::Expression)
        || trigger.get("type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("dryrun"))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a dry run fires, in the execution or at the root of its chain");
        for flag in [json!(true), json!("true")] {
            let mut trigger = git("git");
            trigger["dryRun"] = flag;
            cases.fires(execution(SERVICE, trigger.clone()), &["/trigger"]);
            cases.fires(with_parent(execution(SERVICE, trigger)), &["/trigger"]);
        }
        cases.warns(
            json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}],
            "triggers": [{"type": "git", "enabled": true, "dryRun": true}]}),
            &["/triggers/0"],
        );

        cases.about("dryRun: false passes, and so does a dry run of staging");
        let mut trigger = git("git");
        trigger["dryRun"] = json!(false);
        cases.quiet(execution(SERVICE, trigger));
        let mut staging = execution(SERVICE, json!({"type": "manual", "dryRun": true}));
        staging["stages"][0]["context"]["account"] = json!("staging");
        cases.quiet(staging);
        cases
    }
}
