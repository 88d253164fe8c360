//! Manual judgments of an execution: which one is meant, and how it stands.
//!
//! A judgment waits until its context holds an answer (`orca-echo/…/pipeline/ManualJudgmentStage.groovy`): `judgmentStatus` is
//! `continue` or `stop`, in any spelling of case. Any other word leaves it waiting. With required roles, an answer of somebody who has
//! none of them is taken back: `judgmentStatus` becomes empty and the stage runs on.

use crate::document::value::Value;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// The type of the stage.
const KIND: &str = "manualJudgment";

/// An answer to a judgment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Continue,
    Stop,
}

impl Answer {
    /// The word that Orca reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Stop => "stop",
        }
    }
}

/// Why no judgment can be told by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// No stage has that id, reference id or name.
    NoStage,
    /// So many stages have it.
    Several(usize),
    /// The stage runs as something else than a judgment.
    OtherKind,
}

/// How a judgment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not started.
    NotYet,
    /// It waits for an answer.
    Open,
    /// It has an answer.
    Answered(Given),
    /// It has ended without an answer: its status.
    Closed(String),
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub answer: Answer,
    /// Who changed the stage last; nothing when nobody did, so that the pipeline itself holds the answer.
    pub by: Option<String>,
    pub input: String,
    /// Orca has ended the stage with it.
    pub is_taken: bool,
}

/// One reading of a judgment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgment {
    /// The id of the stage.
    pub id: String,
    pub name: String,
    pub state: State,
    /// What tells a run of the stage from the one after a restart.
    pub run: String,
    /// Who changed the stage last and when, as written; empty when nobody did.
    pub stamp: String,
    /// The roles of which an answer needs one.
    pub roles: Vec<String>,
    /// The inputs that the stage offers.
    pub inputs: Vec<String>,
}

impl Judgment {
    /// The judgment of `pipeline` with that id, reference id or name. A name that fits several stages is no name.
    ///
    /// # Errors
    /// When there is no such judgment, or more than one.
    pub fn find(pipeline: &Pipeline<'_>, wanted: &str) -> Result<(usize, Self), NotFound> {
        let is_meant = |stage: &Stage<'_>| {
            stage.ref_id == wanted || stage.name == wanted || stage.id().is_some_and(|id| id == wanted)
        };
        let mut meant = pipeline.authored().filter(|(_, stage)| is_meant(stage));
        let (index, stage) = meant.next().ok_or(NotFound::NoStage)?;
        match meant.count() {
            0 => {}
            more => return Err(NotFound::Several(more + 1)),
        }
        if stage.effective_type() != KIND {
            return Err(NotFound::OtherKind);
        }
        Ok((index, Self::of(stage)))
    }

    fn of(stage: &Stage<'_>) -> Self {
        let text = |value: Option<Value<'_>>| value.and_then(Value::text).unwrap_or_default().into_owned();
        let restarted = stage.settings.at(&["restartDetails", "restartTime"]);
        let list = |key: &str| texts(stage.settings.list(key));
        let required = list("requiredJudgmentRoles");
        Self {
            id: text(stage.value.get("id")),
            name: stage.name.clone(),
            state: state(stage),
            run: format!("{}/{}", text(stage.value.get("startTime")), text(restarted)),
            stamp: stage.value.get("lastModified").map(|modified| modified.raw().to_owned()).unwrap_or_default(),
            roles: if required.is_empty() { list("selectedStageRoles") } else { required },
            inputs: texts(stage.settings.list("judgmentInputs").filter_map(|input| input.get("value"))),
        }
    }
}

fn texts<'d>(values: impl Iterator<Item = Value<'d>>) -> Vec<String> {
    values.filter_map(|value| value.text().map(std::borrow::Cow::into_owned)).filter(|text| !text.is_empty()).collect()
}

