//! Recall and precision of the secret checks over generated pipelines and executions, in both layouts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::Value;

use crate::generator::{Corpus, Planted, execution, execution_kinds, kinds, of_size, pipeline};
use crate::support::plimsoll::{Ran, run, write};

const SEEDS: u64 = 10;

/// The checks that find secrets in a document.
const FAMILY: &[&str] = &[
    "plaintext-secret",
    "base64-secret",
    "inline-kubernetes-secret",
    "noop-secret-reference",
    "secret-in-expression",
    "secret-in-parameter-default",
    "secret-fetched-into-context",
];

/// Where a finding of the family points, with its related places.
struct Finding {
    check: String,
    confidence: String,
    mode: String,
    pointer: String,
    related: Vec<String>,
}

fn findings(ran: &Ran) -> Vec<Finding> {
    let verdict = ran.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = verdict["findings"].as_array().expect("a verdict has findings");
    all.iter()
        .filter(|finding| FAMILY.contains(&finding["check"].as_str().unwrap_or_default()))
        .map(|finding| Finding {
            check: text(&finding["check"]),
            confidence: text(&finding["confidence"]),
            mode: text(&finding["mode"]),
            pointer: text(&finding["pointer"]),
            related: finding["related"].as_array().into_iter().flatten().map(text).collect(),
        })
        .collect()
}

/// The documents of one seed.
fn documents(seed: u64) -> [(String, Corpus); 2] {
    [(format!("pipeline {seed}"), pipeline(seed)), (format!("execution {seed}"), execution(seed))]
}

/// A document in its two layouts.
fn layouts(document: &Value) -> [(&'static str, String); 2] {
    [
        ("pretty", serde_json::to_string_pretty(document).expect("a value is JSON")),
        ("one line", serde_json::to_string(document).expect("a value is JSON")),
    ]
}

fn check(profile: &str, text: &str) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "document.json", text);
    run(["check", "--format", "verdict", "--profile", profile, &file])
}

/// What is wrong with the answers so far: kind, and the places where it went wrong. Never a value.
#[derive(Default)]
struct Tally {
    planted: usize,
    found: usize,
    reported: usize,
    missed: BTreeMap<String, Vec<String>>,
    wrong: BTreeMap<String, Vec<String>>,
}

impl Tally {
    fn add(&mut self, title: &str, corpus: &Corpus, findings: &[Finding]) {
        let planted: BTreeSet<&str> = corpus.planted.iter().map(|planted| planted.pointer.as_str()).collect();
        let named: BTreeSet<&str> = findings
            .iter()
            .flat_map(|finding| finding.related.iter().chain([&finding.pointer]))
            .map(String::as_str)
            .collect();
        for Planted { kind, pointer, .. } in &corpus.planted {
            self.planted += 1;
            if named.contains(pointer.as_str()) {
                self.found += 1;
            } else {
                self.missed.entry(kind.clone()).or_default().push(format!("{title}: {pointer}"));
            }
        }
        let decoys: BTreeMap<&str, &str> =
            corpus.decoys.iter().map(|decoy| (decoy.pointer.as_str(), decoy.kind.as_str())).collect();
        self.reported += findings.len();
        for finding in findings.iter().filter(|finding| !planted.contains(finding.pointer.as_str())) {
            let kind = decoys.get(finding.pointer.as_str()).unwrap_or(&"(ordinary)");
            let place = format!("{title}: {} at {}", finding.check, finding.pointer);
            self.wrong.entry((*kind).to_owned()).or_default().push(place);
        }
    }

    fn summary(&self) -> String {
        let mut out = format!("{} of {} planted found, {} findings\n", self.found, self.planted, self.reported);
        for (title, map) in [("missed", &self.missed), ("false", &self.wrong)] {
            for (kind, places) in map {
                let _ = writeln!(out, "{title} {kind} ({}×): {}", places.len(), places[0]);
            }
        }
        out
    }
}

