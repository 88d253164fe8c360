//! What a stage names that scales, patches, enables or takes away something that is there already.

use crate::analysis::production::objects::{Object, SERVER_GROUP, names_whole, says_arm};
use crate::document::Kind;
use crate::document::value::Value;
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::stage::{Stage, account_of};

/// Stages that only take something away that runs or serves.
const TAKES_AWAY: &[&str] = &[
    "deleteManifest",
    "disableManifest",
    "disableServerGroup",
    "disableAsg",
    "disableCluster",
    "destroyServerGroup",
    "destroyAsg",
    "bulkDestroyServerGroup",
    "shrinkCluster",
    "scaleDownCluster",
    "terminateInstances",
    "detachInstances",
    "deregisterInstancesFromLoadBalancer",
    "unmapLoadBalancers",
    "deleteLoadBalancer",
    "Aws.LambdaDeleteStage",
    "deleteCloudFormation",
    "stopAppEngineServerGroup",
    "destroyService",
];

/// Stages that reduce a whole cluster and keep its newest groups.
const REDUCES_CLUSTER: [&str; 3] = ["shrinkCluster", "scaleDownCluster", "disableCluster"];

/// Stages after which the old group still exists, and can be enabled or scaled up again.
const KEEPS: [&str; 8] = [
    "disableManifest",
    "disableServerGroup",
    "disableAsg",
    "disableCluster",
    "scaleDownCluster",
    "scaleManifest",
    "resizeServerGroup",
    "resizeAsg",
];

/// Keys that name what a stage works on.
const TARGET_KEYS: [&str; 8] = [
    "manifestName",
    "cluster",
    "serverGroupName",
    "asgName",
    "functionName",
    "stackName",
    "loadBalancerName",
    "serviceName",
];

/// Which group of a cluster a stage works on: `criteria` of manifests, `target` of server groups
/// (`orca-clouddriver/…/support/TargetServerGroup.groovy`, `ResolveTargetManifestTask.java`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Newest,
    /// One that was there before this release.
    Older,
    /// It is named, or nothing says which.
    Other,
}

/// How a stage changes the number of instances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    Up,
    Down,
    To(f64),
    /// An expression decides.
    Open,
}

fn base<'s>(stage: &'s Stage<'_>) -> &'s str {
    let effective = stage.effective_type();
    effective.split('_').next().unwrap_or(effective)
}

pub fn group(stage: &Stage<'_>) -> Group {
    let word = ["criteria", "target"].iter().find_map(|key| stage.settings.str(key)).unwrap_or_default().to_lowercase();
    match word.as_str() {
        "newest" | "current_asg" | "current_asg_dynamic" => Group::Newest,
        "second_newest" | "oldest" | "ancestor_asg" | "ancestor_asg_dynamic" | "oldest_asg" | "oldest_asg_dynamic" => {
            Group::Older
        }
        _ => Group::Other,
    }
}

/// Whether a stage goes back to what was there before: an undo, a rollback, or enabling the previous group.
pub fn is_way_back(stage: &Stage<'_>) -> bool {
    match base(stage) {
        "undoRolloutManifest" | "rollbackServerGroup" | "rollbackCluster" => true,
        "enableManifest" | "enableServerGroup" | "enableAsg" => group(stage) == Group::Older,
        _ => false,
    }
}

/// Whether a stage only takes something away that runs or serves.
pub fn takes_away(stage: &Stage<'_>) -> bool {
    TAKES_AWAY.contains(&base(stage))
}

