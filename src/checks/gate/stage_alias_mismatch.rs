//! `stage-alias-mismatch`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check, stage_label};

use crate::spinnaker::stage_types::{change_kind, is_known};

declare_check! {
    /// # What it checks
    /// The `type` of a stage, which people read in Deck, is what runs. Orca runs the `alias` when there is one. A stage whose type is
    /// one that Orca knows, or one of the gate's, may carry an alias only where the two belong together: `runJobManifest` with
    /// `runJob`, and the gate's types with a preconfigured job or webhook. A `runJobManifest` without its alias is a warning: Orca ends
    /// it with an error.
    ///
    /// # Why it matters
    /// `type: kayentaCanary` with `alias: wait` looks like a canary, and waits (seen on a running Orca). The other way round a deploy
    /// hides behind a harmless name.
    ///
    /// # Remedy
    /// Take the alias out, or write the type that is meant.
    id: "stage-alias-mismatch",
    summary: "a stage is not what it is called: its alias runs something else",
    family: Family::Gate,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    facts: [],
    evidence: [],
    detectors: [],
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

/// Aliases under which Orca runs stages that an installation defines.
const DEFINED: &[&str] = &["preconfiguredJob", "preconfiguredWebhook", "remote", "webhook", "runJob"];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let gates = &context.policy.gate.stage_types;
    for (index, stage) in pipeline.authored() {
        let is_gate = gates.contains(&stage.kind);
        let Some(alias) = stage.alias.as_deref() else {
            if stage.kind == "runJobManifest" {
                let message =
                    format!("{} lacks the alias runJob, without which Orca does not know it", stage_label(stage));
                report.finding(
                    Finding::at(stage.value, message, "write alias: runJob, as Deck does")
                        .detector("no-alias")
                        .stage(index)
                        .only_warns(),
                );
            }
            continue;
        };
        let belongs = alias == stage.kind
            || PAIRS.contains(&(stage.kind.as_str(), alias))
            || (is_gate && DEFINED.contains(&alias))
            // An installation's own stage may run as whatever Orca has; what it does to production is judged by the alias.
            || !(is_gate || is_known(&stage.kind));
        let hides_gate = !is_gate && gates.iter().any(|kind| kind == alias);
        if belongs && !hides_gate {
            continue;
        }
        let does = change_kind(alias).map_or("", |_| ", which changes what runs");
        let message = format!(
            "{} says it is {:?} and runs as {:?}{does}",
            stage_label(stage),
            sanitize(&stage.kind, 40),
            sanitize(alias, 40)
        );
        let place = stage.setting("alias").unwrap_or(stage.value);
        report.finding(Finding::at(place, message, "take the alias out, or write the type that is meant").stage(index));
    }
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
            ("plimsollGate", "preconfiguredWebhook"),
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
