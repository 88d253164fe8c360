//! `unsafe-selinux`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::pod_view::PodView;
use crate::kubernetes::version::Minor;

declare_check! {
    /// # What it checks
    /// The control *SELinux* of the Pod Security Standard *baseline* (`policy/check_seLinuxOptions.go` upstream):
    /// `securityContext.seLinuxOptions` of pod and containers may set `type` to `container_t`, `container_init_t` or `container_kvm_t`
    /// (from Kubernetes 1.31 on also `container_engine_t`), and must not set `user` or `role`. The check applies to every kind with a
    /// pod template, to patches, and to init and ephemeral containers. `kubernetes.version` in the policy sets the version of the
    /// standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// Another type, such as `spc_t`, takes the container out of the confinement that keeps it from files of the node.
    ///
    /// # Remedy
    /// Remove `type`, `user` and `role` from `seLinuxOptions`; a `level` may stay.
    id: "unsafe-selinux",
    summary: "a container leaves its SELinux confinement",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::NistSc39, Control::NistAc6],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("remove type, user and role from securityContext.seLinuxOptions");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    let has_engine = found.version >= Minor(31);
    let is_allowed = |kind: &str| {
        matches!(kind, "" | "container_t" | "container_init_t" | "container_kvm_t")
            || (has_engine && kind == "container_engine_t")
    };
    found.each_context(pod, &["seLinuxOptions"], |options| {
        let kind = options.get("type");
        let bad = kind.text().filter(|kind| !is_allowed(kind)).map(|_| "type".to_owned());
        let others = ["user", "role"].into_iter().map(|key| {
            let value = options.get(key);
            let bad = value.text().filter(|text| !text.is_empty()).map(|_| key.to_owned());
            (value, bad)
        });
        Outcome::of_all([(kind, bad)].into_iter().chain(others), "sets seLinuxOptions:")
    });
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, under, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("another type, a user or a role fires");
        let key = "/spec/securityContext/seLinuxOptions";
        cases.fires(with(key, json!({"type": "spc_t"})), &["/spec/securityContext/seLinuxOptions/type"]);
        cases.fires(with(key, json!({"user": "u", "role": "r"})), &["/spec/securityContext/seLinuxOptions/user"]);
        cases.fires(
            with("/spec/containers/0/securityContext/seLinuxOptions", json!({"type": "x"})),
            &["/spec/containers/0/securityContext/seLinuxOptions/type"],
        );
        cases.fires(
            under("1.30", with(key, json!({"type": "container_engine_t"}))),
            &["/spec/securityContext/seLinuxOptions/type"],
        );

        cases.about("the types of containers and a level pass");
        cases.quiet(restricted());
        cases.quiet(with(key, json!({"type": "container_engine_t", "level": "s0:c1,c2", "user": ""})));
        cases.warns(with(key, json!({"type": "${x}"})), &["/spec/securityContext/seLinuxOptions/type"]);
        cases
    }
}
