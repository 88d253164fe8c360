//! `host-port`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::part::{Part, Truth};
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *Host Ports* of the Pod Security Standard *baseline* (`policy/check_hostPorts.go` upstream): no port of a container
    /// may set `hostPort`. In a pod with `hostNetwork` each port of a container is one of the node, as Kubernetes fills it in. The
    /// check applies to every kind with a pod template, to patches, and to init and ephemeral containers. `kubernetes.version` in the
    /// policy sets the version of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// A port of the node is open to everybody who reaches the node, past Services and network policies.
    ///
    /// # Remedy
    /// Remove `hostPort`, and publish the port with a Service.
    id: "host-port",
    summary: "a container opens a port of its node",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_2_13, Control::NistSc7, Control::PciDss1_2_5],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("remove hostPort, and publish the port with a Service");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    let is_on_host = matches!(pod.get("hostNetwork").truth(), Truth::True(_));
    found.each_container(pod, "hostPort", |container| {
        let ports = container.at(&["ports"]).items().into_iter().map(|port| {
            let own = port.get("hostPort");
            let number = own.text().filter(|text| text.trim() != "0");
            match number {
                Some(number) => (own, Some(number.into_owned())),
                // Kubernetes takes the port of the container where the pod uses the network of its node.
                None if is_on_host && container.list != "ephemeralContainers" && !matches!(own, Part::Open(_)) => {
                    let of_container = port.get("containerPort");
                    let number = of_container.text().map(std::borrow::Cow::into_owned);
                    (of_container, number)
                }
                None => (own, None),
            }
        });
        Outcome::of_all(ports, "opens the host port")
    });
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{changed, restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a port of the node fires, once per container");
        let ports = json!([{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 81}]);
        cases.fires(with("/spec/containers/0/ports", ports), &["/spec/containers/0/ports/0/hostPort"]);
        let port = json!([{"containerPort": 80}]);
        cases.fires(
            changed(with("/spec/hostNetwork", json!(true)), "/spec/containers/0/ports", port.clone()),
            &["/spec/containers/0/ports/0/containerPort"],
        );
        cases.fires(
            with("/spec/initContainers/0/ports", json!([{"hostPort": 1}])),
            &["/spec/initContainers/0/ports/0/hostPort"],
        );

        cases.about("ports of containers pass, and an expression warns");
        cases.quiet(restricted());
        cases.quiet(with("/spec/containers/0/ports", port));
        cases.quiet(with("/spec/containers/0/ports", json!([{"containerPort": 80, "hostPort": 0}])));
        cases.warns(
            with("/spec/containers/0/ports", json!([{"hostPort": "${x}"}])),
            &["/spec/containers/0/ports/0/hostPort"],
        );
        cases
    }
}
