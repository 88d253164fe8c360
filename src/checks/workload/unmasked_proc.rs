//! `unmasked-proc`.

use crate::base::sanitize::quoted;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Rule};
use crate::kubernetes::part::Part;
use crate::kubernetes::pod_view::PodView;
use crate::policy::kubernetes::Level;

declare_check! {
    /// # What it checks
    /// The control */proc Mount Type* of the Pod Security Standard *baseline* (`policy/check_procMount_baseline.go` upstream):
    /// `securityContext.procMount` of a container must be `Default` where it is set. From Kubernetes 1.35 on, baseline allows any value
    /// in a pod with a user namespace of its own (`hostUsers: false`); restricted does not, which is a warning outside the profile
    /// `strict`. The check applies to every kind with a pod template, to patches, and to init and ephemeral containers.
    /// `kubernetes.version` in the policy sets the version of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// What the default mount hides in `/proc` describes and changes the node.
    ///
    /// # Remedy
    /// Remove `procMount`.
    id: "unmasked-proc",
    summary: "a container sees all of /proc",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::FROM_PRODUCTION_SURE,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::NistSc39, Control::NistAc6],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("remove securityContext.procMount");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let asks_for_restricted = context.policy.kubernetes.pod_security == Level::Restricted;
    pod_security::judge(context, report, &RULE, |pod, found| judge(pod, found, asks_for_restricted));
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>, asks_for_restricted: bool) {
    let is_relaxed = found.version >= pod_security::USER_NAMESPACES && pod.is_in_user_namespace();
    if is_relaxed && !asks_for_restricted {
        return;
    }
    for container in &pod.containers {
        let mount = container.security(&["procMount"]);
        if let Part::Open(place) = mount {
            found.open_container(container, place, "procMount");
        }
        let (Some(place), Some(kind)) = (mount.value(), mount.text()) else { continue };
        if kind == "Default" {
            continue;
        }
        let problem = format!("sets procMount to {}", quoted(&kind, 40));
        if is_relaxed {
            found.container_in_strict(container, &[place], &problem);
        } else {
            found.container(container, &[place], &problem);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{changed, restricted, under, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("an unmasked /proc fires");
        let key = "/spec/containers/0/securityContext/procMount";
        let unmasked = with(key, json!("Unmasked"));
        let in_namespace = changed(unmasked.clone(), "/spec/hostUsers", json!(false));
        cases.fires(unmasked, &[key]);
        cases.fires(in_namespace.clone(), &[key]);
        cases.fires(under("1.34", in_namespace.clone()), &[key]);

        cases.about("the default passes, and so does a user namespace at the level baseline");
        cases.quiet(restricted());
        cases.quiet(with(key, json!("Default")));
        let mut baseline: crate::checks::testing::Case = in_namespace.into();
        baseline.policy.kubernetes.pod_security = crate::policy::kubernetes::Level::Baseline;
        cases.quiet(baseline);
        cases.warns(with(key, json!("${x}")), &[key]);
        cases
    }
}
