//! `canary-config-invalid`.

use std::collections::{BTreeSet, HashMap};

use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Available, Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;
use crate::document::inner::Inner;
use crate::document::value::Value;
use crate::spinnaker::input::InputKind;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// The canary config used before a production rollout exists and is usable: it has a name, an application, a judge and metrics,
    /// every metric has a name and a query, and the group weights sum to 100 and cover the groups of the metrics. A canary config
    /// that is checked as a document of its own must meet the same conditions.
    ///
    /// # Why it matters
    /// Kayenta rejects an incomplete config only when the analysis starts, in the middle of a release. A group without a weight does
    /// not count.
    ///
    /// # Remedy
    /// Fix the canary config in Deck or through Kayenta's API, or use another one in the canary stage.
    id: "canary-config-invalid",
    summary: "the canary config is missing or unusable",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [Need::CanaryConfigs],
    detectors: [
        "no-config-reference", "config-expression", "config-not-found", "missing-name", "missing-application", "missing-judge",
        "missing-metrics", "metric-without-name", "metric-without-query", "weights-sum", "group-without-weight"
    ],
    controls: [Control::NistCm4, Control::SoxChangeManagement, Control::PciDss6_5_1],
    since: "0.1.0",
}

const REMEDY: &str = "fix the canary config, or use another one in the canary stage";

/// Something that makes a canary config unusable.
struct Defect<'d> {
    place: Value<'d>,
    detector: &'static str,
    /// The metric or group it is about, if it is about one.
    subject: Option<String>,
    /// Ends a sentence that begins with the canary config.
    what: String,
}

impl<'d> Defect<'d> {
    fn new(place: Value<'d>, detector: &'static str, what: impl Into<String>) -> Self {
        Self { place, detector, subject: None, what: what.into() }
    }

    fn about(self, subject: String) -> Self {
        Self { subject: Some(subject), ..self }
    }
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.input.kind == InputKind::CanaryConfig {
        for defect in defects(context.input.root) {
            let message = format!("the canary config {}", defect.what);
            report.finding(Finding::at(defect.place, message, REMEDY).detector(defect.detector));
        }
        return;
    }
    for (index, stage) in guards(context, report) {
        if stage.effective_type() == "kayentaCanary" {
            canary(context, stage, index, report);
        }
    }
}

fn canary<'d>(context: &Context<'_, 'd>, stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let Some(config) = stage.setting("canaryConfig").filter(|config| config.is_object()) else { return };
    let finding = |place: Value<'d>, detector: &'static str, what: &str| {
        Finding::at(place, format!("the canary config of {} {what}", stage_label(stage)), REMEDY)
            .detector(detector)
            .stage(index)
    };
    let Some(place) = config.get("canaryConfigId").filter(|id| !id.is_blank()) else {
        // A name is resolved when the stage runs (`ResolveKayentaConfigIdTask.kt`).
        let has_name = config.get("canaryConfigName").is_some_and(|name| !name.is_blank());
        if !has_name && config.entries().next().is_some() {
            report.finding(finding(config, "no-config-reference", "has neither an id nor a name"));
        }
        return;
    };
    let id = place.text().unwrap_or_default();
    if id.contains("${") {
        return report.unsettled(context, finding(place, "config-expression", "is selected by an expression"));
    }
    match report.available(context, Need::CanaryConfigs, context.evidence().canary_config(&id)) {
        Available::Found(document) => {
            for defect in defects(document.root()) {
                let inner = defect.subject.map(Inner::step);
                report.finding(finding(place, defect.detector, &defect.what).inner(inner));
            }
        }
        Available::Missing => report.finding(finding(place, "config-not-found", "does not exist")),
        Available::Reported => {}
    }
}

fn is_blank(value: Value<'_>, key: &str) -> bool {
    value.get(key).is_none_or(Value::is_blank)
}

