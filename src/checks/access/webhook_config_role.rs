//! `webhook-config-role`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::access::{self, Danger, Named};
use crate::kubernetes::rbac::Right;

declare_check! {
    /// # What it checks
    /// No role may write the webhooks of admission: `create`, `update`, `patch` or `delete` on `validatingwebhookconfigurations` or
    /// `mutatingwebhookconfigurations`. A rule that names its objects (`resourceNames`) is fine. Wildcards in groups, resources and
    /// verbs count as what they grant.
    ///
    /// # Why it matters
    /// A webhook of admission reads and changes every object that is created, secrets included, and switching one off switches the
    /// cluster's policy off.
    ///
    /// # Remedy
    /// Name the one configuration in `resourceNames` with `update` or `patch`, or let the platform team install it.
    id: "webhook-config-role",
    summary: "a role may change the admission of the cluster",
    family: Family::Access,
    severity: Severity::High,
    enforced: Enforced::STRICT,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_12, Control::NistAc6, Control::NistCm5, Control::PciDss7_2_2],
    since: "0.1.0",
}

const REMEDY: &str = "name the one webhook configuration in resourceNames";

const DANGERS: &[Danger] = &[
    Danger {
        right: Right {
            group: "admissionregistration.k8s.io",
            resource: "mutatingwebhookconfigurations",
            verbs: &["create", "update", "patch", "delete"],
        },
        may: "change what the cluster admits",
    },
    Danger {
        right: Right {
            group: "admissionregistration.k8s.io",
            resource: "validatingwebhookconfigurations",
            verbs: &["create", "update", "patch", "delete"],
        },
        may: "change what the cluster admits",
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
        cases.about("writing webhooks fires");
        cases.fires(
            cluster_role(&[rule(&["admissionregistration.k8s.io"], &["mutatingwebhookconfigurations"], &["patch"])]),
            &["/rules/0"],
        );
        cases.fires(cluster_role(&[rule(&["*"], &["validatingwebhookconfigurations"], &["*"])]), &["/rules/0"]);

        cases.about("reading them, and changing a named one, is fine");
        cases.quiet(cluster_role(&[rule(
            &["admissionregistration.k8s.io"],
            &["validatingwebhookconfigurations"],
            &["get", "list", "watch"],
        )]));
        cases.quiet(cluster_role(&[named(
            rule(&["admissionregistration.k8s.io"], &["validatingwebhookconfigurations"], &["update"]),
            &["own"],
        )]));
        cases.warns(
            cluster_role(&[rule(&["admissionregistration.k8s.io"], &["validatingwebhookconfigurations"], &["${x}"])]),
            &["/rules/0/verbs/0"],
        );
        cases
    }
}
