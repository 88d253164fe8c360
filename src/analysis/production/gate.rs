//! Which stages are gates.
//!
//! Whoever writes a pipeline writes the stage too, so nothing that an author can write makes a gate: it is a stage that the platform
//! team defined, known by its own type and the alias under which Orca reads that definition (`PreconfiguredJobStage.groovy`), or a
//! plain Run Job whose image the policy lists, and which runs that image as the gate.

use crate::base::sanitize::quoted;
use crate::document::Kind;
use crate::document::value::Value;
use crate::kubernetes::image;
use crate::policy::GatePolicy;
use crate::policy::gate::{BASE_NAME, SHIPPED_TYPES};
use crate::spinnaker::evaluate::is_expression;
use crate::spinnaker::stage::Stage;

/// The commands that judge the execution they run in, and fail with it.
const COMMANDS: [&str; 2] = ["gate", "judge"];

/// Options after which `plimsoll` prints something and judges nothing.
const JUDGES_NOTHING: [&str; 4] = ["-h", "--help", "-V", "--version"];

/// The option and the variable that say which execution a gate judges.
const EXECUTION_OPTION: &str = "--execution";
const EXECUTION_VARIABLE: &str = "PLIMSOLL_EXECUTION_ID";

/// What a stage is, as a gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    Gate,
    /// It looks like a gate and is not one: why, as the end of a sentence that begins with the stage.
    Lookalike(String),
    Other,
}

/// Whether `stage` is a gate. `execution` is the id of the execution that it is part of, where there is one.
pub fn recognise(stage: &Stage<'_>, policy: &GatePolicy, execution: Option<&str>) -> Recognised {
    let is_named = policy.stage_types.contains(&stage.kind);
    let alike = |why: String| if is_named { Recognised::Lookalike(why) } else { Recognised::Other };
    match stage.effective_type() {
        "preconfiguredJob" if is_named => Recognised::Gate,
        // The shipped type is that of a Job. A platform team that defines a webhook or remote stage as a gate lists its type.
        "preconfiguredWebhook" | "remote" if is_named && !SHIPPED_TYPES.contains(&&*stage.kind) => Recognised::Gate,
        // Orca does not run `runJobManifest` without its alias, but a saved pipeline without the alias still means a Run Job.
        "runJob" | "runJobManifest" => of_job(stage, policy, execution),
        _ if stage.alias.is_none() => {
            alike("lacks the alias preconfiguredJob, without which Orca cannot run it".to_owned())
        }
        other => alike(format!("runs as {}", quoted(other, 40))),
    }
}

fn of_job(stage: &Stage<'_>, policy: &GatePolicy, execution: Option<&str>) -> Recognised {
    let containers = || {
        stage.settings.at(&["manifest", "spec", "template", "spec"]).into_iter().flat_map(|pod| pod.list("containers"))
    };
    let image = |container: Value<'_>| container.str("image").map(std::borrow::Cow::into_owned);
    let is_listed = |image: &str| policy.images.iter().any(|pattern| image::matches(pattern, image));
    let listed = containers().position(|container| image(container).is_some_and(|image| is_listed(&image)));
    match listed {
        None => {
            let is_called = policy.stage_types.contains(&stage.kind)
                || containers().filter_map(image).any(|image| image::base_name(&image) == BASE_NAME);
            let why = "is a plain Run Job whose image gate.images of the policy does not list";
            if is_called { Recognised::Lookalike(why.to_owned()) } else { Recognised::Other }
        }
        Some(0) => match containers().next().and_then(|first| runs_otherwise(stage, first, execution)) {
            Some(why) => Recognised::Lookalike(why),
            None => Recognised::Gate,
        },
        Some(_) => Recognised::Lookalike("runs the gate's image, but not in its first container".to_owned()),
    }
}

