//! `untrusted-principal`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Enforced, Family, Report, declare_check};
use crate::checks::trigger::manual_trigger::judge;
use crate::evidence::Need;
use crate::meta::Severity;
use crate::policy::triggers::Permission;
use crate::spinnaker::principal::{Principal, Start};

declare_check! {
    /// # What it checks
    /// An execution that changes production runs as a service account. Who it runs as is `authentication.user`, the one field that
    /// Gate authenticates. Nobody in particular (`anonymous`, or no user at all) is denied, and so is an automatic start that runs as
    /// a person. What a person starts by hand is `manual-trigger`'s to say. A child pipeline is judged by the root of its chain.
    ///
    /// # Why it matters
    /// A release that runs as nobody has nobody's permissions checked, and its audit trail ends at `anonymous`. A git webhook reaches
    /// Gate without authentication by default, so its `type` proves nothing.
    ///
    /// # Remedy
    /// Give the trigger a `runAsUser`, or the pipeline `roles`, so that it runs as a managed service account. Other names of service
    /// accounts are listed in `triggers.serviceAccounts`. Without Fiat every automatic start is anonymous: such a shop sets
    /// `triggers.unknownPrincipal: allow`.
    id: "untrusted-principal",
    summary: "a production release runs as nobody in particular, or automatically as a person",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    needs: &[Need::Accounts, Need::Parents],
    options: &[],
    controls: &["pci-dss-4.0:8.2.1", "sox-itgc:access", "nist-800-53:AC-3", "nist-800-53:IA-2", "hipaa-164.312:(a)(2)(i)"],
    since: "0.1.0",
    run: run,
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    judge(context, report, |started, context| {
        let triggers = &context.policy.triggers;
        let by_hand = matches!(started.start, Start::Manual | Start::Rerun);
        let (permission, who, remedy) = match &started.principal {
            Principal::Unknown if by_hand => (Permission::Deny, "nobody in particular".to_owned(), HAND),
            Principal::Unknown => (triggers.unknown_principal, "nobody in particular".to_owned(), NOBODY),
            Principal::Person(user) if !by_hand => {
                (triggers.person, format!("the person {:?}", sanitize(user, 80)), PERSON)
            }
            Principal::ServiceAccount(user) if by_hand => (
                triggers.manual_by_service_account,
                format!("the service account {:?}, by hand,", sanitize(user, 80)),
                API,
            ),
            Principal::Person(_) | Principal::ServiceAccount(_) => return None,
        };
        let of_type = triggers.of_cell(&started.kind(), |cells| match &started.principal {
            Principal::Unknown => cells.unknown,
            Principal::Person(_) => cells.person,
            Principal::ServiceAccount(_) => cells.service_account,
        });
        if of_type.unwrap_or(permission) == Permission::Allow {
            return None;
        }
        Some((format!("this production release runs as {who}{}", started.whose), remedy.to_owned()))
    });
}

const NOBODY: &str = "give the trigger a runAsUser (or the pipeline roles), so that it runs as a service account; without Fiat every automatic start is anonymous: then set triggers.unknownPrincipal: allow";
const HAND: &str =
    "let Gate authenticate who starts pipelines; a start by hand that nobody answers for is never allowed";
const PERSON: &str =
    "give the trigger a service account as runAsUser; list it in triggers.serviceAccounts when its name is your own";
const API: &str = "trigger it from git, or set triggers.manualByServiceAccount: allow";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::{Case, fires, stays_quiet};
    use crate::checks::trigger::manual_trigger::tests::{SERVICE, execution, git, with_parent};

    #[test]
    fn nobody_and_an_automatic_person_fire() {
        fires(&CHECK, execution("anonymous", git("git")), &["/trigger"]);
        fires(&CHECK, execution("[anonymous]", json!({"type": "cron", "cronExpression": "x"})), &["/trigger"]);
        fires(&CHECK, execution("", json!({"type": "manual", "user": SERVICE})), &["/trigger"]);
        fires(&CHECK, execution("bob@example.com", git("git")), &["/trigger"]);
        fires(&CHECK, with_parent(execution("anonymous", git("git"))), &["/trigger"]);
        let mut allowed: Case = execution("anonymous", json!({"type": "manual"})).into();
        allowed.policy.triggers.unknown_principal = Permission::Allow;
        fires(&CHECK, allowed, &["/trigger"]);
    }

    #[test]
    fn service_accounts_and_what_is_another_checks_stay_quiet() {
        stays_quiet(&CHECK, execution(SERVICE, git("git")));
        stays_quiet(&CHECK, execution(SERVICE, json!({"type": "manual"})));
        stays_quiet(&CHECK, execution("bob@example.com", json!({"type": "manual"})));
        stays_quiet(&CHECK, with_parent(execution(SERVICE, git("git"))));
        let mut allowed: Case = execution("anonymous", git("git")).into();
        allowed.policy.triggers.unknown_principal = Permission::Allow;
        stays_quiet(&CHECK, allowed);
        let mut listed: Case = execution("ci-bot@acme.com", git("git")).into();
        listed.policy.triggers.service_accounts.push("ci-*@acme.com".into());
        stays_quiet(&CHECK, listed);
    }
}
