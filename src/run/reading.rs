//! One reading of the own execution.

use std::sync::Arc;

use crate::base::deadline::Deadline;
use crate::clients::spinnaker::resource::Resource;
use crate::clients::spinnaker::{self, Fetched, Kind, Spinnaker};
use crate::document::value::Value;
use crate::document::{self, Document, Syntax};
use crate::orca::poll::Reading;

/// Reads the own execution once.
pub(super) async fn read(spinnaker: &Spinnaker, id: &str, deadline: Deadline) -> Reading {
    let failed = |reason: String, help: &str, is_final| Reading::Failed { reason, help: help.to_owned(), is_final };
    match spinnaker.get(&Resource::Execution { id: id.to_owned() }, deadline).await {
        Ok(Fetched::Found { bytes, origin }) => match Document::read(bytes.into(), Syntax::Json) {
            Ok(document) if document.root().is_object() => Reading::Execution(Arc::new(document)),
            Ok(document) => {
                let reason = format!("{origin} did not answer with an execution, but with {}", named(document.root()));
                failed(reason, "check the address, and any proxy in front of the service", false)
            }
            Err(error) => failed(
                format!("{origin} did not answer with an execution: {error}"),
                "check the address, and any proxy in front of the service",
                true,
            ),
        },
        Ok(Fetched::Missing) => Reading::Missing,
        Ok(Fetched::NotConfigured) => failed(
            "no Spinnaker address is configured".into(),
            "set --gate-url (PLIMSOLL_GATE_URL), --orca-url or --source-dir",
            true,
        ),
        Err(error) => failed(error.to_string(), &error.help(), !may_pass(&error)),
    }
}

/// What a document is that is no object, as the end of a sentence.
fn named(root: Value<'_>) -> &'static str {
    match root.kind() {
        document::Kind::Array => "a list",
        document::Kind::Null => "null",
        _ => "a single value",
    }
}

/// Whether the same read may end otherwise a little later. Gate answers 200 with nothing whatever became of Orca's answer.
fn may_pass(error: &spinnaker::Error) -> bool {
    match error {
        spinnaker::Error::Http(error) => {
            error.kind.is_transient() || matches!(error.kind, Kind::Empty | Kind::Deadline { .. })
        }
        spinnaker::Error::Token { is_transient, .. } => *is_transient,
        _ => false,
    }
}
