//! `canary-config-invalid`.

use std::collections::HashMap;

use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;
use crate::document::value::Value;
use crate::evidence::Lookup;

use crate::spinnaker::input::InputKind;

declare_check! {
    /// # What it checks
    /// The canary config that a canary before a production rollout names exists and can judge: it has a name, an application, a judge and
    /// metrics, every metric has a name and a query, and the weights of its groups sum to 100 and cover the groups of its metrics. A canary
    /// config given as a document is judged the same way.
    ///
    /// # Why it matters
    /// Kayenta refuses a config that lacks these only when the analysis starts, in the middle of a release; a group without weight counts for
    /// nothing.
    ///
    /// # Remedy
    /// Mend the canary config in Deck or by Kayenta's API, or name another in the canary stage.
    id: "canary-config-invalid",
    summary: "a canary goes by a config that is not there or cannot judge",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [Need::CanaryConfigs],
    detectors: [],
    controls: [Control::NistCm4, Control::SoxChangeManagement, Control::PciDss6_5_1],
    since: "0.1.0",
}

const REMEDY: &str = "mend the canary config, or name another in the canary stage";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    if context.input.kind == InputKind::CanaryConfig {
        for (place, what) in wrong(context.input.root) {
            report.finding(Finding::at(place, format!("the canary config {what}"), REMEDY).detector(what));
        }
        return;
    }
    for (index, stage) in guards(context, report) {
        if stage.effective_type() != "kayentaCanary" {
            continue;
        }
        let Some(config) = stage.setting("canaryConfig").filter(|config| config.is_object()) else { continue };
        let told = |place: Value<'d>, what: &str| {
            Finding::at(place, format!("{} goes by a canary config that {what}", stage_label(stage)), REMEDY)
                .detector(what.to_owned())
                .stage(index)
        };
        let has_name = config.get("canaryConfigName").is_some_and(|name| !name.is_blank());
        let Some(place) = config.get("canaryConfigId").filter(|id| !id.is_blank()) else {
            // A name is looked up when the stage runs (`ResolveKayentaConfigIdTask.kt`).
            if !has_name && config.entries().next().is_some() {
                report.finding(told(config, "is named neither by id nor by name"));
            }
            continue;
        };
        let id = place.text().unwrap_or_default();
        if id.contains("${") {
            report.unsettled(context, told(place, "an expression names"));
            continue;
        }
        match context.evidence().canary_config(&id) {
            Lookup::NotConfigured => report.not_configured(
                context,
                "there is no source to ask for canary configs: set --gate-url or --kayenta-url",
            ),
            Lookup::Missing => report.finding(told(place, "is not there")),
            Lookup::Unavailable(why) => report.inconclusive(format!("the canary config cannot be read: {why}")),
            Lookup::Found(document) => {
                for (_, what) in wrong(document.root()) {
                    report.finding(told(place, &what));
                }
            }
        }
    }
}

/// What is wrong with a canary config (`kayenta-web/…/CanaryConfigController.java`, `kayenta-judge`).
fn wrong(config: Value<'_>) -> Vec<(Value<'_>, String)> {
    let mut found = Vec::new();
    let is_blank = |value: Value<'_>, key: &str| value.get(key).is_none_or(Value::is_blank);
    if is_blank(config, "name") {
        found.push((config, "has no name".to_owned()));
    }
    if config.list("applications").next().is_none() {
        found.push((config.get("applications").unwrap_or(config), "names no application".to_owned()));
    }
    if config.get("judge").is_none_or(|judge| is_blank(judge, "name")) {
        found.push((config.get("judge").unwrap_or(config), "names no judge".to_owned()));
    }
    if config.list("metrics").next().is_none() {
        found.push((config.get("metrics").unwrap_or(config), "has no metrics".to_owned()));
    }
    for metric in config.list("metrics") {
        if is_blank(metric, "name") {
            found.push((metric, "has a metric without a name".to_owned()));
        }
        if metric.get("query").is_none_or(|query| query.entries().next().is_none()) {
            let name = sanitize(&metric.str("name").unwrap_or_default(), 60);
            found.push((metric, format!("has the metric {name:?} without a query")));
        }
    }
    let Some(weights) = config.at(&["classifier", "groupWeights"]).filter(|weights| weights.entries().next().is_some())
    else {
        return found;
    };
    let of: HashMap<String, f64> = weights
        .entries()
        .filter_map(|(group, weight)| Some((group.as_str()?.into_owned(), weight.as_f64()?)))
        .collect();
    let sum: f64 = of.values().sum();
    if (sum - 100.0).abs() > 0.01 {
        found.push((weights, format!("has group weights that sum to {sum} and not to 100")));
    }
    let groups = config.list("metrics").flat_map(|metric| metric.list("groups")).filter_map(Value::text);
    for group in groups.collect::<std::collections::BTreeSet<_>>() {
        if !of.contains_key(&*group) {
            found.push((weights, format!("gives no weight to the group {:?} of its metrics", sanitize(&group, 60))));
        }
    }
    found
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::releases::release;
    use crate::checks::testing::{Case, Cases, is_inconclusive, run, stays_quiet};
    use crate::document::Document;
    use crate::evidence::Named;
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
    fn a_config_that_can_stays_quiet_and_what_is_not_known_is_not_passed() {
        stays_quiet(&check(), config());
        stays_quiet(&check(), with("classifier", json!({"groupWeights": {}})));
        stays_quiet(&check(), case(found(&config())));
        stays_quiet(&check(), release(json!({"canaryConfig": {"canaryConfigName": "shop"}})));
        is_inconclusive(&check(), case(Lookup::Unavailable("Kayenta answers 500".into())));
        assert_eq!(run(&check(), case(Lookup::NotConfigured)).outcome, CheckOutcome::Skipped);
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
        cases
    }
}
