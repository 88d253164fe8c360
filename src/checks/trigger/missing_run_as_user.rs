//! `missing-run-as-user`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::document::value::{Flag, Value};

use crate::policy::triggers::Permission;

declare_check! {
    /// # What it checks
    /// Every trigger of a saved production pipeline that is switched on says as which service account it runs (`runAsUser`), or the
    /// pipeline has `roles`, from which Orca makes one when it is saved.
    ///
    /// # Why it matters
    /// A trigger without `runAsUser` starts the pipeline as `anonymous`: with Fiat it may do nothing it should, or everything it
    /// should not, and the audit trail names nobody. The gate then fails the release as `untrusted-principal`; this check says so
    /// before.
    ///
    /// # Remedy
    /// Set `roles` on the pipeline, or `runAsUser` on the trigger. A Spinnaker without Fiat sets
    /// `triggers.unknownPrincipal: allow`.
    id: "missing-run-as-user",
    summary: "a trigger starts the production release as nobody in particular",
    family: Family::Trigger,
    severity: Severity::Medium,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_2_1, Control::SoxAccess, Control::NistIa2, Control::HipaaUniqueUser],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let triggers = enabled_triggers(context, report);
    if context.policy.triggers.unknown_principal == Permission::Allow {
        return report.not_applicable("the policy lets anonymous starts through");
    }
    let has_roles =
        context.input.pipeline.as_ref().is_some_and(|pipeline| pipeline.value.list("roles").next().is_some());
    for trigger in triggers {
        let kind = trigger.str("type").unwrap_or_default();
        let is_named = trigger.get("runAsUser").is_some_and(|user| !user.is_blank());
        if is_named || has_roles {
            continue;
        }
        let message =
            format!("the {} trigger starts this production release as nobody in particular", sanitize(&kind, 30));
        report.finding(Finding::at(trigger, message, "set roles on the pipeline, or runAsUser on the trigger"));
    }
}

/// The triggers of a saved production pipeline that are switched on. `enabled` is a boolean or its text; anything else is off
/// (`echo-model/…/Trigger.java`).
pub(super) fn enabled_triggers<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) -> Vec<Value<'d>> {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| !pipeline.is_execution) else {
        report.not_applicable("only a saved pipeline lists its triggers");
        return Vec::new();
    };
    if context.production().is_untouched() {
        report.not_applicable("nothing here is known to change production");
        return Vec::new();
    }
    pipeline.value.list("triggers").filter(|trigger| trigger.flag_at("enabled") == Flag::On).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Case, Cases};

    fn pipeline(trigger: &Json) -> Json {
        json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}], "triggers": [trigger]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a trigger that runs as nobody fires");
        cases.fires(pipeline(&json!({"type": "git", "enabled": true})), &["/triggers/0"]);
        cases.fires(pipeline(&json!({"type": "cron", "enabled": "TRUE", "runAsUser": ""})), &["/triggers/0"]);

        cases.about("named roles and switched off ones stay quiet");
        cases.quiet(pipeline(&json!({"type": "git", "enabled": true, "runAsUser": "x@managed-service-account"})));
        cases.quiet(pipeline(&json!({"type": "git"})));
        cases.quiet(pipeline(&json!({"type": "git", "enabled": "yes"})));
        let mut roles = pipeline(&json!({"type": "git", "enabled": true}));
        roles["roles"] = json!(["shop-team"]);
        cases.quiet(roles);
        let mut open: Case = pipeline(&json!({"type": "git", "enabled": true})).into();
        open.policy.triggers.unknown_principal = Permission::Allow;
        cases.quiet(open);
        cases.quiet(json!({"application": "shop", "stages": [{"type": "deploy", "account": "staging"}], "triggers": [{"type": "git", "enabled": true}]}),
        );
        cases
    }
}