fn state(stage: &Stage<'_>) -> State {
    let status = stage.status().unwrap_or_default();
    let word = stage.settings.str("judgmentStatus").unwrap_or_default();
    let written = match word.to_ascii_lowercase().as_str() {
        "continue" => Some(Answer::Continue),
        "stop" => Some(Answer::Stop),
        _ => None,
    };
    let given = |answer, is_taken| {
        let by = stage.value.at(&["lastModified", "user"]).and_then(Value::as_str).filter(|user| !user.is_empty());
        State::Answered(Given {
            answer,
            by: by.map(std::borrow::Cow::into_owned),
            input: stage.settings.str("judgmentInput").unwrap_or_default().into_owned(),
            is_taken,
        })
    };
    // A stage that has ended can still be changed, so its status says how it was answered.
    match (&*status, written) {
        ("RUNNING", Some(answer)) => given(answer, false),
        ("RUNNING", None) => State::Open,
        ("SUCCEEDED", Some(_)) => given(Answer::Continue, true),
        ("TERMINAL" | "FAILED_CONTINUE" | "STOPPED", Some(Answer::Stop)) => given(Answer::Stop, true),
        ("NOT_STARTED" | "PAUSED" | "SUSPENDED" | "BUFFERED" | "", _) => State::NotYet,
        _ => State::Closed(status.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;

    fn found(stages: &Json, wanted: &str) -> Result<Judgment, NotFound> {
        let document = Document::json(json!({"id": "E1", "stages": stages}).to_string()).unwrap();
        Judgment::find(&Pipeline::read(document.root(), true), wanted).map(|(_, judgment)| judgment)
    }

    fn judgment(status: &str, context: &Json) -> Judgment {
        let mut stage = json!({"id": "S1", "refId": "2", "name": "Go?", "type": "manualJudgment", "status": status, "startTime": 7});
        stage["context"] = context.clone();
        found(&json!([stage]), "2").unwrap()
    }

    #[test]
    fn a_judgment_is_told_by_id_reference_or_name_and_never_guessed() {
        let stage = |id: &str, reference: &str, name: &str, kind: &str| json!({"id": id, "refId": reference, "name": name, "type": kind, "context": {}});
        let two = json!([stage("A", "1", "Go?", "manualJudgment"), stage("B", "2", "Go on?", "manualJudgment")]);
        for (wanted, id) in [("A", "A"), ("2", "B"), ("Go?", "A")] {
            assert_eq!(found(&two, wanted).unwrap().id, id, "{wanted}");
        }
        assert_eq!(found(&two, "go?"), Err(NotFound::NoStage));
        let alike = json!([stage("A", "1", "Go?", "manualJudgment"), stage("B", "2", "Go?", "manualJudgment")]);
        assert_eq!(found(&alike, "Go?"), Err(NotFound::Several(2)));
        // A name that is the reference id of another stage.
        let crossed = json!([stage("A", "1", "2", "manualJudgment"), stage("B", "2", "Go?", "manualJudgment")]);
        assert_eq!(found(&crossed, "2"), Err(NotFound::Several(2)));
        assert_eq!(found(&json!([stage("A", "1", "Go?", "wait")]), "Go?"), Err(NotFound::OtherKind));
        let mut aliased = stage("A", "1", "Go?", "manualJudgment");
        aliased["context"] = json!({"alias": "wait"});
        assert_eq!(found(&json!([aliased]), "Go?"), Err(NotFound::OtherKind));
    }

    #[test]
    fn the_status_of_the_stage_wins_over_what_its_context_says() {
        let given = |status: &str, word: &str| match judgment(status, &json!({"judgmentStatus": word})).state {
            State::Answered(given) => Some((given.answer, given.is_taken)),
            _ => None,
        };
        assert_eq!(given("RUNNING", "CONTINUE"), Some((Answer::Continue, false)));
        assert_eq!(given("RUNNING", "stop"), Some((Answer::Stop, false)));
        assert_eq!(given("SUCCEEDED", "stop"), Some((Answer::Continue, true)), "changed after its end");
        assert_eq!(given("TERMINAL", "Stop"), Some((Answer::Stop, true)));
        assert_eq!(given("TERMINAL", "continue"), None, "it timed out");
        for open in ["", "approve"] {
            assert_eq!(judgment("RUNNING", &json!({"judgmentStatus": open})).state, State::Open, "{open}");
        }
        assert_eq!(judgment("NOT_STARTED", &json!({"judgmentStatus": "continue"})).state, State::NotYet);
        for status in ["CANCELED", "SKIPPED", "SUCCEEDED"] {
            assert_eq!(judgment(status, &json!({})).state, State::Closed(status.into()));
        }
    }

    #[test]
    fn required_roles_win_over_selected_ones() {
        let roles = |context: Json| judgment("RUNNING", &context).roles;
        assert_eq!(roles(json!({"selectedStageRoles": ["a"]})), ["a"]);
        assert_eq!(roles(json!({"selectedStageRoles": ["a"], "requiredJudgmentRoles": ["b"]})), ["b"]);
        assert!(roles(json!({"selectedStageRoles": [], "requiredJudgmentRoles": [""]})).is_empty());
        let inputs = judgment("RUNNING", &json!({"judgmentInputs": [{"value": "yes"}, {"value": "no"}]})).inputs;
        assert_eq!(inputs, ["yes", "no"]);
    }

    #[test]
    fn a_restart_makes_another_run() {
        let before = judgment("RUNNING", &json!({}));
        assert_ne!(before.run, judgment("RUNNING", &json!({"restartDetails": {"restartTime": 9}})).run);
    }
}
