//! What a check reports: findings, and what it could not judge. The verdict makes an outcome of it.

use super::{Context, Finding};
use crate::evidence::Lookup;
use crate::meta::Need;

/// What one check reports about one document.
#[derive(Default)]
pub struct Report<'d> {
    pub(crate) findings: Vec<Finding<'d>>,
    pub(crate) inconclusive: Vec<String>,
    pub(crate) not_applicable: Option<String>,
    pub(crate) skipped: Option<String>,
}

/// Evidence a check asked for.
pub enum Available<'e, T> {
    Found(&'e T),
    /// Its source answered and does not have it: what that means is for the check.
    Missing,
    /// It could not be had, and the report says so already.
    Reported,
}

impl<'d> Report<'d> {
    /// Something is wrong.
    pub fn finding(&mut self, finding: Finding<'d>) {
        self.findings.push(finding);
    }

    /// Something could not be judged; `reason` says what and why.
    pub fn inconclusive(&mut self, reason: impl Into<String>) {
        self.inconclusive.push(reason.into());
    }

    /// A place could not be judged: inconclusive in an execution, a warning in a saved pipeline, which only a running execution
    /// settles.
    pub fn unsettled(&mut self, context: &Context<'_, 'd>, finding: Finding<'d>) {
        if context.input.pipeline.as_ref().is_some_and(|pipeline| pipeline.is_execution) {
            self.inconclusive.push(finding.message.clone());
        }
        self.findings.push(finding.only_warns());
    }

    /// Evidence is missing because its source is not configured: inconclusive where evidence is required, else skipped.
    pub fn not_configured(&mut self, context: &Context<'_, '_>, reason: impl Into<String>) {
        if context.evidence_required {
            self.inconclusive.push(reason.into());
        } else {
            self.skipped = Some(reason.into());
        }
    }

    /// The check does not apply to documents like this one; why.
    pub fn not_applicable(&mut self, reason: impl Into<String>) {
        self.not_applicable = Some(reason.into());
    }

    /// `lookup` as evidence of kind `need` that this check cannot do without: reports by itself when its source is not configured or
    /// did not answer.
    pub fn available<'e, T>(
        &mut self,
        context: &Context<'_, 'd>,
        need: Need,
        lookup: &'e Lookup<T>,
    ) -> Available<'e, T> {
        match lookup {
            Lookup::Found(thing) => return Available::Found(thing),
            Lookup::Missing => return Available::Missing,
            Lookup::NotConfigured => self.not_configured(context, format!("needs {}; {}", need.word(), need.source())),
            Lookup::Unavailable(why) => self.inconclusive(format!("{} could not be read: {why}", need.word())),
        }
        Available::Reported
    }
}
