//! One run of the gate: from settings to a verdict, for every way it can end.
//!
//! ```text
//! credentials ─► own execution settled ─► (judgment waits) ─► evidence ─► own execution again ─► judged ─► (answered)
//!      └──────────── a signal, the deadline, and (once it is settled) a cancelled execution end it anywhere ───────────┘
//! ```

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{sleep_until, timeout};

use crate::base::deadline::Deadline;
use crate::base::duration;
use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::checks::catalogue::Catalogue;
use crate::clients::issuers::Issuers;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::Spinnaker;
use crate::clients::spinnaker::config::{ConnectError, SpinnakerConfig};
use crate::document::Document;
use crate::evidence::collect::{Sources, collect};
use crate::evidence::contents::{Contents, Inspected};
use crate::evidence::siblings::NoSiblings;
use crate::evidence::{Evidence, Lookup};
use crate::meta::Confidence;
use crate::orca::identity::{SettleLimits, Settled, Unsettled, settle};
use crate::orca::judgment::{Ready, stopped, until_open};
use crate::orca::poll::{Poll, Reading};
use crate::orca::watch::{self, Signals};
use crate::policy::EffectivePolicy;
use crate::run::answer::{self, JudgmentReport, JudgmentSettings};
use crate::run::judge::{self, JudgeOptions};
use crate::run::reading::read;
use crate::run::sign::{SignError, SignSettings, Signed, Signer};
use crate::secrets::reference::Recognised;
use crate::spinnaker::input::{Input, InputKind};
use crate::spinnaker::judgment::Judgment;
use crate::spinnaker::own_stage::OwnStage;
use crate::verdict::{Outcome, SubjectRecord, Verdict, sha256};

/// Between two reads while the gate waits for something to appear: `deploy.jobs` appears half a second after the Job has started (seen on a running Orca).
const EAGER: Duration = Duration::from_millis(500);

/// Between two reads while the gate waits for something else. Of two reads one may hang, and a cancelled execution still ends the
/// gate within six seconds.
const WATCHING: Duration = Duration::from_secs(2);

/// How long the last look at the own execution may take.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// How long signing the verdict may take.
const SIGN: Duration = Duration::from_secs(10);

/// How long the look at the judgment of an execution that has ended may take.
const ONE_LOOK: Duration = Duration::from_secs(1);

/// How long giving back Vault's token may take: when the answer is ready, and when somebody waits for the process to end.
const CLOSE: Duration = Duration::from_secs(4);
const CLOSE_SOON: Duration = Duration::from_millis(600);

/// Everything a run of the gate needs to know.
pub struct GateSettings {
    pub policy: EffectivePolicy,
    pub catalogue: Catalogue,
    /// Run these checks only; all when empty.
    pub only: Vec<String>,
    pub confidence: Confidence,
    pub own: OwnStage,
    /// The application that the stage definition passed, if it did.
    pub application: Option<String>,
    pub deadline: Deadline,
    /// How long readings may lag behind before the gate gives up.
    pub settle: Duration,
    /// What the verdict is signed with, if it is.
    pub sign: Option<SignSettings>,
    /// The manual judgment to answer with the verdict.
    pub judgment: Option<JudgmentSettings>,
}

/// The result of signing a verdict.
pub type Signature = Result<Signed, SignError>;

/// How a run ended.
pub enum Ended {
    /// With a verdict, its signature where one is required, and what became of the judgment that it was to answer.
    Judged(Box<Verdict>, Option<Signature>, Option<JudgmentReport>),
    /// The configuration is wrong; nothing was judged.
    Usage(String),
}

/// How the work ended.
enum End {
    Judged(Box<Verdict>),
    /// Somebody stopped the execution with the judgment before it was judged.
    Stopped(JudgmentReport),
    Usage(String),
    Inconclusive(String),
    Canceled(String),
}

