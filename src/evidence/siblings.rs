//! Documents that were passed together with the one that is checked: they are evidence for each other.

use crate::secrets::reference::manifest::SecretStore;

/// The kinds of siblings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SiblingKind {
    /// An execution, by its id.
    Execution,
    /// A saved pipeline, by its id or by `application/name`.
    Pipeline,
    /// A pipeline template, by its id.
    Template,
}

/// Access to the siblings. They are read on demand: there may be more than fit into memory.
pub trait Siblings: Sync {
    /// The JSON text of the sibling with this key.
    fn find(&self, kind: SiblingKind, key: &str) -> Option<String>;

    /// Secret stores that the documents define.
    fn secret_stores(&self) -> &[SecretStore];
}

/// Only one document is checked.
pub struct NoSiblings;

impl Siblings for NoSiblings {
    fn find(&self, _: SiblingKind, _: &str) -> Option<String> {
        None
    }

    fn secret_stores(&self) -> &[SecretStore] {
        &[]
    }
}
