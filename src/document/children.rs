//! The children of long lists and objects, found without walking through those before them: a document may have many thousands of
//! findings in one list, and each needs its index.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many children are walked through; beyond that all are listed once.
const WALKED: usize = 32;

/// The rows of the children of each list or object in which one was looked for beyond the first few: of an object those of its keys.
#[derive(Default)]
pub(super) struct Children {
    known: Mutex<HashMap<u32, Arc<[u32]>>>,
}

impl Children {
    /// The index and the row of the child, of the container in `row`, that `is_before` puts last. `rows` walks through all children.
    pub(super) fn last_before(
        &self,
        row: u32,
        is_before: impl Fn(u32) -> bool,
        rows: impl Iterator<Item = u32> + Clone,
    ) -> Option<(usize, u32)> {
        let mut last = None;
        for (index, child) in rows.clone().take(WALKED).enumerate() {
            if !is_before(child) {
                return last;
            }
            last = Some((index, child));
        }
        let all = self.all(row, rows);
        let index = all.partition_point(|child| is_before(*child)).checked_sub(1)?;
        all.get(index).map(|child| (index, *child))
    }

    /// The row of the child with this index.
    pub(super) fn nth(&self, row: u32, index: usize, mut rows: impl Iterator<Item = u32>) -> Option<u32> {
        if index < WALKED {
            return rows.nth(index);
        }
        self.all(row, rows).get(index).copied()
    }

    fn all(&self, row: u32, rows: impl Iterator<Item = u32>) -> Arc<[u32]> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(row).or_insert_with(|| rows.collect()))
    }
}
