//! Where a stage works: the accounts it names, the namespaces its objects land in, and the names beside them.

use std::borrow::Cow;

use crate::document::Kind;
use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::stage::Stage;
use crate::spinnaker::stage_types::ChangeKind;

/// The keys under which a stage names an account. Orca takes the first (`CloudProviderAware`), and a task may read another.
const ACCOUNT_KEYS: [&str; 3] = ["account.name", "account", "credentials"];

/// Lists whose elements may name accounts of their own.
const ELEMENT_LISTS: [&str; 3] = ["clusters", "loadBalancers", "targets"];

/// Stage types that only Kubernetes has.
const KUBERNETES_TYPES: [&str; 14] = [
    "deployManifest",
    "patchManifest",
    "deleteManifest",
    "scaleManifest",
    "undoRolloutManifest",
    "pauseRolloutManifest",
    "resumeRolloutManifest",
    "rollingRestartManifest",
    "enableManifest",
    "disableManifest",
    "findArtifactsFromResource",
    "resolveTargetManifest",
    "runJobManifest",
    "cleanupArtifacts",
];

/// Kinds that have a namespace and act in it alone.
const NAMESPACED: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "Job",
    "CronJob",
    "Service",
    "Ingress",
    "ConfigMap",
    "Secret",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "NetworkPolicy",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "PersistentVolumeClaim",
    "ResourceQuota",
    "LimitRange",
    "Endpoints",
    "ExternalSecret",
    "PodTemplate",
    "Rollout",
    "VirtualService",
    "DestinationRule",
    "ServiceMonitor",
    "PodMonitor",
    "PrometheusRule",
    "Certificate",
    "HTTPRoute",
];

/// The accounts that one part of a stage names.
pub enum Accounts<'d> {
    Named(Vec<Value<'d>>),
    /// None, so that only Orca's defaults or the run decide.
    Missing,
    /// An expression is where accounts are named; why.
    Open(Value<'d>, &'static str),
}

/// One part of a stage that changes something: a cluster, or the whole stage.
pub struct Part<'d> {
    /// Where its settings are.
    pub settings: Value<'d>,
    pub accounts: Accounts<'d>,
}

/// The parts of a stage. A deploy with an empty list of clusters has none.
pub fn parts<'d>(stage: &Stage<'d>, kind: ChangeKind) -> Vec<Part<'d>> {
    let settings = stage.settings;
    if let Some(key) = open_key(settings) {
        return vec![Part { settings, accounts: Accounts::Open(key, "one of its keys is an expression") }];
    }
    let of_stage = accounts_of(settings);
    let mut parts = Vec::new();
    for list in ELEMENT_LISTS {
        let Some(value) = settings.get(list) else { continue };
        if value.kind() == Kind::String {
            let text = value.as_str().unwrap_or_default();
            if !text.trim().is_empty() {
                parts.push(Part { settings, accounts: Accounts::Open(value, "a text is where its clusters belong") });
            }
            continue;
        }
        parts.extend(value.elements().filter(|element| element.is_object()).map(|element| part(element, &of_stage)));
    }
    let cluster = settings.get("cluster").filter(|cluster| cluster.is_object());
    parts.extend(cluster.map(|cluster| part(cluster, &of_stage)));
    if !parts.is_empty() {
        return parts;
    }
    if kind == ChangeKind::Deploy && deploys_nothing(stage) {
        return Vec::new();
    }
    vec![Part { settings, accounts: named(of_stage) }]
}

