//! What was given to one run of `check`, in order: which documents each file holds, what they are called, and how to read them again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use super::Inputs;
use super::file::ReadFile;
use crate::clients::files::{Error, InputFile};
use crate::document::value::Value;
use crate::evidence::siblings::{SiblingKind, Siblings};
use crate::secrets::reference::manifest::SecretStore;
use crate::spinnaker::input::{Input, InputKind};
use crate::spinnaker::pipeline::Pipeline;
use crate::verdict::fingerprint;

/// Files that are kept parsed, since their documents are read one after another.
const KEPT: usize = 4;

/// A document: its file and its place in it. A file without any document has one item with `root` zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) file: usize,
    pub(super) root: usize,
}

/// Every document of a run, in order.
pub(super) struct Index {
    inputs: Vec<Result<InputFile, Error>>,
    items: Vec<Item>,
    /// Files of folders in which nothing is to be judged.
    skipped: Vec<usize>,
    siblings: HashMap<(SiblingKind, String), Item>,
    secret_stores: Vec<SecretStore>,
    /// How many documents have the same name, by its hash.
    names: HashMap<u64, usize>,
    kept: Mutex<Vec<(usize, Arc<ReadFile>)>>,
}

/// What the first reading of a file finds.
struct Found {
    roots: usize,
    /// It was found in a folder, and nothing in it is of Spinnaker or Kubernetes.
    is_skipped: bool,
    siblings: Vec<(SiblingKind, String, usize)>,
    secret_stores: Vec<SecretStore>,
    names: Vec<u64>,
    /// The file itself, where it need not, or cannot, be read again.
    keep: Option<Arc<ReadFile>>,
}

impl Index {
    /// Reads every file once.
    pub(super) fn of(Inputs { files: inputs, aside, may_be_none, .. }: Inputs) -> Self {
        let is_only_file = inputs.len() == 1;
        let mut index = Self {
            items: Vec::with_capacity(inputs.len()),
            skipped: Vec::new(),
            siblings: HashMap::new(),
            secret_stores: Vec::new(),
            names: HashMap::new(),
            kept: Mutex::default(),
            inputs,
        };
        let inputs = std::mem::take(&mut index.inputs);
        let read = |file: usize| inputs.get(file).map(|input| look(input, is_only_file));
        let mut file = 0;
        super::parallel::ordered(inputs.len(), read, |found| {
            index.add(file, found, !aside.contains(&file));
            file += 1;
            true
        });
        index.inputs = inputs;
        if index.items.is_empty() && !may_be_none {
            // Nothing is judged: the files that were found are reported, none passes.
            let skipped = std::mem::take(&mut index.skipped);
            index.items.extend(skipped.into_iter().map(|file| Item { file, root: 0 }));
        }
        index
    }

    /// The names of the files that were skipped.
    pub(super) fn skipped(&self) -> Vec<String> {
        let input = |&file: &usize| self.inputs.get(file)?.as_ref().ok().map(InputFile::name);
        self.skipped.iter().filter_map(input).collect()
    }

    fn add(&mut self, file: usize, found: Option<Found>, is_judged: bool) {
        let Some(found) = found else { return };
        if found.is_skipped {
            self.skipped.extend(is_judged.then_some(file));
            return;
        }
        if is_judged {
            self.items.extend((0..found.roots.max(1)).map(|root| Item { file, root }));
        }
        for (kind, key, root) in found.siblings {
            self.siblings.insert((kind, key), Item { file, root });
        }
        self.secret_stores.extend(found.secret_stores);
        for name in found.names {
            *self.names.entry(name).or_insert(0) += 1;
        }
        if let Some(kept) = found.keep {
            self.kept.get_mut().unwrap_or_else(PoisonError::into_inner).push((file, kept));
        }
    }

    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    /// The file of an item, parsed.
    pub(super) fn file(&self, item: Item) -> Option<Arc<ReadFile>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = kept.iter().find(|(number, _)| *number == item.file) {
            return Some(Arc::clone(file));
        }
        drop(kept);
        let file = Arc::new(ReadFile::read(self.inputs.get(item.file)?));
        kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_again_readable = |number: usize| !matches!(self.inputs.get(number), Some(Ok(InputFile::Stdin)));
        if kept.len() >= KEPT
            && let Some(oldest) = kept.iter().position(|(number, _)| is_again_readable(*number))
        {
            kept.remove(oldest);
        }
        kept.push((item.file, Arc::clone(&file)));
        Some(file)
    }

    /// What tells a document apart from others of the same name: file and number where the name repeats, else nothing.
    pub(super) fn distinction(&self, input: &Input<'_>, file: &str, document: usize) -> String {
        if self.names.get(&name(input)).is_none_or(|count| *count < 2) {
            return String::new();
        }
        format!("{file}\0{document}")
    }
}

impl Siblings for Index {
    fn find(&self, kind: SiblingKind, key: &str) -> Option<String> {
        let item = *self.siblings.get(&(kind, key.to_owned()))?;
        let file = self.file(item)?;
        file.parts().get(item.root).map(|part| part.value.raw().to_owned())
    }

    fn secret_stores(&self) -> &[SecretStore] {
        &self.secret_stores
    }
}

/// Reads a file for the index. One that is the only file, or standard input, is kept.
fn look(input: &Result<InputFile, Error>, is_only_file: bool) -> Found {
    let file = ReadFile::read(input);
    let roots = file.parts();
    let mut siblings = Vec::new();
    let mut names = Vec::with_capacity(roots.len());
    // A document that is alone is nobody's sibling, and has no name to share.
    let is_alone = is_only_file && roots.len() == 1;
    for (n, root) in roots.iter().enumerate().filter(|_| !is_alone) {
        let input = Input::of_part(root);
        siblings.extend(keys(&input).into_iter().map(|(kind, key)| (kind, key, n)));
        names.push(name(&input));
    }
    let secret_stores = roots.iter().map(|part| part.value).filter_map(SecretStore::read).collect();
    let roots = roots.len();
    let is_skipped = matches!(input, Ok(InputFile::InFolder(_))) && file.is_foreign();
    let keep = is_only_file || matches!(input, Ok(InputFile::Stdin));
    Found { roots, is_skipped, siblings, secret_stores, names, keep: keep.then(|| Arc::new(file)) }
}

/// What other documents can look a document up by.
fn keys(input: &Input<'_>) -> Vec<(SiblingKind, String)> {
    let text = |value: Value<'_>, key: &str| value.str(key).map(std::borrow::Cow::into_owned);
    let root = input.root;
    let by_id = |kind| text(root, "id").map(|id| (kind, id));
    match input.kind {
        InputKind::Execution => by_id(SiblingKind::Execution).into_iter().collect(),
        InputKind::Template => by_id(SiblingKind::Template).into_iter().collect(),
        InputKind::Pipeline => {
            let own = |name: Option<std::borrow::Cow<'_, str>>| name.map(std::borrow::Cow::into_owned);
            let pipeline = input.pipeline.as_ref();
            let named = own(pipeline.and_then(Pipeline::application)).zip(own(pipeline.and_then(Pipeline::name)));
            let named = named.map(|(application, name)| (SiblingKind::Pipeline, format!("{application}/{name}")));
            by_id(SiblingKind::Pipeline).into_iter().chain(named).collect()
        }
        _ => Vec::new(),
    }
}

/// A document's name, hashed: an execution and its saved pipeline may share one, two pipelines may not.
fn name(input: &Input<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (input.kind.word(), fingerprint::identity(input)).hash(&mut hasher);
    hasher.finish()
}
