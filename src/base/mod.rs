//! The ground floor: values, texts and limits that every layer uses. Nothing here knows of Spinnaker or Vault.

pub mod base64;
pub mod deadline;
pub mod duration;
pub mod exit;
pub mod glob;
pub mod hex;
pub mod process;
pub mod retry;
pub mod sanitize;
pub mod search;
pub mod secret;
pub mod suggest;
pub mod telemetry;
pub mod words;
