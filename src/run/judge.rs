//! From the contents of a document and its evidence to a verdict: the one call that every command makes.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;

use crate::analysis::images::{self, Image};
use crate::analysis::interventions::{Action, interventions};
use crate::analysis::scope::scope_subject;
use crate::analysis::started::{AllStarted, Started, all_started};
use crate::analysis::{Circumstances, Context};
use crate::base::sanitize::sanitize;
use crate::base::secret::Secret;
use crate::checks::catalogue::Catalogue;
use crate::checks::{runner, started};
use crate::document::{Position, Unreadable};
use crate::evidence::contents::{Contents, Inspected};
use crate::evidence::{Evidence, Lookup, SecretOutcome};
use crate::kubernetes::image;
use crate::meta::{Confidence, Need, NeedSet};
use crate::policy::{EffectivePolicy, Policy};
use crate::spinnaker::input::Input;
use crate::spinnaker::own_stage::OwnStage;
use crate::spinnaker::pipeline::Pipeline;
use crate::verdict::mask::Mask;
use crate::verdict::source::secret_rows;
use crate::verdict::stages;
use crate::verdict::{
    InterventionRecord, Places, SecretCounts, StartedRecord, SubjectRecord, Verdict, VerdictContext, decide,
};

/// How documents are judged, the same for every document of a run.
#[derive(Clone, Copy)]
pub struct JudgeOptions<'a> {
    pub catalogue: &'a Catalogue,
    pub policy: &'a EffectivePolicy,
    /// Run these checks only; all when empty.
    pub only: &'a [String],
    /// Findings below it are left out, unless they enforce.
    pub confidence: Confidence,
    /// The gate's own stage, under `plimsoll gate`.
    pub own_stage: Option<&'a OwnStage>,
    /// Missing evidence is inconclusive (`gate`), not skipped (`check`).
    pub evidence_required: bool,
    pub started_at: Timestamp,
}

impl JudgeOptions<'_> {
    /// The evidence that the checks which will run may read.
    pub fn needs(&self) -> NeedSet {
        let mut needs = runner::needs(self.catalogue, &self.policy.policy, self.only);
        if self.policy.policy.scopes.iter().any(|scope| !scope.matching.owner.is_empty()) {
            needs.insert(Need::Application);
        }
        needs
    }
}

/// What one document is called in its verdict.
pub struct Named<'a> {
    pub subject: SubjectRecord,
    /// What tells it apart from others of the same name in the same report; empty when nothing has to.
    pub distinction: &'a str,
}

impl From<SubjectRecord> for Named<'_> {
    fn from(subject: SubjectRecord) -> Self {
        Self { subject, distinction: "" }
    }
}

/// The verdict over the document of `contents`. `known_secrets` are values that no output may hold.
pub fn judge(
    contents: &Contents<'_>,
    named: Named<'_>,
    evidence: &Evidence,
    known_secrets: &[Secret],
    options: JudgeOptions<'_>,
) -> Verdict {
    // A templated pipeline is judged as what it would run.
    let planned = evidence.planned.found().map(Inspected::contents);
    let contents = planned.unwrap_or(contents);
    let with_fetched = contents.with_fetched(&evidence.artifacts, &options.policy.custom_rules);
    let contents = with_fetched.as_ref().unwrap_or(contents);
    let circumstances = Circumstances {
        policy: &options.policy.policy,
        own_stage: options.own_stage,
        now: options.started_at,
        evidence_required: options.evidence_required,
    };
    let all = all_started(contents.input.pipeline.as_ref(), evidence, &options.policy.custom_rules);
    let context = Context::new(contents, evidence, circumstances);
    let scoped = scoped(&context, options.catalogue);
    let circumstances =
        Circumstances { policy: scoped.as_ref().map_or(&options.policy.policy, |(policy, _)| policy), ..circumstances };
    let context = context.under(circumstances.policy).starting(&all);
    let mut results = runner::run(options.catalogue, &context, options.only);
    started::add(options.catalogue, &mut results, &context, &all, options.only);
    // What looks like two kinds of documents is judged as both.
    let readings = contents.input.other_readings().into_iter();
    let rules = &options.policy.custom_rules;
    let read = |input| {
        let contents = Contents::of(input, rules);
        contents.with_fetched(&evidence.artifacts, rules).unwrap_or(contents)
    };
    let others: Vec<Contents<'_>> = readings.map(read).collect();
    for other in &others {
        let context = Context::new(other, evidence, circumstances);
        runner::merge(&mut results, runner::run(options.catalogue, &context, options.only));
    }
    let unjudged = runner::unjudged(&context, &others);
    let of_started = all.judged.iter().flat_map(|one| one.inspected.contents().secrets.texts());
    let mask = Mask::of(contents.secrets.texts().chain(of_started), known_secrets);
    let secrets = SecretCounts { referenced: contents.secrets.distinct_references(), ..counted(evidence) };
    let has_changes = contents.input.pipeline.is_some() && !context.production().changes.is_empty();
    let places = if has_changes { Places::of(context.production(), &mask) } else { Places::default() };
    let is_unrefined =
        has_changes && options.needs().contains(Need::Accounts) && matches!(evidence.accounts, Lookup::NotConfigured);
    let stages = contents.input.pipeline.as_ref().map(|pipeline| stages::of(pipeline, context.production(), &mask));
    let stages = stages.unwrap_or_default();
    let images = images_of(&context, &mask);
    let context = VerdictContext {
        input: Some(&contents.input),
        is_planned: planned.is_some(),
        unjudged,
        secrets,
        places,
        is_unrefined,
        secret_rows: secret_rows(&contents.secrets, contents.input.root),
        interventions: interventions_of(&contents.input, evidence, &mask),
        started: started_of(&contents.input, &all, &mask),
        scoped: scoped.as_ref().map(|(policy, names)| (policy, names.iter().map(|name| mask.apply(name)).collect())),
        stages,
        images,
        ..context_of(named, &mask, options)
    };
    decide(results, context)
}

