//! `exposed-service`.

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::document::value::Value;
use crate::kubernetes::manifest::{Manifest, Role};

declare_check! {
    /// # What it checks
    /// A Service of the type `LoadBalancer` must be internal (one of the annotations of AWS, Google Cloud, Azure, Oracle or
    /// DigitalOcean) or name `loadBalancerSourceRanges` other than the whole internet. A Service of the type `NodePort` and
    /// `externalIPs` are reported, and so is an Ingress without `tls`.
    ///
    /// # Why it matters
    /// A load balancer of the cloud is on the internet as soon as it exists, without the gateway that checks who calls. Without TLS
    /// everybody on the way reads along.
    ///
    /// # Remedy
    /// Use a `ClusterIP` behind the platform's Ingress or Gateway, make the load balancer internal, or list the networks that may call.
    id: "exposed-service",
    summary: "a service or ingress is open to the internet",
    family: Family::Access,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [],
    evidence: [Need::Artifacts],
    detectors: [],
    controls: [Control::NistSc7, Control::NistAc17, Control::PciDss1_3_1, Control::HipaaEncryption],
    since: "0.1.0",
}

const REMEDY: &str = "use a ClusterIP behind the platform's ingress, make the load balancer internal, or list the networks that may call";

const TLS: &str = "set spec.tls of the Ingress";

/// Annotations that keep a load balancer inside, and the values that do.
const INTERNAL: [(&str, &[&str]); 9] = [
    ("service.beta.kubernetes.io/aws-load-balancer-internal", &["true", "0.0.0.0/0"]),
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("networking.gke.io/load-balancer-type", &["Internal"]),
    ("cloud.google.com/load-balancer-type", &["Internal", "internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("oci-network-load-balancer.oraclecloud.com/internal", &["true"]),
    ("service.beta.kubernetes.io/do-loadbalancer-network", &["INTERNAL"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let manifests = context.manifests;
    if manifests.readable.is_empty() && manifests.opaque.is_empty() {
        return report.not_applicable("the document deploys no manifest");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    for manifest in manifests.readable.iter().filter(|manifest| manifest.role == Role::Whole) {
        let api = manifest.value.str("apiVersion").unwrap_or_default();
        match &*manifest.kind() {
            "Service" if api == "v1" => judge_service(context, report, *manifest),
            "Ingress" if api.contains("networking") || api.starts_with("extensions/") => {
                let spec = manifest.value.get("spec").unwrap_or(manifest.value);
                if spec.get("tls").is_none_or(Value::is_blank) && spec.get("rules").is_some() {
                    let message = format!("{} serves without TLS", manifest.label());
                    report.finding(Finding::at(spec, message, TLS).stage(manifest.stage));
                }
            }
            _ => {}
        }
    }
}

fn judge_service<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, manifest: Manifest<'d>) {
    let Some(spec) = manifest.value.get("spec") else { return };
    let finding = |place, message| Finding::at(place, message, REMEDY).stage(manifest.stage);
    if let Some(addresses) = spec.get("externalIPs").filter(|addresses| !addresses.is_blank()) {
        report.finding(finding(addresses, format!("{} takes the external addresses of nodes", manifest.label())));
    }
    let Some(kind) = spec.get("type") else { return };
    if kind.is_open() {
        return report
            .unsettled(context, finding(kind, format!("the type of {} depends on an expression", manifest.label())));
    }
    if kind.is_str("NodePort") {
        report.finding(finding(kind, format!("{} opens a port of every node", manifest.label())));
    } else if kind.is_str("LoadBalancer") && !is_internal(manifest.value) && !is_limited(spec) {
        report
            .finding(finding(kind, format!("{} is a load balancer that the whole internet reaches", manifest.label())));
    }
}

fn is_internal(service: Value<'_>) -> bool {
    let annotations = service.at(&["metadata", "annotations"]);
    let has = |(key, values): &(&str, &[&str])| {
        let value = annotations.and_then(|annotations| annotations.get(key)).and_then(Value::text);
        value.is_some_and(|value| values.contains(&&*value))
    };
    INTERNAL.iter().any(has)
}

/// Whether only some networks reach it.
fn is_limited(spec: Value<'_>) -> bool {
    let mut ranges = spec.list("loadBalancerSourceRanges").peekable();
    ranges.peek().is_some() && ranges.all(|range| !range.is_str("0.0.0.0/0") && !range.is_str("::/0"))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what the internet reaches fires");
        let service = |spec: serde_json::Value| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": spec});
        cases.fires(service(json!({"type": "LoadBalancer"})), &["/spec/type"]);
        cases.fires(
            service(json!({"type": "LoadBalancer", "loadBalancerSourceRanges": ["0.0.0.0/0"]})),
            &["/spec/type"],
        );
        cases.fires(service(json!({"type": "NodePort"})), &["/spec/type"]);
        cases.fires(service(json!({"externalIPs": ["203.0.113.1"]})), &["/spec/externalIPs"]);
        let ingress = |spec: serde_json::Value| json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i"}, "spec": spec});
        cases.fires(ingress(json!({"rules": [{"host": "a.example.com"}]})), &["/spec"]);

        cases.about("what stays inside is fine");
        cases.quiet(service(json!({"ports": [{"port": 80}]})));
        cases.quiet(service(json!({"type": "LoadBalancer", "loadBalancerSourceRanges": ["198.51.100.0/24"]})));
        let mut internal = service(json!({"type": "LoadBalancer"}));
        internal["metadata"]["annotations"] = json!({"networking.gke.io/load-balancer-type": "Internal"});
        cases.quiet(internal);
        cases.quiet(ingress(json!({"rules": [{"host": "a.example.com"}], "tls": [{"secretName": "t"}]})));
        cases.warns(service(json!({"type": "${x}"})), &["/spec/type"]);
        cases
    }
}
