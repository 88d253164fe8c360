//! What a check sees: a document, its evidence, and the facts made of both, each computed once.

use std::cell::{Cell, OnceCell};

use crate::analysis::identity::{self, Identity, Released};
use crate::analysis::images::{self, Image};
use crate::analysis::production::Production;
use crate::analysis::start::{self, RootStart, StartUnknown};
use crate::analysis::started::AllStarted;
use crate::document::Document;
use crate::evidence::contents::Contents;
use crate::evidence::reader::EvidenceReader;
use crate::evidence::{Evidence, Lookup};
use crate::kubernetes::manifest::Manifests;
use crate::kubernetes::pod::Pod;
use crate::kubernetes::pod_view::PodView;
use crate::kubernetes::rbac::Access;
use crate::meta::{Fact, FactSet, NeedSet};
use crate::policy::Policy;
use crate::secrets::detect::DetectedSecrets;
use crate::spinnaker::input::Input;
use crate::spinnaker::own_stage::OwnStage;

/// The settings of a check run that are not part of the document or its evidence.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    pub policy: &'a Policy,
    /// The gate's own stage; set under `plimsoll gate` only.
    pub own_stage: Option<&'a OwnStage>,
    /// When the document is checked: change freezes are compared with it.
    pub now: jiff::Timestamp,
    /// Missing evidence makes a check inconclusive (`gate`), not skipped (`check`).
    pub evidence_required: bool,
}

/// What a check sees. Facts are computed when the first check asks for them.
///
/// It records which facts and which evidence are read, so that a test finds checks that read what they do not declare
/// (`checks::runner`).
pub struct Context<'a, 'd> {
    pub input: &'a Input<'d>,
    pub manifests: &'a Manifests<'d>,
    /// Literal secrets and secret references of the document.
    pub secrets: &'a DetectedSecrets<'d>,
    pub policy: &'a Policy,
    pub own_stage: Option<&'a OwnStage>,
    pub now: jiff::Timestamp,
    pub evidence_required: bool,
    /// The release is running: what only an execution settles is not known, in the pipelines that it starts either.
    pub is_running: bool,
    /// The document is a pipeline that the judged release starts.
    pub is_started: bool,
    /// The pipelines that the release starts.
    pub started: Option<&'a AllStarted>,
    evidence: &'a Evidence,
    read_needs: Cell<NeedSet>,
    read_facts: Cell<FactSet>,
    production: OnceCell<Production<'d>>,
    facts: Facts<'a, 'd>,
}

/// The facts that a policy may change, each computed when the first check asks for it.
#[derive(Default)]
struct Facts<'a, 'd> {
    start: OnceCell<Result<RootStart<'a>, StartUnknown>>,
    identity: OnceCell<Identity>,
    pods: OnceCell<Vec<Pod<'d>>>,
    pod_views: OnceCell<Vec<PodView<'d>>>,
    images: OnceCell<Vec<Image<'d>>>,
    access: OnceCell<Access<'d>>,
}

impl<'a, 'd> Context<'a, 'd> {
    /// A context in which nothing has been computed yet.
    pub fn new(contents: &'a Contents<'d>, evidence: &'a Evidence, circumstances: Circumstances<'a>) -> Self {
        Self {
            input: &contents.input,
            manifests: &contents.manifests,
            secrets: &contents.secrets,
            policy: circumstances.policy,
            own_stage: circumstances.own_stage,
            now: circumstances.now,
            evidence_required: circumstances.evidence_required,
            is_running: contents.input.pipeline.as_ref().is_some_and(|pipeline| pipeline.is_execution),
            is_started: false,
            started: None,
            evidence,
            read_needs: Cell::default(),
            read_facts: Cell::default(),
            production: OnceCell::new(),
            facts: Facts::default(),
        }
    }

    /// The same, with the pipelines that the release starts.
    #[must_use]
    pub fn starting(self, started: &'a AllStarted) -> Self {
        Self { started: Some(started), ..self }
    }

