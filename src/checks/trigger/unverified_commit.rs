//! `unverified-commit`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Need, Report, Severity, declare_check};
use crate::checks::shared::start::{production_start, report_start};
use crate::evidence::{CommitStatus, Lookup};
use crate::spinnaker::principal::Start;
use crate::spinnaker::trigger::{Class, Trigger};

declare_check! {
    /// # What it checks
    /// The git event at the root of the chain, or the one that was re-run, names a commit and a branch, and the commit is on that
    /// branch. The second is asked of the git server that the policy names for the repository (`git.servers`): GitHub, GitLab and
    /// Bitbucket compare; any other server tells the newest commit of a branch, and of an older one it cannot be told. Without a
    /// server nobody is asked.
    ///
    /// # Why it matters
    /// Git webhooks reach Gate without authentication by default: `type: git` proves that somebody posted something that looks like a
    /// push. A commit that is on no release branch was never reviewed.
    ///
    /// # Remedy
    /// Release from a commit on the release branch; name your git server under `git.servers` in the policy.
    id: "unverified-commit",
    summary: "nothing proves that the released commit is on its branch",
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
    let Some(trigger) = started.trigger.filter(is_git).filter(|_| started.start != Start::Pipeline) else { return };
    let text = |key: &str| trigger.value.str(key).map(|text| text.trim().to_owned()).unwrap_or_default();
    let (hash, branch) = (text("hash"), text("branch"));
    let is_hash = (7..=64).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let shown = sanitize(&hash, 64);
    if !is_hash || branch.is_empty() {
        let what = if is_hash { "no branch" } else { "no commit" };
        let message = format!("the git trigger{} names {what}, so nothing says what is released", started.through);
        return report_start(
            context,
            report,
            message,
            "start the release by a push, which names commit and branch".into(),
        );
    }
    match context.evidence().commit() {
        Lookup::NotConfigured | Lookup::Found(CommitStatus::OnBranch) => {}
        Lookup::Missing | Lookup::Found(CommitStatus::NotOnBranch) => {
            let message = format!(
                "the commit {shown} that is released is not on the branch {:?}, says the git server",
                sanitize(&branch, 80)
            );
            report_start(context, report, message, "release a commit that is on the branch".into());
        }
        Lookup::Found(CommitStatus::Unsettled(why)) | Lookup::Unavailable(why) => {
            report.inconclusive(format!("whether the commit {shown} is on its branch is not known: {why}"));
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

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a commit that is not there or not named fires");
        cases.fires(case(Lookup::Found(CommitStatus::NotOnBranch)), &["/trigger"]);
        cases.fires(execution(SERVICE, git("git")), &["/trigger"]);
        cases.fires(execution(SERVICE, json!({"type": "git", "hash": "0123456789"})), &["/trigger"]);
        cases.fires(with_parent(execution(SERVICE, git("git"))), &["/trigger"]);

        cases.about("a commit on its branch stays quiet and what is not known is not passed");
        cases.quiet(case(Lookup::NotConfigured));
        cases.quiet(case(Lookup::Found(CommitStatus::OnBranch)));
        cases.quiet(execution(SERVICE, json!({"type": "cron"})));
        cases.inconclusive(case(Lookup::Unavailable("it answers 500".into())));
        cases.inconclusive(case(Lookup::Found(CommitStatus::Unsettled("an older commit".into()))));
        cases
    }
}
