//! `missing-execution-window`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::analysis::production::Environment;
use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::document::value::{Flag, Value};

use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::ChangeKind;

declare_check! {
    /// # What it checks
    /// A production rollout goes out at times when people are there: its stage, or one that it waits for, restricts execution to a window, the
    /// restriction is switched on, and the window leaves something out. A window that covers all time is none, and one that is written down and
    /// not switched on restricts nothing.
    ///
    /// # Why it matters
    /// What goes out on a Friday night is mended on a Friday night. The hours are read in the time zone of Orca
    /// (`tasks.execution-window.timezone`, by default Los Angeles), not in the pipeline's.
    ///
    /// # Remedy
    /// Switch on "Restrict execution to specific time windows" on the rollout stage, with days and hours in Orca's time zone.
    id: "missing-execution-window",
    summary: "a production rollout may go out at any time",
    family: Family::Rollout,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::NistCm3, Control::SoxChangeManagement],
    since: "0.1.0",
    options: Options,
}

/// Options of `missing-execution-window`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Options {
    /// The time zone of Orca (`default.timezone` in its configuration), for the remedy.
    time_zone: String,
}

impl Default for Options {
    /// Orca's own default (`orca-echo/…/RestrictExecutionDuringTimeWindow.java`).
    fn default() -> Self {
        Self { time_zone: "America/Los_Angeles".into() }
    }
}

fn run<'d>(context: &Context<'_, 'd>, options: &Options, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    let restricted: Vec<usize> = pipeline
        .authored()
        .filter(|(_, stage)| matches!(window(stage), Window::Sane))
        .map(|(index, _)| index)
        .collect();
    let behind = pipeline.graph.descendants(&restricted);
    let zone = sanitize(&options.time_zone, 60);
    let remedy = format!("restrict its execution to days and hours, in Orca's time zone ({zone})");
    let mut told = vec![false; pipeline.stages.len()];
    for change in
        context.production().rollouts().filter(|change| matches!(change.kind, ChangeKind::Deploy | ChangeKind::Traffic))
    {
        let Some(stage) = pipeline.stages.get(change.stage) else { continue };
        let is_restricted = restricted.contains(&change.stage) || behind.get(change.stage).copied().unwrap_or(false);
        if is_restricted || told.get_mut(change.stage).is_none_or(|told| std::mem::replace(told, true)) {
            continue;
        }
        let (place, what) = match window(stage) {
            Window::Expression(place) => (place, "has an execution window that an expression switches on"),
            Window::Off(place) => (place, "has an execution window that is not switched on"),
            Window::Everything(place) => (place, "has an execution window that covers all time"),
            Window::Empty(place) => {
                (place, "has an execution window without days and hours, with which Orca ends the stage")
            }
            Window::None | Window::Sane => (stage.value, "has no execution window"),
        };
        let finding =
            Finding::at(place, format!("{} rolls out to production and {what}", stage_label(stage)), remedy.clone())
                .stage(change.stage);
        if matches!(change.environment, Environment::Production(_)) && !matches!(window(stage), Window::Expression(_)) {
            report.finding(finding);
        } else {
            report.unsettled(context, finding);
        }
    }
}

enum Window<'d> {
    None,
    Off(Value<'d>),
    Expression(Value<'d>),
    Empty(Value<'d>),
    Everything(Value<'d>),
    Sane,
}

fn window<'d>(stage: &Stage<'d>) -> Window<'d> {
    let flag = stage.setting("restrictExecutionDuringTimeWindow");
    let window = stage.setting("restrictedExecutionWindow").filter(|window| window.is_object());
    match (flag.map(Value::flag), flag, window) {
        (Some(Flag::Expression), Some(flag), _) => Window::Expression(flag),
        (Some(Flag::On), Some(flag), None) => Window::Empty(flag),
        (Some(Flag::On), _, Some(window)) => of_window(window),
        (_, _, Some(window)) => Window::Off(window),
        _ => Window::None,
    }
}

/// Days are 1 (Sunday) to 7; no days are all, and no hours the whole day (`orca-core/…/RestrictExecutionDuringTimeWindow.java`).
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
            // A span that ends before it starts goes on past midnight; one without length is a whole day.
            *is_open |= if start < end { start <= at && at <= end } else { at >= start || at <= end };
        }
    }
    // Orca's spans are to the minute: 0:00 to 23:59 is the whole day.
    if every_day && open.iter().filter(|open| **open).count() >= 24 * 60 - 1 {
        Window::Everything(window)
    } else {
        Window::Sane
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
            {"refId": "1", "type": "wait", "restrictExecutionDuringTimeWindow": true, "restrictedExecutionWindow": hours(9, 17)},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "deploy", "account": "prod"}]});
        cases.quiet(before);
        cases.quiet(json!({"stages": [{"refId": "1", "type": "deploy", "account": "staging"}]}));
        cases.warns(with(json!("${x}"), hours(9, 17)), &["/stages/0/restrictExecutionDuringTimeWindow"]);
        cases
    }
}
