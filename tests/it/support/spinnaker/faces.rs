//! What each service answers where.

use serde_json::{Value, json};

use super::auth::{self, Caller};
use super::reply::{JudgeOptions, Reply};
use super::script;
use super::serve::Recorded;
use super::state::Patched;
use super::{Act, Shared};

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Gate,
    Orca,
    Front50,
    Clouddriver,
    Kayenta,
    Fiat,
}

pub(super) const FACES: [Face; 6] =
    [Face::Gate, Face::Orca, Face::Front50, Face::Clouddriver, Face::Kayenta, Face::Fiat];

/// The answer to `request`, and how it goes out.
pub(super) fn answer(shared: &Shared, request: &Recorded, certificate: Option<&str>) -> (Reply, JudgeOptions) {
    let origin = format!("{}://{}", shared.scheme, request.header("host").unwrap_or_default());
    let path = if request.face == Face::Gate {
        match request.path.strip_prefix(shared.prefix.as_str()) {
            Some(path) => path,
            None => return (Reply::no_route(&request.path), JudgeOptions::Whole),
        }
    } else {
        request.path.as_str()
    };
    let act = act(shared, request.face, false, &request.method, path);
    let is_refused = request.method == "PATCH" && act.as_ref().is_some_and(Act::is_refusal);
    let reply = if is_refused {
        Reply::bare(200)
    } else if request.face == Face::Gate {
        let caller = shared.auth.caller(request, certificate, &format!("{origin}{}/login", shared.prefix));
        gate(shared, request, path, &caller)
    } else {
        let user = request.header("x-spinnaker-user").unwrap_or("anonymous");
        service(shared, request.face, request, path, user)
    };
    match act {
        Some(act) => reply.play(act, &origin, path),
        None => (reply, JudgeOptions::Whole),
    }
}

fn act(shared: &Shared, face: Face, on_behalf: bool, method: &str, path: &str) -> Option<Act> {
    let mut scripts = shared.scripts.lock().expect("no test panics while it holds the scripts");
    script::next(&mut scripts, face, on_behalf, method, path)
}

/// The steps of a path, decoded.
fn steps(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(decode).collect()
}

fn decode(step: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = step.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).expect("two digits");
        let (high, low) = (digit(), digit());
        bytes.push(u8::try_from(high * 16 + low).expect("two digits make a byte"));
    }
    String::from_utf8(bytes).expect("paths are UTF-8")
}

