//! `token-minting-role`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::access::{self, Danger, Named};
use crate::kubernetes::rbac::Right;

declare_check! {
    /// # What it checks
    /// No role may create tokens of any service account (`create` on `serviceaccounts/token`). A rule that names its objects
    /// (`resourceNames`) is fine. Wildcards in groups, resources and verbs count as what they grant.
    ///
    /// # Why it matters
    /// A token of another service account carries its rights, and stays valid after the pod is gone.
    ///
    /// # Remedy
    /// Name the service account in `resourceNames`, or let the pod have its own projected token.
    id: "token-minting-role",
    summary: "a role may create tokens of every service account",
    family: Family::Access,
    severity: Severity::High,
    enforced: Enforced::STRICT,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_13, Control::NistAc6, Control::NistIa5, Control::PciDss7_2_2],
    since: "0.1.0",
}

const REMEDY: &str = "name the service account in resourceNames";

const DANGERS: &[Danger] = &[Danger {
    right: Right { group: "", resource: "serviceaccounts/token", verbs: &["create"] },
    may: "create tokens of every service account",
}];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    access::judge_roles(context, report, DANGERS, Named::Fine, REMEDY);
}

#[cfg(test)]
pub(crate) mod tests {
    use crate::checks::testing::Cases;
    use crate::checks::testing::rbac::{named, role, rule};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("tokens of every account fire");
        cases.fires(role(&[rule(&[""], &["serviceaccounts/token"], &["create"])]), &["/rules/0"]);

        cases.about("tokens of one account are fine");
        cases.quiet(role(&[named(rule(&[""], &["serviceaccounts/token"], &["create"]), &["vault"])]));
        cases.quiet(role(&[rule(&[""], &["serviceaccounts"], &["create"])]));
        cases.warns(role(&[rule(&[""], &["serviceaccounts/token"], &["${x}"])]), &["/rules/0/verbs/0"]);
        cases
    }
}
