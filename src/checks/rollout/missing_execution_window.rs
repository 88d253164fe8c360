//! `missing-execution-window`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::production::{Environment, once_per_stage};
use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::document::value::{Flag, Value};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::ChangeKind;

declare_check! {
    /// # What it checks
    /// A production rollout runs only at times when people are available: its stage restricts execution to time windows, the restriction
    /// is enabled, and the windows do not cover all time. A window that is defined but not enabled restricts nothing. A window of a stage
    /// before the rollout counts where nothing after it can wait: no canary, judgment, wait or child pipeline.
    ///
    /// # Why it matters
    /// A release that breaks on a Friday night has to be fixed on a Friday night. Orca reads the hours in its own time zone
    /// (`tasks.execution-window.timezone`, by default Los Angeles), not in the pipeline's.
    ///
    /// # Remedy
    /// Enable "Restrict execution to specific time windows" on the rollout stage, with days and hours in Orca's time zone.
    id: "missing-execution-window",
    summary: "a production rollout may run at any time",
    family: Family::Rollout,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: ["no-window", "window-expression", "window-disabled", "window-unrestricted", "window-empty"],
    controls: [Control::PciDss6_5_1, Control::NistCm3, Control::SoxChangeManagement],
    since: "0.1.0",
    options: Options,
}

/// Options of `missing-execution-window`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Options {
    /// Orca's time zone (`tasks.execution-window.timezone` in its configuration), named in the remedy.
    time_zone: String,
}

impl Default for Options {
    /// Orca's own default (`orca-echo/…/RestrictExecutionDuringTimeWindow.java`).
    fn default() -> Self {
        Self { time_zone: "America/Los_Angeles".into() }
    }
}

fn run<'d>(context: &Context<'_, 'd>, options: &Options, report: &mut Report<'d>) {
    if context.is_started {
        return report.not_applicable("the stage that starts the pipeline is judged");
    }
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let restricted: Vec<usize> = pipeline
        .authored()
        .filter(|(_, stage)| matches!(window(stage), Window::Restricted))
        .map(|(index, _)| index)
        .collect();
    let windows = Windows::of(pipeline, &restricted, &context.policy.canary.stage_types);
    let zone = sanitize(&options.time_zone, 60);
    let remedy = format!("restrict its execution to days and hours, in Orca's time zone ({zone})");
    let rollouts = context.production().rollouts().filter(|change| {
        let is_restricted = restricted.contains(&change.stage) || windows.restrict(change.stage);
        matches!(change.kind, ChangeKind::Deploy | ChangeKind::Traffic) && !is_restricted
    });
    for change in once_per_stage(rollouts) {
        let Some(stage) = pipeline.stages.get(change.stage) else { continue };
        let window = window(stage);
        let (place, detector, what) = match window {
            Window::Expression(place) => {
                (place, "window-expression", "whether its execution window is enabled is an expression")
            }
            Window::Disabled(place) => (place, "window-disabled", "its execution window is not enabled"),
            Window::Unrestricted(place) => (place, "window-unrestricted", "its execution window covers all time"),
            Window::Empty(place) => {
                (place, "window-empty", "its execution window has no days and hours, with which Orca fails the stage")
            }
            Window::None | Window::Restricted => (stage.value, "no-window", "it has no execution window"),
        };
        let message = format!("{} rolls out to production, but {what}", stage_label(stage));
        let finding = Finding::at(place, message, remedy.clone()).detector(detector).stage(change.stage);
        let is_settled = matches!(change.environment, Environment::Production(_));
        if is_settled && !matches!(window, Window::Expression(_)) {
            report.finding(finding);
        } else {
            report.unsettled(context, finding);
        }
    }
}

/// Stages with a window, and what can wait after it has opened.
struct Windows<'a, 'd> {
    pipeline: &'a Pipeline<'d>,
    restricted: &'a [usize],
    /// What waits before each of them.
    before: Vec<Vec<bool>>,
    waiting: Vec<usize>,
}

impl<'a, 'd> Windows<'a, 'd> {
    fn of(pipeline: &'a Pipeline<'d>, restricted: &'a [usize], canaries: &[String]) -> Self {
        let before = restricted.iter().map(|stage| pipeline.graph.ancestors(&[*stage])).collect();
        let waiting =
            pipeline.authored().filter(|(_, stage)| can_wait(stage, canaries)).map(|(index, _)| index).collect();
        Self { pipeline, restricted, before, waiting }
    }

    /// Whether a stage before `rollout` has a window, and everything that can wait is over when it opens.
    fn restrict(&self, rollout: usize) -> bool {
        if self.restricted.is_empty() {
            return false;
        }
        let before = self.pipeline.graph.ancestors(&[rollout]);
        let has = |marks: &[bool], stage: usize| marks.get(stage).copied().unwrap_or(false);
        let mut windows = self.restricted.iter().zip(&self.before).filter(|(window, _)| has(&before, **window));
        windows.any(|(_, earlier)| self.waiting.iter().all(|waits| !has(&before, *waits) || has(earlier, *waits)))
    }
}

/// Whether a stage may take until another day.
fn can_wait(stage: &Stage<'_>, canaries: &[String]) -> bool {
    let kind = stage.effective_type();
    matches!(
        kind,
        "kayentaCanary"
            | "manualJudgment"
            | "wait"
            | "waitForCondition"
            | "pipeline"
            | "runMultiplePipelines"
            | "monitorPipeline"
    ) || canaries.iter().any(|known| known == kind)
}

