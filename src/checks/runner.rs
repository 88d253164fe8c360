//! Runs the catalogue over one document. Results are raw: what the policy makes of them is the verdict's to decide.

use std::sync::Arc;

use crate::checks::api::{Context, Finding, Report};
use crate::checks::catalogue::Catalogue;
use crate::evidence::contents::Contents;
use crate::meta::{FactSet, Meta, Mode, Need, NeedSet};
use crate::policy::Policy;

/// What became of one check.
pub struct CheckResult<'d> {
    pub meta: Arc<Meta>,
    pub run: Run<'d>,
}

/// Whether a check ran, and what it reported.
pub enum Run<'d> {
    /// It was left out; why.
    LeftOut(&'static str),
    Reported(Report<'d>),
}

/// Runs every check of `catalogue` that `policy` does not turn off and `only` does not exclude (all when `only` is empty).
pub fn run<'d>(catalogue: &Catalogue, context: &Context<'_, 'd>, only: &[String]) -> Vec<CheckResult<'d>> {
    let doubts = doubts(context);
    let one = |check: &Arc<dyn super::api::Check>| {
        let meta = Arc::clone(check.meta());
        let policy = context.policy.check(&meta);
        if let Some(why) = left_out(&meta, policy.mode, only) {
            return CheckResult { meta, run: Run::LeftOut(why) };
        }
        let mut report = Report::default();
        check.run(context, &policy.options, &mut report);
        debug_assert_eq!(undeclared(&meta, context.take_reads()), None, "{} reads what it does not declare", meta.id);
        debug_assert_eq!(undeclared_detector(&meta, &report), None, "{} does not declare a detector", meta.id);
        report.inconclusive.extend(doubts.iter().cloned());
        CheckResult { meta, run: Run::Reported(report) }
    };
    catalogue.iter().map(one).collect()
}

/// Every check inconclusive for the same reason: a document that could not be read.
pub fn unreadable(catalogue: &Catalogue, policy: &Policy, only: &[String], reason: &str) -> Vec<CheckResult<'static>> {
    let one = |meta: Arc<Meta>| {
        if let Some(why) = left_out(&meta, policy.check(&meta).mode, only) {
            return CheckResult { meta, run: Run::LeftOut(why) };
        }
        let report = Report { inconclusive: vec![reason.to_owned()], ..Report::default() };
        CheckResult { meta, run: Run::Reported(report) }
    };
    catalogue.metas().into_iter().map(one).collect()
}

/// Adds what the same checks reported about another reading of the document: the findings of both count.
pub fn merge<'d>(results: &mut [CheckResult<'d>], others: Vec<CheckResult<'d>>) {
    for (result, other) in results.iter_mut().zip(others) {
        let (Run::Reported(report), Run::Reported(other)) = (&mut result.run, other.run) else { continue };
        for finding in other.findings {
            let is_known = |known: &Finding<'_>| {
                known.place.row() == finding.place.row()
                    && std::ptr::eq(known.place.document(), finding.place.document())
                    && known.detector == finding.detector
                    && known.inner == finding.inner
                    && known.message == finding.message
            };
            if !report.findings.iter().any(is_known) {
                report.findings.push(finding);
            }
        }
        for reason in other.inconclusive {
            if !report.inconclusive.contains(&reason) {
                report.inconclusive.push(reason);
            }
        }
        report.not_applicable = report.not_applicable.take().filter(|_| other.not_applicable.is_some());
        report.skipped = report.skipped.take().or(other.skipped);
    }
}

/// Why the document is not judged, whatever the checks report: it is not recognised, or parts of it could not be read.
pub fn unjudged(context: &Context<'_, '_>, others: &[Contents<'_>]) -> Option<String> {
    let of_others = others.iter().flat_map(|other| other.input.doubts());
    doubts(context).into_iter().chain(of_others).next()
}

/// The evidence that the checks which will run may read.
pub fn needs(catalogue: &Catalogue, policy: &Policy, only: &[String]) -> NeedSet {
    let metas = catalogue.metas();
    let run = metas.iter().filter(|meta| left_out(meta, policy.highest_mode(meta), only).is_none());
    run.fold(NeedSet::default(), |needs, meta| {
        let mut needs = needs.union(meta.needs());
        if meta.judges_started() {
            needs.insert(Need::Children);
        }
        needs
    })
}

/// Why a check does not run.
fn left_out(meta: &Meta, mode: Mode, only: &[String]) -> Option<&'static str> {
    if mode == Mode::Off {
        return Some("the policy turns it off");
    }
    let asked_for = only.is_empty() || only.iter().any(|id| *id == meta.id);
    (!asked_for).then_some("not among the checks asked for")
}

/// Why no check may conclude anything from this document.
fn doubts(context: &Context<'_, '_>) -> Vec<String> {
    let mut doubts = context.input.doubts();
    if let Some(why) = context.plan_error() {
        doubts.push(format!("the pipeline could not be combined with its template: {why}"));
    }
    doubts
}

/// What a check read without declaring it.
fn undeclared(meta: &Meta, (needs, facts): (NeedSet, FactSet)) -> Option<String> {
    let declared = meta.needs();
    if let Some(need) = needs.iter().find(|need| !declared.contains(*need)) {
        return Some(format!("evidence: {}", need.word()));
    }
    (!facts.is_within(meta.facts.iter().copied().collect())).then(|| "a fact".to_owned())
}

/// A detector that a finding names and its check does not declare. A detector is part of the fingerprint, so each is declared.
fn undeclared_detector<'r>(meta: &Meta, report: &'r Report<'_>) -> Option<&'r str> {
    // The ids of a policy's own rules are declared by the policy.
    let is_own = |finding: &&Finding<'_>| finding.secret.as_ref().is_some_and(|secret| secret.is_by_own_rule);
    let of_check = report.findings.iter().filter(|finding| !is_own(finding));
    let mut named = of_check.map(|finding| &*finding.detector).filter(|detector| !detector.is_empty());
    named.find(|detector| !meta.detectors.contains(detector))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::{Fact, Need};

    #[test]
    fn reading_what_is_not_declared_is_found() {
        let catalogue = Catalogue::built_in();
        let meta = catalogue.find("plaintext-secret").unwrap().meta();
        let reads = |needs: &[Need], facts: &[Fact]| (needs.iter().copied().collect(), facts.iter().copied().collect());
        assert_eq!(undeclared(meta, reads(&[], &[])), None);
        assert_eq!(undeclared(meta, reads(&[Need::Accounts], &[])).as_deref(), Some("evidence: accounts"));
        assert!(undeclared(meta, reads(&[], &[Fact::Pods])).is_some());
        let canary = catalogue.find("missing-canary").unwrap().meta();
        assert_eq!(undeclared(canary, reads(&[Need::Accounts, Need::Children], &[Fact::Production])), None);
    }
}
