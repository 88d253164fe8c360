//! `missing-description`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};

declare_check! {
    /// # What it checks
    /// A saved pipeline that rolls out to production must have a `description`.
    ///
    /// # Why it matters
    /// Who is called at night reads there what the pipeline releases, and what to do when it fails.
    ///
    /// # Remedy
    /// Set `description` of the pipeline.
    id: "missing-description",
    summary: "the pipeline has no description",
    family: Family::Ownership,
    severity: Severity::Info,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::SoxOperations, Control::Part11Documents, Control::NistCm3],
    since: "0.1.0",
}

const REMEDY: &str = "set description of the pipeline: what it releases, and what to do when it fails";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref().filter(|pipeline| !pipeline.is_execution) else {
        return report.not_applicable("only a saved pipeline has a description");
    };
    if context.production().rollouts().next().is_none() {
        return report.not_applicable("no stage is known to roll out to production");
    }
    if pipeline.value.str("description").is_none() {
        let place = pipeline.value.get("description").unwrap_or(pipeline.value);
        report.finding(Finding::at(place, "the pipeline has no description", REMEDY));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a release without a description fires");
        let release = |text: &str| json!({"application": "shop", "description": text, "stages": [{"type": "deploy", "account": "prod"}]});
        cases.fires(release(" "), &["/description"]);

        cases.about("one with a description is fine, and so is one that leads to no production");
        cases.quiet(release("Releases the shop."));
        cases.quiet(json!({"stages": [{"type": "wait"}]}));
        cases
    }
}
