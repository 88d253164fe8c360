//! `single-replica`.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::kubernetes::manifest::{Manifest, Role};

declare_check! {
    /// # What it checks
    /// A Deployment, StatefulSet, ReplicaSet or Rollout must have more than one replica, or a HorizontalPodAutoscaler in the same
    /// document that scales it. The check is off unless the policy turns it on: `checks: {single-replica: {mode: enforce}}`.
    ///
    /// # Why it matters
    /// With one replica every drained node, every crash and every rollout is an outage.
    ///
    /// # Remedy
    /// Set `spec.replicas` to two or more.
    id: "single-replica",
    summary: "a workload has a single replica",
    family: Family::Workload,
    severity: Severity::Low,
    enforced: Enforced::OPTIONAL,
    facts: [],
    evidence: [Need::Artifacts],
    detectors: [],
    controls: [Control::NistCp10, Control::SoxOperations],
    since: "0.1.0",
}

const REMEDY: &str = "set spec.replicas to two or more, or add a HorizontalPodAutoscaler";

const KINDS: [&str; 4] = ["Deployment", "StatefulSet", "ReplicaSet", "Rollout"];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let manifests = context.manifests;
    if manifests.readable.is_empty() && manifests.opaque.is_empty() {
        return report.not_applicable("the document deploys no manifest");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    let scaled: HashSet<_> = manifests.readable.iter().filter_map(scaled_object).collect();
    let is_scaled =
        |manifest: &Manifest<'d>| manifest.name().is_some_and(|name| scaled.contains(&(manifest.kind(), name)));
    for manifest in manifests.readable.iter().filter(|manifest| manifest.role == Role::Whole) {
        let Some(spec) = manifest.value.get("spec").filter(|_| KINDS.contains(&&*manifest.kind())) else { continue };
        let replicas = spec.get("replicas");
        let is_single = replicas.is_none_or(|replicas| replicas.as_f64() == Some(1.0));
        if is_single && !is_scaled(manifest) {
            let message = format!("{} has a single replica", manifest.label());
            report.finding(Finding::at(replicas.unwrap_or(spec), message, REMEDY).stage(manifest.stage));
        }
    }
}

/// Kind and name of the object that a `HorizontalPodAutoscaler` scales.
fn scaled_object<'d>(manifest: &Manifest<'d>) -> Option<(Cow<'d, str>, Cow<'d, str>)> {
    let target =
        manifest.value.at(&["spec", "scaleTargetRef"]).filter(|_| manifest.kind() == "HorizontalPodAutoscaler")?;
    Some((target.str("kind")?, target.str("name")?))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("one replica fires");
        let deployment = |replicas: serde_json::Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": replicas}});
        cases.fires(deployment(json!(1)), &["/spec/replicas"]);
        cases.fires(
            json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "d"}, "spec": {}}),
            &["/spec"],
        );

        cases.about("more than one is fine, and so is one that is scaled");
        cases.quiet(deployment(json!(2)));
        let scaler = json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"},
            "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d"}}});
        cases.quiet(json!({"apiVersion": "v1", "kind": "List", "items": [deployment(json!(1)), scaler]}));
        cases
    }
}
