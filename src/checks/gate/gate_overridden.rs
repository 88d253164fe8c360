//! `gate-overridden`.

use crate::analysis::own_execution::names_job;
use crate::analysis::production::gate::not_from_text;
use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::checks::shared::gates;
use crate::document::value::Value;
use crate::policy::Profile;
use crate::spinnaker::holding::open_key;
use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// A gate stage is used as the platform team defined it: without `dynamicParameters`, which replace any field of a preconfigured
    /// job; without a prewritten `deploy.jobs`, which makes Orca wait for another Job; without a `source` that takes the Job from an
    /// artifact; without a `ConfigMap` or `Secret` artifact bound into its Job; and without a `profile` that is looser than the
    /// policy's. A key that is an expression may be any of these. Variables and arguments that set the policy, the profile or addresses in a gate defined by the pipeline
    /// itself are a warning: such a gate is advisory.
    ///
    /// # Why it matters
    /// `dynamicParameters` are applied last and reach every field, image and `waitForCompletion` included. A `deploy.jobs` in the
    /// stage is kept, and Orca reads the old Job's result (both observed on a running Orca). Either way a failed gate counts as
    /// passed.
    ///
    /// # Remedy
    /// Remove the keys from the stage. Whatever a gate needs as input has a declared parameter in the stage definition.
    id: "gate-overridden",
    summary: "a gate stage overrides the gate's Job, its result or its settings",
    family: Family::Gate,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [],
    detectors: [
        "dynamic-parameters", "deploy-jobs", "manifest-source", "bound-artifact", "profile", "open-key", "author-settings"
    ],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm5, Control::NistSi7],
    since: "0.1.0",
}

/// Variables of a gate that only the platform team may set.
const RESERVED_VARIABLES: &[&str] = &[
    "PLIMSOLL_POLICY",
    "PLIMSOLL_PROFILE",
    "PLIMSOLL_CONFIG",
    "PLIMSOLL_ONLY",
    "PLIMSOLL_GATE_URL",
    "PLIMSOLL_ORCA_URL",
    "PLIMSOLL_FRONT50_URL",
    "PLIMSOLL_SOURCE_DIR",
    "VAULT_ADDR",
];

/// Options of a gate that only the platform team may set.
const RESERVED_OPTIONS: &[&str] = &[
    "--policy",
    "--profile",
    "--config",
    "--only",
    "--gate-url",
    "--orca-url",
    "--front50-url",
    "--source-dir",
    "--offline",
];

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some((_, gates)) = gates::stages(context, report) else { return };
    for (index, stage) in gates {
        let stage = &stage.certain();
        parameters(stage, index, report);
        jobs(context, stage, index, report);
        source(stage, index, report);
        profile(context, stage, index, report);
        key(context, stage, index, report);
        bound(stage, index, report);
        if stage.effective_type() == "runJob" {
            settings(stage, index, report);
        }
    }
}

fn parameters<'d>(stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let given = stage
        .setting("dynamicParameters")
        .filter(|given| given.entries().next().is_some() || given.as_str().is_some_and(|text| !text.trim().is_empty()));
    let Some(given) = given else { return };
    let paths: Vec<String> =
        given.entries().take(5).filter_map(|(path, _)| path.as_str().map(|path| sanitize(&path, 80))).collect();
    let message =
        format!("`dynamicParameters` on gate {} override the gate's Job: {}", stage_label(stage), paths.join(", "));
    report.finding(
        Finding::at(given, message, "remove `dynamicParameters` from the gate stage")
            .detector("dynamic-parameters")
            .stage(index),
    );
}

fn jobs<'d>(context: &Context<'_, 'd>, stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let Some(jobs) = stage.setting("deploy.jobs").filter(|jobs| jobs.entries().next().is_some()) else { return };
    if !is_prewritten(context, stage, jobs) && !excludes_this_job(context, stage, index, jobs) {
        return;
    }
    let message = format!(
        "`deploy.jobs` on gate {} was written beforehand: Orca uses the result of another Job",
        stage_label(stage)
    );
    report.finding(
        Finding::at(jobs, message, "remove `deploy.jobs` from the gate stage").detector("deploy-jobs").stage(index),
    );
}

/// A definition does not set `source`, so that one in the stage is kept, and Orca takes the Job from the artifact it names
/// (`PreconfiguredJobStage.groovy`, `KubernetesJobRunner.java`).
fn source<'d>(stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let Some(place) = not_from_text(stage).and_then(|key| stage.setting(key)) else { return };
    let message = format!("`source` on gate {} takes its Job from elsewhere", stage_label(stage));
    let finding = Finding::at(place, message, "remove `source` from the gate stage");
    report.finding(finding.detector("manifest-source").stage(index));
}

