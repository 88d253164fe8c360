//! The cases of a check, as data. One test runs the cases of every check.

use std::panic::Location;
use std::sync::Arc;

use crate::checks::api::Check;
use crate::checks::catalogue::Catalogue;
use crate::checks::testing::{Case, Reported, run};
use crate::verdict::CheckOutcome;

/// The outcome that a case expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Fires,
    Warns,
    Quiet,
    Inconclusive,
}

/// A document, and what the check must report about it.
struct Expectation {
    about: &'static str,
    case: Case,
    expected: Expected,
    pointers: Vec<String>,
    location: &'static Location<'static>,
}

/// The cases of one check.
#[derive(Default)]
pub(crate) struct Cases {
    about: &'static str,
    all: Vec<Expectation>,
}

impl Cases {
    /// Describes the cases that follow, for the message of a failure.
    pub(crate) fn about(&mut self, about: &'static str) {
        self.about = about;
    }

    /// The check fails on `case`, with findings at exactly these pointers.
    #[track_caller]
    pub(crate) fn fires(&mut self, case: impl Into<Case>, pointers: &[&str]) {
        self.add(case.into(), Expected::Fires, pointers);
    }

    /// The check warns about `case`, with findings at exactly these pointers.
    #[track_caller]
    pub(crate) fn warns(&mut self, case: impl Into<Case>, pointers: &[&str]) {
        self.add(case.into(), Expected::Warns, pointers);
    }

    /// The check passes or does not apply: a near miss.
    #[track_caller]
    pub(crate) fn quiet(&mut self, case: impl Into<Case>) {
        self.add(case.into(), Expected::Quiet, &[]);
    }

    /// The check cannot judge `case`, and reports why.
    #[track_caller]
    pub(crate) fn inconclusive(&mut self, case: impl Into<Case>) {
        self.add(case.into(), Expected::Inconclusive, &[]);
    }

    #[track_caller]
    fn add(&mut self, case: Case, expected: Expected, pointers: &[&str]) {
        let pointers = pointers.iter().map(|&pointer| pointer.to_owned()).collect();
        self.all.push(Expectation { about: self.about, case, expected, pointers, location: Location::caller() });
    }

    /// The documents of the cases that fire, or that warn where none fires, and of those that stay quiet.
    pub(crate) fn documents(self) -> (Vec<serde_json::Value>, Vec<serde_json::Value>) {
        let wanted = if self.has(Expected::Fires) { Expected::Fires } else { Expected::Warns };
        let (mut bad, mut good) = (Vec::new(), Vec::new());
        for Expectation { case, expected, .. } in self.all {
            match expected {
                Expected::Quiet => good.push(case.document),
                _ if expected == wanted => bad.push(case.document),
                _ => {}
            }
        }
        (bad, good)
    }

    fn has(&self, expected: Expected) -> bool {
        self.all.iter().any(|expectation| expectation.expected == expected)
    }
}

/// How the report differs from what is expected.
fn mismatch(expected: Expected, pointers: &[String], reported: &Reported) -> Option<&'static str> {
    let outcome_fits = match expected {
        Expected::Fires => reported.outcome == CheckOutcome::Failed,
        Expected::Warns => reported.outcome == CheckOutcome::Warned,
        Expected::Quiet => matches!(reported.outcome, CheckOutcome::Passed | CheckOutcome::NotApplicable),
        Expected::Inconclusive => reported.outcome == CheckOutcome::Inconclusive,
    };
    if !outcome_fits {
        return Some("another outcome");
    }
    if expected == Expected::Inconclusive {
        return reported.reason.is_empty().then_some("no reason");
    }
    (reported.pointers != pointers).then_some("other pointers")
}

fn failures(check: &Arc<dyn Check>) -> Vec<String> {
    let id = &check.meta().id;
    let cases = check.cases();
    let mut failures = Vec::new();
    for (expected, what) in [(Expected::Fires, "a case that fires"), (Expected::Quiet, "a near miss")] {
        // A check that only ever warns has a case that warns instead.
        let is_there = cases.has(expected) || (expected == Expected::Fires && cases.has(Expected::Warns));
        if !is_there {
            failures.push(format!("{id} lacks {what}"));
        }
    }
    for Expectation { about, case, expected, pointers, location } in cases.all {
        let reported = run(check, case);
        if let Some(why) = mismatch(expected, &pointers, &reported) {
            failures.push(format!(
                "{location}: {id}: {about}: expected {expected:?} at {pointers:?}, {why}: {:?} at {:?} {:?} {}",
                reported.outcome, reported.pointers, reported.messages, reported.reason
            ));
        }
        let declared = &check.meta().detectors;
        for detector in reported.detectors.iter().filter(|detector| !detector.is_empty()) {
            if !declared.contains(&detector.as_str()) {
                failures.push(format!("{location}: {id} does not declare its detector {detector:?}"));
            }
        }
    }
    failures
}

#[test]
fn every_check_fires_and_stays_quiet_as_its_cases_expect() {
    let all: Vec<String> = Catalogue::built_in().iter().flat_map(failures).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}
