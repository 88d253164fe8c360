//! Every kind with the way it gets into a document.

use serde_json::{Value, json};

use super::draft::{Draft, bare, decoy, plant};
use super::random::Random;
use super::{
    calls, connections, decoy_encodings, decoy_identifiers, decoy_manifests, decoy_names, decoy_places,
    decoy_references, decoy_texts, encodings, executions, expressions, files, files_markup, key_material, key_names,
    passwords, places, places_manifests, places_pods, places_servers, places_surroundings, shells, talk, tokens_cloud,
    tokens_code, tokens_keyed, tokens_service,
};

/// Makes a token from nothing but randomness.
pub(crate) type Token = fn(&Random) -> String;
/// Writes a text that carries the given secret.
pub(crate) type Text = fn(&Random, &str) -> String;

/// A token that a text makes for itself, marked so that the case knows it.
pub(crate) fn own(token: String) -> String {
    format!("\u{2}{token}\u{3}")
}

/// The text without marks, and the secret in it: its own, or the one it was given.
fn carved(text: String, secret: String) -> (String, String) {
    match text.split_once('\u{2}').and_then(|(_, rest)| rest.split_once('\u{3}')) {
        Some((token, _)) => (text.replace(['\u{2}', '\u{3}'], ""), token.to_owned()),
        None => (text, secret),
    }
}

