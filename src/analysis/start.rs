//! How the execution at the root of a chain was started, and by whom. A child execution is checked by its root.
//!
//! The embedded copy of a parent is never read: on Gate's v1 route a caller can write all of it
//! (`gate-web/…/PipelineController.groovy`, `invokePipelineConfig`). Each parent has to show that it started its child.

use crate::base::sanitize::sanitize;
use crate::document::Document;
use crate::document::value::Value;
use crate::evidence::Lookup;
use crate::evidence::parents::{link, saved_of};
use crate::evidence::reader::EvidenceReader;
use crate::policy::Policy;
use crate::spinnaker::parent::Link;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::principal::{Principal, Start, principal, principal_of, start};
use crate::spinnaker::trigger::Trigger;

/// How an execution was started.
pub struct RootStart<'a> {
    /// How whoever decided started it: by hand where a judgment on the way handed on its user, else as the trigger of the root.
    pub start: Start,
    /// Who decided.
    pub principal: Principal,
    /// How the trigger of the root started it.
    pub by_trigger: Start,
    /// The trigger of the root.
    pub trigger: Trigger<'a>,
    /// The root itself.
    pub execution: Value<'a>,
    /// Added to messages when the root is another execution: ` through execution ID`; empty otherwise.
    pub through: String,
}

impl RootStart<'_> {
    /// `type` of the root's trigger.
    pub fn kind(&self) -> String {
        self.trigger.kind().into_owned()
    }

    /// The type of trigger by which the policy permits principals: a judgment counts as a start by hand.
    pub fn kind_for_principal(&self) -> String {
        if self.start == self.by_trigger { self.kind() } else { "manual".to_owned() }
    }
}

/// Why the start is not known.
pub enum StartUnknown {
    /// The document is not an execution.
    NotStarted,
    /// Another execution started it, and no source to read that from is configured.
    NotConfigured,
    /// It could not be read; why.
    Unavailable(String),
    /// The trigger names a parent that did not start it; why.
    Forged(String),
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
    let own = read(execution, String::new(), accounts)?;
    let root = if own.start == Start::Pipeline { through_parents(execution, accounts, evidence)? } else { own };
    by_roles(root, policy, evidence)
}

fn read<'a>(execution: &Pipeline<'a>, through: String, accounts: &[String]) -> Result<RootStart<'a>, StartUnknown> {
    let missing = |what: &str| {
        let named = if through.is_empty() { "the execution" } else { "the execution that started this one" };
        StartUnknown::Unavailable(format!("{named} has no {what}, so how it was started is not known"))
    };
    let trigger = execution.trigger().ok_or_else(|| missing("trigger"))?;
    if trigger.value.str("type").is_none() {
        return Err(missing("trigger type"));
    }
    let by_trigger = start(trigger);
    Ok(RootStart {
        start: by_trigger,
        principal: principal(execution, accounts),
        by_trigger,
        trigger,
        execution: execution.value,
        through,
    })
}

fn through_parents<'a>(
    execution: &Pipeline<'a>,
    accounts: &[String],
    evidence: &EvidenceReader<'a, '_>,
) -> Result<RootStart<'a>, StartUnknown> {
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
    let judge = proven(execution, chain, evidence)?;
    let id = sanitize(&last.root().str("id").unwrap_or_default(), 60);
    let root = read(&Pipeline::read(last.root(), true), format!(" through execution {id}"), accounts)?;
    if root.start == Start::Pipeline {
        return Err(unavailable("the chain of executions that started this one does not end"));
    }
    Ok(match judge {
        Some(user) => RootStart { start: Start::Manual, principal: principal_of(&user, accounts), ..root },
        None => root,
    })
}

/// Whether each execution of `chain` started the one before it; the user of a judgment that decided, nearest to `execution`.
fn proven<'a>(
    execution: &Pipeline<'a>,
    chain: &'a [Document],
    evidence: &EvidenceReader<'a, '_>,
) -> Result<Option<String>, StartUnknown> {
    let saved = evidence.parent_pipelines();
    let mut judge = None;
    let mut child = execution.clone();
    for document in chain {
        let parent = Pipeline::read(document.root(), true);
        let named = |why: &str| {
            let id = sanitize(&document.root().str("id").unwrap_or_default(), 60);
            format!("execution {id}, which its trigger names as the parent, {why}")
        };
        if let Some(doubt) = parent.doubts.first() {
            return Err(StartUnknown::Unavailable(named(&format!("cannot be judged: {doubt}"))));
        }
        match link(&child, &parent, saved_of(saved, &child)) {
            Link::Proven => {}
            Link::Judged(user) => judge = judge.or(Some(user)),
            Link::Contradicted(why) => return Err(StartUnknown::Forged(named(&format!("did not start it: {why}")))),
            Link::Unsettled(why) => {
                return Err(StartUnknown::Unavailable(named(&format!("is not known to have started it: {why}"))));
            }
        }
        child = parent;
    }
    Ok(judge)
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
