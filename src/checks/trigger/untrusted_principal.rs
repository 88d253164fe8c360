//! `untrusted-principal`.

use crate::analysis::start::{RootStart, StartUnknown};
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::start::{is_satisfied, production_start, report_start};
use crate::policy::identity::SatisfiedCheck;
use crate::policy::triggers::{Permission, TriggerPolicy};
use crate::spinnaker::principal::{Principal, Start};

declare_check! {
    /// # What it checks
    /// An execution that changes production must run as a service account. The user is read from `authentication.user`, the one field
    /// that Gate authenticates. An anonymous user (`anonymous`, or no user at all) is denied, and so is an automatic start that runs
    /// as a person. Manual starts by a person are reported by `manual-trigger`.
    ///
    /// A child pipeline is judged by the root of its chain, once each parent has shown that it started its child. Where a stage
    /// started it, that stage of the parent holds the child's id and was not changed afterwards, and the child runs as the parent's
    /// user or as the user of a judgment before the stage that hands on its user: then that user decided, as for a start by hand.
    /// Where a pipeline trigger started it, the saved pipeline has such a trigger for the parent's end, the parent ended at most ten
    /// minutes before, and the child runs as the trigger's `runAsUser`; without one, or without Fiat, as the parent's user or as
    /// nobody. A parent that contradicts this was borrowed: the start is forged.
    ///
    /// An identity token that is proven (`invalid-identity-token`) takes the place of the principal where `triggers.identity.satisfies`
    /// lists this check; by default it does not.
    ///
    /// # Why it matters
    /// A release that runs anonymously has no permissions checked, and its audit trail ends at `anonymous`. By default a git webhook
    /// reaches Gate without authentication, so its `type` proves nothing. Whoever may start a pipeline can name any execution as its
    /// parent, and would borrow that execution's service account and commit.
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
    facts: [Fact::Production, Fact::Start, Fact::Identity],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss8_2_1, Control::SoxAccess, Control::NistAc3, Control::NistIa2, Control::HipaaUniqueUser],
    since: "0.1.0",
}

const ANONYMOUS: &str = "set runAsUser on the trigger, or roles on the pipeline, so that it runs as a service account; without Fiat, where every automatic start is anonymous, set triggers.unknownPrincipal: allow";
const ANONYMOUS_BY_HAND: &str = "require authentication in Gate; an anonymous manual start is never allowed";
const PERSON: &str =
    "set runAsUser of the trigger to a service account; if this is one, add its name to triggers.serviceAccounts";
const FORGED: &str = "start the release from git, or let the parent pipeline start it; whoever started this one by hand named a parent that did not";
const SERVICE_ACCOUNT: &str = "trigger it from git, or set triggers.manualByServiceAccount: allow";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let changes = context.input.pipeline.as_ref().is_some_and(|pipeline| pipeline.is_execution)
        && !context.production().is_untouched();
    if let (true, Err(StartUnknown::Forged(why))) = (changes, context.start()) {
        return report_start(
            context,
            report,
            format!("the start of this production release is forged: {why}"),
            FORGED.to_owned(),
        );
    }
    let Some(started) = production_start(context, report) else { return };
    if let Some((message, remedy)) = problem(started, &context.policy.triggers)
        && !is_satisfied(context, started, SatisfiedCheck::UntrustedPrincipal)
    {
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
    let of_type = triggers.of_cell(&started.kind_for_principal(), |cells| match &started.principal {
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
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent, with_triggering_parent};
    use crate::checks::testing::{Case, Cases};
    use crate::document::Document;
    use crate::evidence::{Lookup, Named};

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

        cases.about("a parent that did not start the execution was borrowed");
        let borrowed = |pointer: &str, value: Json| {
            let mut parent = execution(SERVICE, git("git"));
            parent["endTime"] = json!(1);
            let mut case = with_parent(parent);
            let mut changed = case.evidence.parents.found().unwrap()[0].root().to_json();
            *changed.pointer_mut(pointer).unwrap() = value;
            case.evidence.parents = Lookup::Found(vec![Document::json(changed.to_string()).unwrap()]);
            case
        };
        cases.fires(borrowed("/stages/1/context/executionId", json!("E7")), &["/trigger"]);
        cases.fires(borrowed("/stages/1/id", json!("S7")), &["/trigger"]);
        cases.fires(borrowed("/stages/1/type", json!("wait")), &["/trigger"]);
        cases.fires(borrowed("/authentication/user", json!("x@managed-service-account")), &["/trigger"]);
        let patched = json!({"id": "S0", "refId": "0", "type": "pipeline", "status": "SUCCEEDED",
            "lastModified": {"user": "bob@example.com", "lastModifiedTime": 9}, "context": {"executionId": "E1"}});
        cases.fires(borrowed("/stages/1", patched), &["/trigger"]);
        let mut other_user = with_parent(execution(SERVICE, git("git")));
        other_user.document["authentication"]["user"] = json!("bob@example.com");
        cases.fires(other_user, &["/trigger"]);
        let mut no_stage = with_parent(execution(SERVICE, git("git")));
        no_stage.document["trigger"] = json!({"type": "pipeline", "parentExecution": {"id": "E0"}});
        no_stage.evidence.parent_pipelines = vec![Named { id: String::new(), evidence: Lookup::Missing }];
        cases.fires(no_stage, &["/trigger"]);

        cases.about("a pipeline trigger is the saved pipeline's, for that end, and just now");
        let triggered = |user: &str, run_as: &str| with_triggering_parent(user, execution(SERVICE, git("git")), run_as);
        cases.fires(triggered("bob@example.com", SERVICE), &["/trigger"]);
        cases.fires(triggered("", SERVICE), &["/trigger"]);
        let mut late = triggered(SERVICE, SERVICE);
        late.document["buildTime"] = json!(1_795_000_900_000_u64);
        cases.fires(late, &["/trigger"]);
        let mut early = triggered(SERVICE, SERVICE);
        early.document["buildTime"] = json!(1_794_999_000_000_u64);
        cases.fires(early, &["/trigger"]);
        let mut elsewhere = triggered(SERVICE, SERVICE);
        elsewhere.evidence.parent_pipelines[0].evidence = Lookup::Found(Document::json(
            json!({"id": "P1", "triggers": [{"type": "pipeline", "enabled": true, "pipeline": "P7", "status": ["successful"]}]}).to_string(),
        ).unwrap());
        cases.fires(elsewhere, &["/trigger"]);
        cases.quiet(triggered(SERVICE, SERVICE));
        cases.quiet(triggered("r@managed-service-account", "r@managed-service-account"));
        let mut open = triggered("anonymous", "");
        open.evidence.parent_pipelines[0].evidence = Lookup::Found(Document::json(
            json!({"id": "P1", "triggers": [{"type": "pipeline", "enabled": true, "pipeline": "P0", "status": ["successful", "failed"]}]}).to_string(),
        ).unwrap());
        cases.quiet(open);
        let mut unread = triggered(SERVICE, SERVICE);
        unread.evidence.parent_pipelines[0].evidence = Lookup::Unavailable("Front50 answers 500".into());
        cases.inconclusive(unread);

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
