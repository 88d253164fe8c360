//! What Plimsoll itself names, held against what was planted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;

use super::FAMILY;
use crate::generator::Corpus;

/// Which of the planted secrets Plimsoll's report names, and of what kind each of its false alarms is.
pub(crate) fn judged(report: &Path, corpus: &Corpus) -> (Vec<bool>, Vec<String>) {
    #[derive(Deserialize)]
    struct Verdict {
        findings: Vec<Finding>,
    }
    #[derive(Deserialize)]
    struct Finding {
        check: String,
        pointer: Option<String>,
        #[serde(default)]
        related: Vec<String>,
    }
    let mut text = String::new();
    File::open(report).and_then(|mut file| file.read_to_string(&mut text)).expect("a report");
    let verdict: Verdict = serde_json::from_str(&text).expect("a verdict");
    let mut planted: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, plant) in corpus.planted.iter().enumerate() {
        planted.entry(&plant.pointer).or_default().push(n);
    }
    let decoys: HashMap<&str, &str> = corpus.decoys.iter().map(|decoy| (&*decoy.pointer, &*decoy.kind)).collect();
    let around: BTreeSet<&str> = planted.keys().flat_map(|pointer| above(pointer).skip(1)).collect();
    let mut named: HashMap<&str, usize> = HashMap::new();
    let mut alarms = Vec::new();
    for finding in verdict.findings.iter().filter(|finding| FAMILY.contains(&&*finding.check)) {
        let places: BTreeSet<&str> = finding.pointer.iter().chain(&finding.related).map(|place| &**place).collect();
        let at: BTreeSet<&str> =
            places.iter().filter_map(|place| above(place).find(|above| planted.contains_key(above))).collect();
        for pointer in &at {
            *named.entry(pointer).or_default() += 1;
        }
        if at.is_empty() && !places.iter().any(|place| around.contains(place)) {
            let kind = places.iter().find_map(|place| above(place).find_map(|above| decoys.get(above).copied()));
            alarms.push(kind.unwrap_or("something ordinary").to_owned());
        }
    }
    let mut found = vec![false; corpus.planted.len()];
    for (pointer, plants) in planted {
        // Several secrets in one text are as many findings.
        for &n in plants.iter().take(named.get(pointer).copied().unwrap_or_default()) {
            found[n] = true;
        }
    }
    (found, alarms)
}

/// A pointer and what is above it, the nearest first.
fn above(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |pointer| pointer.rfind('/').map(|end| &pointer[..end]))
}

pub(crate) fn counted<'a>(kinds: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind).or_default() += 1;
    }
    counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
}