/// How a stage scales; `None` when it does not.
pub fn scale(stage: &Stage<'_>) -> Option<Scale> {
    let number = |value: Option<Value<'_>>| match value {
        Some(value) if value.as_f64().is_some() => value.as_f64().map(Scale::To),
        Some(value) if value.as_str().is_some_and(|text| is_expression(&text)) => Some(Scale::Open),
        _ => None,
    };
    match base(stage) {
        "scaleManifest" => number(stage.setting("replicas")),
        "resizeServerGroup" | "resizeAsg" => {
            let action = stage.settings.str("action").or_else(|| stage.settings.str("resizeType")).unwrap_or_default();
            match action.to_lowercase().as_str() {
                "scale_up" | "scale_to_cluster" | "scale_to_server_group" => Some(Scale::Up),
                "scale_down" => Some(Scale::Down),
                action if is_expression(action) => Some(Scale::Open),
                _ => number(stage.settings.at(&["capacity", "desired"]).or_else(|| stage.setting("targetSize"))),
            }
        }
        _ => None,
    }
}

/// The texts that name what a stage works on.
pub fn named(stage: &Stage<'_>) -> Vec<String> {
    let mut found: Vec<String> =
        TARGET_KEYS.iter().filter_map(|key| stage.settings.str(key)).map(std::borrow::Cow::into_owned).collect();
    if let Some(moniker) = stage.setting("moniker") {
        found.extend(moniker.str("cluster").map(std::borrow::Cow::into_owned));
    }
    let selectors = stage.settings.at(&["labelSelectors", "selectors"]).into_iter().flat_map(Value::elements);
    for selector in selectors {
        found.extend(selector.list("values").filter_map(Value::text).map(std::borrow::Cow::into_owned));
    }
    found.retain(|text| !text.trim().is_empty());
    found
}

/// The kinds of manifests that a stage works on, where it says so: `manifestName: "deployment shop"`, `kinds: [configMap]`.
pub fn kinds(stage: &Stage<'_>) -> Vec<String> {
    let mut found: Vec<String> =
        stage.settings.list("kinds").filter_map(Value::text).map(|kind| kind.to_lowercase()).collect();
    for key in ["manifestName", "cluster"] {
        let text = stage.settings.str(key).unwrap_or_default();
        found.extend(text.split_once(' ').map(|(kind, _)| kind.to_lowercase()));
    }
    found
}

/// Whether a stage works on an arm: one of `arms`, or something that a name says is one.
pub fn is_on_arm<'o, 'd: 'o>(stage: &Stage<'_>, mut arms: impl Iterator<Item = &'o Object<'d>>) -> bool {
    let texts = named(stage);
    texts.iter().any(|text| says_arm(text)) || arms.any(|arm| names(&texts, arm))
}

/// Whether a stage works on `object`: it names it, or selects the newest group where the names agree.
pub fn is_on(stage: &Stage<'_>, object: &Object<'_>) -> bool {
    names(&named(stage), object)
}

fn names(texts: &[String], object: &Object<'_>) -> bool {
    object.name.as_deref().is_some_and(|name| texts.iter().any(|text| names_whole(text, name)))
}

/// Whether a stage takes away older groups of the cluster that `object` was deployed to, and whether it keeps them to go back to.
pub fn replaces(stage: &Stage<'_>, object: &Object<'_>) -> Option<bool> {
    let is_reducing = REDUCES_CLUSTER.contains(&base(stage));
    let is_down = match scale(stage) {
        Some(Scale::Down) => true,
        Some(Scale::To(count)) => count == 0.0,
        _ => false,
    };
    let takes = is_reducing || ((takes_away(stage) || is_down) && group(stage) == Group::Older);
    if !takes || !is_same_cluster(stage, object) {
        return None;
    }
    Some(KEEPS.contains(&base(stage)))
}

fn is_same_cluster(stage: &Stage<'_>, object: &Object<'_>) -> bool {
    let Some(name) = object.name.as_deref() else { return false };
    let cluster = stage.settings.str("cluster").unwrap_or_default();
    let (kind, of_stage) = match cluster.split_once(' ') {
        Some((kind, name)) => (Some(kind), name),
        None => (None, &*cluster),
    };
    let is_kind = kind.map_or(object.kind == SERVER_GROUP, |kind| kind.eq_ignore_ascii_case(&object.kind));
    let account = account_of(stage.settings).unwrap_or_default();
    let (of_object, namespace) = object.place.split_once('/').unwrap_or((&object.place, ""));
    let location = stage.settings.str("location").unwrap_or_default();
    let is_place =
        account.trim() == of_object && (namespace.is_empty() || location.is_empty() || location.trim() == namespace);
    is_kind && is_place && of_stage.trim() == name && shares_region(stage, object)
}

