//! `manual-trigger`.

use crate::analysis::start::RootStart;
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::start::{is_satisfied, production_start, report_start};
use crate::policy::identity::SatisfiedCheck;
use crate::policy::triggers::{Permission, TriggerPolicy};
use crate::spinnaker::principal::{Principal, Start};

declare_check! {
    /// # What it checks
    /// A person must not start an execution that changes production: neither by hand, nor by re-running an automatic start. The user
    /// is read from `authentication.user`, the one field that Gate authenticates; `trigger.user`, `trigger.type` and `origin` are
    /// whatever the caller wrote. A child pipeline is judged by the start of the execution at the root of its chain, which is
    /// fetched; the copy of the parent inside the trigger is never trusted. Where a judgment in a parent hands on its user to the
    /// stage that starts the child, that user decided, as if by hand. An execution without a trigger or without a trigger type is
    /// inconclusive. A service account that starts it by hand counts as the API
    /// trigger, and is allowed. So does a person with an identity token that is proven (`invalid-identity-token`), unless
    /// `triggers.identity.satisfies` leaves this check out.
    ///
    /// # Why it matters
    /// A release that starts from git, or through the API by a service account, can be traced back to a change. A release that is
    /// started by hand can be any version, at any time, without review.
    ///
    /// # Remedy
    /// Trigger the pipeline from git, or through the API as a service account. To permit manual starts and re-runs, set
    /// `triggers.manualByPerson: allow` and `triggers.rerunByPerson: allow` in the policy. To permit them only where a release goes back
    /// to what ran before or takes things away, set `triggers.rollback.person: allow`.
    id: "manual-trigger",
    summary: "a person started a production release by hand",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start, Fact::Identity],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxSegregationOfDuties, Control::NistCm3, Control::Part11AuthorityChecks],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(started) = production_start(context, report) else { return };
    let goes_back = context.production().only_goes_back();
    if let Some((message, remedy)) = problem(started, &context.policy.triggers, goes_back)
        && !is_satisfied(context, started, SatisfiedCheck::ManualTrigger)
    {
        report_start(context, report, message, remedy);
    }
}

