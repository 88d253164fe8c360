//! `unlimited-concurrency`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::document::value::{Flag, Value};

declare_check! {
    /// # What it checks
    /// A pipeline that rolls out to production must run one release at a time: `limitConcurrent: true`, or `maxConcurrentExecutions`
    /// above zero.
    ///
    /// # Why it matters
    /// Two releases at once overtake each other: the older one may end last, and the canary compares the wrong versions.
    ///
    /// # Remedy
    /// Set `limitConcurrent: true` in the pipeline's settings.
    id: "unlimited-concurrency",
    summary: "several releases may run at once",
    family: Family::Ownership,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::NistCm3, Control::SoxChangeManagement, Control::SoxOperations],
    since: "0.1.0",
}

const REMEDY: &str = "set limitConcurrent to true in the pipeline";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    if context.production().rollouts().next().is_none() {
        return report.not_applicable("no stage is known to roll out to production");
    }
    let root = pipeline.value;
    let has_maximum = root.get("maxConcurrentExecutions").and_then(Value::as_f64).is_some_and(|count| count > 0.0);
    if root.flag_at("limitConcurrent") == Flag::On || has_maximum {
        return;
    }
    let place = root.get("limitConcurrent").unwrap_or(root);
    report.finding(Finding::at(place, "several executions of the release may run at once", REMEDY));
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("releases at once fire");
        let release = |limit: serde_json::Value| json!({"application": "shop", "limitConcurrent": limit, "stages": [{"type": "deploy", "account": "prod"}]});
        cases.fires(release(json!(false)), &["/limitConcurrent"]);
        cases.fires(json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}]}), &[""]);

        cases.about("one at a time is fine");
        cases.quiet(release(json!(true)));
        cases.quiet(json!({"limitConcurrent": true, "stages": [{"type": "wait"}]}));
        cases
    }
}
