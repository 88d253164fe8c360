//! From a verdict to the answer of a manual judgment: `gate --judge` and `judge`.
//!
//! ```text
//! passed       ─► continue             what the policy only observes ─► continue, unless it is inconclusive
//! failed       ─► stop, with the reason
//! inconclusive ─► nothing: it waits for a person; or stop, where the policy says so
//! ```
//!
//! What the run reports is never better than the verdict: nobody's answer makes a failed release pass.

use std::time::Duration;

use crate::base::deadline::Deadline;
use crate::base::sanitize::{quoted, sanitize};
use crate::clients::spinnaker::Spinnaker;
use crate::orca::judgment::{self, Answered, Request};
use crate::orca::poll::Poll;
use crate::orca::termination_log;
use crate::policy::gate::{InconclusiveJudgment, JudgmentPolicy};
use crate::run::gate::Signature;
use crate::spinnaker::judgment::{Answer, Given, Judgment};
use crate::spinnaker::own_stage::OwnStage;
use crate::verdict::{Outcome, Verdict};

/// The longest reason that is written into a judgment.
const LONGEST_INPUT: usize = 600;

/// What is done with a verdict before its judgment is answered.
pub type Publish = Box<dyn Fn(&Verdict, Option<&Signature>) -> Result<(), String> + Send + Sync>;

/// The judgment that a run answers.
pub struct JudgmentSettings {
    /// Its id, reference id or name.
    pub stage: String,
    /// Which of the stage's inputs goes with `continue`.
    pub input: Option<String>,
    /// Writes the outputs that are asked for. A verdict that cannot be written or signed does not continue.
    pub publish: Publish,
}

/// What became of the judgment.
pub struct JudgmentReport {
    /// The best that the run may report.
    pub outcome: Outcome,
    /// One sentence without a full stop.
    pub sentence: String,
    /// What to do; empty when there is nothing to do.
    pub help: String,
}

/// A judgment that has not been answered, and the run that has to.
pub(super) struct Task<'a> {
    pub(super) settings: &'a JudgmentSettings,
    pub(super) policy: &'a JudgmentPolicy,
    pub(super) own: &'a OwnStage,
    pub(super) settle: Duration,
    pub(super) deadline: Deadline,
    /// The judgment as it was before the execution was judged; nothing where the execution is not the gate's own.
    pub(super) judgment: Option<Judgment>,
}

/// What is wrong with a judgment that is to be answered.
pub(super) fn accept(settings: &JudgmentSettings, policy: &JudgmentPolicy, judgment: &Judgment) -> Result<(), String> {
    let name = quoted(&judgment.name, 60);
    if !policy.stages.iter().any(|pattern| crate::base::glob::matches(pattern, &judgment.name)) {
        return Err(format!("the policy does not allow a gate to answer judgment {name} (gate.judgments.stages)"));
    }
    let is_offered = |input: &String| judgment.inputs.is_empty() || judgment.inputs.contains(input);
    match &settings.input {
        Some(input) if !is_offered(input) => {
            Err(format!("judgment {name} does not offer the input {} (--judge-input)", quoted(input, 60)))
        }
        None if judgment.inputs.len() > 1 => Err(format!(
            "judgment {name} offers {} inputs: say with --judge-input which one goes with continue",
            judgment.inputs.len()
        )),
        _ if judgment.id.is_empty() => Err(format!("judgment {name} has no id, so it cannot be answered")),
        _ => Ok(()),
    }
}

/// What `verdict` answers.
fn answer_of(verdict: &Verdict, policy: &JudgmentPolicy) -> Option<Answer> {
    match verdict.outcome {
        Outcome::Failed if verdict.enforced => Some(Answer::Stop),
        Outcome::Passed | Outcome::Failed => Some(Answer::Continue),
        Outcome::Inconclusive if verdict.enforced && policy.inconclusive == InconclusiveJudgment::Stop => {
            Some(Answer::Stop)
        }
        Outcome::Inconclusive | Outcome::Canceled => None,
    }
}

/// The input that goes with the answer: the stage's own with `continue`, since later stages may compare it, and the reason otherwise.
fn input_of(task: &Task<'_>, judgment: &Judgment, answer: Answer, verdict: &Verdict) -> String {
    let chosen = task.settings.input.as_ref().or(judgment.inputs.first());
    if let (Answer::Continue, Some(chosen)) = (answer, chosen) {
        return chosen.clone();
    }
    // The Job's name tells this run's answer from any other.
    let run = if task.own.job.is_empty() { verdict.started_at.to_string() } else { sanitize(&task.own.job, 80) };
    sanitize(&format!("Plimsoll: {} [{run}]", sanitize(&termination_log::summary(verdict), LONGEST_INPUT)), 800)
}

/// Answers the judgment with `verdict`, and says what became of it.
pub(super) async fn give(
    task: Task<'_>,
    (verdict, signature): (&Verdict, Option<&Signature>),
    poll: &mut Poll<'_>,
    spinnaker: &Spinnaker,
) -> JudgmentReport {
    let Some(judgment) = &task.judgment else {
        let name = quoted(&task.settings.stage, 60);
        let sentence = format!("judgment {name} was not answered: the gate does not run in this execution");
        return JudgmentReport { outcome: Outcome::Inconclusive, sentence, help: String::new() };
    };
    let name = format!("judgment {}", quoted(&judgment.name, 60));
    let not = |sentence: String, help: &str| JudgmentReport {
        outcome: Outcome::Inconclusive,
        sentence: sanitize(&format!("{name} {sentence}"), 500),
        help: sanitize(help, 400),
    };
    let Some(answer) = answer_of(verdict, task.policy) else {
        return not("was left waiting for a person".to_owned(), "answer it in Deck");
    };
    if let (Err(why), Answer::Continue) = ((task.settings.publish)(verdict, signature), answer) {
        return not(format!("was not answered: {why}"), "");
    }
    let request = Request {
        own: task.own,
        wanted: &task.settings.stage,
        answer,
        input: &input_of(&task, judgment, answer, verdict),
        run: &judgment.run,
        again: (task.settle / 10).clamp(Duration::from_millis(100), Duration::from_secs(3)),
        deadline: task.deadline,
    };
    match judgment::answer(poll, spinnaker, &request).await {
        Answered::Taken(given) => JudgmentReport {
            outcome: Outcome::Passed,
            sentence: format!("{name} was answered: {}", given.answer.word()),
            help: String::new(),
        },
        Answered::Before(given) => before(&name, &given),
        Answered::Not { reason, help } => not(format!("was not answered: {reason}"), &help),
        Answered::Canceled(how) => JudgmentReport { outcome: Outcome::Canceled, sentence: how, help: String::new() },
    }
}

/// What the answer of somebody else means: it is kept.
fn before(name: &str, given: &Given) -> JudgmentReport {
    let word = given.answer.word();
    match (&given.by, given.answer) {
        (Some(by), answer) => JudgmentReport {
            outcome: if answer == Answer::Stop { Outcome::Failed } else { Outcome::Passed },
            sentence: format!("{name} was already answered by {}: {word}", quoted(by, 80)),
            help: String::new(),
        },
        (None, _) => JudgmentReport {
            outcome: Outcome::Inconclusive,
            sentence: format!("{name} has an answer that nobody gave: {word}"),
            help: "remove judgmentStatus from the stage in the pipeline".to_owned(),
        },
    }
}

/// What is reported where somebody stopped the execution before it was judged.
pub(super) fn stopped(settings: &JudgmentSettings, given: &Given) -> JudgmentReport {
    before(&format!("judgment {}", quoted(&settings.stage, 60)), given)
}
