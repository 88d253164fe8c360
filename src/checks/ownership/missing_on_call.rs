//! `missing-on-call`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check};
use crate::checks::shared::application;
use crate::document::value::Value;

declare_check! {
    /// # What it checks
    /// The application of a production release must say who is called: `pdApiKey` (PagerDuty) or `slackChannel` in its attributes.
    /// Without a source of applications the check is skipped.
    ///
    /// # Why it matters
    /// An address is read in the morning. A broken release needs somebody now.
    ///
    /// # Remedy
    /// Set the PagerDuty service or the Slack channel in the application's configuration.
    id: "missing-on-call",
    summary: "the application does not say who is on call",
    family: Family::Ownership,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [Need::Application],
    detectors: [],
    controls: [Control::SoxOperations, Control::NistIr4, Control::PciDss12_10_3],
    since: "0.1.0",
}

const REMEDY: &str = "set the PagerDuty service or the Slack channel in the application's configuration";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    application::judge(context, report, missing, |place, message| Finding::at(place, message, REMEDY));
}

fn missing(attributes: Value<'_>) -> Option<String> {
    let has_pager = attributes.str("pdApiKey").is_some();
    let channel = attributes.get("slackChannel");
    let has_channel =
        channel.is_some_and(|channel| channel.str("name").is_some() || !channel.is_object() && !channel.is_blank());
    (!has_pager && !has_channel)
        .then(|| "the application does not say who is on call: it has neither pdApiKey nor slackChannel".to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::applications::{application, release_of};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("nobody to call fires");
        cases.fires(release_of(&json!({"email": "team@example.com"})), &["/application"]);

        cases.about("a pager or a channel is fine");
        cases.quiet(release_of(&json!({"pdApiKey": "k"})));
        cases.quiet(application(&json!({"slackChannel": {"name": "shop"}})));
        cases
    }
}
