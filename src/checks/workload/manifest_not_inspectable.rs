//! `manifest-not-inspectable`.

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check, stage_label};
use crate::kubernetes::manifest::OpaqueReason;

declare_check! {
    /// # What it checks
    /// Every manifest that a stage deploys stands in the document, so that it can be looked into. One that is fetched as an artifact
    /// when the stage runs, an expression, and a reference into the artifact store cannot: inconclusive in an execution, a warning in
    /// a saved pipeline. Where the stage has run already, the manifests it applied are looked into instead.
    ///
    /// # Why it matters
    /// A manifest that nobody saw cannot be said to be safe. About half of the deploy stages in public pipelines take theirs from an
    /// artifact, so the verdict has to say what it did not look at.
    ///
    /// # Remedy
    /// Judge the rendered manifest where it is made (`plimsoll check manifest.yaml` in the build), or write it into the stage.
    id: "manifest-not-inspectable",
    summary: "a manifest cannot be looked into before it is deployed",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::NistCm3, Control::PciDss6_5_1],
    since: "0.1.0",
}

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let manifests = context.manifests;
    if manifests.opaque.is_empty() && manifests.readable.is_empty() {
        return report.not_applicable("nothing here deploys a manifest");
    }
    let Some(pipeline) = context.input.pipeline.as_ref() else { return };
    for opaque in &manifests.opaque {
        let Some(stage) = pipeline.stages.get(opaque.stage) else { continue };
        let why = match opaque.why {
            OpaqueReason::Artifact => "is an artifact that is fetched when the stage runs",
            OpaqueReason::Expression => "is an expression that only the running execution settles",
            OpaqueReason::Stored => "is a reference into the artifact store",
            OpaqueReason::UnknownSource => "has a source that is neither text nor artifact",
        };
        let message = format!("the manifest of {} {why}: it cannot be looked into", stage_label(stage));
        let remedy =
            "judge the rendered manifest where it is made (plimsoll check manifest.yaml), or write it into the stage";
        report.unsettled(context, Finding::at(opaque.value, message, remedy).stage(opaque.stage));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Cases, run, stays_quiet, warns};
    use crate::verdict::CheckOutcome;

    fn saved(settings: Json) -> Json {
        let mut stage = json!({"refId": "1", "type": "deployManifest", "name": "Deploy"});
        for (key, value) in settings.as_object().unwrap() {
            stage[key] = value.clone();
        }
        json!({"stages": [stage]})
    }

    /// The check reports places as warnings, so that what "fires" here is a warning in a saved pipeline.
    fn fires(document: Json, pointer: &str) {
        warns(&check(), document, &[pointer]);
    }

    #[test]
    fn inline_and_applied_manifests_are_looked_into() {
        stays_quiet(
            &check(),
            saved(json!({"source": "text", "manifests": [{"kind": "Service", "metadata": {"name": "${x}"}}]})),
        );
        stays_quiet(&check(), json!({"stages": [{"refId": "1", "type": "wait"}]}));
        let applied = json!({"status": "SUCCEEDED", "stages": [{"refId": "1", "type": "deployManifest", "name": "d", "status": "SUCCEEDED",
            "context": {"source": "artifact", "manifestArtifactId": "a", "outputs.manifests": [{"kind": "Service"}]}}]});
        assert_eq!(run(&check(), applied).outcome, CheckOutcome::Passed);
    }

    /// What fires, and what stays quiet.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("what cannot be seen is told");
        fires(saved(json!({"source": "artifact", "manifestArtifactId": "a1"})), "/stages/0/manifestArtifactId");
        fires(saved(json!({"source": "text", "manifests": ["${#readYaml(x)}"]})), "/stages/0/manifests/0");
        fires(
            saved(
                json!({"source": "text", "manifests": [{"type": "remote/map/base64", "reference": "ref://shop/00"}]}),
            ),
            "/stages/0/manifests/0",
        );
        fires(saved(json!({"source": "${parameters.source}"})), "/stages/0/source");
        cases.inconclusive(json!({"status": "RUNNING", "stages": [{"refId": "1", "type": "deployManifest", "name": "d", "context": {"source": "artifact"}}]}),
        );
        cases
    }
}
