//! `canary-not-gating`.

use crate::analysis::canary::{self, Around, Fault, Weight};
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Need, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::canary::guards;
use crate::evidence::Lookup;
use crate::spinnaker::pipeline::Pipeline;

declare_check! {
    /// # What it checks
    /// A canary analysis before a production rollout can stop it:
    ///
    /// - The release does not continue after a failed analysis (`continuePipeline`), and the analysis is not skipped by an expression
    ///   (`stageEnabled`), manually (`manualSkip`), when it starts late (`startTimeExpiry`) or on a timeout
    ///   (`markSuccessfulOnTimeout`). In an execution, it was not skipped, and did not fail while the release went on.
    /// - Its `pass` threshold is a number of at least 50. Without thresholds Orca uses 75 and 50. A low `marginal` threshold is a warning.
    /// - It has a scope, and control and experiment of each scope differ in name, place or time (`baselineAnalysisOffsetInMins`).
    /// - In real time it runs for at least `canary.minLifetime` of the policy (5m) and its own interval. Retrospective, it has a start and
    ///   an end, which is not before this execution.
    /// - The release deploys something before it, or the stage deploys control and experiment itself.
    ///
    /// A canary that continues, so that its arms are removed, is fine where every rollout behind it asks for its success: in its
    /// `stageEnabled`, or in a `checkPreconditions` stage that it waits for, by the type `stageStatus` or by an expression that is
    /// nothing but `#stage('NAME').status == 'SUCCEEDED'`, alone or with other comparisons joined by `&&`.
    ///
    /// Settings that only the running execution knows are inconclusive there, and a warning in a saved pipeline.
    ///
    /// # Why it matters
    /// `continuePipeline` turns a failed analysis into a passed one, and with a threshold that is null or zero every score passes
    /// (`MonitorKayentaCanaryTask.kt`). An analysis of a second, of nothing, or of last week passes whatever is released. Such a canary is
    /// shown in Deck but controls nothing.
    ///
    /// # Remedy
    /// Remove the setting, or set it as the finding says.
    id: "canary-not-gating",
    summary: "a canary analysis cannot stop the rollout behind it",
    family: Family::Rollout,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Production],
    evidence: [Need::SavedPipeline],
    detectors: [
        "continue-pipeline", "manual-skip", "mark-successful-on-timeout", "stage-enabled", "start-time-expiry", "skipped", "went-on",
        "setting-expression", "pass-threshold", "marginal-threshold", "no-scope", "same-scope", "past-analysis", "short-lifetime",
        "no-arm"
    ],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm4],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let guards = guards(context, report);
    let saved = match context.evidence().saved_pipeline() {
        Lookup::Found(saved) => Some(Pipeline::read(saved.root(), false)),
        _ => None,
    };
    let around = Around {
        pipeline,
        production: context.production(),
        saved: saved.as_ref(),
        min_lifetime: context.policy.canary.min_lifetime.0,
        now: Some(context.now),
        is_child: false,
    };
    let found: Vec<(usize, Vec<Fault<'d>>)> =
        guards.iter().map(|(index, _)| (*index, canary::faults(&around, *index))).collect();
    // If every rollout also waits for a canary that can stop it, one that cannot is only a warning.
    let stops = |faults: &[Fault<'_>]| faults.iter().all(|fault| fault.weight == Weight::Warns);
    let gating: Vec<usize> = found.iter().filter(|(_, faults)| stops(faults)).map(|(index, _)| *index).collect();
    let behind = pipeline.graph.descendants(&gating);
    let is_guarded = context.production().rollouts().all(|change| behind.get(change.stage).copied().unwrap_or(false));
    for (index, faults) in found {
        let Some(stage) = pipeline.stages.get(index) else { continue };
        for fault in faults {
            let does = if fault.weight == Weight::Warns { "stops little" } else { "cannot stop the rollout" };
            let message = format!("{} {does}: {}", stage_label(stage), fault.effect);
            let finding = Finding::at(fault.place, message, fault.remedy).detector(fault.detector).stage(index);
            match fault.weight {
                _ if is_guarded => report.finding(finding.only_warns()),
                Weight::Warns => report.finding(finding.only_warns()),
                Weight::Unsettled => report.unsettled(context, finding),
                Weight::Fails => report.finding(finding),
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::{Case, Cases};

    fn scope() -> Json {
        json!({"scopeName": "default", "controlScope": "shop-baseline", "experimentScope": "shop-canary"})
    }

    fn pipeline(key: &str, value: Json) -> Json {
        let arm = |id: &str, name: &str| {
            json!({"refId": id, "type": "deployManifest", "name": name, "account": "prod", "manifests": [
            {"kind": "Deployment", "metadata": {"name": format!("shop-{name}")}, "spec": {"replicas": 1}}]})
        };
        let mut document = json!({"stages": [
            {"refId": "1", "type": "kayentaCanary", "name": "Analysis", "requisiteStageRefIds": ["3", "4"],
             "canaryConfig": {"lifetimeDuration": "PT30M", "scopes": [scope()], "scoreThresholds": {"pass": "90", "marginal": 75}}},
            {"refId": "2", "type": "deployManifest", "name": "Roll out", "account": "prod", "requisiteStageRefIds": ["1"]},
            arm("3", "baseline"), arm("4", "canary"),
        ]});
        document["stages"][0][key] = value;
        document
    }

    fn config(key: &str, value: Json) -> Json {
        let mut document = pipeline("x", json!(1));
        document["stages"][0]["canaryConfig"][key] = value;
        document
    }

    /// A canary that goes on, before a rollout that asks by `expression`.
    fn clean_up(expression: &str) -> Json {
        let mut document = pipeline("continuePipeline", json!(true));
        document["stages"][1]["stageEnabled"] = json!({"type": "expression", "expression": expression});
        document
    }

    fn precondition(condition: &Json, settings: &Json) -> Json {
        let mut document = pipeline("continuePipeline", json!(true));
        let mut check = json!({"refId": "5", "type": "checkPreconditions", "name": "Good?", "requisiteStageRefIds": ["1"], "preconditions": [condition]});
        for (key, value) in settings.as_object().unwrap() {
            check[key] = value.clone();
        }
        document["stages"].as_array_mut().unwrap().push(check);
        document["stages"][1]["requisiteStageRefIds"] = json!(["5"]);
        document
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        settings(&mut cases);
        patterns(&mut cases);
        cases
    }

    fn settings(cases: &mut Cases) {
        cases.about("a canary that lets everything through fires");
        for (key, value) in [
            ("continuePipeline", json!("true")),
            ("markSuccessfulOnTimeout", json!(true)),
            ("startTimeExpiry", json!(1)),
            ("stageEnabled", json!({"type": "expression", "expression": "false"})),
        ] {
            cases.fires(pipeline(key, value), &[&format!("/stages/0/{key}")]);
        }
        for value in [json!(null), json!("high"), json!("-1"), json!(49), json!("1")] {
            cases.fires(
                config("scoreThresholds", json!({"pass": value})),
                &["/stages/0/canaryConfig/scoreThresholds/pass"],
            );
        }
        cases.fires(config("scopes", json!([])), &["/stages/0/canaryConfig/scopes"]);
        cases.fires(pipeline("canaryConfig", json!({})), &["/stages/0/canaryConfig"]);
        for lifetime in [json!("PT1S"), json!("PT4M59S"), json!("PT0S"), json!(60)] {
            cases.fires(config("lifetimeDuration", lifetime), &["/stages/0/canaryConfig/lifetimeDuration"]);
        }
        let mut short = config("canaryAnalysisIntervalMins", json!("60"));
        cases.fires(short.clone(), &["/stages/0/canaryConfig/lifetimeDuration"]);
        short["stages"][0]["canaryConfig"]["lifetimeDuration"] = json!("PT1H");
        cases.quiet(short);
        let same = json!([{"controlScope": "shop", "experimentScope": "shop", "extendedScopeParams": {"arm": "x"}}]);
        cases.fires(config("scopes", same.clone()), &["/stages/0/canaryConfig/scopes/0"]);
        cases.fires(pipeline("analysisType", json!("retrospective")), &["/stages/0/analysisType"]);
        let mut before = config(
            "scopes",
            json!([{"controlScope": "a", "experimentScope": "b", "startTimeIso": "2026-01-01T00:00:00Z", "endTimeIso": "2026-01-01T01:00:00Z"}]),
        );
        before["stages"][0]["analysisType"] = json!("retrospective");
        let mut past = Case::from(before);
        past.now = "2026-02-01T00:00:00Z".parse().unwrap();
        cases.fires(past, &["/stages/0/canaryConfig/scopes/0/endTimeIso"]);
        let mut bare = pipeline("requisiteStageRefIds", json!([]));
        cases.fires(bare.clone(), &["/stages/0"]);
        bare["stages"][0]["deployments"] =
            json!({"serverGroupPairs": [{"control": {"account": "prod"}, "experiment": {"account": "prod"}}]});
        cases.quiet(bare);

        cases.about("a canary that gates stays quiet");
        cases.quiet(pipeline("failPipeline", json!(false)));
        cases.quiet(config("scoreThresholds", json!(null)));
        let mut offset = config("scopes", same);
        offset["stages"][0]["canaryConfig"]["baselineAnalysisOffsetInMins"] = json!(1440);
        cases.quiet(offset);
        cases.warns(
            config("scoreThresholds", json!({"pass": 80, "marginal": 0})),
            &["/stages/0/canaryConfig/scoreThresholds/marginal"],
        );
        let mut aside = pipeline("continuePipeline", json!(true));
        aside["stages"][1]["requisiteStageRefIds"] = json!([]);
        cases.quiet(aside);

        cases.about("a setting that only the run knows is not settled");
        cases.warns(pipeline("continuePipeline", json!("${x}")), &["/stages/0/continuePipeline"]);
        for (key, value) in [
            ("scoreThresholds", json!("${x}")),
            ("scoreThresholds", json!({"pass": "${x}"})),
            ("lifetimeDuration", json!("${x}")),
            ("${x}", json!(1)),
        ] {
            let mut running = config(key, value);
            running["status"] = json!("RUNNING");
            cases.inconclusive(running);
        }
        for (key, value) in
            [("canaryConfig", json!("${x}")), ("analysisType", json!("${x}")), ("continuePipeline", json!("${x}"))]
        {
            let mut running = pipeline(key, value);
            running["status"] = json!("RUNNING");
            cases.inconclusive(running);
        }
    }

    fn patterns(cases: &mut Cases) {
        cases.about("a canary that goes on so that its arms are removed stays quiet");
        cases.quiet(clean_up("${ #stage('Analysis')['status'].toString() == 'SUCCEEDED' }"));
        cases.quiet(clean_up("#stage(\"Analysis\").status == 'SUCCEEDED' && parameters.deploy == 'yes'"));
        let status = json!({"type": "stageStatus", "context": {"stageName": "Analysis", "stageStatus": "SUCCEEDED"}, "failPipeline": false});
        let expression =
            json!({"type": "expression", "context": {"expression": "#stage('Analysis').status.name() == 'SUCCEEDED'"}});
        cases.quiet(precondition(&status, &json!({})));
        cases.quiet(precondition(&expression, &json!({})));

        cases.about("one before a rollout that asks for nothing, or for something else, fires");
        cases.fires(clean_up("#stage('baseline').status == 'SUCCEEDED'"), &["/stages/0/continuePipeline"]);
        cases.fires(clean_up("parameters.deploy == 'yes'"), &["/stages/0/continuePipeline"]);
        let other = json!({"type": "stageStatus", "context": {"stageName": "Roll out", "stageStatus": "SUCCEEDED"}});
        cases.fires(precondition(&other, &json!({})), &["/stages/0/continuePipeline"]);
        let mut second = clean_up("#stage('Analysis').status == 'SUCCEEDED'");
        second["stages"].as_array_mut().unwrap().push(
            json!({"refId": "6", "type": "deployManifest", "name": "More", "account": "prod", "requisiteStageRefIds": ["2"]}),
        );
        cases.fires(second, &["/stages/0/continuePipeline"]);

        cases.about("one that is asked for in another way is not settled");
        for document in [
            clean_up("#stage('Analysis').status == 'SUCCEEDED' || true"),
            clean_up("#stage(parameters.name).status == 'SUCCEEDED'"),
            clean_up("#stage('Analysis').status != 'TERMINAL'"),
            precondition(&status, &json!({"continuePipeline": true})),
            precondition(&status, &json!({"stageEnabled": {"type": "expression", "expression": "x"}})),
        ] {
            let mut running = document;
            running["status"] = json!("RUNNING");
            cases.inconclusive(running);
        }
    }
}
