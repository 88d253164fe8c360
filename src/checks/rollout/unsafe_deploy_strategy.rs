//! `unsafe-deploy-strategy`.

use std::collections::{HashMap, HashSet};

use crate::analysis::production::Environment;
use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::document::value::{Flag, Value};
use crate::kubernetes::manifest::Manifest;
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::ChangeKind;

declare_check! {
    /// # What it checks
    /// A production rollout replaces the running version step by step and keeps it until the new version responds. A server group is
    /// deployed by red/black, rolling red/black, monitored, rolling push or a custom strategy; not by `none`, and not by `highlander`,
    /// which destroys all older groups as soon as the new one is up. A Kubernetes `ReplicaSet` uses blue/green traffic management, and
    /// a `Deployment` is not recreated. Rolling Deployments, providers without strategies and canary deploys are not findings.
    ///
    /// # Why it matters
    /// Between the end of the old version and the first response of the new one nothing serves requests, and if the new version does
    /// not respond there is nothing to return to.
    ///
    /// # Remedy
    /// Use red/black (blue/green), rolling red/black or monitored; on Kubernetes a `Deployment` with `RollingUpdate`, or blue/green.
    id: "unsafe-deploy-strategy",
    summary: "a production rollout replaces everything at once",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [],
    detectors: [
        "no-strategy", "highlander", "unknown-strategy", "strategy-expression", "recreate-annotation", "recreate-strategy",
        "no-traffic-management"
    ],
    controls: [Control::PciDss6_5_2, Control::NistCm3, Control::NistCp10, Control::SoxOperations],
    since: "0.1.0",
}

const REMEDY: &str = "use red/black (blue/green), rolling red/black or monitored; on Kubernetes, use a Deployment with the RollingUpdate strategy";
/// `orca-clouddriver/…/kato/pipeline/strategy/Strategy.java`; Orca treats an unknown name as `none`.
const SAFE: &[&str] =
    &["redblack", "rollingredblack", "monitored", "cfrollingredblack", "rollingpush", "custom", "bluegreen"];
/// Providers whose deploys have no strategies.
const WITHOUT: &[&str] = &["appengine", "cloudrun", "kubernetes", "lambda", "dcos"];

/// What is wrong with a strategy.
enum Problem {
    /// The strategy is an expression: only the running execution knows it.
    Expression,
    None,
    Highlander,
    Unknown(String),
    /// `strategy.spinnaker.io/recreate` on an object of this kind.
    RecreateAnnotation(String),
    RecreateStrategy,
    NoTrafficManagement,
}

impl Problem {
    fn detector(&self) -> &'static str {
        match self {
            Self::Expression => "strategy-expression",
            Self::None => "no-strategy",
            Self::Highlander => "highlander",
            Self::Unknown(_) => "unknown-strategy",
            Self::RecreateAnnotation(_) => "recreate-annotation",
            Self::RecreateStrategy => "recreate-strategy",
            Self::NoTrafficManagement => "no-traffic-management",
        }
    }

    /// Ends a sentence that begins with the stage.
    fn what(&self) -> String {
        match self {
            Self::Expression => "selects its deploy strategy by an expression".into(),
            Self::None => {
                "deploys without a strategy: old and new version serve side by side, and nothing is rolled back".into()
            }
            Self::Highlander => {
                "deploys by highlander, which destroys the old version as soon as the new one is up".into()
            }
            Self::Unknown(name) => format!("deploys by strategy {name:?}, which Orca does not know and treats as none"),
            Self::RecreateAnnotation(kind) => format!("deletes the {kind} before it deploys the new one"),
            Self::RecreateStrategy => "stops every pod of the Deployment before the first new one starts".into(),
            Self::NoTrafficManagement => "deploys a ReplicaSet without blue/green traffic management".into(),
        }
    }
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let mut seen = HashSet::new();
    let rollouts = context.production().rollouts().filter(|change| change.kind == ChangeKind::Deploy);
    let rollouts: Vec<_> = rollouts.filter(|change| seen.insert(change.stage)).collect();
    let mut arms: HashMap<usize, Vec<Value<'d>>> = HashMap::new();
    for change in context.production().changes.iter().filter(|change| change.is_arm) {
        arms.entry(change.stage).or_default().push(change.place);
    }
    let mut manifests: HashMap<usize, Vec<Manifest<'d>>> = HashMap::new();
    for manifest in &context.manifests.readable {
        manifests.entry(manifest.stage.unwrap_or(usize::MAX)).or_default().push(*manifest);
    }
    for change in rollouts {
        let Some(stage) = pipeline.stages.get(change.stage) else { continue };
        let problems = match stage.effective_type().split('_').next().unwrap_or_default() {
            "deployManifest" => of_manifests(stage, manifests.get(&change.stage).map_or(&[], Vec::as_slice)),
            "deploy" | "createServerGroup" | "cloneServerGroup" => {
                of_clusters(stage, arms.get(&change.stage).map_or(&[], Vec::as_slice))
            }
            _ => Vec::new(),
        };
        for (place, problem) in problems {
            let message = format!("{} {}", stage_label(stage), problem.what());
            let finding = Finding::at(place, message, REMEDY).detector(problem.detector()).stage(change.stage);
            let is_settled = matches!(change.environment, Environment::Production(_));
            if is_settled && !matches!(problem, Problem::Expression) {
                report.finding(finding);
            } else {
                report.unsettled(context, finding);
            }
        }
    }
}

