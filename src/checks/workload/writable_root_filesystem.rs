//! `writable-root-filesystem`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Rule};
use crate::kubernetes::part::Truth;
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// Every container must set `securityContext.readOnlyRootFilesystem: true`. Pods for Windows and ephemeral containers are exempt.
    ///
    /// # Why it matters
    /// On a writable file system an attacker replaces the program and leaves tools behind, and what the container writes is lost with
    /// it.
    ///
    /// # Remedy
    /// Set `securityContext.readOnlyRootFilesystem: true`, and mount an `emptyDir` where the application writes.
    id: "writable-root-filesystem",
    summary: "a container can change the files of its image",
    family: Family::Workload,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_7_3, Control::NistSi7, Control::NistCm7, Control::PciDss2_2_6],
    since: "0.1.0",
}

const RULE: Rule = Rule::baseline(
    "set securityContext.readOnlyRootFilesystem to true, and mount an emptyDir where the container writes",
);

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    if pod.is_windows() {
        return;
    }
    for container in pod.containers.iter().filter(|container| container.list != "ephemeralContainers") {
        match container.security(&["readOnlyRootFilesystem"]).truth() {
            Truth::True(_) | Truth::Untouched => {}
            Truth::False(place) => found.container(container, &[place], "does not set readOnlyRootFilesystem to true"),
            Truth::Unset => found.container(container, &[], "does not set readOnlyRootFilesystem to true"),
            Truth::Open(place) => found.open_container(container, place, "readOnlyRootFilesystem"),
            Truth::Removed(place) => found.removed(container, place, "readOnlyRootFilesystem"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{changed, restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a writable root file system fires");
        let key = "/spec/containers/0/securityContext/readOnlyRootFilesystem";
        cases.fires(with(key, json!(false)), &[key]);
        cases.fires(with("/spec/containers/0/securityContext", json!({})), &["/spec/containers/0"]);

        cases.about("a read-only one is fine, and an expression warns");
        cases.quiet(restricted());
        cases.quiet(changed(with(key, json!(false)), "/spec/os/name", json!("windows")));
        cases.warns(with(key, json!("${x}")), &[key]);
        cases
    }
}
