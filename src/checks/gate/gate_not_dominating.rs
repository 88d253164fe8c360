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
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::testing::{Case, Cases, built_in};

    fn pipeline(deploy_after: &[&str]) -> serde_json::Value {
        json!({"application": "shop", "name": "release", "stages": [
            {"refId": "1", "type": "plimsollGate", "alias": "preconfiguredJob", "name": "Gate", "requisiteStageRefIds": []},
            {"refId": 2, "type": "wait", "name": "Wait", "requisiteStageRefIds": [1]},
            {"refId": "3", "type": "deployManifest", "name": "Deploy", "account": "k8s-prod", "requisiteStageRefIds": deploy_after},
        ]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a deploy beside or before the gate fires");
        cases.fires(pipeline(&[]), &["/stages/2"]);
        let mut before = pipeline(&[]);
        before["stages"][0]["requisiteStageRefIds"] = json!(["3"]);
        cases.fires(before, &["/stages/2"]);
        cases.fires(json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "clusters": [{"account": "prod"}, {"account": "prod"}]}]}),
            &["/stages/0"],
        );
        // What runs is the alias, whatever the type says.
        let mut spoofed = pipeline(&["1"]);
        spoofed["stages"][0]["alias"] = json!("wait");
        cases.fires(spoofed, &["/stages/2"]);

        cases.about("a deploy behind the gate and one elsewhere stay quiet");
        cases.quiet(pipeline(&["1"]));
        cases.quiet(pipeline(&["2"]));
        let mut staging = pipeline(&[]);
        staging["stages"][2]["account"] = json!("k8s-staging");
        cases.quiet(staging);
        cases.quiet(json!({"name": "shop", "email": "a@b.c"}));
        // Without any refId the stages run one after another.
        cases.quiet(json!({"stages": [{"type": "plimsollGate", "alias": "preconfiguredJob"}, {"type": "deploy", "account": "prod"}]}),
        );

        cases.about("no gate at all warns in starter only");
        let document = json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "account": "prod"}]});
        cases.warns(Case { policy: built_in(Profile::Starter), ..document.clone().into() }, &["/stages/0"]);
        cases.fires(Case { policy: built_in(Profile::Production), ..document.into() }, &["/stages/0"]);

        cases.about("an account that is an expression is settled by the running execution only");
        let document =
            json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "account": "${parameters.account}"}]});
        cases.warns(document, &["/stages/0"]);
        cases.inconclusive(json!({"status": "RUNNING", "stages": [
            {"refId": "1", "type": "deploy", "name": "d", "context": {"account": "${parameters.account}"}}]}));
        cases
    }
}
