//! `gate-image-replaced`.

use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::gates;
use crate::document::value::Value;
use crate::kubernetes::image::{base_name, matches, repository};
use crate::policy::GatePolicy;
use crate::policy::gate::BASE_NAME;
use crate::spinnaker::pipeline::Pipeline;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// No artifact replaces the image of a gate: not one that is already bound, not a `docker/image` artifact of the same name from
    /// the trigger or from a stage before the gate, and not one that a saved pipeline expects.
    ///
    /// # Why it matters
    /// Clouddriver binds artifacts into the Job of every Run Job stage. By default it compares names without tag **and digest**
    /// (`clouddriver-kubernetes/…/artifact/Replacer.java`), so a gate pinned by digest runs any image of that name that a trigger
    /// supplies. This cannot be disabled.
    ///
    /// # Remedy
    /// Give the gate's image a name that no artifact of any pipeline has, and remove such artifacts from this pipeline.
    id: "gate-image-replaced",
    summary: "an artifact replaces the image of a gate",
    family: Family::Gate,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [],
    detectors: ["bound-artifact", "matching-artifact"],
    controls: [Control::PciDss6_5_1, Control::NistSi7, Control::NistCm5, Control::SoxChangeManagement],
    since: "0.1.0",
}

const REMEDY: &str = "give the gate's image a name that no artifact of this pipeline has";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some((pipeline, gates)) = gates::stages(context, report) else { return };
    let before = pipeline.graph.ancestors(&context.production().gates);
    let artifacts: Vec<Value<'d>> =
        of_trigger(pipeline).chain(of_stages(pipeline, &before)).filter(|artifact| is_docker(*artifact)).collect();
    for (index, stage) in gates {
        let images = images(stage);
        let replaces = |artifact: &Value<'d>| replaces(*artifact, &images, &context.policy.gate);
        let bound = stage.settings.list("outputs.boundArtifacts").filter(|artifact| is_docker(*artifact));
        for artifact in bound.filter(&replaces) {
            let name = sanitize(&name_of(artifact), 120);
            let message = format!("artifact {name:?} replaced the image of gate {}", stage_label(stage));
            report.finding(Finding::at(artifact, message, REMEDY).detector("bound-artifact").stage(index));
        }
        for artifact in artifacts.iter().copied().filter(&replaces) {
            let name = sanitize(&name_of(artifact), 120);
            let message = format!("artifact {name:?} will replace the image of gate {}", stage_label(stage));
            report.finding(Finding::at(artifact, message, REMEDY).detector("matching-artifact").stage(index));
        }
    }
}

/// Whether Clouddriver would put `artifact` in place of one of a gate's `images`.
fn replaces(artifact: Value<'_>, images: &[std::borrow::Cow<'_, str>], gates: &GatePolicy) -> bool {
    let name = name_of(artifact);
    let is_same = images.iter().any(|image| repository(image) == repository(&name));
    let reference = artifact.str("reference").unwrap_or_default();
    let is_itself = !reference.is_empty() && images.iter().any(|image| **image == *reference);
    // The image of a preconfigured gate is not known before it runs, so its name and those of the policy decide.
    let is_listed = gates.images.iter().any(|known| matches(repository(known), &name));
    let is_gates = images.is_empty() && (base_name(&name) == BASE_NAME || is_listed);
    (is_same || is_gates) && !is_itself
}

fn images<'d>(stage: &Stage<'d>) -> Vec<std::borrow::Cow<'d, str>> {
    let spec = stage.settings.at(&["manifest", "spec", "template", "spec"]);
    let containers = spec
        .into_iter()
        .flat_map(|spec| ["containers", "initContainers"].into_iter().flat_map(move |key| spec.list(key)));
    containers.filter_map(|container| container.str("image")).collect()
}

fn is_docker(artifact: Value<'_>) -> bool {
    artifact.get("type").is_some_and(|kind| kind.is_str("docker/image"))
}

fn name_of(artifact: Value<'_>) -> String {
    artifact.str("name").or_else(|| artifact.str("reference")).unwrap_or_default().into_owned()
}

