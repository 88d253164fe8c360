//! `node-proxy-role`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::access::{self, Danger, Named};
use crate::kubernetes::rbac::Right;

declare_check! {
    /// # What it checks
    /// No role may use `nodes/proxy`. Wildcards in groups, resources and verbs count as what they grant.
    ///
    /// # Why it matters
    /// The proxy of a node is the kubelet's own interface: commands in every container of the node, without admission and without an
    /// audit record.
    ///
    /// # Remedy
    /// Remove `nodes/proxy`. Read metrics with `nodes/metrics` and `nodes/stats`.
    id: "node-proxy-role",
    summary: "a role may use the interface of the kubelet",
    family: Family::Access,
    severity: Severity::High,
    enforced: Enforced::STRICT,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_10, Control::NistAc6, Control::PciDss7_2_2],
    since: "0.1.0",
}

const REMEDY: &str = "remove nodes/proxy, and read metrics with nodes/metrics";

const DANGERS: &[Danger] = &[Danger {
    right: Right { group: "", resource: "nodes/proxy", verbs: &["get", "create", "update", "patch", "delete"] },
    may: "use the interface of every kubelet",
}];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    access::judge_roles(context, report, DANGERS, Named::Weaker, REMEDY);
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::testing::Cases;
    use crate::checks::testing::rbac::{cluster_role, rule};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("the proxy of a node fires");
        cases.fires(cluster_role(&[rule(&[""], &["nodes", "nodes/proxy"], &["get"])]), &["/rules/0"]);
        cases.fires(cluster_role(&[rule(&[""], &["*"], &["create"])]), &["/rules/0"]);

        cases.about("nodes and their metrics are fine");
        cases.quiet(cluster_role(&[rule(
            &[""],
            &["nodes", "nodes/metrics", "nodes/stats"],
            &["get", "list", "watch"],
        )]));
        cases.warns(cluster_role(&[rule(&[""], &["nodes/proxy"], &["${x}"])]), &["/rules/0/verbs/0"]);
        cases
    }
}