/// Whether a stage works in every region that the cluster is deployed to; what does not name its regions is not compared.
fn shares_region(stage: &Stage<'_>, object: &Object<'_>) -> bool {
    let regions: Vec<String> =
        stage.settings.list("regions").filter_map(Value::text).map(std::borrow::Cow::into_owned).collect();
    let zones = object.value.get("availabilityZones").into_iter().flat_map(Value::entries);
    let mut deployed = zones.filter_map(|(key, _)| key.as_str()).chain(object.value.str("region"));
    regions.is_empty() || deployed.all(|region| regions.iter().any(|known| *known == region))
}

/// What a patch changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Patch {
    /// The pods of a workload: what runs.
    Pods,
    /// The number of replicas.
    Scale(Scale),
    /// Which pods a service selects, or where a route goes.
    Routes,
    /// An expression or an artifact, which may change any of these.
    Open,
    Other,
}

/// What `patchManifest` changes. A patch is a list of objects or of JSON patch operations (`PatchManifestContext.java`).
pub fn patch(stage: &Stage<'_>) -> Patch {
    if stage.setting("source").is_some_and(|source| !source.is_blank() && !source.is_str("text")) {
        return Patch::Open;
    }
    let Some(body) = stage.setting("patchBody") else { return Patch::Other };
    let mut parts: Vec<Value<'_>> = body.elements().chain(body.embedded()).collect();
    if body.kind() == Kind::String && parts.is_empty() {
        return if body.is_blank() { Patch::Other } else { Patch::Open };
    }
    if body.is_object() {
        parts.push(body);
    }
    let found: Vec<Patch> = parts.into_iter().map(|part| of_part(part, &kinds(stage))).collect();
    let is = |wanted: Patch| found.contains(&wanted).then_some(wanted);
    let scale = || found.iter().copied().find(|patch| matches!(patch, Patch::Scale(_)));
    is(Patch::Pods).or(is(Patch::Open)).or(is(Patch::Routes)).or_else(scale).unwrap_or(Patch::Other)
}

fn of_part(part: Value<'_>, kinds: &[String]) -> Patch {
    let is_open = |value: Value<'_>| value.as_str().is_some_and(|text| is_expression(&text));
    if part.kind() == Kind::String || part.entries().any(|(key, _)| is_open(key)) {
        return Patch::Open;
    }
    if part.get("op").is_some() && part.get("path").is_some() {
        return of_operation(part, kinds);
    }
    let Some(spec) = part.get("spec") else { return Patch::Other };
    if spec.kind() == Kind::String || spec.entries().any(|(key, _)| is_open(key)) {
        return Patch::Open;
    }
    let is_pod = kinds.iter().any(|kind| kind == "pod");
    if spec.get("template").is_some() || spec.get("jobTemplate").is_some() || is_pod {
        return Patch::Pods;
    }
    if routes(kinds) {
        return if kinds.iter().any(|kind| kind == "service")
            && spec.get("selector").is_none()
            && spec.get("type").is_none()
        {
            Patch::Other
        } else {
            Patch::Routes
        };
    }
    match spec.get("replicas") {
        Some(count) if is_open(count) => Patch::Scale(Scale::Open),
        Some(count) => count.as_f64().map_or(Patch::Other, |count| Patch::Scale(Scale::To(count))),
        None => Patch::Other,
    }
}

fn routes(kinds: &[String]) -> bool {
    kinds.iter().any(|kind| {
        matches!(
            kind.as_str(),
            "service"
                | "ingress"
                | "virtualservice"
                | "httproute"
                | "grpcroute"
                | "trafficsplit"
                | "destinationrule"
                | "endpoints"
        )
    })
}

