//! `unrestricted-judgment`.

use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};

declare_check! {
    /// # What it checks
    /// A manual judgment in a production release must name the roles that may answer it (`selectedStageRoles`).
    ///
    /// # Why it matters
    /// Without roles, everybody who may run the pipeline approves it, also who started it.
    ///
    /// # Remedy
    /// Set `selectedStageRoles` of the stage to the roles that approve releases.
    id: "unrestricted-judgment",
    summary: "anybody may answer a manual judgment",
    family: Family::Access,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::SoxSegregationOfDuties, Control::SoxAccess, Control::NistAc6, Control::Part11AuthorityChecks],
    since: "0.1.0",
}

const REMEDY: &str = "set selectedStageRoles of the judgment to the roles that approve releases";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    if context.production().rollouts().next().is_none() {
        return report.not_applicable("no stage is known to roll out to production");
    }
    for (index, stage) in pipeline.authored().filter(|(_, stage)| stage.effective_type() == "manualJudgment") {
        let roles = stage.setting("selectedStageRoles");
        if roles.is_some_and(|roles| !roles.is_blank()) {
            continue;
        }
        let message =
            format!("{} names no roles, so that everybody who may run the pipeline answers it", stage_label(stage));
        report.finding(Finding::at(stage.value, message, REMEDY).stage(index));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a judgment without roles fires");
        let release = |judgment: serde_json::Value| json!({"application": "shop", "stages": [judgment, {"refId": "2", "type": "deploy", "account": "prod"}]});
        cases.fires(release(json!({"refId": "1", "type": "manualJudgment", "name": "Approve"})), &["/stages/0"]);
        cases.fires(release(json!({"refId": "1", "type": "manualJudgment", "selectedStageRoles": []})), &["/stages/0"]);

        cases.about("one with roles is fine, and so is one that leads to no production");
        cases.quiet(release(
            json!({"refId": "1", "type": "manualJudgment", "selectedStageRoles": ["release-managers"]}),
        ));
        cases.quiet(json!({"stages": [{"refId": "1", "type": "manualJudgment"}]}));
        cases
    }
}
