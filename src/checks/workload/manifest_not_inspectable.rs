//! `manifest-not-inspectable`.

use crate::checks::api::{Context, Control, Enforced, Family, Finding, Report, Severity, declare_check, stage_label};
use crate::kubernetes::manifest::OpaqueReason;

declare_check! {
    /// # What it checks
    /// The document must contain every manifest that a stage deploys, so that it can be inspected. An artifact that is fetched when the
    /// stage runs, an expression, and a reference into the artifact store cannot be: inconclusive in an execution, a warning in a
    /// saved pipeline. If the stage has already run, the manifests it applied are inspected instead.
    ///
    /// # Why it matters
    /// A manifest that was not inspected may hold anything. About half of the deploy stages in public pipelines use an artifact, so the
    /// verdict reports what it did not cover.
    ///
    /// # Remedy
    /// Check the rendered manifest where it is built (`plimsoll check manifest.yaml`), or put it into the stage.
    id: "manifest-not-inspectable",
    summary: "a manifest cannot be inspected before it is deployed",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [],
    evidence: [],
    detectors: [],
    controls: [Control::NistCm3, Control::PciDss6_5_1],
    since: "0.1.0",
}

const REMEDY: &str =
    "check the rendered manifest where it is built (plimsoll check manifest.yaml), or put it into the stage";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let manifests = context.manifests;
    if manifests.opaque.is_empty() && manifests.readable.is_empty() {
        return report.not_applicable("the document deploys no manifest");
    }
    let Some(pipeline) = context.input.pipeline.as_ref() else { return };
    for opaque in &manifests.opaque {
        let Some(stage) = pipeline.stages.get(opaque.stage) else { continue };
        let why = match opaque.why {
            OpaqueReason::Artifact => "is an artifact that is fetched when the stage runs",
            OpaqueReason::Expression => "is an expression that is evaluated when the stage runs",
            OpaqueReason::Stored => "is a reference into the artifact store",
            OpaqueReason::Unparsed => "is a text that is neither a YAML nor a JSON object",
            OpaqueReason::UnknownSource => "has a source other than text or artifact",
        };
        let message = format!("the manifest of {} {why}, so it cannot be inspected", stage_label(stage));
        report.unsettled(context, Finding::at(opaque.value, message, REMEDY).stage(opaque.stage));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::checks::testing::{Cases, run};
    use crate::verdict::CheckOutcome;

    fn saved(settings: Json) -> Json {
        let mut stage = json!({"refId": "1", "type": "deployManifest", "name": "Deploy"});
        for (key, value) in settings.as_object().unwrap() {
            stage[key] = value.clone();
        }
        json!({"stages": [stage]})
    }

    #[test]
    fn an_applied_manifest_passes() {
        let applied = json!({"status": "SUCCEEDED", "stages": [{"refId": "1", "type": "deployManifest", "name": "d", "status": "SUCCEEDED",
            "context": {"source": "artifact", "manifestArtifactId": "a", "outputs.manifests": [{"kind": "Service"}]}}]});
        assert_eq!(run(&check(), applied).outcome, CheckOutcome::Passed);
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a manifest that is not in the document warns, or is inconclusive in an execution");
        cases
            .warns(saved(json!({"source": "artifact", "manifestArtifactId": "a1"})), &["/stages/0/manifestArtifactId"]);
        cases.warns(saved(json!({"source": "text", "manifests": ["${#readYaml(x)}"]})), &["/stages/0/manifests/0"]);
        let stored = json!({"type": "remote/map/base64", "reference": "ref://shop/00"});
        cases.warns(saved(json!({"source": "text", "manifests": [stored]})), &["/stages/0/manifests/0"]);
        cases.warns(saved(json!({"source": "${parameters.source}"})), &["/stages/0/source"]);
        cases.inconclusive(json!({"status": "RUNNING", "stages": [{"refId": "1", "type": "deployManifest", "name": "d", "context": {"source": "artifact"}}]}));

        cases.about("a manifest in the document passes");
        let manifest = json!({"kind": "Service", "metadata": {"name": "${x}"}});
        cases.quiet(saved(json!({"source": "text", "manifests": [manifest]})));
        cases.quiet(json!({"stages": [{"refId": "1", "type": "wait"}]}));
        cases
    }
}
