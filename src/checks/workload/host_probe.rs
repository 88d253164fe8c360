//! `host-probe`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::pod_view::PodView;
use crate::kubernetes::version::Minor;

declare_check! {
    /// # What it checks
    /// The control *Host Probes / Lifecycle Hooks* of the Pod Security Standard *baseline*
    /// (`policy/check_hostProbesAndhostLifecycle.go` upstream): no probe and no lifecycle hook may set `httpGet.host` or
    /// `tcpSocket.host`. The control begins with Kubernetes 1.34. The check applies to every kind with a pod template, to patches, and
    /// to init and ephemeral containers. `kubernetes.version` in the policy sets the version of the standard, `kubernetes.podSecurity`
    /// its level.
    ///
    /// # Why it matters
    /// The kubelet sends the request. With a host of its own, a probe makes the node call addresses that the pod may not reach.
    ///
    /// # Remedy
    /// Remove `host`: the kubelet then calls the pod. Set the header `Host` under `httpHeaders` where the application needs a name.
    id: "host-probe",
    summary: "a probe or hook calls another host than its pod",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::NistSc7, Control::PciDss1_3_1],
    since: "0.1.0",
}

const RULE: Rule = Rule {
    since: Minor(34),
    ..Rule::baseline(
        "remove host from the probe or hook; set the header Host under httpHeaders if the application needs it",
    )
};

const HANDLERS: [&[&str]; 5] = [
    &["livenessProbe"],
    &["readinessProbe"],
    &["startupProbe"],
    &["lifecycle", "postStart"],
    &["lifecycle", "preStop"],
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    found.each_container(pod, "host of a probe or hook", |container| {
        let hosts = HANDLERS.into_iter().flat_map(|handler| {
            let handler = container.at(handler);
            [("httpGet", handler.get("httpGet").get("host")), ("tcpSocket", handler.get("tcpSocket").get("host"))]
        });
        let hosts = hosts.map(|(kind, host)| {
            let is_set = host.text().is_some_and(|host| !host.is_empty());
            (host, is_set.then(|| kind.to_owned()))
        });
        Outcome::of_all(hosts, "sets host for")
    });
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, under, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a probe of another host fires from Kubernetes 1.34 on");
        let key = "/spec/containers/0/livenessProbe/httpGet/host";
        cases.fires(with(key, json!("10.0.0.1")), &[key]);
        let hook = "/spec/containers/0/lifecycle/preStop/tcpSocket/host";
        cases.fires(with(hook, json!("127.0.0.1")), &[hook]);

        cases.about("probes of the pod pass, and older versions have no such control");
        cases.quiet(restricted());
        cases.quiet(with("/spec/containers/0/livenessProbe/httpGet", json!({"path": "/", "port": 80, "host": ""})));
        cases.quiet(under("1.33", with(key, json!("10.0.0.1"))));
        cases.warns(with(key, json!("${x}")), &[key]);
        cases
    }
}
