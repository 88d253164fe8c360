//! `expired-waiver`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::waivers::waivers_about;

/// A waiver that ends within so many days is noted.
const SOON: i64 = 14;

declare_check! {
    /// # What it checks
    /// A waiver of the policy must not be past its last day (`expires`). A waiver that ends within 14 days is noted. Waivers of other
    /// applications and pipelines, and of checks that are off, are not considered.
    ///
    /// # Why it matters
    /// An expired waiver has no effect: the findings that it covered count again. Nobody should learn that from a release that fails.
    ///
    /// # Remedy
    /// Fix what the waiver covers and remove it, or decide anew and set another `expires`.
    id: "expired-waiver",
    summary: "a waiver of the policy is past its last day",
    family: Family::Ownership,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [],
    evidence: [],
    detectors: ["ends-soon"],
    controls: [Control::SoxChangeManagement, Control::Part11AuthorityChecks, Control::NistCm3],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let root = context.input.root;
    for (_, from, waiver) in waivers_about(context) {
        let justification = &waiver.justification;
        let ends = sanitize(justification.expires.as_deref().unwrap_or_default(), 40);
        let label = waiver.label();
        let remedy = "fix what it covers and remove it, or decide anew and set another `expires`";
        if justification.is_expired(context.now) {
            let message =
                format!("{from} of the policy ended on {ends} ({label}): the findings that it covered count again");
            report.finding(Finding::at(root, message, remedy).inner(Some(from)).only_warns());
        } else if let Some(days) = justification.days_left(context.now).filter(|days| *days <= SOON) {
            let message = format!("{from} of the policy ends on {ends}, in {days} days ({label})");
            let finding = Finding::at(root, message, remedy).detector("ends-soon").inner(Some(from));
            report.finding(finding.severity(Severity::Info).only_warns());
        }
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
        let waiver = |expires: &str| json!({"check": "missing-canary", "application": "shop", "reason": "x", "expires": expires});
        let mut cases = Cases::default();
        cases.about("a waiver past its last day, and one that ends soon");
        cases.warns(case(waiver("2026-05-31")), &[""]);
        cases.warns(case(waiver("2026-06-01")), &[""]);
        cases.warns(case(waiver("2026-06-15")), &[""]);

        cases.about("a waiver with time left or without an end, and one of another application or check");
        cases.quiet(case(waiver("2026-06-16")));
        cases.quiet(case(json!({"check": "missing-canary", "reason": "x"})));
        cases.quiet(case(
            json!({"check": "missing-canary", "application": "billing", "reason": "x", "expires": "2026-01-01"}),
        ));
        cases.quiet(case(
            json!({"check": "missing-canary", "pipeline": "Rollback", "reason": "x", "expires": "2026-01-01"}),
        ));
        cases
    }
}
