//! `trigger-type-not-allowed`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};
use crate::checks::shared::triggers::enabled_triggers;
use crate::policy::triggers::{Permission, TypePermission};
use crate::spinnaker::principal::Start;
use crate::spinnaker::trigger::{Class, Trigger};

declare_check! {
    /// # What it checks
    /// The trigger at the root of the chain must be of a type that the policy lists under `triggers.types`, and must have the fields of
    /// an event of that type: a `git` trigger without repository, branch and commit was written by hand. By default every type that
    /// Spinnaker has or had is allowed, except `dryrun`. In a saved pipeline, every enabled trigger is checked.
    ///
    /// # Why it matters
    /// `trigger.type` is whatever the caller wrote: on Gate's routes for starting a pipeline, the request body becomes the trigger,
    /// type included. An unknown type, or an event without its fields, did not come from the system it names.
    ///
    /// # Remedy
    /// Start the release with a trigger type that the policy allows, or add the type to `triggers.types`.
    id: "trigger-type-not-allowed",
    summary: "a production release is started by a trigger type the policy does not allow",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm3],
    since: "0.1.0",
}

const REMEDY: &str = "use a trigger type that the policy allows, or add the type to triggers.types";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.input.pipeline.as_ref().is_some_and(|pipeline| !pipeline.is_execution) {
        return saved(context, report);
    }
    let Some(started) = production_start(context, report) else { return };
    let kind = started.kind();
    let (shown, through) = (sanitize(&kind, 40), &started.through);
    if is_denied(context, &kind) {
        let message = format!(
            "this production release was started{through} by a trigger of type {shown:?}, which the policy does not allow"
        );
        return report_start(context, report, message, REMEDY.into());
    }
    if started.by_trigger == Start::Automatic && !is_shaped(&kind, started.trigger) {
        let message = format!(
            "this production release was started{through} by a trigger that claims to be {shown:?} but lacks that event's fields, so it was forged or sent by hand"
        );
        let remedy = "start the release with the event itself, not with a request that imitates it";
        report_start(context, report, message, remedy.into());
    }
}

fn is_denied(context: &Context<'_, '_>, kind: &str) -> bool {
    context.policy.triggers.of_type(kind) == TypePermission::All(Permission::Deny)
}

/// Whether a trigger has the keys by which Orca recognises an event of its type (`TriggerDeserializer.kt`).
fn is_shaped(kind: &str, trigger: Trigger<'_>) -> bool {
    match kind.to_ascii_lowercase().as_str() {
        "git" => trigger.class == Class::Git,
        "docker" => trigger.class == Class::Docker,
        "jenkins" => trigger.class == Class::Jenkins,
        _ => true,
    }
}

fn saved<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for trigger in enabled_triggers(context, report) {
        let kind = Trigger::read(trigger).kind();
        if is_denied(context, &kind) {
            let message = format!(
                "this production release is started by a trigger of type {:?}, which the policy does not allow",
                sanitize(&kind, 40)
            );
            report.finding(Finding::at(trigger, message, REMEDY));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent};
    use crate::checks::testing::{Case, Cases};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("unknown types and forged events fire");
        cases.fires(execution(SERVICE, json!({"type": "carrier-pigeon"})), &["/trigger"]);
        cases.fires(execution(SERVICE, json!({"type": "dryrun"})), &["/trigger"]);
        cases.fires(execution(SERVICE, json!({"type": "git"})), &["/trigger"]);
        cases.fires(
            execution(
                SERVICE,
                json!({"type": "git", "source": "github", "project": "a", "slug": "b", "branch": "main"}),
            ),
            &["/trigger"],
        );
        cases.fires(execution(SERVICE, json!({"type": "docker", "repository": "a/b"})), &["/trigger"]);
        cases.fires(with_parent(execution(SERVICE, json!({"type": "carrier-pigeon"}))), &["/trigger"]);
        let mut denied: Case = execution(SERVICE, json!({"type": "cron"})).into();
        denied.policy.triggers.types.insert("cron".into(), TypePermission::All(Permission::Deny));
        cases.fires(denied, &["/trigger"]);
        let pipeline = json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}],
            "triggers": [{"type": "git", "enabled": true}, {"type": "smoke", "enabled": true}, {"type": "smoke", "enabled": false}]});
        cases.fires(pipeline, &["/triggers/1"]);

        cases.about("known types pass");
        cases.quiet(execution(SERVICE, git("git")));
        cases.quiet(execution(SERVICE, git("manual")));
        for kind in ["cron", "webhook", "pubsub", "travis", "wercker", "concourse", "helm", "plugin", "manual", "CRON"]
        {
            cases.quiet(execution(SERVICE, json!({"type": kind})));
        }
        let mut staging = execution(SERVICE, json!({"type": "carrier-pigeon"}));
        staging["stages"][0]["context"]["account"] = json!("staging");
        cases.quiet(staging);
        cases
    }
}
