//! `windows-host-process`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *HostProcess* of the Pod Security Standard *baseline* (`policy/check_windowsHostProcess.go` upstream): neither pod
    /// nor container may set `securityContext.windowsOptions.hostProcess`. The check applies to every kind with a pod template, to
    /// patches, and to init and ephemeral containers. `kubernetes.version` in the policy sets the version of the standard,
    /// `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// A HostProcess container runs on the Windows node itself, with the rights of the account that it names.
    ///
    /// # Remedy
    /// Remove `windowsOptions.hostProcess`.
    id: "windows-host-process",
    summary: "a container runs as a process of its Windows node",
    family: Family::Workload,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_2_11, Control::NistAc6, Control::NistSc39],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("remove securityContext.windowsOptions.hostProcess");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    found.each_context(pod, &["windowsOptions", "hostProcess"], |part| {
        Outcome::of_forbidden(part, "windowsOptions.hostProcess")
    });
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a HostProcess pod or container fires");
        let key = "/spec/securityContext/windowsOptions/hostProcess";
        cases.fires(with(key, json!(true)), &[key]);
        let own = "/spec/containers/0/securityContext/windowsOptions/hostProcess";
        cases.fires(with(own, json!(true)), &[own]);

        cases.about("other pods pass, and an expression warns");
        cases.quiet(restricted());
        cases.quiet(with(key, json!(false)));
        cases.warns(with(own, json!("${x}")), &[own]);
        cases
    }
}
