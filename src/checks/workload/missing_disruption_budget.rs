//! `missing-disruption-budget`.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::document::value::Value;
use crate::kubernetes::manifest::{Manifest, Role};

declare_check! {
    /// # What it checks
    /// A Deployment, StatefulSet or Rollout with several replicas must have a PodDisruptionBudget in the same document that selects its
    /// pods. The check is off unless the policy turns it on: `checks: {missing-disruption-budget: {mode: enforce}}`.
    ///
    /// # Why it matters
    /// Without a budget, draining nodes may stop all replicas at once.
    ///
    /// # Remedy
    /// Add a PodDisruptionBudget whose selector matches the labels of the pods.
    id: "missing-disruption-budget",
    summary: "a workload has no disruption budget",
    family: Family::Workload,
    severity: Severity::Low,
    enforced: Enforced::OPTIONAL,
    facts: [],
    evidence: [Need::Artifacts],
    detectors: [],
    controls: [Control::NistCp10, Control::SoxOperations],
    since: "0.1.0",
}

const REMEDY: &str = "add a PodDisruptionBudget whose selector matches the labels of the pods";

const KINDS: [&str; 3] = ["Deployment", "StatefulSet", "Rollout"];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let manifests = context.manifests;
    if manifests.readable.is_empty() && manifests.opaque.is_empty() {
        return report.not_applicable("the document deploys no manifest");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    let budgets = Budgets::of(&manifests.readable);
    for manifest in manifests.readable.iter().filter(|manifest| manifest.role == Role::Whole) {
        let Some(spec) = manifest.value.get("spec").filter(|_| KINDS.contains(&&*manifest.kind())) else { continue };
        let replicas = spec.get("replicas").and_then(Value::as_f64).unwrap_or(1.0);
        let labels = spec.at(&["template", "metadata", "labels"]);
        if replicas > 1.0 && !budgets.covers(labels) {
            let message = format!("{} has no PodDisruptionBudget", manifest.label());
            report.finding(Finding::at(spec, message, REMEDY).stage(manifest.stage));
        }
    }
}

/// The label selectors of the budgets of a document, by their first label: each workload meets only those that may select it.
#[derive(Default)]
struct Budgets<'d> {
    selectors: HashMap<(Cow<'d, str>, Cow<'d, str>), Vec<Value<'d>>>,
    /// An empty selector selects every pod.
    selects_all: bool,
}

impl<'d> Budgets<'d> {
    fn of(manifests: &[Manifest<'d>]) -> Self {
        let mut budgets = Self::default();
        for budget in manifests.iter().filter(|manifest| manifest.kind() == "PodDisruptionBudget") {
            let Some(selector) = budget.value.at(&["spec", "selector", "matchLabels"]) else { continue };
            match selector.entries().next() {
                None => budgets.selects_all = true,
                Some((key, value)) => {
                    let Some(label) = key.as_str().zip(value.text()) else { continue };
                    budgets.selectors.entry(label).or_default().push(selector);
                }
            }
        }
        budgets
    }

    /// Whether a budget selects pods with `labels`.
    fn covers(&self, labels: Option<Value<'d>>) -> bool {
        let is_selected = |selector: &Value<'d>| {
            selector.entries().all(|(key, value)| {
                let own = labels.and_then(|labels| labels.get(&key.as_str()?)).and_then(Value::text);
                own.is_some() && own == value.text()
            })
        };
        let mut own =
            labels.into_iter().flat_map(Value::entries).filter_map(|(key, value)| key.as_str().zip(value.text()));
        self.selects_all
            || own.any(|label| self.selectors.get(&label).is_some_and(|found| found.iter().any(is_selected)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("several replicas without a budget fire");
        let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
            "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": "d"}}}}});
        cases.fires(deployment.clone(), &["/spec"]);
        let budget = |app: &str| {
            json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": app}}}})
        };
        let list = |budget: serde_json::Value| json!({"apiVersion": "v1", "kind": "List", "items": [deployment.clone(), budget]});
        cases.fires(list(budget("other")), &["/items/0/spec"]);

        cases.about("a budget of its pods is fine");
        cases.quiet(list(budget("d")));
        cases.quiet(
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 1}}),
        );
        cases
    }
}
