//! `default-service-account`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::kubernetes::part::{Part, Truth};
use crate::kubernetes::pod_view::PodView;
use crate::kubernetes::rbac::Subject;

declare_check! {
    /// # What it checks
    /// Every pod that has a token must have a service account of its own (`serviceAccountName` other than `default`), and no binding
    /// may grant a role to the account `default`. A pod without a token (`automountServiceAccountToken: false`) is fine.
    ///
    /// # Why it matters
    /// All pods of a namespace share the account `default`: a right that one of them gets, each of them has, and no audit record tells
    /// them apart.
    ///
    /// # Remedy
    /// Create a service account for the application and set `serviceAccountName`, or set `automountServiceAccountToken: false`.
    id: "default-service-account",
    summary: "a pod uses the service account that all pods share",
    family: Family::Access,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Pods, Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_5, Control::NistAc6, Control::PciDss7_2_2],
    since: "0.1.0",
}

const REMEDY: &str =
    "set serviceAccountName to an account of the application, or automountServiceAccountToken to false";

const BINDING_REMEDY: &str = "grant the role to a service account of the application";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let (pods, bindings) = (context.pod_views(), &context.access().bindings);
    if pods.is_empty() && bindings.is_empty() && context.manifests.opaque.is_empty() {
        return report.not_applicable("the document has no workload and no binding that can be inspected");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    for pod in pods.iter().filter(|pod| pod.unreadable().is_none()) {
        if matches!(pod.get("automountServiceAccountToken").truth(), Truth::False(_)) {
            continue;
        }
        let account = service_account(pod);
        let is_default = account.text().is_none_or(|name| name.is_empty() || name == "default");
        if !matches!(account, Part::Absent | Part::Is(_) | Part::Merged(..)) || !is_default {
            continue;
        }
        let place = account.place().unwrap_or(pod.pod.spec);
        let message = format!("the pod of {} uses the service account default", pod.label());
        report.finding(Finding::at(place, message, REMEDY).stage(pod.pod.manifest.stage));
    }
    for binding in bindings {
        let is_default = |subject: &&Subject<'_>| subject.is("ServiceAccount", "default");
        if let Some(subject) = binding.subjects().0.iter().find(is_default) {
            let message = format!("{} grants its role to the service account default", binding.manifest.label());
            let finding = Finding::at(subject.value, message, BINDING_REMEDY);
            report.finding(finding.stage(binding.manifest.stage));
        }
    }
}

/// `serviceAccountName`, or the older `serviceAccount`.
fn service_account<'d>(pod: &PodView<'d>) -> Part<'d> {
    match pod.get("serviceAccountName") {
        Part::Absent => pod.get("serviceAccount"),
        named => named,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, with};
    use crate::checks::testing::rbac::{account, binding};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("the shared account fires");
        cases.fires(restricted(), &["/spec"]);
        cases.fires(with("/spec/serviceAccountName", json!("default")), &["/spec/serviceAccountName"]);
        cases.fires(binding("view", &[account("default")]), &["/subjects/0"]);

        cases.about("an own account, or none at all, is fine");
        cases.quiet(with("/spec/serviceAccountName", json!("shop")));
        cases.quiet(with("/spec/serviceAccount", json!("shop")));
        cases.quiet(with("/spec/automountServiceAccountToken", json!(false)));
        cases.quiet(binding("view", &[account("shop")]));
        cases
    }
}
