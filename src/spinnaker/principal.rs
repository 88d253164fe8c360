//! Who started an execution, and how: what the one trustworthy field and the trigger's shape say.

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
    /// By hand or through the API: Spinnaker has no type of its own for the API (contracts 3.5).
    Manual,
    /// A repetition of an automatic start, by hand: Deck copies the old trigger and sets `type: manual`.
    Rerun,
    /// By another execution, whose own start decides.
    Pipeline,
}

/// The principal of `release` by `authentication.user`; `origin` and `trigger.user` are whatever the caller wrote.
pub fn principal(pipeline: &Pipeline<'_>, service_accounts: &[String]) -> Principal {
    let Some(user) = pipeline.user() else { return Principal::Unknown };
    let user = user.trim().to_owned();
    if matches!(user.to_ascii_lowercase().as_str(), "anonymous" | "[anonymous]" | "unknown" | "") {
        return Principal::Unknown;
    }
    if service_accounts.iter().any(|pattern| matches(pattern, &user)) {
        return Principal::ServiceAccount(user);
    }
    Principal::Person(user)
}

/// How `trigger` started it.
pub fn start(trigger: Trigger<'_>) -> Start {
    let kind = trigger.kind();
    let is_manual = matches!(kind.to_ascii_lowercase().as_str(), "manual" | "none" | "");
    // What an automatic trigger leaves behind, beside the shapes Orca knows: webhook, cron, pub/sub, CDEvents, Helm.
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

/// Whether `text` is `pattern`, where `*` stands for any characters. Case does not matter in the names of accounts.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_any_characters() {
        assert!(matches("*@managed-service-account", "0a1b@Managed-service-account"));
        assert!(matches("ci-*-bot@*", "ci-eu-bot@acme.com") && matches("bot", "bot"));
        assert!(
            !matches("*@managed-service-account", "x@managed-service-account.evil.com") && !matches("bot", "robot")
        );
        assert!(!matches("a*a", "a"));
    }
}
