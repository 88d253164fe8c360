//! `unverified-commit`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Need, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};
use crate::evidence::{CommitStatus, Lookup};
use crate::spinnaker::trigger::{Class, Trigger};

declare_check! {
    /// # What it checks
    /// The git event at the root of the chain, or the event that was re-run, must name a commit and a branch, and the commit must be on
    /// that branch. The git server that the policy lists for the repository (`git.servers`) is asked: GitHub, GitLab and Bitbucket
    /// compare commit and branch; any other server reports only the newest commit of a branch, so an older commit stays
    /// inconclusive. If the policy lists no server for the repository, only the fields of the event are checked.
    ///
    /// # Why it matters
    /// By default git webhooks reach Gate without authentication: `type: git` only proves that someone posted something that looks
    /// like a push. A commit that is not on a release branch was never reviewed.
    ///
    /// # Remedy
    /// Release a commit that is on the release branch, and add your git server to `git.servers` in the policy.
    id: "unverified-commit",
    summary: "the released commit is not known to be on its branch",
    family: Family::Trigger,
    severity: Severity::High,
    enforced: Enforced::STRICT,
    facts: [Fact::Production, Fact::Start],
    evidence: [Need::Commit],
    detectors: [],
    controls: [Control::PciDss6_2_3, Control::SoxChangeManagement, Control::NistSi7, Control::NistCm3],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(started) = production_start(context, report) else { return };
    let is_git = |trigger: &Trigger<'_>| trigger.class == Class::Git || trigger.kind().eq_ignore_ascii_case("git");
    let Some(trigger) = Some(started.trigger).filter(is_git) else { return };
    let text = |key: &str| trigger.value.str(key).map(|text| text.trim().to_owned()).unwrap_or_default();
    let (hash, branch) = (text("hash"), text("branch"));
    let is_hash = (7..=64).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash || branch.is_empty() {
        let missing = if is_hash { "branch" } else { "commit" };
        let message =
            format!("this production release was started{} by a git trigger without a {missing}", started.through);
        return report_start(
            context,
            report,
            message,
            "start the release with a push, which names its commit and branch".into(),
        );
    }
    let shown = sanitize(&hash, 64);
    // Without a git server in the policy, a commit is not verified: that is not a finding.
    match context.evidence().commit() {
        Lookup::NotConfigured | Lookup::Found(CommitStatus::OnBranch) => {}
        Lookup::Missing | Lookup::Found(CommitStatus::NotOnBranch) => {
            let message = format!("the released commit {shown} is not on the branch {:?}", sanitize(&branch, 80));
            report_start(context, report, message, "release a commit that is on the branch".into());
        }
        Lookup::Found(CommitStatus::Unsettled(why)) | Lookup::Unavailable(why) => {
            report.inconclusive(format!("cannot verify that the commit {shown} is on its branch: {why}"));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::executions::{SERVICE, execution, git, with_parent};
    use crate::checks::testing::{Case, Cases};

    fn case(commit: Lookup<CommitStatus>) -> Case {
        let mut trigger = git("git");
        trigger["hash"] = json!("0123456789abcdef");
        let mut case: Case = execution(SERVICE, trigger).into();
        case.evidence.commit = commit;
        case
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a commit on another branch, or a missing commit or branch, fires");
        cases.fires(case(Lookup::Found(CommitStatus::NotOnBranch)), &["/trigger"]);
        cases.fires(execution(SERVICE, git("git")), &["/trigger"]);
        cases.fires(execution(SERVICE, json!({"type": "git", "hash": "0123456789"})), &["/trigger"]);
        cases.fires(with_parent(execution(SERVICE, git("git"))), &["/trigger"]);

        cases.about("a commit on its branch passes, and an unknown one is inconclusive");
        cases.quiet(case(Lookup::NotConfigured));
        cases.quiet(case(Lookup::Found(CommitStatus::OnBranch)));
        cases.quiet(execution(SERVICE, json!({"type": "cron"})));
        cases.inconclusive(case(Lookup::Unavailable("it answers 500".into())));
        cases.inconclusive(case(Lookup::Found(CommitStatus::Unsettled("an older commit".into()))));
        cases
    }
}