/// Judges the running execution. The store's token is given back on every way out.
pub async fn run(settings: GateSettings, spinnaker_config: SpinnakerConfig, store: &SecretResolver) -> Ended {
    let run = Run {
        settings: Arc::new(settings),
        started_at: Timestamp::now(),
        phase: Cell::new("the gate's own credentials were looked up"),
        judgment: RefCell::default(),
    };
    let mut opened = None;
    let mut signals = Signals::listen();
    let mut known: Vec<Secret> = Vec::new();
    let end = tokio::select! {
        biased;
        name = received(&mut signals) => End::Canceled(format!("the gate received {name}")),
        end = run.work_or_look(spinnaker_config, store, &mut known, &mut opened) => end,
        () = sleep_until(run.settings.deadline.instant()) => {
            End::Inconclusive(format!("the deadline has passed (--deadline) while {}", run.phase.get()))
        }
    };
    let is_judged = matches!(end, End::Judged(_));
    // What could not be judged is signed too, as what it is.
    let end = match end {
        End::Inconclusive(reason) => End::Judged(Box::new(run.not_judged(&known, &reason))),
        end => end,
    };
    let (end, signature) = tokio::select! {
        biased;
        name = received(&mut signals) => (End::Canceled(format!("the gate received {name}")), None),
        signature = run.signature(&end, store) => (end, signature),
    };
    // What could not be signed does not continue.
    let (end, report) = tokio::select! {
        biased;
        name = received(&mut signals) => (End::Canceled(format!("the gate received {name}")), None),
        report = run.answer(&end, signature.as_ref(), opened.as_ref().filter(|_| is_judged)) => (end, report),
    };
    let end = close(end, report.is_some(), store, &mut signals).await;
    match end {
        End::Judged(verdict) => Ended::Judged(verdict, signature, report),
        End::Stopped(report) => {
            let not_judged = run.not_judged(&known, &report.sentence);
            Ended::Judged(Box::new(Verdict { outcome: report.outcome, ..not_judged }), None, Some(report))
        }
        End::Usage(why) => Ended::Usage(why),
        End::Inconclusive(reason) => Ended::Judged(Box::new(run.not_judged(&known, &reason)), None, None),
        End::Canceled(how) => {
            let verdict = Verdict { outcome: Outcome::Canceled, ..run.not_judged(&known, &how) };
            Ended::Judged(Box::new(verdict), None, None)
        }
    }
}

/// Runs `work` to its end. When it panics, the store's token is given back before the panic goes on.
///
/// # Errors
///
/// When the system has no more threads or handles for a runtime.
pub fn in_runtime<T>(store: &SecretResolver, work: impl AsyncFnOnce(&SecretResolver) -> T) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work(store))));
    if ended.is_err() {
        let close = async { timeout(CLOSE_SOON, store.close()).await };
        let _ = catch_unwind(AssertUnwindSafe(|| runtime.block_on(close)));
    }
    // A look-up of a name that hangs in the system must not hold the answer back.
    runtime.shutdown_background();
    ended.map_err(|panic| resume_unwind(panic))
}

/// Waits for a signal; for ever where the system refuses to deliver any, since they end the process by themselves then.
async fn received(signals: &mut std::io::Result<Signals>) -> &'static str {
    match signals {
        Ok(signals) => signals.received().await,
        Err(_) => std::future::pending().await,
    }
}

/// Gives the token back, in the time there is. A signal that comes meanwhile is obeyed: nothing has been answered yet, but for a
/// judgment, whose answer is reported.
async fn close(end: End, is_answered: bool, store: &SecretResolver, signals: &mut std::io::Result<Signals>) -> End {
    let limit = if matches!(end, End::Canceled(_)) { CLOSE_SOON } else { CLOSE };
    let mut closing = std::pin::pin!(timeout(limit, store.close()));
    tokio::select! {
        biased;
        _ = &mut closing => end,
        name = received(signals) => {
            let _ = timeout(CLOSE_SOON, closing).await;
            if is_answered {
                return end;
            }
            End::Canceled(format!("the gate received {name}"))
        }
    }
}

