//! `gate-not-dominating`.

use crate::analysis::production::Environment;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};

use crate::policy::Profile;

declare_check! {
    /// # What it checks
    /// Every stage that changes production waits, directly or through others, for a gate. Orca starts a stage when all stages it
    /// waits for have ended well, so a gate among its ancestors holds it back; a gate on a branch beside it does not. Deploys,
    /// traffic shifts, jobs, and stages that delete, scale, patch or roll back count, canary arms included: they run the new code
    /// in production. Synthetic stages are left out. A stage is a gate by its type or image (`gate` in the policy); under
    /// `plimsoll gate` the stage that runs it is one.
    ///
    /// # Why it matters
    /// A deploy beside the gate goes out whatever the gate says.
    ///
    /// # Remedy
    /// Let the stage depend on the gate: add the gate's `refId` to its `requisiteStageRefIds`, or to those of a stage before it.
    /// A pipeline without any gate needs one: `stage-definitions/` has them.
    id: "gate-not-dominating",
    summary: "a production change does not wait for the gate",
    family: Family::Gate,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm3, Control::Part11DocumentControl],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let production = context.production();
    if production.is_untouched() {
        return report.not_applicable("nothing here is known to change production");
    }
    let behind = pipeline.graph.descendants(&production.gates);
    let has_gate = !production.gates.is_empty();
    let mut told = vec![false; pipeline.stages.len()];
    for change in &production.changes {
        let is_behind = behind.get(change.stage).copied().unwrap_or(false);
        let Some(stage) = pipeline.stages.get(change.stage).filter(|_| !is_behind) else { continue };
        let is_gated = change.child.as_ref().is_some_and(|child| child.is_gated);
        if change.environment == Environment::Other
            || is_gated
            || told.get_mut(change.stage).is_none_or(|told| std::mem::replace(told, true))
        {
            continue;
        }
        let lacks = if has_gate { "does not wait for the gate" } else { "has no gate before it" };
        let remedy = if has_gate {
            "add the gate's refId to the stage's requisiteStageRefIds, or to those of a stage before it"
        } else {
            "put a gate stage before it: stage-definitions/ has one to install"
        };
        let finding = |why: &str| {
            Finding::at(stage.value, format!("{} {lacks}, and {why}", stage_label(stage)), remedy).stage(change.stage)
        };
        match &change.environment {
            Environment::Production(why) => {
                let finding = finding(&format!("changes production: {why}"));
                // A shop that only begins has no gates yet: it is told, not stopped (DESIGN section 6).
                let begins = !has_gate && context.policy.profile == Profile::Starter;
                report.finding(if begins { finding.only_warns() } else { finding });
            }
            Environment::Unsettled(why) => report.unsettled(context, finding(&format!("may change production: {why}"))),
            Environment::Other => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::{Case, built_in, fires, is_inconclusive, stays_quiet, warns};

    fn pipeline(deploy_after: &[&str]) -> serde_json::Value {
        json!({"application": "shop", "name": "release", "stages": [
            {"refId": "1", "type": "plimsollGate", "alias": "preconfiguredJob", "name": "Gate", "requisiteStageRefIds": []},
            {"refId": 2, "type": "wait", "name": "Wait", "requisiteStageRefIds": [1]},
            {"refId": "3", "type": "deployManifest", "name": "Deploy", "account": "k8s-prod", "requisiteStageRefIds": deploy_after},
        ]})
    }

    #[test]
    fn a_deploy_beside_or_before_the_gate_fires() {
        fires(&check(), pipeline(&[]), &["/stages/2"]);
        let mut before = pipeline(&[]);
        before["stages"][0]["requisiteStageRefIds"] = json!(["3"]);
        fires(&check(), before, &["/stages/2"]);
        fires(
            &check(),
            json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "clusters": [{"account": "prod"}, {"account": "prod"}]}]}),
            &["/stages/0"],
        );
        // What runs is the alias, whatever the type says.
        let mut spoofed = pipeline(&["1"]);
        spoofed["stages"][0]["alias"] = json!("wait");
        fires(&check(), spoofed, &["/stages/2"]);
    }

    #[test]
    fn a_deploy_behind_the_gate_and_one_elsewhere_stay_quiet() {
        stays_quiet(&check(), pipeline(&["1"]));
        stays_quiet(&check(), pipeline(&["2"]));
        let mut staging = pipeline(&[]);
        staging["stages"][2]["account"] = json!("k8s-staging");
        stays_quiet(&check(), staging);
        stays_quiet(&check(), json!({"name": "shop", "email": "a@b.c"}));
        // Without any refId the stages run one after another.
        stays_quiet(
            &check(),
            json!({"stages": [{"type": "plimsollGate", "alias": "preconfiguredJob"}, {"type": "deploy", "account": "prod"}]}),
        );
    }

    #[test]
    fn no_gate_at_all_warns_in_starter_only() {
        let document = json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "account": "prod"}]});
        warns(&check(), Case { policy: built_in(Profile::Starter), ..document.clone().into() }, &["/stages/0"]);
        fires(&check(), Case { policy: built_in(Profile::Production), ..document.into() }, &["/stages/0"]);
    }

    #[test]
    fn an_account_that_is_an_expression_is_settled_by_the_running_execution_only() {
        let document =
            json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "account": "${parameters.account}"}]});
        warns(&check(), document, &["/stages/0"]);
        is_inconclusive(
            &check(),
            json!({"status": "RUNNING", "stages": [
            {"refId": "1", "type": "deploy", "name": "d", "context": {"account": "${parameters.account}"}}]}),
        );
    }
}
