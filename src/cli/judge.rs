//! `plimsoll judge`, and `gate --judge`: a manual judgment that is answered with the verdict.
//!
//! Both judge the execution as the gate does. `judge` also runs outside of the execution, where no stage runs it: then it reports as
//! `check` does.

use clap::Args;

use crate::base::exit::Exit;
use crate::cli::gate::{self, GateArgs};
use crate::clients::spinnaker::config::SpinnakerConfig;
use crate::run::answer::{JudgmentReport, JudgmentSettings};
use crate::run::gate::Signature;
use crate::verdict::{Outcome, Verdict};

/// Which manual judgment is answered.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Manual judgment")]
pub struct JudgmentOptions {
    /// Answer this manual judgment of the execution with the verdict: its refId, name or id
    #[arg(long, env = "PLIMSOLL_JUDGE", hide_env_values = true, value_name = "STAGE")]
    pub judge: Option<String>,
    /// Which of the inputs that the judgment offers goes with continue
    #[arg(long, env = "PLIMSOLL_JUDGE_INPUT", hide_env_values = true, value_name = "TEXT")]
    pub judge_input: Option<String>,
}

pub(super) fn run(arguments: &GateArgs) -> Exit {
    gate::run_as(arguments, true)
}

/// What a run has to know of the judgment; nothing where none is named.
///
/// # Errors
/// When it is named in a way that Orca did not evaluate, or nothing could be changed.
pub(super) fn settings(arguments: &GateArgs, source: &SpinnakerConfig) -> Result<Option<JudgmentSettings>, String> {
    let given = |value: &Option<String>| value.clone().filter(|text| !text.trim().is_empty());
    let Some(stage) = given(&arguments.judgment.judge) else { return Ok(None) };
    let input = given(&arguments.judgment.judge_input);
    let mut wrong = gate::unevaluated("--judge", "PLIMSOLL_JUDGE", &stage);
    if let Some(input) = &input {
        wrong = wrong.or_else(|| gate::unevaluated("--judge-input", "PLIMSOLL_JUDGE_INPUT", input));
    }
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    if !source.can_change_stages() {
        return Err("a judgment is answered through Gate or Orca: set --gate-url or --orca-url".to_owned());
    }
    let (outputs, sign) = (arguments.output.output.clone(), arguments.sign.clone());
    let publish = move |verdict: &Verdict, signature: Option<&Signature>| match gate::publish(
        (&outputs, &sign),
        verdict,
        signature,
    )
    .first()
    {
        Some((what, error)) => Err(format!("{what}: {}", error.trim_start_matches("error: "))),
        None => Ok(()),
    };
    Ok(Some(JudgmentSettings { stage, input, publish: Box::new(publish) }))
}

/// Outcome, headline and reason of a run that also had to answer a judgment: never better than the verdict's own.
pub(super) fn combined(
    (verdict, headline, reason): (Outcome, String, String),
    report: &JudgmentReport,
) -> (Outcome, String, String) {
    let sentence = &report.sentence;
    let outcome = verdict.max(report.outcome);
    let help = if report.help.is_empty() { String::new() } else { format!(". {}", report.help) };
    let reason = format!("{reason}\n- {sentence}{help}");
    if outcome == verdict {
        return (outcome, format!("{headline}; {sentence}"), reason);
    }
    let word = outcome.word();
    if outcome == Outcome::Canceled {
        return (outcome, format!("{word}: {sentence}"), format!("Plimsoll: {word}: {sentence}."));
    }
    let headline = format!("{word}: {sentence}; the verdict: {headline}");
    (outcome, headline, format!("Plimsoll: {word}: {sentence}{help}\n{reason}"))
}
