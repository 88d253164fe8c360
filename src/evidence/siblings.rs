//! Documents that were given together with the one that is judged: evidence for one another.

use crate::secrets::reference::manifest::SecretStore;

/// What a sibling is looked up as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SiblingKind {
    /// An execution, by its id.
    Execution,
    /// A saved pipeline, by its id or by `application/name`.
    Pipeline,
    /// A pipeline template, by its id.
    Template,
}

/// Access to the siblings. They are read when they are asked for: there may be more of them than fit into memory.
pub trait Siblings: Sync {
    /// The JSON text of the sibling with this key.
    fn find(&self, kind: SiblingKind, key: &str) -> Option<String>;

    /// Secret stores that the documents define, through which manifests read.
    fn secret_stores(&self) -> &[SecretStore];
}

/// No document was given beside the one that is judged.
pub struct NoSiblings;

impl Siblings for NoSiblings {
    fn find(&self, _: SiblingKind, _: &str) -> Option<String> {
        None
    }

    fn secret_stores(&self) -> &[SecretStore] {
        &[]
    }
}