/// A part names its own accounts and those of its stage.
pub fn part<'d>(settings: Value<'d>, of_stage: &[Value<'d>]) -> Part<'d> {
    if let Some(key) = open_key(settings) {
        return Part { settings, accounts: Accounts::Open(key, "one of its keys is an expression") };
    }
    let mut accounts = accounts_of(settings);
    accounts.extend(of_stage);
    Part { settings, accounts: named(accounts) }
}

fn named(accounts: Vec<Value<'_>>) -> Accounts<'_> {
    if accounts.is_empty() { Accounts::Missing } else { Accounts::Named(accounts) }
}

/// Every account that an object names, whichever of them is used.
fn accounts_of(settings: Value<'_>) -> Vec<Value<'_>> {
    let nested = settings.get("account").filter(|account| account.is_object()).and_then(|account| account.get("name"));
    let flat = ACCOUNT_KEYS.iter().filter_map(|key| settings.get(key));
    flat.chain(nested).filter(|value| value.as_str().is_some_and(|text| !text.trim().is_empty())).collect()
}

/// A key that Orca evaluates: whatever it becomes may be any setting.
pub fn open_key(object: Value<'_>) -> Option<Value<'_>> {
    object.entries().find(|(key, _)| key.as_str().is_some_and(|key| is_expression(&key))).map(|(_, value)| value)
}

/// Whether a deploy has an empty list where what it deploys belongs, and nothing beside it.
fn deploys_nothing(stage: &Stage<'_>) -> bool {
    let is_empty_list = |key: &str| {
        stage.setting(key).is_some_and(|value| value.kind() == Kind::Array && value.elements().next().is_none())
    };
    let is_absent = |key: &str| stage.setting(key).is_none_or(Value::is_blank);
    (is_empty_list("clusters") && is_absent("cluster"))
        || (is_empty_list("manifests")
            && is_absent("manifest")
            && stage.setting("source").is_none_or(|source| source.is_blank() || source.is_str("text")))
}

/// A namespace that objects of a stage land in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespace {
    Named(String),
    /// An expression.
    Open(String),
    /// The objects are cluster-wide, act elsewhere, or leave it to the account.
    Unsaid,
}

/// Whether a stage works on Kubernetes, by its type or provider.
pub fn is_kubernetes(stage: &Stage<'_>, settings: Value<'_>) -> bool {
    let provider =
        ["cloudProvider", "provider"].iter().find_map(|key| settings.str(key).or_else(|| stage.settings.str(key)));
    provider.is_some_and(|provider| provider.eq_ignore_ascii_case("kubernetes"))
        || KUBERNETES_TYPES.contains(&stage.effective_type())
}

/// The namespaces that a stage's objects land in: `namespaceOverride` over the object's own, `location` where there is no object.
pub fn namespaces(settings: Value<'_>, manifests: &[Manifest<'_>]) -> Vec<Namespace> {
    let text = |key: &str| settings.str(key).filter(|text| !text.trim().is_empty());
    let over = text("namespaceOverride");
    if manifests.is_empty() {
        return vec![over.or_else(|| text("location")).map_or(Namespace::Unsaid, namespace)];
    }
    let mut found: Vec<Namespace> = Vec::new();
    for manifest in manifests {
        let metadata = manifest.value.get("metadata");
        let of_object =
            |key: &str| metadata.and_then(|metadata| metadata.str(key)).filter(|text| !text.trim().is_empty());
        let kind = manifest.kind();
        let here = if kind == "Namespace" {
            of_object("name").map_or(Namespace::Unsaid, namespace)
        } else if NAMESPACED.contains(&&*kind) {
            over.clone().or_else(|| of_object("namespace")).map_or(Namespace::Unsaid, namespace)
        } else {
            Namespace::Unsaid
        };
        if !found.contains(&here) {
            found.push(here);
        }
    }
    found
}

fn namespace(text: Cow<'_, str>) -> Namespace {
    if is_expression(&text) { Namespace::Open(text.into_owned()) } else { Namespace::Named(text.into_owned()) }
}

/// Names that an author chooses: they may say production, and never that it is not.
pub fn chosen_names(
    stage: &Stage<'_>,
    settings: Value<'_>,
    manifests: &[Manifest<'_>],
    kind: ChangeKind,
    pipeline: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut names: Vec<(&'static str, String)> = Vec::new();
    let mut add = |what, text: Option<Cow<'_, str>>| names.extend(text.map(|text| (what, text.into_owned())));
    for key in ["cluster", "stack", "freeFormDetails", "detail"] {
        add("cluster", settings.str(key));
    }
    if let Some(moniker) = settings.get("moniker") {
        for key in ["cluster", "stack", "detail"] {
            add("cluster", moniker.str(key));
        }
    }
    for manifest in manifests {
        add("workload", manifest.name());
    }
    if matches!(kind, ChangeKind::Deploy | ChangeKind::Traffic | ChangeKind::Unknown) {
        add("stage name", Some(stage.name.as_str().into()));
        add("pipeline name", pipeline.map(Cow::Borrowed));
    }
    names
}

/// Whether one of the names that decide where a stage works is an expression.
pub fn has_open_stack(settings: Value<'_>) -> bool {
    let is_open = |text: Option<Cow<'_, str>>| text.is_some_and(|text| is_expression(&text));
    let of_moniker =
        settings.get("moniker").is_some_and(|moniker| is_open(moniker.str("stack")) || is_open(moniker.str("cluster")));
    is_open(settings.str("stack")) || is_open(settings.str("cluster")) || of_moniker
}

/// The names that say what a child pipeline does where nothing else is known about it.
pub fn pipeline_names(stage: &Stage<'_>, settings: Value<'_>) -> Vec<(&'static str, String)> {
    let mut names: Vec<(&'static str, String)> = Vec::new();
    for key in ["application", "pipeline"] {
        names.extend(settings.str(key).filter(|text| !is_expression(text)).map(|text| (key, text.into_owned())));
    }
    names.push(("stage name", stage.name.clone()));
    names
}

/// Every string below `value`, keys aside, that `test` accepts.
pub fn strings<'d>(value: Value<'d>, test: &dyn Fn(&str) -> bool) -> Vec<Value<'d>> {
    let (mut found, mut todo) = (Vec::new(), vec![value]);
    while let Some(value) = todo.pop() {
        match value.kind() {
            Kind::String if value.as_str().is_some_and(|text| test(&text)) => found.push(value),
            Kind::Array => todo.extend(value.elements()),
            Kind::Object => todo.extend(value.entries().map(|(_, value)| value)),
            _ => {}
        }
    }
    found
}
