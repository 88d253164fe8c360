//! The examples of the checks' pages: taken from the cases, so that the bad one fires and the good one does not.
//!
//! They are committed, since the program has no cases. `PLIMSOLL_UPDATE_EXAMPLES=1 cargo test --lib examples` writes them anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::checks::api::Check;
use crate::checks::catalogue::Catalogue;
use crate::checks::examples;
use crate::checks::testing::{Case, completed, run};
use crate::verdict::CheckOutcome;

fn lines(document: &Json) -> Vec<String> {
    serde_json::to_string_pretty(document).unwrap().lines().map(|line| line.trim_end_matches(',').to_owned()).collect()
}

/// How many lines are in one document and not in the other.
fn difference(one: &Json, other: &Json) -> usize {
    let mut counts: BTreeMap<String, isize> = BTreeMap::new();
    for line in lines(one) {
        *counts.entry(line).or_default() += 1;
    }
    for line in lines(other) {
        *counts.entry(line).or_default() -= 1;
    }
    counts.values().map(|count| count.unsigned_abs()).sum()
}

/// What the check says about the document without any evidence, under the policy of a case that has none of its own.
fn alone(check: &Arc<dyn Check>, document: &Json) -> CheckOutcome {
    run(check, Case::from(document.clone())).outcome
}

/// The pair of a case that fires and a near miss that differ least and are short.
fn chosen(check: &Arc<dyn Check>) -> Json {
    let (mut bad, mut good) = check.cases().documents();
    bad.iter_mut().chain(&mut good).for_each(|document| *document = completed(document.take()));
    let fires = |document: &Json| matches!(alone(check, document), CheckOutcome::Failed | CheckOutcome::Warned);
    let is_alone = bad.iter().any(fires);
    if is_alone {
        bad.retain(fires);
        good.retain(|document| matches!(alone(check, document), CheckOutcome::Passed | CheckOutcome::NotApplicable));
    }
    let size = |document: &Json| lines(document).len();
    // The first cases of a check show what it is about.
    let pairs = bad.iter().enumerate().flat_map(|bad| good.iter().enumerate().map(move |good| (bad, good)));
    let pairs = pairs.filter(|((_, bad), (_, good))| bad != good);
    // A near miss that the check does not apply to explains little.
    let passes = |good: &Json| !is_alone || alone(check, good) == CheckOutcome::Passed;
    let best = pairs.min_by_key(|((n, bad), (m, good))| {
        (!passes(good), 2 * difference(bad, good) + size(bad) + size(good) + 6 * (n + m))
    });
    match best {
        Some(((_, bad), (_, good))) => json!({"bad": bad, "good": good, "alone": is_alone}),
        // The document is the same: what is outside of it decides.
        None => json!({"bad": bad.first(), "good": null, "alone": is_alone}),
    }
}

#[test]
fn the_examples_are_those_of_the_cases() {
    let all: BTreeMap<String, Json> =
        Catalogue::built_in().iter().map(|check| (check.meta().id.to_string(), chosen(check))).collect();
    let text = serde_json::to_string_pretty(&all).unwrap() + "\n";
    if std::env::var_os("PLIMSOLL_UPDATE_EXAMPLES").is_some() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks/examples.json");
        std::fs::write(file, &text).unwrap();
        return;
    }
    assert!(
        text == examples::TEXT,
        "src/checks/examples.json is old: PLIMSOLL_UPDATE_EXAMPLES=1 cargo test --lib examples"
    );
}

#[test]
fn each_bad_example_fires_and_each_good_one_does_not() {
    for check in Catalogue::built_in().iter() {
        let id = &check.meta().id;
        let example = examples::of(id).unwrap_or_else(|| panic!("{id} has no example"));
        if !example.alone {
            continue;
        }
        let outcome = alone(check, &example.bad);
        assert!(matches!(outcome, CheckOutcome::Failed | CheckOutcome::Warned), "{id}: {outcome:?}");
        if let Some(good) = &example.good {
            let outcome = alone(check, good);
            assert!(matches!(outcome, CheckOutcome::Passed | CheckOutcome::NotApplicable), "{id}: {outcome:?}");
        }
    }
}
