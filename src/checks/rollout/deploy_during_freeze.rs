//! `deploy-during-freeze`.

use crate::analysis::production::Environment;
use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};

declare_check! {
    /// # What it checks
    /// No execution in progress changes production during a change freeze of the policy (`freeze`) that applies to its application.
    ///
    /// # Why it matters
    /// A freeze that exists only in a calendar is respected only by those who read the calendar.
    ///
    /// # Remedy
    /// Wait until the freeze ends. For an emergency, change `freeze` in the policy, where the change is recorded.
    id: "deploy-during-freeze",
    summary: "production is changed during a change freeze",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm3, Control::Part11Documents],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.is_started {
        return report.not_applicable("the stage that starts the pipeline is judged");
    }
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| pipeline.is_execution) else {
        return report.not_applicable("only an execution changes production");
    };
    let status = pipeline.value.str("status").unwrap_or_default();
    if !matches!(&*status, "RUNNING" | "NOT_STARTED" | "PAUSED" | "BUFFERED" | "SUSPENDED" | "") {
        return report.not_applicable("the execution has ended");
    }
    let application = pipeline.application().unwrap_or_default();
    let now = context.now;
    // The policy is refused when a window is invalid, so an error here cannot happen; if it did, the window would count as open.
    let windows = &context.policy.freeze;
    let open = windows.iter().find(|window| window.concerns(&application) && window.is_open(now).unwrap_or(true));
    let Some(window) = open else { return };
    let production = context.production();
    let Some(change) = production.settled().next().or_else(|| production.unsettled().next()) else { return };
    let place = pipeline.stages.get(change.stage).map_or(pipeline.value, |stage| stage.value);
    let until =
        window.until.as_deref().map(|until| format!(", which ends {}", sanitize(until, 40))).unwrap_or_default();
    let message =
        format!("this release changes production during change freeze {:?}{until}", sanitize(&window.name, 80));
    let remedy = "wait until the freeze ends; for an emergency, change `freeze` in the policy";
    let finding = Finding::at(place, message, remedy).stage(change.stage);
    if matches!(change.environment, Environment::Production(_)) {
        report.finding(finding);
    } else {
        report.unsettled(context, finding);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::{Case, Cases};
    use crate::policy::FreezeWindow;

    fn case(account: &str, status: &str, now: &str) -> Case {
        let document = json!({"status": status, "application": "shop", "stages": [{"refId": "1", "type": "deploy", "context": {"account": account}}]});
        let mut case: Case = document.into();
        case.now = now.parse().unwrap();
        case.policy.freeze = vec![FreezeWindow {
            name: "year's end".into(),
            from: Some("2026-12-20".into()),
            until: Some("2027-01-02".into()),
            days: Vec::new(),
            hours: None,
            time_zone: Some("Europe/Berlin".into()),
            applications: vec!["Shop".into()],
        }];
        case
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a release during the freeze fires");
        cases.fires(case("prod", "RUNNING", "2026-12-24T12:00:00Z"), &["/stages/0"]);
        cases.fires(case("prod", "NOT_STARTED", "2027-01-02T22:59:00Z"), &["/stages/0"]);

        cases.about("before after elsewhere and other applications stay quiet");
        cases.quiet(case("prod", "RUNNING", "2026-12-19T12:00:00Z"));
        cases.quiet(case("prod", "RUNNING", "2027-01-02T23:00:00Z"));
        cases.quiet(case("staging", "RUNNING", "2026-12-24T12:00:00Z"));
        cases.quiet(case("prod", "SUCCEEDED", "2026-12-24T12:00:00Z"));
        let mut other = case("prod", "RUNNING", "2026-12-24T12:00:00Z");
        other.document["application"] = json!("books");
        cases.quiet(other);
        cases
    }
}
