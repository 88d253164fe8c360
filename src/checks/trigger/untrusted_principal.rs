//! `untrusted-principal`.

use crate::analysis::start::RootStart;
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};
use crate::policy::triggers::{Permission, TriggerPolicy};
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
    facts: [Fact::Production, Fact::Start],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_2_1, Control::SoxAccess, Control::NistAc3, Control::NistIa2, Control::HipaaUniqueUser],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(started) = production_start(context, report) else { return };
    if let Some((message, remedy)) = problem(started, &context.policy.triggers) {
        report_start(context, report, message, remedy);
    }
}

fn problem(started: &RootStart<'_>, triggers: &TriggerPolicy) -> Option<(String, String)> {
    let by_hand = matches!(started.start, Start::Manual | Start::Rerun);
    let (permission, who, remedy) = match &started.principal {
        Principal::Unknown if by_hand => (Permission::Deny, "nobody in particular".to_owned(), HAND),
        Principal::Unknown => (triggers.unknown_principal, "nobody in particular".to_owned(), NOBODY),
        Principal::Person(user) if !by_hand => {
            (triggers.person, format!("the person {:?}", sanitize(user, 80)), PERSON)
        }
        Principal::ServiceAccount(user) if by_hand => {
            (triggers.manual_by_service_account, format!("the service account {:?}, by hand,", sanitize(user, 80)), API)
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
    Some((format!("this production release runs as {who}{}", started.through), remedy.to_owned()))
}

const NOBODY: &str = "give the trigger a runAsUser (or the pipeline roles), so that it runs as a service account; without Fiat every automatic start is anonymous: then set triggers.unknownPrincipal: allow";
const HAND: &str =
    "let Gate authenticate who starts pipelines; a start by hand that nobody answers for is never allowed";
const PERSON: &str =
    "give the trigger a service account as runAsUser; list it in triggers.serviceAccounts when its name is your own";
const API: &str = "trigger it from git, or set triggers.manualByServiceAccount: allow";

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent};
    use crate::checks::testing::{Case, Cases};

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("nobody and an automatic person fire");
        cases.fires(execution("anonymous", git("git")), &["/trigger"]);
        cases.fires(execution("[anonymous]", json!({"type": "cron", "cronExpression": "x"})), &["/trigger"]);
        cases.fires(execution("", json!({"type": "manual", "user": SERVICE})), &["/trigger"]);
        cases.fires(execution("bob@example.com", git("git")), &["/trigger"]);
        cases.fires(with_parent(execution("anonymous", git("git"))), &["/trigger"]);
        let mut allowed: Case = execution("anonymous", json!({"type": "manual"})).into();
        allowed.policy.triggers.unknown_principal = Permission::Allow;
        cases.fires(allowed, &["/trigger"]);

        cases.about("service accounts and what is another checks stay quiet");
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
