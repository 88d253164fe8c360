//! `privilege-granting-role`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::access::{self, Danger, Named};
use crate::kubernetes::rbac::Right;

declare_check! {
    /// # What it checks
    /// No role may grant rights beyond those of its holder: `bind` or `escalate` on roles, `impersonate` on users, groups, service
    /// accounts, uids or extra fields. With `resourceNames`, it warns outside the profile `strict`. Wildcards in groups, resources and
    /// verbs count as what they grant.
    ///
    /// # Why it matters
    /// These verbs exist to pass the rule that nobody grants more than they hold. Whoever has one of them is administrator one request
    /// later.
    ///
    /// # Remedy
    /// Remove the verb. Let the platform team create the bindings that the application needs.
    id: "privilege-granting-role",
    summary: "a role may grant itself more rights",
    family: Family::Access,
    severity: Severity::Critical,
    enforced: Enforced::FROM_PRODUCTION_SURE,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_8, Control::NistAc6, Control::PciDss7_2_2, Control::SoxSegregationOfDuties],
    since: "0.1.0",
}

const REMEDY: &str = "remove bind, escalate and impersonate from the role";

const DANGERS: &[Danger] = &[
    Danger {
        right: Right { group: "rbac.authorization.k8s.io", resource: "clusterroles", verbs: &["bind", "escalate"] },
        may: "grant any role",
    },
    Danger {
        right: Right { group: "rbac.authorization.k8s.io", resource: "roles", verbs: &["bind", "escalate"] },
        may: "grant any role",
    },
    Danger { right: Right { group: "", resource: "users", verbs: &["impersonate"] }, may: "act as anybody else" },
    Danger { right: Right { group: "", resource: "groups", verbs: &["impersonate"] }, may: "act as anybody else" },
    Danger {
        right: Right { group: "", resource: "serviceaccounts", verbs: &["impersonate"] },
        may: "act as anybody else",
    },
    Danger {
        right: Right { group: "authentication.k8s.io", resource: "uids", verbs: &["impersonate"] },
        may: "act as anybody else",
    },
    Danger {
        right: Right { group: "authentication.k8s.io", resource: "userextras", verbs: &["impersonate"] },
        may: "act as anybody else",
    },
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    access::judge_roles(context, report, DANGERS, Named::Weaker, REMEDY);
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::testing::Cases;
    use crate::checks::testing::rbac::{cluster_role, role, rule};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("bind, escalate and impersonate fire");
        cases.fires(cluster_role(&[rule(&["rbac.authorization.k8s.io"], &["clusterroles"], &["bind"])]), &["/rules/0"]);
        cases.fires(role(&[rule(&["rbac.authorization.k8s.io"], &["roles"], &["*"])]), &["/rules/0"]);
        cases.fires(cluster_role(&[rule(&[""], &["serviceaccounts"], &["get", "impersonate"])]), &["/rules/0"]);

        cases.about("reading roles and creating bindings is fine");
        cases.quiet(role(&[rule(&["rbac.authorization.k8s.io"], &["roles"], &["get", "list", "create"])]));
        cases.quiet(role(&[rule(&["rbac.authorization.k8s.io"], &["rolebindings"], &["create"])]));
        cases.warns(role(&[rule(&["rbac.authorization.k8s.io"], &["roles"], &["${x}"])]), &["/rules/0/verbs/0"]);
        cases
    }
}
