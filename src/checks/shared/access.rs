//! What the checks of roles and bindings have in common.

use crate::checks::api::{Context, Finding, Report};
use crate::checks::shared::manifests;
use crate::kubernetes::rbac::{Grants, Right, Role, Rule};
use crate::meta::Confidence;

/// A right that roles must not grant, and what it means.
pub(crate) struct Danger {
    pub(crate) right: Right,
    /// What its holder may do, such as `execute commands in every pod`.
    pub(crate) may: &'static str,
}

/// What a right is worth when the rule names the objects it is for (`resourceNames`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// Nothing to report: it is the least that works.
    Fine,
    /// A warning outside `strict`.
    Weaker,
}

/// Reports each rule of a role that grants one of `dangers`.
pub(crate) fn judge_roles<'d>(
    context: &Context<'_, 'd>,
    report: &mut Report<'d>,
    dangers: &[Danger],
    named: Named,
    remedy: &'static str,
) {
    if !begin(context, report) {
        return;
    }
    for role in &context.access().roles {
        for rule in &role.rules {
            if rule.is_named() && named == Named::Fine {
                continue;
            }
            judge_rule(context, report, (role, *rule), dangers, remedy);
        }
        report_unread(context, report, role);
    }
}

fn judge_rule<'d>(
    context: &Context<'_, 'd>,
    report: &mut Report<'d>,
    (holder, rule): (&Role<'d>, Rule<'d>),
    dangers: &[Danger],
    remedy: &'static str,
) {
    let mut open = None;
    for danger in dangers {
        match rule.grants(danger.right) {
            Grants::Yes(verb) => {
                let message = format!(
                    "{} may {}: it grants {verb} on {}",
                    holder.manifest.label(),
                    danger.may,
                    danger.right.resource
                );
                let finding = Finding::at(rule.value, message, remedy).stage(holder.manifest.stage);
                let confidence = if rule.is_named() { Confidence::Medium } else { Confidence::High };
                return report.finding(finding.confidence(confidence));
            }
            Grants::Open(place) => {
                open.get_or_insert((place, danger));
            }
            Grants::No => {}
        }
    }
    if let Some((place, danger)) = open {
        let message = format!("whether {} may {} depends on an expression", holder.manifest.label(), danger.may);
        report.unsettled(context, Finding::at(place, message, remedy).stage(holder.manifest.stage));
    }
}

/// Rules that are an expression or a text: `wildcard-role` reports the place.
fn report_unread<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>, role: &Role<'d>) {
    if role.unread.is_some() {
        let why = format!("the rules of {} are an expression or a text", role.manifest.label());
        report.unsettled_elsewhere(context, why);
    }
}

/// Whether there is anything to judge; reports what could not be inspected.
pub(crate) fn begin<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) -> bool {
    let access = context.access();
    if access.roles.is_empty() && access.bindings.is_empty() && context.manifests.opaque.is_empty() {
        report.not_applicable("the document has no role and no binding that can be inspected");
        return false;
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    true
}