struct Run {
    settings: Arc<GateSettings>,
    started_at: Timestamp,
    /// What is being done, as the end of a sentence that begins with "while".
    phase: Cell<&'static str>,
    /// The judgment to answer, as it was when it had started.
    judgment: RefCell<Option<Judgment>>,
}

impl Run {
    /// The work. Where it ends since the execution has ended, a judgment that was answered with stop may be why.
    async fn work_or_look(
        &self,
        spinnaker_config: SpinnakerConfig,
        store: &SecretResolver,
        known: &mut Vec<Secret>,
        opened: &mut Option<Spinnaker>,
    ) -> End {
        let end = Box::pin(self.work(spinnaker_config, store, known, opened)).await;
        let (Some(settings), Some(spinnaker), End::Canceled(_)) = (&self.settings.judgment, opened, &end) else {
            return end;
        };
        let deadline = self.settings.deadline.at_most(ONE_LOOK);
        let Reading::Execution(document) = read(spinnaker, &self.settings.own.execution, deadline).await else {
            return end;
        };
        stopped(&document, &settings.stage).map_or(end, |given| End::Stopped(answer::stopped(settings, &given)))
    }

    /// Answers the judgment with the verdict, where one is to be answered.
    async fn answer(
        &self,
        end: &End,
        signature: Option<&Signature>,
        spinnaker: Option<&Spinnaker>,
    ) -> Option<JudgmentReport> {
        let (End::Judged(verdict), Some(settings), Some(spinnaker)) = (end, &self.settings.judgment, spinnaker) else {
            return None;
        };
        let own = &self.settings.own;
        let deadline = self.settings.deadline.earlier();
        let mut poll = Poll::new(|limit| read(spinnaker, &own.execution, limit), EAGER, deadline);
        let policy = &self.settings.policy.policy.gate.judgments;
        let (settle, judgment) = (self.settings.settle, self.judgment.take());
        let task = answer::Task { settings, policy, own, settle, deadline, judgment };
        Some(answer::give(task, (verdict, signature), &mut poll, spinnaker).await)
    }

    /// Waits until the judgment to answer has started, so that what is judged is what is there then.
    async fn until_open(&self, poll: &mut Poll<'_>, first: &Document, deadline: Deadline) -> Option<End> {
        let settings = self.settings.judgment.as_ref()?;
        self.phase.set("the judgment was waited for");
        poll.set_interval(WATCHING);
        poll.set_limit(deadline);
        let accept =
            |judgment: &Judgment| answer::accept(settings, &self.settings.policy.policy.gate.judgments, judgment);
        let wanted = (&self.settings.own, settings.stage.as_str());
        match until_open(poll, wanted, first, deadline, accept).await {
            Ready::Started(judgment) => {
                *self.judgment.borrow_mut() = Some(judgment);
                None
            }
            Ready::Canceled(how) => Some(End::Canceled(how)),
            Ready::Stopped(given) => Some(End::Stopped(answer::stopped(settings, &given))),
            Ready::Wrong(why) => Some(End::Usage(why)),
            Ready::NotYet => Some(End::Inconclusive(format!(
                "judgment {:?} did not start before the deadline (--deadline); start the stage that answers it later, beside it",
                sanitize(&settings.stage, 60)
            ))),
        }
    }

