//! `branch-not-allowed`.

use crate::base::glob::matches_ignoring_case;
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};
use crate::checks::shared::triggers::enabled_triggers;
use crate::document::value::{Flag, Value};
use crate::policy::TriggerPolicy;
use crate::policy::triggers::Permission;
use crate::spinnaker::trigger::{Class, Trigger};

declare_check! {
    /// # What it checks
    /// The git event at the root of the chain, or the event that was re-run, must come from a repository and a branch that the policy
    /// allows for production (`triggers.repositories`, by default any; `triggers.branches`, by default the usual names of main
    /// branches, release branches and version tags), and must not be an open pull request (`triggers.pullRequests`). In a saved
    /// pipeline, a git trigger without a branch is a warning, because a push to any branch starts it.
    ///
    /// # Why it matters
    /// Pushes to personal branches and open pull requests have not been reviewed. A pipeline's trigger accepts every branch unless it
    /// names one.
    ///
    /// # Remedy
    /// Set the trigger's branch, or list your release branches in `triggers.branches`.
    id: "branch-not-allowed",
    summary: "a production release comes from a branch or repository the policy does not allow",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_2_3, Control::SoxChangeManagement, Control::NistCm3, Control::Part11Documents],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.input.pipeline.as_ref().is_some_and(|pipeline| !pipeline.is_execution) {
        return saved(context, report);
    }
    let Some(started) = production_start(context, report) else { return };
    let is_git = |trigger: &Trigger<'_>| trigger.class == Class::Git || trigger.kind().eq_ignore_ascii_case("git");
    let Some(trigger) = Some(started.trigger).filter(is_git) else { return };
    if let Some((origin, remedy)) = denied_origin(trigger.value, &context.policy.triggers) {
        let message = format!("this production release was started{} from {origin}", started.through);
        report_start(context, report, message, remedy.into());
    }
}

/// Where a git event comes from that the policy does not allow, and the remedy.
fn denied_origin(trigger: Value<'_>, policy: &TriggerPolicy) -> Option<(String, &'static str)> {
    let text = |key: &str| trigger.str(key).map(std::borrow::Cow::into_owned).unwrap_or_default();
    if policy.pull_requests == Permission::Deny && is_open_pull_request(trigger, &text("action")) {
        return Some((
            "an open pull request".into(),
            "release from the target branch after the merge, or set triggers.pullRequests: allow",
        ));
    }
    let branch = text("branch");
    let bare = branch.trim().trim_start_matches("refs/heads/").trim_start_matches("refs/");
    let is_listed = policy.branches.iter().any(|known| {
        matches_ignoring_case(known, bare)
            || bare.strip_prefix("tags/").is_some_and(|tag| matches_ignoring_case(known, tag))
    });
    if !policy.branches.is_empty() && !bare.is_empty() && !is_listed {
        return Some((
            format!("the branch {:?}, which triggers.branches does not list", sanitize(bare, 80)),
            "release from a branch in triggers.branches, or add this branch to the list",
        ));
    }
    let repository = format!("{}/{}/{}", text("source"), text("project"), text("slug"));
    let is_listed = policy.repositories.iter().any(|known| matches_ignoring_case(known, &repository));
    (!policy.repositories.is_empty() && !is_listed).then(|| {
        (
            format!("the repository {:?}, which triggers.repositories does not list", sanitize(&repository, 120)),
            "release from a repository in triggers.repositories, or add this repository to the list",
        )
    })
}

/// Whether `action` is one of a pull request that is not merged.
fn is_open_pull_request(trigger: Value<'_>, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let is_merged = action.ends_with(":merged")
        || trigger.at(&["properties", "merged"]).is_some_and(|merged| merged.flag() == Flag::On);
    (action.starts_with("pull_request") || action.starts_with("merge_request")) && !is_merged
}

fn saved<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for trigger in enabled_triggers(context, report) {
        let is_git = trigger.get("type").is_some_and(|kind| kind.is_str("git"));
        let branch = trigger.str("branch").unwrap_or_default();
        let is_any = matches!(branch.trim(), "" | ".*" | "^.*$" | ".+" | "*");
        if is_git && is_any && !context.policy.triggers.branches.is_empty() {
            let message = "a push to any branch starts this production release";
            let remedy = "set the trigger's branch to a pattern that matches your release branches only";
            report.finding(Finding::at(trigger, message, remedy).only_warns());
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent};
    use crate::checks::testing::{Case, Cases};

    fn of(key: &str, value: &str) -> Json {
        let mut trigger = git("git");
        trigger[key] = json!(value);
        execution(SERVICE, trigger)
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("other branches, open pull requests and other repositories fire");
        for branch in ["feature/x", "refs/heads/bob", "mainline-bob", "vendor", "dev"] {
            cases.fires(of("branch", branch), &["/trigger"]);
        }
        cases.fires(of("action", "pull_request:opened"), &["/trigger"]);
        let mut rerun = git("manual");
        rerun["branch"] = json!("feature/x");
        cases.fires(execution(SERVICE, rerun), &["/trigger"]);
        cases.fires(with_parent(of("branch", "feature/x")), &["/trigger"]);
        let mut other: Case = of("project", "evil").into();
        other.policy.triggers.repositories = vec!["github/acme/*".into()];
        cases.fires(other, &["/trigger"]);

        cases.about("release branches, merged pull requests and other triggers pass");
        for branch in
            ["main", "master", "refs/heads/main", "release/2026.4", "v1.2.3", "refs/tags/v1.2.3", "hotfix/leak", ""]
        {
            cases.quiet(of("branch", branch));
        }
        cases.quiet(of("action", "push:push"));
        cases.quiet(of("action", "pull_request:merged"));
        cases.quiet(execution(SERVICE, json!({"type": "cron"})));
        let mut any: Case = of("branch", "feature/x").into();
        any.policy.triggers.branches.clear();
        cases.quiet(any);
        let mut listed: Case = of("branch", "main").into();
        listed.policy.triggers.repositories = vec!["github/acme/*".into()];
        cases.quiet(listed);

        cases.about("a saved trigger that accepts any branch warns");
        cases.warns(json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}],
            "triggers": [{"type": "git", "enabled": true, "branch": ""}, {"type": "git", "enabled": "true", "branch": "^main$"}]}),
            &["/triggers/0"],
        );
        cases
    }
}