/// What makes a canary config unusable (`kayenta-web/…/CanaryConfigController.java`, `kayenta-judge`).
fn defects(config: Value<'_>) -> Vec<Defect<'_>> {
    let mut found = Vec::new();
    let place = |key: &str| config.get(key).unwrap_or(config);
    if is_blank(config, "name") {
        found.push(Defect::new(config, "missing-name", "has no name"));
    }
    if config.list("applications").next().is_none() {
        found.push(Defect::new(place("applications"), "missing-application", "has no application"));
    }
    if config.get("judge").is_none_or(|judge| is_blank(judge, "name")) {
        found.push(Defect::new(place("judge"), "missing-judge", "has no judge"));
    }
    if config.list("metrics").next().is_none() {
        found.push(Defect::new(place("metrics"), "missing-metrics", "has no metrics"));
    }
    found.extend(config.list("metrics").flat_map(of_metric));
    found.extend(of_weights(config));
    found
}

fn of_metric(metric: Value<'_>) -> Vec<Defect<'_>> {
    let mut found = Vec::new();
    if is_blank(metric, "name") {
        found.push(Defect::new(metric, "metric-without-name", "has a metric without a name"));
    }
    if metric.get("query").is_none_or(|query| query.entries().next().is_none()) {
        let name = sanitize(&metric.str("name").unwrap_or_default(), 60);
        let what = format!("has a metric {name:?} without a query");
        found.push(Defect::new(metric, "metric-without-query", what).about(name));
    }
    found
}

fn of_weights(config: Value<'_>) -> Vec<Defect<'_>> {
    let weights = config.at(&["classifier", "groupWeights"]).filter(|weights| weights.entries().next().is_some());
    let Some(place) = weights else { return Vec::new() };
    let mut found = Vec::new();
    let weights: HashMap<String, f64> =
        place.entries().filter_map(|(group, weight)| Some((group.as_str()?.into_owned(), weight.as_f64()?))).collect();
    let sum: f64 = weights.values().sum();
    if (sum - 100.0).abs() > 0.01 {
        found.push(Defect::new(place, "weights-sum", format!("has group weights that sum to {sum}, not 100")));
    }
    let groups = config.list("metrics").flat_map(|metric| metric.list("groups")).filter_map(Value::text);
    for group in groups.filter(|group| !weights.contains_key(&**group)).collect::<BTreeSet<_>>() {
        let group = sanitize(&group, 60);
        let what = format!("has no weight for metric group {group:?}");
        found.push(Defect::new(place, "group-without-weight", what).about(group));
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::releases::release;
    use crate::checks::testing::{Case, Cases, run};
    use crate::document::Document;
    use crate::evidence::{Lookup, Named};
    use crate::verdict::CheckOutcome;

    fn config() -> Json {
        json!({"name": "shop", "configVersion": "1", "applications": ["shop"], "judge": {"name": "NetflixACAJudge-v1.0"},
            "metrics": [{"name": "errors", "query": {"type": "prometheus"}, "groups": ["Errors"]}], "classifier": {"groupWeights": {"Errors": 100}}})
    }

    fn with(key: &str, value: Json) -> Json {
        let mut config = config();
        config[key] = value;
        config
    }

    fn case(evidence: Lookup<Document>) -> Case {
        let mut case: Case = release(json!({"canaryConfig": {"canaryConfigId": "C1"}})).into();
        case.evidence.canary_configs = vec![Named { id: "C1".into(), evidence }];
        case
    }

    fn found(config: &Json) -> Lookup<Document> {
        Lookup::Found(Document::json(config.to_string()).unwrap())
    }

    #[test]
    fn without_a_source_of_canary_configs_the_check_is_skipped() {
        let said = run(&check(), case(Lookup::NotConfigured));
        assert_eq!(said.outcome, CheckOutcome::Skipped);
        assert!(said.reason.contains("--kayenta-url"), "{}", said.reason);
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a config that cannot judge fires");
        cases.fires(with("name", json!(" ")), &[""]);
        cases.fires(with("applications", json!([])), &["/applications"]);
        cases.fires(with("judge", json!({})), &["/judge"]);
        cases.fires(with("metrics", json!([])), &["/metrics"]);
        cases.fires(with("metrics", json!([{"name": "errors", "groups": ["Errors"]}])), &["/metrics/0"]);
        cases.fires(with("classifier", json!({"groupWeights": {"Errors": 60}})), &["/classifier/groupWeights"]);
        cases.fires(case(Lookup::Missing), &["/stages/0/canaryConfig/canaryConfigId"]);
        cases.fires(case(found(&with("metrics", json!([])))), &["/stages/0/canaryConfig/canaryConfigId"]);
        cases.fires(release(json!({"canaryConfig": {"scopes": []}})), &["/stages/0/canaryConfig"]);
        cases.warns(
            release(json!({"canaryConfig": {"canaryConfigId": "${x}"}})),
            &["/stages/0/canaryConfig/canaryConfigId"],
        );

        cases.about("a usable config and one that is selected by name stay quiet");
        cases.quiet(config());
        cases.quiet(with("classifier", json!({"groupWeights": {}})));
        cases.quiet(case(found(&config())));
        cases.quiet(release(json!({"canaryConfig": {"canaryConfigName": "shop"}})));
        cases.inconclusive(case(Lookup::Unavailable("Kayenta answers 500".into())));
        cases
    }
}
