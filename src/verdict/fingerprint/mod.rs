//! The stable identity of a finding, version 1: check, detector, document, and the place in it.
//!
//! A place is its path with names instead of list indexes and without `/context`, so that a saved pipeline and its execution agree,
//! and that moving a stage does not make an old finding a new one. A line number, a message or a value is never part of it.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::checks::api::Finding;
use crate::document::Kind;
use crate::document::inner::Inner;
use crate::document::pointer::Pointer;
use crate::document::value::Value;
use crate::spinnaker::input::{Input, InputKind};
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

/// The version of this scheme, hashed with everything else.
const VERSION: &[u8] = b"1";

/// Keys of a stage that an author writes and that stay beside `context` in an execution.
const AUTHORED: [&str; 5] = ["name", "type", "refId", "requisiteStageRefIds", "startTimeExpiry"];

/// The longest name, in bytes. A longer text is not a name.
const LONGEST_NAME: usize = 300;

/// Elements of a list that are compared one by one instead of being kept.
const SCANNED: usize = 32;

/// Separates the parts of a hash. No JSON text contains it unescaped.
const END: [u8; 1] = [0];

/// The place of a finding in the document itself.
pub struct Place<'p> {
    pub value: Value<'p>,
    pub pointer: &'p Pointer,
    /// Where it is inside the text at `value`.
    pub inner: Option<&'p Inner>,
}

/// Makes the fingerprints of one document, each different.
pub struct Fingerprints<'a, 'd> {
    input: &'a Input<'d>,
    /// The hash of everything about the document; each fingerprint continues it.
    document: Sha256,
    /// The names of the elements of lists, by the list's row: a list may contain thousands of findings.
    names: HashMap<u32, Vec<u64>>,
    /// How many authored stages have a name.
    stage_names: HashMap<&'a str, usize>,
    /// How often each fingerprint was made.
    made: HashMap<[u8; 16], u32>,
}

impl<'a, 'd> Fingerprints<'a, 'd> {
    /// For `input`. `distinction` differs from that of other documents of the same name in the same report.
    pub fn of(input: &'a Input<'d>, distinction: &str) -> Self {
        let mut document = Sha256::new();
        document.update(VERSION);
        for part in identity(input).iter().map(String::as_str).chain([distinction]) {
            add(&mut document, part);
        }
        let mut stage_names = HashMap::new();
        for (_, stage) in input.pipeline.iter().flat_map(Pipeline::authored) {
            *stage_names.entry(stage.name.as_str()).or_insert(0) += 1;
        }
        Self { input, document, names: HashMap::new(), stage_names, made: HashMap::new() }
    }

    /// The fingerprint of `finding` of `check`, which is at `place`: 32 hex digits.
    pub fn fingerprint(&mut self, check: &str, finding: &Finding<'_>, place: &Place<'_>) -> String {
        let mut hash = self.document.clone();
        let inner = place.inner.map(Inner::key).unwrap_or_default();
        for part in [check, &finding.detector, inner] {
            add(&mut hash, part);
        }
        self.place(&mut hash, place.value, place.pointer);
        if let Some(elsewhere) = &finding.elsewhere {
            for part in ["elsewhere", &elsewhere.document, &elsewhere.pointer] {
                add(&mut hash, part);
            }
        }
        self.unique(truncated(hash))
    }

    /// `made` in hex, or another one if it was made before.
    fn unique(&mut self, mut made: [u8; 16]) -> String {
        let before = self.made.entry(made).or_insert(0);
        let ordinal = *before;
        *before += 1;
        if ordinal > 0 {
            made = truncated(Sha256::new_with_prefix(made).chain_update(ordinal.to_be_bytes()));
        }
        crate::base::hex::hex(&made)
    }

    /// Hashes the path of a place, with names for indexes.
    fn place(&mut self, hash: &mut Sha256, place: Value<'_>, pointer: &Pointer) {
        let tokens: Vec<_> = pointer.tokens().collect();
        let Some((stage, depth)) = self.stage_of(place) else {
            return self.steps(hash, self.input.root.written(), &tokens);
        };
        // Behind the pipeline's own pointer, `stages` and the index.
        let below = tokens.get(depth + 2..).unwrap_or_default();
        add(hash, "stages");
        self.stage(hash, stage);
        match below {
            [context, settings @ ..] if stage.settings.row() != stage.value.row() && context == "context" => {
                self.steps(hash, stage.settings.written(), settings);
            }
            _ => self.beside_settings(hash, stage, below),
        }
    }

    /// The stage that holds `place`, and how deep in the document the pipeline is.
    fn stage_of(&self, place: Value<'_>) -> Option<(&'a Stage<'d>, usize)> {
        let pipeline = self.input.pipeline.as_ref()?;
        let after = pipeline.stages.partition_point(|stage| stage.value.row() <= place.row());
        let stage = pipeline.stages.get(after.checked_sub(1)?).filter(|stage| stage.value.holds(place))?;
        Some((stage, pipeline.value.pointer_from(self.input.root).tokens().count()))
    }