fn gate(shared: &Shared, request: &Recorded, path: &str, caller: &Caller) -> Reply {
    let steps = steps(path);
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    match steps.as_slice() {
        ["health"] => return Reply::json(200, &json!({"status": "UP"})),
        ["auth", "user"] => return auth::user(caller),
        _ => {}
    }
    let user = match caller {
        Caller::Known(user) => user.as_deref().unwrap_or("anonymous"),
        Caller::Refused(reply) => return reply.clone(),
    };
    // What Gate asks the others for on the caller's behalf; their own troubles come through.
    let ask = |face: Face, path: String| {
        let reply = service(shared, face, request, &path, user);
        match act(shared, face, true, &request.method, &path) {
            Some(act) => reply.play(act, "", &path).0,
            None => reply,
        }
    };
    match (request.method.as_str(), steps.as_slice()) {
        ("GET", ["pipelines", id]) => gate_execution(ask(Face::Orca, path.to_owned()), id),
        ("PATCH" | "PUT", ["pipelines", ..]) => gate_change(ask(Face::Orca, path.to_owned())),
        ("GET", ["applications", application]) => gate_application(shared, application),
        ("GET", ["applications", application, "pipelineConfigs", word]) => {
            let state = shared.state();
            let found = state.pipeline_named(application, word).or_else(|| state.pipelines.get(*word)).cloned();
            found.map_or_else(
                || {
                    Reply::not_found(&format!(
                        "Pipeline configuration not found (nameOrId: {word} in application {application})"
                    ))
                },
                |pipeline| Reply::json(200, &pipeline),
            )
        }
        ("GET", ["pipelineConfigs", id, "history"]) => ask(Face::Front50, format!("/pipelines/{id}/history")),
        ("POST", ["v2", "pipelineTemplates", "plan"]) => ask(Face::Orca, path.to_owned()),
        ("GET", ["applications"]) => ask(Face::Front50, "/v2/applications".to_owned()),
        ("GET", ["applications", application, "pipelineConfigs"]) => {
            ask(Face::Front50, format!("/pipelines/{application}"))
        }
        ("GET", ["applications", application, "strategyConfigs"]) => {
            ask(Face::Front50, format!("/strategies/{application}"))
        }
        ("GET", ["notifications", "application", _] | ["v2", "pipelineTemplates", _]) => {
            ask(Face::Front50, path.to_owned())
        }
        ("GET", ["v2", "canaryConfig", id]) => ask(Face::Kayenta, format!("/canaryConfig/{id}")),
        // Gate reads a map of texts and passes it on.
        ("PUT", ["artifacts", "fetch"]) => {
            let texts = serde_json::from_slice::<std::collections::BTreeMap<String, String>>(&request.body);
            if texts.is_err() { unreadable() } else { ask(Face::Clouddriver, path.to_owned()) }
        }
        ("GET", ["credentials"]) => {
            let mut accounts = shared.state().accounts.clone();
            for account in accounts.as_array_mut().into_iter().flatten() {
                account["authorized"] = true.into();
                if request.query != "expand=true" {
                    account.as_object_mut().expect("an account is an object").remove("environment");
                }
            }
            Reply::json(200, &accounts)
        }
        _ => Reply::no_route(path),
    }
}

/// Gate hides what Orca says, but for 404 (S26).
fn gate_execution(orca: Reply, id: &str) -> Reply {
    match orca.status {
        404 => Reply::not_found(&format!("Pipeline not found (id: {id})")),
        300.. => Reply::bare(200),
        _ if orca.body.is_empty() => conversion(),
        _ => orca,
    }
}

/// Gate cannot read an empty answer to a change (C5).
fn gate_change(orca: Reply) -> Reply {
    if orca.is_success() && orca.body.is_empty() { conversion() } else { orca }
}

fn conversion() -> Reply {
    let exception = "com.netflix.spinnaker.kork.retrofit.exceptions.SpinnakerConversionException";
    Reply::error(500, exception, "No content to map due to end-of-input")
}

fn gate_application(shared: &Shared, name: &str) -> Reply {
    let state = shared.state();
    let Some(attributes) = state.document("applications", name) else {
        return Reply::not_found(&format!("Application not found (id: {name})"));
    };
    let mut attributes = attributes.clone();
    if let Some(permission) = state.document("permissions", name) {
        attributes["permissions"] = permission["permissions"].clone();
    }
    Reply::json(200, &json!({"name": name, "attributes": attributes, "clusters": {}}))
}

