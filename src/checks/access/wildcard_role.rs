//! `wildcard-role`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::access;
use crate::kubernetes::rbac::Rule;
use crate::meta::Confidence;

declare_check! {
    /// # What it checks
    /// No role may grant rights by wildcard. It fails where the wildcard reaches what Kubernetes itself protects: all resources of all
    /// groups, of the core group (secrets and `pods/exec` are among them) or of `rbac.authorization.k8s.io`, and all paths outside of
    /// resources. Any other wildcard, such as all resources of an own group, is a warning outside the profile `strict`.
    ///
    /// # Why it matters
    /// A wildcard also grants what is added to the group later, and hides which rights the application uses.
    ///
    /// # Remedy
    /// List the groups, resources and verbs that the application uses.
    id: "wildcard-role",
    summary: "a role grants rights by wildcard",
    family: Family::Access,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION_SURE,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_3, Control::NistAc6, Control::PciDss7_2_2],
    since: "0.1.0",
}

const REMEDY: &str = "list the API groups, resources and verbs that the application uses";

/// Groups whose every resource is worth the cluster.
const PROTECTED: [&str; 3] = ["*", "", "rbac.authorization.k8s.io"];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if !access::begin(context, report) {
        return;
    }
    for role in &context.access().roles {
        if let Some(place) = role.unread {
            let message = format!("the rules of {} are an expression or a text", role.manifest.label());
            report.unsettled(context, Finding::at(place, message, REMEDY).stage(role.manifest.stage));
        }
        for rule in &role.rules {
            let Some((keys, confidence)) = wildcards(*rule) else { continue };
            let message = format!("{} grants * in {keys}", role.manifest.label());
            let finding = Finding::at(rule.value, message, REMEDY).stage(role.manifest.stage);
            report.finding(finding.confidence(confidence));
        }
    }
}

/// The keys of a rule that hold a wildcard, and how much they reach.
fn wildcards(rule: Rule<'_>) -> Option<(String, Confidence)> {
    let keys = ["apiGroups", "resources", "verbs", "nonResourceURLs"];
    let wild: Vec<&str> = keys.into_iter().filter(|key| rule.has_wildcard(key)).collect();
    if wild.is_empty() {
        return None;
    }
    let is_of_protected = PROTECTED.iter().any(|group| rule.has("apiGroups", group));
    let reaches_all = (wild.contains(&"resources") && is_of_protected && !rule.is_named())
        || (wild.contains(&"nonResourceURLs") && wild.contains(&"verbs"));
    Some((wild.join(", "), if reaches_all { Confidence::High } else { Confidence::Medium }))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::rbac::{cluster_role, role, rule};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("any wildcard fires in the profile strict");
        cases.fires(cluster_role(&[rule(&["*"], &["*"], &["*"])]), &["/rules/0"]);
        cases.fires(
            role(&[rule(&["apps"], &["deployments"], &["get"]), rule(&["batch"], &["*"], &["*"])]),
            &["/rules/1"],
        );
        cases.fires(cluster_role(&[json!({"nonResourceURLs": ["*"], "verbs": ["*"]})]), &["/rules/0"]);

        cases.about("a wildcard in an own group warns in the profile production");
        let mut own: crate::checks::testing::Case = role(&[rule(&["example.com"], &["*"], &["*"])]).into();
        own.policy = crate::checks::testing::built_in(crate::policy::Profile::Production);
        cases.warns(own, &["/rules/0"]);
        let mut core: crate::checks::testing::Case = role(&[rule(&[""], &["*"], &["get"])]).into();
        core.policy = crate::checks::testing::built_in(crate::policy::Profile::Production);
        cases.fires(core, &["/rules/0"]);

        cases.about("rules without a wildcard are fine, and rules by expression warn");
        cases.quiet(role(&[rule(&["apps"], &["deployments"], &["get", "list"])]));
        cases.quiet(cluster_role(&[json!({"nonResourceURLs": ["/healthz/*"], "verbs": ["get"]})]));
        cases.warns(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": "${x}"}), &["/rules"]);
        cases
    }
}
