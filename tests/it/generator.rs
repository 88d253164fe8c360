//! Writes pipelines and executions with planted secrets and with decoys, from a seed.
//!
//! It shares no table and no pattern with the program: a kind taken out of it takes out no rule. Every token is built when
//! the test runs, so that none stands in the repository.

#[path = "generator/calls.rs"]
mod calls;
#[path = "generator/connections.rs"]
mod connections;
#[path = "generator/decoy_encodings.rs"]
mod decoy_encodings;
#[path = "generator/decoy_identifiers.rs"]
mod decoy_identifiers;
#[path = "generator/decoy_manifests.rs"]
mod decoy_manifests;
#[path = "generator/decoy_names.rs"]
mod decoy_names;
#[path = "generator/decoy_places.rs"]
mod decoy_places;
#[path = "generator/decoy_references.rs"]
mod decoy_references;
#[path = "generator/decoy_texts.rs"]
mod decoy_texts;
#[path = "generator/draft.rs"]
mod draft;
#[path = "generator/encode.rs"]
mod encode;
#[path = "generator/encodings.rs"]
mod encodings;
#[path = "generator/executions.rs"]
mod executions;
#[path = "generator/expressions.rs"]
mod expressions;
#[path = "generator/files.rs"]
mod files;
#[path = "generator/files_markup.rs"]
mod files_markup;
#[path = "generator/key_material.rs"]
mod key_material;
#[path = "generator/key_names.rs"]
mod key_names;
#[path = "generator/ordinary.rs"]
mod ordinary;
#[path = "generator/passwords.rs"]
mod passwords;
#[path = "generator/places.rs"]
mod places;
#[path = "generator/places_manifests.rs"]
mod places_manifests;
#[path = "generator/places_pods.rs"]
mod places_pods;
#[path = "generator/places_servers.rs"]
mod places_servers;
#[path = "generator/places_surroundings.rs"]
mod places_surroundings;
#[path = "generator/pools.rs"]
mod pools;
#[path = "generator/random.rs"]
mod random;
#[path = "generator/shells.rs"]
mod shells;
#[path = "generator/tables.rs"]
mod tables;
#[path = "generator/talk.rs"]
mod talk;
#[path = "generator/tokens_cloud.rs"]
mod tokens_cloud;
#[path = "generator/tokens_code.rs"]
mod tokens_code;
#[path = "generator/tokens_keyed.rs"]
mod tokens_keyed;
#[path = "generator/tokens_service.rs"]
mod tokens_service;

use serde_json::Value;

use draft::Draft;

/// A secret that was put into the document.
pub(crate) struct Planted {
    pub(crate) kind: String,
    /// RFC 6901 pointer of the JSON value that holds it.
    pub(crate) pointer: String,
    pub(crate) value: String,
}

/// Something that looks like a secret and is none.
pub(crate) struct Decoy {
    pub(crate) kind: String,
    pub(crate) pointer: String,
}

/// A document and what is in it.
pub(crate) struct Corpus {
    pub(crate) document: Value,
    pub(crate) planted: Vec<Planted>,
    pub(crate) decoys: Vec<Decoy>,
}

/// One saved pipeline that carries every kind at least once, but for the kinds that only an execution can hold.
pub(crate) fn pipeline(seed: u64) -> Corpus {
    whole(Draft::new(seed, false))
}

/// One execution that carries every kind at least once.
pub(crate) fn execution(seed: u64) -> Corpus {
    whole(Draft::new(seed.wrapping_add(1 << 40), true))
}

fn whole(mut draft: Draft) -> Corpus {
    let mut cases: Vec<_> = tables::plants().into_iter().chain(tables::decoys()).collect();
    if draft.execution {
        cases.extend(tables::execution_plants().into_iter().chain(tables::execution_decoys()));
    }
    draft.random.shuffle(&mut cases);
    for (n, case) in cases.iter().enumerate() {
        case.add(&mut draft);
        if n % 12 == 11 {
            ordinary::stage(&mut draft);
        }
    }
    pools::flush(&mut draft);
    draft.finish()
}

/// A pipeline grown to about `bytes` in its one-line form: mostly ordinary stages, with some plants and decoys among them.
pub(crate) fn of_size(seed: u64, bytes: usize) -> Corpus {
    let mut draft = Draft::new(seed.wrapping_add(2 << 40), false);
    let (mut plants, mut decoys) = (Vec::new(), Vec::new());
    while draft.size < bytes {
        // About 75 secrets in a megabyte, and as many decoys.
        for _ in 0..56 {
            ordinary::stage(&mut draft);
        }
        for (deck, table) in [(&mut plants, tables::plants as fn() -> Vec<tables::Case>), (&mut decoys, tables::decoys)]
        {
            for _ in 0..3 {
                if deck.is_empty() {
                    *deck = table();
                    draft.random.shuffle(deck);
                }
                if let Some(case) = deck.pop() {
                    case.add(&mut draft);
                }
            }
        }
        pools::flush(&mut draft);
    }
    draft.finish()
}

/// The names of all kinds of plants, and of all kinds of decoys.
pub(crate) fn kinds() -> (Vec<&'static str>, Vec<&'static str>) {
    let names = |lists: [Vec<tables::Case>; 2]| lists.into_iter().flatten().map(|case| case.kind).collect();
    (names([tables::plants(), tables::execution_plants()]), names([tables::decoys(), tables::execution_decoys()]))
}

/// The names of the kinds that only an execution can hold.
pub(crate) fn execution_kinds() -> Vec<&'static str> {
    tables::execution_plants().into_iter().chain(tables::execution_decoys()).map(|case| case.kind).collect()
}
