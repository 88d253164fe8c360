//! How the execution at the root of a chain was started, and by whom. A child execution is checked by its root.
//!
//! The embedded copy of a parent is never read: on Gate's v1 route a caller can write all of it
//! (`gate-web/…/PipelineController.groovy`, `invokePipelineConfig`).

use crate::base::sanitize::sanitize;
use crate::evidence::Lookup;
use crate::evidence::reader::EvidenceReader;
use crate::policy::Policy;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::principal::{Principal, Start, principal, start};
use crate::spinnaker::trigger::Trigger;

/// How an execution was started.
pub struct RootStart<'a> {
    pub start: Start,
    pub principal: Principal,
    /// The trigger itself.
    pub trigger: Option<Trigger<'a>>,
    /// Added to messages when the root is another execution: ` through execution ID`; empty otherwise.
    pub through: String,
}

impl RootStart<'_> {
    /// `type` of the trigger; an execution without a trigger counts as started by hand.
    pub fn kind(&self) -> String {
        self.trigger.map_or_else(|| "manual".to_owned(), |trigger| trigger.kind().into_owned())
    }
}

/// Why the start is not known.
pub enum StartUnknown {
    /// The document is not an execution.
    NotStarted,
    /// Another execution started it, and no source to read that from is configured.
    NotConfigured,
    /// Another execution started it and could not be read; why.
    Unavailable(String),
}

/// The start at the root of the chain.
///
/// # Errors
/// Why it is not known.
pub fn of_root<'a>(
    pipeline: Option<&Pipeline<'a>>,
    policy: &Policy,
    evidence: &EvidenceReader<'a, '_>,
) -> Result<RootStart<'a>, StartUnknown> {
    let execution = pipeline.filter(|pipeline| pipeline.is_execution).ok_or(StartUnknown::NotStarted)?;
    let accounts = &policy.triggers.service_accounts;
    let own = read(execution, String::new(), accounts);
    let root = if own.start == Start::Pipeline { through_parents(accounts, evidence)? } else { own };
    by_roles(root, policy, evidence)
}

fn read<'a>(execution: &Pipeline<'a>, through: String, accounts: &[String]) -> RootStart<'a> {
    let trigger = execution.trigger();
    RootStart {
        start: trigger.map_or(Start::Manual, start),
        principal: principal(execution, accounts),
        trigger,
        through,
    }
}

fn through_parents<'a>(accounts: &[String], evidence: &EvidenceReader<'a, '_>) -> Result<RootStart<'a>, StartUnknown> {
    let unavailable = |why: &str| StartUnknown::Unavailable(why.to_owned());
    let chain = match evidence.parents() {
        Lookup::Found(chain) => chain,
        Lookup::NotConfigured => return Err(StartUnknown::NotConfigured),
        Lookup::Missing => return Err(unavailable("the execution that started this one was not found")),
        Lookup::Unavailable(why) => {
            return Err(unavailable(&format!("the execution that started this one could not be read: {why}")));
        }
    };
    let last = chain.last().ok_or_else(|| unavailable("the execution that started this one is not known"))?;
    let execution = Pipeline::read(last.root(), true);
    let id = sanitize(&last.root().str("id").unwrap_or_default(), 60);
    let root = read(&execution, format!(" through execution {id}"), accounts);
    if root.start == Start::Pipeline {
        return Err(unavailable("the chain of executions that started this one does not end"));
    }
    Ok(root)
}

/// A person with one of the Fiat roles in `triggers.serviceAccountRoles` is a service account.
fn by_roles<'a>(
    root: RootStart<'a>,
    policy: &Policy,
    evidence: &EvidenceReader<'a, '_>,
) -> Result<RootStart<'a>, StartUnknown> {
    let wanted = &policy.triggers.service_account_roles;
    let Principal::Person(user) = &root.principal else { return Ok(root) };
    if wanted.is_empty() {
        return Ok(root);
    }
    let roles = match evidence.roles() {
        Lookup::Found(roles) => roles,
        // Fiat answers 404 for an unknown user. Without a source no user has a role.
        Lookup::Missing | Lookup::NotConfigured => return Ok(root),
        Lookup::Unavailable(why) => {
            return Err(StartUnknown::Unavailable(format!(
                "the roles of the user who started it could not be read: {why}"
            )));
        }
    };
    let held = roles.root().elements().filter_map(|role| role.str("name"));
    let is_account = held.into_iter().any(|role| wanted.iter().any(|known| known.eq_ignore_ascii_case(&role)));
    let user = user.clone();
    Ok(if is_account { RootStart { principal: Principal::ServiceAccount(user), ..root } } else { root })
}