#[test]
fn every_planted_secret_is_found_and_nothing_else() {
    let mut tally = Tally::default();
    for seed in 0..SEEDS {
        for (title, corpus) in documents(seed) {
            let leaks = Leaks::new(&corpus.planted);
            for (layout, text) in layouts(&corpus.document) {
                let ran = check("strict", &text);
                assert_eq!(ran.code, 1, "{title}: {}", ran.stderr);
                leaks.assert_none(&title, &ran.stdout);
                leaks.assert_none(&title, &ran.stderr);
                let findings = findings(&ran);
                tally.add(&format!("{title}, {layout}"), &corpus, &findings);
                assert_reported_once(&title, &corpus, &findings);
            }
        }
    }
    assert!(tally.missed.is_empty() && tally.wrong.is_empty(), "{}", tally.summary());
}

/// A value and its last-applied copy are one finding.
#[track_caller]
fn assert_reported_once(title: &str, corpus: &Corpus, findings: &[Finding]) {
    for copy in corpus.planted.iter().filter(|planted| planted.pointer.contains("last-applied-configuration")) {
        let pair: Vec<&str> = corpus
            .planted
            .iter()
            .filter(|planted| planted.value == copy.value)
            .map(|planted| planted.pointer.as_str())
            .collect();
        let about = |finding: &&Finding| {
            pair.contains(&finding.pointer.as_str())
                || finding.related.iter().any(|place| pair.contains(&place.as_str()))
        };
        let count = findings.iter().filter(about).count();
        assert!(count <= 1, "{title}: {count} findings for one secret and its copy at {}", copy.pointer);
    }
}

#[test]
fn starter_enforces_what_is_certain_and_no_more() {
    let (mut enforced, mut warned) = (0, 0);
    for (title, corpus) in documents(0) {
        for finding in findings(&check("starter", &corpus.document.to_string())) {
            match finding.mode.as_str() {
                "enforce" => {
                    assert_eq!(finding.confidence, "high", "{title}: {} at {}", finding.check, finding.pointer);
                    enforced += 1;
                }
                _ => warned += 1,
            }
        }
    }
    assert!(enforced > 0 && warned > 0, "{enforced} enforced, {warned} warned");
}

#[test]
fn the_generator_writes_every_kind() {
    let (plants, decoys) = kinds();
    assert!(plants.len() >= 260 && decoys.len() >= 220, "{} plants, {} decoys", plants.len(), decoys.len());
    let all: BTreeSet<&str> = plants.iter().chain(&decoys).copied().collect();
    assert_eq!(all.len(), plants.len() + decoys.len(), "no two kinds share a name");
    let only_in_executions: BTreeSet<&str> = execution_kinds().into_iter().collect();
    for (title, corpus) in documents(1) {
        let written: BTreeSet<&str> = (corpus.planted.iter().map(|planted| planted.kind.as_str()))
            .chain(corpus.decoys.iter().map(|decoy| decoy.kind.as_str()))
            .collect();
        for kind in &all {
            let expected = title.starts_with("execution") || !only_in_executions.contains(kind);
            assert_eq!(written.contains(kind), expected, "{title}: {kind}");
        }
        let planted: BTreeSet<&str> = corpus.planted.iter().map(|planted| planted.pointer.as_str()).collect();
        for pointer in planted.iter().copied().chain(corpus.decoys.iter().map(|decoy| decoy.pointer.as_str())) {
            assert!(corpus.document.pointer(pointer).is_some(), "{title}: nothing stands at {pointer}");
        }
        assert!(corpus.decoys.iter().all(|decoy| !planted.contains(decoy.pointer.as_str())), "{title}");
    }
}

#[test]
fn the_generator_depends_on_the_seed_alone() {
    assert_eq!(pipeline(3).document, pipeline(3).document);
    let values =
        |seed| -> BTreeSet<String> { pipeline(seed).planted.into_iter().map(|planted| planted.value).collect() };
    let (first, second) = (values(3), values(4));
    let same: Vec<&String> = first.intersection(&second).filter(|value| !value.is_empty()).collect();
    assert!(same.len() < 3, "{} values stand in both", same.len());
    let corpus = of_size(5, 300_000);
    let length = corpus.document.to_string().len();
    assert!((250_000..450_000).contains(&length), "{length} bytes");
    assert!(corpus.planted.len() >= 15 && corpus.decoys.len() >= 15);
}