/// How a stage restricts when it runs; with the place that is wrong.
enum Window<'d> {
    None,
    /// It is defined but not enabled.
    Disabled(Value<'d>),
    /// Whether it is enabled is an expression.
    Expression(Value<'d>),
    /// It is enabled without days and hours.
    Empty(Value<'d>),
    /// It covers all time.
    Unrestricted(Value<'d>),
    Restricted,
}

/// The window of a stage.
fn window<'d>(stage: &Stage<'d>) -> Window<'d> {
    let flag = stage.setting("restrictExecutionDuringTimeWindow");
    let window = stage.setting("restrictedExecutionWindow").filter(|window| window.is_object());
    match (flag.map(Value::flag), flag, window) {
        (Some(Flag::Expression), Some(flag), _) => Window::Expression(flag),
        (Some(Flag::On), Some(flag), None) => Window::Empty(flag),
        (Some(Flag::On), _, Some(window)) => of_window(window),
        (_, _, Some(window)) => Window::Disabled(window),
        _ => Window::None,
    }
}

/// Days are 1 (Sunday) to 7. Without days every day is open, without hours the whole day (`orca-core/…/RestrictExecutionDuringTimeWindow.java`).
fn of_window(window: Value<'_>) -> Window<'_> {
    let days: std::collections::HashSet<u8> = window
        .list("days")
        .filter_map(Value::as_f64)
        .filter_map(|day| (1..=7).find(|known| (f64::from(*known) - day).abs() < 0.1))
        .collect();
    let hours: Vec<Value<'_>> = window.list("whitelist").collect();
    if days.is_empty() && hours.is_empty() {
        return Window::Empty(window);
    }
    let every_day = days.is_empty() || days.len() == 7;
    // Minutes of a day that are open.
    let mut open = vec![hours.is_empty(); 24 * 60];
    for span in hours {
        let minute = |hour: &str, minute: &str| {
            let number = |key: &str| span.get(key).and_then(Value::as_f64).unwrap_or(0.0).clamp(0.0, 1440.0);
            (number(hour) * 60.0 + number(minute)).clamp(0.0, 1440.0)
        };
        let (start, end) = (minute("startHour", "startMin"), minute("endHour", "endMin"));
        for (at, is_open) in (0_u32..).zip(open.iter_mut()) {
            let at = f64::from(at);
            // A span that ends before it starts continues past midnight; an empty one is the whole day.
            *is_open |= if start < end { start <= at && at <= end } else { at >= start || at <= end };
        }
    }
    // Orca's spans are to the minute: 0:00 to 23:59 is the whole day.
    if every_day && open.iter().filter(|open| **open).count() >= 24 * 60 - 1 {
        Window::Unrestricted(window)
    } else {
        Window::Restricted
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn with(flag: Json, window: Json) -> Json {
        json!({"stages": [{"refId": "1", "type": "deploy", "account": "prod", "restrictExecutionDuringTimeWindow": flag, "restrictedExecutionWindow": window}]})
    }

    fn hours(start: u32, end: u32) -> Json {
        json!({"days": [], "whitelist": [{"startHour": start, "startMin": 0, "endHour": end, "endMin": 0}]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what restricts nothing fires");
        cases.fires(json!({"stages": [{"refId": "1", "type": "deploy", "account": "prod"}]}), &["/stages/0"]);
        cases.fires(with(json!(false), hours(9, 17)), &["/stages/0/restrictedExecutionWindow"]);
        cases.fires(with(json!(true), json!(null)), &["/stages/0/restrictExecutionDuringTimeWindow"]);
        cases.fires(with(json!(true), json!({"days": [], "whitelist": []})), &["/stages/0/restrictedExecutionWindow"]);
        cases.fires(with(json!(true), hours(0, 24)), &["/stages/0/restrictedExecutionWindow"]);
        cases.fires(with(json!(true), hours(0, 0)), &["/stages/0/restrictedExecutionWindow"]);
        cases
            .fires(with(json!(true), json!({"days": [1, 2, 3, 4, 5, 6, 7]})), &["/stages/0/restrictedExecutionWindow"]);
        let halves = json!({"whitelist": [{"startHour": 0, "endHour": 12}, {"startHour": 12, "endHour": 24}]});
        cases.fires(with(json!(true), halves), &["/stages/0/restrictedExecutionWindow"]);

        cases.about("a window that leaves something out stays quiet");
        cases.quiet(with(json!(true), hours(9, 17)));
        cases.quiet(with(json!("true"), hours(22, 5)));
        cases.quiet(with(json!(true), json!({"days": [2, 3, 4, 5], "whitelist": []})));
        let before = json!({"stages": [
            {"refId": "1", "type": "checkPreconditions", "restrictExecutionDuringTimeWindow": true, "restrictedExecutionWindow": hours(9, 17)},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "deploy", "account": "prod"}]});
        cases.quiet(before.clone());
        for kind in ["manualJudgment", "wait", "kayentaCanary", "pipeline"] {
            let mut between = before.clone();
            between["stages"][1] = json!({"refId": "2", "requisiteStageRefIds": ["1"], "type": kind, "pipeline": "x"});
            between["stages"]
                .as_array_mut()
                .unwrap()
                .push(json!({"refId": "3", "requisiteStageRefIds": ["2"], "type": "deploy", "account": "prod"}));
            cases.fires(between, &["/stages/2"]);
        }
        let mut beside = before;
        beside["stages"][1]["requisiteStageRefIds"] = json!(["1", "3"]);
        beside["stages"].as_array_mut().unwrap().push(json!({"refId": "3", "type": "manualJudgment"}));
        cases.fires(beside.clone(), &["/stages/1"]);
        beside["stages"][0]["requisiteStageRefIds"] = json!(["3"]);
        cases.quiet(beside);
        cases.quiet(json!({"stages": [{"refId": "1", "type": "deploy", "account": "staging"}]}));
        cases.warns(with(json!("${x}"), hours(9, 17)), &["/stages/0/restrictExecutionDuringTimeWindow"]);
        cases
    }
}
