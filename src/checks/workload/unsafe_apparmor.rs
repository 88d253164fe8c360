//! `unsafe-apparmor`.

use crate::base::sanitize::quoted;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *AppArmor* of the Pod Security Standard *baseline* (`policy/check_appArmorProfile.go` upstream):
    /// `securityContext.appArmorProfile.type` of pod and containers must be `RuntimeDefault` or `Localhost` where it is set, and the
    /// annotations `container.apparmor.security.beta.kubernetes.io/NAME` `runtime/default` or `localhost/…`. The check applies to every
    /// kind with a pod template, to patches, and to init and ephemeral containers. `kubernetes.version` in the policy sets the version
    /// of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// Without its profile a container may write where the profile of the runtime forbids it.
    ///
    /// # Remedy
    /// Set the profile to `RuntimeDefault`, or remove it.
    id: "unsafe-apparmor",
    summary: "a container turns its AppArmor profile off",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::NistSc39, Control::NistAc6],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline("set appArmorProfile.type to RuntimeDefault, or remove it");

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    found
        .each_context(pod, &["appArmorProfile"], |profile| pod_security::profile_type(profile, "appArmorProfile.type"));
    let annotations = pod.annotations(ANNOTATION).into_iter().map(|(key, value)| {
        let is_good = |text: &str| text.is_empty() || text == "runtime/default" || text.starts_with("localhost/");
        let bad = value.text().filter(|text| !is_good(text)).map(|_| quoted(&key, 120));
        (value, bad)
    });
    found.pod_outcome(Outcome::of_all(annotations, "turns AppArmor off by the annotation"), "the AppArmor annotation");
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{deployed, restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("an unconfined profile fires, as field and as annotation");
        let key = "/spec/containers/0/securityContext/appArmorProfile/type";
        cases.fires(with(key, json!("Unconfined")), &[key]);
        let annotation = "/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1a";
        cases.fires(with(annotation, json!("unconfined")), &[annotation]);
        cases.fires(
            deployed(&with(annotation, json!("unconfined"))),
            &["/spec/template/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1a"],
        );

        cases.about("the profile of the runtime and profiles of the node pass");
        cases.quiet(restricted());
        cases.quiet(with(key, json!("Localhost")));
        cases.quiet(with(annotation, json!("localhost/a")));
        cases.warns(with(key, json!("${x}")), &[key]);
        cases
    }
}
