//! `canary-without-thresholds`.

use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;

declare_check! {
    /// # What it checks
    /// A canary before a production rollout says from which score on it passes (`scoreThresholds`).
    ///
    /// # Why it matters
    /// Without it Orca takes 75 and 50. The canary gates, by numbers nobody chose and nobody can read in the pipeline.
    ///
    /// # Remedy
    /// Write `scoreThresholds` with `pass` and `marginal` into the canary stage.
    id: "canary-without-thresholds",
    summary: "a canary goes by thresholds that nobody chose",
    family: Family::Rollout,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm4],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for (index, stage) in guards(context, report) {
        let config = stage.setting("canaryConfig");
        let has_both = config
            .and_then(|config| config.get("scoreThresholds"))
            .is_some_and(|thresholds| ["pass", "marginal"].iter().all(|key| thresholds.get(key).is_some()));
        if stage.effective_type() != "kayentaCanary" || has_both {
            continue;
        }
        let message =
            format!("{} sets no scoreThresholds, so Orca takes 75 to pass and 50 to go on", stage_label(stage));
        report.finding(
            Finding::at(config.unwrap_or(stage.value), message, "write scoreThresholds with pass and marginal")
                .stage(index),
        );
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::releases::release;

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a canary without numbers fires");
        cases.fires(release(json!({"canaryConfig": {}})), &["/stages/0/canaryConfig"]);
        cases.fires(release(json!({})), &["/stages/0"]);
        cases.fires(release(json!({"canaryConfig": {"scoreThresholds": {"pass": 90}}})), &["/stages/0/canaryConfig"]);

        cases.about("one with numbers stays quiet");
        cases.quiet(release(json!({"canaryConfig": {"scoreThresholds": {"pass": "90", "marginal": 70}}})));
        let mut staging = release(json!({}));
        staging["stages"][1]["account"] = json!("staging");
        cases.quiet(staging);
        cases
    }
}
