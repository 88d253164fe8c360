//! `missing-run-as-user`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::triggers::enabled_triggers;
use crate::policy::triggers::Permission;
use crate::spinnaker::input::InputKind;

declare_check! {
    /// # What it checks
    /// Every enabled trigger of a saved production pipeline must name the service account it runs as (`runAsUser`), or the pipeline
    /// must have `roles`, from which Orca creates a managed service account when the pipeline is saved. Roles inside a template count
    /// for no pipeline that is made of it.
    ///
    /// # Why it matters
    /// A trigger without `runAsUser` starts the pipeline as `anonymous`: with Fiat it has either too few permissions or too many, and
    /// the audit trail does not name anyone. The gate then fails the release as `untrusted-principal`; this check reports it earlier.
    ///
    /// # Remedy
    /// Set `roles` on the pipeline, or `runAsUser` on the trigger. If your Spinnaker runs without Fiat, set
    /// `triggers.unknownPrincipal: allow`.
    id: "missing-run-as-user",
    summary: "a trigger starts the production release anonymously",
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
        return report.not_applicable("the policy allows anonymous starts (triggers.unknownPrincipal: allow)");
    }
    let is_template = context.input.kind == InputKind::Template;
    let saved = context.input.pipeline.as_ref().filter(|_| !is_template);
    let has_roles = saved.is_some_and(|pipeline| pipeline.value.list("roles").next().is_some());
    for trigger in triggers {
        let is_named = trigger.get("runAsUser").is_some_and(|user| !user.is_blank());
        if is_named || has_roles {
            continue;
        }
        let kind = trigger.str("type").unwrap_or_default();
        let message = format!("the {} trigger starts this production release anonymously", sanitize(&kind, 30));
        report.finding(Finding::at(trigger, message, "set roles on the pipeline, or runAsUser on the trigger"));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Case, Cases};

    fn pipeline(trigger: &Json) -> Json {
        json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}], "triggers": [trigger]})
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a trigger without runAsUser fires");
        cases.fires(pipeline(&json!({"type": "git", "enabled": true})), &["/triggers/0"]);
        cases.fires(pipeline(&json!({"type": "cron", "enabled": "TRUE", "runAsUser": ""})), &["/triggers/0"]);

        cases.about("a trigger with runAsUser, a pipeline with roles and a disabled trigger pass");
        cases.quiet(pipeline(&json!({"type": "git", "enabled": true, "runAsUser": "x@managed-service-account"})));
        cases.quiet(pipeline(&json!({"type": "git"})));
        cases.quiet(pipeline(&json!({"type": "git", "enabled": "yes"})));
        let mut roles = pipeline(&json!({"type": "git", "enabled": true}));
        roles["roles"] = json!(["shop-team"]);
        cases.quiet(roles);
        cases.about("roles inside a template make no service account");
        let inner = json!({"roles": ["shop-team"], "stages": [{"type": "deploy", "account": "prod"}], "triggers": [{"type": "git", "enabled": true}]});
        cases.fires(json!({"schema": "v2", "id": "t", "pipeline": inner}), &["/pipeline/triggers/0"]);
        let mut open: Case = pipeline(&json!({"type": "git", "enabled": true})).into();
        open.policy.triggers.unknown_principal = Permission::Allow;
        cases.quiet(open);
        cases.quiet(json!({"application": "shop", "stages": [{"type": "deploy", "account": "staging"}], "triggers": [{"type": "git", "enabled": true}]}),
        );
        cases
    }
}
