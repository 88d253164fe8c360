//! Services, Ingresses and routes: they run nothing, and decide which pods the users reach.

use crate::analysis::production::objects::says_arm;
use crate::document::Kind;
use crate::document::value::Value;
use crate::kubernetes::manifest::Manifest;
use crate::spinnaker::evaluate::is_expression;

/// Kinds that send traffic to services by name.
const ROUTES: &[&str] = &[
    "Ingress",
    "IngressRoute",
    "IngressRouteTCP",
    "VirtualService",
    "DestinationRule",
    "HTTPRoute",
    "GRPCRoute",
    "TCPRoute",
    "TLSRoute",
    "UDPRoute",
    "TrafficSplit",
    "TraefikService",
    "HTTPProxy",
    "Mapping",
    "ServiceEntry",
    "Route",
];

/// Keys under which a route names a back end.
const BACK_END_KEYS: [&str; 6] = ["name", "serviceName", "service", "host", "backend", "rootService"];

/// What a release deploys, as far as routes can name it.
#[derive(Default)]
pub struct Deployed<'d> {
    /// Names of workloads and of the services before them.
    pub names: Vec<String>,
    /// The labels of their pods, and whether these pods are an arm.
    pub pods: Vec<(Value<'d>, bool)>,
}

/// What an object that routes does to the traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routing {
    /// It reaches nothing that the release deploys.
    Unrelated,
    /// It is the arm's own service.
    OfArm,
    /// It reaches what the release deploys.
    Release,
    /// An expression decides what it reaches.
    Open,
    /// It reaches what no manifest shows: another host, or addresses by hand.
    ByHand,
}

/// Whether objects of this kind decide where traffic goes.
pub fn is_route(kind: &str) -> bool {
    matches!(kind, "Service" | "Endpoints" | "EndpointSlice") || ROUTES.contains(&kind)
}

/// What `manifest`, of a kind for which [`is_route`] holds, does.
pub fn routing(manifest: Manifest<'_>, deployed: &Deployed<'_>) -> Routing {
    match &*manifest.kind() {
        "Endpoints" | "EndpointSlice" => Routing::ByHand,
        "Service" => of_service(manifest, deployed),
        _ => of_route(manifest, deployed),
    }
}

fn of_service(manifest: Manifest<'_>, deployed: &Deployed<'_>) -> Routing {
    let Some(spec) = manifest.value.get("spec") else { return Routing::Unrelated };
    if spec.kind() == Kind::String {
        return Routing::Open;
    }
    if spec.get("type").is_some_and(|kind| kind.is_str("ExternalName")) {
        return Routing::ByHand;
    }
    // Without a selector it has the endpoints that somebody writes.
    let Some(selector) = spec.get("selector").filter(|selector| !selector.is_blank()) else { return Routing::ByHand };
    if !selector.is_object() || has_expression(selector) {
        return Routing::Open;
    }
    let selected = deployed.pods.iter().filter(|(labels, _)| selects(selector, *labels));
    let arms: Vec<bool> = selected.map(|(_, is_arm)| *is_arm).collect();
    let is_arms = manifest.name().is_some_and(|name| says_arm(&name));
    match arms.as_slice() {
        [] => Routing::Unrelated,
        found if is_arms && found.iter().all(|is_arm| *is_arm) => Routing::OfArm,
        _ => Routing::Release,
    }
}

/// Whether every label of `selector` is among `labels`.
pub fn selects(selector: Value<'_>, labels: Value<'_>) -> bool {
    selector.entries().all(|(key, value)| {
        let (Some(key), Some(wanted)) = (key.as_str(), value.text()) else { return false };
        // A label by expression may have any value.
        labels.get(&key).and_then(Value::text).is_some_and(|label| label == wanted || is_expression(&label))
    })
}

fn of_route(manifest: Manifest<'_>, deployed: &Deployed<'_>) -> Routing {
    let Some(spec) = manifest.value.get("spec") else { return Routing::Unrelated };
    if spec.kind() == Kind::String {
        return Routing::Open;
    }
    let mut is_open = false;
    let mut todo = vec![spec];
    while let Some(value) = todo.pop() {
        match value.kind() {
            Kind::Array => todo.extend(value.elements()),
            Kind::Object => {
                for (key, value) in value.entries() {
                    let key = key.as_str().unwrap_or_default();
                    if let Some(text) = value.as_str().filter(|_| BACK_END_KEYS.contains(&&*key)) {
                        is_open |= is_expression(&text);
                        let name = text.split('.').next().unwrap_or_default();
                        if deployed.names.iter().any(|known| known == name) {
                            return Routing::Release;
                        }
                    }
                    todo.push(value);
                }
            }
            _ => {}
        }
    }
    if is_open { Routing::Open } else { Routing::Unrelated }
}

fn has_expression(object: Value<'_>) -> bool {
    object.descendants().any(|value| {
        matches!(value.kind(), Kind::String | Kind::Key) && value.as_str().is_some_and(|text| is_expression(&text))
    })
}
