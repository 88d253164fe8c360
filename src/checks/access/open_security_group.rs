//! `open-security-group`.

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check, stage_label};
use crate::document::value::Value;

declare_check! {
    /// # What it checks
    /// No stage may open ports to the whole internet: a rule of a security group or firewall (AWS, Google Cloud, Azure, Oracle,
    /// CloudFormation) with the source `0.0.0.0/0`, `::/0`, or `*`, `Internet` and `Any` on Azure. Ports 80 and 443 alone are a
    /// warning.
    ///
    /// # Why it matters
    /// SSH, databases and administration interfaces that everybody reaches are found within minutes and attacked from then on.
    ///
    /// # Remedy
    /// Name the networks, or the security group of the load balancer, as the source.
    id: "open-security-group",
    summary: "a security group is open to the internet",
    family: Family::Access,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::NistSc7, Control::NistAc17, Control::PciDss1_2_5, Control::PciDss1_3_1],
    since: "0.1.0",
}

const REMEDY: &str = "name the networks, or the security group of the load balancer, as the source of the rule";

/// Keys of a rule that name one network.
const SINGLE: [&str; 8] =
    ["cidr", "cidrIp", "cidrIpv6", "CidrIp", "CidrIpv6", "sourceAddressPrefix", "sourceRange", "sourceCidr"];

/// Keys of a rule that name several.
const LISTS: [&str; 5] = ["sourceRanges", "sourceAddressPrefixes", "ipRanges", "ipv6Ranges", "cidrs"];

/// First and last port of a rule.
const PORTS: [(&str, &str); 4] =
    [("startPort", "endPort"), ("FromPort", "ToPort"), ("fromPort", "toPort"), ("minPort", "maxPort")];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    for (index, stage) in pipeline.authored() {
        // Manifests of Kubernetes have networks of their own (`open-network-policy`).
        if matches!(stage.effective_type(), "deployManifest" | "patchManifest" | "runJob" | "runJobManifest") {
            continue;
        }
        let templates = stage.setting("templateBody").into_iter().flat_map(Value::embedded);
        for holder in [stage.settings].into_iter().chain(templates) {
            for rule in holder.descendants().filter(|value| value.is_object()) {
                let Some(place) = open_source(rule).filter(|_| !is_outward(rule)) else { continue };
                let message = format!("{} opens {} to the whole internet", stage_label(stage), ports(rule));
                let finding = Finding::at(place, message, REMEDY).stage(index);
                report.finding(if is_web(rule) { finding.only_warns() } else { finding });
            }
        }
    }
}

/// The source of a rule that is everybody.
fn open_source(rule: Value<'_>) -> Option<Value<'_>> {
    let is_all = |value: &Value<'_>| {
        let text = value.as_str().unwrap_or_default();
        matches!(text.trim(), "0.0.0.0/0" | "::/0")
    };
    let of_azure = |value: &Value<'_>| {
        let text = value.as_str().unwrap_or_default();
        ["*", "internet", "any"].iter().any(|all| text.eq_ignore_ascii_case(all))
    };
    let single = SINGLE.iter().filter_map(|key| Some((*key, rule.get(key)?)));
    let mut single = single.filter(|(key, value)| is_all(value) || *key == "sourceAddressPrefix" && of_azure(value));
    let mut lists = LISTS.iter().flat_map(|key| rule.list(key)).filter(is_all);
    single.next().map(|(_, value)| value).or_else(|| lists.next())
}

/// Whether it is for traffic that leaves, or forbids.
fn is_outward(rule: Value<'_>) -> bool {
    let is = |key: &str, word: &str| rule.str(key).is_some_and(|text| text.eq_ignore_ascii_case(word));
    let is_below_egress =
        rule.key_before().and_then(Value::as_str).is_some_and(|key| key.to_ascii_lowercase().contains("egress"));
    is("direction", "outbound") || is("direction", "EGRESS") || is("access", "deny") || is_below_egress
}

/// The range of ports, where the rule names it.
fn range(rule: Value<'_>) -> Option<(u32, u32)> {
    let number = |key: &str| rule.get(key)?.text()?.trim().parse::<u32>().ok();
    let of = |(from, to): &(&str, &str)| Some((number(from)?, number(to)?));
    PORTS.iter().find_map(of).or_else(|| {
        let port = rule.str("destinationPortRange")?;
        let (from, to) = port.split_once('-').unwrap_or((&port, &port));
        Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
    })
}

fn ports(rule: Value<'_>) -> String {
    match range(rule) {
        Some((from, to)) if from == to => format!("port {from}"),
        Some((from, to)) => format!("the ports {from} to {to}"),
        None => "its ports".to_owned(),
    }
}

fn is_web(rule: Value<'_>) -> bool {
    matches!(range(rule), Some((from, to)) if from == to && (from == 80 || from == 443))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a rule from everywhere fires, by the keys of each provider");
        let stage = |settings: serde_json::Value| json!({"stages": [settings]});
        cases.fires(stage(json!({"refId": "1", "type": "upsertSecurityGroup", "cloudProvider": "aws", "ipIngress": [{"cidr": "0.0.0.0/0", "startPort": 22, "endPort": 22, "type": "tcp"}]})),
            &["/stages/0/ipIngress/0/cidr"]);
        cases.fires(stage(json!({"refId": "1", "type": "upsertSecurityGroup", "cloudProvider": "gce", "sourceRanges": ["10.0.0.0/8", "0.0.0.0/0"], "allowed": []})),
            &["/stages/0/sourceRanges/1"]);
        cases.fires(stage(json!({"refId": "1", "type": "upsertSecurityGroup", "cloudProvider": "azure", "securityRules": [{"access": "Allow", "direction": "Inbound", "sourceAddressPrefix": "*", "destinationPortRange": "3389"}]})),
            &["/stages/0/securityRules/0/sourceAddressPrefix"]);
        let template = json!({"Resources": {"G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "CidrIp": "0.0.0.0/0"}]}}}});
        cases.fires(
            stage(json!({"refId": "1", "type": "deployCloudFormation", "templateBody": template})),
            &["/stages/0/templateBody/Resources/G/Properties/SecurityGroupIngress/0/CidrIp"],
        );

        cases.about("networks and rules for traffic that leaves are fine, and the web warns");
        cases.quiet(stage(json!({"refId": "1", "type": "upsertSecurityGroup", "ipIngress": [{"cidr": "10.0.0.0/8", "startPort": 22, "endPort": 22}]})));
        cases.quiet(stage(json!({"refId": "1", "type": "upsertSecurityGroup", "securityRules": [{"access": "Deny", "sourceAddressPrefix": "*"}]})));
        cases.warns(stage(json!({"refId": "1", "type": "upsertSecurityGroup", "ipIngress": [{"cidr": "0.0.0.0/0", "startPort": 443, "endPort": 443}]})),
            &["/stages/0/ipIngress/0/cidr"]);
        cases
    }
}
