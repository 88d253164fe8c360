//! Answering a manual judgment of the own execution.
//!
//! An answer is a change of the stage's context (`PATCH /pipelines/{id}/stages/{stage}`). Orca answers a change that it did not make
//! with 200 and an empty body (`orca-core/…/pipeline/CompoundExecutionOperator.java`), and it takes an answer back when nobody with one
//! of the required roles gave it. So what counts is what the execution shows afterwards. An answer that was given before is kept: a
//! judgment is read right before it is answered, and never changed once it has an answer.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout_at};

use crate::base::deadline::Deadline;
use crate::base::sanitize::{quoted, sanitize};
use crate::clients::spinnaker::{self, Kind, Spinnaker};
use crate::document::{Document, Syntax};
use crate::orca::identity::{OwnExecutionState, own_execution_state};
use crate::orca::poll::{Poll, Reading};
use crate::spinnaker::input::Input;
use crate::spinnaker::judgment::{Answer, Given, Judgment, NotFound, State};
use crate::spinnaker::own_stage::OwnStage;

/// How often the answer is sent when Orca does not take it.
const MOST_TRIES: u32 = 3;

/// The time limit of one change.
const ONE_CHANGE: Duration = Duration::from_secs(20);

/// How a judgment stands before the execution is judged.
pub enum Ready {
    /// It waits for an answer, or has one.
    Started(Judgment),
    /// The execution was cancelled or has ended: how.
    Canceled(String),
    /// Somebody has stopped the execution with it.
    Stopped(Given),
    /// There is no such judgment, or it cannot be answered: a wrong configuration.
    Wrong(String),
    /// It has not started in time.
    NotYet,
}

/// Waits until the judgment `wanted` has started. `accept` says what is wrong with it as it is; `first` is what was read before.
pub async fn until_open(
    poll: &mut Poll<'_>,
    (own, wanted): (&OwnStage, &str),
    first: &Document,
    deadline: Deadline,
    accept: impl Fn(&Judgment) -> Result<(), String>,
) -> Ready {
    if let Some(ready) = look(first, own, wanted, &accept) {
        return ready;
    }
    loop {
        let Ok(reading) = timeout_at(deadline.instant(), poll.next()).await else { return Ready::NotYet };
        let Reading::Execution(document) = reading else { continue };
        if let Some(ready) = look(&document, own, wanted, &accept) {
            return ready;
        }
    }
}

/// What one reading says about the judgment; nothing while it has not started.
fn look(
    document: &Document,
    own: &OwnStage,
    wanted: &str,
    accept: &impl Fn(&Judgment) -> Result<(), String>,
) -> Option<Ready> {
    let ended = match own_execution_state(document, own) {
        // It is judged once more, and the check that reports it says more.
        OwnExecutionState::Foreign => return None,
        OwnExecutionState::Canceled { how, is_own: true } | OwnExecutionState::Ended { how, is_own: true } => Some(how),
        _ => None,
    };
    let input = Input::of(document.root());
    let pipeline = input.pipeline.as_ref()?;
    let (index, judgment) = match Judgment::find(pipeline, wanted) {
        Ok(found) => found,
        Err(why) => return Some(Ready::Wrong(not_found(wanted, why))),
    };
    if let (Some(how), state) = (ended, &judgment.state) {
        return Some(match state {
            State::Answered(given) if given.answer == Answer::Stop => Ready::Stopped(given.clone()),
            _ => Ready::Canceled(how),
        });
    }
    if let Err(why) = accept(&judgment) {
        return Some(Ready::Wrong(why));
    }
    let own_index = pipeline.stage(&own.stage).map(|(index, _)| index).filter(|_| !own.is_outside());
    let waits_for = pipeline.graph.ancestors(&[index]);
    if own_index.is_some_and(|own| waits_for.get(own).copied().unwrap_or_default()) {
        let name = quoted(&judgment.name, 60);
        return Some(Ready::Wrong(format!(
            "judgment {name} waits for the stage that answers it, so that neither would ever end: let them run side by side"
        )));
    }
    match &judgment.state {
        State::NotYet => None,
        State::Closed(status) => Some(Ready::Wrong(format!(
            "judgment {} has ended without an answer: it is {}",
            quoted(&judgment.name, 60),
            sanitize(status, 30)
        ))),
        State::Open | State::Answered(_) => Some(Ready::Started(judgment)),
    }
}

