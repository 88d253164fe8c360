//! Manifests that come from artifacts: embedded in a stage, baked by a stage that has run, or fetched as evidence.
//!
//! Orca binds an expected artifact to what a trigger or a stage before it brought, and reads the manifests of the bound one
//! (`orca-core/…/pipeline/util/ArtifactUtils.java`, `kork-artifacts/…/model/ExpectedArtifact.java`,
//! `orca-clouddriver/…/tasks/manifest/ManifestEvaluator.java`).

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use regex::RegexBuilder;

use crate::document::Kind;
use crate::document::value::{Flag, Value};
use crate::kubernetes::manifest::OpaqueReason;
use crate::kubernetes::wanted::Wanted;
use crate::spinnaker::evaluate::Scope;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::settle::settle;
use crate::spinnaker::stage::Stage;

/// The type of an artifact whose reference is its content.
const EMBEDDED: &str = "embedded/base64";

/// The largest pattern of an expected artifact that is compiled, in bytes of its program.
const LARGEST_PATTERN: usize = 1 << 18;

/// What was fetched of an artifact.
#[derive(Clone, Debug)]
pub enum Content {
    Text {
        text: String,
        /// What Orca fetches later is the same.
        is_pinned: bool,
    },
    /// Spinnaker was asked and did not give it: why.
    NotGiven(Arc<str>),
}

/// The artifacts that were fetched, by [`Wanted::body`].
pub type Fetched = BTreeMap<String, Content>;

/// What is known about the artifact that a stage deploys.
#[derive(Default)]
pub(super) struct Held<'d> {
    /// The objects of every artifact that may be the one that is deployed.
    pub(super) objects: Vec<Value<'d>>,
    /// Why something else may be deployed; empty when each artifact that may be bound was read.
    pub(super) unseen: Vec<OpaqueReason>,
    /// What may be fetched and was not.
    pub(super) wanted: Vec<Wanted>,
    /// What was fetched, as documents.
    pub(super) fetched: Vec<Value<'d>>,
}

/// The artifacts of a pipeline, found once for all of its stages.
pub(super) struct Artifacts<'p, 'd> {
    pipeline: &'p Pipeline<'d>,
    contents: &'p Fetched,
    expected: OnceCell<HashMap<String, Vec<Value<'d>>>>,
    produced: OnceCell<Vec<Value<'d>>>,
    /// The artifacts that may be bound, by the id of the expected one.
    bound: RefCell<HashMap<String, Vec<Value<'d>>>>,
}

impl<'p, 'd> Artifacts<'p, 'd> {
    /// The artifacts of `pipeline`, with what was fetched of them; nothing is read yet.
    pub(super) fn of(pipeline: &'p Pipeline<'d>, contents: &'p Fetched) -> Self {
        Self { pipeline, contents, expected: OnceCell::new(), produced: OnceCell::new(), bound: RefCell::default() }
    }

