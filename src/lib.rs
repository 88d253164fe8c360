//! Plimsoll: the release gate for Spinnaker.
//!
//! # Layout
//!
//! Data flows one way, and a module uses only what stands above it:
//!
//! ```text
//! source ─► model ─► evidence ─► checks ─► verdict ─► report ─► (stdout, file, HTTP body)
//!  (I/O)    (pure)     (I/O)     (pure)     (pure)    (pure)
//!                                             └─► callback (I/O: Orca)
//! cli calls this line; nothing in it calls the cli.
//! ```
//!
//! - [`source`]: where documents come from: Gate, Orca, Front50, a folder, a file, standard input.
//!   [`http`] is the one client they are fetched with, [`retry`] what is tried again, [`sanitize`] how their words may be shown.
//! - [`model`]: tolerant views over one parsed document: execution, pipeline, stage, trigger, manifest, stage graph.
//! - [`detect`]: what a plaintext secret looks like; pure, used by the secret checks.
//! - [`evidence`]: everything a check needs from outside, fetched once, before any check runs.
//! - [`vault`]: the only module that talks to Vault. [`known`] looks for resolved values in every form, [`leaks`] in documents.
//! - [`policy`]: what is enforced, and how production is recognised.
//! - [`checks`]: one file each, pure: doc comment, metadata, logic, cases.
//! - [`verdict`]: findings and policy to passed, failed or inconclusive: a pure function.
//! - [`report`]: the formats a verdict is printed in.
//! - [`callback`]: the answer to Orca: property line, termination log, cancel watch.
//! - [`exec`]: runs a command with its secrets resolved, beside the line above.
//! - [`cli`]: commands and their options.
//!
//! # Invariants
//!
//! - A document that cannot be read never passes: it is an inconclusive verdict.
//! - A check does no I/O and never panics; what it could not look at is inconclusive, never passed.
//! - No secret leaves the process: [`secret::Secret`] has neither `Debug` nor `Display`, and [`process`] keeps its memory.

pub mod analysis;
pub mod base;
pub mod checks;
pub mod cli;
pub mod clients;
pub mod document;
pub mod evidence;
pub mod kubernetes;
pub mod meta;
pub mod orca;
pub mod policy;
pub mod report;
pub mod run;
pub mod secrets;
pub mod spinnaker;
pub mod verdict;
