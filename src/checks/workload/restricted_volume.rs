//! `restricted-volume`.

use crate::base::sanitize::quoted;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Report, Severity, declare_check};
use crate::checks::shared::pod_security::{self, Found, Rule};
use crate::document::Kind;
use crate::kubernetes::pod_view::PodView;

declare_check! {
    /// # What it checks
    /// The control *Volume Types* of the Pod Security Standard *restricted* (`policy/check_restrictedVolumes.go` upstream): a volume
    /// may be a `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`, `image`, `persistentVolumeClaim`, `projected` or `secret`.
    /// A volume without a source is an `emptyDir`. A `hostPath` is reported by `host-path-volume`. The check applies to every kind with
    /// a pod template, to patches, and to init and ephemeral containers. `kubernetes.version` in the policy sets the version of the
    /// standard, `kubernetes.podSecurity` its level.
    ///
    /// # Why it matters
    /// Other types name storage directly in the pod, with its address and its credentials, past the claims that the platform team
    /// controls.
    ///
    /// # Remedy
    /// Use a `persistentVolumeClaim`, whose class names the storage.
    id: "restricted-volume",
    summary: "a volume has a type that restricted forbids",
    family: Family::Workload,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::NistAc6, Control::NistCm7],
    since: "0.1.0",
}

const RULE: Rule = Rule::restricted(0, "use a persistentVolumeClaim in place of the volume's type");

const ALLOWED: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    pod_security::judge(context, report, &RULE, judge);
}

fn judge<'d>(pod: &PodView<'d>, found: &mut Found<'_, 'd>) {
    for volume in pod.volumes() {
        // `host-path-volume` reports volumes that are an expression.
        let Some(value) = volume.value().filter(|value| value.open_key().is_none()) else { continue };
        let sources = value.entries().filter_map(|(key, source)| Some((key.as_str()?, source)));
        let sources: Vec<_> = sources
            .filter(|(key, source)| key != "name" && !key.starts_with('$') && source.kind() != Kind::Null)
            .collect();
        if sources.iter().any(|(key, _)| ALLOWED.contains(&&**key) || key == "hostPath") {
            continue;
        }
        if let Some((kind, source)) = sources.first() {
            let problem = format!("has the type {}, which restricted forbids", quoted(kind, 40));
            found.part(&pod_security::volume_label(&volume), &[*source], &problem);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a volume of another type fires");
        let volume = |source: serde_json::Value| with("/spec/volumes", json!([source]));
        cases.fires(volume(json!({"name": "n", "nfs": {"server": "s", "path": "/"}})), &["/spec/volumes/0/nfs"]);
        cases.fires(volume(json!({"name": "n", "gitRepo": {"repository": "r"}})), &["/spec/volumes/0/gitRepo"]);

        cases.about("allowed types pass, one without a source is an emptyDir, and a hostPath is not its matter");
        cases.quiet(restricted());
        cases.quiet(volume(json!({"name": "n"})));
        cases.quiet(volume(json!({"name": "n", "hostPath": {"path": "/"}})));
        cases.quiet(volume(json!({"name": "n", "ephemeral": {"volumeClaimTemplate": {}}, "nfs": null})));
        cases
    }
}
