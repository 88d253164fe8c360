//! `untrusted-principal`.

use crate::analysis::start::RootStart;
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};
use crate::policy::triggers::{Permission, TriggerPolicy};
use crate::spinnaker::principal::{Principal, Start};

declare_check! {
    /// # What it checks
    /// An execution that changes production must run as a service account. The user is read from `authentication.user`, the one field
    /// that Gate authenticates. An anonymous user (`anonymous`, or no user at all) is denied, and so is an automatic start that runs
    /// as a person. Manual starts by a person are reported by `manual-trigger`. A child pipeline is judged by the root of its chain.
    ///
    /// # Why it matters
    /// A release that runs anonymously has no permissions checked, and its audit trail ends at `anonymous`. By default a git webhook
    /// reaches Gate without authentication, so its `type` proves nothing.
    ///
    /// # Remedy
    /// Set `runAsUser` on the trigger, or `roles` on the pipeline, so that it runs as a managed service account. List other names of
    /// service accounts in `triggers.serviceAccounts`. Without Fiat every automatic start is anonymous: set
    /// `triggers.unknownPrincipal: allow` there.
    id: "untrusted-principal",
    summary: "a production release runs anonymously, or an automatic one runs as a person",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_2_1, Control::SoxAccess, Control::NistAc3, Control::NistIa2, Control::HipaaUniqueUser],
    since: "0.1.0",
}

const ANONYMOUS: &str = "set runAsUser on the trigger, or roles on the pipeline, so that it runs as a service account; without Fiat, where every automatic start is anonymous, set triggers.unknownPrincipal: allow";
const ANONYMOUS_BY_HAND: &str = "require authentication in Gate; an anonymous manual start is never allowed";
const PERSON: &str =
    "set runAsUser of the trigger to a service account; if this is one, add its name to triggers.serviceAccounts";
const SERVICE_ACCOUNT: &str = "trigger it from git, or set triggers.manualByServiceAccount: allow";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(started) = production_start(context, report) else { return };
    if let Some((message, remedy)) = problem(started, &context.policy.triggers) {
        report_start(context, report, message, remedy.to_owned());
    }
}

/// The message and the remedy, when the policy does not allow the principal.
fn problem(started: &RootStart<'_>, triggers: &TriggerPolicy) -> Option<(String, &'static str)> {
    let by_hand = matches!(started.start, Start::Manual | Start::Rerun);
    let (permission, how, remedy) = match &started.principal {
        Principal::Unknown if by_hand => (Permission::Deny, "runs anonymously".to_owned(), ANONYMOUS_BY_HAND),
        Principal::Unknown => (triggers.unknown_principal, "runs anonymously".to_owned(), ANONYMOUS),
        Principal::Person(user) if !by_hand => {
            (triggers.person, format!("runs automatically as the person {:?}", sanitize(user, 80)), PERSON)
        }
        Principal::ServiceAccount(user) if by_hand => {
            let how = format!("was started by hand as the service account {:?}", sanitize(user, 80));
            (triggers.manual_by_service_account, how, SERVICE_ACCOUNT)
        }
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
    Some((format!("this production release {how}{}", started.through), remedy))
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
        cases.about("an anonymous start and an automatic start as a person fire");
        cases.fires(execution("anonymous", git("git")), &["/trigger"]);
        cases.fires(execution("[anonymous]", json!({"type": "cron", "cronExpression": "x"})), &["/trigger"]);
        cases.fires(execution("", json!({"type": "manual", "user": SERVICE})), &["/trigger"]);
        cases.fires(execution("bob@example.com", git("git")), &["/trigger"]);
        cases.fires(with_parent(execution("anonymous", git("git"))), &["/trigger"]);
        let mut allowed: Case = execution("anonymous", json!({"type": "manual"})).into();
        allowed.policy.triggers.unknown_principal = Permission::Allow;
        cases.fires(allowed, &["/trigger"]);

        cases.about("service accounts, listed names and manual starts by a person pass");
        cases.quiet(execution(SERVICE, git("git")));
        cases.quiet(execution(SERVICE, json!({"type": "manual"})));
        cases.quiet(execution("bob@example.com", json!({"type": "manual"})));
        cases.quiet(with_parent(execution(SERVICE, git("git"))));
        let mut allowed: Case = execution("anonymous", git("git")).into();
        allowed.policy.triggers.unknown_principal = Permission::Allow;
        cases.quiet(allowed);
        let mut listed: Case = execution("ci-bot@acme.com", git("git")).into();
        listed.policy.triggers.service_accounts.push("ci-*@acme.com".into());
        cases.quiet(listed);
        cases
    }
}
