//! `retrospective-canary`.

use crate::analysis::canary;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;
use crate::document::value::Value;

declare_check! {
    /// # What it checks
    /// A canary before a production rollout analyses what runs now: it is not `retrospective`, and its scopes do not end in the past.
    ///
    /// # Why it matters
    /// A retrospective analysis evaluates a period before the new version ran. It passes whatever is released.
    ///
    /// # Remedy
    /// Use `realTime`, or `realTimeAutomatic` if the stage deploys canary and baseline itself.
    id: "retrospective-canary",
    summary: "a canary analyses a period before the release",
    family: Family::Rollout,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: ["retrospective-analysis", "past-scope"],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm4],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let is_execution = context.input.pipeline.as_ref().is_some_and(|pipeline| pipeline.is_execution);
    for (index, stage) in guards(context, report) {
        let finding = |place: Value<'d>, detector: &'static str, what: &str| {
            let message = format!("{} {what}", stage_label(stage));
            let remedy = "use analysisType realTime, and a lifetime instead of fixed times";
            Finding::at(place, message, remedy).detector(detector).stage(index)
        };
        let kind = stage.setting("analysisType");
        let retrospective =
            kind.filter(|kind| kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("retrospective")));
        if let Some(kind) = retrospective {
            report.finding(finding(kind, "retrospective-analysis", "analyses a period before this release"));
            continue;
        }
        let has_run = stage.status().is_some_and(|status| status != "NOT_STARTED" && status != "RUNNING");
        if is_execution && has_run {
            continue;
        }
        let scopes = canary::config(stage).into_iter().flat_map(|config| config.list("scopes"));
        for end in scopes.filter_map(|scope| scope.get("endTimeIso")) {
            let time = end.as_str().and_then(|text| text.trim().parse::<jiff::Timestamp>().ok());
            if time.is_some_and(|time| time < context.now) {
                report.finding(finding(end, "past-scope", "has a scope that ends in the past"));
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::releases::release;
    use crate::checks::testing::{Case, Cases};

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a canary that looks back fires");
        cases.fires(release(json!({"analysisType": "retrospective"})), &["/stages/0/analysisType"]);
        let mut past: Case =
            release(json!({"canaryConfig": {"scopes": [{"endTimeIso": "2020-01-01T00:00:00Z"}]}})).into();
        past.now = "2026-11-24T00:00:00Z".parse().unwrap();
        cases.fires(past, &["/stages/0/canaryConfig/scopes/0/endTimeIso"]);

        let text = json!({"scopes": [{"endTimeIso": "2020-01-01T00:00:00Z"}]}).to_string();
        let mut past: Case = release(json!({ "canaryConfig": text })).into();
        past.now = "2026-11-24T00:00:00Z".parse().unwrap();
        cases.fires(past, &["/stages/0/canaryConfig"]);

        cases.about("one that looks at now stays quiet");
        cases.quiet(release(json!({"analysisType": "realTime"})));
        cases.quiet(release(json!({})));
        cases.quiet(release(json!({"canaryConfig": {"scopes": [{"endTimeIso": "${x}"}]}})));
        cases.quiet(json!({"stages": [{"refId": "1", "type": "kayentaCanary", "analysisType": "retrospective"}]}));
        cases
    }
}
