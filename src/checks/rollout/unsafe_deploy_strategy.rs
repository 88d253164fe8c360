//! `unsafe-deploy-strategy`.

use std::collections::{HashMap, HashSet};

use crate::analysis::production::beside::ByHand;
use crate::analysis::production::{Environment, Role};
use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::kubernetes::manifest::Manifest;
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::ChangeKind;

declare_check! {
    /// # What it checks
    /// A production rollout replaces the running version step by step and keeps it until the new version responds. A server group is
    /// deployed by red/black, rolling red/black, monitored, rolling push or a custom strategy, and not by `none`. A Kubernetes
    /// `ReplicaSet` uses blue/green traffic management, and a `Deployment` is not recreated.
    ///
    /// A rolling strategy has steps: `maxUnavailable` of 100 % or of all replicas, `targetPercentages` that begin with 100 and a
    /// `targetHealthyDeployPercentage` of 0 replace everything at once. A strategy that only the running execution knows is inconclusive
    /// there.
    ///
    /// A group that is deployed beside the old one, without a strategy, is fine where a later stage disables, shrinks, scales down or
    /// deletes the old group of the same cluster, and a judgment, canary or precondition in between can stop the release. Highlander
    /// destroys the old group after the new one is healthy: that is a matter of `no-rollback`. Providers without strategies and canary
    /// deploys are not findings.
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
        "no-strategy", "unknown-strategy", "strategy-expression", "recreate-annotation", "recreate-strategy", "no-traffic-management",
        "all-at-once", "no-health-required"
    ],
    controls: [Control::PciDss6_5_2, Control::NistCm3, Control::NistCp10, Control::SoxOperations],
    since: "0.1.0",
}

const REMEDY: &str = "use red/black (blue/green), rolling red/black or monitored; on Kubernetes, use a Deployment with the RollingUpdate strategy";
/// `orca-clouddriver/…/kato/pipeline/strategy/Strategy.java`; Orca treats an unknown name as `none`.
const SAFE: &[&str] = &[
    "redblack",
    "rollingredblack",
    "monitored",
    "cfrollingredblack",
    "rollingpush",
    "custom",
    "bluegreen",
    "highlander",
];
/// Providers whose deploys have no strategies.
const WITHOUT: &[&str] = &["appengine", "cloudrun", "kubernetes", "lambda", "dcos"];

/// What is wrong with a strategy.
enum Problem {
    /// The strategy is an expression: only the running execution knows it.
    Expression,
    None,
    Unknown(String),
    /// `strategy.spinnaker.io/recreate` on an object of this kind.
    RecreateAnnotation(String),
    RecreateStrategy,
    NoTrafficManagement,
    /// A setting whose first step is the whole.
    AllAtOnce(&'static str),
    NoHealth,
}

impl Problem {
    fn detector(&self) -> &'static str {
        match self {
            Self::Expression => "strategy-expression",
            Self::None => "no-strategy",
            Self::Unknown(_) => "unknown-strategy",
            Self::RecreateAnnotation(_) => "recreate-annotation",
            Self::RecreateStrategy => "recreate-strategy",
            Self::NoTrafficManagement => "no-traffic-management",
            Self::AllAtOnce(_) => "all-at-once",
            Self::NoHealth => "no-health-required",
        }
    }

    /// Ends a sentence that begins with the stage.
    fn what(&self) -> String {
        match self {
            Self::Expression => "has a deploy strategy that is an expression, or a text in place of an object".into(),
            Self::None => {
                "deploys without a strategy: old and new version serve side by side, and nothing is rolled back".into()
            }
            Self::Unknown(name) => format!("deploys by strategy {name:?}, which Orca does not know and treats as none"),
            Self::RecreateAnnotation(kind) => format!("deletes the {kind} before it deploys the new one"),
            Self::RecreateStrategy => "stops every pod of the Deployment before the first new one starts".into(),
            Self::NoTrafficManagement => "deploys a ReplicaSet without blue/green traffic management".into(),
            Self::AllAtOnce(setting) => format!("replaces all instances in one step ({setting})"),
            Self::NoHealth => "goes on when no new instance is healthy (targetHealthyDeployPercentage)".into(),
        }
    }

