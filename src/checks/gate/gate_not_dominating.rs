//! `gate-not-dominating`: see the check's page below.

use crate::check::{Context, Enforced, Family, Report, declare_check};
use crate::finding::Severity;

declare_check! {
    /// # What it checks
    ///
    /// # Why it matters
    ///
    /// # Remedy
    id: "gate-not-dominating",
    summary: "a production change does not wait for the gate",
    family: Family::Gate,
    severity: Severity::High,
    enforced: Enforced::ALWAYS,
    needs: &[],
    options: &[],
    controls: &["nist-800-53:CM-3"],
    since: "0.1.0",
    run: run,
}

fn run(context: &Context<'_, '_>, report: &mut Report<'_>) {
    let _ = context;
    report.not_applicable("nothing here changes production");
}

#[cfg(test)]
mod tests {
    // fires( stays_quiet(
}
