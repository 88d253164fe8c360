//! `open-application`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check};
use crate::checks::shared::application;
use crate::document::value::Value;

declare_check! {
    /// # What it checks
    /// The application of a production release must have permissions: roles under `permissions`, or the older
    /// `requiredGroupMembership`. An answer without the key is a warning, since a backup of applications holds no permissions: they are
    /// an object of their own.
    ///
    /// # Why it matters
    /// Every user of Spinnaker may change and start the pipelines of an application without permissions, also the one that this gate
    /// guards.
    ///
    /// # Remedy
    /// Set `permissions` of the application: `READ`, `WRITE` and `EXECUTE`, each with roles.
    id: "open-application",
    summary: "every user may change and run the pipelines of the application",
    family: Family::Access,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [Need::Application],
    detectors: [],
    controls: [Control::NistAc3, Control::NistAc6, Control::SoxAccess, Control::PciDss7_2_2, Control::HipaaAccess, Control::Part11AuthorityChecks],
    since: "0.1.0",
}

const REMEDY: &str = "set permissions of the application: READ, WRITE and EXECUTE, each with roles";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    application::judge(context, report, open, |place, message| {
        let finding = Finding::at(place, message, REMEDY);
        if finding.message == UNKNOWN { finding.only_warns().severity(Severity::Low) } else { finding }
    });
}

const UNKNOWN: &str =
    "the answer about the application holds no permissions, so every user may change and run its pipelines";

fn open(attributes: Value<'_>) -> Option<String> {
    if attributes.get("requiredGroupMembership").is_some_and(|groups| !groups.is_blank()) {
        return None;
    }
    let Some(permissions) = attributes.get("permissions").filter(|permissions| permissions.is_object()) else {
        return Some(UNKNOWN.to_owned());
    };
    let has_roles = permissions.entries().any(|(_, roles)| !roles.is_blank());
    (!has_roles)
        .then(|| "the application has no permissions, so every user may change and run its pipelines".to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::applications::{application, release_of};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("an application without roles fires");
        cases.fires(release_of(&json!({"permissions": {}})), &["/application"]);
        cases.fires(application(&json!({"permissions": {"READ": [], "WRITE": []}})), &["/attributes"]);

        cases.about("roles are fine, and an answer without the key warns");
        cases.quiet(release_of(&json!({"permissions": {"READ": ["all"], "WRITE": ["team"]}})));
        cases.quiet(application(&json!({"requiredGroupMembership": ["team"]})));
        cases.warns(release_of(&json!({"email": "team@example.com"})), &["/application"]);
        cases
    }
}
