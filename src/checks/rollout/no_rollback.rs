//! `no-rollback`.

use crate::analysis::production::beside::{ByHand, Replaced};
use crate::analysis::production::{Change, Environment, once_per_stage};
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::document::value::{Flag, Value};
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::ChangeKind;

declare_check! {
    /// # What it checks
    /// The pipeline itself can roll back a production rollout: by blue/green or red/black that keeps the old group, `rollback.onFailure`,
    /// an undo or rollback stage after it, or stages of its own that disable the old group and keep it. Under the monitored strategy
    /// `failureActions` decides alone, whatever is left over from another strategy. Highlander destroys what it could go back to.
    ///
    /// # Why it matters
    /// At three in the morning the way back is either in the pipeline or in somebody's memory.
    ///
    /// # Remedy
    /// Set `rollback.onFailure`, keep the old group, or add an `undoRolloutManifest` or rollback stage on the failure path.
    id: "no-rollback",
    summary: "a production rollout cannot be rolled back by the pipeline",
    family: Family::Rollout,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::NistCp10, Control::NistCm3, Control::SoxChangeManagement],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let undo: Vec<usize> = pipeline.authored().filter(|(_, stage)| is_undo(stage)).map(|(index, _)| index).collect();
    // Everything that an undo stage waits for can be rolled back.
    let before = pipeline.graph.ancestors(&undo);
    let rollouts = context
        .production()
        .rollouts()
        .filter(|change| change.kind == ChangeKind::Deploy && !before.get(change.stage).copied().unwrap_or(false));
    let mut by_hand = ByHand::of(pipeline);
    for change in once_per_stage(rollouts) {
        let Some(stage) = pipeline.stages.get(change.stage).filter(|stage| !rolls_back(stage)) else { continue };
        if keeps_by_hand(context, &mut by_hand, change) {
            continue;
        }
        let message =
            format!("{} rolls out to production, but the pipeline cannot roll it back if it fails", stage_label(stage));
        let remedy = "set `rollback.onFailure`, keep the old group, or add an undo stage after it";
        let finding = Finding::at(stage.value, message, remedy).stage(change.stage);
        if matches!(change.environment, Environment::Production(_)) {
            report.finding(finding);
        } else {
            report.unsettled(context, finding);
        }
    }
}

/// Whether the pipeline replaces every older group of what a stage deploys by stages of its own, and keeps them.
fn keeps_by_hand<'d>(context: &Context<'_, 'd>, by_hand: &mut ByHand<'_, 'd>, change: &Change<'d>) -> bool {
    let is_kept = |replaced: Option<Replaced>| replaced.is_some_and(|replaced| replaced.is_kept);
    let of_stage = context.manifests.readable.iter().filter(|manifest| manifest.stage == Some(change.stage));
    let mut groups = of_stage.filter(|manifest| manifest.kind() == "ReplicaSet").peekable();
    if groups.peek().is_some() {
        return groups.all(|manifest| is_kept(by_hand.of_manifest(change.stage, *manifest)));
    }
    is_kept(by_hand.of_cluster(change.stage, change.settings))
}

/// Whether a stage rolls back what was deployed before it.
fn is_undo(stage: &Stage<'_>) -> bool {
    let name = stage.name.to_lowercase();
    match stage.effective_type() {
        "undoRolloutManifest" | "rollbackServerGroup" | "rollbackCluster" => true,
        "pipeline" | "runJob" | "preconfiguredJob" | "script" | "jenkins" => {
            name.contains("rollback") || name.contains("roll back") || name.contains("undo")
        }
        _ => false,
    }
}