    async fn work(
        &self,
        spinnaker_config: SpinnakerConfig,
        store: &SecretResolver,
        known: &mut Vec<Secret>,
        opened: &mut Option<Spinnaker>,
    ) -> End {
        let own = &self.settings.own;
        // Every wait ends a little before the run's own deadline, so that it can say what it waited for.
        let deadline = self.settings.deadline.earlier();
        let spinnaker = match spinnaker_config.open(store, known, deadline).await {
            Ok(spinnaker) => &*opened.insert(spinnaker),
            Err(ConnectError::Usage(why)) => return End::Usage(why),
            Err(ConnectError::Unavailable { reason, help }) => return End::Inconclusive(format!("{reason}; {help}")),
        };
        let mut poll = Poll::new(|limit| read(spinnaker, &own.execution, limit), EAGER, deadline);

        self.phase.set("the own execution was read");
        let limits = |lag: Duration| SettleLimits { lag: lag.min(deadline.remaining()), ..SettleLimits::default() };
        let (first, is_own) = match settle(&mut poll, own, limits(self.settings.settle)).await {
            Ok(Settled::Judge { document, is_own }) => (document, is_own),
            Ok(Settled::Canceled(how)) => return End::Canceled(how),
            Err(unsettled) => return End::Inconclusive(with_help(&unsettled)),
        };

        if is_own && let Some(end) = self.until_open(&mut poll, &first, deadline).await {
            return end;
        }

        self.phase.set("evidence was gathered");
        poll.set_interval(WATCHING);
        poll.set_limit(deadline);
        let sources = Sources {
            policy: &self.settings.policy,
            spinnaker,
            siblings: &NoSiblings,
            issuers: &Issuers::default(),
            needs: self.options().needs(),
            deadline,
            settle: self.settings.settle,
        };
        let mut inspected = self.inspect(first).await;
        let mut evidence = tokio::select! {
            biased;
            how = watch::canceled(&mut poll, own), if is_own => return End::Canceled(how),
            evidence = collect(inspected.contents(), sources, store, known) => evidence,
        };

        // Anyone with EXECUTE can change the gate's own stage while it runs (`PATCH /pipelines/{id}/stages/{stage}`), so the last reading
        // is judged.
        self.phase.set("the own execution was read again");
        poll.set_interval(EAGER);
        poll.refresh();
        let again = limits(LAST_LOOK.min(self.settings.settle));
        let (last, is_own) = match settle(&mut poll, own, again).await {
            Ok(Settled::Judge { document, is_own }) => (document, is_own),
            Ok(Settled::Canceled(how)) => return End::Canceled(how),
            Err(unsettled) => return End::Inconclusive(with_help(&unsettled)),
        };
        poll.set_interval(WATCHING);
        poll.set_limit(deadline);
        if !is_own {
            self.judgment.take();
        }
        if last.text() != inspected.document().text() {
            inspected = self.inspect(last).await;
        }
        if let Some(wrong) = other_application(&self.settings, &inspected.contents().input) {
            return End::Inconclusive(wrong);
        }
        if has_new_references(inspected.contents(), &evidence) || has_new_artifacts(inspected.contents(), &evidence) {
            evidence = tokio::select! {
                biased;
                how = watch::canceled(&mut poll, own), if is_own => return End::Canceled(how),
                evidence = collect(inspected.contents(), sources, store, known) => evidence,
            };
        }

        self.phase.set("the execution was judged");
        tokio::select! {
            biased;
            how = watch::canceled(&mut poll, own), if is_own => End::Canceled(how),
            verdict = self.judge(inspected, evidence, known.clone()) => End::Judged(Box::new(verdict)),
        }
    }