/// The profile of the policy is a floor. The gate keeps to it; a stage that asks for less was written by somebody who wants less.
fn profile<'d>(context: &Context<'_, 'd>, stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let Some(place) = stage.settings.at(&["parameters", "profile"]).filter(|place| !place.is_blank()) else { return };
    let (label, floor) = (stage_label(stage), context.policy.profile.word());
    let finding = |message: String| {
        let remedy = format!("remove `profile` from the gate stage, or set it to {floor} or a stricter one");
        Finding::at(place, message, remedy).detector("profile").stage(index)
    };
    let values = place.choices();
    if values.is_empty() {
        let message =
            format!("the profile of gate {label} is an expression, and may be looser than the policy's ({floor})");
        return report.unsettled(context, finding(message));
    }
    let is_looser = |value: &str| Profile::named(value).is_some_and(|profile| profile < context.policy.profile);
    if let Some(looser) = values.iter().find(|value| is_looser(value)) {
        let looser = sanitize(looser, 20);
        report.finding(finding(format!(
            "gate {label} asks for the profile {looser}, looser than the policy's ({floor})"
        )));
    }
}

/// Orca evaluates keys too: one that is an expression may become any setting.
fn key<'d>(context: &Context<'_, 'd>, stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let Some(place) = open_key(stage) else { return };
    let message = format!("gate {} has a key that is an expression, which may be any setting", stage_label(stage));
    let finding = Finding::at(place, message, "write the key of the gate stage without an expression");
    report.unsettled(context, finding.detector("open-key").stage(index));
}

fn has_restarted(stage: &Stage<'_>) -> bool {
    stage.setting("restartDetails").is_some()
}

/// `deploy.jobs` of a stage that has not started anything was written by an author; so was one that names a Job which Clouddriver
/// did not report as deployed (`MonitorKatoTask.groovy` writes the key only when it is missing).
fn is_prewritten(context: &Context<'_, '_>, stage: &Stage<'_>, jobs: Value<'_>) -> bool {
    let is_execution = context.input.pipeline.as_ref().is_some_and(|pipeline| pipeline.is_execution);
    let is_waiting = !has_restarted(stage) && stage.status().is_some_and(|status| status == "NOT_STARTED");
    if !is_execution || is_waiting {
        return true;
    }
    let deployed: Vec<Value<'_>> = stage
        .settings
        .list("kato.tasks")
        .flat_map(|task| task.list("resultObjects"))
        .filter_map(|result| result.get("deployedNamesByLocation"))
        .chain(stage.setting("outputs.manifestNamesByNamespace"))
        .collect();
    let is_deployed = |name: &str| deployed.iter().any(|names| names_job(*names, name));
    let mut named =
        jobs.entries().flat_map(|(_, names)| names.elements().chain(names.as_str().is_some().then_some(names)));
    !deployed.is_empty()
        && named.any(|name| name.as_str().is_some_and(|name| !is_deployed(name.strip_prefix("job ").unwrap_or(&name))))
}

/// Whether this stage started the Job that runs this process, but Orca waits for another.
fn excludes_this_job(context: &Context<'_, '_>, stage: &Stage<'_>, index: usize, jobs: Value<'_>) -> bool {
    let Some(own) = context.own_stage.filter(|own| !own.job.is_empty()) else { return false };
    let own_index = context.input.pipeline.as_ref().and_then(|pipeline| pipeline.stage(&own.stage));
    own_index.is_some_and(|(own, _)| own == index) && !has_restarted(stage) && !names_job(jobs, &own.job)
}

/// `KubernetesJobHandler.artifactReplacers`: `ConfigMap` and Secret volumes, `envFrom` and key references are bound too.
fn bound<'d>(stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let artifacts = stage
        .settings
        .list("outputs.boundArtifacts")
        .chain(stage.settings.list("requiredArtifacts").filter_map(|required| required.get("artifact")));
    for artifact in artifacts {
        let kind = artifact.str("type").unwrap_or_default();
        if !matches!(&*kind, "kubernetes/configMap" | "kubernetes/secret") {
            continue;
        }
        let message = format!("a {kind} artifact is bound into the Job of gate {}", stage_label(stage));
        let remedy = "rename the artifact so that it does not match a ConfigMap or Secret of the gate";
        report.finding(Finding::at(artifact, message, remedy).detector("bound-artifact").stage(index));
    }
}

/// Settings that a gate defined in the pipeline chooses for itself.
fn settings<'d>(stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let pod = stage.settings.at(&["manifest", "spec", "template", "spec"]);
    let mut places = pod.into_iter().flat_map(|pod| pod.list("containers")).flat_map(reserved_settings);
    let Some(first) = places.next() else { return };
    let message = format!(
        "gate {} is defined in the pipeline, which also sets its policy or addresses; it is advisory only",
        stage_label(stage)
    );
    let remedy = "use the preconfigured gate stage, whose settings the platform team controls";
    report.finding(
        Finding::at(first, message, remedy)
            .detector("author-settings")
            .severity(Severity::Low)
            .stage(index)
            .only_warns()
            .related(places),
    );
}