fn of_operation(operation: Value<'_>, kinds: &[String]) -> Patch {
    let paths = ["path", "from"].iter().filter_map(|key| operation.get(key));
    for place in paths {
        let path = place.as_str().unwrap_or_default();
        if is_expression(&path) {
            return Patch::Open;
        }
        let is_below = |of: &str| path == of || path.strip_prefix(of).is_some_and(|rest| rest.starts_with('/'));
        // A change of a whole part is a change of everything in it.
        if matches!(&*path, "" | "/" | "/spec") || is_below("/spec/template") || is_below("/spec/jobTemplate") {
            return Patch::Pods;
        }
        if is_below("/spec") && kinds.iter().any(|kind| kind == "pod") {
            return Patch::Pods;
        }
        if is_below("/spec/replicas") {
            return match operation.get("value") {
                Some(value) if value.as_f64().is_some() => Patch::Scale(Scale::To(value.as_f64().unwrap_or_default())),
                _ => Patch::Scale(Scale::Open),
            };
        }
        if is_below("/spec") && routes(kinds) {
            return Patch::Routes;
        }
    }
    Patch::Other
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;

    fn of(stage: &Json) -> String {
        let document = Document::json(stage.to_string()).unwrap();
        match patch(&Stage::read(document.root(), false)) {
            Patch::Pods => "pods".into(),
            Patch::Scale(scale) => format!("{scale:?}"),
            Patch::Routes => "routes".into(),
            Patch::Open => "open".into(),
            Patch::Other => "other".into(),
        }
    }

    #[test]
    fn a_patch_is_what_it_touches() {
        let patch =
            |body: Json, name: &str| of(&json!({"type": "patchManifest", "manifestName": name, "patchBody": body}));
        assert_eq!(patch(json!([{"spec": {"template": {"spec": {}}}}]), "deployment shop"), "pods");
        assert_eq!(patch(json!({"spec": {"jobTemplate": {}}}), "cronJob shop"), "pods");
        assert_eq!(
            patch(
                json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "x"}]),
                "deployment shop"
            ),
            "pods"
        );
        assert_eq!(
            patch(
                json!([{"op": "copy", "from": "/spec/template", "path": "/metadata/annotations/x"}]),
                "deployment shop"
            ),
            "pods"
        );
        assert_eq!(patch(json!([{"op": "replace", "path": "/spec", "value": {}}]), "deployment shop"), "pods");
        assert_eq!(patch(json!("${x}"), "deployment shop"), "open");
        assert_eq!(patch(json!(["${x}"]), "deployment shop"), "open");
        assert_eq!(patch(json!([{"op": "replace", "path": "${x}"}]), "deployment shop"), "open");
        assert_eq!(patch(json!([{"spec": {"replicas": 3}}]), "deployment shop"), "To(3.0)");
        assert_eq!(patch(json!([{"metadata": {"labels": {"a": "b"}}}]), "deployment shop"), "other");
        assert_eq!(patch(json!([{"spec": {"selector": {"app": "shop"}}}]), "service shop"), "routes");
        assert_eq!(of(&json!({"type": "patchManifest", "source": "artifact"})), "open");
    }

    #[test]
    fn the_previous_group_is_a_way_back() {
        let back = |stage: Json| {
            let document = Document::json(stage.to_string()).unwrap();
            is_way_back(&Stage::read(document.root(), false))
        };
        assert!(back(json!({"type": "undoRolloutManifest"})) && back(json!({"type": "rollbackCluster_gce"})));
        assert!(back(json!({"type": "enableManifest", "criteria": "second_newest"})));
        assert!(back(json!({"type": "enableServerGroup", "target": "ancestor_asg_dynamic"})));
        assert!(!back(json!({"type": "enableServerGroup", "target": "current_asg_dynamic"})));
        assert!(
            !back(json!({"type": "enableManifest", "criteria": "newest"})) && !back(json!({"type": "enableManifest"}))
        );
    }
}
