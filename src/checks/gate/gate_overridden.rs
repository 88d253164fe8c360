//! `gate-overridden`.

use crate::analysis::own_execution::names_job;
use crate::base::sanitize::sanitize;
use crate::checks::api::{
    Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check, stage_label,
};
use crate::document::value::Value;

use crate::spinnaker::stage::Stage;

declare_check! {
    /// # What it checks
    /// A gate stage is what the platform team made of it: no `dynamicParameters`, which replace any path of a preconfigured job; no
    /// `deploy.jobs` that somebody wrote beforehand, which make Orca wait for another Job; no `ConfigMap` or `Secret` artifact bound
    /// into its Job. Variables and arguments that name the policy, the profile or the addresses in a gate that the pipeline's author
    /// wrote are a warning: such a gate is advisory.
    ///
    /// # Why it matters
    /// `dynamicParameters` come last and reach every path, image and `waitForCompletion` included; a `deploy.jobs` in the stage is
    /// kept, and Orca reads the old Job's answer (both seen on a running Orca). Either way the red gate counts as green.
    ///
    /// # Remedy
    /// Take the keys out of the stage. What a gate needs to be told has a declared parameter in the stage definition.
    id: "gate-overridden",
    summary: "a gate stage carries what replaces the gate, its answer or its settings",
    family: Family::Gate,
    severity: Severity::Critical,
    enforced: Enforced::ALWAYS,
    facts: [Fact::Production],
    evidence: [],
    detectors: [],
    controls: [Control::PciDss6_5_1, Control::SoxChangeManagement, Control::NistCm5, Control::NistSi7],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let Some(pipeline) = context.input.pipeline.as_ref() else {
        return report.not_applicable("the document has no stages");
    };
    if context.production().gates.is_empty() {
        return report.not_applicable("there is no gate here");
    }
    for &index in &context.production().gates {
        let Some(stage) = pipeline.stages.get(index) else { continue };
        parameters(stage, index, report);
        jobs(context, stage, index, report);
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
        format!("{} is a gate, and dynamicParameters replace parts of it: {}", stage_label(stage), paths.join(", "));
    report.finding(
        Finding::at(given, message, "take dynamicParameters out of the gate stage")
            .detector("dynamic-parameters")
            .stage(index),
    );
}

/// `deploy.jobs` of a stage that has not started anything were written by somebody; so were those that name no Job that
/// Clouddriver said it deployed (`MonitorKatoTask.groovy` writes the key only when it is not there).
fn jobs<'d>(context: &Context<'_, 'd>, stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let Some(jobs) = stage.setting("deploy.jobs").filter(|jobs| jobs.entries().next().is_some()) else { return };
    let is_execution = context.input.pipeline.as_ref().is_some_and(|pipeline| pipeline.is_execution);
    let has_restarted = stage.setting("restartDetails").is_some();
    let is_ahead = !is_execution || (!has_restarted && stage.status().is_some_and(|status| status == "NOT_STARTED"));
    let deployed: Vec<Value<'_>> = stage
        .settings
        .list("kato.tasks")
        .flat_map(|task| task.list("resultObjects"))
        .filter_map(|result| result.get("deployedNamesByLocation"))
        .chain(stage.setting("outputs.manifestNamesByNamespace"))
        .collect();
    let is_one = |name: &str| deployed.iter().any(|names| names_job(*names, name));
    let named_here =
        jobs.entries().flat_map(|(_, names)| names.elements().chain(names.as_str().is_some().then_some(names)));
    let is_other = !deployed.is_empty()
        && named_here.filter_map(Value::as_str).any(|name| !is_one(name.strip_prefix("job ").unwrap_or(&name)));
    // The Job that runs this very process was started by this stage, and it is another that Orca waits for.
    let own = context.own_stage.filter(|own| {
        !own.job.is_empty()
            && context
                .input
                .pipeline
                .as_ref()
                .and_then(|pipeline| pipeline.stage(&own.stage))
                .is_some_and(|(own, _)| own == index)
    });
    let is_other = is_other || own.is_some_and(|own| !has_restarted && !names_job(jobs, &own.job));
    if is_ahead || is_other {
        let message = format!(
            "{} is a gate, and its deploy.jobs was written beforehand: Orca takes another Job's answer for the gate's",
            stage_label(stage)
        );
        report.finding(
            Finding::at(jobs, message, "take deploy.jobs out of the gate stage").detector("deploy-jobs").stage(index),
        );
    }
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
        let message = format!("{} is a gate, and a {kind} artifact is bound into its Job", stage_label(stage));
        report.finding(
            Finding::at(
                artifact,
                message,
                "give the artifact another name than the gate's own ConfigMaps and Secrets have",
            )
            .detector("bound-artifact")
            .stage(index),
        );
    }
}

/// What an author's own gate is told; which policy it judges by is not the author's to say.
fn settings<'d>(stage: &Stage<'d>, index: usize, report: &mut Report<'d>) {
    let told = [
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
    let options = [
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
    let containers = stage
        .settings
        .at(&["manifest", "spec", "template", "spec"])
        .into_iter()
        .flat_map(|spec| spec.list("containers"));
    let places: Vec<Value<'d>> = containers
        .flat_map(|container| {
            let is_told = |variable: &Value<'d>| variable.str("name").is_some_and(|name| told.contains(&&*name));
            let is_option = |argument: &Value<'d>| {
                argument
                    .as_str()
                    .is_some_and(|text| options.contains(&text.trim().split('=').next().unwrap_or_default()))
            };
            let arguments = container.list("args").chain(container.list("command")).filter(is_option);
            container.list("env").filter(is_told).chain(arguments).collect::<Vec<_>>()
        })
        .collect();
    let Some((first, rest)) = places.split_first() else { return };
    let message = format!(
        "{} is a gate that the pipeline's author wrote, and it is told by what to judge and whom to ask",
        stage_label(stage)
    );
    let mut finding =
        Finding::at(*first, message, "use the preconfigured gate stage, whose settings are the platform team's")
            .detector("own-settings")
            .severity(Severity::Low)
            .stage(index)
            .only_warns();
    finding.related = rest.to_vec();
    report.finding(finding);
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

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

        cases.about("what orca writes stays quiet");
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
        let of = |container: Json| json!({"stages": [{"type": "runJobManifest", "alias": "runJob", "manifest": {"spec": {"template": {"spec": {"containers": [container]}}}}}]});
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
