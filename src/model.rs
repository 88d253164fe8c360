//! Tolerant views over one parsed document. Pure: nothing here reads a file or a socket.
//!
//! Spinnaker's documents are schemaless (`front50-api/…/model/pipeline/Pipeline.java` keeps unknown keys, stages are maps), so a
//! view never fails because a key is missing or of another type: it answers `None`, and the check decides what that means.

pub mod child_pipeline;
pub mod document;
pub mod expression;
pub mod graph;
pub mod json;
pub mod manifest;
pub mod manifest_references;
pub mod pointer;
pub mod principal;
pub mod release;
pub mod secret_reference;
pub mod stage;
pub mod stage_types;
pub mod subject;
pub mod template;
pub mod trigger;
pub mod value;
pub mod yaml;
