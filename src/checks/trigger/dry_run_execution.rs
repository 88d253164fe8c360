//! `dry-run-execution`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};
use crate::checks::shared::triggers::enabled_triggers;
use crate::document::value::{Flag, Value};

declare_check! {
    /// # What it checks
    /// An execution that changes production does not call itself a dry run (`trigger.dryRun`), and neither does the one at the root of
    /// its chain. A saved pipeline's trigger that starts dry runs is a warning.
    ///
    /// # Why it matters
    /// Orca runs a "dry run" for real unless `dryrun.enabled` is set (seen on a running Orca), and where it is set, Run Job stages are
    /// replaced: the gate would not run at all. So a dry run proves nothing either way, and is judged as any other release.
    ///
    /// # Remedy
    /// Start the release without `dryRun`.
    id: "dry-run-execution",
    summary: "a production release calls itself a dry run",
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
        for trigger in enabled_triggers(context, report) {
            if is_dry(trigger) {
                report.finding(
                    Finding::at(
                        trigger,
                        "this trigger starts dry runs, which Orca runs for real unless told otherwise",
                        "take dryRun out of the trigger",
                    )
                    .only_warns(),
                );
            }
        }
        return;
    }
    let own = pipeline.value.get("trigger").filter(|trigger| is_dry(*trigger));
    let Some(started) = production_start(context, report) else { return };
    let root = started.trigger.filter(|trigger| is_dry(trigger.value));
    if own.is_none() && root.is_none() {
        return;
    }
    let whose = if own.is_some() { "" } else { &started.through };
    let message = format!(
        "this production release was started{whose} as a dry run, which proves nothing: Orca runs it for real unless told otherwise"
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

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a dry run fires wherever it is said");
        for said in [json!(true), json!("true")] {
            let mut trigger = git("git");
            trigger["dryRun"] = said;
            cases.fires(execution(SERVICE, trigger.clone()), &["/trigger"]);
            cases.fires(with_parent(execution(SERVICE, trigger)), &["/trigger"]);
        }
        cases.warns(
            json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}],
            "triggers": [{"type": "git", "enabled": true, "dryRun": true}]}),
            &["/triggers/0"],
        );

        cases.about("the flag that is always there stays quiet");
        let mut trigger = git("git");
        trigger["dryRun"] = json!(false);
        cases.quiet(execution(SERVICE, trigger));
        let mut staging = execution(SERVICE, json!({"type": "manual", "dryRun": true}));
        staging["stages"][0]["context"]["account"] = json!("staging");
        cases.quiet(staging);
        cases
    }
}