/// Whether the deploy itself rolls back on failure, or keeps the old version.
fn rolls_back(stage: &Stage<'_>) -> bool {
    let traffic = stage.setting("trafficManagement").filter(|traffic| traffic.flag_at("enabled") == Flag::On);
    let strategy =
        traffic.and_then(|traffic| traffic.at(&["options", "strategy"])).and_then(Value::text).unwrap_or_default();
    if matches!(strategy.to_ascii_lowercase().as_str(), "redblack" | "bluegreen") {
        return true;
    }
    let one = stage.setting("cluster").filter(|cluster| cluster.is_object());
    let clusters: Vec<Value<'_>> =
        stage.settings.list("clusters").filter(|cluster| cluster.is_object()).chain(one).collect();
    let clusters = if clusters.is_empty() { vec![stage.settings] } else { clusters };
    clusters.into_iter().all(|cluster| {
        let on_failure = cluster.at(&["rollback", "onFailure"]).is_some_and(|flag| flag.flag() == Flag::On);
        let strategy = cluster.str("strategy").unwrap_or_default().to_ascii_lowercase();
        match strategy.as_str() {
            // Orca reads `failureActions` and nothing else (`MonitoredDeployStrategy.java`).
            "monitored" => cluster
                .at(&["failureActions", "rollback"])
                .or_else(|| cluster.at(&["deploymentMonitor", "failureActions", "rollback"]))
                .is_some_and(|action| action.as_str().is_some_and(|action| !action.eq_ignore_ascii_case("none"))),
            "highlander" => false,
            // `maxRemainingAsgs: 1` keeps only the new group.
            "redblack" | "bluegreen" => {
                on_failure
                    || cluster
                        .get("maxRemainingAsgs")
                        .and_then(Value::as_f64)
                        .is_none_or(|kept| !(0.5..1.5).contains(&kept))
            }
            "rollingredblack" | "cfrollingredblack" => true,
            _ => on_failure,
        }
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn deploy(settings: Json) -> Json {
        let mut stage = settings;
        for (key, value) in [("refId", json!("1")), ("type", json!("deploy")), ("account", json!("prod"))] {
            stage[key] = value;
        }
        json!({"stages": [stage]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a rollout without a way back fires");
        cases.fires(deploy(json!({"strategy": "highlander"})), &["/stages/0"]);
        cases.fires(deploy(json!({"strategy": "redblack", "maxRemainingAsgs": 1})), &["/stages/0"]);
        cases.fires(deploy(json!({"strategy": "monitored", "failureActions": {"rollback": "None"}})), &["/stages/0"]);
        cases.fires(json!({"stages": [{"refId": "1", "type": "deployManifest", "account": "prod"}, {"refId": "2", "type": "undoRolloutManifest"}]}),
            &["/stages/0"],
        );
        cases.fires(
            deploy(json!({"strategy": "monitored", "failureActions": {"rollback": "None"}, "rollback": {"onFailure": true}})),
            &["/stages/0"],
        );

        cases.about("every way back stays quiet");
        cases.quiet(deploy(json!({"strategy": "redblack", "maxRemainingAsgs": 2})));
        cases.quiet(deploy(json!({"strategy": "none", "rollback": {"onFailure": true}})));
        cases.quiet(deploy(
            json!({"strategy": "monitored", "deploymentMonitor": {"failureActions": {"rollback": "Automatic"}}}),
        ));
        cases.quiet(json!({"stages": [{"refId": "1", "type": "deployManifest", "account": "prod"}, {"refId": "2", "requisiteStageRefIds": ["1"], "type": "undoRolloutManifest", "account": "prod"}]}),
        );
        cases.quiet(json!({"stages": [{"refId": "1", "type": "deployManifest", "account": "prod", "trafficManagement": {"enabled": true, "options": {"strategy": "bluegreen"}}}]}),
        );
        cases.quiet(json!({"stages": [{"refId": "1", "type": "deploy", "account": "staging"}]}));
        let by_hand = |last: &str| {
            json!({"application": "shop", "stages": [
            {"refId": "1", "type": "deploy", "account": "prod", "strategy": "none"},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "manualJudgment"},
            {"refId": "3", "requisiteStageRefIds": ["2"], "type": last, "credentials": "prod", "cluster": "shop", "target": "ancestor_asg_dynamic"}]})
        };
        cases.quiet(by_hand("disableServerGroup"));
        cases.fires(by_hand("destroyServerGroup"), &["/stages/0"]);
        cases
    }
}
