//! Random texts against the readers and the decision: a few in every run of the tests, and as many as `PLIMSOLL_SOAK` said when they
//! were built in a long one: `PLIMSOLL_SOAK=1000000 cargo test --release --lib soak`. A text that stops the program is printed with its
//! seed.

use super::decide::{self, Candidate, How};
use super::key::KeyClass;
use super::{CustomRules, DetectedSecrets};
use crate::document::Document;
use crate::spinnaker::input::Input;

/// Texts that are changed at random.
const SEEDS: [&str; 2] =
    [include_str!("../../../tests/tables/secret-lines.txt"), include_str!("../../../tests/tables/harmless-lines.txt")];

/// The longest text, in bytes.
const LONGEST: usize = 4096;

/// Numbers that depend on the seed alone (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or_default() % limit.max(1)
    }

    /// Lines of the seeds, cut, joined and changed.
    fn text(&mut self, lines: &[&str]) -> String {
        let mut text = String::new();
        for _ in 0..=self.below(6) {
            text.push_str(lines[self.below(lines.len())]);
            text.push_str(["\n", "", " ", "\\n", "\"", "'"][self.below(6)]);
        }
        for _ in 0..self.below(12) {
            let mut characters: Vec<char> = text.chars().collect();
            let (from, to) = (self.below(characters.len()), self.below(characters.len()));
            let (from, to) = (from.min(to), from.max(to));
            match self.below(5) {
                0 => drop(characters.drain(from..to)),
                1 => {
                    let part: Vec<char> = characters[from..to].to_vec();
                    characters.splice(to..to, part);
                }
                2 if !characters.is_empty() => characters[from] = char::from(u8::try_from(self.below(127)).unwrap()),
                3 => characters
                    .insert(from, ['\u{0}', 'é', '密', '\u{202e}', '$', '{', '}', '=', ':', '%'][self.below(10)]),
                _ => characters.truncate(to),
            }
            text = characters.into_iter().take(LONGEST).collect();
        }
        text
    }
}

/// Runs `judge` on random texts.
fn soak(judge: impl Fn(&str)) {
    let count: u64 = option_env!("PLIMSOLL_SOAK").and_then(|text| text.parse().ok()).unwrap_or(200);
    let lines: Vec<&str> = SEEDS.iter().flat_map(|seed| seed.lines()).filter(|line| !line.is_empty()).collect();
    for seed in 1..=count {
        let text = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).text(&lines);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(&text)));
        assert!(result.is_ok(), "seed {seed}: {text:?}");
    }
}

#[test]
fn soak_of_the_readers() {
    soak(|text| {
        let stage = serde_json::json!({"type": "script", "command": text, "password": text, "env": [{"name": "X_TOKEN", "value": text}]});
        let pipeline = serde_json::json!({"name": "p", "application": "a", "stages": [stage]});
        let document = Document::json(pipeline.to_string()).unwrap();
        let found = DetectedSecrets::with(&Input::of(document.root()), &CustomRules::default());
        assert!(found.literals.iter().all(|literal| !literal.text.is_empty()));
        if let Ok(document) = Document::yaml(text) {
            let _ = DetectedSecrets::with(&Input::of(document.root()), &CustomRules::default());
        }
    });
}

#[test]
fn soak_of_the_decision() {
    const CLASSES: [KeyClass; 8] = [
        KeyClass::Password,
        KeyClass::Token,
        KeyClass::Shared,
        KeyClass::Header,
        KeyClass::Weak,
        KeyClass::Place,
        KeyClass::Parent,
        KeyClass::Always,
    ];
    soak(|text| {
        for class in CLASSES {
            for how in [How::Quoted, How::Bare, How::Spoken] {
                let judgement = decide::decide(&Candidate { name: "password", class, how, value: text });
                assert!(judgement.is_none_or(|judgement| !judgement.because.rows.is_empty()));
            }
        }
    });
}
