//! `manual-trigger`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Enforced, Family, Report, declare_check};
use crate::document::Document;
use crate::document::value::Value;
use crate::evidence::{Lookup, Need};
use crate::meta::{Finding, Severity};
use crate::policy::triggers::Permission;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::principal::{Principal, Start, principal, start};
use crate::spinnaker::trigger::Trigger;

declare_check! {
    /// # What it checks
    /// An execution that changes production was not started by a person: neither by hand, nor by re-running an automatic start. Who
    /// started it is `authentication.user`, the one field that Gate authenticates; `trigger.user`, `trigger.type` and `origin` are
    /// whatever the caller wrote. A child pipeline is judged by the start of the execution at the root of its chain, which is
    /// fetched; the copy of the parent inside the trigger is never trusted. A service account that starts it by hand is the API
    /// trigger, and allowed.
    ///
    /// # Why it matters
    /// What starts from git or from an API by a service account leaves a trace from the change to the release. A release started by
    /// hand can be any version, at any time, without review.
    ///
    /// # Remedy
    /// Trigger the pipeline from git, or through the API as a service account. `triggers.manualByPerson: allow` and
    /// `triggers.rerunByPerson: allow` in the policy let people do it.
    id: "manual-trigger",
    summary: "a person started a production release by hand",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    needs: &[Need::Accounts, Need::Parents],
    options: &[],
    controls: &["pci-dss-4.0:6.5.1", "sox-itgc:segregation-of-duties", "nist-800-53:CM-3", "21-cfr-11:11.10(g)"],
    since: "0.1.0",
    run: run,
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    judge(context, report, |started, context| {
        let triggers = &context.policy.triggers;
        let Principal::Person(user) = &started.principal else { return None };
        let of_type = triggers.of_cell(&started.kind(), |cells| cells.person);
        let (permission, how, key) = match started.start {
            Start::Manual => (triggers.manual_by_person, "by hand", "manualByPerson"),
            Start::Rerun => (triggers.rerun_by_person, "by re-running an earlier start", "rerunByPerson"),
            Start::Automatic | Start::Pipeline => return None,
        };
        if of_type.unwrap_or(permission) == Permission::Allow {
            return None;
        }
        let message = format!("{:?} started this production release {how}{}", sanitize(user, 80), started.whose);
        Some((
            message,
            format!(
                "trigger it from git, or through the API as a service account; triggers.{key}: allow lets people do it"
            ),
        ))
    });
}

/// How the execution at the root of the chain was started.
pub(super) struct Started<'a> {
    pub(super) start: Start,
    pub(super) principal: Principal,
    /// The trigger itself.
    pub(super) trigger: Option<Trigger<'a>>,
    /// What to add to a message when it was another execution; empty when it was this one.
    pub(super) whose: String,
}

impl Started<'_> {
    /// `type` of the trigger; an execution without any counts as started by hand.
    pub(super) fn kind(&self) -> String {
        self.trigger.map_or_else(|| "manual".to_owned(), |trigger| trigger.kind().into_owned())
    }
}

/// Runs `rule` on the start of an execution that changes production.
pub(super) fn judge<'d>(
    context: &Context<'_, 'd>,
    report: &mut Report<'d>,
    rule: impl Fn(&Started<'_>, &Context<'_, 'd>) -> Option<(String, String)>,
) {
    look(context, report, |started, context, report| {
        let Some((message, remedy)) = rule(started, context) else { return };
        tell(context, report, message, remedy);
    });
}

/// Says that the start of this execution is wrong: a finding when it changes production for sure.
pub(super) fn tell<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, message: String, remedy: String) {
    let Some(pipeline) = context.subject.pipeline.as_ref() else { return };
    let finding = Finding::at(place(pipeline.value), message, remedy);
    if context.production.settled().next().is_some() {
        report.finding(finding);
    } else {
        report.unsettled(context, finding);
    }
}

