//! `chaos-monkey-not-enabled`.

use crate::checks::api::{
    Available, Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check,
};
use crate::document::value::{Flag, Value};
use crate::spinnaker::input::InputKind;

declare_check! {
    /// # What it checks
    /// Chaos Monkey is enabled for the application of a production release: `chaosMonkey` is present and enabled, has the settings
    /// that Chaos Monkey requires (mean and minimum time between kills, a supported grouping), and has no exception for the whole
    /// production account.
    ///
    /// # Why it matters
    /// An application that has never lost an instance on a quiet morning loses one at night. Chaos Monkey rejects an application with
    /// an incomplete configuration, and an exception with `*` in every field opts out while it looks like participation.
    ///
    /// # Remedy
    /// Enable Chaos Monkey in the application's configuration, with `meanTimeBetweenKillsInWorkDays`, `minTimeBetweenKillsInWorkDays`
    /// and `grouping`; make exceptions for single clusters, not for the account.
    id: "chaos-monkey-not-enabled",
    summary: "Chaos Monkey is not enabled for the application",
    family: Family::Rollout,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [Need::Application],
    detectors: [],
    controls: [Control::NistCp4, Control::NistCp10, Control::SoxOperations],
    since: "0.1.0",
}

const REMEDY: &str =
    "enable Chaos Monkey in the application's configuration, and make exceptions for single clusters only";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let root = context.input.root;
    if context.input.kind == InputKind::Application {
        let attributes = root.get("attributes").unwrap_or(root);
        if let Some(what) = defect(attributes, &[]) {
            let place = attributes.get("chaosMonkey").unwrap_or(attributes);
            report.finding(Finding::at(place, what, REMEDY));
        }
        return;
    }
    if context.production().rollouts().next().is_none() {
        return report.not_applicable("no stage is known to roll out to production");
    }
    let application = match report.available(context, Need::Application, context.evidence().application()) {
        Available::Found(application) => application.root(),
        Available::Missing => return report.inconclusive("the application was not found"),
        Available::Reported => return,
    };
    let accounts: Vec<String> = context
        .production()
        .rollouts()
        .filter_map(|change| change.place.as_str())
        .map(std::borrow::Cow::into_owned)
        .collect();
    let attributes = application.get("attributes").unwrap_or(application);
    if let Some(what) = defect(attributes, &accounts) {
        let pipeline = context.input.pipeline.as_ref();
        let place = pipeline.and_then(|pipeline| pipeline.value.get("application")).unwrap_or(root);
        report.finding(Finding::at(place, what, REMEDY));
    }
}

/// What keeps Chaos Monkey from the application (`chaosmonkey/spinnaker/fromjson.go`).
fn defect(attributes: Value<'_>, accounts: &[String]) -> Option<String> {
    let Some(chaos) = attributes.get("chaosMonkey").filter(|chaos| chaos.is_object()) else {
        return Some("the application has no `chaosMonkey` configuration, so Chaos Monkey ignores it".into());
    };
    if chaos.flag_at("enabled") != Flag::On {
        return Some("Chaos Monkey is disabled for the application".into());
    }
    for key in ["meanTimeBetweenKillsInWorkDays", "minTimeBetweenKillsInWorkDays"] {
        if chaos.get(key).and_then(Value::as_f64).is_none_or(|days| days <= 0.0) {
            return Some(format!("Chaos Monkey rejects the application: `{key}` is not a number of days above zero"));
        }
    }
    let grouping = chaos.str("grouping").unwrap_or_default().to_ascii_lowercase();
    if !matches!(grouping.as_str(), "app" | "stack" | "cluster") {
        return Some("Chaos Monkey rejects the application: `grouping` is not app, stack or cluster".into());
    }
    let is_all = |exception: Value<'_>, key: &str| exception.str(key).is_some_and(|text| text == "*");
    let whole = chaos.list("exceptions").find(|exception| {
        let account = exception.str("account").unwrap_or_default();
        (account == "*" || accounts.iter().any(|used| *used == account))
            && ["region", "stack", "detail"].iter().all(|key| is_all(*exception, key))
    });
    whole.map(|_| "Chaos Monkey is enabled, but an exception covers the whole production account".into())
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Case, Cases, run};
    use crate::document::Document;
    use crate::evidence::Lookup;
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
    fn without_a_source_of_applications_the_check_is_skipped() {
        let said = run(&check(), json!({"application": "shop", "stages": [{"type": "deploy", "account": "prod"}]}));
        assert_eq!(said.outcome, CheckOutcome::Skipped);
        assert!(said.reason.contains("--front50-url"), "{}", said.reason);
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

        cases.about("enabled stays quiet, with exceptions for single clusters and other accounts too");
        cases.quiet(pipeline(&enabled()));
        cases.quiet(application(&enabled()));
        let mut one = enabled();
        one["exceptions"] = json!([{"account": "prod", "region": "*", "stack": "batch", "detail": "*"}, {"account": "staging", "region": "*", "stack": "*", "detail": "*"}]);
        cases.quiet(pipeline(&one));
        let mut unknown = pipeline(&enabled());
        unknown.evidence.application = Lookup::Unavailable("Gate answers 500".into());
        cases.inconclusive(unknown);
        cases
    }
}
