//! `undropped-capabilities`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Outcome, Rule};
use crate::kubernetes::part::{Lists, Part};
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *Capabilities* of the Pod Security Standard *restricted* (`policy/check_capabilities_restricted.go` upstream): every
    /// container must drop `ALL` capabilities, and may add only `NET_BIND_SERVICE`. What baseline forbids as well is reported by
    /// `added-capabilities`. The control begins with Kubernetes 1.22; from 1.25 on pods for Windows are exempt. The check applies to
    /// every kind with a pod template, to patches, and to init and ephemeral containers. `kubernetes.version` in the policy sets the
    /// version of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// The default capabilities let root in a container change owners, override permissions and forge packets. Almost no application
    /// uses them.
    ///
    /// # Remedy
    /// Set `securityContext.capabilities: {drop: [ALL]}` for each container.
    id: "undropped-capabilities",
    summary: "a container keeps capabilities that it does not need",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_2_10, Control::NistAc6, Control::PciDss2_2_6],
    since: "0.1.0",
}

const RULE: Rule = Rule {
    is_for_linux: true,
    ..Rule::restricted(22, "set securityContext.capabilities to {drop: [ALL]} for the container")
};

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    for container in &pod.containers {
        let drop = container.security(&["capabilities", "drop"]);
        let dropped = drop.items();
        let has_all = dropped.iter().any(|name| name.text().is_some_and(|name| name == "ALL"));
        let open = dropped.iter().find_map(|name| if let Part::Open(place) = name { Some(*place) } else { None });
        match (&drop, open) {
            _ if has_all => {}
            (Part::Open(place), _) => found.open_container(container, *place, "capabilities.drop"),
            (_, Some(place)) => found.open_container(container, place, "capabilities.drop"),
            (Part::Untouched | Part::Inside(_) | Part::Merged(_, Lists::Merged), _) => {}
            (Part::Removed(place), _) => found.removed(container, *place, "capabilities.drop"),
            (Part::Absent | Part::Is(_) | Part::Merged(..), _) => {
                let places: Vec<_> = drop.place().into_iter().collect();
                found.container(container, &places, "does not drop ALL capabilities");
                continue;
            }
        }
        let added = container.security(&["capabilities", "add"]).items().into_iter().map(|name| {
            let is_bad = |text: &str| text != "NET_BIND_SERVICE" && pod_security::DEFAULT_CAPABILITIES.contains(&text);
            let bad = name.text().filter(|text| is_bad(text)).map(std::borrow::Cow::into_owned);
            (name, bad)
        });
        if let Outcome::Bad(places, problem) = Outcome::of_all(added, "adds the capability") {
            found.container(container, &places, &problem);
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
        cases.about("a container that does not drop ALL, or adds more than NET_BIND_SERVICE, fires");
        let key = "/spec/containers/0/securityContext/capabilities";
        cases.fires(with(key, json!(null)), &["/spec/containers/0"]);
        cases.fires(with(key, json!({"drop": ["NET_RAW"]})), &["/spec/containers/0/securityContext/capabilities/drop"]);
        cases.fires(
            with(key, json!({"drop": ["ALL"], "add": ["CHOWN"]})),
            &["/spec/containers/0/securityContext/capabilities/add/0"],
        );
        cases.fires(with("/spec/initContainers/0/securityContext", json!(null)), &["/spec/initContainers/0"]);

        cases.about("containers that drop ALL pass, and so do pods for Windows and older versions");
        cases.quiet(restricted());
        cases.quiet(with(key, json!({"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]})));
        cases.quiet(under("1.21", with(key, json!(null))));
        cases.quiet(changed(with(key, json!(null)), "/spec/os/name", json!("windows")));
        cases.warns(with(key, json!({"drop": "${x}"})), &["/spec/containers/0/securityContext/capabilities/drop"]);
        cases
    }
}
