//! `anonymous-binding`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::access;

declare_check! {
    /// # What it checks
    /// No binding may have `system:anonymous`, `system:unauthenticated` or `system:authenticated` as a subject, except for the
    /// discovery roles that Kubernetes itself gives them. `system:serviceaccounts`, all service accounts of the cluster, is a warning.
    ///
    /// # Why it matters
    /// Whoever reaches the API server, or holds any token of any pod, has the role.
    ///
    /// # Remedy
    /// Name the user, group or service account that needs the role.
    id: "anonymous-binding",
    summary: "a binding grants a role to everybody",
    family: Family::Access,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::NistAc3, Control::NistAc6, Control::PciDss7_2_2, Control::HipaaAuthentication],
    since: "0.1.0",
}

const REMEDY: &str = "name the user, group or service account that needs the role";

/// Roles that Kubernetes itself grants to everybody.
const OPEN_ROLES: [&str; 4] =
    ["system:public-info-viewer", "system:discovery", "system:basic-user", "system:service-account-issuer-discovery"];

const EVERYBODY: [(&str, &str); 3] =
    [("Group", "system:unauthenticated"), ("Group", "system:authenticated"), ("User", "system:anonymous")];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if !access::begin(context, report) {
        return;
    }
    for binding in &context.access().bindings {
        if binding.role().is_ok_and(|role| OPEN_ROLES.contains(&&*role)) {
            continue;
        }
        let label = binding.manifest.label();
        let (subjects, unread) = binding.subjects();
        let finding = |place, message: String| Finding::at(place, message, REMEDY).stage(binding.manifest.stage);
        if let Some(place) = unread {
            let message = format!("the subjects of {label} are an expression or a text");
            report.unsettled(context, finding(place, message));
        }
        for subject in subjects {
            let everybody = EVERYBODY.iter().find(|(kind, name)| subject.is(kind, name));
            if let Some((_, name)) = everybody {
                report.finding(finding(subject.value, format!("{label} grants its role to {name}")));
            } else if subject.is("Group", "system:serviceaccounts") {
                let message = format!("{label} grants its role to every service account of the cluster");
                report.finding(finding(subject.value, message).only_warns());
            } else if let Some(place) =
                subject.open_name().filter(|_| subject.value.str("kind").is_none_or(|kind| kind != "ServiceAccount"))
            {
                let message = format!("who is a subject of {label} depends on an expression");
                report.unsettled(context, finding(place, message));
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::rbac::{account, binding, group};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("everybody as a subject fires");
        cases.fires(binding("view", &[account("a"), group("system:unauthenticated")]), &["/subjects/1"]);
        cases.fires(binding("view", &[group("system:authenticated")]), &["/subjects/0"]);
        cases.fires(binding("view", &[json!({"kind": "User", "name": "system:anonymous"})]), &["/subjects/0"]);

        cases.about("named subjects and the roles of Kubernetes itself are fine");
        cases.quiet(binding("view", &[account("a"), group("oidc:team"), group("system:serviceaccounts:ci")]));
        cases.quiet(binding("system:discovery", &[group("system:authenticated")]));
        cases.warns(binding("view", &[group("system:serviceaccounts")]), &["/subjects/0"]);
        cases.warns(binding("view", &[group("${x}")]), &["/subjects/0/name"]);
        cases
    }
}
