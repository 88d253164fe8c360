//! Who started an execution, and how, by the one trustworthy field and the shape of the trigger.

use crate::base::glob::matches_ignoring_case;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::trigger::{Class, Trigger};

/// Who Gate authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    Person(String),
    ServiceAccount(String),
    /// Absent or anonymous.
    Unknown,
}

/// How it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// By an event: git, docker, CI, pub/sub, cron, webhook, plugin and all other types.
    Automatic,
    /// By hand or through the API: Spinnaker has no separate type for the API.
    Manual,
    /// A manual rerun of an automatic start: Deck copies the old trigger and sets `type: manual`.
    Rerun,
    /// By another execution, whose start decides.
    Pipeline,
}

/// The principal of `pipeline` by `authentication.user`; `origin` and `trigger.user` are whatever the caller wrote.
pub fn principal(pipeline: &Pipeline<'_>, service_accounts: &[String]) -> Principal {
    principal_of(&pipeline.user().unwrap_or_default(), service_accounts)
}

/// The principal with the name `user`.
pub fn principal_of(user: &str, service_accounts: &[String]) -> Principal {
    let user = user.trim().to_owned();
    if is_anonymous(&user) {
        return Principal::Unknown;
    }
    if service_accounts.iter().any(|pattern| matches_ignoring_case(pattern, &user)) {
        return Principal::ServiceAccount(user);
    }
    Principal::Person(user)
}

/// Whether `user` is a name that Gate, Echo or Orca writes where nobody was authenticated.
pub fn is_anonymous(user: &str) -> bool {
    matches!(user.trim().to_ascii_lowercase().as_str(), "anonymous" | "[anonymous]" | "unknown" | "")
}

/// How `trigger` started the execution.
pub fn start(trigger: Trigger<'_>) -> Start {
    let kind = trigger.kind();
    let is_manual = matches!(kind.to_ascii_lowercase().as_str(), "manual" | "none" | "");
    // The traces of an automatic trigger, besides the shapes Orca knows: webhook, cron, pub/sub, CDEvents, Helm.
    let left = [
        "payload",
        "cronExpression",
        "pubsubSystem",
        "subscriptionName",
        "attributeConstraints",
        "parentExecution",
        "parentExecutionId",
    ];
    let was_automatic = trigger.class != Class::Other
        || left.iter().any(|key| trigger.value.get(key).is_some_and(|value| !value.is_blank()));
    match (is_manual, was_automatic) {
        (true, true) => Start::Rerun,
        (true, false) => Start::Manual,
        (false, _) if trigger.class == Class::Pipeline || matches!(&*kind, "pipeline" | "pipelineRef") => {
            Start::Pipeline
        }
        (false, _) => Start::Automatic,
    }
}