/// Looks at the start of an execution that changes production, at the root of its chain.
pub(super) fn look<'a, 'd>(
    context: &'a Context<'a, 'd>,
    report: &mut Report<'d>,
    rule: impl FnOnce(&Started<'_>, &'a Context<'a, 'd>, &mut Report<'d>),
) {
    let Some(pipeline) = context.subject.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return report.not_applicable("only an execution has been started");
    };
    if context.production.is_untouched() {
        return report.not_applicable("nothing here is known to change production");
    }
    let started = match root(context, pipeline).and_then(|started| by_roles(context, started)) {
        Ok(started) => started,
        Err(Unknown::NotConfigured) => {
            return report.not_configured(context, "another execution started this one, and there is no source to ask for it: set --gate-url or --orca-url");
        }
        Err(Unknown::Reason(reason)) => return report.inconclusive(reason),
    };
    rule(&started, context, report);
}

fn place(execution: Value<'_>) -> Value<'_> {
    execution.get("trigger").unwrap_or(execution)
}

fn started_by<'d>(pipeline: &Pipeline<'d>, whose: String, accounts: &[String]) -> Started<'d> {
    let trigger = pipeline.trigger();
    Started { start: trigger.map_or(Start::Manual, start), principal: principal(pipeline, accounts), trigger, whose }
}

enum Unknown {
    NotConfigured,
    Reason(String),
}

/// A person whose Fiat roles say so is a service account (`triggers.serviceAccountRoles`).
fn by_roles<'a>(context: &Context<'_, '_>, started: Started<'a>) -> Result<Started<'a>, Unknown> {
    let wanted = &context.policy.triggers.service_account_roles;
    let Principal::Person(user) = &started.principal else { return Ok(started) };
    if wanted.is_empty() {
        return Ok(started);
    }
    let held: Vec<String> = match &context.evidence.roles {
        Lookup::Found(roles) => {
            roles.root().elements().filter_map(|role| role.str("name").map(std::borrow::Cow::into_owned)).collect()
        }
        // 404 is Fiat's answer for a user it does not know, and nothing configured is no role either (T43).
        Lookup::Missing | Lookup::NotConfigured => Vec::new(),
        Lookup::Unavailable(why) => {
            return Err(Unknown::Reason(format!("the roles of who started it cannot be read: {why}")));
        }
    };
    let is_account = held.iter().any(|role| wanted.iter().any(|known| known.eq_ignore_ascii_case(role)));
    let user = user.clone();
    Ok(if is_account { Started { principal: Principal::ServiceAccount(user), ..started } } else { started })
}

