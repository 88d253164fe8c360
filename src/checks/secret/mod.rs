//! Secrets in documents, and references to secrets.

pub(crate) mod base64_secret;
pub(crate) mod inline_kubernetes_secret;
pub(crate) mod leaked_secret_value;
pub(crate) mod noop_secret_reference;
pub(crate) mod plaintext_secret;
pub(crate) mod secret_fetched_into_context;
pub(crate) mod secret_in_expression;
pub(crate) mod secret_in_parameter_default;
pub(crate) mod unresolvable_secret_reference;
