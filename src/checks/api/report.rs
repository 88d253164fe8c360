//! What a check reports: findings, and what it could not judge. The verdict derives the outcome from it.

use super::{Context, Finding};
use crate::evidence::Lookup;
use crate::meta::{Mode, Need};

/// What one check reports about one document.
#[derive(Default)]
pub struct Report<'d> {
    pub(crate) findings: Vec<Finding<'d>>,
    pub(crate) inconclusive: Vec<String>,
    pub(crate) not_applicable: Option<String>,
    pub(crate) skipped: Option<String>,
}

/// Evidence that a check requires.
pub enum Available<'e, T> {
    Found(&'e T),
    /// Its source answered that it does not exist; the check decides what that means.
    Missing,
    /// It is not available, and the report already gives the reason.
    Reported,
}

impl<'d> Report<'d> {
    /// Reports a problem.
    pub fn finding(&mut self, finding: Finding<'d>) {
        self.findings.push(finding);
    }

    /// Reports that something could not be judged; `reason` says what and why.
    pub fn inconclusive(&mut self, reason: impl Into<String>) {
        self.inconclusive.push(reason.into());
    }

    /// Reports a place that could not be judged: inconclusive in an execution, a warning in a saved pipeline, because only an
    /// execution has the value. A finding that would only warn stays a warning.
    pub fn unsettled(&mut self, context: &Context<'_, 'd>, finding: Finding<'d>) {
        let would_fail = finding.at_most != Mode::Warn;
        if would_fail && context.is_running {
            self.inconclusive.push(finding.message.clone());
        }
        self.findings.push(finding.only_warns());
    }

    /// Reports that something could not be judged at a place that another check reports: inconclusive in an execution.
    pub fn unsettled_elsewhere(&mut self, context: &Context<'_, '_>, reason: impl Into<String>) {
        if context.is_running {
            self.inconclusive.push(reason.into());
        }
    }

    /// Reports that evidence is missing because its source is not configured: inconclusive if evidence is required, otherwise
    /// skipped. `reason` names the option that configures the source.
    pub fn not_configured(&mut self, context: &Context<'_, '_>, reason: impl Into<String>) {
        if context.evidence_required {
            self.inconclusive.push(reason.into());
        } else {
            self.skipped = Some(reason.into());
        }
    }

    /// Reports that the check does not apply to this document, and why.
    pub fn not_applicable(&mut self, reason: impl Into<String>) {
        self.not_applicable = Some(reason.into());
    }

    /// The evidence of kind `need` in `lookup`, which this check requires. Reports when its source is not configured or failed.
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
