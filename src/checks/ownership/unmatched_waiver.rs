//! `unmatched-waiver`.

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::waivers::waivers_about;

declare_check! {
    /// # What it checks
    /// A waiver of the policy whose application and pipeline match the document must cover at least one finding of it. Nothing is
    /// reported where the check of the waiver did not run or could not judge, and for waivers that have ended.
    ///
    /// # Why it matters
    /// A waiver that covers nothing is no longer needed, or never did what its author meant: a misspelt stage, a pointer that has
    /// moved. It would silently cover the next finding that happens to match.
    ///
    /// # Remedy
    /// Remove the waiver, or correct what it matches.
    id: "unmatched-waiver",
    summary: "a waiver of the policy covers no finding",
    family: Family::Ownership,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::SoxChangeManagement, Control::NistCm3],
    since: "0.1.0",
}

/// Reports every waiver that is about the document. The verdict keeps those that cover nothing (`verdict::decide`): only it knows all
/// findings and their fingerprints.
fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    for (index, from, waiver) in waivers_about(context) {
        // A waiver for everything is expected to cover nothing in most documents.
        if waiver.justification.is_expired(context.now) || (waiver.application.is_empty() && waiver.pipeline.is_empty())
        {
            continue;
        }
        let message = format!("{from} of the policy covers no finding ({})", waiver.label());
        let remedy = "remove the waiver, or correct what it matches";
        report
            .finding(Finding::at(context.input.root, message, remedy).inner(Some(from)).of_waiver(index).only_warns());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::{Case, Cases, waived};

    fn case(waiver: serde_json::Value) -> Case {
        waived(
            json!({"application": "shop", "name": "Deploy", "stages": [{"type": "wait"}]}),
            waiver,
            "2026-06-01T00:00:00Z",
        )
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a waiver of this pipeline");
        cases.warns(case(json!({"check": "missing-canary", "application": "shop", "reason": "x"})), &[""]);
        cases.warns(case(json!({"check": "missing-canary", "pipeline": "dep*", "stage": "a", "reason": "x"})), &[""]);

        cases.about("a waiver of another pipeline, of every pipeline, or one that has ended");
        cases.quiet(case(json!({"check": "missing-canary", "application": "billing", "reason": "x"})));
        cases.quiet(case(json!({"check": "missing-canary", "pointer": "/stages/**", "reason": "x"})));
        cases.quiet(case(
            json!({"check": "missing-canary", "application": "shop", "reason": "x", "expires": "2026-01-01"}),
        ));
        cases
    }
}
