//! Judges the pipelines that a release starts by the same checks as the release, so that no check has code of its own for them.

use std::collections::HashSet;

use crate::analysis::started::{AllStarted, Started};
use crate::base::sanitize::quoted;
use crate::checks::api::{Context, Elsewhere, Finding, Report, SecretAt, stage_label};
use crate::checks::catalogue::Catalogue;
use crate::checks::runner::{CheckResult, Run, run};
use crate::spinnaker::stage::Stage;

/// Judges every pipeline that the release of `context` starts by the same checks, and adds what they report to `results`: at the stage
/// that starts the pipeline.
pub fn add<'d>(
    catalogue: &Catalogue,
    results: &mut [CheckResult<'d>],
    context: &Context<'_, 'd>,
    started: &AllStarted,
    only: &[String],
) {
    let Some(release) = context.input.pipeline.as_ref() else { return };
    let mut told: HashSet<(String, String, String)> = HashSet::new();
    for one in &started.judged {
        let Some(stage) = release.stages.get(one.stage) else { continue };
        let contents = one.inspected.contents();
        let found = run(catalogue, &context.of_started(contents), only);
        for (result, found) in results.iter_mut().zip(found) {
            let (Run::Reported(report), Run::Reported(mut found)) = (&mut result.run, found.run) else { continue };
            if !result.meta.judges_started() {
                continue;
            }
            found.findings.retain(|finding| {
                let pointer = finding.place.pointer_from(contents.input.root).to_string();
                told.insert((result.meta.id.to_string(), format!("{} {pointer}", one.key), finding.message.clone()))
            });
            absorb(report, found, &Brought { stage, index: one.stage, started: one });
        }
    }
    for unjudged in &started.unjudged {
        let Some(stage) = release.stages.get(unjudged.stage) else { continue };
        let why = format!("{}: {}", stage_label(stage), unjudged.why);
        for result in results.iter_mut().filter(|result| result.meta.judges_started()) {
            let Run::Reported(report) = &mut result.run else { continue };
            if unjudged.is_missing {
                report.not_configured(context, why.clone());
            } else {
                report.unsettled_elsewhere(context, why.clone());
            }
        }
    }
}

/// A stage that starts a pipeline.
struct Brought<'a, 'd> {
    stage: &'a Stage<'d>,
    index: usize,
    started: &'a Started,
}

/// Adds to `report` what was found in a pipeline that a stage starts.
fn absorb<'d>(report: &mut Report<'d>, found: Report<'_>, brought: &Brought<'_, 'd>) {
    let name = quoted(brought.started.name.as_deref().unwrap_or(&brought.started.key), 80);
    let root = brought.started.inspected.contents().input.root;
    let within =
        |reason: String| format!("in the pipeline {name} that {} starts: {reason}", stage_label(brought.stage));
    for finding in found.findings {
        let pointer = finding.place.pointer_from(root).to_string();
        let related = finding.related.iter().map(|place| place.pointer_from(root).to_string());
        let elsewhere: Vec<String> = std::iter::once(pointer.clone()).chain(related).collect();
        report.findings.push(Finding {
            of_waiver: None,
            place: brought.stage.value,
            related: Vec::new(),
            elsewhere: Some(Elsewhere { document: brought.started.key.clone(), pointer }),
            message: within(finding.message),
            stage: Some(brought.index),
            detector: finding.detector,
            inner: finding.inner,
            remedy: finding.remedy,
            severity: finding.severity,
            confidence: finding.confidence,
            at_most: finding.at_most,
            why: finding.why,
            secret: finding.secret.map(|secret| Box::new(SecretAt { elsewhere, ..*secret })),
        });
    }
    report.inconclusive.extend(found.inconclusive.into_iter().map(within));
    if let Some(skipped) = found.skipped {
        report.skipped.get_or_insert_with(|| within(skipped));
    }
    if found.not_applicable.is_none() {
        report.not_applicable = None;
    }
}