/// The clusters that a stage deploys, without those of a canary.
fn of_clusters<'d>(stage: &Stage<'d>, arms: &[Value<'d>]) -> Vec<(Value<'d>, Problem)> {
    let one = stage.setting("cluster").filter(|cluster| cluster.is_object());
    let clusters: Vec<Value<'d>> =
        stage.settings.list("clusters").filter(|cluster| cluster.is_object()).chain(one).collect();
    let clusters = if clusters.is_empty() { vec![stage.settings] } else { clusters };
    clusters
        .into_iter()
        .filter(|cluster| !arms.iter().any(|arm| cluster.holds(*arm)))
        .filter_map(|cluster| of_cluster(stage, cluster))
        .collect()
}

fn of_cluster<'d>(stage: &Stage<'d>, cluster: Value<'d>) -> Option<(Value<'d>, Problem)> {
    let provider = ["cloudProvider", "provider", "providerType", "cloudProviderType"]
        .iter()
        .find_map(|key| cluster.str(key).or_else(|| stage.settings.str(key)));
    let suffix = stage.effective_type().split_once('_').map(|(_, suffix)| suffix.to_owned());
    let provider = provider.map(std::borrow::Cow::into_owned).or(suffix).unwrap_or_else(|| "aws".into());
    if WITHOUT.contains(&provider.as_str()) {
        return None;
    }
    let strategy = cluster.get("strategy").filter(|strategy| !strategy.is_blank());
    let word = strategy.and_then(Value::text).unwrap_or_default().to_ascii_lowercase();
    let problem = match word.as_str() {
        word if word.contains("${") => Problem::Expression,
        word if SAFE.contains(&word) => return None,
        "" | "none" => Problem::None,
        "highlander" => Problem::Highlander,
        other => Problem::Unknown(sanitize(other, 40)),
    };
    Some((strategy.unwrap_or(cluster), problem))
}

fn of_manifests<'d>(stage: &Stage<'d>, manifests: &[Manifest<'d>]) -> Vec<(Value<'d>, Problem)> {
    let traffic = stage.setting("trafficManagement").filter(|traffic| traffic.flag_at("enabled") == Flag::On);
    let strategy = traffic
        .and_then(|traffic| traffic.at(&["options", "strategy"]))
        .and_then(Value::text)
        .unwrap_or_default()
        .to_ascii_lowercase();
    manifests.iter().flat_map(|manifest| of_manifest(*manifest, &strategy)).collect()
}

