//! `unsafe-deploy-strategy`.

use std::collections::HashMap;

use crate::analysis::production::Environment;
use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::document::value::{Flag, Value};

use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::ChangeKind;

declare_check! {
    /// # What it checks
    /// A production rollout replaces what runs step by step, and keeps it until the new version answers. A server group is deployed by
    /// red/black, rolling red/black, monitored, rolling push or a strategy of one's own; not by `none`, and not by `highlander`, which destroys
    /// every older group as soon as the new one is up. A Kubernetes `ReplicaSet` goes by blue/green traffic management, and a `Deployment` is
    /// not recreated. Deployments that roll, and providers that know no strategies, are left alone; so are the arms of a canary.
    ///
    /// # Why it matters
    /// Between the old version's end and the new one's first answer there is nothing, and when the new one does not answer there is nothing
    /// to go back to.
    ///
    /// # Remedy
    /// Choose red/black (blue/green), rolling red/black or monitored; for Kubernetes a `Deployment` with `RollingUpdate`, or blue/green.
    id: "unsafe-deploy-strategy",
    summary: "a production rollout replaces everything at once",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_2, Control::NistCm3, Control::NistCp10, Control::SoxChangeManagement],
    since: "0.1.0",
}

const REMEDY: &str =
    "choose red/black (blue/green), rolling red/black or monitored; for Kubernetes a Deployment that rolls";
/// `orca-clouddriver/…/kato/pipeline/strategy/Strategy.java`; an unknown word is none.
const SAFE: &[&str] =
    &["redblack", "rollingredblack", "monitored", "cfrollingredblack", "rollingpush", "custom", "bluegreen"];
/// Providers whose deploys know no strategies.
const WITHOUT: &[&str] = &["appengine", "cloudrun", "kubernetes", "lambda", "dcos"];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let mut seen = std::collections::HashSet::new();
    let mut arms: HashMap<usize, Vec<Value<'d>>> = HashMap::new();
    for change in context.production().changes.iter().filter(|change| change.is_arm) {
        arms.entry(change.stage).or_default().push(change.place);
    }
    for change in context.production().rollouts().filter(|change| change.kind == ChangeKind::Deploy) {
        let Some(stage) = pipeline.stages.get(change.stage).filter(|_| seen.insert(change.stage)) else { continue };
        for (place, what) in wrong(stage, arms.get(&change.stage).map_or(&[], Vec::as_slice)) {
            let finding = Finding::at(place, format!("{} {what}", stage_label(stage)), REMEDY).stage(change.stage);
            if matches!(change.environment, Environment::Production(_)) && !what.contains("an expression") {
                report.finding(finding);
            } else {
                report.unsettled(context, finding);
            }
        }
    }
}

fn wrong<'d>(stage: &Stage<'d>, arms: &[Value<'d>]) -> Vec<(Value<'d>, String)> {
    let base = stage.effective_type().split('_').next().unwrap_or_default();
    match base {
        "deployManifest" => of_manifests(stage),
        "deploy" | "createServerGroup" | "cloneServerGroup" => {
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
        _ => Vec::new(),
    }
}

fn of_cluster<'d>(stage: &Stage<'d>, cluster: Value<'d>) -> Option<(Value<'d>, String)> {
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
    if word.contains("${") {
        return Some((strategy.unwrap_or(cluster), "deploys by a strategy that is an expression".into()));
    }
    let what = match word.as_str() {
        word if SAFE.contains(&word) => return None,
        "" | "none" => {
            "deploys without a strategy: old and new version serve side by side, and nothing is rolled back".to_owned()
        }
        "highlander" => {
            "deploys by highlander, which destroys what ran before as soon as the new version is up".to_owned()
        }
        other => format!("deploys by {:?}, which Orca does not know and takes for none", sanitize(other, 40)),
    };
    Some((strategy.unwrap_or(cluster), what))
}

fn of_manifests<'d>(stage: &Stage<'d>) -> Vec<(Value<'d>, String)> {
    let traffic = stage.setting("trafficManagement").filter(|traffic| traffic.flag_at("enabled") == Flag::On);
    let strategy = traffic
        .and_then(|traffic| traffic.at(&["options", "strategy"]))
        .and_then(Value::text)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut found = Vec::new();
    let nested = stage
        .settings
        .list("manifests")
        .flat_map(|manifest| if manifest.is_object() { vec![manifest] } else { manifest.elements().collect() });
    let flat = nested.flat_map(|manifest| {
        if manifest.get("kind").is_some_and(|kind| kind.is_str("List")) {
            manifest.list("items").collect()
        } else {
            vec![manifest]
        }
    });
    for manifest in flat {
        let kind = manifest.str("kind").unwrap_or_default();
        let annotation = manifest
            .at(&["metadata", "annotations"])
            .and_then(|annotations| annotations.get("strategy.spinnaker.io/recreate"));
        if let Some(place) = annotation.filter(|value| {
            value.flag() == Flag::On
                && matches!(&*kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Pod")
        }) {
            found.push((place, format!("deletes the {kind} before it deploys the new one")));
        }
        let recreate =
            manifest.at(&["spec", "strategy", "type"]).filter(|value| kind == "Deployment" && value.is_str("Recreate"));
        if let Some(place) = recreate {
            found.push((place, "ends every pod of the Deployment before the first new one starts".to_owned()));
        }
        if kind == "ReplicaSet" && !matches!(strategy.as_str(), "redblack" | "bluegreen") {
            let what = if strategy.contains("${") {
                "deploys a ReplicaSet by a strategy that is an expression"
            } else if strategy == "highlander" {
                "deploys a ReplicaSet by highlander, which destroys what ran before as soon as the new version is up"
            } else {
                "deploys a ReplicaSet without blue/green traffic management"
            };
            found.push((manifest, what.to_owned()));
        }
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
