//! `missing-seccomp`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Rule};
use crate::kubernetes::part::Part;
use crate::kubernetes::pod_view::{ContainerView, PodView};

declare_check! {
    /// # What it checks
    /// The control *Seccomp* of the Pod Security Standard *restricted* (`policy/check_seccompProfile_restricted.go` upstream): every
    /// container must have a seccomp profile of its own or one of its pod. What baseline forbids is reported by `unconfined-seccomp`.
    /// The control begins with Kubernetes 1.19; from 1.25 on pods for Windows are exempt. The check applies to every kind with a pod
    /// template, to patches, and to init and ephemeral containers. `kubernetes.version` in the policy sets the version of the standard,
    /// `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// Without a filter a container may use every system call, and with it every hole of the kernel.
    ///
    /// # Remedy
    /// Set `securityContext.seccompProfile.type: RuntimeDefault` for the pod.
    id: "missing-seccomp",
    summary: "a container has no seccomp filter",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_7_2, Control::NistSc39, Control::NistCm7],
    since: "0.1.0",
}

const RULE: Rule = Rule {
    is_for_linux: true,
    ..Rule::restricted(19, "set securityContext.seccompProfile.type of the pod to RuntimeDefault")
};

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    // A profile that is set and bad is the matter of `unconfined-seccomp`.
    match pod.security(&["seccompProfile"]) {
        Part::Absent => {}
        Part::Open(place) if !pod.containers.is_empty() => {
            let is_open =
                |container: &ContainerView<'d>| matches!(container.security(&["seccompProfile"]), Part::Absent);
            if pod.containers.iter().any(is_open) {
                found.open_pod(place, "securityContext.seccompProfile");
            }
            return;
        }
        _ => return,
    }
    for container in &pod.containers {
        match container.security(&["seccompProfile"]) {
            Part::Absent => found.container(container, &[], "has no seccomp profile, and neither has its pod"),
            Part::Open(place) => found.open_container(container, place, "seccompProfile"),
            Part::Removed(place) => found.removed(container, place, "seccompProfile"),
            Part::Is(_) | Part::Merged(..) | Part::Untouched | Part::Inside(_) => {}
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
        cases.about("a container without a profile of its own or its pod fires");
        let none = with("/spec/securityContext", json!({"runAsNonRoot": true}));
        cases.fires(none.clone(), &["/spec/initContainers/0", "/spec/containers/0"]);
        let own = json!({"type": "RuntimeDefault"});
        cases.fires(
            changed(none.clone(), "/spec/containers/0/securityContext/seccompProfile", own),
            &["/spec/initContainers/0"],
        );

        cases.about("a profile of the pod is enough, and so is Windows or an old version");
        cases.quiet(restricted());
        cases.quiet(under("1.18", none.clone()));
        cases.quiet(changed(none, "/spec/os/name", json!("windows")));
        cases.warns(
            with("/spec/securityContext/seccompProfile", json!("${x}")),
            &["/spec/securityContext/seccompProfile"],
        );
        cases
    }
}
