//! `log-collection-disabled`.

use crate::base::sanitize::quoted;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::manifests;
use crate::document::value::Value;
use crate::spinnaker::pipeline::Pipeline;

declare_check! {
    /// # What it checks
    /// No workload may turn the collection of its logs off: annotations that exclude its pods from Fluent Bit, Fluentd, Elastic,
    /// Datadog or Sumo Logic, or the log driver `none` of Amazon ECS.
    ///
    /// # Why it matters
    /// Without its logs nobody can say what a release did, and what an attacker did after it.
    ///
    /// # Remedy
    /// Remove the annotation or the log driver. Drop single noisy lines in the collector.
    id: "log-collection-disabled",
    summary: "a workload turns the collection of its logs off",
    family: Family::Observability,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss10_2_1, Control::NistAu2, Control::NistAu12, Control::HipaaAudit, Control::Part11AuditTrail],
    since: "0.1.0",
}

const REMEDY: &str = "remove what excludes the logs, and drop single noisy lines in the collector";

/// Annotations that exclude the logs of a pod, and the value that does.
const ANNOTATIONS: [(&str, &str); 7] = [
    ("fluentbit.io/exclude", "true"),
    ("fluentd.org/exclude", "true"),
    ("co.elastic.logs/enabled", "false"),
    ("sumologic.com/exclude", "true"),
    ("ad.datadoghq.com/logs_exclude", "true"),
    ("splunk.com/exclude", "true"),
    ("logging.banzaicloud.io/exclude", "true"),
];

/// The same for one container: between the two stands its name.
const OF_CONTAINER: (&str, &str) = ("ad.datadoghq.com/", ".logs_exclude");

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let (pods, pipeline) = (context.pod_views(), context.input.pipeline.as_ref());
    if pods.is_empty() && pipeline.is_none() {
        return report.not_applicable("the document has no workload that can be inspected");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    for pod in pods {
        let of_pod = ANNOTATIONS.iter().map(|(key, off)| ((*key).to_owned(), pod.annotation(key), *off));
        let of_containers = pod.annotations(OF_CONTAINER.0).into_iter();
        let of_containers = of_containers
            .filter(|(key, _)| key.ends_with(OF_CONTAINER.1))
            .map(|(key, value)| (key.into_owned(), value, "true"));
        for (key, value, off) in of_pod.chain(of_containers) {
            let is_off = value.text().is_some_and(|text| text.eq_ignore_ascii_case(off));
            if let Some(place) = value.place().filter(|_| is_off) {
                let message = format!("the logs of {} are not collected: {}", pod.label(), quoted(&key, 80));
                report.finding(Finding::at(place, message, REMEDY).stage(pod.pod.manifest.stage));
            }
        }
    }
    for (index, stage) in pipeline.into_iter().flat_map(Pipeline::authored) {
        for cluster in stage.settings.list("clusters").chain(stage.setting("cluster")) {
            let driver = cluster.get("logDriver").filter(|driver| !driver.is_open());
            let is_none = driver.and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case("none"));
            if let Some(place) = driver.filter(|_| is_none) {
                let message = format!("a cluster of {} has the log driver none", stage_label(stage));
                report.finding(Finding::at(place, message, REMEDY).stage(index));
            }
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
        cases.about("logs that are excluded fire");
        let annotation = "/metadata/annotations/fluentbit.io~1exclude";
        cases.fires(with(annotation, json!("true")), &[annotation]);
        let of_container = "/metadata/annotations/ad.datadoghq.com~1a.logs_exclude";
        cases.fires(with(of_container, json!("true")), &[of_container]);
        let ecs = |driver: &str| json!({"stages": [{"type": "deploy", "refId": "1", "clusters": [{"cloudProvider": "ecs", "logDriver": driver}]}]});
        cases.fires(ecs("none"), &["/stages/0/clusters/0/logDriver"]);

        cases.about("logs that are collected are fine");
        cases.quiet(restricted());
        cases.quiet(with(annotation, json!("false")));
        cases.quiet(ecs("awslogs"));
        cases
    }
}