#[derive(Clone, Copy)]
pub(crate) enum How {
    /// A token that its own form gives away, wherever it stands.
    Anywhere(Token),
    /// A secret that the key says is one.
    Under(&'static str, Token),
    /// A command line or a script.
    Command(Text),
    /// The content of a file of this name.
    File(&'static str, Text),
    /// A text under this key.
    Value(&'static str, Text),
    /// A piece that knows its own place.
    Place(fn(&mut Draft, &str)),
    /// A key and a value that is no secret.
    Harmless(&'static str, fn(&Random) -> Value),
    /// A command without a secret.
    HarmlessCommand(Token),
    /// A file without a secret.
    HarmlessFile(&'static str, Token),
}

#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    pub(crate) how: How,
}

impl Case {
    pub(crate) fn add(&self, draft: &mut Draft) {
        let kind = self.kind;
        match self.how {
            How::Anywhere(token) => {
                let token = token(&draft.random);
                anywhere(draft, kind, token);
            }
            How::Under(key, token) => {
                let token = token(&draft.random);
                draft.named(key, bare(kind, token));
            }
            How::Command(text) => {
                let secret = draft.random.secret();
                let (text, secret) = carved(text(&draft.random, &secret), secret);
                draft.command(plant(kind, secret, text));
            }
            How::File(name, text) => {
                let secret = draft.random.secret();
                let (text, secret) = carved(text(&draft.random, &secret), secret);
                draft.file(name, plant(kind, secret, text));
            }
            How::Value(key, text) => {
                let secret = draft.random.secret();
                let (text, secret) = carved(text(&draft.random, &secret), secret);
                draft.named(key, plant(kind, secret, text));
            }
            How::Place(add) => add(draft, kind),
            How::Harmless(key, value) => {
                let value = value(&draft.random);
                draft.named(key, decoy(kind, value));
            }
            How::HarmlessCommand(text) => {
                let text = text(&draft.random);
                draft.command(decoy(kind, text));
            }
            How::HarmlessFile(name, text) => {
                let text = text(&draft.random);
                draft.file(name, decoy(kind, text));
            }
        }
    }
}

/// Puts a token where nothing but its form tells what it is.
fn anywhere(draft: &mut Draft, kind: &str, token: String) {
    let host = draft.random.host();
    if token.contains('\n') {
        return draft.file("credentials", bare(kind, token));
    }
    if token.contains(' ') {
        return draft.file("notes.txt", plant(kind, token.clone(), format!("Before you start:\n\n{token}\n")));
    }
    match draft.random.number(0, 9) {
        0 => draft.command(plant(kind, token.clone(), format!("./release.sh --stage prod --with {token} --verbose"))),
        1 => draft.command(plant(kind, token.clone(), format!("set -eu\nexport EXTRA=\"{token}\"\n./publish\n"))),
        2 => draft.file("settings.yaml", plant(kind, token.clone(), format!("endpoint: https://{host}\nextra: \"{token}\"\nretries: 3\n"))),
        3 => {
            let payload = json!({"ref": "main", "inputs": {"extra": token}}).to_string();
            draft.stage("webhook", json!({"url": format!("https://{host}/dispatch"), "method": "POST", "payload": plant(kind, token, payload)}));
        }
        4 => draft.stage("wait", json!({"waitTime": 30, "comments": plant(kind, token.clone(), format!("Until Friday use {token} here, then ask the platform team."))})),
        5 => draft.named("EXTRA_ARG", bare(kind, token)),
        6 => draft.stage("jenkins", json!({"master": "ci", "job": "release", "parameters": {"ARGS": plant(kind, token.clone(), format!("-v --using={token}"))}})),
        7 => draft.stage("webhook", json!({"url": format!("https://{host}/hook"), "customHeaders": {"X-Caller": [bare(kind, token)]}})),
        _ => draft.named("setting", bare(kind, token)),
    }
}

fn cases(list: &[(&'static str, How)]) -> Vec<Case> {
    list.iter().map(|&(kind, how)| Case { kind, how }).collect()
}

pub(crate) fn plants() -> Vec<Case> {
    let tokens = [tokens_code::TOKENS, tokens_cloud::TOKENS, tokens_service::TOKENS].concat();
    let mut all: Vec<Case> = tokens.iter().map(|&(kind, token)| Case { kind, how: How::Anywhere(token) }).collect();
    all.extend(tokens_keyed::TOKENS.iter().map(|&(kind, key, token)| Case { kind, how: How::Under(key, token) }));
    all.extend(key_names::NAMES.iter().map(|&(kind, key)| Case { kind, how: How::Under(key, Random::secret) }));
    all.extend(passwords::KINDS.iter().map(|&(kind, key, token)| Case { kind, how: How::Under(key, token) }));
    all.extend(calls::COMMANDS.iter().map(|&(kind, text)| Case { kind, how: How::Command(text) }));
    all.extend(talk::COMMANDS.iter().map(|&(kind, text)| Case { kind, how: How::Command(text) }));
    all.extend(shells::COMMANDS.iter().map(|&(kind, text)| Case { kind, how: How::Command(text) }));
    all.extend(connections::CONNECTIONS.iter().map(|&(kind, key, text)| Case { kind, how: How::Value(key, text) }));
    for table in [files::FILES, files_markup::FILES] {
        all.extend(table.iter().map(|&(kind, name, text)| Case { kind, how: How::File(name, text) }));
    }
    for table in [
        key_material::CASES,
        encodings::CASES,
        places::CASES,
        places_servers::CASES,
        places_surroundings::CASES,
        places_manifests::CASES,
        places_pods::CASES,
        expressions::CASES,
    ] {
        all.extend(cases(table));
    }
    all
}

pub(crate) fn decoys() -> Vec<Case> {
    let mut all = Vec::new();
    for table in [decoy_references::VALUES, decoy_identifiers::VALUES, decoy_names::VALUES] {
        all.extend(table.iter().map(|&(kind, key, value)| Case { kind, how: How::Harmless(key, value) }));
    }
    all.extend(calls::DECOYS.iter().map(|&(kind, text)| Case { kind, how: How::HarmlessCommand(text) }));
    all.extend(talk::DECOYS.iter().map(|&(kind, text)| Case { kind, how: How::HarmlessCommand(text) }));
    all.extend(decoy_texts::COMMANDS.iter().map(|&(kind, text)| Case { kind, how: How::HarmlessCommand(text) }));
    for table in [decoy_texts::FILES, decoy_encodings::FILES] {
        all.extend(table.iter().map(|&(kind, name, text)| Case { kind, how: How::HarmlessFile(name, text) }));
    }
    for table in [decoy_places::CASES, decoy_manifests::CASES, decoy_encodings::CASES] {
        all.extend(cases(table));
    }
    all
}

pub(crate) fn execution_plants() -> Vec<Case> {
    cases(executions::PLANTS)
}

pub(crate) fn execution_decoys() -> Vec<Case> {
    cases(executions::DECOYS)
}
