//! `manifest-not-inspectable`.

use crate::checks::api::{
    Context, Control, Enforced, Family, Finding, Need, Report, Severity, declare_check, stage_label,
};
use crate::kubernetes::manifest::OpaqueReason;
use crate::policy::Uninspectable;

declare_check! {
    /// # What it checks
    /// Every manifest that a stage deploys must be there to be inspected: in the document, baked or embedded as an artifact, or as an
    /// artifact that Spinnaker gives when it is asked (`PUT /artifacts/fetch` of Gate or Clouddriver; `artifacts/NAME@VERSION` or
    /// `artifacts/NAME` in `--source-dir`). If several artifacts may be the one that is bound, each is judged. If the stage has already
    /// run, the manifests it applied are inspected instead.
    ///
    /// - An artifact that Spinnaker does not give is inconclusive in an execution.
    /// - An artifact whose content is judged warns all the same if its reference is not pinned: the stage may fetch other content. A
    ///   commit of GitHub, GitLab, Bitbucket or a server in `git.servers` pins it, and so does a generation of Google Cloud Storage.
    /// - What nobody can show warns, and the checks of workloads are skipped, so that the verdict is partial. In the profile `strict`, and
    ///   with `artifacts.uninspectable: inconclusive` in the policy, it is inconclusive in an execution.
    /// - An expression, or a text that holds no object, in place of a manifest is inconclusive in an execution.
    ///
    /// # Why it matters
    /// A manifest that was not inspected may hold anything. About half of the deploy stages in public pipelines use an artifact, so the
    /// verdict reports what it did not cover.
    ///
    /// # Remedy
    /// Bake the manifest before the gate (a `bakeManifest` stage whose artifact the deploy stage uses), or put it into the stage. Otherwise
    /// let a commit name the artifact's version.
    id: "manifest-not-inspectable",
    summary: "a manifest cannot be inspected before it is deployed",
    family: Family::Workload,
    severity: Severity::Medium,
    enforced: Enforced::STRICT,
    facts: [],
    evidence: [Need::Artifacts],
    detectors: [],
    controls: [Control::NistCm3, Control::PciDss6_5_1],
    since: "0.1.0",
}

const BAKE: &str =
    "bake the manifest before the gate (bakeManifest) and deploy the baked artifact, or put it into the stage";

const PIN: &str =
    "let a commit be the version of the artifact, or bake the manifest before the gate and deploy the baked artifact";

const GIVE: &str = "check the artifact's account, name and version, and that the gate's principal may read the account; or bake the manifest before the gate";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let manifests = context.manifests;
    if manifests.opaque.is_empty() && manifests.readable.is_empty() {
        return report.not_applicable("the document deploys no manifest");
    }
    let Some(pipeline) = context.input.pipeline.as_ref() else { return };
    let only_warns = context.policy.artifacts.uninspectable == Uninspectable::Warn;
    for opaque in &manifests.opaque {
        let Some(stage) = pipeline.stages.get(opaque.stage) else { continue };
        let cannot = |why: &str| format!("the manifest of {} {why}, so it cannot be inspected", stage_label(stage));
        let (message, remedy) = match &opaque.why {
            OpaqueReason::Artifact => (cannot("is an artifact that is fetched when the stage runs"), BAKE),
            OpaqueReason::Expression => (cannot("is an expression that is evaluated when the stage runs"), BAKE),
            OpaqueReason::Stored => (cannot("is a reference into the artifact store"), BAKE),
            OpaqueReason::Unparsed => (cannot("is a text that is neither a YAML nor a JSON object"), BAKE),
            OpaqueReason::UnknownSource => (cannot("has a source other than text or artifact"), BAKE),
            OpaqueReason::Unpinned => {
                let name = stage_label(stage);
                (format!("the manifest of {name} is an artifact that may change before the stage fetches it"), PIN)
            }
            OpaqueReason::NotGiven(why) => {
                (format!("the manifest of {} is an artifact that was not given: {why}", stage_label(stage)), GIVE)
            }
        };
        let finding = Finding::at(opaque.value, message, remedy).stage(opaque.stage);
        if only_warns && opaque.why.is_uninspectable() {
            report.finding(finding.only_warns());
        } else {
            report.unsettled(context, finding);
        }
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