    /// The path of a place outside of `context`. What Orca adds to a stage there may have the name of a setting.
    fn beside_settings(&mut self, hash: &mut Sha256, stage: &Stage<'_>, below: &[Cow<'_, str>]) {
        let is_execution = stage.settings.row() != stage.value.row();
        if is_execution && below.first().is_some_and(|key| !AUTHORED.contains(&&**key)) {
            add(hash, "execution");
        }
        self.steps(hash, stage.value, below);
    }

    /// Hashes the steps from `start` down.
    fn steps(&mut self, hash: &mut Sha256, start: Value<'_>, steps: &[Cow<'_, str>]) {
        let mut here = Some(start);
        for step in steps {
            let list = here.filter(|value| value.kind() == Kind::Array);
            if let Some((list, index)) = list.zip(step.parse::<usize>().ok()) {
                hash.update(self.element(list, index).to_be_bytes());
                hash.update(END);
                here = list.element(index);
            } else {
                add(hash, step);
                here = here.and_then(|value| value.get(step));
            }
        }
    }

    /// A stage is identified by its name; if another has the same name, by its reference id as well. Orca's synthetic stages always
    /// need both.
    fn stage(&self, hash: &mut Sha256, stage: &Stage<'_>) {
        add(hash, &stage.name);
        let is_unique =
            !stage.is_synthetic && self.stage_names.get(stage.name.as_str()).is_some_and(|count| *count == 1);
        if !is_unique {
            add(hash, &stage.ref_id);
        }
    }

    /// Identifies the element at `index` of `list`: by its name and how many elements before it have the same, or by its index.
    fn element(&mut self, list: Value<'_>, index: usize) -> u64 {
        // Most lists are short, and most findings are near their beginning.
        if index < SCANNED {
            return element_name(list, index);
        }
        let names = self.names.entry(list.row()).or_insert_with(|| element_names(list));
        names.get(index).copied().unwrap_or(index as u64)
    }
}

/// Adds one part to a hash.
fn add(hash: &mut Sha256, part: &str) {
    hash.update(part.as_bytes());
    hash.update(END);
}

/// What [`element_names`] gives for one element, found by comparing it with those before it.
fn element_name(list: Value<'_>, index: usize) -> u64 {
    let Some(name) = list.elements().nth(index).and_then(name_of) else { return index as u64 };
    let before =
        list.elements().take(index).filter(|element| name_of(*element).is_some_and(|other| other == name)).count();
    numbered(&name, before as u64)
}

fn element_names(list: Value<'_>) -> Vec<u64> {
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut name = |(index, element): (usize, Value<'_>)| {
        let Some(name) = name_of(element) else { return index as u64 };
        let before = seen.entry(name.clone()).or_insert(0);
        *before += 1;
        numbered(&name, *before - 1)
    };
    list.elements().enumerate().map(&mut name).collect()
}

/// A name, and how many elements before it have the same, as a number.
fn numbered(name: &str, before: u64) -> u64 {
    let bytes: [u8; 16] = truncated(Sha256::new_with_prefix(name).chain_update(END).chain_update(before.to_be_bytes()));
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The name of an element of a list, if it has one; for a Kubernetes object its kind, namespace and name.
fn name_of(element: Value<'_>) -> Option<String> {
    let text = |value: Value<'_>, key: &str| {
        value.str(key).filter(|text| !text.trim().is_empty() && text.len() <= LONGEST_NAME).map(Cow::into_owned)
    };
    if let (Some(kind), Some(metadata)) = (text(element, "kind"), element.get("metadata")) {
        let name = text(metadata, "name").or_else(|| text(metadata, "generateName")).unwrap_or_default();
        return Some(format!("{kind}\0{}\0{name}", text(metadata, "namespace").unwrap_or_default()));
    }
    ["name", "id", "key"].iter().find_map(|key| Some(format!("{key}\0{}", text(element, key)?)))
}

/// What identifies a document: application and pipeline, or the names that documents of its kind have.
pub fn identity(input: &Input<'_>) -> Vec<String> {
    let text = |value: Value<'_>, key: &str| value.str(key).unwrap_or_default().into_owned();
    let root = input.root.written();
    if let Some(pipeline) = &input.pipeline {
        let named = |name: Option<std::borrow::Cow<'_, str>>| name.unwrap_or_default().into_owned();
        return vec!["pipeline".into(), named(pipeline.application()), named(pipeline.name())];
    }
    if input.kind == InputKind::Manifest {
        let metadata = root.get("metadata").unwrap_or(root);
        return vec![text(root, "apiVersion"), text(root, "kind"), text(metadata, "namespace"), text(metadata, "name")];
    }
    vec![input.kind.word().into(), text(root, "name"), text(root, "id")]
}

fn truncated(hash: Sha256) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    bytes
}