    /// Whether replacing the old group by stages of its own makes up for it.
    fn is_mended_by_hand(&self) -> bool {
        matches!(self, Self::None | Self::NoTrafficManagement)
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
    for change in context.production().changes.iter().filter(|change| change.role == Role::Arm) {
        arms.entry(change.stage).or_default().push(change.place);
    }
    let mut manifests: HashMap<usize, Vec<Manifest<'d>>> = HashMap::new();
    for manifest in &context.manifests.readable {
        manifests.entry(manifest.stage.unwrap_or(usize::MAX)).or_default().push(*manifest);
    }
    let mut by_hand = ByHand::of(pipeline);
    for change in rollouts {
        let Some(stage) = pipeline.stages.get(change.stage) else { continue };
        let problems = match stage.effective_type().split('_').next().unwrap_or_default() {
            "deployManifest" => {
                of_manifests(stage, change.stage, manifests.get(&change.stage).map_or(&[], Vec::as_slice), &mut by_hand)
            }
            "deploy" | "createServerGroup" | "cloneServerGroup" => {
                of_clusters(stage, change.stage, arms.get(&change.stage).map_or(&[], Vec::as_slice), &mut by_hand)
            }
            _ => Vec::new(),
        };
        for (place, problem) in problems {
            let message = format!("{} {}", stage_label(stage), problem.what());
            let finding = Finding::at(place.in_document_of(stage.value), message, REMEDY)
                .detector(problem.detector())
                .stage(change.stage);
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
fn of_clusters<'d>(
    stage: &Stage<'d>,
    index: usize,
    arms: &[Value<'d>],
    by_hand: &mut ByHand<'_, 'd>,
) -> Vec<(Value<'d>, Problem)> {
    let one = stage.setting("cluster").filter(|cluster| cluster.is_object());
    let clusters: Vec<Value<'d>> =
        stage.settings.list("clusters").filter(|cluster| cluster.is_object()).chain(one).collect();
    let clusters = if clusters.is_empty() { vec![stage.settings] } else { clusters };
    clusters
        .into_iter()
        .filter(|cluster| !arms.iter().any(|arm| cluster.holds(*arm)))
        .filter_map(|cluster| of_cluster(stage, cluster))
        .filter(|(place, problem)| {
            let cluster = if place.is_object() { *place } else { stage_cluster(stage, *place) };
            !problem.is_mended_by_hand() || by_hand.of_cluster(index, cluster).is_none()
        })
        .collect()
}

/// The cluster of `stage` that holds `setting`.
fn stage_cluster<'d>(stage: &Stage<'d>, setting: Value<'d>) -> Value<'d> {
    let one = stage.setting("cluster").filter(|cluster| cluster.is_object());
    let mut clusters = stage.settings.list("clusters").chain(one);
    clusters.find(|cluster| cluster.holds(setting)).unwrap_or(stage.settings)
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
        word if is_expression(word) => Problem::Expression,
        word if SAFE.contains(&word) => return of_steps(cluster, word),
        "" | "none" => Problem::None,
        other => Problem::Unknown(sanitize(other, 40)),
    };
    Some((strategy.unwrap_or(cluster), problem))
}

/// Settings of a rolling strategy with which it has no steps.
fn of_steps<'d>(cluster: Value<'d>, strategy: &str) -> Option<(Value<'d>, Problem)> {
    let is_open = |value: Value<'_>| value.as_str().is_some_and(|text| is_expression(&text));
    let health = cluster.get("targetHealthyDeployPercentage");
    if let Some(place) = health.filter(|health| is_open(*health)) {
        return Some((place, Problem::Expression));
    }
    if let Some(place) = health.filter(|health| health.as_f64().is_some_and(|percent| percent <= 0.0)) {
        return Some((place, Problem::NoHealth));
    }
    let steps =
        cluster.get("targetPercentages").filter(|_| matches!(strategy, "rollingredblack" | "cfrollingredblack"))?;
    if steps.kind() == Kind::String && !steps.is_blank() {
        return Some((steps, Problem::Expression));
    }
    // Orca adds 100 to an empty list (`RollingRedBlackStrategy.groovy`).
    let first = steps.elements().next();
    match first {
        Some(step) if is_open(step) => Some((step, Problem::Expression)),
        Some(step) if step.as_f64().is_some_and(|percent| percent < 100.0) => None,
        None if steps.kind() == Kind::Null => None,
        _ => Some((first.unwrap_or(steps), Problem::AllAtOnce("targetPercentages"))),
    }
}

fn of_manifests<'d>(
    stage: &Stage<'d>,
    index: usize,
    manifests: &[Manifest<'d>],
    by_hand: &mut ByHand<'_, 'd>,
) -> Vec<(Value<'d>, Problem)> {
    let traffic = stage.setting("trafficManagement").filter(|traffic| traffic.flag_at("enabled") == Flag::On);
    let strategy = traffic
        .and_then(|traffic| traffic.at(&["options", "strategy"]))
        .and_then(Value::text)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut found = Vec::new();
    for manifest in manifests {
        let problems = of_manifest(*manifest, &strategy);
        let is_mended = problems.iter().any(|(_, problem)| problem.is_mended_by_hand())
            && by_hand.of_manifest(index, *manifest).is_some();
        found.extend(problems.into_iter().filter(|(_, problem)| !(is_mended && problem.is_mended_by_hand())));
    }
    found
}

/// `traffic` is the strategy of the stage's traffic management; empty when it is off.
fn of_manifest<'d>(manifest: Manifest<'d>, traffic: &str) -> Vec<(Value<'d>, Problem)> {
    let mut found = Vec::new();
    let kind = manifest.kind();
    let annotations = manifest.value.at(&["metadata", "annotations"]);
    let annotation = annotations.and_then(|annotations| annotations.get("strategy.spinnaker.io/recreate"));
    let is_workload = matches!(&*kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Pod");
    match annotation.filter(|_| is_workload).map(|place| (place, place.flag())) {
        Some((place, Flag::On)) => found.push((place, Problem::RecreateAnnotation(kind.to_string()))),
        Some((place, Flag::Expression)) => found.push((place, Problem::Expression)),
        _ => {}
    }
    let spec = manifest.value.get("spec");
    let strategy = match &*kind {
        "Deployment" => spec.and_then(|spec| spec.get("strategy")),
        "DaemonSet" | "StatefulSet" => spec.and_then(|spec| spec.get("updateStrategy")),
        _ => None,
    };
    found.extend(strategy.and_then(|strategy| of_update(strategy, spec.and_then(|spec| spec.get("replicas")))));
    if kind == "ReplicaSet" && !matches!(traffic, "redblack" | "bluegreen" | "highlander") {
        let problem = if is_expression(traffic) { Problem::Expression } else { Problem::NoTrafficManagement };
        found.push((manifest.value, problem));
    }
    found
}

/// An object, or the one that a text holds.
fn as_object(value: Value<'_>) -> Option<Value<'_>> {
    let object = if value.is_object() { Some(value) } else { value.embedded().next() };
    object.filter(|object| object.is_object())
}

/// How a workload replaces its pods.
fn of_update<'d>(strategy: Value<'d>, replicas: Option<Value<'d>>) -> Option<(Value<'d>, Problem)> {
    let is_open = |value: Value<'_>| value.as_str().is_some_and(|text| is_expression(&text));
    let Some(strategy) = as_object(strategy) else {
        return (!strategy.is_blank()).then_some((strategy, Problem::Expression));
    };
    let kind = strategy.get("type");
    if let Some(place) = kind.filter(|kind| is_open(*kind)) {
        return Some((place, Problem::Expression));
    }
    if let Some(place) = kind.filter(|kind| kind.is_str("Recreate")) {
        return Some((place, Problem::RecreateStrategy));
    }
    let rolling = strategy.get("rollingUpdate")?;
    let Some(rolling) = as_object(rolling) else {
        return (!rolling.is_blank()).then_some((rolling, Problem::Expression));
    };
    let most = rolling.get("maxUnavailable")?;
    if is_open(most) {
        return Some((most, Problem::Expression));
    }
    let text = most.text().unwrap_or_default();
    let count = match text.trim().strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok().map(|percent| percent >= 100.0),
        None => most
            .as_f64()
            .map(|most| replicas.and_then(Value::as_f64).is_some_and(|replicas| most >= replicas && most > 0.0)),
    };
    (count == Some(true)).then_some((most, Problem::AllAtOnce("maxUnavailable")))
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

    /// A `ReplicaSet` beside the old one, something in between, and what happens to the old one of `cluster`.
    fn by_hand(between: &str, last: &str, cluster: &str) -> Json {
        json!({"stages": [
            {"refId": "1", "type": "deployManifest", "name": "d", "account": "prod", "manifests": [
                {"kind": "ReplicaSet", "metadata": {"name": "web", "namespace": "web"}}]},
            {"refId": "2", "type": between, "requisiteStageRefIds": ["1"]},
            {"refId": "3", "type": last, "requisiteStageRefIds": ["2"], "account": "prod", "location": "web", "mode": "dynamic",
             "cluster": format!("replicaSet {cluster}"), "criteria": "second_newest"}]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what replaces everything at once fires");
        cases.fires(deploy(json!({})), &["/stages/0/clusters/0"]);
        for word in ["none", "NONE", "yolo"] {
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
        for most in [json!("100%"), json!("120%"), json!(2), json!(3)] {
            let update = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": most}});
            cases.fires(
                manifest(&json!({"kind": "Deployment", "spec": {"replicas": 2, "strategy": update}}), &json!({})),
                &["/stages/0/manifests/0/spec/strategy/rollingUpdate/maxUnavailable"],
            );
        }
        let daemons =
            json!({"kind": "DaemonSet", "spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "100%"}}}});
        cases.fires(
            manifest(&daemons, &json!({})),
            &["/stages/0/manifests/0/spec/updateStrategy/rollingUpdate/maxUnavailable"],
        );
        cases.fires(
            deploy(json!({"strategy": "rollingredblack", "targetPercentages": [100]})),
            &["/stages/0/clusters/0/targetPercentages/0"],
        );
        cases.fires(
            deploy(json!({"strategy": "redblack", "targetHealthyDeployPercentage": 0})),
            &["/stages/0/clusters/0/targetHealthyDeployPercentage"],
        );
        cases.fires(by_hand("wait", "disableManifest", "web"), &["/stages/0/manifests/0"]);
        cases.fires(by_hand("manualJudgment", "disableManifest", "other"), &["/stages/0/manifests/0"]);

        cases.about("what goes step by step stays quiet");
        for word in ["redblack", "rollingredblack", "monitored", "cfrollingredblack", "custom", "highlander"] {
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
        cases.quiet(deploy(json!({"strategy": "rollingredblack", "targetPercentages": [50, 100]})));
        cases.quiet(by_hand("manualJudgment", "disableManifest", "web"));
        cases.quiet(by_hand("checkPreconditions", "deleteManifest", "web"));
        for update in [json!({"maxUnavailable": "25%"}), json!({"maxUnavailable": 1}), json!({"maxSurge": "100%"})] {
            let object = json!({"kind": "Deployment", "spec": {"replicas": 2, "strategy": {"rollingUpdate": update}}});
            cases.quiet(manifest(&object, &json!({})));
        }
        let arms = json!({"stages": [
            {"refId": "1", "type": "deploy", "name": "arms", "clusters": [{"account": "prod", "freeFormDetails": "canary"}, {"account": "prod", "freeFormDetails": "baseline"}]},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "kayentaCanary"}]});
        let mut arms = arms;
        arms["stages"].as_array_mut().unwrap().push(
            json!({"refId": "3", "requisiteStageRefIds": ["2"], "type": "deploy", "clusters": [{"account": "prod", "strategy": "redblack"}]}),
        );
        cases.quiet(arms);
        cases.warns(deploy(json!({"strategy": "${x}"})), &["/stages/0/clusters/0/strategy"]);
        cases.warns(
            manifest(&json!({"kind": "Deployment", "spec": {"strategy": "${x}"}}), &json!({})),
            &["/stages/0/manifests/0/spec/strategy"],
        );
        cases
    }
}
