//! `pod-exec-role`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::access::{self, Danger, Named};
use crate::kubernetes::rbac::Right;

declare_check! {
    /// # What it checks
    /// No role may enter containers that run: `pods/exec`, `pods/attach`, `pods/portforward` or `pods/ephemeralcontainers`. A rule that
    /// names its objects (`resourceNames`) is fine. Wildcards in groups, resources and verbs count as what they grant.
    ///
    /// # Why it matters
    /// A shell in a container sees its secrets and changes what was released, past every gate.
    ///
    /// # Remedy
    /// Remove the subresource from the role. Keep it for an account that people use with approval.
    id: "pod-exec-role",
    summary: "a role may execute commands in containers",
    family: Family::Access,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_4, Control::NistAc6, Control::NistCm5, Control::PciDss7_2_2],
    since: "0.1.0",
}

const REMEDY: &str = "remove exec, attach, portforward and ephemeralcontainers from the role";

const DANGERS: &[Danger] = &[
    Danger {
        right: Right { group: "", resource: "pods/exec", verbs: &["create", "get"] },
        may: "execute commands in containers",
    },
    Danger {
        right: Right { group: "", resource: "pods/attach", verbs: &["create", "get"] },
        may: "attach to containers",
    },
    Danger {
        right: Right { group: "", resource: "pods/portforward", verbs: &["create", "get"] },
        may: "reach ports of pods past the network policies",
    },
    Danger {
        right: Right { group: "", resource: "pods/ephemeralcontainers", verbs: &["patch", "update"] },
        may: "start containers in pods that run",
    },
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    access::judge_roles(context, report, DANGERS, Named::Fine, REMEDY);
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::testing::Cases;
    use crate::checks::testing::rbac::{role, rule};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("entering containers fires");
        cases.fires(role(&[rule(&[""], &["pods", "pods/exec"], &["get", "create"])]), &["/rules/0"]);
        cases.fires(role(&[rule(&[""], &["pods/ephemeralcontainers"], &["patch"])]), &["/rules/0"]);
        cases.fires(role(&[rule(&["*"], &["*/exec"], &["*"])]), &["/rules/0"]);

        cases.about("reading pods and their logs is fine");
        cases.quiet(role(&[rule(&[""], &["pods", "pods/log"], &["get", "list", "watch"])]));
        cases.quiet(role(&[rule(&[""], &["pods/exec"], &["list"])]));
        cases.warns(role(&[rule(&[""], &["pods/exec"], &["${x}"])]), &["/rules/0/verbs/0"]);
        cases
    }
}
