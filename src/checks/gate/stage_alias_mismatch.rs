//! `stage-alias-mismatch`.

use crate::analysis::production::gate::{Recognised, recognise};
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check, stage_label};
use crate::policy::GatePolicy;
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::{change_kind, is_known};

declare_check! {
    /// # What it checks
    /// The `type` of a stage, which Deck shows, is the type that runs. Orca runs the `alias` if there is one. A stage whose type is
    /// built into Orca, or is one of the gate's, may have an alias only if the two belong together: `runJobManifest` with `runJob`,
    /// and the gate's types with the alias that makes them a gate. A `runJobManifest`, and a gate, without its alias is a warning: Orca
    /// fails it with an error.
    ///
    /// # Why it matters
    /// `type: kayentaCanary` with `alias: wait` looks like a canary, and waits (observed on a running Orca). In the same way a deploy
    /// can hide behind a harmless type.
    ///
    /// # Remedy
    /// Remove the alias, or set `type` to the type that is meant to run.
    id: "stage-alias-mismatch",
    summary: "a stage's alias runs a different stage type than the one shown",
    family: Family::Gate,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    facts: [],
    evidence: [],
    detectors: ["missing-alias", "alias-mismatch"],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistSi7],
    since: "0.1.0",
}

/// Types and the aliases that Deck and Orca themselves give them.
const PAIRS: &[(&str, &str)] = &[
    ("runJobManifest", "runJob"),
    ("createServerGroup", "deploy"),
    ("importDeliveryConfig", "publishDeliveryConfig"),
    ("findAmi", "findImageFromCluster"),
    ("findImage", "findImageFromCluster"),
    ("enableAsg", "enableServerGroup"),
    ("disableAsg", "disableServerGroup"),
    ("destroyAsg", "destroyServerGroup"),
    ("resizeAsg", "resizeServerGroup"),
    ("modifyScalingProcess", "modifyAwsScalingProcess"),
    ("upsertLoadBalancer", "upsertLoadBalancers"),
    ("deployManifest", "deployManifest"),
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    for (index, stage) in pipeline.authored() {
        match stage.alias.as_deref() {
            None if stage.kind == "runJobManifest" || context.policy.gate.stage_types.contains(&stage.kind) => {
                let alias = if stage.kind == "runJobManifest" { "runJob" } else { "preconfiguredJob" };
                let message =
                    format!("{} lacks the alias {alias}, without which Orca cannot run it", stage_label(stage));
                report.finding(
                    Finding::at(stage.value, message, format!("add `alias: {alias}`, as Deck does"))
                        .detector("missing-alias")
                        .stage(index)
                        .only_warns(),
                );
            }
            Some(alias) if !belongs(stage, alias, &context.policy.gate) => {
                let effect = change_kind(alias).map_or("", |_| ", which changes what is deployed");
                let (kind, shown) = (sanitize(&stage.kind, 40), sanitize(alias, 40));
                let message = format!("{} has type {kind:?} but runs as {shown:?}{effect}", stage_label(stage));
                let remedy = "remove the alias, or set `type` to the type that is meant to run";
                report.finding(
                    Finding::at(stage.setting("alias").unwrap_or(stage.value), message, remedy)
                        .detector("alias-mismatch")
                        .stage(index),
                );
            }
            _ => {}
        }
    }
}

/// Whether a stage of this type may run as `alias`.
fn belongs(stage: &Stage<'_>, alias: &str, policy: &GatePolicy) -> bool {
    let is_gate = policy.stage_types.contains(&stage.kind);
    if !is_gate && policy.stage_types.iter().any(|kind| kind == alias) {
        return false;
    }
    alias == stage.kind
        || PAIRS.contains(&(stage.kind.as_str(), alias))
        || (is_gate && matches!(recognise(stage, policy, None), Recognised::Gate))
        // A stage that an installation defines may run as any type; what it does to production is decided by the alias.
        || !(is_gate || is_known(&stage.kind))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn stage(kind: &str, alias: &str) -> Json {
        json!({"application": "shop", "stages": [{"refId": "1", "type": kind, "alias": alias}]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what is called one thing and runs another fires");
        for (kind, alias) in [
            ("kayentaCanary", "wait"),
            ("plimsollGate", "wait"),
            ("plimsollGate", "deployManifest"),
            ("plimsollGate", "webhook"),
            ("plimsollGate", "preconfiguredWebhook"),
            ("manualJudgment", "wait"),
            ("wait", "deployManifest"),
            ("deployManifest", "wait"),
            ("runJobManifest", "wait"),
            ("checkPreconditions", "evaluateVariables"),
        ] {
            cases.fires(stage(kind, alias), &["/stages/0/alias"]);
        }
        cases.fires(json!({"status": "RUNNING", "stages": [{"refId": "1", "type": "kayentaCanary", "context": {"alias": "wait"}}]}),
            &["/stages/0/context/alias"],
        );

        cases.about("pairs and stages of an installation stay quiet");
        for (kind, alias) in [
            ("runJobManifest", "runJob"),
            ("plimsollGate", "preconfiguredJob"),
            ("smokeTest", "preconfiguredWebhook"),
            ("ourDeploy", "deployManifest"),
            ("wait", ""),
            ("wait", "wait"),
        ] {
            cases.quiet(stage(kind, alias));
        }
        cases.warns(json!({"stages": [{"refId": "1", "type": "runJobManifest"}]}), &["/stages/0"]);
        cases
    }
}
