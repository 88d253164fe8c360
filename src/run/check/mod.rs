//! `check`: judges saved documents, on all cores, one verdict after another in the order they were given.
//!
//! Files are read twice: first to know which documents there are, then to judge them. So memory is that of the documents at work, however
//! many there are.

mod applications;
mod file;
mod index;
mod parallel;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Runtime;

use crate::base::deadline::Deadline;
use crate::base::secret::Secret;
use crate::checks::catalogue::Catalogue;
use crate::clients::files::{Error, InputFile};
use crate::clients::issuers::Issuers;
use crate::clients::secret_resolver::SecretResolver;
use crate::clients::spinnaker::config::{ConnectError, SpinnakerConfig};
use crate::evidence::collect::{Sources, collect};
use crate::evidence::contents::Contents;
use crate::evidence::{Evidence, Lookup, SecretLookup};
use crate::meta::{Confidence, Need};
use crate::policy::EffectivePolicy;
use crate::run::judge::{self, JudgeOptions, Named};
use crate::secrets::leaks::Leaks;
use crate::spinnaker::input::{Input, Part};
use crate::verdict::{SubjectRecord, Verdict};
pub use applications::Applications;
use applications::Saved;
use file::{NotRead, ReadFile};
use index::Index;

/// What a run judges.
#[derive(Default)]
pub struct Inputs {
    /// Files, in order.
    pub files: Vec<Result<InputFile, Error>>,
    /// The numbers of files that are not judged, and in which other documents may be looked up all the same.
    pub aside: HashSet<usize>,
    /// It is fine when nothing is judged. Else files that hold nothing of Spinnaker or Kubernetes are inconclusive where there is no other.
    pub may_be_none: bool,
    /// The applications whose saved pipelines are judged after the files.
    pub applications: Applications,
}

/// Everything a run of `check` needs to know.
pub struct CheckSettings {
    pub policy: EffectivePolicy,
    pub catalogue: Catalogue,
    /// Run these checks only; all when empty.
    pub only: Vec<String>,
    pub confidence: Confidence,
    pub inputs: Inputs,
    /// Logs to be searched for values of secrets: name and bytes.
    pub logs: Vec<(String, Vec<u8>)>,
    pub spinnaker: SpinnakerConfig,
    pub resolver: SecretResolver,
    pub deadline: Deadline,
}

/// A run of `check`, its inputs read once.
pub struct CheckRun {
    settings: CheckSettings,
    applications: Applications,
    index: Index,
}

impl CheckRun {
    /// Reads the inputs.
    pub fn new(mut settings: CheckSettings) -> Self {
        let mut inputs = std::mem::take(&mut settings.inputs);
        let applications = std::mem::take(&mut inputs.applications);
        let index = Index::of(inputs);
        Self { settings, applications, index }
    }

    /// How many documents there are; a file that cannot be read counts as one. `None` when a service has to be asked.
    pub fn documents(&self) -> Option<usize> {
        (self.applications == Applications::None).then(|| self.index.items().len())
    }

    /// Files of folders that were skipped, since nothing in them is of Spinnaker or Kubernetes.
    pub fn skipped(&self) -> Vec<String> {
        self.index.skipped()
    }

    /// Judges every document and hands each verdict to `deliver`, in order, until `deliver` returns false. The result are the
    /// applications that have no pipeline.
    ///
    /// # Errors
    /// When a source that was named cannot be used; nothing is judged then.
    pub fn judge(self, mut deliver: impl FnMut(Verdict) -> bool) -> Result<Vec<String>, String> {
        let Self { settings, applications, index } = self;
        let CheckSettings { policy, catalogue, only, confidence, logs, spinnaker, resolver, deadline, .. } = settings;
        let options = JudgeOptions {
            catalogue: &catalogue,
            policy: &policy,
            only: &only,
            confidence,
            own_stage: None,
            evidence_required: false,
            started_at: Timestamp::now(),
        };
        let has_source = spinnaker.is_configured()
            || resolver.is_configured()
            || !policy.policy.git.servers.is_empty()
            || policy.policy.triggers.identity.asks_issuers();
        if !has_source && applications == Applications::None && index.items().len() == 1 {
            // No source, and no other document: no runtime, no client, nothing but the document.
            let judge = DocumentJudge { index: &index, options };
            judge.all(deliver, |_, document| judge.verdict(document, &Evidence::none(), &[]));
            return Ok(Vec::new());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| format!("the runtime cannot be started: {error}"))?;
        let mut known: Vec<Secret> = Vec::new();
        let spinnaker = match runtime.block_on(spinnaker.open(&resolver, &mut known, deadline)) {
            Ok(spinnaker) => spinnaker,
            Err(ConnectError::Usage(why)) => return Err(why),
            Err(ConnectError::Unavailable { reason, help }) => return Err(format!("{reason}\nhelp: {help}")),
        };
        let issuers = Issuers::default();
        let sources = Sources {
            policy: &policy,
            spinnaker: &spinnaker,
            siblings: &index,
            issuers: &issuers,
            needs: options.needs(),
            deadline,
            settle: Duration::ZERO,
        };
        let collecting = Collecting { runtime: &runtime, resolver: &resolver };
        let all = AllSources { options, sources, collecting, logs: &logs, known };
        let mut without_pipelines = Vec::new();
        if all.judge(&index, &mut deliver) {
            without_pipelines = all.judge_applications(&applications, &mut deliver);
        }
        runtime.block_on(resolver.close());
        Ok(without_pipelines)
    }
}

