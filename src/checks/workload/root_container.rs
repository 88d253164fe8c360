//! `root-container`.

use crate::base::sanitize::quoted;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::{manifests, pod_security};
use crate::document::Kind;
use crate::document::value::Value;
use crate::kubernetes::pod::{Pod, Setting};
use crate::kubernetes::version::Minor;
use crate::policy::kubernetes::Level;

declare_check! {
    /// # What it checks
    /// The control *Running as Non-root* of the Pod Security Standard *restricted* (`policy/check_runAsNonRoot.go` upstream), for every
    /// kind with a pod template: `runAsNonRoot` must be true for the pod or for each container, and must not be false anywhere. A
    /// container's value overrides the pod's. Init and ephemeral containers count. A pod in a separate user namespace
    /// (`hostUsers: false`) is exempt from Kubernetes 1.35 on, as it is upstream. `kubernetes.version` in the policy sets the version.
    ///
    /// Pods are found in every kind with a `template.spec`, in Argo Workflows, Tekton tasks and objects inside other objects. A patch is
    /// judged by what it sets or removes. A text in place of an object or a list is read as what it holds; where an expression is in
    /// place of one, or is a key, the check is inconclusive in an execution and warns in a saved pipeline. Manifests in artifacts that
    /// nobody shows are skipped by name.
    ///
    /// # Why it matters
    /// A process that runs as root in its container is root on the node if it breaks out, and can change the files of its image.
    ///
    /// # Remedy
    /// Set `securityContext.runAsNonRoot: true`, and build the image with a numeric `USER`.
    id: "root-container",
    summary: "a container may run as root",
    family: Family::Workload,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss2_2_6, Control::NistAc6, Control::Cis5_2_7, Control::HipaaAccess],
    since: "0.1.0",
}

const REMEDY: &str = "set securityContext.runAsNonRoot to true, and build the image with a numeric USER";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let pods = context.pods();
    if pods.is_empty() && context.manifests.opaque.is_empty() {
        return report.not_applicable("the document has no workload that can be inspected");
    }
    if let Some(why) = pod_security::does_not_apply(context, Level::Restricted, Minor(0)) {
        return report.not_applicable(why);
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    let is_relaxed = context.policy.kubernetes.version.minor >= pod_security::USER_NAMESPACES;
    for pod in pods {
        // In a user namespace, root inside the pod is not root on the node.
        if !is_relaxed || !pod.spec.get("hostUsers").is_some_and(|value| value.kind() == Kind::False) {
            judge_pod(*pod, context, report);
        }
    }
}

fn judge_pod<'d>(pod: Pod<'d>, context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let workload = pod.label();
    let containers = pod.containers();
    for container in &containers {
        let name = container.value.str("name").filter(|name| !name.is_empty());
        let name = name.map_or_else(|| "a container".to_owned(), |name| format!("container {}", quoted(&name, 80)));
        let finding = |place: Value<'d>, why: &str| {
            Finding::at(place, format!("{name} of {workload} may run as root: {why}"), REMEDY).stage(pod.manifest.stage)
        };
        match container.effective_setting(pod, "runAsNonRoot") {
            Setting::On | Setting::Untouched => {}
            Setting::Removed(place) if place.kind() == Kind::String => {
                report.unsettled(context, finding(place, "a text is where what it runs belongs"));
            }
            Setting::Removed(place) => {
                report.unsettled(context, finding(place, "the patch does not show whether runAsNonRoot stays true"));
            }
            Setting::Expression(place) => {
                let is_text = place.kind() == Kind::String && !place.is_open();
                let why =
                    if is_text { "a text is where an object belongs" } else { "runAsNonRoot depends on an expression" };
                report.unsettled(context, finding(place, why));
            }
            Setting::Off(place) => report.finding(finding(place, "runAsNonRoot is not true")),
            Setting::Missing => {
                report.finding(finding(container.value, "neither the container nor its pod sets runAsNonRoot"));
            }
        }
    }
    // A pod that sets false fails even when each container sets true (`check_runAsNonRoot.go`).
    let is_overridden =
        containers.iter().all(|container| matches!(container.security_setting("runAsNonRoot"), Setting::On));
    let of_pod = pod.security_setting("runAsNonRoot");
    if let (Setting::Removed(place) | Setting::Expression(place), true) = (of_pod, containers.is_empty()) {
        let message = format!("the pod of {workload} may run as root: the document does not show runAsNonRoot");
        report.unsettled(context, Finding::at(place, message, REMEDY).stage(pod.manifest.stage));
    }
    if let (Setting::Off(place), true) = (of_pod, is_overridden) {
        let message = format!("the pod of {workload} sets runAsNonRoot to false");
        report.finding(Finding::at(place, message, REMEDY).stage(pod.manifest.stage));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn pod_of(spec: &Json) -> Json {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a container that may run as root fires");
        let yes = json!({"runAsNonRoot": true});
        let no = json!({"runAsNonRoot": false});
        cases.fires(pod_of(&json!({"containers": [{"name": "a"}]})), &["/spec/containers/0"]);
        cases.fires(pod_of(
                &json!({"securityContext": yes, "containers": [{"name": "a"}], "initContainers": [{"name": "i", "securityContext": no}]}),
            ),
            &["/spec/initContainers/0/securityContext/runAsNonRoot"],
        );
        cases.fires(
            pod_of(&json!({"securityContext": no, "containers": [{"name": "a", "securityContext": yes}]})),
            &["/spec/securityContext/runAsNonRoot"],
        );
        cases.fires(
            pod_of(&json!({"containers": [{"name": "a", "securityContext": yes}, {"name": "b"}]})),
            &["/spec/containers/1"],
        );
        let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}}});
        cases.fires(pod_of(&json!({"containers": "- name: a"})), &["/spec/containers"]);
        cases.fires(
            pod_of(&json!({"containers": [{"name": "a", "securityContext": "{runAsNonRoot: no}"}]})),
            &["/spec/containers/0/securityContext"],
        );
        cases.fires(
            json!({"apiVersion": "v1", "kind": "List", "items": [cron]}),
            &["/items/0/spec/jobTemplate/spec/template/spec/containers/0"],
        );
        cases.fires(json!({"stages": [{"type": "deployManifest", "refId": "1", "source": "text", "manifests": [[pod_of(&json!({"containers": [{}]}))]]}]}),
            &["/stages/0/manifests/0/0/spec/containers/0"],
        );

        cases.about("pods that cannot run as root pass");
        let yes = json!({"runAsNonRoot": true});
        cases.quiet(pod_of(&json!({"securityContext": yes, "containers": [{"name": "a"}]})));
        cases.quiet(pod_of(&json!({"containers": [{"name": "a", "securityContext": yes}]})));
        cases.quiet(pod_of(&json!({"hostUsers": false, "containers": [{"name": "a"}]})));
        cases.quiet(json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"containers": "x"}}));

        cases.about("an expression warns");
        cases.warns(
            pod_of(&json!({"securityContext": {"runAsNonRoot": "${x}"}, "containers": [{"name": "a"}]})),
            &["/spec/securityContext/runAsNonRoot"],
        );
        cases
    }
}
