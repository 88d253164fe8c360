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
//! jose/        signed tokens and keys, read strictly                                      pure
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
//! signature/   signed verdicts: statement, envelopes, keys, verification                    pure
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

pub(crate) mod analysis;
pub(crate) mod base;
pub(crate) mod checks;
pub mod cli;
pub(crate) mod clients;
pub(crate) mod document;
pub(crate) mod evidence;
pub(crate) mod jose;
pub(crate) mod kubernetes;
pub(crate) mod meta;
pub(crate) mod orca;
pub(crate) mod policy;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod secrets;
pub(crate) mod signature;
pub(crate) mod spinnaker;
pub(crate) mod verdict;

/// The parts that the tests below `tests/` use. Not an interface: it changes with the program.
#[doc(hidden)]
pub mod testing {
    pub use crate::base::deadline::Deadline;
    pub use crate::base::exit::Exit;
    pub use crate::base::retry::Retries;
    pub use crate::base::secret::Secret;
    pub use crate::cli::gate::answered;
    pub use crate::cli::generate::files as generated_files;
    pub use crate::clients::secret_resolver::SecretResolver;
    pub use crate::clients::{files, http, spinnaker, vault, walk};
    pub use crate::document::{Document, Syntax, value::Value};
    pub use crate::run::gate::in_runtime;
    pub use crate::secrets::redact::{MASKED, SecretMatcher, stream::Masker};
    pub use crate::secrets::reference::{Recognised, VaultReference, recognise};
    pub use crate::spinnaker::own_stage::OwnStage;
}