/// The policy for the document of `context`, and the names of the scopes that apply to it; `None` where none does.
fn scoped(context: &Context<'_, '_>, catalogue: &Catalogue) -> Option<(Policy, Vec<String>)> {
    let policy = context.policy;
    if policy.scopes.is_empty() { None } else { policy.scoped(&scope_subject(context), &catalogue.metas()) }
}

/// The verdict over a document that could not be read.
pub fn unreadable(named: Named<'_>, error: &Unreadable, options: JudgeOptions<'_>) -> Verdict {
    let Position { line: row, column } = error.position;
    let file = named.subject.file.clone().unwrap_or_else(|| "the document".into());
    unavailable(named, &format!("{file}:{row}:{column}: {}", error.reason), &[], options)
}

/// The verdict over a document that was not available, and why.
pub fn unavailable(named: Named<'_>, reason: &str, known_secrets: &[Secret], options: JudgeOptions<'_>) -> Verdict {
    let mask = Mask::of([], known_secrets);
    let results = runner::unreadable(options.catalogue, &options.policy.policy, options.only, reason);
    let unjudged = Some(reason.to_owned());
    decide(results, VerdictContext { unjudged, ..context_of(named, &mask, options) })
}

fn context_of<'a>(named: Named<'a>, mask: &'a Mask, options: JudgeOptions<'a>) -> VerdictContext<'a, 'a> {
    VerdictContext {
        policy: options.policy,
        scoped: None,
        input: None,
        subject: named.subject,
        distinction: named.distinction,
        is_planned: false,
        unjudged: None,
        secrets: SecretCounts::default(),
        places: Places::default(),
        interventions: Vec::new(),
        started: Vec::new(),
        stages: Vec::new(),
        images: Vec::new(),
        is_unrefined: false,
        confidence: options.confidence,
        mask,
        secret_rows: HashSet::new(),
        started_at: options.started_at,
        finished_at: Timestamp::now(),
    }
}

/// The images that the document deploys by digest, each once.
fn images_of(context: &Context<'_, '_>, mask: &Mask) -> Vec<(String, String)> {
    let resolved = context.input.pipeline.as_ref().map(images::resolved).unwrap_or_default();
    let by_digest = |image: &Image<'_>| {
        let bound = resolved.get(image::repository(&image.text)).filter(|_| image.is_bound);
        let (name, digest) = bound.map_or(&*image.text, String::as_str).split_once("@sha256:")?;
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| (mask.apply(&sanitize(image::repository(name), 300)), digest.to_ascii_lowercase()))
    };
    let images: BTreeSet<_> = context.images().iter().filter_map(by_digest).collect();
    images.into_iter().collect()
}

/// What people did to the execution while it ran, without any secret.
fn interventions_of(input: &Input<'_>, evidence: &Evidence, mask: &Mask) -> Vec<InterventionRecord> {
    let Some(execution) = input.pipeline.as_ref() else { return Vec::new() };
    let saved = evidence.saved.found().map(|saved| Pipeline::read(saved.root(), false));
    let found = interventions(execution, saved.as_ref()).into_iter();
    found
        .filter_map(|found| {
            let stage = execution.stages.get(found.stage)?;
            let shown = |text: &str| mask.apply(&sanitize(text, 100));
            let answer = match &found.action {
                Action::AnsweredJudgment(answer) => Some(shown(answer)),
                _ => None,
            };
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970")]
            let at = found.at.and_then(|at| Timestamp::from_millisecond(at as i64).ok());
            Some(InterventionRecord {
                stage: shown(&stage.ref_id),
                stage_name: shown(&stage.name),
                user: shown(&found.user),
                action: found.action.word(),
                answer,
                at,
            })
        })
        .collect()
}

/// The pipelines that were judged with the release, without any secret.
fn started_of(input: &Input<'_>, started: &AllStarted, mask: &Mask) -> Vec<StartedRecord> {
    let shown = |text: &str| mask.apply(&sanitize(text, 200));
    let stage = |index: usize| input.pipeline.as_ref()?.stages.get(index).map(|stage| shown(&stage.ref_id));
    let one = |one: &Started| StartedRecord {
        stage: stage(one.stage).unwrap_or_default(),
        pipeline: shown(&one.key),
        id: one.id.as_deref().map(shown),
        update_ts: one.update_ts.as_deref().map(shown),
        sha256: one.sha256.clone(),
    };
    started.judged.iter().map(one).collect()
}

fn counted(evidence: &Evidence) -> SecretCounts {
    let Lookup::Found(lookups) = &evidence.secrets else { return SecretCounts::default() };
    let count = |wanted: &SecretOutcome| lookups.iter().filter(|lookup| lookup.outcome == *wanted).count();
    let resolved = count(&SecretOutcome::Resolved);
    let not_asked = count(&SecretOutcome::Elsewhere) + count(&SecretOutcome::Open);
    SecretCounts { referenced: 0, resolved, failed: lookups.len() - resolved - not_asked }
}