/// Looks for planted values in what the program wrote, in any form.
struct Leaks {
    forms: Vec<(String, String)>,
    search: AhoCorasick,
}

impl Leaks {
    fn new(planted: &[Planted]) -> Self {
        let mut forms = Vec::new();
        for Planted { kind, value, .. } in planted {
            // A secret that is a text of its own comes out in pieces, if it does.
            let pieces = value
                .split(|c: char| c.is_whitespace() || "{}\",;=:/?&@'".contains(c))
                .filter(|word| word.len() >= 20 && word.contains(|c: char| c.is_ascii_digit()));
            for piece in pieces.chain([value.as_str()]).filter(|piece| piece.len() >= 6) {
                for form in encoded(piece) {
                    if form.len() >= 6 {
                        forms.push((kind.clone(), form));
                    }
                }
            }
        }
        let search = AhoCorasick::new(forms.iter().map(|(_, form)| form)).expect("the forms fit");
        Self { forms, search }
    }

    #[track_caller]
    fn assert_none(&self, title: &str, text: &str) {
        if let Some(found) = self.search.find(text) {
            let (kind, _) = &self.forms[found.pattern().as_usize()];
            panic!("{title}: a planted value of kind {kind} comes out at byte {}", found.start());
        }
    }
}

/// The forms in which a value could slip out.
fn encoded(value: &str) -> Vec<String> {
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = value
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let json = Value::from(value).to_string();
    let json = json[1..json.len() - 1].to_owned();
    // A JSON text inside the JSON that comes out is escaped twice.
    let twice = Value::from(json.as_str()).to_string();
    let mut forms = vec![value.to_owned(), hex, percent, twice[1..twice.len() - 1].to_owned(), json];
    // Base64 in its three alignments: what does not depend on the neighbours.
    if value.len() >= 9 {
        for alignment in 0..3 {
            let whole = STANDARD_NO_PAD.encode(format!("{}{value}", "\0".repeat(alignment)));
            forms.push(whole[[0, 2, 3][alignment]..whole.len() - 2].to_owned());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

/// Lines of scripts and notes that contain the secret `Kx7tRw2qLp9Zb4`, plain or encoded, one by one in a script stage: each is found.
#[test]
fn lines_that_contain_a_secret_are_found() {
    let lines: Vec<String> =
        include_str!("../tables/secret-lines.txt").lines().map(|line| line.replace("\\n", "\n")).collect();
    assert!(lines.len() >= 50, "{}", lines.len());
    let found: BTreeSet<usize> = findings(&check("strict", &scripts(&lines)))
        .into_iter()
        .flat_map(|finding| finding.related.into_iter().chain([finding.pointer]))
        .filter_map(|pointer| pointer.split('/').nth(2).and_then(|n| n.parse().ok()))
        .collect();
    let missed: Vec<&str> =
        lines.iter().enumerate().filter(|(n, _)| !found.contains(n)).map(|(_, line)| line.as_str()).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// A pipeline with one script stage for each line.
fn scripts(lines: &[String]) -> String {
    let stages: Vec<Value> = lines
        .iter()
        .enumerate()
        .map(|(n, line)| {
            serde_json::json!({"refId": n.to_string(), "type": "script", "name": "Script", "requisiteStageRefIds": [], "command": line})
        })
        .collect();
    serde_json::json!({"application": "shop", "name": "Scripts", "stages": stages}).to_string()
}

/// Lines of scripts, builds, notes and programs as people write them, one by one in a script stage: nothing in them is a secret.
#[test]
fn lines_that_handle_secrets_properly_are_left_alone() {
    let lines: Vec<String> =
        include_str!("../tables/harmless-lines.txt").lines().map(|line| line.replace("\\n", "\n")).collect();
    assert!(lines.len() >= 250, "{}", lines.len());
    let told: Vec<String> = findings(&check("strict", &scripts(&lines)))
        .into_iter()
        .map(|finding| {
            let stage = finding.pointer.split('/').nth(2).and_then(|n| n.parse::<usize>().ok());
            format!(
                "{}: {}",
                finding.check,
                stage.and_then(|n| lines.get(n)).map_or(finding.pointer.as_str(), String::as_str)
            )
        })
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
