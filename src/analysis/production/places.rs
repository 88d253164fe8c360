//! Where a stage works: the accounts it names, the namespaces its objects land in, and the names beside them.

use std::borrow::Cow;

use crate::document::Kind;
use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::stage::{ACCOUNT_KEYS, Stage};
use crate::spinnaker::stage_types::{ChangeKind, is_of_kubernetes};

/// Lists whose elements may name accounts of their own.
const ELEMENT_LISTS: [&str; 3] = ["clusters", "loadBalancers", "targets"];

/// Kinds that have a namespace and act in it alone, by the API group that defines them (empty for Kubernetes' own first ones). What
/// routes traffic of a whole mesh or gateway acts elsewhere, and is not among them.
const NAMESPACED: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "ConfigMap",
            "Endpoints",
            "LimitRange",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
    ),
    ("apps", &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]),
    ("argoproj.io", &["AnalysisRun", "AnalysisTemplate", "Rollout"]),
    ("autoscaling", &["HorizontalPodAutoscaler"]),
    ("autoscaling.k8s.io", &["VerticalPodAutoscaler"]),
    ("batch", &["CronJob", "Job"]),
    ("bitnami.com", &["SealedSecret"]),
    ("cert-manager.io", &["Certificate", "Issuer"]),
    ("coordination.k8s.io", &["Lease"]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("extensions", &["DaemonSet", "Deployment", "Ingress", "NetworkPolicy", "ReplicaSet"]),
    ("external-secrets.io", &["ExternalSecret", "SecretStore"]),
    ("keda.sh", &["ScaledJob", "ScaledObject"]),
    ("monitoring.coreos.com", &["PodMonitor", "PrometheusRule", "ServiceMonitor"]),
    ("networking.k8s.io", &["Ingress", "NetworkPolicy"]),
    ("policy", &["PodDisruptionBudget"]),
    ("rbac.authorization.k8s.io", &["Role", "RoleBinding"]),
    ("secrets-store.csi.x-k8s.io", &["SecretProviderClass"]),
    ("serving.knative.dev", &["Service"]),
    ("secrets.hashicorp.com", &["VaultDynamicSecret", "VaultPKISecret", "VaultStaticSecret"]),
];

/// Whether objects of `kind` lie in a namespace and act in it alone. Without a version, as in the settings of a stage, every group counts.
fn is_namespaced(api_version: Option<&str>, kind: &str) -> bool {
    let group = api_version.map(|version| version.rsplit_once('/').map_or("", |(group, _)| group));
    NAMESPACED.iter().any(|(of_group, kinds)| {
        group.is_none_or(|group| group == *of_group) && kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))
    })
}

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
    if let Some(key) = settings.open_key() {
        return vec![Part { settings, accounts: Accounts::Open(key, "one of its keys is an expression") }];
    }
    let of_stage = accounts_of(settings);
    let mut parts = Vec::new();
    for list in ELEMENT_LISTS {
        let Some(value) = settings.get(list) else { continue };
        // Elsewhere than in a stage that changes them, load balancers are named by texts.
        let names_objects = list != "loadBalancers" || kind == ChangeKind::Traffic;
        let elements = if value.kind() == Kind::String { vec![value] } else { value.elements().collect() };
        for element in elements {
            if element.is_object() {
                parts.push(part(element, &of_stage));
            } else if names_objects && !element.is_blank() {
                parts.push(Part { settings, accounts: Accounts::Open(element, "a text is where its clusters belong") });
            }
        }
    }
    if let Some(cluster) = settings.get("cluster") {
        if cluster.is_object() {
            parts.push(part(cluster, &of_stage));
        } else if cluster.is_open() && stage.effective_type() == "deploy" {
            parts.push(Part { settings, accounts: Accounts::Open(cluster, "a text is where its cluster belongs") });
        }
    }
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
    if let Some(key) = settings.open_key() {
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
pub fn accounts_of(settings: Value<'_>) -> Vec<Value<'_>> {
    let nested = settings.get("account").filter(|account| account.is_object()).and_then(|account| account.get("name"));
    let flat = ACCOUNT_KEYS.iter().filter_map(|key| settings.get(key));
    flat.chain(nested).filter(|value| !value.is_blank() && value.text().is_some()).collect()
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
    /// An expression that only the run settles.
    Open,
    /// The objects are cluster-wide, act elsewhere, or leave it to the account.
    Unsaid,
}

/// Whether a stage works on Kubernetes, by its type or provider.
pub fn is_kubernetes(stage: &Stage<'_>, settings: Value<'_>) -> bool {
    let provider =
        ["cloudProvider", "provider"].iter().find_map(|key| settings.str(key).or_else(|| stage.settings.str(key)));
    provider.is_some_and(|provider| provider.eq_ignore_ascii_case("kubernetes"))
        || is_of_kubernetes(stage.effective_type())
}

/// The namespaces that a stage's objects land in: `namespaceOverride` over the object's own, `location` where there is no object.
/// `has_opaque` says that it deploys objects that cannot be inspected: they may lie anywhere.
pub fn namespaces(settings: Value<'_>, manifests: &[Manifest<'_>], has_opaque: bool) -> Vec<Namespace> {
    let text = |key: &str| settings.get(key).filter(|value| !value.is_blank());
    let over = text("namespaceOverride");
    let mut found: Vec<Namespace> = Vec::new();
    if manifests.is_empty() || has_opaque {
        if has_opaque || names_other_kind(settings) {
            found.push(Namespace::Unsaid);
        }
        found.extend(named_by(over.or_else(|| text("location"))));
    }
    for manifest in manifests {
        let metadata = manifest.value.get("metadata");
        let of_object = |key: &str| metadata.and_then(|metadata| metadata.get(key)).filter(|value| !value.is_blank());
        let kind = manifest.kind();
        let here = if kind == "Namespace" {
            named_by(of_object("name"))
        } else if is_namespaced(manifest.value.str("apiVersion").as_deref(), &kind) {
            named_by(over.or_else(|| of_object("namespace")))
        } else {
            vec![Namespace::Unsaid]
        };
        for namespace in here {
            if !found.contains(&namespace) {
                found.push(namespace);
            }
        }
    }
    found
}

/// Whether a stage that works on objects by name (`deployment shop`) names one that is not known to lie in a namespace.
fn names_other_kind(settings: Value<'_>) -> bool {
    let kinds = settings.list("kinds").filter_map(Value::as_str).chain(settings.str("kind"));
    let of_name = settings.str("manifestName").and_then(|name| {
        name.split_once(' ')
            .map(|(kind, _)| Cow::Owned(kind.to_owned()))
            .or_else(|| is_expression(&name).then_some(name))
    });
    kinds.chain(of_name).any(|kind| !is_namespaced(None, kind.trim()))
}

/// The namespaces that a value may name.
fn named_by(value: Option<Value<'_>>) -> Vec<Namespace> {
    let Some(value) = value else { return vec![Namespace::Unsaid] };
    let choices = value.choices();
    if choices.is_empty() || choices.iter().any(|choice| is_expression(choice)) {
        return vec![Namespace::Open];
    }
    choices.into_iter().map(|choice| Namespace::Named(choice.into_owned())).collect()
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
            Kind::String if value.choices().iter().any(|text| test(text)) => found.push(value),
            Kind::Array => todo.extend(value.elements()),
            Kind::Object => todo.extend(value.entries().map(|(_, value)| value)),
            _ => {}
        }
    }
    found
}
