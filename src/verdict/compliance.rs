//! Which controls of compliance frameworks the checks of a verdict serve, and what they found. A pure function.

use crate::meta::{Control, Mode};
use crate::policy::Overlay;
use crate::verdict::record::ComplianceRecord;
use crate::verdict::{CheckOutcome, CheckRecord, FindingRecord};

/// The controls of `overlays`, each with the checks that serve it. A control that no check of the catalogue serves is not among them.
pub fn compliance(overlays: &[Overlay], checks: &[CheckRecord], findings: &[FindingRecord]) -> Vec<ComplianceRecord> {
    let wanted = |control: &Control| overlays.iter().any(|overlay| overlay.framework() == control.definition().0);
    let one = |control: Control| {
        let serving: Vec<&CheckRecord> = checks.iter().filter(|check| check.meta.controls.contains(&control)).collect();
        let counts = |finding: &&FindingRecord| finding.mode > Mode::Off && finding.meta.controls.contains(&control);
        ComplianceRecord {
            control,
            outcome: worst(&serving),
            checks: serving.iter().map(|check| (check.meta.id.to_string(), check.outcome)).collect(),
            findings: findings.iter().filter(counts).count(),
        }
    };
    let all = Control::ALL.iter().copied().filter(wanted).map(one);
    all.filter(|record| !record.checks.is_empty()).collect()
}

/// Failed, then inconclusive, then warned, then skipped, then passed. One check that passed shows more than others that did not apply.
fn worst(checks: &[&CheckRecord]) -> CheckOutcome {
    use CheckOutcome::{Failed, Inconclusive, NotApplicable, Passed, Skipped, Warned};
    let order = [Failed, Inconclusive, Warned, Skipped, Passed];
    let has = |outcome: &CheckOutcome| checks.iter().any(|check| check.outcome == *outcome);
    order.into_iter().find(has).unwrap_or(NotApplicable)
}
