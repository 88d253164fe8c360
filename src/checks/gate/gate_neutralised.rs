//! `gate-neutralised`.

use crate::analysis::production::Environment;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::gates;
use crate::document::value::{Flag, Value};
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::holding::{Loose, Way, ended_without_judging, loose, open_key};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// No setting of a gate stage lets the release continue regardless of the gate's result: `continuePipeline` (also as text),
    /// `markSuccessfulOnTimeout`, `manualSkip`, `stageEnabled` with an expression, `startTimeExpiry`, `waitForCompletion: false`
    /// (also through `dynamicParameters`), and a Job that never runs or cannot fail (`suspend: true`, `completions: 0`). In an
    /// execution, a gate that was skipped, or that failed and was let go on, judged nothing. Where every change also waits for a gate
    /// that can stop it, another one that cannot is only a warning. `failPipeline: false` alone halts the branch, so the gate still works: it is a warning, because the execution may succeed.
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
        "wait-for-completion", "job-suspended", "no-completions", "skipped", "went-on"
    ],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm5, Control::Part11Validation],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some((pipeline, gates)) = gates::stages(context, report) else { return };
    let gates: Vec<(usize, Stage<'d>)> = gates.into_iter().map(|(index, stage)| (index, stage.certain())).collect();
    let found: Vec<(Gate<'_, 'd>, Vec<Problem<'d>>)> = gates
        .iter()
        .map(|(index, stage)| Gate { pipeline, stage, index: *index })
        .map(|gate| (gate, problems(&gate)))
        .collect();
    let firm: Vec<usize> =
        found.iter().filter(|(_, problems)| problems.is_empty()).map(|(gate, _)| gate.index).collect();
    let own = context.own_stage.and_then(|own| pipeline.stage(&own.stage)).map(|(index, _)| index);
    let is_redundant = is_covered(context, &pipeline.graph.descendants(&firm));
    for (gate, problems) in found {
        for Problem { finding, is_open } in problems {
            // Where another gate holds every change back, one that cannot is only a warning.
            if is_redundant && own != Some(gate.index) {
                report.finding(finding.only_warns());
            } else if is_open {
                report.unsettled(context, finding);
            } else {
                report.finding(finding);
            }
        }
        halts_branch_only(&gate, report);
        if open_key(gate.stage).is_some() {
            let label = stage_label(gate.stage);
            // `gate-overridden` reports the place.
            report.unsettled_elsewhere(
                context,
                format!("gate {label} has a key that is an expression, which may be any setting"),
            );
        }
    }
}

/// Whether every change that needs a gate, and at least one, is among the stages of `behind`.
fn is_covered(context: &Context<'_, '_>, behind: &[bool]) -> bool {
    let needing = || context.production().changes.iter().filter(|change| change.environment != Environment::Elsewhere);
    needing().next().is_some() && needing().all(|change| behind.get(change.stage).copied().unwrap_or(false))
}

/// A gate stage.
#[derive(Clone, Copy)]
struct Gate<'a, 'd> {
    pipeline: &'a Pipeline<'d>,
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

/// Something under which a gate stops nothing.
struct Problem<'d> {
    finding: Finding<'d>,
    /// Only the running execution settles whether it does.
    is_open: bool,
}

fn problems<'d>(gate: &Gate<'_, 'd>) -> Vec<Problem<'d>> {
    let certain = |finding| Problem { finding, is_open: false };
    let mut found: Vec<Problem<'d>> =
        loose(gate.pipeline, gate.index).into_iter().map(|loose| of_way(gate, &loose)).collect();
    found.extend(waits(gate));
    found.extend(job(gate).into_iter().map(certain));
    found.extend(judged_nothing(gate).map(certain));
    found
}

fn of_way<'d>(gate: &Gate<'_, 'd>, loose: &Loose<'d>) -> Problem<'d> {
    let effect = match loose.way {
        _ if loose.is_open => "is an expression that may disable the gate",
        Way::Continue => "lets the release continue after the gate fails",
        Way::Timeout => "counts a gate that times out as passed",
        Way::ManualSkip => "skips the gate",
        Way::Condition => "skips the gate when its expression is false or cannot be evaluated",
        Way::Expiry => "skips a gate that starts late",
    };
    let finding = gate.finding(loose.place, loose.way.setting(), loose.way.detector(), effect);
    Problem { finding, is_open: loose.is_open }
}

