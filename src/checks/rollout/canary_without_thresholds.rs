//! `canary-without-thresholds`.

use crate::checks::api::{Context, Enforced, Family, Report, declare_check, named};
use crate::checks::rollout::canary_not_gating::guards;
use crate::meta::{Finding, Severity};

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
    needs: &[],
    options: &[],
    controls: &["pci-dss-4.0:6.5.1", "sox-itgc:change-management", "nist-800-53:CM-4"],
    since: "0.1.0",
    run: run,
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
        let message = format!("{} sets no scoreThresholds, so Orca takes 75 to pass and 50 to go on", named(stage));
        report.finding(
            Finding::at(config.unwrap_or(stage.value), message, "write scoreThresholds with pass and marginal")
                .stage(index),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::rollout::canary_not_gating::testing::pipeline;
    use crate::checks::testing::{fires, stays_quiet};

    #[test]
    fn a_canary_without_numbers_fires() {
        fires(&CHECK, pipeline(json!({"canaryConfig": {}})), &["/stages/0/canaryConfig"]);
        fires(&CHECK, pipeline(json!({})), &["/stages/0"]);
        fires(
            &CHECK,
            pipeline(json!({"canaryConfig": {"scoreThresholds": {"pass": 90}}})),
            &["/stages/0/canaryConfig"],
        );
    }

    #[test]
    fn one_with_numbers_stays_quiet() {
        stays_quiet(&CHECK, pipeline(json!({"canaryConfig": {"scoreThresholds": {"pass": "90", "marginal": 70}}})));
        let mut staging = pipeline(json!({}));
        staging["stages"][1]["account"] = json!("staging");
        stays_quiet(&CHECK, staging);
    }
}