/// The message and the remedy, when a person started the execution and the policy does not allow it. `goes_back` says that the release
/// only goes back to what ran before, or takes things away.
fn problem(started: &RootStart<'_>, triggers: &TriggerPolicy, goes_back: bool) -> Option<(String, String)> {
    let Principal::Person(user) = &started.principal else { return None };
    let of_type = triggers.of_cell(&started.kind_for_principal(), |cells| cells.person);
    let (permission, how, what, key) = match started.start {
        Start::Manual => (triggers.manual_by_person, "by hand", "manual starts", "manualByPerson"),
        Start::Rerun => (triggers.rerun_by_person, "by re-running an earlier start", "re-runs", "rerunByPerson"),
        Start::Automatic | Start::Pipeline => return None,
    };
    let of_rollback = triggers.rollback.person.filter(|_| goes_back);
    if of_rollback.or(of_type).unwrap_or(permission) == Permission::Allow {
        return None;
    }
    let (what, key) = if goes_back { ("rollbacks by a person", "rollback.person") } else { (what, key) };
    let message = format!("{:?} started this production release {how}{}", sanitize(user, 80), started.through);
    let remedy = format!(
        "trigger it from git, or through the API as a service account; to permit {what}, set triggers.{key}: allow"
    );
    Some((message, remedy))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent};
    use crate::checks::testing::{Case, Cases, run};
    use crate::document::Document;
    use crate::evidence::Lookup;
    use crate::verdict::CheckOutcome;

    fn child() -> Json {
        execution(SERVICE, json!({"type": "pipelineRef", "parentExecutionId": "E0"}))
    }

    #[test]
    fn without_a_source_for_the_parent_it_is_skipped_and_says_which_option_to_set() {
        let skipped = run(&check(), child());
        assert_eq!(skipped.outcome, CheckOutcome::Skipped);
        assert_eq!(skipped.reason, "needs the execution that started this one; set --gate-url or --orca-url");
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a manual start by a person fires, whatever the trigger claims");
        cases.fires(execution("bob@example.com", json!({"type": "manual", "user": SERVICE})), &["/trigger"]);
        cases.fires(execution("bob@example.com", git("manual")), &["/trigger"]);
        cases.fires(execution("bob@example.com", json!({"type": "none"})), &["/trigger"]);
        cases.fires(
            execution("bob@example.com", json!({"type": "MANUAL", "cronExpression": "0 0 * * *"})),
            &["/trigger"],
        );
        cases.fires(with_parent(execution("bob@example.com", json!({"type": "manual"}))), &["/trigger"]);

        cases.about("events and service accounts pass");
        cases.quiet(execution(SERVICE, json!({"type": "manual"})));
        cases.quiet(execution("bob@example.com", git("git")));
        cases.quiet(with_parent(execution(SERVICE, git("git"))));
        let mut staging = execution("bob@example.com", json!({"type": "manual"}));
        staging["stages"][0]["context"]["account"] = json!("staging");
        cases.quiet(staging);
        cases.quiet(json!({"stages": [{"type": "deploy", "account": "prod"}], "triggers": []}));
        let mut allowed: Case = execution("bob@example.com", json!({"type": "manual"})).into();
        allowed.policy.triggers.manual_by_person = Permission::Allow;
        cases.quiet(allowed);

        cases.about("a user with a role of triggers.serviceAccountRoles is a service account");
        let with = |roles: Lookup<Document>| {
            let mut case: Case = execution("jenkins", json!({"type": "manual"})).into();
            case.policy.triggers.service_account_roles = vec!["machines".into()];
            case.evidence.roles = roles;
            case
        };
        let found = |roles: Json| Lookup::Found(Document::json(roles.to_string()).unwrap());
        cases.quiet(with(found(json!([{"name": "Machines", "source": "LDAP"}]))));
        cases.fires(with(found(json!([{"name": "people"}]))), &["/trigger"]);
        cases.fires(with(Lookup::Missing), &["/trigger"]);
        cases.inconclusive(with(Lookup::Unavailable("Fiat answers 500".into())));

        cases.about("the user of a judgment that hands on its user decides, as if by hand");
        let judged = |user: &str, propagates: bool| {
            let mut parent = execution(SERVICE, git("git"));
            parent["stages"] = json!([
                {"id": "J", "refId": "J", "type": "manualJudgment", "name": "Go", "status": "SUCCEEDED",
                    "lastModified": {"user": "bob@example.com", "lastModifiedTime": 1},
                    "context": {"judgmentStatus": "continue", "propagateAuthenticationContext": propagates}},
                {"id": "S0", "refId": "0", "requisiteStageRefIds": ["J"], "type": "pipeline", "name": "Release", "status": "RUNNING",
                    "context": {"executionId": "E1"}}]);
            let mut case = with_parent(parent);
            case.document["authentication"]["user"] = json!(user);
            case
        };
        cases.fires(judged("bob@example.com", true), &["/trigger"]);
        cases.quiet(judged(SERVICE, true));
        let mut allowed = judged("bob@example.com", true);
        allowed.policy.triggers.manual_by_person = Permission::Allow;
        cases.quiet(allowed);
        cases.inconclusive(judged("bob@example.com", false));
        cases.inconclusive(judged("eve@example.com", true));

        cases.about("an execution without a trigger, or without its type, is inconclusive");
        cases.inconclusive(execution("bob@example.com", json!(null)));
        cases.inconclusive(execution("bob@example.com", json!({})));
        cases.inconclusive(with_parent(execution("bob@example.com", json!({"user": "x"}))));

        cases.about("a chain that cannot be followed is inconclusive");
        for parents in [Lookup::Missing, Lookup::Unavailable("Gate answers 500".into()), Lookup::Found(Vec::new())] {
            let mut case: Case = child().into();
            case.evidence.parents = parents;
            cases.inconclusive(case);
        }
        cases.inconclusive(with_parent(child()));
        cases
    }
}
