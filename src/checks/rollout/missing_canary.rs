//! `missing-canary`.

use crate::analysis::production::{Change, Environment, once_per_stage};
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};

declare_check! {
    /// # What it checks
    /// Every stage that rolls out to production or shifts its traffic waits for a Kayenta canary analysis (`kayentaCanary` by
    /// effective type). Deploys of the canary and of its baseline run before the analysis and are not rollouts. They are recognised by
    /// the canary stage's own `deployments`, or by names and labels that contain `canary` or `baseline`.
    ///
    /// # Why it matters
    /// A canary finds what tests miss, on a small part of the traffic. A canary that runs in parallel to the rollout, or after it,
    /// finds it on all of the traffic.
    ///
    /// # Remedy
    /// Add a `kayentaCanary` stage between the canary's deploy and the rollout, and make the rollout depend on it. The legacy types
    /// `canary` and `acaTask` are not Kayenta. List a vendor's analysis stage in `canary.stageTypes` of the policy.
    id: "missing-canary",
    summary: "a production rollout does not wait for a canary analysis",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm4, Control::NistSa11],
    since: "0.1.0",
}

const REMEDY: &str = "make it depend on a kayentaCanary stage that compares canary and baseline";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let production = context.production();
    if production.rollouts().next().is_none() {
        return report.not_applicable("no stage is known to roll out to production");
    }
    let mut canaries = production.canaries.clone();
    canaries.extend(&production.canary_children);
    let behind = pipeline.graph.descendants(&canaries);
    let has_legacy = pipeline.authored().any(|(_, stage)| matches!(stage.effective_type(), "canary" | "acaTask"));
    let lacks = match (canaries.is_empty(), has_legacy) {
        (false, _) => "does not wait for the canary",
        (true, true) => "has only a legacy canary before it, which is not Kayenta",
        (true, false) => "no canary runs before it",
    };
    let is_unguarded = |change: &&Change<'d>| !behind.get(change.stage).copied().unwrap_or(false);
    for change in once_per_stage(production.rollouts().filter(is_unguarded)) {
        let Some(stage) = pipeline.stages.get(change.stage) else { continue };
        let finding = |does: &str, why: &str| {
            let message = format!("{} {does} to production ({why}) but {lacks}", stage_label(stage));
            Finding::at(stage.value, message, REMEDY).stage(change.stage)
        };
        match &change.environment {
            Environment::Production(why) => report.finding(finding("rolls out", why)),
            Environment::Open(why) => report.unsettled(context, finding("may roll out", why)),
            // No rollout is in an account that is unknown or elsewhere.
            Environment::Unknown(_) | Environment::Elsewhere => {}
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::{Case, Cases, built_in};
    use crate::policy::Profile;

    fn pipeline(canary: &str, rollout_after: &[&str]) -> Json {
        json!({"stages": [
            {"refId": "1", "type": "deployManifest", "name": "Deploy baseline", "account": "prod"},
            {"refId": "2", "type": "deployManifest", "name": "Second arm", "account": "prod", "manifests": [
                {"kind": "Deployment", "metadata": {"name": "shop"}, "spec": {"template": {"metadata": {"labels": {"track": "canary"}}}}}]},
            {"refId": "3", "type": canary, "name": "Analysis", "requisiteStageRefIds": ["1", "2"]},
            {"refId": "4", "type": "deployManifest", "name": "Roll out", "account": "prod", "requisiteStageRefIds": rollout_after},
        ]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a rollout without beside or before the canary fires");
        cases.fires(pipeline("kayentaCanary", &["2"]), &["/stages/3"]);
        cases.fires(pipeline("wait", &["3"]), &["/stages/0", "/stages/1", "/stages/3"]);
        cases.fires(pipeline("canary", &["3"]), &["/stages/0", "/stages/1", "/stages/3"]);
        // Called a canary, and nothing analyses it.
        cases.fires(
            json!({"stages": [{"refId": "1", "type": "deploy", "name": "Deploy canary", "account": "prod"}]}),
            &["/stages/0"],
        );
        let mut promotion = pipeline("kayentaCanary", &["2"]);
        promotion["stages"][3]["name"] = json!("Promote canary");
        cases.fires(promotion, &["/stages/3"]);
        let mut spoofed = pipeline("kayentaCanary", &["3"]);
        spoofed["stages"][2]["alias"] = json!("wait");
        cases.fires(spoofed, &["/stages/0", "/stages/1", "/stages/3"]);
        cases.fires(
            json!({"stages": [{"refId": "1", "type": "pipeline", "name": "Promote to prod", "pipeline": "x"}]}),
            &["/stages/0"],
        );

        cases.about("a rollout behind the canary and its arms stay quiet");
        cases.quiet(pipeline("kayentaCanary", &["3"]));
        cases.quiet(json!({"stages": [{"refId": "1", "type": "deployManifest", "name": "d", "account": "staging"}]}));
        cases.quiet(
            json!({"stages": [{"refId": "1", "type": "undoRolloutManifest", "name": "Roll back", "account": "prod"}]}),
        );
        let mut policy = built_in(Profile::Strict);
        policy.canary.stage_types = vec!["verification".into()];
        cases.quiet(Case { policy, ..pipeline("verification", &["3"]).into() });
        cases.warns(
            json!({"stages": [{"refId": "1", "type": "deploy", "name": "d", "account": "${x}"}]}),
            &["/stages/0"],
        );
        cases
    }
}
