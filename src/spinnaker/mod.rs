//! Tolerant views over Spinnaker's documents. Pure: nothing here reads a file or a socket.
//!
//! Spinnaker's documents are schemaless (`front50-api/…/model/pipeline/Pipeline.java` keeps unknown keys, stages are maps), so a
//! view never fails because a key is missing or of another type: it returns `None`, and the check decides what that means.

pub mod child_pipeline;
pub mod evaluate;
pub mod expression;
pub mod graph;
pub mod holding;
pub mod input;
pub mod judgment;
pub mod own_stage;
pub mod parent;
pub mod pipeline;
pub mod principal;
pub mod settle;
pub mod stage;
pub mod stage_types;
pub mod template;
pub mod trigger;
