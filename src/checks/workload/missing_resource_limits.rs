//! `missing-resource-limits`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Rule};
use crate::kubernetes::part::Part;
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// Every container must have a limit of memory, and a request or limit of CPU (`resources`), of its own or of its pod. Init
    /// containers count, ephemeral ones do not.
    ///
    /// # Why it matters
    /// A container without a limit of memory takes that of its neighbours when it leaks. Without a request of CPU the scheduler puts
    /// too many on one node.
    ///
    /// # Remedy
    /// Set `resources.limits.memory` and `resources.requests.cpu` for each container.
    id: "missing-resource-limits",
    summary: "a container has no limit of memory or no request of CPU",
    family: Family::Workload,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::NistSc5, Control::NistCm6],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("set resources.limits.memory and resources.requests.cpu for the container");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    let of_pod = pod.get("resources");
    for container in pod.containers.iter().filter(|container| container.list != "ephemeralContainers") {
        // A patch shows only what it changes.
        if !matches!(container.part, Part::Is(_)) {
            continue;
        }
        let is_missing = |keys: &[&str]| {
            matches!(container.at(&["resources"]).at(keys), Part::Absent) && matches!(of_pod.at(keys), Part::Absent)
        };
        let mut missing = Vec::new();
        if is_missing(&["limits", "memory"]) {
            missing.push("limit of memory");
        }
        if is_missing(&["limits", "cpu"]) && is_missing(&["requests", "cpu"]) {
            missing.push("request of CPU");
        }
        if !missing.is_empty() {
            found.container(container, &[], &format!("has no {}", missing.join(" and no ")));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{changed, restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a container without limits fires");
        cases.fires(restricted(), &["/spec/initContainers/0", "/spec/containers/0"]);
        let limits = json!({"limits": {"memory": "1Gi"}, "requests": {"cpu": "100m"}});
        let of_container = with("/spec/containers/0/resources", limits.clone());
        cases.fires(of_container.clone(), &["/spec/initContainers/0"]);

        cases.about("limits of each container or of the pod are fine");
        cases.quiet(changed(
            of_container,
            "/spec/initContainers/0/resources",
            json!({"limits": {"memory": "1Gi", "cpu": "1"}}),
        ));
        cases.quiet(with("/spec/resources", limits));
        cases
    }
}
