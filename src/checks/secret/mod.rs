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

use std::sync::Arc;

use crate::checks::api::Check;

/// The checks of this family, in the order of the documentation.
pub(crate) fn checks() -> Vec<Arc<dyn Check>> {
    vec![
        plaintext_secret::check(),
        base64_secret::check(),
        inline_kubernetes_secret::check(),
        noop_secret_reference::check(),
        secret_in_expression::check(),
        secret_fetched_into_context::check(),
        secret_in_parameter_default::check(),
        unresolvable_secret_reference::check(),
        leaked_secret_value::check(),
    ]
}