/// `traffic` is the strategy of the stage's traffic management; empty when it is off.
fn of_manifest<'d>(manifest: Manifest<'d>, traffic: &str) -> Vec<(Value<'d>, Problem)> {
    let mut found = Vec::new();
    let kind = manifest.kind();
    let annotations = manifest.value.at(&["metadata", "annotations"]);
    let annotation = annotations.and_then(|annotations| annotations.get("strategy.spinnaker.io/recreate"));
    let is_workload = matches!(&*kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Pod");
    if let Some(place) = annotation.filter(|value| is_workload && value.flag() == Flag::On) {
        found.push((place, Problem::RecreateAnnotation(kind.to_string())));
    }
    let strategy = manifest.value.at(&["spec", "strategy", "type"]);
    if let Some(place) = strategy.filter(|value| kind == "Deployment" && value.is_str("Recreate")) {
        found.push((place, Problem::RecreateStrategy));
    }
    if kind == "ReplicaSet" && !matches!(traffic, "redblack" | "bluegreen") {
        let problem = match traffic {
            "highlander" => Problem::Highlander,
            expression if expression.contains("${") => Problem::Expression,
            _ => Problem::NoTrafficManagement,
        };
        found.push((manifest.value, problem));
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn deploy(cluster: Json) -> Json {
        let mut cluster = cluster;
        cluster["account"] = json!("prod");
        json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "clusters": [cluster]}]})
    }

    fn manifest(manifest: &Json, traffic: &Json) -> Json {
        json!({"stages": [{"refId": "1", "type": "deployManifest", "name": "d", "account": "prod", "manifests": [manifest], "trafficManagement": traffic}]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what replaces everything at once fires");
        cases.fires(deploy(json!({})), &["/stages/0/clusters/0"]);
        for word in ["none", "highlander", "HIGHLANDER", "yolo"] {
            cases.fires(deploy(json!({"strategy": word})), &["/stages/0/clusters/0/strategy"]);
        }
        cases.fires(json!({"stages": [{"refId": "1", "type": "deploy_gce", "account": "prod"}]}), &["/stages/0"]);
        cases.fires(
            manifest(&json!({"kind": "Deployment", "spec": {"strategy": {"type": "Recreate"}}}), &json!({})),
            &["/stages/0/manifests/0/spec/strategy/type"],
        );
        cases.fires(
            manifest(
                &json!({"kind": "Deployment", "metadata": {"annotations": {"strategy.spinnaker.io/recreate": "true"}}}),
                &json!({}),
            ),
            &["/stages/0/manifests/0/metadata/annotations/strategy.spinnaker.io~1recreate"],
        );
        cases.fires(
            manifest(&json!({"kind": "ReplicaSet"}), &json!({"enabled": false, "options": {"strategy": "bluegreen"}})),
            &["/stages/0/manifests/0"],
        );
        cases.fires(
            manifest(&json!({"kind": "ReplicaSet"}), &json!({"enabled": true, "options": {"strategy": "highlander"}})),
            &["/stages/0/manifests/0"],
        );

        cases.about("what goes step by step stays quiet");
        for word in ["redblack", "rollingredblack", "monitored", "cfrollingredblack", "custom"] {
            cases.quiet(deploy(json!({"strategy": word})));
        }
        for provider in ["appengine", "cloudrun"] {
            cases.quiet(deploy(json!({"cloudProvider": provider})));
        }
        cases.quiet(manifest(&json!({"kind": "Deployment"}), &json!({})));
        cases.quiet(manifest(&json!({"kind": "Service"}), &json!({})));
        cases.quiet(manifest(
            &json!({"kind": "ReplicaSet"}),
            &json!({"enabled": true, "options": {"strategy": "bluegreen"}}),
        ));
        cases.quiet(json!({"stages": [{"refId": "1", "type": "deploy", "clusters": [{"account": "staging"}]}]}));
        cases.quiet(json!({"stages": [{"refId": "1", "type": "Aws.LambdaDeploymentStage", "account": "prod"}]}));
        let arms = json!({"stages": [
            {"refId": "1", "type": "deploy", "name": "arms", "clusters": [{"account": "prod", "freeFormDetails": "canary"}, {"account": "prod", "freeFormDetails": "baseline"}]},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "kayentaCanary"}]});
        cases.quiet(arms);
        cases.warns(deploy(json!({"strategy": "${x}"})), &["/stages/0/clusters/0/strategy"]);
        cases
    }
}
