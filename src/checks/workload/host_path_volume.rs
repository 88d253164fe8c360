//! `host-path-volume`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Rule};
use crate::kubernetes::part::Part;
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *HostPath Volumes* of the Pod Security Standard *baseline* (`policy/check_hostPathVolumes.go` upstream): no volume
    /// may be a `hostPath`. The check applies to every kind with a pod template, to patches, and to init and ephemeral containers.
    /// `kubernetes.version` in the policy sets the version of the standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// A path of the node lets a container read the credentials of the kubelet or write a file that the node executes.
    ///
    /// # Remedy
    /// Use a `persistentVolumeClaim`, a `configMap` or an `emptyDir` in place of the `hostPath`.
    id: "host-path-volume",
    summary: "a pod mounts a path of its node",
    family: Family::Workload,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_2_12, Control::NistAc6, Control::NistSc39, Control::PciDss2_2_6],
    since: "0.1.0",
}

const RULE: Rule =
    Rule::baseline("use a persistentVolumeClaim, a configMap or an emptyDir in place of the hostPath volume");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    for volume in pod.volumes() {
        match volume.get("hostPath") {
            Part::Open(place) => found.open_pod(place, "hostPath of a volume"),
            path if path.is_set() => {
                let places: Vec<_> = path.place().into_iter().collect();
                found.part(&pod_security::volume_label(&volume), &places, "is a path of the node");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{deployed, restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a volume that is a path of the node fires");
        let volumes = json!([{"name": "ok", "emptyDir": {}}, {"name": "host", "hostPath": {"path": "/"}}]);
        cases.fires(with("/spec/volumes", volumes.clone()), &["/spec/volumes/1/hostPath"]);
        cases.fires(deployed(&with("/spec/volumes", volumes)), &["/spec/template/spec/volumes/1/hostPath"]);
        cases.fires(with("/spec/volumes", json!([{"name": "host", "hostPath": {}}])), &["/spec/volumes/0/hostPath"]);

        cases.about("other volumes pass, and an expression warns");
        cases.quiet(restricted());
        cases.quiet(with(
            "/spec/volumes",
            json!([{"name": "a", "hostPath": null}, {"name": "b", "configMap": {"name": "c"}}]),
        ));
        cases.warns(with("/spec/volumes", json!("${x}")), &["/spec/volumes"]);
        cases
    }
}
