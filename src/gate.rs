//! The gate: from the ids a Job was given to a verdict over the execution it runs in.

use std::time::Duration;

use jiff::Timestamp;

use crate::callback::identity::{self, Reading};
use crate::callback::watch;
use crate::check::OwnStage;
use crate::finding::Confidence;
use crate::gather::{Siblings, gather};
use crate::judge::{self, Manner};
use crate::model::document::{Document, Syntax};
use crate::model::subject::Subject;
use crate::policy::Policy;
use crate::secret::Secret;
use crate::settings::{Unusable, Wanted};
use crate::source::resource::Resource;
use crate::source::{Answer, Spinnaker};
use crate::store::Store;
use crate::time::Deadline;
use crate::verdict::{Outcome, SubjectLine, Verdict, sha256};

/// Between two readings of an execution that lags behind.
const BETWEEN: Duration = Duration::from_millis(500);

/// Everything a run of the gate is told.
pub struct GateSettings {
    pub policy: Policy,
    pub only: Vec<String>,
    pub confidence: Confidence,
    pub own: OwnStage,
    pub application: Option<String>,
    pub deadline: Deadline,
    /// How long readings may lag behind before the gate gives up.
    pub settle: Duration,
}

/// How a run ended.
pub enum Ended {
    /// With a verdict.
    Judged(Box<Verdict>),
    /// The configuration is wrong; nothing was judged.
    Usage(String),
}

/// Judges the running execution. The store's token is given back on every way out.
pub async fn run(settings: &GateSettings, wanted: Wanted, store: &mut Store) -> Ended {
    let started_at = Timestamp::now();
    let mut known: Vec<Secret> = Vec::new();
    let ended = {
        let work = work(settings, wanted, store, &mut known, started_at);
        tokio::select! {
            biased;
            () = watch::stopped() => Err("the gate was told to stop".to_owned()),
            ended = work => Ok(ended),
            () = tokio::time::sleep_until(settings.deadline.instant()) => {
                Ok(unavailable(settings, &[], started_at, "the deadline has passed (--deadline)"))
            }
        }
    };
    store.close().await;
    match ended {
        Ok(ended) => ended,
        Err(reason) => canceled(settings, &known, started_at, &reason),
    }
}

async fn work(
    settings: &GateSettings,
    wanted: Wanted,
    store: &mut Store,
    known: &mut Vec<Secret>,
    started_at: Timestamp,
) -> Ended {
    let spinnaker = match wanted.open(store, known, settings.deadline).await {
        Ok(spinnaker) => spinnaker,
        Err(Unusable::Usage(why)) => return Ended::Usage(why),
        Err(Unusable::Unavailable { reason, help }) => {
            return unavailable(settings, known, started_at, &format!("{reason}; {help}"));
        }
    };
    tokio::select! {
        biased;
        ended = judge_own(settings, &spinnaker, store, known, started_at) => ended,
        () = watch::cancelled(&spinnaker, &settings.own.execution) => {
            canceled(settings, &[], started_at, "the execution was cancelled while it was judged")
        }
    }
}

async fn judge_own(
    settings: &GateSettings,
    spinnaker: &Spinnaker,
    store: &mut Store,
    known: &mut Vec<Secret>,
    started_at: Timestamp,
) -> Ended {
    let first = match settled(settings, spinnaker).await {
        Ok(document) => document,
        Err(Unsettled::Canceled) => return canceled(settings, known, started_at, "the execution was cancelled"),
        Err(Unsettled::Reason(reason)) => return unavailable(settings, known, started_at, &reason),
    };
    let subject = Subject::of(first.root());
    let evidence = gather(&subject, spinnaker, store, &Siblings::new(), known, settings.deadline).await;
    // Anybody with EXECUTE can change the gate's own stage while it runs (T12): what is judged is the last reading.
    let last = match read(settings, spinnaker).await {
        Ok(Some(document)) => document,
        Ok(None) => return unavailable(settings, known, started_at, "the execution is gone since it was first read"),
        Err(reason) => return unavailable(settings, known, started_at, &reason),
    };
    let subject = Subject::of(last.root());
    if subject.release.as_ref().is_some_and(identity::is_canceled) {
        return canceled(settings, known, started_at, "the execution was cancelled while it was judged");
    }
    if let Some(wrong) = other_application(settings, &subject) {
        return unavailable(settings, known, started_at, &wrong);
    }
    let mut line = SubjectLine::of(&subject, sha256(last.text().as_bytes()), None, None);
    line.stage_id = Some(settings.own.stage.clone());
    let manner = manner(settings, known, started_at);
    Ended::Judged(Box::new(judge::judge(&subject, line, &evidence, &manner)))
}

