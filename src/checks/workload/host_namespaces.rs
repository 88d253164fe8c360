//! `host-namespaces`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Rule};
use crate::kubernetes::part::Truth;
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *Host Namespaces* of the Pod Security Standard *baseline* (`policy/check_hostNamespaces.go` upstream): no pod may
    /// set `hostNetwork`, `hostPID` or `hostIPC`. The check applies to every kind with a pod template, to patches, and to init and
    /// ephemeral containers. `kubernetes.version` in the policy sets the version of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// In the namespaces of the node a process sees the traffic of other pods, their processes and their environment.
    ///
    /// # Remedy
    /// Remove `hostNetwork`, `hostPID` and `hostIPC`. Use a Service for the network, and the node agent of the platform team for what
    /// must see the node.
    id: "host-namespaces",
    summary: "a pod shares a namespace of its node",
    family: Family::Workload,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_2_3, Control::Cis5_2_5, Control::NistSc39, Control::NistAc6, Control::PciDss2_2_6],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("remove hostNetwork, hostPID and hostIPC from the pod");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    let (mut places, mut names) = (Vec::new(), Vec::new());
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        match pod.get(key).truth() {
            Truth::True(place) => {
                places.push(place);
                names.push(key);
            }
            Truth::Open(place) => found.open_pod(place, key),
            Truth::False(_) | Truth::Unset | Truth::Untouched | Truth::Removed(_) => {}
        }
    }
    found.pod(&places, &format!("sets {}", names.join(", ")));
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{changed, deployed, restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a namespace of the node fires, once per pod");
        cases.fires(with("/spec/hostNetwork", json!(true)), &["/spec/hostNetwork"]);
        cases.fires(changed(with("/spec/hostPID", json!(true)), "/spec/hostIPC", json!(true)), &["/spec/hostPID"]);
        cases.fires(deployed(&with("/spec/hostIPC", json!(true))), &["/spec/template/spec/hostIPC"]);
        let patch = json!({"spec": {"template": {"spec": {"hostNetwork": true}}}});
        cases.fires(
            json!({"stages": [{"type": "patchManifest", "refId": "1", "patchBody": [patch]}]}),
            &["/stages/0/patchBody/0/spec/template/spec/hostNetwork"],
        );

        cases.about("other pods pass, and an expression warns");
        cases.quiet(restricted());
        cases.quiet(with("/spec/hostNetwork", json!(false)));
        cases.warns(with("/spec/hostNetwork", json!("${x}")), &["/spec/hostNetwork"]);
        cases
    }
}
