//! `cluster-admin-binding`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::access;

declare_check! {
    /// # What it checks
    /// No binding may grant `cluster-admin`, in the whole cluster (`ClusterRoleBinding`) or in a namespace (`RoleBinding`). A binding
    /// of `admin` or `edit` in the whole cluster is a warning.
    ///
    /// # Why it matters
    /// `cluster-admin` may do everything, also read every secret and change every role. An application with it hands the cluster to
    /// whoever takes it over.
    ///
    /// # Remedy
    /// Bind a role that lists what the application uses.
    id: "cluster-admin-binding",
    summary: "a binding grants cluster-admin",
    family: Family::Access,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Access],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_1_1, Control::NistAc6, Control::PciDss7_2_2, Control::SoxAccess],
    since: "0.1.0",
}

const REMEDY: &str = "bind a role that lists what the application uses";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if !access::begin(context, report) {
        return;
    }
    for binding in context.access().bindings.iter().filter(|binding| binding.binds_anyone()) {
        let label = binding.manifest.label();
        let is_of_cluster = binding.manifest.kind() != "RoleBinding";
        let finding = |place, message| Finding::at(place, message, REMEDY).stage(binding.manifest.stage);
        match binding.role() {
            _ if !binding.is_cluster_role() => {}
            Err(place) => {
                let message = format!("whether {label} grants cluster-admin depends on an expression");
                report.unsettled(context, finding(place, message));
            }
            Ok(name) if name == "cluster-admin" => {
                let within = if is_of_cluster { "" } else { " in its namespace" };
                report.finding(finding(binding.role_place(), format!("{label} grants cluster-admin{within}")));
            }
            Ok(name) if is_of_cluster && matches!(&*name, "admin" | "edit") => {
                let message = format!("{label} grants {name} in every namespace");
                report.finding(finding(binding.role_place(), message).only_warns());
            }
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::rbac::{account, binding};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("cluster-admin fires in the cluster and in a namespace");
        cases.fires(binding("cluster-admin", &[account("a")]), &["/roleRef/name"]);
        let mut in_namespace = binding("cluster-admin", &[account("a")]);
        in_namespace["kind"] = json!("RoleBinding");
        cases.fires(in_namespace, &["/roleRef/name"]);

        cases.about("other roles are fine, and so is a binding of nobody");
        cases.quiet(binding("view", &[account("a")]));
        cases.quiet(binding("cluster-admin", &[]));
        let mut own = binding("cluster-admin", &[account("a")]);
        own["roleRef"]["kind"] = json!("Role");
        cases.quiet(own);
        cases.warns(binding("admin", &[account("a")]), &["/roleRef/name"]);
        cases.warns(binding("${x}", &[account("a")]), &["/roleRef/name"]);
        cases
    }
}
