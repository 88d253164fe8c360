//! Plimsoll: the release gate for Spinnaker.
//!
//! # Layout
//!
//! The folders are layers. A folder uses only the folders above it; `tests/it/architecture.rs` enforces that, and that the pure
//! ones do no I/O.
//!
//! ```text
//! base/        secrets, limits, deadlines, retries, text and name utilities                 uses nothing
//! document/    JSON and YAML: one text, a table of its values, pointers, positions          pure
//! meta/        what a check declares: id, severity, options, controls, evidence, facts      pure
//! spinnaker/   views over executions, pipelines, stages, triggers, templates                pure
//! kubernetes/  manifests, pods, containers, images                                          pure
//! secrets/     detect literals, recognise references, redact known values                   pure
//! policy/      what is enforced, and how production is recognised                           pure
//! clients/     files, HTTP, Spinnaker's services, Vault                                     I/O
//! evidence/    what checks need from outside: collected before any check runs               I/O
//! analysis/    facts of one document and its evidence, each computed once                   pure
//! checks/      one check, one file; the catalogue; running it                               pure
//! verdict/     modes, outcomes, fingerprints, masking                                       pure
//! report/      the formats of a verdict                                                     pure
//! orca/        the conversation with Orca: own execution, property line, termination log    I/O
//! run/         the applications: check, gate, exec                                          I/O
//! cli/         options, commands, the terminal                                              I/O
//! ```
//!
//! One document goes down this line:
//!
//! ```text
//! bytes ─► document ─► contents ─► evidence ─► facts ─► checks ─► verdict ─► reports
//!                      (input,     (collect)            (raw      (decide)   (text, JSON)
//!                       manifests,                       results)       └──► Orca
//!                       secrets)
//! ```
//!
//! # Invariants
//!
//! - A document that cannot be read never passes: its verdict is inconclusive.
//! - A check does no I/O and never panics. What it could not inspect is inconclusive, never passed.
//! - No secret leaves the process: [`base::secret::Secret`] has neither `Debug` nor `Display`, and [`base::process`] protects its
//!   memory.

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
