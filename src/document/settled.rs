//! What the expressions of a document become, where the document itself settles it: [`Value`] reads it, `spinnaker::settle` fills it.
//!
//! Rows of open texts and keys stay in it as well, because an unknown value is never an absent one.

use crate::document::table::Document;
use crate::document::value::Value;

/// What each text with an expression becomes, by its row. Rows come in their order, so that each list is searched by halves.
#[derive(Clone, Default)]
pub struct Settled {
    /// Each value that a text may have; none where only the run knows it.
    texts: Vec<(u32, Box<[Box<str>]>)>,
    keys: Vec<(u32, Box<str>)>,
    /// Objects with a key that stays open, and that key.
    open: Vec<(u32, u32)>,
}

impl Settled {
    /// `value` may become any of `choices`; none means that only the run knows it.
    pub fn text(&mut self, value: Value<'_>, choices: Vec<String>) {
        self.texts.push((value.row(), choices.into_iter().map(String::into_boxed_str).collect()));
    }

    /// `key` becomes `name`.
    pub fn key(&mut self, key: Value<'_>, name: String) {
        self.keys.push((key.row(), name.into_boxed_str()));
    }

    /// `object` has the key `key`, of which only the run knows the name.
    pub fn open(&mut self, object: Value<'_>, key: Value<'_>) {
        self.open.push((object.row(), key.row()));
    }

    /// Brings the rows into their order, once all are known.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.texts.sort_by_key(|(row, _)| *row);
        self.keys.sort_by_key(|(row, _)| *row);
        self.open.sort_unstable();
        self
    }

    fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.keys.is_empty() && self.open.is_empty()
    }

    /// Each value that the text in `row` may have; `None` when it holds no expression.
    pub(super) fn choices(&self, row: u32) -> Option<&[Box<str>]> {
        let at = self.texts.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        self.texts.get(at).map(|(_, choices)| &**choices)
    }

    pub(super) fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// What the key in `row` becomes.
    pub(super) fn name(&self, row: u32) -> Option<&str> {
        let at = self.keys.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        self.keys.get(at).map(|(_, name)| &**name)
    }

    /// The row of a key of the object in `row` that stays open.
    pub(super) fn open_key(&self, row: u32) -> Option<u32> {
        let at = self.open.partition_point(|(object, _)| *object < row);
        self.open.get(at).filter(|(object, _)| *object == row).map(|(_, key)| *key)
    }
}

impl Document {
    /// Settles its expressions by `make`, once; later calls change nothing.
    pub fn settle(&self, make: impl FnOnce() -> Settled) {
        self.settled.get_or_init(|| Some(make()).filter(|settled| !settled.is_empty()));
    }

    /// A copy in which the expressions become what `settled` says: a pipeline that is started with parameters of its own.
    #[must_use]
    pub fn settled_as(&self, settled: Settled) -> Self {
        let copy = Self::new(self.text.clone(), self.nodes.clone(), self.marks.clone());
        copy.settle(|| settled);
        copy
    }

    pub(super) fn settled(&self) -> Option<&Settled> {
        self.settled.get()?.as_ref()
    }
}
