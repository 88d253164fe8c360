//! `added-capabilities`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *Capabilities* of the Pod Security Standard *baseline* (`policy/check_capabilities_baseline.go` upstream):
    /// `securityContext.capabilities.add` may name only what a container has by default: `AUDIT_WRITE`, `CHOWN`, `DAC_OVERRIDE`,
    /// `FOWNER`, `FSETID`, `KILL`, `MKNOD`, `NET_BIND_SERVICE`, `SETFCAP`, `SETGID`, `SETPCAP`, `SETUID`, `SYS_CHROOT`. The check
    /// applies to every kind with a pod template, to patches, and to init and ephemeral containers. `kubernetes.version` in the policy
    /// sets the version of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// `SYS_ADMIN`, `SYS_PTRACE` and the like are each enough to leave the container. `NET_RAW` forges packets of other pods.
    ///
    /// # Remedy
    /// Remove the capability from `capabilities.add`.
    id: "added-capabilities",
    summary: "a container adds a dangerous capability",
    family: Family::Workload,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_2_9, Control::NistAc6, Control::PciDss2_2_6],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("remove the capability from securityContext.capabilities.add");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    found.each_container(pod, "capabilities.add", |container| {
        let added = container.security(&["capabilities", "add"]).items().into_iter().map(|name| {
            let text = name.text().filter(|text| !pod_security::DEFAULT_CAPABILITIES.contains(&&**text));
            let bad = text.map(|text| sanitize(&text, 40));
            (name, bad)
        });
        Outcome::of_all(added, "adds the capability")
    });
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a capability beyond the default ones fires");
        let key = "/spec/containers/0/securityContext/capabilities/add";
        cases.fires(
            with(key, json!(["NET_BIND_SERVICE", "SYS_ADMIN"])),
            &["/spec/containers/0/securityContext/capabilities/add/1"],
        );
        cases.fires(with(key, json!(["ALL"])), &["/spec/containers/0/securityContext/capabilities/add/0"]);
        cases.fires(with(key, json!(["chown"])), &["/spec/containers/0/securityContext/capabilities/add/0"]);

        cases.about("default capabilities pass, and an expression warns");
        cases.quiet(restricted());
        cases.quiet(with(key, json!(["CHOWN", "NET_BIND_SERVICE"])));
        cases.warns(with(key, json!(["${x}"])), &["/spec/containers/0/securityContext/capabilities/add/0"]);
        cases
    }
}
