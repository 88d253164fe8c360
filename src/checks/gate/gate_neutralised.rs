//! `gate-neutralised`.

use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::gates;
use crate::document::value::{Flag, Value};
use crate::spinnaker::stage::{Stage, is_conditional};

declare_check! {
    /// # What it checks
    /// No setting of a gate stage lets the release continue regardless of the gate's result: `continuePipeline` (also as text),
    /// `markSuccessfulOnTimeout`, `manualSkip`, `stageEnabled` with an expression, `startTimeExpiry`, `waitForCompletion: false`
    /// (also through `dynamicParameters`), and a Job that never runs or cannot fail (`suspend: true`, `completions: 0`).
    /// `failPipeline: false` alone halts the branch, so the gate still works: it is a warning, because the execution may succeed.
    ///
    /// # Why it matters
    /// Orca treats a failed stage with `continuePipeline` as passed upstream (`orca-kotlin/…/ext/Stage.kt`), and a skipped one too.
    /// In Deck, a gate that cannot stop anything looks the same as one that can.
    ///
    /// # Remedy
    /// Remove the setting. To let a release through in an emergency, change the policy, where the change is recorded.
    id: "gate-neutralised",
    summary: "a gate stage is configured so that it cannot stop the release",
    family: Family::Gate,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [],
    detectors: [
        "continue-pipeline", "mark-successful-on-timeout", "manual-skip", "fail-pipeline", "stage-enabled", "start-time-expiry",
        "wait-for-completion", "job-suspended", "no-completions"
    ],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm5, Control::Part11Validation],
    since: "0.1.0",
}

/// Flags that neutralise a gate: setting, detector, effect.
const FLAGS: [(&str, &str, &str); 3] = [
    ("continuePipeline", "continue-pipeline", "lets the release continue after the gate fails"),
    ("markSuccessfulOnTimeout", "mark-successful-on-timeout", "counts a gate that times out as passed"),
    ("manualSkip", "manual-skip", "skips the gate"),
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some((_, gates)) = gates::stages(context, report) else { return };
    for (index, stage) in gates {
        let gate = Gate { stage, index };
        flags(&gate, context, report);
        conditions(&gate, report);
        waits(&gate, report);
        job(&gate, report);
    }
}

/// A gate stage.
struct Gate<'a, 'd> {
    stage: &'a Stage<'d>,
    index: usize,
}

impl<'d> Gate<'_, 'd> {
    /// A finding at the setting `key`, whose `effect` ends the message.
    fn finding(&self, place: Value<'d>, key: &str, detector: &'static str, effect: &str) -> Finding<'d> {
        let message = format!("`{key}` on gate {} {effect}", stage_label(self.stage));
        Finding::at(place, message, format!("remove `{key}` from the gate stage")).detector(detector).stage(self.index)
    }
}

fn flags<'d>(gate: &Gate<'_, 'd>, context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for (key, detector, effect) in FLAGS {
        let Some(place) = gate.stage.setting(key) else { continue };
        match place.flag() {
            Flag::On => report.finding(gate.finding(place, key, detector, effect)),
            Flag::Expression => {
                let finding = gate.finding(place, key, detector, "is an expression that may disable the gate");
                report.unsettled(context, finding);
            }
            Flag::Off | Flag::Other => {}
        }
    }
    let fails = gate.stage.setting("failPipeline").filter(|value| value.flag() == Flag::Off && !value.is_blank());
    if let Some(place) = fails {
        let effect = "stops only the branch of a failed gate, so the execution may succeed";
        let finding = gate.finding(place, "failPipeline", "fail-pipeline", effect);
        report.finding(finding.severity(Severity::Low).only_warns());
    }
}

/// Settings under which Orca skips the stage.
fn conditions<'d>(gate: &Gate<'_, 'd>, report: &mut Report<'d>) {
    if let Some(place) = gate.stage.setting("stageEnabled").filter(|value| is_conditional(*value)) {
        let effect = "skips the gate when its expression is false or cannot be evaluated";
        report.finding(gate.finding(place, "stageEnabled", "stage-enabled", effect));
    }
    let expiry = gate.stage.setting("startTimeExpiry").or_else(|| gate.stage.value.get("startTimeExpiry"));
    if let Some(place) = expiry.filter(|expiry| !expiry.is_blank()) {
        let effect = "skips a gate that starts late";
        report.finding(gate.finding(place, "startTimeExpiry", "start-time-expiry", effect));
    }
}

/// `RunJobStage.taskGraph`: anything whose string form is not `false` waits.
fn waits<'d>(gate: &Gate<'_, 'd>, report: &mut Report<'d>) {
    let settings = gate.stage.settings;
    let waits = [settings.get("waitForCompletion"), settings.at(&["dynamicParameters", "waitForCompletion"])];
    for place in waits.into_iter().flatten() {
        if place.text().is_some_and(|text| text.eq_ignore_ascii_case("false")) {
            let effect = "lets the release continue without the gate's result";
            report.finding(gate.finding(place, "waitForCompletion", "wait-for-completion", effect));
        }
    }
}

/// Settings of the gate's Job under which it never runs, or succeeds without running.
fn job<'d>(gate: &Gate<'_, 'd>, report: &mut Report<'d>) {
    let setting = |key: &str| gate.stage.settings.at(&["manifest", "spec", key]);
    if let Some(place) = setting("suspend").filter(|value| value.flag() == Flag::On) {
        report.finding(gate.finding(place, "suspend", "job-suspended", "keeps the gate's Job from running"));
    }
    let completions = setting("completions").filter(|value| value.as_f64().is_some_and(|number| number <= 0.0));
    if let Some(place) = completions {
        let effect = "lets the gate's Job succeed without running";
        report.finding(gate.finding(place, "completions", "no-completions", effect));
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