/// The artifacts of the trigger, or those that a saved pipeline expects.
fn of_trigger<'d>(pipeline: &Pipeline<'d>) -> impl Iterator<Item = Value<'d>> + use<'d> {
    let expected = |value: Value<'d>, key: &'static str| {
        value.get_all(key).flat_map(Value::elements).flat_map(|expected| {
            ["boundArtifact", "matchArtifact", "defaultArtifact"].into_iter().filter_map(move |key| expected.get(key))
        })
    };
    let value = pipeline.value;
    let of_trigger = value.get("trigger").filter(|_| pipeline.is_execution).into_iter();
    let first = of_trigger.flat_map(move |trigger| {
        trigger.get_all("artifacts").flat_map(Value::elements).chain(expected(trigger, "resolvedExpectedArtifacts"))
    });
    let is_saved = !pipeline.is_execution;
    first.chain(is_saved.then_some(value).into_iter().flat_map(move |value| expected(value, "expectedArtifacts")))
}

/// The artifacts that stages before a gate produce.
fn of_stages<'a, 'd>(pipeline: &'a Pipeline<'d>, before: &'a [bool]) -> impl Iterator<Item = Value<'d>> + use<'a, 'd> {
    pipeline.authored().filter(|(index, _)| before.get(*index).copied().unwrap_or(false)).flat_map(|(_, stage)| {
        let outputs = stage.value.get("outputs");
        outputs.into_iter().flat_map(|outputs| outputs.list("artifacts")).chain(stage.settings.list("artifacts"))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::{Case, Cases, built_in};
    use crate::policy::Profile;

    const IMAGE: &str = "ghcr.io/acme/plimsoll@sha256:00";

    fn pipeline(artifact: &Json) -> Json {
        json!({"status": "RUNNING", "trigger": {"type": "docker", "artifacts": [artifact]}, "stages": [{"refId": "1", "type": "runJobManifest", "name": "Gate",
            "context": {"alias": "runJob", "manifest": {"spec": {"template": {"spec": {"containers": [{"image": IMAGE}]}}}}}}]})
    }

    fn case(document: Json) -> Case {
        let mut policy = built_in(Profile::Strict);
        policy.gate.images = vec!["ghcr.io/acme/plimsoll".into()];
        Case { policy, ..document.into() }
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("an artifact of the gates name fires");
        let evil =
            json!({"type": "docker/image", "name": "ghcr.io/acme/plimsoll", "reference": "ghcr.io/acme/plimsoll:evil"});
        cases.fires(case(pipeline(&evil)), &["/trigger/artifacts/0"]);
        let mut bound = pipeline(&json!({}));
        bound["stages"][0]["context"]["outputs.boundArtifacts"] = json!([evil]);
        cases.fires(case(bound), &["/stages/0/context/outputs.boundArtifacts/0"]);
        let saved = json!({"application": "shop", "expectedArtifacts": [{"matchArtifact": {"type": "docker/image", "name": "ghcr.io/acme/plimsoll"}}],
            "stages": [{"type": "plimsollGate", "alias": "preconfiguredJob"}]});
        cases.fires(saved, &["/expectedArtifacts/0/matchArtifact"]);
        let found = json!({"status": "RUNNING", "stages": [
            {"refId": "1", "type": "findImage", "outputs": {"artifacts": [evil]}},
            {"refId": "2", "requisiteStageRefIds": ["1"], "type": "plimsollGate", "context": {"alias": "preconfiguredJob"}}]});
        cases.fires(found, &["/stages/0/outputs/artifacts/0"]);

        cases.about("other images and the gates own stay quiet");
        for artifact in [
            json!({"type": "docker/image", "name": "ghcr.io/acme/shop", "reference": "ghcr.io/acme/shop:1"}),
            json!({"type": "docker/image", "name": "ghcr.io/acme/plimsoll", "reference": IMAGE}),
            json!({"type": "github/file", "name": "ghcr.io/acme/plimsoll"}),
            json!({"type": "docker/image", "name": "ghcr.io/acme/plimsoll-demo"}),
        ] {
            cases.quiet(case(pipeline(&artifact)));
        }
        cases
    }
}
