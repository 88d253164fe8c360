//! `secret-reading-role`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::access::{self, Danger, Named};
use crate::kubernetes::rbac::Right;

declare_check! {
    /// # What it checks
    /// No role may read every secret of a namespace or of the cluster (`get`, `list` or `watch` on `secrets`). A rule that names its
    /// objects (`resourceNames`) is fine. Wildcards in groups, resources and verbs count as what they grant.
    ///
    /// # Why it matters
    /// Secrets hold the tokens of other service accounts and the passwords of other applications: whoever reads them has their rights.
    ///
    /// # Remedy
    /// Name the secrets in `resourceNames` and grant `get` alone, or mount them into the pod, which needs no right at all.
    id: "secret-reading-role",
    summary: "a role may read every secret",
    family: Family::Access,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_2, Control::NistAc6, Control::PciDss7_2_2, Control::HipaaAccess],
    since: "0.1.0",
}

const REMEDY: &str = "name the secrets in resourceNames and grant get alone, or mount them into the pod";

const DANGERS: &[Danger] = &[Danger {
    right: Right { group: "", resource: "secrets", verbs: &["get", "list", "watch"] },
    may: "read every secret",
}];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    access::judge_roles(context, report, DANGERS, Named::Fine, REMEDY);
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::testing::Cases;
    use crate::checks::testing::rbac::{cluster_role, named, role, rule};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("reading every secret fires");
        cases.fires(cluster_role(&[rule(&[""], &["secrets"], &["get"])]), &["/rules/0"]);
        cases.fires(
            role(&[rule(&["apps"], &["deployments"], &["get"]), rule(&["*"], &["*"], &["list"])]),
            &["/rules/1"],
        );

        cases.about("named secrets, writing and other resources are fine; an expression warns");
        cases.quiet(role(&[named(rule(&[""], &["secrets"], &["get"]), &["a"])]));
        cases.quiet(role(&[rule(&[""], &["secrets"], &["create"]), rule(&[""], &["configmaps"], &["get", "list"])]));
        cases.quiet(role(&[rule(&["example.com"], &["secrets"], &["get"])]));
        cases.warns(role(&[rule(&[""], &["${x}"], &["get"])]), &["/rules/0/resources/0"]);
        cases
    }
}
