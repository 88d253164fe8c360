//! `canary-without-thresholds`.

use crate::analysis::canary;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;

declare_check! {
    /// # What it checks
    /// A canary before a production rollout sets the scores it must reach (`scoreThresholds`).
    ///
    /// # Why it matters
    /// Without thresholds Orca uses 75 and 50. The canary can stop the rollout, but at scores that nobody chose and that the pipeline
    /// does not show.
    ///
    /// # Remedy
    /// Set `scoreThresholds` with `pass` and `marginal` in the canary stage.
    id: "canary-without-thresholds",
    summary: "a canary relies on default score thresholds",
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
        let config = canary::config(stage).or_else(|| stage.setting("canaryConfig"));
        let has_both = config
            .and_then(|config| config.get("scoreThresholds"))
            .is_some_and(|thresholds| ["pass", "marginal"].iter().all(|key| thresholds.get(key).is_some()));
        if stage.effective_type() != "kayentaCanary" || has_both {
            continue;
        }
        let message = format!(
            "{} does not set scoreThresholds, so Orca requires 75 to pass and 50 to continue",
            stage_label(stage)
        );
        let remedy = "set `scoreThresholds` with `pass` and `marginal` in the canary stage";
        report.finding(Finding::at(config.unwrap_or(stage.value), message, remedy).stage(index));
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
