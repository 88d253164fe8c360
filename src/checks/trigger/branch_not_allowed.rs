//! `branch-not-allowed`.

use crate::base::glob::matches_ignoring_case;
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};
use crate::checks::shared::triggers::enabled_triggers;
use crate::document::value::{Flag, Value};

use crate::policy::TriggerPolicy;
use crate::policy::triggers::Permission;
use crate::spinnaker::principal::Start;
use crate::spinnaker::trigger::{Class, Trigger};

declare_check! {
    /// # What it checks
    /// The git event at the root of the chain, or the one that was re-run, is of a repository and a branch from which the policy lets
    /// production be released (`triggers.repositories`, by default any; `triggers.branches`, by default the names by which release
    /// branches and version tags go), and is no pull request that is still open (`triggers.pullRequests`). In a saved pipeline a git
    /// trigger without a branch, which any branch starts, is a warning.
    ///
    /// # Why it matters
    /// A push to a branch of one's own has been reviewed by nobody, and neither has a pull request. The trigger of a pipeline takes
    /// every branch unless it says otherwise.
    ///
    /// # Remedy
    /// Set the trigger's branch, or list your release branches in `triggers.branches`.
    id: "branch-not-allowed",
    summary: "a production release comes from a branch or repository that it may not come from",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production, Fact::Start],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_2_3, Control::SoxChangeManagement, Control::NistCm3, Control::Part11DocumentControl],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.input.pipeline.as_ref().is_some_and(|pipeline| !pipeline.is_execution) {
        return saved(context, report);
    }
    let Some(started) = production_start(context, report) else { return };
    let is_git = |trigger: &Trigger<'_>| trigger.class == Class::Git || trigger.kind().eq_ignore_ascii_case("git");
    let Some(trigger) = started.trigger.filter(is_git).filter(|_| started.start != Start::Pipeline) else { return };
    if let Some((what, remedy)) = wrong(trigger.value, &context.policy.triggers) {
        report_start(
            context,
            report,
            format!("this production release{} comes from {what}", started.through),
            remedy.into(),
        );
    }
}

fn wrong(trigger: Value<'_>, policy: &TriggerPolicy) -> Option<(String, &'static str)> {
    let text = |key: &str| trigger.str(key).map(std::borrow::Cow::into_owned).unwrap_or_default();
    let action = text("action").to_ascii_lowercase();
    let is_merged = action.ends_with(":merged")
        || trigger.at(&["properties", "merged"]).is_some_and(|merged| merged.flag() == Flag::On);
    if (action.starts_with("pull_request") || action.starts_with("merge_request"))
        && !is_merged
        && policy.pull_requests == Permission::Deny
    {
        return Some((
            "a pull request that is not merged".into(),
            "release from the branch it is merged into; triggers.pullRequests: allow lets open ones through",
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
            format!("the branch {:?}, which is none that production is released from", sanitize(bare, 80)),
            "release from one of triggers.branches, or add this one to them",
        ));
    }
    let repository = format!("{}/{}/{}", text("source"), text("project"), text("slug"));
    if !policy.repositories.is_empty()
        && !policy.repositories.iter().any(|known| matches_ignoring_case(known, &repository))
    {
        return Some((
            format!("the repository {:?}, which is none that production is released from", sanitize(&repository, 120)),
            "release from one of triggers.repositories, or add this one to them",
        ));
    }
    None
}

fn saved<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for trigger in enabled_triggers(context, report) {
        let is_git = trigger.get("type").is_some_and(|kind| kind.is_str("git"));
        let branch = trigger.str("branch").unwrap_or_default();
        let is_any = matches!(branch.trim(), "" | ".*" | "^.*$" | ".+" | "*");
        if is_git && is_any && !context.policy.triggers.branches.is_empty() {
            let message = "a push to any branch starts this production release";
            report.finding(
                Finding::at(trigger, message, "set the trigger's branch to those that production is released from")
                    .only_warns(),
            );
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

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("branches of ones own and open pull requests fire");
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

        cases.about("release branches and what is no git stay quiet");
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
        let mut own: Case = of("branch", "main").into();
        own.policy.triggers.repositories = vec!["github/acme/*".into()];
        cases.quiet(own);
        cases.warns(json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}],
            "triggers": [{"type": "git", "enabled": true, "branch": ""}, {"type": "git", "enabled": "true", "branch": "^main$"}]}),
            &["/triggers/0"],
        );
        cases
    }
}
