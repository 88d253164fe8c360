//! All I/O with the outside: files, git, HTTP, Spinnaker's services and Vault.

pub mod files;
pub mod http;
pub mod issuers;
pub mod policy_file;
pub mod secret_resolver;
pub mod spinnaker;
pub mod vault;
pub mod walk;
pub mod work_tree;
