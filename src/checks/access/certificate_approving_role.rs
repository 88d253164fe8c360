//! `certificate-approving-role`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::access::{self, Danger, Named};
use crate::kubernetes::rbac::Right;

declare_check! {
    /// # What it checks
    /// No role may approve or sign certificates: `update` or `patch` on `certificatesigningrequests/approval` or `/status`, `approve`
    /// or `sign` on `signers`. A rule that names its objects (`resourceNames`) is fine. Wildcards in groups, resources and verbs count
    /// as what they grant.
    ///
    /// # Why it matters
    /// A certificate that the cluster signs can name any user and any group, administrators included.
    ///
    /// # Remedy
    /// Remove the rule, or name the one signer in `resourceNames`.
    id: "certificate-approving-role",
    summary: "a role may approve certificates of any user",
    family: Family::Access,
    severity: Severity::High,
    enforced: Enforced::STRICT,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_11, Control::NistAc6, Control::NistIa5, Control::PciDss7_2_2],
    since: "0.1.0",
}

const REMEDY: &str = "remove the rule, or name the signer in resourceNames";

const DANGERS: &[Danger] = &[
    Danger {
        right: Right {
            group: "certificates.k8s.io",
            resource: "certificatesigningrequests/approval",
            verbs: &["update", "patch"],
        },
        may: "approve certificates of any user",
    },
    Danger {
        right: Right {
            group: "certificates.k8s.io",
            resource: "certificatesigningrequests/status",
            verbs: &["update", "patch"],
        },
        may: "sign certificates of any user",
    },
    Danger {
        right: Right { group: "certificates.k8s.io", resource: "signers", verbs: &["approve", "sign"] },
        may: "approve certificates of every signer",
    },
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    access::judge_roles(context, report, DANGERS, Named::Fine, REMEDY);
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::testing::Cases;
    use crate::checks::testing::rbac::{cluster_role, named, rule};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("approving and signing fires");
        cases.fires(
            cluster_role(&[rule(&["certificates.k8s.io"], &["certificatesigningrequests/approval"], &["update"])]),
            &["/rules/0"],
        );
        cases.fires(cluster_role(&[rule(&["certificates.k8s.io"], &["signers"], &["approve"])]), &["/rules/0"]);

        cases.about("asking for a certificate and one named signer is fine");
        cases.quiet(cluster_role(&[rule(
            &["certificates.k8s.io"],
            &["certificatesigningrequests"],
            &["create", "get", "list"],
        )]));
        cases.quiet(cluster_role(&[named(
            rule(&["certificates.k8s.io"], &["signers"], &["sign"]),
            &["example.com/own"],
        )]));
        cases.warns(cluster_role(&[rule(&["certificates.k8s.io"], &["signers"], &["${x}"])]), &["/rules/0/verbs/0"]);
        cases
    }
}
