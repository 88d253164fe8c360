//! `root-user`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::part::Part;
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *Running as Non-root user* of the Pod Security Standard *restricted* (`policy/check_runAsUser.go` upstream): neither
    /// pod nor container may set `securityContext.runAsUser: 0`, also where another one overrides it. The control begins with
    /// Kubernetes 1.23; from 1.35 on a pod with a user namespace of its own (`hostUsers: false`) is exempt. The check applies to every
    /// kind with a pod template, to patches, and to init and ephemeral containers. `kubernetes.version` in the policy sets the version
    /// of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// A process that runs as root in its container is root on the node if it breaks out.
    ///
    /// # Remedy
    /// Set `runAsUser` to a number above zero, or remove it where the image has a numeric `USER`.
    id: "root-user",
    summary: "a container runs as user 0",
    family: Family::Workload,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_2_7, Control::NistAc6, Control::PciDss2_2_6, Control::HipaaAccess],
    since: "0.1.0",
}

const RULE: Rule = Rule {
    is_relaxed: true,
    ..Rule::restricted(
        23,
        "set securityContext.runAsUser to a number above zero, or remove it if the image has a numeric USER",
    )
};

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    found.each_context(pod, &["runAsUser"], |user| match user {
        Part::Open(place) => Outcome::Open(*place),
        Part::Is(value) | Part::Merged(value, _) if value.as_f64() == Some(0.0) => {
            Outcome::Bad(vec![*value], "sets runAsUser to 0".to_owned())
        }
        _ => Outcome::Fine,
    });
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{changed, restricted, under, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("user 0 fires, for pod and container");
        let key = "/spec/securityContext/runAsUser";
        cases.fires(with(key, json!(0)), &[key]);
        let own = "/spec/initContainers/0/securityContext/runAsUser";
        cases.fires(with(own, json!(0)), &[own]);
        let in_namespace = changed(with(key, json!(0)), "/spec/hostUsers", json!(false));
        cases.fires(under("1.34", in_namespace.clone()), &[key]);

        cases.about("other users pass, and so does root in a user namespace or before the control began");
        cases.quiet(restricted());
        cases.quiet(with(key, json!(10001)));
        cases.quiet(in_namespace);
        cases.quiet(under("1.22", with(key, json!(0))));
        cases.warns(with(key, json!("${x}")), &[key]);
        cases
    }
}