    /// Runs `work` beside the runtime: a large execution takes a while, and a signal is obeyed within a second.
    async fn aside<T: Send + 'static>(&self, work: impl FnOnce(&GateSettings) -> T + Send + 'static) -> Option<T> {
        let settings = Arc::clone(&self.settings);
        match tokio::task::spawn_blocking(move || work(&settings)).await {
            Ok(done) => Some(done),
            // A panic is reported where all panics are.
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(_) => None,
        }
    }

    /// Signs the verdict, where one is required: also when the deadline has passed, in a time of its own.
    async fn signature(&self, end: &End, store: &SecretResolver) -> Option<Signature> {
        let End::Judged(verdict) = end else { return None };
        let settings = self.settings.sign.as_ref()?;
        let deadline = Deadline::after(SIGN);
        let sign = async {
            let signer = Signer::open(&settings.source, settings.rsa, store, deadline).await?;
            signer.sign(verdict, settings, deadline).await
        };
        let late = |_| SignError {
            reason: format!("the verdict was not signed within {}", duration::format(SIGN)),
            help: "check that Vault answers".to_owned(),
        };
        Some(timeout(SIGN, sign).await.map_err(late).flatten())
    }

    /// Reads what the execution holds.
    async fn inspect(&self, document: Arc<Document>) -> Inspected {
        let same = Arc::clone(&document);
        let inspected = self.aside(move |settings| Inspected::of(document, &settings.policy.custom_rules)).await;
        inspected.unwrap_or_else(|| Inspected::of(same, &self.settings.policy.custom_rules))
    }

    async fn judge(&self, inspected: Inspected, evidence: Evidence, known: Vec<Secret>) -> Verdict {
        let started_at = self.started_at;
        let judged = self.aside(move |settings| {
            let (document, contents) = (inspected.document(), inspected.contents());
            let mut subject = SubjectRecord::of(&contents.input, sha256(document.text().as_bytes()), None, None);
            subject.stage_id = stage_id(&settings.own);
            judge::judge(contents, subject.into(), &evidence, &known, options_of(settings, started_at))
        });
        judged.await.unwrap_or_else(|| self.not_judged(&[], "the gate ends"))
    }

    /// The verdict when nothing was judged, and why.
    fn not_judged(&self, known: &[Secret], reason: &str) -> Verdict {
        let subject = SubjectRecord {
            kind: InputKind::Execution,
            application: self.settings.application.clone(),
            execution_id: Some(self.settings.own.execution.clone()),
            stage_id: stage_id(&self.settings.own),
            ..SubjectRecord::unknown(None)
        };
        judge::unavailable(subject.into(), reason, known, self.options())
    }

    fn options(&self) -> JudgeOptions<'_> {
        options_of(&self.settings, self.started_at)
    }
}

fn options_of(settings: &GateSettings, started_at: Timestamp) -> JudgeOptions<'_> {
    JudgeOptions {
        catalogue: &settings.catalogue,
        policy: &settings.policy,
        only: &settings.only,
        confidence: settings.confidence,
        own_stage: Some(&settings.own).filter(|own| !own.is_outside()),
        evidence_required: true,
        started_at,
    }
}

fn stage_id(own: &OwnStage) -> Option<String> {
    Some(own.stage.clone()).filter(|_| !own.is_outside())
}

fn with_help(unsettled: &Unsettled) -> String {
    format!("{}; {}", unsettled.reason, unsettled.help)
}

/// Whether the document holds Vault references that were not looked up.
fn has_new_references(contents: &Contents<'_>, evidence: &Evidence) -> bool {
    let Lookup::Found(lookups) = &evidence.secrets else { return false };
    let known: HashSet<&str> = lookups.iter().map(|lookup| lookup.reference.as_str()).collect();
    contents
        .secrets
        .references
        .iter()
        .any(|place| matches!(place.recognised, Recognised::Vault(_)) && !known.contains(place.text.as_str()))
}

/// Whether the document deploys artifacts that were not asked for.
fn has_new_artifacts(contents: &Contents<'_>, evidence: &Evidence) -> bool {
    let is_known = |body: &String| evidence.artifacts.is_empty() || evidence.artifacts.contains_key(body);
    contents.manifests.wanted.iter().any(|wanted| !is_known(&wanted.body))
}

/// Why the execution does not belong to the application that the stage definition passed.
fn other_application(settings: &GateSettings, input: &Input<'_>) -> Option<String> {
    let expected = settings.application.as_deref()?;
    let own = input.pipeline.as_ref()?.application()?;
    (!own.eq_ignore_ascii_case(expected)).then(|| {
        format!(
            "the execution belongs to another application than {:?}; check PLIMSOLL_APPLICATION",
            sanitize(expected, 60)
        )
    })
}
