//! `chaos-monkey-not-enabled`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check};
use crate::document::value::{Flag, Value};
use crate::evidence::Lookup;

use crate::spinnaker::input::InputKind;

declare_check! {
    /// # What it checks
    /// The application of a production release lets Chaos Monkey work on it: `chaosMonkey` is there, is enabled, has what Chaos Monkey needs
    /// to run (mean and minimum time between kills, a grouping it knows), and does not except the production account as a whole.
    ///
    /// # Why it matters
    /// What has never lost an instance on a quiet morning loses one at night. Chaos Monkey refuses an application whose configuration is
    /// incomplete, and an exception with `*` everywhere is an opt-out that looks like participation.
    ///
    /// # Remedy
    /// Enable Chaos Monkey in the application's configuration, with `meanTimeBetweenKillsInWorkDays`, `minTimeBetweenKillsInWorkDays` and
    /// `grouping`; except single clusters, not the account.
    id: "chaos-monkey-not-enabled",
    summary: "the application is out of reach of Chaos Monkey",
    family: Family::Rollout,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [Need::Application],
    detectors: [],
    controls: [Control::NistCp4, Control::NistCp10, Control::SoxOperations],
    since: "0.1.0",
}

const REMEDY: &str = "enable Chaos Monkey in the application's configuration, and except single clusters only";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let root = context.input.root;
    if context.input.kind == InputKind::Application {
        let attributes = root.get("attributes").unwrap_or(root);
        if let Some(what) = wrong(attributes, &[]) {
            let place = attributes.get("chaosMonkey").unwrap_or(attributes);
            report.finding(Finding::at(place, what, REMEDY));
        }
        return;
    }
    let accounts: Vec<String> = context
        .production()
        .rollouts()
        .filter_map(|change| change.place.as_str())
        .map(std::borrow::Cow::into_owned)
        .collect();
    if context.production().rollouts().next().is_none() {
        return report.not_applicable("nothing here is known to roll out to production");
    }
    let application = match context.evidence().application() {
        Lookup::Found(application) => application.root(),
        Lookup::NotConfigured => {
            return report.not_configured(
                context,
                "there is no source to ask for the application: set --gate-url or --front50-url",
            );
        }
        Lookup::Missing => return report.inconclusive("the application is not there"),
        Lookup::Unavailable(why) => return report.inconclusive(format!("the application cannot be read: {why}")),
    };
    let attributes = application.get("attributes").unwrap_or(application);
    if let Some(what) = wrong(attributes, &accounts) {
        let place =
            context.input.pipeline.as_ref().and_then(|pipeline| pipeline.value.get("application")).unwrap_or(root);
        report.finding(Finding::at(place, what, REMEDY));
    }
}

/// What keeps Chaos Monkey away (`chaosmonkey/spinnaker/fromjson.go`).
fn wrong(attributes: Value<'_>, accounts: &[String]) -> Option<String> {
    let Some(chaos) = attributes.get("chaosMonkey").filter(|chaos| chaos.is_object()) else {
        return Some("the application has no chaosMonkey: Chaos Monkey leaves it alone".into());
    };
    if chaos.flag_at("enabled") != Flag::On {
        return Some("the application has Chaos Monkey switched off".into());
    }
    for key in ["meanTimeBetweenKillsInWorkDays", "minTimeBetweenKillsInWorkDays"] {
        if chaos.get(key).and_then(Value::as_f64).is_none_or(|days| days <= 0.0) {
            return Some(format!("Chaos Monkey is enabled and refuses the application: {key} is no number of days"));
        }
    }
    let grouping = chaos.str("grouping").unwrap_or_default().to_ascii_lowercase();
    if !matches!(grouping.as_str(), "app" | "stack" | "cluster") {
        return Some(
            "Chaos Monkey is enabled and refuses the application: its grouping is neither app, stack nor cluster"
                .into(),
        );
    }
    let is_all = |exception: Value<'_>, key: &str| exception.str(key).is_some_and(|text| text == "*");
    let whole = chaos.list("exceptions").find(|exception| {
        let account = exception.str("account").unwrap_or_default();
        (account == "*" || accounts.iter().any(|own| *own == account))
            && ["region", "stack", "detail"].iter().all(|key| is_all(*exception, key))
    });
    whole.map(|_| "Chaos Monkey is enabled, and an exception takes the whole production account out".into())
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Case, Cases, is_inconclusive, run, stays_quiet};
    use crate::document::Document;
    use crate::verdict::CheckOutcome;

    fn enabled() -> Json {
        json!({"enabled": true, "meanTimeBetweenKillsInWorkDays": 2, "minTimeBetweenKillsInWorkDays": 1, "grouping": "cluster", "exceptions": []})
    }

    fn application(chaos: &Json) -> Json {
        json!({"name": "shop", "attributes": {"email": "a@example.com", "chaosMonkey": chaos}, "clusters": {}})
    }

    fn pipeline(chaos: &Json) -> Case {
        let mut case: Case = json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}]}).into();
        case.evidence.application = Lookup::Found(Document::json(application(chaos).to_string()).unwrap());
        case
    }

    #[test]
    fn enabled_stays_quiet_and_what_is_not_known_is_not_passed() {
        stays_quiet(&check(), pipeline(&enabled()));
        stays_quiet(&check(), application(&enabled()));
        let mut one = enabled();
        one["exceptions"] = json!([{"account": "prod", "region": "*", "stack": "batch", "detail": "*"}, {"account": "staging", "region": "*", "stack": "*", "detail": "*"}]);
        stays_quiet(&check(), pipeline(&one));
        let mut unknown = pipeline(&enabled());
        unknown.evidence.application = Lookup::Unavailable("Gate answers 500".into());
        is_inconclusive(&check(), unknown);
        assert_eq!(
            run(&check(), json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}]})).outcome,
            CheckOutcome::Skipped
        );
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("every state but enabled fires");
        let without = |key: &str| {
            let mut chaos = enabled();
            chaos.as_object_mut().unwrap().remove(key);
            chaos
        };
        let mut excepted = enabled();
        excepted["exceptions"] = json!([{"account": "prod", "region": "*", "stack": "*", "detail": "*"}]);
        for chaos in [
            json!(null),
            json!({"enabled": false}),
            without("grouping"),
            without("meanTimeBetweenKillsInWorkDays"),
            excepted,
        ] {
            cases.fires(pipeline(&chaos), &["/application"]);
        }
        cases.fires(application(&json!({"enabled": false})), &["/attributes/chaosMonkey"]);
        cases.fires(json!({"name": "shop", "email": "a@example.com"}), &[""]);
        cases
    }
}
