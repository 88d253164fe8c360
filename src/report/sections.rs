//! Sections of the verdict document that are there when the policy asks for them: its baseline, and compliance frameworks.

use serde::Serialize;

use crate::{policy, verdict};

/// How the findings differ from the policy's baseline.
#[derive(Serialize)]
pub(super) struct Baseline {
    known: usize,
    new: usize,
    gone: usize,
}

impl From<verdict::BaselineRecord> for Baseline {
    fn from(verdict::BaselineRecord { known, new, gone }: verdict::BaselineRecord) -> Self {
        Self { known, new, gone }
    }
}

/// A compliance framework that the policy asks about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Overlay<'a> {
    #[serde(rename = "overlay")]
    name: &'static str,
    framework: &'static str,
    controls: Vec<Served<'a>>,
    /// Controls that no check can judge.
    not_judged: Vec<Requirement>,
}

/// A control, and what the checks that serve it found.
#[derive(Serialize)]
struct Served<'a> {
    #[serde(flatten)]
    requirement: Requirement,
    outcome: &'static str,
    findings: usize,
    checks: Vec<ServingCheck<'a>>,
}

#[derive(Serialize)]
struct ServingCheck<'a> {
    id: &'a str,
    outcome: &'static str,
}

#[derive(Serialize)]
struct Requirement {
    control: &'static str,
    requires: &'static str,
}

/// The section about `overlay`.
pub(super) fn overlay<'a>(overlay: policy::Overlay, verdict: &'a verdict::Verdict) -> Overlay<'a> {
    let framework = overlay.framework();
    let of_framework = verdict.compliance.iter().filter(|record| record.control.definition().0 == framework);
    let served = |record: &'a verdict::ComplianceRecord| {
        let (_, control, requires) = record.control.definition();
        let checks = record.checks.iter().map(|(id, outcome)| ServingCheck { id, outcome: outcome.word() });
        Served {
            requirement: Requirement { control, requires },
            outcome: record.outcome.word(),
            findings: record.findings,
            checks: checks.collect(),
        }
    };
    let beyond = framework.beyond_checks().iter();
    Overlay {
        name: overlay.word(),
        framework: framework.word(),
        controls: of_framework.map(served).collect(),
        not_judged: beyond.map(|&(control, requires)| Requirement { control, requires }).collect(),
    }
}

/// What it means that a policy only observes; `None` where it enforces.
pub(super) fn observed(verdict: &verdict::Verdict) -> Option<&'static str> {
    (!verdict.enforced).then_some("observed: the policy does not enforce, so that the release goes on")
}

/// One line for each compliance framework that the policy asks about.
pub(super) fn compliance_lines(verdict: &verdict::Verdict) -> Vec<String> {
    use verdict::CheckOutcome::{Failed, Inconclusive, NotApplicable, Passed, Skipped, Warned};
    let line = |overlay: &policy::Overlay| {
        let framework = overlay.framework();
        let of_framework = || verdict.compliance.iter().filter(|record| record.control.definition().0 == framework);
        let of = |outcomes: &[verdict::CheckOutcome]| -> Vec<&'static str> {
            let these = of_framework().filter(|record| outcomes.contains(&record.outcome));
            these.map(|record| record.control.definition().1).collect()
        };
        let named = |controls: Vec<&str>, word: &str| {
            (!controls.is_empty()).then(|| format!("{} {word} ({})", controls.len(), controls.join(", ")))
        };
        let parts = [
            named(of(&[Failed]), "failed"),
            named(of(&[Inconclusive, Skipped]), "not judged"),
            named(of(&[Warned]), "with warnings"),
            Some(format!("{} passed", of(&[Passed]).len())),
            Some(format!("{} did not apply", of(&[NotApplicable]).len())),
            Some(format!("{} that no check can judge", framework.beyond_checks().len())),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("compliance {}: controls: {}", overlay.word(), parts.join(", "))
    };
    verdict.overlays.iter().map(line).collect()
}

/// The rows of the compliance view: overlay, control, what it requires, outcome, checks.
pub(super) fn compliance_rows(verdict: &verdict::Verdict) -> Vec<[String; 5]> {
    let mut rows = Vec::new();
    for overlay in &verdict.overlays {
        let framework = overlay.framework();
        for record in verdict.compliance.iter().filter(|record| record.control.definition().0 == framework) {
            let (_, control, requires) = record.control.definition();
            let checks: Vec<String> =
                record.checks.iter().map(|(id, outcome)| format!("{id}: {}", outcome.word())).collect();
            let outcome = record.outcome.word().to_owned();
            rows.push([overlay.word().to_owned(), control.to_owned(), requires.to_owned(), outcome, checks.join(", ")]);
        }
        for (control, requires) in framework.beyond_checks() {
            let why = "no check can judge it".to_owned();
            rows.push([
                overlay.word().to_owned(),
                (*control).to_owned(),
                (*requires).to_owned(),
                "not judged".to_owned(),
                why,
            ]);
        }
    }
    rows
}
