//! Documents inside texts of a document, read once each and kept as long as the outer document.

use std::sync::OnceLock;

use crate::document::table::Document;
use crate::document::value::Value;

/// How many chains of documents there are: a document may hold some hundred thousand texts.
const CHAINS: usize = 1 << 10;

/// The documents read so far, by the row of their text. Reading one needs no exclusive access to the outer document.
#[derive(Default)]
pub(super) struct Embedded {
    chains: OnceLock<Box<[Chain]>>,
}

type Chain = OnceLock<Box<Link>>;

struct Link {
    row: u32,
    /// `None` for a text that is not a document.
    document: Option<Document>,
    next: Chain,
}

impl Embedded {
    /// The document in the text at `row`, which `read` reads when it is asked for the first time.
    pub(super) fn document(&self, row: u32, read: impl Fn() -> Option<Document>) -> Option<&Document> {
        let chains = self.chains.get_or_init(|| (0..CHAINS).map(|_| Chain::new()).collect());
        let mut chain = chains.get(row as usize % CHAINS)?;
        loop {
            let link = chain.get_or_init(|| Box::new(Link { row, document: read(), next: Chain::new() }));
            if link.row == row {
                return link.document.as_ref();
            }
            chain = &link.next;
        }
    }
}

impl Value<'_> {
    /// The outermost value of the document in `text`, which was fetched for this value and is kept as long as its document. The first
    /// text that is given for a value stays. `None` when it is neither JSON nor YAML.
    pub fn attached(self, text: &str) -> Option<Self> {
        let document = self.document();
        let read = || Document::embedded_text(text, self.row());
        document.embedded.document(self.row(), read).filter(|_| document.host.is_none()).map(Document::root)
    }
}
