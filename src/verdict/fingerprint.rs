//! The stable identity of a finding, version 1: check, detector, what was judged, and the place in it.
//!
//! A place is written with names in place of list indexes, and without `/context`, so that a saved pipeline and its execution agree,
//! and that moving a stage does not make an old finding a new one. Never part of it: a line number, a message, a value.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::checks::api::Finding;
use crate::document::Kind;
use crate::document::pointer::Pointer;
use crate::document::value::Value;
use crate::spinnaker::input::{Input, InputKind};
use crate::spinnaker::stage::Stage;

/// The version of this scheme, hashed with everything else.
const VERSION: &[u8] = b"1";

/// A name longer than this, in bytes, is a text and not a name.
const LONGEST_NAME: usize = 300;

/// Separates the parts of a hash; no JSON text holds it unescaped.
const END: [u8; 1] = [0];

/// Makes the fingerprints of one document, each different.
pub struct Fingerprints<'a, 'd> {
    input: &'a Input<'d>,
    /// A hash that everything about the document has gone into.
    document: Sha256,
    /// How elements of lists are called, by the list's row: a list may hold thousands of findings.
    names: HashMap<u32, Vec<u64>>,
    /// How often a stage's name is used by stages that somebody wrote.
    stage_names: HashMap<&'a str, usize>,
    /// How often a fingerprint was made before.
    made: HashMap<[u8; 16], u32>,
}

impl<'a, 'd> Fingerprints<'a, 'd> {
    /// For `input`. `distinction` tells it apart from other documents of the same name in the same report.
    pub fn of(input: &'a Input<'d>, distinction: &str) -> Self {
        let mut document = Sha256::new();
        document.update(VERSION);
        for part in identity(input).iter().map(String::as_str).chain([distinction]) {
            document.update(part.as_bytes());
            document.update(END);
        }
        let mut stage_names = HashMap::new();
        for (_, stage) in input.pipeline.iter().flat_map(|pipeline| pipeline.authored()) {
            *stage_names.entry(stage.name.as_str()).or_insert(0) += 1;
        }
        Self { input, document, names: HashMap::new(), stage_names, made: HashMap::new() }
    }

    /// The fingerprint of `finding` of `check`, which is at `pointer`: 32 hex digits.
    pub fn fingerprint(&mut self, check: &str, finding: &Finding<'_>, pointer: &Pointer) -> String {
        let mut hash = self.document.clone();
        let inner = finding.inner.as_ref().map(|inner| inner.key()).unwrap_or_default();
        for part in [check, &finding.detector, inner] {
            hash.update(part.as_bytes());
            hash.update(END);
        }
        self.place(&mut hash, pointer);
        let mut made: [u8; 16] = truncated(hash);
        let before = self.made.entry(made).or_insert(0);
        let ordinal = *before;
        *before += 1;
        if ordinal > 0 {
            made = truncated(Sha256::new_with_prefix(made).chain_update(ordinal.to_be_bytes()));
        }
        crate::base::hex::hex(&made)
    }

    /// Hashes the way to a place, with names for indexes.
    fn place(&mut self, hash: &mut Sha256, pointer: &Pointer) {
        let tokens: Vec<_> = pointer.tokens().collect();
        let input = self.input;
        let (mut here, mut rest) = (Some(input.root), tokens.as_slice());
        if let Some(pipeline) = &input.pipeline {
            let depth = pipeline.value.pointer_from(input.root).tokens().count();
            if let Some([list, index, below @ ..]) =
                rest.get(depth..).filter(|below| below.first().is_some_and(|list| list == "stages"))
                && let Some(stage) = index.parse().ok().and_then(|index: usize| pipeline.stages.get(index))
            {
                hash.update(list.as_bytes());
                self.stage(hash, stage);
                here = Some(stage.value);
                rest = match below {
                    [context, below @ ..] if pipeline.is_execution && context == "context" => {
                        here = Some(stage.settings);
                        below
                    }
                    below => below,
                };
            }
        }
        for token in rest {
            match here.filter(|value| value.kind() == Kind::Array).zip(token.parse::<usize>().ok()) {
                Some((list, index)) => {
                    hash.update(self.element(list, index).to_be_bytes());
                    here = list.elements().nth(index);
                }
                None => {
                    hash.update(token.as_bytes());
                    here = here.and_then(|value| value.get(token));
                }
            }
            hash.update(END);
        }
    }

    /// A stage is its name; where another has the same name, its reference id as well. Orca's synthetic stages have both.
    fn stage(&self, hash: &mut Sha256, stage: &Stage<'_>) {
        hash.update(stage.name.as_bytes());
        hash.update(END);
        let is_unique =
            !stage.is_synthetic && self.stage_names.get(stage.name.as_str()).is_some_and(|count| *count == 1);
        if !is_unique {
            hash.update(stage.ref_id.as_bytes());
            hash.update(END);
        }
    }

    /// What the element at `index` of `list` is called: its name and how many before it have the same, or its index.
    fn element(&mut self, list: Value<'_>, index: usize) -> u64 {
        let names = self.names.entry(list.row()).or_insert_with(|| element_names(list));
        names.get(index).copied().unwrap_or(index as u64)
    }
}

fn element_names(list: Value<'_>) -> Vec<u64> {
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut name = |(index, element): (usize, Value<'_>)| {
        let Some(name) = name_of(element) else { return index as u64 };
        let before = seen.entry(name.clone()).or_insert(0);
        let hash = Sha256::new_with_prefix(&name).chain_update(END).chain_update(before.to_be_bytes());
        *before += 1;
        let bytes: [u8; 16] = truncated(hash);
        bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    list.elements().enumerate().map(&mut name).collect()
}

/// The name of an element of a list, when it has one: of a Kubernetes object kind, namespace and name.
fn name_of(element: Value<'_>) -> Option<String> {
    let text = |value: Value<'_>, key: &str| {
        value
            .str(key)
            .filter(|text| !text.trim().is_empty() && text.len() <= LONGEST_NAME)
            .map(|text| text.into_owned())
    };
    if let (Some(kind), Some(metadata)) = (text(element, "kind"), element.get("metadata")) {
        let name = text(metadata, "name").or_else(|| text(metadata, "generateName")).unwrap_or_default();
        return Some(format!("{kind}\0{}\0{name}", text(metadata, "namespace").unwrap_or_default()));
    }
    ["name", "id", "key"].iter().find_map(|key| Some(format!("{key}\0{}", text(element, key)?)))
}

/// What a document is called: application and pipeline, or what its kind has for a name.
pub fn identity(input: &Input<'_>) -> Vec<String> {
    let text = |value: Value<'_>, key: &str| value.str(key).unwrap_or_default().into_owned();
    let root = input.root;
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