/// Receives verdicts until it returns false.
type Deliver<'d> = dyn FnMut(Verdict) -> bool + 'd;

/// Judges with all the evidence there is.
struct AllSources<'a> {
    options: JudgeOptions<'a>,
    sources: Sources<'a>,
    collecting: Collecting<'a>,
    logs: &'a [(String, Vec<u8>)],
    known: Vec<Secret>,
}

impl AllSources<'_> {
    /// Judges the documents of `index`. The result is false when `deliver` wants no more.
    fn judge(&self, index: &Index, deliver: &mut Deliver<'_>) -> bool {
        let judge = DocumentJudge { index, options: self.options };
        let sources = Sources { siblings: index, ..self.sources };
        let (collecting, mut known) = (&self.collecting, self.known.clone());
        let resolved = judge.resolve_all(collecting, sources, &mut known);
        let leaks = resolved.as_ref().map(|resolved| resolved.leaks(self.logs));
        let rest = if resolved.is_some() { sources.without(Need::Vault) } else { sources };
        let mut wants_more = true;
        let deliver = |verdict| {
            wants_more = deliver(verdict);
            wants_more
        };
        judge.all(deliver, |item, document| {
            let mut known = known.clone();
            let mut evidence = collecting.evidence(document, rest, &mut known);
            match (&resolved, &leaks) {
                // What one document refers to may be in another one.
                (Some(resolved), Some(leaks)) => {
                    evidence.secrets = resolved.lookups(item);
                    evidence.leaks = Arc::clone(leaks);
                }
                _ => evidence.leaks = Arc::new(Leaks::together([&*evidence.leaks], self.logs)),
            }
            judge.verdict(document, &evidence, &known)
        });
        wants_more
    }

    /// Judges the saved pipelines of the applications, one application after another. The result are those that have none.
    fn judge_applications(&self, wanted: &Applications, deliver: &mut Deliver<'_>) -> Vec<String> {
        let (runtime, spinnaker, deadline) = (self.collecting.runtime, self.sources.spinnaker, self.sources.deadline);
        let unknown = |application: Option<String>, why: &str| {
            let subject = SubjectRecord { application, ..SubjectRecord::unknown(None) };
            judge::unavailable(subject.into(), why, &self.known, self.options)
        };
        let names = match runtime.block_on(applications::names(wanted, spinnaker, deadline)) {
            Ok(names) => names,
            Err(why) => {
                deliver(unknown(None, &why));
                return Vec::new();
            }
        };
        let mut without_pipelines = Vec::new();
        for name in names {
            let wants_more = match runtime.block_on(applications::saved(&name, spinnaker, deadline)) {
                Saved::Pipelines(files) => {
                    let files = files.into_iter().map(Ok).collect();
                    self.judge(&Index::of(Inputs { files, ..Inputs::default() }), deliver)
                }
                Saved::None => {
                    without_pipelines.push(name);
                    true
                }
                Saved::Unknown(why) => deliver(unknown(Some(name), &why)),
            };
            if !wants_more {
                break;
            }
        }
        without_pipelines
    }
}

/// Fetches evidence on the runtime of the run.
struct Collecting<'a> {
    runtime: &'a Runtime,
    resolver: &'a SecretResolver,
}