/// The variables and arguments of a container that only the platform team may set.
fn reserved_settings(container: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    let is_reserved =
        |variable: &Value<'_>| variable.str("name").is_some_and(|name| RESERVED_VARIABLES.contains(&&*name));
    let is_option = |argument: &Value<'_>| {
        argument
            .as_str()
            .is_some_and(|text| RESERVED_OPTIONS.contains(&text.trim().split('=').next().unwrap_or_default()))
    };
    let arguments = container.list("args").chain(container.list("command")).filter(is_option);
    container.list("env").filter(is_reserved).chain(arguments)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::{Case, Cases, built_in};
    use crate::policy::Profile;

    fn listed(document: Json) -> Case {
        let mut policy = built_in(Profile::Strict);
        policy.gate.images = vec!["acme/plimsoll".into()];
        Case { policy, ..document.into() }
    }

    fn gate(status: &str, key: &str, value: Json) -> Json {
        let mut context = json!({"alias": "preconfiguredJob"});
        context[key] = value;
        json!({"status": "RUNNING", "stages": [{"refId": "1", "type": "plimsollGate", "name": "Gate", "status": status, "context": context}]})
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what replaces the gate or its answer fires");
        cases.fires(
            gate("RUNNING", "dynamicParameters", json!({"manifest.spec.template.spec.containers[0].image": "busybox"})),
            &["/stages/0/context/dynamicParameters"],
        );
        cases.fires(
            gate("NOT_STARTED", "deploy.jobs", json!({"gates": ["job old-1"]})),
            &["/stages/0/context/deploy.jobs"],
        );
        cases.fires(json!({"stages": [{"type": "plimsollGate", "alias": "preconfiguredJob", "deploy.jobs": {"gates": ["job old-1"]}}]}),
            &["/stages/0/deploy.jobs"],
        );
        let mut swapped = gate("RUNNING", "deploy.jobs", json!({"gates": ["job old-1"]}));
        swapped["stages"][0]["context"]["kato.tasks"] =
            json!([{"resultObjects": [{"deployedNamesByLocation": {"gates": ["job new-2"]}}]}]);
        cases.fires(swapped, &["/stages/0/context/deploy.jobs"]);
        cases.fires(
            gate("RUNNING", "outputs.boundArtifacts", json!([{"type": "kubernetes/configMap", "name": "policy"}])),
            &["/stages/0/context/outputs.boundArtifacts/0"],
        );
        cases.fires(gate("RUNNING", "source", json!("artifact")), &["/stages/0/context/source"]);
        cases.fires(
            gate("RUNNING", "parameters", json!({"profile": "${'star' + 'ter'}"})),
            &["/stages/0/context/parameters/profile"],
        );
        cases.inconclusive(gate("RUNNING", "parameters", json!({"profile": "${x}"})));
        cases.inconclusive(gate("RUNNING", "${'dynamic' + x}", json!({"a": "b"})));
        cases.about("the policy's profile is a floor");
        let production = |profile: &str| Case {
            policy: built_in(Profile::Production),
            ..gate("RUNNING", "parameters", json!({"profile": profile})).into()
        };
        cases.fires(production("starter"), &["/stages/0/context/parameters/profile"]);
        cases.quiet(production("production"));
        cases.quiet(production("strict"));

        cases.about("what orca writes stays quiet");
        cases.quiet(gate("RUNNING", "source", json!("text")));
        cases.quiet(gate("RUNNING", "dynamicParameters", json!({})));
        cases.quiet(gate("RUNNING", "deploy.jobs", json!({"gates": ["job new-2"]})));
        let mut own = gate("RUNNING", "deploy.jobs", json!({"gates": ["job new-2"]}));
        own["stages"][0]["context"]["kato.tasks"] =
            json!([{"resultObjects": [{"deployedNamesByLocation": {"gates": ["job new-2"]}}]}]);
        cases.quiet(own);
        cases.quiet(gate("RUNNING", "outputs.boundArtifacts", json!([{"type": "docker/image", "name": "acme/shop"}])));
        cases
            .quiet(json!({"stages": [{"type": "runJobManifest", "alias": "runJob", "dynamicParameters": {"a": "b"}}]}));

        cases.about("an authors own settings warn");
        let of = |container: Json| {
            listed(
                json!({"stages": [{"type": "runJobManifest", "alias": "runJob", "manifest": {"spec": {"template": {"spec": {"containers": [container]}}}}}]}),
            )
        };
        cases.warns(
            of(json!({"image": "acme/plimsoll:1", "env": [{"name": "PLIMSOLL_POLICY", "value": "/tmp/mine"}]})),
            &["/stages/0/manifest/spec/template/spec/containers/0/env/0"],
        );
        cases.warns(
            of(json!({"image": "acme/plimsoll:1", "args": ["gate", "--profile=starter"]})),
            &["/stages/0/manifest/spec/template/spec/containers/0/args/1"],
        );
        cases.quiet(of(json!({"image": "acme/plimsoll:1", "env": [{"name": "PLIMSOLL_STAGE_ID", "value": "1"}]})));
        cases
    }
}