fn service(shared: &Shared, face: Face, request: &Recorded, path: &str, user: &str) -> Reply {
    let steps = steps(path);
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    if steps == ["health"] {
        return Reply::json(200, &json!({"status": "UP"}));
    }
    match (face, request.method.as_str(), steps.as_slice()) {
        (Face::Orca, "GET", ["pipelines", id]) => {
            shared.state().read(id).map_or_else(|| no_execution(id), |execution| Reply::execution(&execution))
        }
        (Face::Orca, "PATCH", ["pipelines", id, "stages", stage]) => patch(shared, id, stage, &request.body, user),
        (Face::Orca, "PUT", ["pipelines", id, "cancel"]) => {
            shared.state().cancel(id, user, &request.query.replace("reason=", ""));
            Reply::bare(200)
        }
        // What Orca would plan of a configuration, stored under the configuration's id.
        (Face::Orca, "POST", ["v2", "pipelineTemplates", "plan"]) => {
            let configuration: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let id = configuration["id"].as_str().unwrap_or_default();
            match shared.state().document("plans", id) {
                Some(plan) => Reply::json(200, plan),
                None => Reply::error(400, "IllegalArgumentException", "it cannot be planned"),
            }
        }
        (Face::Front50, "GET", ["strategies", application]) => document(shared, "strategies", application),
        (Face::Front50, "GET", ["pipelines", application, "name", name]) => {
            found(shared.state().pipeline_named(application, name), &format!("{application}/{name}"))
        }
        (Face::Front50, "GET", ["pipelines", id, "get"]) => found(shared.state().pipelines.get(*id), id),
        (Face::Front50, "GET", ["pipelines", id, "history"]) => {
            let versions = shared.state().history.get(*id).cloned().map(Value::Array);
            found(versions.as_ref(), id)
        }
        (Face::Front50, "GET", ["v2", "applications"]) => Reply::json(200, &shared.state().applications()),
        (Face::Front50, "GET", ["pipelines", application]) => {
            // An application that does not exist has an empty list.
            Reply::json(200, &shared.state().pipelines_of(application))
        }
        (Face::Front50, "GET", ["v2", "applications", name]) => document(shared, "applications", name),
        (Face::Front50, "GET", ["permissions", "applications", name]) => document(shared, "permissions", name),
        (Face::Front50, "GET", ["notifications", "application", name]) => document(shared, "notifications", name),
        (Face::Front50, "GET", ["v2", "pipelineTemplates", id]) => document(shared, "templates", id),
        (Face::Kayenta, "GET", ["canaryConfig", id]) => document(shared, "canary-configs", id),
        (Face::Fiat, "GET", ["authorize", user, "roles"]) => document(shared, "roles", user),
        (Face::Clouddriver, "PUT", ["artifacts", "fetch"]) => artifact(shared, &request.body),
        (Face::Clouddriver, "GET", ["credentials"]) => Reply::json(200, &shared.state().accounts),
        _ => Reply::no_route(path),
    }
}

fn document(shared: &Shared, kind: &str, name: &str) -> Reply {
    found(shared.state().document(kind, name), name)
}

/// The content of an artifact as raw bytes, without a type; an account that does not exist is a bad argument
/// (`ArtifactCredentialsRepository`).
fn artifact(shared: &Shared, body: &[u8]) -> Reply {
    let Ok(Value::Object(artifact)) = serde_json::from_slice(body) else { return unreadable() };
    let text = |key: &str| artifact.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (account, reference) = (text("artifactAccount"), text("reference"));
    let state = shared.state();
    if !state.artifacts.keys().any(|(known, ..)| *known == account) {
        let exception = "com.netflix.spinnaker.credentials.MissingCredentialsException";
        return Reply::error(400, exception, &format!("No credentials for account {account:?}"));
    }
    match state.artifacts.get(&(account, reference.clone(), text("version"))) {
        Some(content) => Reply { body: content.clone(), ..Reply::bare(200) },
        None => Reply::not_found(&format!("{reference} does not exist")),
    }
}

fn found(document: Option<&Value>, name: &str) -> Reply {
    document.map_or_else(|| Reply::not_found(&format!("Could not find {name}")), |document| Reply::json(200, document))
}

/// Orca's 404 echoes the id (S29).
fn no_execution(id: &str) -> Reply {
    let exception = "com.netflix.spinnaker.orca.pipeline.persistence.ExecutionNotFoundException";
    Reply::error(404, exception, &format!("No PIPELINE found for {id}"))
}

fn patch(shared: &Shared, id: &str, stage: &str, body: &[u8], user: &str) -> Reply {
    let Ok(Value::Object(patch)) = serde_json::from_slice(body) else {
        return unreadable();
    };
    match shared.state().patch(id, stage, &patch, user) {
        Patched::Done(execution) => Reply::execution(&execution),
        Patched::NoExecution => no_execution(id),
        Patched::Nothing => Reply::bare(200),
    }
}

/// What Spring says of a body that it cannot read.
fn unreadable() -> Reply {
    let body =
        json!({"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "Failed to read request"});
    Reply { headers: vec![("content-type", "application/problem+json".to_owned())], ..Reply::json(400, &body) }
}