impl Collecting<'_> {
    fn evidence(&self, document: &Read<'_>, sources: Sources<'_>, known: &mut Vec<Secret>) -> Evidence {
        self.runtime.block_on(collect(&document.contents, sources, self.resolver, known))
    }
}

/// A document at work.
struct Read<'f> {
    file: &'f ReadFile,
    /// Its place among the documents of its file.
    number: usize,
    part: &'f Part<'f>,
    contents: Contents<'f>,
}

/// What Vault answered for every document, before any of them is judged.
struct ResolvedSecrets {
    evidence: Vec<Option<Evidence>>,
}

impl ResolvedSecrets {
    fn leaks(&self, logs: &[(String, Vec<u8>)]) -> Arc<Leaks> {
        let all = self.evidence.iter().flatten().map(|evidence| &*evidence.leaks);
        Arc::new(Leaks::together(all, logs))
    }

    fn lookups(&self, item: usize) -> Lookup<Vec<SecretLookup>> {
        match self.evidence.get(item) {
            Some(Some(evidence)) => evidence.secrets.clone(),
            _ => Lookup::NotConfigured,
        }
    }
}

/// Judges documents by their number.
struct DocumentJudge<'a> {
    index: &'a Index,
    options: JudgeOptions<'a>,
}

impl DocumentJudge<'_> {
    /// Runs `make` on every document and hands the verdicts to `deliver`, in order.
    fn all(&self, deliver: impl FnMut(Verdict) -> bool, make: impl Fn(usize, &Read<'_>) -> Verdict + Sync) {
        let one = |item: usize| self.with(item, |document| make(item, document)).unwrap_or_else(|verdict| *verdict);
        parallel::ordered(self.index.items().len(), one, deliver);
    }

    /// Reads a document and runs `work` on it.
    ///
    /// # Errors
    /// The verdict over a document that cannot be read.
    fn with<T>(&self, item: usize, work: impl FnOnce(&Read<'_>) -> T) -> Result<T, Box<Verdict>> {
        let lost =
            || Box::new(judge::unavailable(SubjectRecord::unknown(None).into(), "the file is gone", &[], self.options));
        let item = *self.index.items().get(item).ok_or_else(lost)?;
        let file = self.index.file(item).ok_or_else(lost)?;
        let unknown = || Named::from(SubjectRecord::unknown(Some(file.name.clone())));
        match file.error() {
            Some(NotRead::File(why)) => return Err(Box::new(judge::unavailable(unknown(), why, &[], self.options))),
            Some(NotRead::Document { error, .. }) => {
                return Err(Box::new(judge::unreadable(unknown(), error, self.options)));
            }
            None => {}
        }
        let Some(part) = file.parts().get(item.root) else {
            let why = format!("{}: the file holds no document", file.name);
            return Err(Box::new(judge::unavailable(unknown(), &why, &[], self.options)));
        };
        let rules = self.options.policy.custom_rules.of_file(&file.name);
        let contents = Contents::of(Input::of_part(part), &rules);
        Ok(work(&Read { file: &file, number: item.root, part, contents }))
    }

    /// Asks Vault for the secrets of all documents, when there are several and Vault is configured.
    fn resolve_all(
        &self,
        collecting: &Collecting<'_>,
        sources: Sources<'_>,
        known: &mut Vec<Secret>,
    ) -> Option<ResolvedSecrets> {
        let count = self.index.items().len();
        if count < 2 || !collecting.resolver.is_configured() {
            return None;
        }
        let only_vault = sources.only(Need::Vault);
        let one = |item: usize| {
            let mut known = Vec::new();
            let evidence = self.with(item, |document| collecting.evidence(document, only_vault, &mut known)).ok();
            (evidence, known)
        };
        let mut resolved = ResolvedSecrets { evidence: Vec::with_capacity(count) };
        parallel::ordered(count, one, |(evidence, of_document)| {
            resolved.evidence.push(evidence);
            known.extend(of_document);
            true
        });
        Some(resolved)
    }

    fn verdict(&self, document: &Read<'_>, evidence: &Evidence, known: &[Secret]) -> Verdict {
        let (file, input) = (document.file, &document.contents.input);
        let number = file.is_one_of_several(document.part).then_some(document.number);
        let subject = SubjectRecord::of(input, file.sha256_of(document.part), Some(file.name.clone()), number);
        let distinction = self.index.distinction(input, &file.name, document.number);
        judge::judge(&document.contents, Named { subject, distinction: &distinction }, evidence, known, self.options)
    }
}
