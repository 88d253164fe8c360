//! `removed-kubernetes-api`.

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::kubernetes::manifest::Role;
use crate::kubernetes::removed_apis;

declare_check! {
    /// # What it checks
    /// No manifest may have an `apiVersion` that the clusters no longer serve. `kubernetes.version` in the policy names the version of
    /// the clusters; without it, the newest counts. An API that the next versions remove is a warning where the policy names the
    /// version.
    ///
    /// # Why it matters
    /// The API server refuses the manifest, and the release stops halfway.
    ///
    /// # Remedy
    /// Write the manifest for the API version that the message names.
    id: "removed-kubernetes-api",
    summary: "a manifest uses an API that the cluster does not serve",
    family: Family::Supply,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [],
    evidence: [Need::Artifacts],
    detectors: [],
    controls: [Control::NistCm2, Control::NistSi2, Control::SoxChangeManagement],
    since: "0.1.0",
}

const REMEDY: &str = "write the manifest for the API version that replaces it";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let manifests = context.manifests;
    if manifests.readable.is_empty() && manifests.opaque.is_empty() {
        return report.not_applicable("the document deploys no manifest");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    let version = &context.policy.kubernetes.version;
    for manifest in manifests.readable.iter().filter(|manifest| manifest.role == Role::Whole) {
        let api = manifest.value.get("apiVersion").filter(|api| !api.is_open());
        let Some((place, text)) = api.and_then(|api| Some((api, api.as_str()?))) else { continue };
        let Some(removed) = removed_apis::find(&text, &manifest.kind()) else { continue };
        let instead = removed.instead.map_or_else(String::new, |instead| format!("; use {instead}"));
        let is_gone = version.minor >= removed.since;
        if !is_gone && !version.is_named() {
            continue;
        }
        let verb = if is_gone { "has removed" } else { "removes" };
        let message = format!(
            "{} has the apiVersion {text}, which Kubernetes {} {verb}{instead}",
            manifest.label(),
            removed.since
        );
        let finding = Finding::at(place, message, REMEDY).stage(manifest.stage);
        report.finding(if is_gone { finding } else { finding.only_warns() });
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::under;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("an API that is gone fires");
        let object =
            |api: &str, kind: &str| json!({"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, "spec": {}});
        cases.fires(object("extensions/v1beta1", "Ingress"), &["/apiVersion"]);
        cases.fires(object("policy/v1beta1", "PodSecurityPolicy"), &["/apiVersion"]);
        cases.fires(under("1.25", object("batch/v1beta1", "CronJob")), &["/apiVersion"]);

        cases.about("APIs that the version serves are fine, and those that later ones remove warn");
        cases.quiet(object("apps/v1", "Deployment"));
        cases.quiet(object("example.com/v1beta1", "Ingress"));
        cases.warns(under("1.24", object("batch/v1beta1", "CronJob")), &["/apiVersion"]);
        cases
    }
}
