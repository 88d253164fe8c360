//! `missing-probe`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::kubernetes::part::Part;
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// Every container of a Deployment, StatefulSet, DaemonSet, ReplicaSet or Rollout must have a `readinessProbe` and a
    /// `livenessProbe`. The check is off unless the policy turns it on: `checks: {missing-probe: {mode: enforce}}`.
    ///
    /// # Why it matters
    /// Without a readiness probe a pod gets traffic before it can answer; without a liveness probe one that hangs stays.
    ///
    /// # Remedy
    /// Add the probes to the container.
    id: "missing-probe",
    summary: "a container has no probe",
    family: Family::Workload,
    severity: Severity::Low,
    enforced: Enforced::OPTIONAL,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::SoxOperations, Control::NistSi4],
    since: "0.1.0",
}

const REMEDY: &str = "add a readinessProbe and a livenessProbe to the container";

const KINDS: [&str; 5] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout"];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let is_server = |pod: &&PodView<'d>| KINDS.contains(&&*pod.pod.manifest.kind()) && pod.unreadable().is_none();
    let pods: Vec<_> = context.pod_views().iter().filter(is_server).collect();
    if pods.is_empty() {
        return report.not_applicable("the document has no workload that serves");
    }
    for pod in pods {
        for container in pod.containers.iter().filter(|container| container.list == "containers") {
            let is_missing = |key: &&str| matches!(container.at(&[*key]), Part::Absent);
            let missing: Vec<&str> =
                ["readinessProbe", "livenessProbe"].into_iter().filter(|key| is_missing(key)).collect();
            if !missing.is_empty() {
                let message = format!("{} of {} has no {}", container.label, pod.label(), missing.join(" and no "));
                report.finding(Finding::at(container.place, message, REMEDY).stage(pod.pod.manifest.stage));
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{changed, deployed, restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a container without probes fires");
        cases.fires(deployed(&restricted()), &["/spec/template/spec/containers/0"]);

        cases.about("containers with probes are fine, and pods that serve nothing");
        let probe = json!({"tcpSocket": {"port": 80}});
        let probed = changed(
            with("/spec/containers/0/readinessProbe", probe.clone()),
            "/spec/containers/0/livenessProbe",
            probe,
        );
        cases.quiet(deployed(&probed));
        cases.quiet(restricted());
        cases
    }
}
