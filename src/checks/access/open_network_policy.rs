//! `open-network-policy`.

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::document::value::Value;
use crate::kubernetes::manifest::{Manifest, Role};

declare_check! {
    /// # What it checks
    /// No NetworkPolicy may let traffic in from everywhere: an `ingress` rule without `from`, or one from `0.0.0.0/0` or `::/0` without
    /// `ports`.
    ///
    /// # Why it matters
    /// A policy that lets everything in protects nothing, and looks as if it did.
    ///
    /// # Remedy
    /// Name the pods, namespaces or networks under `from`.
    id: "open-network-policy",
    summary: "a network policy lets everything in",
    family: Family::Access,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [],
    evidence: [Need::Artifacts],
    detectors: [],
    controls: [Control::Cis5_3_2, Control::NistSc7, Control::PciDss1_3_1],
    since: "0.1.0",
}

const REMEDY: &str = "name the pods, namespaces or networks that may call under from";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let manifests = context.manifests;
    let is_policy = |manifest: &&Manifest<'d>| manifest.kind() == "NetworkPolicy" && manifest.role == Role::Whole;
    let policies: Vec<_> = manifests.readable.iter().filter(is_policy).collect();
    if policies.is_empty() && manifests.opaque.is_empty() {
        return report.not_applicable("the document deploys no network policy");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    for policy in policies {
        let Some(spec) = policy.value.get("spec") else { continue };
        for rule in spec.list("ingress").filter(|rule| rule.is_object()) {
            let from = rule.get("from").filter(|from| !from.is_blank());
            let is_everywhere = |peer: Value<'_>| {
                let block = peer.at(&["ipBlock", "cidr"]);
                block.is_some_and(|cidr| cidr.is_str("0.0.0.0/0") || cidr.is_str("::/0"))
            };
            let has_ports = rule.get("ports").is_some_and(|ports| !ports.is_blank());
            let open = match from {
                _ if has_ports => None,
                None => Some(rule),
                Some(from) => from.elements().find(|peer| is_everywhere(*peer)),
            };
            if let Some(place) = open {
                let message = format!("{} lets traffic in from everywhere", policy.label());
                report.finding(Finding::at(place, message, REMEDY).stage(policy.stage));
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a rule from everywhere fires");
        let policy = |ingress: serde_json::Value| {
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p"},
            "spec": {"podSelector": {}, "ingress": ingress}})
        };
        cases.fires(policy(json!([{}])), &["/spec/ingress/0"]);
        cases.fires(policy(json!([{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}])), &["/spec/ingress/0/from/0"]);

        cases.about("rules from somewhere, of ports, and no rule at all are fine");
        cases.quiet(policy(json!([])));
        cases.quiet(policy(json!([{"from": [{"podSelector": {"matchLabels": {"app": "a"}}}]}])));
        cases.quiet(policy(json!([{"ports": [{"port": 443}]}])));
        cases
    }
}
