//! `privileged-container`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *Privileged Containers* of the Pod Security Standard *baseline* (`policy/check_privileged.go` upstream): no
    /// container may set `securityContext.privileged`. The check applies to every kind with a pod template, to patches, and to init and
    /// ephemeral containers. `kubernetes.version` in the policy sets the version of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// A privileged container has every right that root on the node has. Whoever controls its process controls the node and every pod
    /// on it.
    ///
    /// # Remedy
    /// Remove `privileged: true`. Add the one capability that the process needs, or move the task to a node agent of the platform team.
    id: "privileged-container",
    summary: "a container is privileged",
    family: Family::Workload,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_2_2, Control::NistAc6, Control::NistSc39, Control::PciDss2_2_6],
    since: "0.1.0",
}

const RULE: Rule =
    Rule::baseline("remove securityContext.privileged, and add only the capability that the process needs");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    found.each_container(pod, "privileged", |container| {
        Outcome::of_forbidden(&container.security(&["privileged"]), "securityContext.privileged")
    });
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{deployed, restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a privileged container of any kind fires");
        let key = "/spec/containers/0/securityContext/privileged";
        cases.fires(with(key, json!(true)), &[key]);
        cases.fires(with(key, json!("true")), &[key]);
        cases.fires(
            with("/spec/initContainers/0/securityContext/privileged", json!(true)),
            &["/spec/initContainers/0/securityContext/privileged"],
        );
        let debug = json!({"name": "d", "securityContext": {"privileged": true}});
        cases.fires(
            with("/spec/ephemeralContainers", json!([debug])),
            &["/spec/ephemeralContainers/0/securityContext/privileged"],
        );
        cases
            .fires(deployed(&with(key, json!(true))), &["/spec/template/spec/containers/0/securityContext/privileged"]);
        let patch =
            json!({"op": "add", "path": "/spec/template/spec/containers/0/securityContext/privileged", "value": true});
        cases.fires(json!({"stages": [{"type": "patchManifest", "refId": "1", "options": {"mergeStrategy": "json"}, "patchBody": [patch]}]}),
            &["/stages/0/patchBody/0/value"]);

        cases.about("other pods pass, and an expression warns");
        cases.quiet(restricted());
        cases.quiet(with(key, json!(false)));
        cases.warns(with(key, json!("${x}")), &[key]);
        cases
    }
}
