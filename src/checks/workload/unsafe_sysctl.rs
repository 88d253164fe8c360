//! `unsafe-sysctl`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::pod_view::PodView;
use crate::kubernetes::version::Minor;

declare_check! {
    /// # What it checks
    /// The control *Sysctls* of the Pod Security Standard *baseline* (`policy/check_sysctls.go` upstream): `securityContext.sysctls` of
    /// the pod may name only what Kubernetes calls safe: `kernel.shm_rmid_forced`, `net.ipv4.ip_local_port_range`,
    /// `net.ipv4.tcp_syncookies`, `net.ipv4.ping_group_range`, `net.ipv4.ip_unprivileged_port_start`; from 1.27 on
    /// `net.ipv4.ip_local_reserved_ports`; from 1.29 on `net.ipv4.tcp_keepalive_time`, `tcp_fin_timeout`, `tcp_keepalive_intvl` and
    /// `tcp_keepalive_probes`; from 1.32 on `tcp_rmem` and `tcp_wmem`; from 1.37 on `tcp_slow_start_after_idle` and
    /// `tcp_notsent_lowat`. The check applies to every kind with a pod template, to patches, and to init and ephemeral containers.
    /// `kubernetes.version` in the policy sets the version of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// Other kernel parameters are shared by all pods of the node, or turn a protection of the kernel off.
    ///
    /// # Remedy
    /// Remove the parameter, or let the platform team set it for the node.
    id: "unsafe-sysctl",
    summary: "a pod sets an unsafe kernel parameter",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::NistCm6, Control::NistSc39, Control::NistCm7],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("remove the kernel parameter from securityContext.sysctls");

/// The safe parameters, and the version that added each.
const SAFE: [(u32, &str); 14] = [
    (0, "kernel.shm_rmid_forced"),
    (0, "net.ipv4.ip_local_port_range"),
    (0, "net.ipv4.tcp_syncookies"),
    (0, "net.ipv4.ping_group_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time"),
    (29, "net.ipv4.tcp_fin_timeout"),
    (29, "net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem"),
    (32, "net.ipv4.tcp_wmem"),
    (37, "net.ipv4.tcp_slow_start_after_idle"),
    (37, "net.ipv4.tcp_notsent_lowat"),
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    let version = found.version;
    let is_safe = |name: &str| SAFE.iter().any(|(since, safe)| *safe == name && version >= Minor(*since));
    let names = pod.security(&["sysctls"]).items().into_iter().map(|sysctl| {
        let name = sysctl.get("name");
        let bad = name.text().filter(|name| !is_safe(name)).map(|name| sanitize(&name, 80));
        (name, bad)
    });
    found.pod_outcome(Outcome::of_all(names, "sets the unsafe sysctl"), "securityContext.sysctls");
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, under, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a parameter that is not safe fires, by version");
        let sysctl = |name: &str| with("/spec/securityContext/sysctls", json!([{"name": name, "value": "1"}]));
        let place = "/spec/securityContext/sysctls/0/name";
        cases.fires(sysctl("kernel.msgmax"), &[place]);
        cases.fires(under("1.36", sysctl("net.ipv4.tcp_notsent_lowat")), &[place]);

        cases.about("safe parameters pass, and an expression warns");
        cases.quiet(restricted());
        cases.quiet(sysctl("net.ipv4.tcp_notsent_lowat"));
        cases.quiet(under("1.0", sysctl("net.ipv4.tcp_syncookies")));
        cases.warns(sysctl("${x}"), &[place]);
        cases
    }
}
