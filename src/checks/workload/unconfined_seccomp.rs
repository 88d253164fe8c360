//! `unconfined-seccomp`.

use crate::base::sanitize::quoted;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::pod_view::PodView;
use crate::kubernetes::version::Minor;

declare_check! {
    /// # What it checks
    /// The control *Seccomp* of the Pod Security Standard *baseline* (`policy/check_seccompProfile_baseline.go` upstream):
    /// `securityContext.seccompProfile.type` of pod and containers must be `RuntimeDefault` or `Localhost` where it is set. Before
    /// Kubernetes 1.19 the annotations `seccomp.security.alpha.kubernetes.io/pod` and
    /// `container.seccomp.security.alpha.kubernetes.io/NAME` count. The check applies to every kind with a pod template, to patches,
    /// and to init and ephemeral containers. `kubernetes.version` in the policy sets the version of the standard,
    /// `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// Without a filter a container may use every system call, and with it every hole of the kernel.
    ///
    /// # Remedy
    /// Set `securityContext.seccompProfile.type: RuntimeDefault`.
    id: "unconfined-seccomp",
    summary: "a container turns the seccomp filter off",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_7_2, Control::NistSc39, Control::NistCm7],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("set securityContext.seccompProfile.type to RuntimeDefault");

const POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_ANNOTATION: &str = "container.seccomp.security.alpha.kubernetes.io/";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    if found.version < Minor(19) {
        return annotations(pod, found);
    }
    found.each_context(pod, &["seccompProfile"], |profile| pod_security::profile_type(profile, "seccompProfile.type"));
}

/// The annotations that counted before the field.
fn annotations<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    let names = pod.containers.iter().filter_map(|container| container.name.as_deref());
    let keys = names.map(|name| format!("{CONTAINER_ANNOTATION}{name}")).chain([POD_ANNOTATION.to_owned()]);
    let annotations = keys.map(|key| {
        let value = pod.annotation(&key);
        let is_good =
            |text: &str| matches!(text, "runtime/default" | "docker/default") || text.starts_with("localhost/");
        let bad = value.text().filter(|text| !is_good(text)).map(|_| quoted(&key, 120));
        (value, bad)
    });
    found.pod_outcome(
        Outcome::of_all(annotations, "sets another seccomp profile than the default by the annotation"),
        "the seccomp annotation",
    );
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, under, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a profile that is neither the default nor a file fires, for pod and container");
        let key = "/spec/securityContext/seccompProfile/type";
        cases.fires(with(key, json!("Unconfined")), &[key]);
        let own = "/spec/containers/0/securityContext/seccompProfile";
        cases.fires(
            with(own, json!({"type": "Unconfined"})),
            &["/spec/containers/0/securityContext/seccompProfile/type"],
        );
        cases.fires(with(own, json!({})), &[own]);
        let old = with("/metadata/annotations/seccomp.security.alpha.kubernetes.io~1pod", json!("unconfined"));
        cases.fires(under("1.18", old.clone()), &["/metadata/annotations/seccomp.security.alpha.kubernetes.io~1pod"]);

        cases.about("default profiles and profiles of the node pass, and a missing one is not its matter");
        cases.quiet(restricted());
        cases.quiet(old);
        cases.quiet(with("/spec/securityContext", json!({"runAsNonRoot": true})));
        cases.quiet(with(own, json!({"type": "Localhost", "localhostProfile": "a.json"})));
        cases.warns(with(key, json!("${x}")), &[key]);
        cases
    }
}
