//! `missing-owner`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check};
use crate::checks::shared::application;
use crate::document::value::Value;

declare_check! {
    /// # What it checks
    /// The application of a production release must have an owner: an `email` in its attributes. Without a source of applications the
    /// check is skipped.
    ///
    /// # Why it matters
    /// When the release breaks at night, somebody has to be found. Spinnaker's own interface asks for the address, its API does not.
    ///
    /// # Remedy
    /// Set `email` in the application's configuration, to the address of a team.
    id: "missing-owner",
    summary: "the application has no owner",
    family: Family::Ownership,
    severity: Severity::Medium,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [Need::Application],
    detectors: [],
    controls: [Control::SoxOperations, Control::NistCm3, Control::Part11AuthorityChecks],
    since: "0.1.0",
}

const REMEDY: &str = "set email in the application's configuration to the address of the team";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    application::judge(context, report, missing, |place, message| Finding::at(place, message, REMEDY));
}

fn missing(attributes: Value<'_>) -> Option<String> {
    let email = attributes.str("email").unwrap_or_default();
    (!email.contains('@')).then(|| "the application has no owner: its email is missing".to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::applications::{application, release_of};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("an application without an owner fires");
        cases.fires(release_of(&json!({"description": "a"})), &["/application"]);
        cases.fires(release_of(&json!({"email": ""})), &["/application"]);
        cases.fires(application(&json!({"email": "nobody"})), &["/attributes"]);

        cases.about("one with an address is fine");
        cases.quiet(release_of(&json!({"email": "team@example.com"})));
        cases.quiet(application(&json!({"email": "team@example.com"})));
        cases
    }
}
