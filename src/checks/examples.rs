//! A bad and a good example of each check, for its page. `checks::testing::examples` takes them from the cases and proves them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The committed examples.
pub(crate) const TEXT: &str = include_str!("examples.json");

/// The examples of one check.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Example {
    /// A document that the check reports.
    pub(crate) bad: serde_json::Value,
    /// One like it that it does not report; `None` where what decides is not in the document.
    pub(crate) good: Option<serde_json::Value>,
    /// The document alone decides, without evidence from a service.
    pub(crate) alone: bool,
}

/// The examples of the check named `id`.
pub(crate) fn of(id: &str) -> Option<&'static Example> {
    static ALL: LazyLock<BTreeMap<String, Example>> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());
    ALL.get(id)
}