fn not_found(wanted: &str, why: NotFound) -> String {
    let wanted = quoted(wanted, 60);
    match why {
        NotFound::NoStage => format!("the execution has no stage {wanted} to answer (--judge)"),
        NotFound::Several(count) => {
            format!("the execution has {count} stages {wanted}: name the judgment by its refId (--judge)")
        }
        NotFound::OtherKind => format!("stage {wanted} is not a manual judgment (--judge)"),
    }
}

/// Who stopped the execution of `document` with the judgment `wanted`, if somebody did.
pub fn stopped(document: &Document, wanted: &str) -> Option<Given> {
    let input = Input::of(document.root());
    match Judgment::find(input.pipeline.as_ref()?, wanted).ok()?.1.state {
        State::Answered(given) if given.answer == Answer::Stop && given.is_taken => Some(given),
        _ => None,
    }
}

/// What is to be answered.
pub struct Request<'a> {
    pub own: &'a OwnStage,
    /// The judgment: id, reference id or name.
    pub wanted: &'a str,
    pub answer: Answer,
    pub input: &'a str,
    /// The run of the judgment that the verdict is about; another one is after a restart.
    pub run: &'a str,
    /// After this time without an effect the answer is sent again.
    pub again: Duration,
    pub deadline: Deadline,
}

/// What became of it.
#[derive(Debug)]
pub enum Answered {
    /// Orca has ended the stage with our answer.
    Taken(Given),
    /// The stage has the answer of somebody else.
    Before(Given),
    /// The stage was not answered: why, and what to do.
    Not { reason: String, help: String },
    /// The execution was cancelled or has ended: how.
    Canceled(String),
}

/// What was sent.
struct Sent {
    at: Instant,
    /// The stamp of the stage before the first change.
    before: String,
    /// The stamp that the change left.
    own: Option<String>,
}

enum Step {
    Wait,
    Send(Judgment),
    Done(Answered),
}

struct Conversation<'a> {
    request: &'a Request<'a>,
    spinnaker: &'a Spinnaker,
    sent: Option<Sent>,
    tries: u32,
    /// Why there is no answer so far.
    pending: (String, String),
}

/// Answers the judgment and waits until Orca has taken the answer. `poll` reads the own execution.
pub async fn answer(poll: &mut Poll<'_>, spinnaker: &Spinnaker, request: &Request<'_>) -> Answered {
    let pending = ("the execution could not be read".to_owned(), "check that Gate and Orca respond".to_owned());
    let mut talk = Conversation { request, spinnaker, sent: None, tries: 0, pending };
    loop {
        let Ok(reading) = timeout_at(request.deadline.instant(), poll.next()).await else {
            let (reason, help) = talk.pending;
            return Answered::Not { reason: format!("{reason} before the deadline (--deadline)"), help };
        };
        let step = match reading {
            Reading::Execution(document) => talk.step(&document),
            Reading::Failed { reason, help, is_final: true } if talk.sent.is_none() => {
                Step::Done(Answered::Not { reason, help })
            }
            Reading::Missing | Reading::Failed { .. } => Step::Wait,
        };
        match step {
            Step::Wait => {}
            Step::Done(answered) => return answered,
            Step::Send(judgment) => {
                if let Some(refused) = talk.send(&judgment).await {
                    return refused;
                }
                // What was read before the change says nothing about it.
                poll.refresh();
            }
        }
    }
}

fn not(reason: impl Into<String>, help: &str) -> Step {
    Step::Done(Answered::Not { reason: reason.into(), help: help.to_owned() })
}

