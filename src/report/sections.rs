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
    overlay: &'static str,
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
        overlay: overlay.word(),
        framework: framework.word(),
        controls: of_framework.map(served).collect(),
        not_judged: beyond.map(|&(control, requires)| Requirement { control, requires }).collect(),
    }
}