    /// The same under `policy`, which recognises production as that of `self` does: what is known of production stays.
    pub fn under<'c>(self, policy: &'c Policy) -> Context<'c, 'd>
    where
        'a: 'c,
    {
        Context {
            input: self.input,
            manifests: self.manifests,
            secrets: self.secrets,
            policy,
            own_stage: self.own_stage,
            now: self.now,
            evidence_required: self.evidence_required,
            is_running: self.is_running,
            is_started: self.is_started,
            started: self.started,
            evidence: self.evidence,
            read_needs: Cell::default(),
            read_facts: Cell::default(),
            production: self.production,
            facts: Facts::default(),
        }
    }

    /// The context of a pipeline that the release of `self` starts.
    pub fn of_started<'c, 's>(&self, contents: &'c Contents<'s>) -> Context<'c, 's>
    where
        'a: 'c,
    {
        let circumstances = Circumstances {
            policy: self.policy,
            own_stage: None,
            now: self.now,
            evidence_required: self.evidence_required,
        };
        let context = Context::new(contents, self.evidence, circumstances);
        Context { is_running: self.is_running, is_started: true, ..context }
    }

    /// The evidence. A check declares what it reads of it.
    pub fn evidence(&self) -> EvidenceReader<'a, '_> {
        EvidenceReader::new(self.evidence, &self.read_needs)
    }

    /// Which stages change production, which are gates and canaries.
    pub fn production(&self) -> &Production<'d> {
        self.note(Fact::Production);
        self.production.get_or_init(|| {
            let pipeline = self.input.pipeline.as_ref();
            let own = self.own_stage.and_then(|own| pipeline?.stage(&own.stage)).map(|(index, _)| index);
            Production::of(pipeline, self.policy, &self.evidence(), own)
        })
    }

    /// How the execution at the root of the chain was started.
    pub fn start(&self) -> &Result<RootStart<'a>, StartUnknown> {
        self.note(Fact::Start);
        self.facts.start.get_or_init(|| start::of_root(self.input.pipeline.as_ref(), self.policy, &self.evidence()))
    }

    /// What the identity token of the trigger at the root of the chain proves.
    pub fn identity(&self) -> &Identity {
        self.note(Fact::Identity);
        self.facts.identity.get_or_init(|| {
            let policy = &self.policy.triggers.identity;
            if policy.issuers.is_empty() {
                return Identity::NotAccepted;
            }
            let Ok(start) = self.start() else {
                return Identity::Unknown("how the release was started is not known".to_owned());
            };
            let pipeline = self.input.pipeline.as_ref();
            let circumstances = identity::Circumstances {
                start,
                is_running: pipeline.is_some_and(|pipeline| !identity::has_ended(pipeline.value)),
                now: self.now,
                keys: self.evidence().issuer_keys(),
                released: &self.released(start),
            };
            identity::of(policy, &circumstances)
        })
    }

    /// What the release deploys, the pipelines that it starts included.
    fn released(&self, start: &RootStart<'_>) -> Released {
        let mut released = Released::of_trigger(start.trigger);
        let started = self.started.iter().flat_map(|started| &started.judged).map(|one| one.inspected.contents());
        let views = started.map(|contents| (&contents.manifests, contents.input.pipeline.as_ref()));
        for (manifests, pipeline) in views.chain([(self.manifests, self.input.pipeline.as_ref())]) {
            let pods: Vec<PodView<'_>> =
                manifests.readable.iter().flat_map(|manifest| Pod::all(*manifest)).map(PodView::of).collect();
            for image in images::all(&pods, pipeline) {
                released.add_image(&image.text, image.is_bound);
            }
            for wanted in &manifests.wanted {
                if let Ok(artifact) = Document::json(wanted.body.clone()) {
                    released.add_artifact(artifact.root());
                }
            }
        }
        released
    }

    /// Every pod, with the manifest that holds it.
    pub fn pods(&self) -> &[Pod<'d>] {
        self.note(Fact::Pods);
        self.facts
            .pods
            .get_or_init(|| self.manifests.readable.iter().flat_map(|manifest| Pod::all(*manifest)).collect())
    }

    /// Every pod, as the controls of the Pod Security Standards read it.
    pub fn pod_views(&self) -> &[PodView<'d>] {
        self.note(Fact::Pods);
        self.facts.pod_views.get_or_init(|| self.pods().iter().map(|pod| PodView::of(*pod)).collect())
    }

    /// Every container image, by each provider's own keys.
    pub fn images(&self) -> &[Image<'d>] {
        self.note(Fact::Pods);
        self.facts.images.get_or_init(|| images::all(self.pod_views(), self.input.pipeline.as_ref()))
    }

    /// Roles and bindings.
    pub fn access(&self) -> &Access<'d> {
        self.note(Fact::Access);
        self.facts.access.get_or_init(|| Access::of(&self.manifests.readable))
    }

    /// Why a templated pipeline could not be combined with its template.
    pub(crate) fn plan_error(&self) -> Option<&str> {
        match &self.evidence.planned {
            Lookup::Unavailable(why) if !self.is_started => Some(why),
            _ => None,
        }
    }

    /// What has been read since the last call.
    pub(crate) fn take_reads(&self) -> (NeedSet, FactSet) {
        (self.read_needs.take(), self.read_facts.take())
    }

    fn note(&self, fact: Fact) {
        let mut facts = self.read_facts.get();
        facts.insert(fact);
        self.read_facts.set(facts);
    }
}
