//! The start of an execution that changes production.

use crate::analysis::start::{RootStart, StartUnknown};
use crate::checks::api::{Context, Finding, Need, Report};
use crate::policy::identity::SatisfiedCheck;

/// The start of an execution that changes production, at the root of its chain; otherwise reports why the check cannot judge it.
pub(crate) fn production_start<'c>(context: &'c Context<'_, '_>, report: &mut Report<'_>) -> Option<&'c RootStart<'c>> {
    if context.input.pipeline.as_ref().is_none_or(|pipeline| !pipeline.is_execution) {
        report.not_applicable("only an execution has been started");
        return None;
    }
    if context.production().is_untouched() {
        report.not_applicable("no stage is known to change production");
        return None;
    }
    match context.start() {
        Ok(started) => return Some(started),
        Err(StartUnknown::NotStarted) => report.not_applicable("only an execution has been started"),
        Err(StartUnknown::NotConfigured) => report
            .not_configured(context, format!("needs the execution that started this one; {}", Need::Parents.source())),
        Err(StartUnknown::Unavailable(why) | StartUnknown::Forged(why)) => report.inconclusive(why.clone()),
    }
    None
}

/// Whether an identity token proves the start to the satisfaction of `check`. Where somebody decided on the way, by a judgment that hands
/// on its user, the token of the root proves nothing of that.
pub(crate) fn is_satisfied(context: &Context<'_, '_>, started: &RootStart<'_>, check: SatisfiedCheck) -> bool {
    started.start == started.by_trigger
        && context.policy.triggers.identity.satisfies.contains(&check)
        && context.identity().is_proven()
}

/// Reports a problem with the start of this execution, at its trigger.
pub(crate) fn report_start<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, message: String, remedy: String) {
    let Some(pipeline) = context.input.pipeline.as_ref() else { return };
    let finding = Finding::at(pipeline.value.get("trigger").unwrap_or(pipeline.value), message, remedy);
    report_execution(context, report, finding);
}

/// Reports `finding` about an execution: unsettled unless the execution is sure to change production.
pub(crate) fn report_execution<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, finding: Finding<'d>) {
    if context.production().settled().next().is_some() {
        report.finding(finding);
    } else {
        report.unsettled(context, finding);
    }
}
