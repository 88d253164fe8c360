//! `self-approval`.

use crate::base::sanitize::quoted;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};

declare_check! {
    /// # What it checks
    /// In an execution, nobody may answer a manual judgment of a production release that they started themselves. Who answered is what
    /// Orca writes (`lastModified.user` of the stage), who started is the user of the execution. Service accounts are not people.
    ///
    /// # Why it matters
    /// Who approves their own request checks nothing: one person releases alone what two have to see.
    ///
    /// # Remedy
    /// Let somebody else answer the judgment, and set `selectedStageRoles` so that they must.
    id: "self-approval",
    summary: "who started the release also approved it",
    family: Family::Access,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::SoxSegregationOfDuties, Control::NistAc6, Control::PciDss6_2_3, Control::Part11AuthorityChecks],
    since: "0.1.0",
}

const REMEDY: &str = "let somebody else answer the judgment, and set selectedStageRoles so that they must";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return report.not_applicable("only an execution has been approved");
    };
    if context.production().rollouts().next().is_none() {
        return report.not_applicable("no stage is known to roll out to production");
    }
    let is_person = |user: &str| !user.is_empty() && !user.contains("service-account") && user != "anonymous";
    let Some(starter) = pipeline.user().filter(|user| is_person(user)) else { return };
    for (index, stage) in pipeline.authored().filter(|(_, stage)| stage.effective_type() == "manualJudgment") {
        let is_answered = stage.status().is_some_and(|status| status == "SUCCEEDED");
        let answered = stage.value.get("lastModified").and_then(|modified| modified.get("user"));
        let by = answered.and_then(|user| Some((user, user.as_str()?)));
        if let Some((place, user)) = by.filter(|(_, user)| is_answered && user.eq_ignore_ascii_case(&starter)) {
            let message =
                format!("{} was answered by {}, who also started the release", stage_label(stage), quoted(&user, 80));
            report.finding(Finding::at(place, message, REMEDY).stage(index));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("an approval by who started fires");
        let release = |starter: &str, approver: &str| {
            json!({"type": "PIPELINE", "id": "E", "status": "RUNNING", "authentication": {"user": starter},
            "trigger": {"type": "manual", "user": starter}, "stages": [
                {"refId": "1", "type": "manualJudgment", "name": "Approve", "status": "SUCCEEDED", "context": {"judgmentStatus": "continue"},
                    "lastModified": {"user": approver, "lastModifiedTime": 1}},
                {"refId": "2", "requisiteStageRefIds": ["1"], "type": "deploy", "name": "d", "status": "NOT_STARTED", "context": {"account": "prod"}}]})
        };
        cases.fires(release("ada@example.com", "ada@example.com"), &["/stages/0/lastModified/user"]);
        cases.fires(release("ada@example.com", "Ada@example.com"), &["/stages/0/lastModified/user"]);

        cases.about("an approval by somebody else, and one by a robot, is fine");
        cases.quiet(release("ada@example.com", "grace@example.com"));
        cases.quiet(release("x@managed-service-account", "x@managed-service-account"));
        cases
    }
}
