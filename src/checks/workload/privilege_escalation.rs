//! `privilege-escalation`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Rule};
use crate::kubernetes::part::Truth;
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *Privilege Escalation* of the Pod Security Standard *restricted* (`policy/check_allowPrivilegeEscalation.go`
    /// upstream): every container must set `securityContext.allowPrivilegeEscalation: false`. The control begins with Kubernetes 1.8;
    /// from 1.25 on pods for Windows are exempt. The check applies to every kind with a pod template, to patches, and to init and
    /// ephemeral containers. `kubernetes.version` in the policy sets the version of the standard, `kubernetes.podSecurity` its level.
    ///
    /// A container that sets it to true is enforced from the profile `production` on. One that does not set it warns there, since most
    /// images hold no set-user-ID program that matters, and is enforced by `strict`.
    ///
    /// # Why it matters
    /// Without it, a set-user-ID program in the image makes a process root although the container does not run as root.
    ///
    /// # Remedy
    /// Set `securityContext.allowPrivilegeEscalation: false` for each container.
    id: "privilege-escalation",
    summary: "a container allows privilege escalation",
    family: Family::Workload,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION_SURE,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_2_6, Control::NistAc6, Control::PciDss2_2_6, Control::HipaaAccess],
    since: "0.1.0",
}

const RULE: Rule = Rule {
    is_for_linux: true,
    ..Rule::restricted(8, "set securityContext.allowPrivilegeEscalation to false for the container")
};

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    for container in &pod.containers {
        match container.security(&["allowPrivilegeEscalation"]).truth() {
            Truth::False(_) | Truth::Untouched => {}
            Truth::True(place) => found.container(container, &[place], "sets allowPrivilegeEscalation to true"),
            Truth::Unset => {
                found.container_in_strict(container, &[], "does not set allowPrivilegeEscalation to false");
            }
            Truth::Open(place) => found.open_container(container, place, "allowPrivilegeEscalation"),
            Truth::Removed(place) => found.removed(container, place, "allowPrivilegeEscalation"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{changed, restricted, under, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a container that does not forbid privilege escalation fires");
        let key = "/spec/containers/0/securityContext/allowPrivilegeEscalation";
        cases.fires(with(key, json!(true)), &[key]);
        cases.fires(with("/spec/containers/0/securityContext", json!({})), &["/spec/containers/0"]);
        cases.fires(with("/spec/initContainers/0/securityContext", json!(null)), &["/spec/initContainers/0"]);
        let windows = changed(with(key, json!(true)), "/spec/os/name", json!("windows"));
        cases.fires(under("1.24", windows), &[key]);

        cases.about("containers that forbid it pass, and so do pods for Windows and versions without the control");
        cases.quiet(restricted());
        cases.quiet(changed(
            with("/spec/os", json!({"name": "windows"})),
            "/spec/containers/0/securityContext",
            json!({}),
        ));
        cases.quiet(under("1.7", with(key, json!(true))));
        cases.warns(with(key, json!("${x}")), &[key]);
        cases
    }
}