/// The execution, once a reading of it is settled.
async fn settled(settings: &GateSettings, spinnaker: &Spinnaker) -> Result<Document, Unsettled> {
    let limit = settings.deadline.at_most(settings.settle);
    let mut last: Option<Document> = None;
    let mut why = "the execution cannot be found".to_owned();
    loop {
        match read(settings, spinnaker).await {
            Err(reason) => return Err(Unsettled::Reason(reason)),
            Ok(None) => "the execution cannot be found".clone_into(&mut why),
            Ok(Some(document)) => {
                let reading = {
                    let subject = Subject::of(document.root());
                    if subject.release.as_ref().is_some_and(identity::is_canceled) {
                        return Err(Unsettled::Canceled);
                    }
                    identity::read(&subject, &settings.own)
                };
                match reading {
                    Reading::Own | Reading::Foreign => return Ok(document),
                    Reading::PerhapsForeign => last = Some(document),
                    Reading::NotYet(reason) => {
                        last = None;
                        reason.clone_into(&mut why);
                    }
                }
            }
        }
        if limit.remaining() < BETWEEN {
            // A contradiction that no later reading took back is one.
            let id = crate::sanitize::sanitize(&settings.own.execution, 80);
            return last.ok_or_else(|| Unsettled::Reason(format!("{why} ({id}), after {} seconds of asking; check PLIMSOLL_EXECUTION_ID and PLIMSOLL_STAGE_ID, and that Orca's reads do not lag", settings.settle.as_secs())));
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

enum Unsettled {
    Canceled,
    Reason(String),
}

async fn read(settings: &GateSettings, spinnaker: &Spinnaker) -> Result<Option<Document>, String> {
    let resource = Resource::Execution { id: settings.own.execution.clone() };
    match spinnaker.get(&resource, settings.deadline).await {
        Ok(Answer::Found { bytes, origin }) => Document::read(bytes.to_vec(), Syntax::Json)
            .map(Some)
            .map_err(|error| format!("{origin} answers with an execution that cannot be read: {error}")),
        Ok(Answer::Missing) => Ok(None),
        Ok(Answer::NotConfigured) => {
            Err("nothing says where the execution can be read; set --gate-url or --orca-url".into())
        }
        Err(error) => Err(format!("{error}; {}", error.help())),
    }
}

/// The application the Job was told, when the execution is another's.
fn other_application(settings: &GateSettings, subject: &Subject<'_>) -> Option<String> {
    let told = settings.application.as_deref()?;
    let own = subject.release.as_ref()?.application()?;
    (!own.eq_ignore_ascii_case(told)).then(|| {
        format!(
            "the execution belongs to another application than {:?}; check PLIMSOLL_APPLICATION",
            crate::sanitize::sanitize(told, 60)
        )
    })
}

fn manner<'a>(settings: &'a GateSettings, known: &'a [Secret], started_at: Timestamp) -> Manner<'a> {
    Manner {
        policy: &settings.policy,
        only: &settings.only,
        confidence: settings.confidence,
        own: Some(&settings.own),
        evidence_required: true,
        known_secrets: known,
        started_at,
    }
}

fn line(settings: &GateSettings) -> SubjectLine {
    SubjectLine {
        kind: crate::model::subject::SubjectKind::Execution,
        application: settings.application.clone(),
        execution_id: Some(settings.own.execution.clone()),
        stage_id: Some(settings.own.stage.clone()),
        ..SubjectLine::unknown(None)
    }
}

fn unavailable(settings: &GateSettings, known: &[Secret], started_at: Timestamp, reason: &str) -> Ended {
    Ended::Judged(Box::new(judge::unavailable(line(settings), reason, &manner(settings, known, started_at))))
}

fn canceled(settings: &GateSettings, known: &[Secret], started_at: Timestamp, reason: &str) -> Ended {
    let verdict = judge::unavailable(line(settings), reason, &manner(settings, known, started_at));
    Ended::Judged(Box::new(Verdict { outcome: Outcome::Canceled, ..verdict }))
}
