//! `root-container`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Enforced, Family, Report, declare_check};
use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::kubernetes::manifest::Manifest;
use crate::meta::{Finding, Severity};

declare_check! {
    /// # What it checks
    /// The control *Running as Non-root* of the Pod Security Standard *restricted* (`policy/check_runAsNonRoot.go` upstream), in every
    /// kind that carries a pod template: `runAsNonRoot` is true for the pod or for each container, and false nowhere. A container's
    /// own value wins over the pod's. Init and ephemeral containers count. A pod in a user namespace of its own
    /// (`hostUsers: false`) is exempt, as it is upstream.
    ///
    /// # Why it matters
    /// A process that runs as root in its container is root on the node once it breaks out, and can change what its image holds.
    ///
    /// # Remedy
    /// Set `securityContext.runAsNonRoot: true`, and build the image with a numeric `USER`.
    id: "root-container",
    summary: "a container may run as root",
    family: Family::Workload,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    needs: &[],
    options: &[],
    controls: &["pci-dss-4.0:2.2.6", "nist-800-53:AC-6", "cis-kubernetes:5.2.7", "hipaa-164.312:(a)(1)"],
    since: "0.1.0",
    run: run,
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let mut seen = false;
    for manifest in &context.manifests.readable {
        let Some(spec) = manifest.pod_spec().filter(|spec| spec.is_object()) else { continue };
        seen = true;
        pod(*manifest, spec, context, report);
    }
    if !seen {
        report.not_applicable("there is no workload here that can be looked into");
    }
}

fn pod<'d>(manifest: Manifest<'d>, spec: Value<'d>, context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if spec.get("hostUsers").is_some_and(|value| value.kind() == Kind::False) {
        return;
    }
    let workload =
        format!("{} {:?}", sanitize(&manifest.kind(), 40), sanitize(&manifest.name().unwrap_or_default(), 80));
    let of_pod = spec.at(&["securityContext", "runAsNonRoot"]).filter(|value| value.kind() != Kind::Null);
    let remedy = "set securityContext.runAsNonRoot: true and give the image a numeric user";
    let containers = ["initContainers", "containers", "ephemeralContainers"].into_iter().flat_map(|key| spec.list(key));
    for container in containers {
        let own = container.at(&["securityContext", "runAsNonRoot"]).filter(|value| value.kind() != Kind::Null);
        let decides = own.or(of_pod);
        let name = sanitize(&container.str("name").unwrap_or_default(), 80);
        let finding = |place: Value<'d>, why: &str| {
            Finding::at(place, format!("the container {name:?} of {workload} may run as root: {why}"), remedy)
                .stage(manifest.stage)
        };
        match decides.map(Value::flag) {
            Some(Flag::On) => {}
            Some(Flag::Expression) => {
                report.unsettled(context, finding(decides.unwrap_or(container), "runAsNonRoot is an expression"))
            }
            Some(Flag::Off | Flag::Other) => {
                report.finding(finding(decides.unwrap_or(container), "runAsNonRoot is not true"))
            }
            None => report.finding(finding(container, "neither it nor its pod sets runAsNonRoot")),
        }
    }
    // A pod that says false fails even when each container says true (`check_runAsNonRoot.go`).
    let all_say_true = ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(|key| spec.list(key))
        .all(|container| {
            container.at(&["securityContext", "runAsNonRoot"]).is_some_and(|value| value.flag() == Flag::On)
        });
    if let Some(place) = of_pod.filter(|value| value.flag() == Flag::Off && all_say_true) {
        report.finding(
            Finding::at(place, format!("the pod of {workload} sets runAsNonRoot to false"), remedy)
                .stage(manifest.stage),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{fires, stays_quiet, warns};

    fn pod_of(spec: &Json) -> Json {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
    }

    #[test]
    fn a_container_that_may_be_root_fires() {
        let yes = json!({"runAsNonRoot": true});
        let no = json!({"runAsNonRoot": false});
        fires(&CHECK, pod_of(&json!({"containers": [{"name": "a"}]})), &["/spec/containers/0"]);
        fires(
            &CHECK,
            pod_of(
                &json!({"securityContext": yes, "containers": [{"name": "a"}], "initContainers": [{"name": "i", "securityContext": no}]}),
            ),
            &["/spec/initContainers/0/securityContext/runAsNonRoot"],
        );
        fires(
            &CHECK,
            pod_of(&json!({"securityContext": no, "containers": [{"name": "a", "securityContext": yes}]})),
            &["/spec/securityContext/runAsNonRoot"],
        );
        fires(
            &CHECK,
            pod_of(&json!({"containers": [{"name": "a", "securityContext": yes}, {"name": "b"}]})),
            &["/spec/containers/1"],
        );
        let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}}});
        fires(
            &CHECK,
            json!({"apiVersion": "v1", "kind": "List", "items": [cron]}),
            &["/items/0/spec/jobTemplate/spec/template/spec/containers/0"],
        );
        fires(
            &CHECK,
            json!({"stages": [{"type": "deployManifest", "refId": "1", "source": "text", "manifests": [[pod_of(&json!({"containers": [{}]}))]]}]}),
            &["/stages/0/manifests/0/0/spec/containers/0"],
        );
    }

    #[test]
    fn pods_that_cannot_be_root_stay_quiet() {
        let yes = json!({"runAsNonRoot": true});
        stays_quiet(&CHECK, pod_of(&json!({"securityContext": yes, "containers": [{"name": "a"}]})));
        stays_quiet(&CHECK, pod_of(&json!({"containers": [{"name": "a", "securityContext": yes}]})));
        stays_quiet(&CHECK, pod_of(&json!({"hostUsers": false, "containers": [{"name": "a"}]})));
        stays_quiet(&CHECK, json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"containers": "x"}}));
        warns(
            &CHECK,
            pod_of(&json!({"securityContext": {"runAsNonRoot": "${x}"}, "containers": [{"name": "a"}]})),
            &["/spec/securityContext/runAsNonRoot"],
        );
    }
}