impl Conversation<'_> {
    /// What one reading asks for.
    fn step(&mut self, document: &Document) -> Step {
        let own = own_execution_state(document, self.request.own);
        if own == OwnExecutionState::Foreign {
            return not(
                "the gate no longer runs in this execution",
                "its stage was restarted or replaced: the Job that runs now answers",
            );
        }
        let input = Input::of(document.root());
        let Some(pipeline) = input.pipeline.as_ref() else { return Step::Wait };
        let Ok((_, judgment)) = Judgment::find(pipeline, self.request.wanted) else {
            return not("the execution does not hold the judgment any more", "run the pipeline again");
        };
        match &judgment.state {
            State::Answered(given) => self.answered(given, &judgment),
            State::Closed(status) => match own {
                OwnExecutionState::Canceled { how, .. } | OwnExecutionState::Ended { how, .. } => {
                    Step::Done(Answered::Canceled(how))
                }
                _ => not(
                    format!("it ended without an answer: it is {}", sanitize(status, 30)),
                    "check its stageEnabled and its timeout",
                ),
            },
            State::NotYet => {
                self.pend("it has not started again", "restart the stage that answers it as well");
                Step::Wait
            }
            State::Open => self.open(judgment, own),
        }
    }

    /// The stage holds an answer. It counts when Orca has ended the stage with it: until then Orca may take it back.
    fn answered(&mut self, given: &Given, judgment: &Judgment) -> Step {
        if !given.is_taken {
            self.pend("Orca has not taken the answer", "resume the execution if it is paused, and check Orca's log");
            return Step::Wait;
        }
        let is_ours = self.sent.as_ref().is_some_and(|sent| sent.before != judgment.stamp)
            && given.answer == self.request.answer
            && given.input == self.request.input;
        Step::Done(if is_ours { Answered::Taken(given.clone()) } else { Answered::Before(given.clone()) })
    }

    /// The stage waits for an answer.
    fn open(&mut self, judgment: Judgment, own: OwnExecutionState) -> Step {
        match own {
            OwnExecutionState::Canceled { how, is_own: true } | OwnExecutionState::Ended { how, is_own: true } => {
                return Step::Done(Answered::Canceled(how));
            }
            OwnExecutionState::NotYet(what) => {
                self.pend(&what, "resume the execution if it is paused");
                return Step::Wait;
            }
            OwnExecutionState::Own => {}
            _ => return Step::Wait,
        }
        if judgment.run != self.request.run {
            return not(
                "it was restarted while the gate judged, so the verdict is about the run before",
                "restart the stage that answers it as well",
            );
        }
        let Some(sent) = &self.sent else { return Step::Send(judgment) };
        let is_changed = sent.before != judgment.stamp;
        let is_taken_back = match &sent.own {
            Some(own) => *own == judgment.stamp,
            None => is_changed && !judgment.roles.is_empty(),
        };
        if is_taken_back {
            return taken_back(&judgment);
        }
        if sent.at.elapsed() < self.request.again {
            return Step::Wait;
        }
        if self.tries < MOST_TRIES {
            return Step::Send(judgment);
        }
        let (reason, help) = std::mem::take(&mut self.pending);
        Step::Done(Answered::Not { reason: format!("{reason}, after {} tries", self.tries), help })
    }

    fn pend(&mut self, reason: &str, help: &str) {
        self.pending = (reason.to_owned(), help.to_owned());
    }

    /// Sends the answer: the two keys that Deck's buttons write, and no other.
    async fn send(&mut self, judgment: &Judgment) -> Option<Answered> {
        let request = self.request;
        self.tries += 1;
        let body = json!({"judgmentStatus": request.answer.word(), "judgmentInput": request.input});
        let limit = request.deadline.at_most(ONE_CHANGE);
        let changed = self.spinnaker.patch_stage(&request.own.execution, &judgment.id, &body, limit).await;
        let before = self.sent.take().map_or_else(|| judgment.stamp.clone(), |sent| sent.before);
        let mut own = None;
        match changed {
            Ok(bytes) => match self.stamp_of(bytes.into()).filter(|stamp| *stamp != judgment.stamp) {
                Some(stamp) => {
                    own = Some(stamp);
                    self.pend("Orca has not shown the answer", "check Orca's log");
                }
                None => self.pend("Orca answered the change with 200 and made none", "check Orca's log"),
            },
            Err(error) if may_have_been_made(&error) => self.pend(&error.to_string(), &error.help()),
            Err(error) => return Some(Answered::Not { reason: error.to_string(), help: error.help() }),
        }
        self.sent = Some(Sent { at: Instant::now(), before, own });
        None
    }

    /// The stamp of the judgment in the execution that answers a change.
    fn stamp_of(&self, bytes: Vec<u8>) -> Option<String> {
        let document = Document::read(bytes, Syntax::Json).ok()?;
        let input = Input::of(document.root());
        Some(Judgment::find(input.pipeline.as_ref()?, self.request.wanted).ok()?.1.stamp)
    }
}

fn taken_back(judgment: &Judgment) -> Step {
    let roles: Vec<String> = judgment.roles.iter().take(8).map(|role| sanitize(role, 60)).collect();
    not(
        format!(
            "Orca took the answer back: the gate's user has none of the roles that it requires ({})",
            roles.join(", ")
        ),
        "give the gate's user one of these roles in the login system that Fiat reads",
    )
}

/// Whether Orca may have made the change all the same, or another try may. Gate answers 500 when Orca answers with nothing.
fn may_have_been_made(error: &spinnaker::Error) -> bool {
    match error {
        spinnaker::Error::Http(error) => {
            error.kind.is_transient() || matches!(error.kind, Kind::Empty | Kind::Deadline { .. } | Kind::NoResponse(_))
        }
        spinnaker::Error::Token { is_transient, .. } => *is_transient,
        _ => false,
    }
}
