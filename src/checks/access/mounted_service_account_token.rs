//! `mounted-service-account-token`.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::document::Kind;
use crate::kubernetes::manifest::Manifest;
use crate::kubernetes::part::Truth;
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// A pod must not mount the token of its service account: `automountServiceAccountToken: false` in the pod, or in its
    /// ServiceAccount where the document holds that.
    ///
    /// # Why it matters
    /// Whoever reads a file of the container calls the API server with the rights of the account. Few applications call it themselves.
    ///
    /// # Remedy
    /// Set `automountServiceAccountToken: false` in the pod. An application that calls the API server mounts a projected token of its
    /// own, with an audience and a short life.
    id: "mounted-service-account-token",
    summary: "a pod mounts a token that it may not need",
    family: Family::Access,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_6, Control::NistAc6, Control::PciDss7_2_2],
    since: "0.1.0",
}

const REMEDY: &str =
    "set automountServiceAccountToken to false in the pod; mount a projected token where the application needs one";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let pods = context.pod_views();
    if pods.is_empty() && context.manifests.opaque.is_empty() {
        return report.not_applicable("the document has no workload that can be inspected");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    let accounts = accounts_without_token(context);
    for pod in pods.iter().filter(|pod| pod.unreadable().is_none()) {
        let (place, why) = match pod.get("automountServiceAccountToken").truth() {
            Truth::True(place) => (place, "sets automountServiceAccountToken to true"),
            Truth::Unset if !is_off_in_account(&accounts, pod) => {
                (pod.pod.spec, "does not set automountServiceAccountToken to false")
            }
            _ => continue,
        };
        let message = format!("the pod of {} {why}", pod.label());
        report.finding(Finding::at(place, message, REMEDY).stage(pod.pod.manifest.stage));
    }
}

/// The names of the service accounts of the document that turn the token off.
fn accounts_without_token<'d>(context: &Context<'_, 'd>) -> HashSet<Cow<'d, str>> {
    let accounts = context.manifests.readable.iter().filter(|manifest| manifest.kind() == "ServiceAccount");
    let is_off = |manifest: &&Manifest<'d>| {
        manifest.value.get("automountServiceAccountToken").is_some_and(|value| value.kind() == Kind::False)
    };
    accounts.filter(is_off).filter_map(|account| account.name()).collect()
}

/// Whether the pod's service account turns the token off.
fn is_off_in_account(accounts: &HashSet<Cow<'_, str>>, pod: &PodView<'_>) -> bool {
    let name = pod.get("serviceAccountName").text().unwrap_or_else(|| "default".into());
    accounts.contains(&name)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a mounted token fires");
        cases.fires(restricted(), &["/spec"]);
        cases.fires(with("/spec/automountServiceAccountToken", json!(true)), &["/spec/automountServiceAccountToken"]);

        cases.about("a pod or an account that turns it off is fine");
        cases.quiet(with("/spec/automountServiceAccountToken", json!(false)));
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "shop"}, "automountServiceAccountToken": false});
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [account, with("/spec/serviceAccountName", json!("shop"))]});
        cases.quiet(list);
        cases
    }
}
