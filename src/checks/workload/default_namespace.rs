//! `default-namespace`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::kubernetes::manifest::Role;

declare_check! {
    /// # What it checks
    /// No workload may be deployed to the namespace `default`: by its own `metadata.namespace`, by the stage's `namespaceOverride`, or
    /// because neither names one. The check is off unless the policy turns it on: `checks: {default-namespace: {mode: enforce}}`.
    ///
    /// # Why it matters
    /// Quotas, network policies and rights are given by namespace. In `default` everybody's objects lie beside each other.
    ///
    /// # Remedy
    /// Set `metadata.namespace`, or `namespaceOverride` of the stage.
    id: "default-namespace",
    summary: "a workload is deployed to the namespace default",
    family: Family::Workload,
    severity: Severity::Low,
    enforced: Enforced::OPTIONAL,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_7_4, Control::NistCm6],
    since: "0.1.0",
}

const REMEDY: &str = "set metadata.namespace of the object, or namespaceOverride of the stage";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let pods = context.pod_views();
    if pods.is_empty() {
        return report.not_applicable("the document has no workload that can be inspected");
    }
    let mut last = None;
    for pod in pods.iter().filter(|pod| pod.pod.manifest.role == Role::Whole) {
        let manifest = pod.pod.manifest;
        if last.replace(manifest.value.row()) == Some(manifest.value.row()) {
            continue;
        }
        let stage = manifest.stage.and_then(|index| context.input.pipeline.as_ref()?.stages.get(index));
        let by_stage = stage.and_then(|stage| stage.setting("namespaceOverride")).filter(|name| !name.is_blank());
        let own = manifest.value.at(&["metadata", "namespace"]).filter(|name| !name.is_blank());
        let (place, name) = match by_stage.or(own) {
            Some(name) if name.is_open() => continue,
            Some(name) => (name, name.as_str().unwrap_or_default()),
            None => (manifest.value.get("metadata").unwrap_or(manifest.value), "default".into()),
        };
        if name == "default" {
            let message = format!("{} is deployed to the namespace default", manifest.label());
            report.finding(Finding::at(place, message, REMEDY).stage(manifest.stage));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("the namespace default fires, named or not");
        cases.fires(restricted(), &["/metadata"]);
        cases.fires(with("/metadata/namespace", json!("default")), &["/metadata/namespace"]);

        cases.about("another namespace is fine");
        cases.quiet(with("/metadata/namespace", json!("shop")));
        let deploy = json!({"type": "deployManifest", "refId": "1", "source": "text", "namespaceOverride": "shop", "manifests": [restricted()]});
        cases.quiet(json!({"stages": [deploy]}));
        cases
    }
}