/// Why a Run Job does not run the gate of this execution, although its first container has the gate's image.
fn runs_otherwise(stage: &Stage<'_>, container: Value<'_>, execution: Option<&str>) -> Option<String> {
    let provider = stage.setting("cloudProvider").filter(|provider| !provider.is_blank());
    if provider.is_some_and(|provider| provider.as_str().is_none_or(|text| !text.eq_ignore_ascii_case("kubernetes"))) {
        return Some("does not run on Kubernetes, so its manifest is not what runs".to_owned());
    }
    if let Some(key) = not_from_text(stage) {
        return Some(format!("takes its manifest from elsewhere (`{key}`)"));
    }
    if has_open_key(stage, container) {
        return Some("has a key that is an expression, which may be any setting".to_owned());
    }
    let manifest = stage.setting("manifest")?;
    if manifest.get("kind").is_some_and(|kind| !kind.is_str("Job")) {
        return Some("does not run a Job".to_owned());
    }
    if container.get("command").is_some_and(|command| !command.is_blank()) {
        return Some("has a `command` that replaces the gate".to_owned());
    }
    runs_other_arguments(container, execution)
        .map(str::to_owned)
        .or_else(|| judges_other_execution(container, execution))
}

/// A setting under which Orca takes the Job's manifest from an artifact (`ManifestEvaluator.java`).
pub fn not_from_text(stage: &Stage<'_>) -> Option<&'static str> {
    let source = stage.setting("source").filter(|source| !source.is_blank());
    if source.is_some_and(|source| source.as_str().is_none_or(|text| !text.eq_ignore_ascii_case("text"))) {
        return Some("source");
    }
    None
}

fn has_open_key(stage: &Stage<'_>, container: Value<'_>) -> bool {
    let path = ["manifest", "spec", "template", "spec"];
    let below = (1..=path.len()).filter_map(|depth| stage.settings.at(path.get(..depth)?));
    let variables = container.list("env");
    let mut objects = below.chain([stage.settings, container]).chain(variables);
    objects.any(|object| object.entries().any(|(key, _)| key.as_str().is_some_and(|key| is_expression(&key))))
}

/// The arguments are nothing, or `gate` or `judge` and its options.
fn runs_other_arguments(container: Value<'_>, execution: Option<&str>) -> Option<&'static str> {
    let given = container.get("args").filter(|given| !given.is_blank())?;
    if given.kind() != Kind::Array || given.elements().any(|argument| argument.as_str().is_none()) {
        return Some("has invalid `args`: not a list of texts");
    }
    let arguments: Vec<String> =
        given.elements().filter_map(|argument| argument.as_str().map(std::borrow::Cow::into_owned)).collect();
    if arguments.first().is_some_and(|first| !COMMANDS.contains(&&**first)) {
        return Some("has `args` that run something else than the gate");
    }
    if arguments.iter().any(|argument| JUDGES_NOTHING.contains(&argument.trim())) {
        return Some("has `args` under which the gate judges nothing");
    }
    let mut before = "";
    for argument in arguments.iter().map(String::as_str) {
        let is_value = before.starts_with("--") && !before.contains('=');
        if is_expression(argument) && !is_value && !argument.starts_with("--") {
            return Some("has `args` by expression");
        }
        let named = argument.strip_prefix(EXECUTION_OPTION).and_then(|rest| rest.strip_prefix('='));
        let named = named.or((before == EXECUTION_OPTION).then_some(argument));
        if named.is_some_and(|id| !names_this(id, execution)) {
            return Some("judges another execution (`--execution`)");
        }
        before = argument;
    }
    None
}

fn judges_other_execution(container: Value<'_>, execution: Option<&str>) -> Option<String> {
    let mut variables = container
        .list("env")
        .filter(|variable| variable.get("name").is_some_and(|name| name.is_str(EXECUTION_VARIABLE)));
    let is_other = |variable: Value<'_>| !variable.str("value").is_some_and(|id| names_this(&id, execution));
    variables.any(is_other).then(|| format!("judges another execution (`{EXECUTION_VARIABLE}`)"))
}

/// Whether `id` is that of the execution around it: the id itself, or the expression that Orca evaluates to it.
fn names_this(id: &str, execution: Option<&str>) -> bool {
    let inside = id.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).map(str::trim);
    let is_own = matches!(inside, Some("execution.id" | "execution['id']" | "execution[\"id\"]"));
    is_own || execution.is_some_and(|own| own == id)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::document::Document;

    const IMAGE: &str = "registry.example.com/platform/plimsoll:1.2";

    fn recognised(stage: &Json) -> Recognised {
        let document = Document::json(stage.to_string()).unwrap();
        let policy =
            GatePolicy { images: vec!["registry.example.com/platform/plimsoll:*".into()], ..GatePolicy::default() };
        recognise(&Stage::read(document.root(), false), &policy, Some("E1"))
    }

    fn job(change: impl Fn(&mut Json)) -> Recognised {
        let mut stage = json!({"type": "runJobManifest", "alias": "runJob", "cloudProvider": "kubernetes", "source": "text",
            "manifest": {"kind": "Job", "spec": {"template": {"spec": {"containers": [{"name": "gate", "image": IMAGE}]}}}}});
        change(&mut stage);
        recognised(&stage)
    }

    fn container(change: impl Fn(&mut Json)) -> Recognised {
        job(|stage| change(&mut stage["manifest"]["spec"]["template"]["spec"]["containers"][0]))
    }

    #[test]
    fn a_defined_stage_is_known_by_type_and_alias() {
        let of = |kind: &str, alias: &str| recognised(&json!({"type": kind, "alias": alias}));
        assert_eq!(of("plimsollGate", "preconfiguredJob"), Recognised::Gate);
        for alias in ["webhook", "preconfiguredWebhook", "remote", "wait", "script", "runJob", ""] {
            assert!(matches!(of("plimsollGate", alias), Recognised::Lookalike(_)), "{alias}");
        }
        assert_eq!(of("plimsollJudge", "preconfiguredJob"), Recognised::Gate);
        assert!(matches!(of("plimsollJudge", "preconfiguredWebhook"), Recognised::Lookalike(_)));
        assert_eq!(of("otherGate", "preconfiguredJob"), Recognised::Other);
        assert_eq!(of("wait", "plimsollGate"), Recognised::Other);
    }

    #[test]
    fn a_plain_job_is_known_by_what_it_runs() {
        assert_eq!(job(|_| ()), Recognised::Gate);
        for args in [
            json!([]),
            json!(["gate"]),
            json!(["gate", "--deadline", "3m", "--execution", "${execution.id}"]),
            json!(["judge", "--judge", "Go?"]),
        ] {
            assert_eq!(container(|it| it["args"] = args.clone()), Recognised::Gate, "{args}");
        }
        let id = |value: &str| container(|it| it["env"] = json!([{"name": "PLIMSOLL_EXECUTION_ID", "value": value}]));
        assert_eq!((id("${ execution.id }"), id("E1")), (Recognised::Gate, Recognised::Gate));
        let sidecar = job(|stage| {
            let containers = &mut stage["manifest"]["spec"]["template"]["spec"]["containers"];
            containers.as_array_mut().unwrap().push(json!({"name": "proxy", "image": "istio/proxyv2:1"}));
        });
        assert_eq!(sidecar, Recognised::Gate);
    }

    #[test]
    fn a_fake_is_none() {
        let fake =
            |what: &str, found: Recognised| assert!(matches!(found, Recognised::Lookalike(_)), "{what}: {found:?}");
        fake("image", container(|it| it["image"] = json!("evil.example/plimsoll:1")));
        fake("command", container(|it| it["command"] = json!(["true"])));
        for args in [
            json!(["demo"]),
            json!(["gate", "--help"]),
            json!(["judge", "--help"]),
            json!(["judgement"]),
            json!(["judge", "--execution=E2"]),
            json!(["${x}"]),
            json!("gate"),
            json!(["gate", "--execution=E2"]),
        ] {
            fake("args", container(|it| it["args"] = args.clone()));
        }
        for variable in
            [json!({"value": "E2"}), json!({"value": "${trigger.id}"}), json!({"valueFrom": {"configMapKeyRef": {}}})]
        {
            fake(
                "id",
                container(|it| {
                    let mut variable = variable.clone();
                    variable["name"] = json!("PLIMSOLL_EXECUTION_ID");
                    it["env"] = json!([variable]);
                }),
            );
        }
        fake(
            "second",
            job(|stage| {
                let containers = &mut stage["manifest"]["spec"]["template"]["spec"]["containers"];
                containers.as_array_mut().unwrap().insert(0, json!({"name": "x", "image": "busybox"}));
            }),
        );
        fake("artifact", job(|stage| stage["source"] = json!("artifact")));
        fake("source", job(|stage| stage["source"] = json!("${x}")));
        fake("provider", job(|stage| stage["cloudProvider"] = json!("titus")));
        fake("kind", job(|stage| stage["manifest"]["kind"] = json!("${x}")));
        fake("key", container(|it| it["${'command'}"] = json!(["true"])));
        assert_eq!(container(|it| it["image"] = json!("busybox")), Recognised::Other);
    }
}