/// The start at the root of the chain. The embedded copy of a parent is never looked into: on the v1 route a caller can write
/// all of it (T8).
fn root<'a>(context: &'a Context<'_, '_>, pipeline: &'a Pipeline<'_>) -> Result<Started<'a>, Unknown> {
    let accounts = &context.policy.triggers.service_accounts;
    let own = started_by(pipeline, String::new(), accounts);
    if own.start != Start::Pipeline {
        return Ok(own);
    }
    let chain: &Vec<Document> = match &context.evidence.parents {
        Lookup::Found(chain) => chain,
        Lookup::NotConfigured => return Err(Unknown::NotConfigured),
        Lookup::Missing => return Err(Unknown::Reason("the execution that started this one cannot be found".into())),
        Lookup::Unavailable(why) => {
            return Err(Unknown::Reason(format!("the execution that started this one cannot be read: {why}")));
        }
    };
    let Some(last) = chain.last() else {
        return Err(Unknown::Reason("the execution that started this one is not known".into()));
    };
    let pipeline = Pipeline::read(last.root(), true);
    let id = sanitize(&last.root().str("id").unwrap_or_default(), 60);
    let started = started_by(&pipeline, format!(" through the execution {id}"), accounts);
    if started.start == Start::Pipeline {
        return Err(Unknown::Reason("the chain of executions that started this one does not end".into()));
    }
    Ok(started)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::runner::CheckOutcome;
    use crate::checks::testing::{Case, fires, is_inconclusive, run, stays_quiet};

    /// An execution that deploys to production.
    pub(crate) fn execution(user: &str, trigger: Json) -> Json {
        json!({"type": "PIPELINE", "id": "E1", "status": "RUNNING", "authentication": {"user": user}, "trigger": trigger,
            "stages": [{"refId": "1", "type": "deploy", "name": "d", "context": {"account": "prod"}}]})
    }

    pub(crate) const SERVICE: &str = "0a@managed-service-account";

    pub(crate) fn git(kind: &str) -> Json {
        json!({"type": kind, "source": "github", "project": "acme", "slug": "shop", "branch": "main", "hash": "0123"})
    }

    pub(crate) fn with_parent(parent: Json) -> Case {
        let mut case: Case = execution("bob@example.com", json!({"type": "pipeline", "parentExecution": {"id": "E0", "authentication": {"user": SERVICE}, "trigger": {"type": "git"}}})).into();
        case.evidence.parents = Lookup::Found(vec![Document::json(parent.to_string()).unwrap()]);
        case
    }

    #[test]
    fn a_person_by_hand_fires_whatever_the_rest_says() {
        fires(&CHECK, execution("bob@example.com", json!({"type": "manual", "user": SERVICE})), &["/trigger"]);
        fires(&CHECK, execution("bob@example.com", git("manual")), &["/trigger"]);
        fires(&CHECK, execution("bob@example.com", json!({})), &["/trigger"]);
        fires(
            &CHECK,
            execution("bob@example.com", json!({"type": "MANUAL", "cronExpression": "0 0 * * *"})),
            &["/trigger"],
        );
        fires(&CHECK, with_parent(execution("bob@example.com", json!({"type": "manual"}))), &["/trigger"]);
    }

    #[test]
    fn events_and_service_accounts_stay_quiet() {
        stays_quiet(&CHECK, execution(SERVICE, json!({"type": "manual"})));
        stays_quiet(&CHECK, execution("bob@example.com", git("git")));
        stays_quiet(&CHECK, with_parent(execution(SERVICE, git("git"))));
        let mut staging = execution("bob@example.com", json!({"type": "manual"}));
        staging["stages"][0]["context"]["account"] = json!("staging");
        stays_quiet(&CHECK, staging);
        stays_quiet(&CHECK, json!({"stages": [{"type": "deploy", "account": "prod"}], "triggers": []}));
        let mut allowed: Case = execution("bob@example.com", json!({"type": "manual"})).into();
        allowed.policy.triggers.manual_by_person = Permission::Allow;
        stays_quiet(&CHECK, allowed);
    }

    #[test]
    fn roles_make_a_service_account_where_the_policy_goes_by_them() {
        let with = |roles: Lookup<Document>| {
            let mut case: Case = execution("jenkins", json!({"type": "manual"})).into();
            case.policy.triggers.service_account_roles = vec!["machines".into()];
            case.evidence.roles = roles;
            case
        };
        let found = |roles: Json| Lookup::Found(Document::json(roles.to_string()).unwrap());
        stays_quiet(&CHECK, with(found(json!([{"name": "Machines", "source": "LDAP"}]))));
        fires(&CHECK, with(found(json!([{"name": "people"}]))), &["/trigger"]);
        fires(&CHECK, with(Lookup::Missing), &["/trigger"]);
        is_inconclusive(&CHECK, with(Lookup::Unavailable("Fiat answers 500".into())));
    }

    #[test]
    fn a_chain_that_cannot_be_followed_is_never_passed() {
        let child = execution(SERVICE, json!({"type": "pipelineRef", "parentExecutionId": "E0"}));
        assert_eq!(run(&CHECK, child.clone()).outcome, CheckOutcome::Skipped);
        for evidence in [Lookup::Missing, Lookup::Unavailable("Gate answers 500".into()), Lookup::Found(Vec::new())] {
            let mut case: Case = child.clone().into();
            case.evidence.parents = evidence;
            is_inconclusive(&CHECK, case);
        }
        is_inconclusive(&CHECK, with_parent(child));
    }
}
