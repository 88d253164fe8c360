//! The ground floor: values, texts and limits that every layer uses. Nothing here knows of Spinnaker or Vault.

pub mod deadline;
pub mod exit;
pub mod process;
pub mod retry;
pub mod sanitize;
pub mod secret;
pub mod suggest;
pub mod telemetry;