/// A gate that was skipped, or that failed and was let go on, judged nothing.
fn judged_nothing<'d>(gate: &Gate<'_, 'd>) -> Option<Finding<'d>> {
    let status = ended_without_judging(gate.stage)?;
    let (how, detector) = if status.is_str("SKIPPED") {
        ("was skipped", "skipped")
    } else {
        ("failed, and the release went on", "went-on")
    };
    let message = format!("gate {} {how}: it judged nothing", stage_label(gate.stage));
    let remedy = "start the release again, so that the gate judges it";
    Some(Finding::at(status, message, remedy).detector(detector).stage(gate.index))
}

fn halts_branch_only<'d>(gate: &Gate<'_, 'd>, report: &mut Report<'d>) {
    let fails = gate.stage.setting("failPipeline").filter(|value| value.flag() == Flag::Off && !value.is_blank());
    if let Some(place) = fails {
        let effect = "stops only the branch of a failed gate, so the execution may succeed";
        let finding = gate.finding(place, "failPipeline", "fail-pipeline", effect);
        report.finding(finding.severity(Severity::Low).only_warns());
    }
}

/// `RunJobStage.taskGraph`: anything whose string form is not `false` waits.
fn waits<'d>(gate: &Gate<'_, 'd>) -> Vec<Problem<'d>> {
    let settings = gate.stage.settings;
    let waits = [settings.get("waitForCompletion"), settings.at(&["dynamicParameters", "waitForCompletion"])];
    let problem = |place: Value<'d>| {
        let text = place.text()?;
        let is_open = is_expression(&text);
        let effect = if is_open {
            "is an expression that may disable the gate"
        } else {
            "lets the release continue without the gate's result"
        };
        let finding = gate.finding(place, "waitForCompletion", "wait-for-completion", effect);
        (is_open || text.eq_ignore_ascii_case("false")).then_some(Problem { finding, is_open })
    };
    waits.into_iter().flatten().filter_map(problem).collect()
}

/// Settings of the gate's Job under which it never runs, or succeeds without running.
fn job<'d>(gate: &Gate<'_, 'd>) -> Vec<Finding<'d>> {
    let setting = |key: &str| gate.stage.settings.at(&["manifest", "spec", key]);
    let suspended = setting("suspend").filter(|value| value.flag() == Flag::On);
    let suspended =
        suspended.map(|place| gate.finding(place, "suspend", "job-suspended", "keeps the gate's Job from running"));
    let completions = setting("completions").filter(|value| value.as_f64().is_some_and(|number| number <= 0.0));
    let effect = "lets the gate's Job succeed without running";
    let completions = completions.map(|place| gate.finding(place, "completions", "no-completions", effect));
    suspended.into_iter().chain(completions).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::{Case, Cases, built_in};
    use crate::policy::Profile;

    fn gate(key: &str, value: Json) -> Case {
        let mut policy = built_in(Profile::Strict);
        policy.gate.images = vec!["acme/plimsoll".into()];
        Case { policy, ..document(key, value).into() }
    }

    fn document(key: &str, value: Json) -> Json {
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
            ("stageEnabled", json!({"type": "EXPRESSION", "expression": "false"})),
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
        let mut job = document("account", json!("gates"));
        job["stages"][0]["manifest"]["spec"]["suspend"] = json!(true);
        cases.fires(Case { document: job.clone(), ..gate("x", json!(1)) }, &["/stages/0/manifest/spec/suspend"]);
        job["stages"][0]["manifest"]["spec"]["suspend"] = json!(false);
        job["stages"][0]["manifest"]["spec"]["completions"] = json!(0);
        cases.fires(Case { document: job, ..gate("x", json!(1)) }, &["/stages/0/manifest/spec/completions"]);

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
        cases.inconclusive(json!({"status": "RUNNING", "stages": [{"refId": "1", "type": "plimsollGate",
            "context": {"alias": "preconfiguredJob", "${'continue' + x}": true}}]}));

        cases.about("a gate that was passed by judged nothing");
        let two = |status: &str, after: &str| {
            json!({"status": "RUNNING", "stages": [
                {"refId": "1", "type": "plimsollGate", "name": "A", "status": status, "context": {"alias": "preconfiguredJob"}},
                {"refId": "2", "type": "plimsollGate", "name": "B", "status": "RUNNING", "context": {"alias": "preconfiguredJob"}},
                {"refId": "3", "requisiteStageRefIds": [after], "type": "deploy", "name": "d", "context": {"account": "prod"}}]})
        };
        cases.fires(two("SKIPPED", "1"), &["/stages/0/status"]);
        cases.fires(two("FAILED_CONTINUE", "1"), &["/stages/0/status"]);
        cases.warns(two("SKIPPED", "2"), &["/stages/0/status"]);
        cases.quiet(two("SUCCEEDED", "1"));
        cases
    }
}
