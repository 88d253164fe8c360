//! Everything that reaches out: files, HTTP, Spinnaker's services and Vault.

pub mod files;
pub mod http;
pub mod secret_resolver;
pub mod spinnaker;
pub mod vault;