    /// The objects in the artifact that `stage` deploys, as far as they are known.
    pub(super) fn held(&self, stage: &Stage<'d>) -> Held<'d> {
        let mut held = Held::default();
        let candidates = match self.candidates(stage) {
            Ok(candidates) => candidates,
            Err(why) => {
                held.unseen.push(why);
                return held;
            }
        };
        if candidates.is_empty() {
            held.unseen.push(OpaqueReason::Artifact);
        }
        for artifact in candidates {
            self.add(artifact, stage, &mut held);
        }
        held
    }

    fn add(&self, artifact: Value<'d>, stage: &Stage<'d>, held: &mut Held<'d>) {
        if artifact.get("type").is_some_and(|kind| kind.is_str(EMBEDDED)) {
            let documents = artifact.get("reference").map(Value::embedded_base64).into_iter().flatten();
            return self.add_objects(documents.collect(), held);
        }
        let Some(wanted) = Wanted::of(artifact, stage) else { return held.unseen.push(OpaqueReason::Artifact) };
        match self.contents.get(&wanted.body) {
            None => {
                held.wanted.push(wanted);
                held.unseen.push(OpaqueReason::Artifact);
            }
            Some(Content::NotGiven(why)) => held.unseen.push(OpaqueReason::NotGiven(Arc::clone(why))),
            Some(Content::Text { text, is_pinned }) => {
                let root = artifact.attached(text);
                held.fetched.extend(root);
                let documents = match root {
                    Some(root) if root.kind() == Kind::Array => root.elements().collect(),
                    root => root.into_iter().collect(),
                };
                self.add_objects(documents, held);
                if !is_pinned {
                    held.unseen.push(OpaqueReason::Unpinned);
                }
            }
        }
    }

    /// Adds the objects of `documents`, which are those of a YAML stream: a list in it is as many manifests.
    fn add_objects(&self, documents: Vec<Value<'d>>, held: &mut Held<'d>) {
        let flat = documents.into_iter().flat_map(|document| match document.kind() {
            Kind::Array => document.elements().collect::<Vec<_>>(),
            _ => vec![document],
        });
        let objects: Vec<Value<'d>> = flat.filter(|object| object.kind() != Kind::Null).collect();
        if objects.is_empty() || !objects.iter().all(|object| object.is_object()) {
            held.unseen.push(OpaqueReason::Unparsed);
        }
        // Orca evaluates the expressions of a manifest that it fetched.
        if let Some(first) = objects.first() {
            settle(first.document(), |_| {
                if self.pipeline.is_execution { Scope::of_execution(self.pipeline.value) } else { Scope::default() }
            });
        }
        held.objects.extend(objects.into_iter().filter(|object| object.is_object()));
    }

    /// Every artifact that may be the one that `stage` deploys; none when that is not known.
    fn candidates(&self, stage: &Stage<'d>) -> Result<Vec<Value<'d>>, OpaqueReason> {
        // An id wins over an artifact that is written into the stage (`ArtifactUtils.getBoundArtifactForStage`).
        let id = stage.setting("manifestArtifactId").filter(|id| !id.is_blank());
        let Some(id) = id else {
            let inline = stage.setting("manifestArtifact").filter(|artifact| artifact.is_object());
            return Ok(inline.into_iter().collect());
        };
        if id.is_open() {
            return Err(OpaqueReason::Expression);
        }
        let id = id.text().unwrap_or_default();
        if let Some(known) = self.bound.borrow().get(&*id) {
            return Ok(known.clone());
        }
        let found = self.of_id(&id);
        self.bound.borrow_mut().insert(id.into_owned(), found.clone());
        Ok(found)
    }

    fn of_id(&self, id: &str) -> Vec<Value<'d>> {
        let expected = self.expected.get_or_init(|| by(expected(self.pipeline), "id"));
        let expected = expected.get(id).map(Vec::as_slice).unwrap_or_default();
        let mut found: Vec<Value<'d>> =
            expected.iter().filter_map(|one| one.get("boundArtifact")).filter(|bound| bound.is_object()).collect();
        let is_bound = !found.is_empty();
        for wanted in expected.iter().filter_map(|one| one.get("matchArtifact")) {
            let Some(matching) = self.matching(wanted, is_bound) else { return Vec::new() };
            found.extend(matching);
        }
        if found.is_empty() {
            let has_default = |one: &&Value<'d>| one.flag_at("useDefaultArtifact") == Flag::On;
            found.extend(expected.iter().filter(has_default).filter_map(|one| one.get("defaultArtifact")));
        }
        found
    }

    /// The artifacts that `wanted` asks for by type and name, both of them regular expressions, of which a missing one matches anything;
    /// `None` when one cannot be read. Where one `is_bound` already, a type alone names no other.
    fn matching(&self, wanted: Value<'d>, is_bound: bool) -> Option<Vec<Value<'d>>> {
        let pattern = |key: &str| match wanted.get(key).filter(|value| !value.is_blank()) {
            Some(value) if value.is_open() => None,
            Some(value) => {
                let text = format!(r"\A(?:{})\z", value.text()?);
                Some(Some(RegexBuilder::new(&text).size_limit(LARGEST_PATTERN).build().ok()?))
            }
            None => Some(None),
        };
        let (kind, name) = (pattern("type")?, pattern("name")?);
        if name.is_none() && (is_bound || kind.is_none()) {
            return Some(Vec::new());
        }
        let fits = |artifact: &Value<'d>, key: &str, pattern: &Option<regex::Regex>| {
            pattern.as_ref().is_none_or(|pattern| artifact.str(key).is_some_and(|text| pattern.is_match(&text)))
        };
        let produced = self.produced.get_or_init(|| produced(self.pipeline)).iter();
        let matches = |artifact: &&Value<'d>| fits(artifact, "type", &kind) && fits(artifact, "name", &name);
        Some(produced.filter(matches).copied().collect())
    }
}

/// `values` by the text under `key`.
fn by<'d>(values: Vec<Value<'d>>, key: &str) -> HashMap<String, Vec<Value<'d>>> {
    let mut found: HashMap<String, Vec<Value<'d>>> = HashMap::new();
    for value in values {
        if let Some(text) = value.get(key).and_then(Value::text) {
            found.entry(text.into_owned()).or_default().push(value);
        }
    }
    found
}

/// The expected artifacts of the pipeline, of its trigger and of its stages.
fn expected<'d>(pipeline: &Pipeline<'d>) -> Vec<Value<'d>> {
    let lists = ["expectedArtifacts", "resolvedExpectedArtifacts"];
    let trigger = pipeline.value.get("trigger").filter(|_| pipeline.is_execution);
    let of_stages = pipeline.authored().flat_map(|(_, stage)| [Some(stage.settings), stage.value.get("outputs")]);
    let holders = [Some(pipeline.value), trigger].into_iter().chain(of_stages).flatten();
    holders
        .flat_map(|holder| lists.into_iter().flat_map(move |list| holder.get_all(list)))
        .flat_map(Value::elements)
        .collect()
}

/// The artifacts that the trigger and the stages brought.
fn produced<'d>(pipeline: &Pipeline<'d>) -> Vec<Value<'d>> {
    let trigger = pipeline.value.get("trigger").filter(|_| pipeline.is_execution);
    let of_stages = pipeline.authored().flat_map(|(_, stage)| [Some(stage.settings), stage.value.get("outputs")]);
    let holders = trigger.into_iter().chain(of_stages.flatten());
    holders
        .flat_map(|holder| holder.get_all("artifacts"))
        .flat_map(Value::elements)
        .filter(|one| one.is_object())
        .collect()
}
