//! Secrets that stand in documents, and references to secrets.

pub(crate) mod base64_secret;
pub(crate) mod inline_kubernetes_secret;
pub(crate) mod leaked_secret_value;
pub(crate) mod noop_secret_reference;
pub(crate) mod plaintext_secret;
pub(crate) mod secret_fetched_into_context;
pub(crate) mod secret_in_expression;
pub(crate) mod secret_in_parameter_default;
pub(crate) mod unresolvable_secret_reference;

use crate::checks::api::Check;

/// The checks of this family, in the order of the documentation.
pub(crate) static CHECKS: &[&Check] = &[
    &plaintext_secret::CHECK,
    &base64_secret::CHECK,
    &inline_kubernetes_secret::CHECK,
    &noop_secret_reference::CHECK,
    &secret_in_expression::CHECK,
    &secret_fetched_into_context::CHECK,
    &secret_in_parameter_default::CHECK,
    &unresolvable_secret_reference::CHECK,
    &leaked_secret_value::CHECK,
];
