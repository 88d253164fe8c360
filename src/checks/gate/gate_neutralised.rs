//! `gate-neutralised`.

use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::document::value::{Flag, Value};
use crate::spinnaker::stage::is_conditional;

use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// No setting of a gate stage lets the release go on whatever the gate says: `continuePipeline` (also as text),
    /// `markSuccessfulOnTimeout`, `manualSkip`, `stageEnabled` with an expression, `startTimeExpiry`, `waitForCompletion: false`
    /// (also through `dynamicParameters`), and a Job that never runs or cannot fail (`suspend: true`, `completions: 0`).
    /// `failPipeline: false` alone halts the branch, so it still gates: a warning, since the execution may end well.
    ///
    /// # Why it matters
    /// Orca treats a failed stage with `continuePipeline` as passed upstream (`orca-kotlin/…/ext/Stage.kt`), and a skipped one too.
    /// A gate that cannot stop anything looks the same in Deck as one that can.
    ///
    /// # Remedy
    /// Take the setting out. A gate that must be passed in an emergency is passed by changing the policy, where it leaves a trace.
    id: "gate-neutralised",
    summary: "a gate is set so that it cannot stop the release",
    family: Family::Gate,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm5, Control::Part11Validation],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    if context.production().gates.is_empty() {
        return report.not_applicable("there is no gate here");
    }
    for &index in &context.production().gates {
        if let Some(stage) = pipeline.stages.get(index) {
            one(context, stage, index, report);
        }
    }
}

fn one<'d>(context: &Context<'_, 'd>, stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let gate = stage_label(stage);
    let finding = |place: Value<'d>, what: &str, effect: &str| {
        Finding::at(
            place,
            format!("{gate} is a gate, and {what}: {effect}"),
            format!("take {what} out of the gate stage"),
        )
        .detector(what.to_owned())
        .stage(index)
    };
    let flags = [
        ("continuePipeline", "a red gate lets the release go on"),
        ("markSuccessfulOnTimeout", "a gate that takes too long counts as green"),
        ("manualSkip", "the gate is skipped, and what follows runs"),
    ];
    for (key, effect) in flags {
        let Some(place) = stage.setting(key) else { continue };
        match place.flag() {
            Flag::On => report.finding(finding(place, key, effect)),
            Flag::Expression => {
                report.unsettled(context, finding(place, key, "it is an expression that may switch the gate off"))
            }
            Flag::Off | Flag::Other => {}
        }
    }
    if let Some(place) = stage.setting("failPipeline").filter(|value| value.flag() == Flag::Off && !value.is_blank()) {
        report.finding(
            finding(place, "failPipeline", "a red gate stops its branch, and the execution may still end well")
                .severity(Severity::Low)
                .only_warns(),
        );
    }
    if let Some(place) = stage.setting("stageEnabled").filter(|value| is_conditional(*value)) {
        report.finding(finding(
            place,
            "stageEnabled",
            "the gate is skipped where the expression is false or cannot be evaluated",
        ));
    }
    for place in [stage.setting("startTimeExpiry"), stage.value.get("startTimeExpiry")].into_iter().flatten().take(1) {
        if !place.is_blank() {
            report.finding(finding(place, "startTimeExpiry", "a gate that starts late is skipped"));
        }
    }
    let waits = [stage.setting("waitForCompletion"), stage.settings.at(&["dynamicParameters", "waitForCompletion"])];
    for place in waits.into_iter().flatten() {
        // `RunJobStage.taskGraph`: anything whose string form is not `false` waits.
        if place.text().is_some_and(|text| text.eq_ignore_ascii_case("false")) {
            report.finding(finding(place, "waitForCompletion", "the release does not wait for the gate's answer"));
        }
    }
    if let Some(place) = stage.settings.at(&["manifest", "spec", "suspend"]).filter(|value| value.flag() == Flag::On) {
        report.finding(finding(place, "suspend", "the gate's Job never runs"));
    }
    let completions = stage.settings.at(&["manifest", "spec", "completions"]);
    if let Some(place) = completions.filter(|value| value.as_f64().is_some_and(|number| number <= 0.0)) {
        report.finding(finding(place, "completions", "the gate's Job has succeeded before it runs"));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn gate(key: &str, value: Json) -> Json {
        let mut document = json!({"stages": [{"refId": "1", "type": "runJobManifest", "alias": "runJob", "name": "Gate",
            "manifest": {"kind": "Job", "spec": {"template": {"spec": {"containers": [{"name": "plimsoll", "image": "acme/plimsoll:1"}]}}}}}]});
        document["stages"][0][key] = value;
        document
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("every way to switch a gate off fires");
        for (key, value) in [
            ("continuePipeline", json!(true)),
            ("continuePipeline", json!("True")),
            ("markSuccessfulOnTimeout", json!(true)),
            ("manualSkip", json!(true)),
            ("stageEnabled", json!({"type": "expression", "expression": "parameters.gate == 'on'"})),
            ("waitForCompletion", json!(false)),
            ("waitForCompletion", json!("false")),
            ("startTimeExpiry", json!(1_790_000_000)),
        ] {
            cases.fires(gate(key, value), &[&format!("/stages/0/{key}")]);
        }
        cases.fires(
            gate("dynamicParameters", json!({"waitForCompletion": "false"})),
            &["/stages/0/dynamicParameters/waitForCompletion"],
        );
        let mut job = gate("account", json!("gates"));
        job["stages"][0]["manifest"]["spec"]["suspend"] = json!(true);
        cases.fires(job.clone(), &["/stages/0/manifest/spec/suspend"]);
        job["stages"][0]["manifest"]["spec"]["suspend"] = json!(false);
        job["stages"][0]["manifest"]["spec"]["completions"] = json!(0);
        cases.fires(job, &["/stages/0/manifest/spec/completions"]);

        cases.about("harmless settings stay quiet and half measures warn");
        for (key, value) in [
            ("continuePipeline", json!(false)),
            ("continuePipeline", json!("false")),
            ("failPipeline", json!(true)),
            ("failPipeline", json!(null)),
            ("stageEnabled", json!({"type": "expression", "expression": " "})),
            ("stageEnabled", json!({})),
            ("waitForCompletion", json!("yes")),
            ("dynamicParameters", json!({})),
        ] {
            cases.quiet(gate(key, value));
        }
        cases.quiet(json!({"stages": [{"refId": "1", "type": "wait", "continuePipeline": true}]}));
        cases.warns(gate("failPipeline", json!(false)), &["/stages/0/failPipeline"]);
        cases.warns(gate("continuePipeline", json!("${parameters.c}")), &["/stages/0/continuePipeline"]);
        cases.inconclusive(json!({"status": "RUNNING", "stages": [{"refId": "1", "type": "plimsollGate",
            "context": {"alias": "preconfiguredJob", "continuePipeline": "${parameters.c}"}}]}));
        cases
    }
}
