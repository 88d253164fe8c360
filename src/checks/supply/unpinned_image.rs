//! `unpinned-image`.

use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::kubernetes::image;

declare_check! {
    /// # What it checks
    /// Every container image must be named by its digest (`name@sha256:…`). An image that an artifact of the pipeline replaces
    /// (`requiredArtifacts`, expected artifacts and triggers of the type `docker/image`) is not judged by what is written, since the
    /// artifact decides; one that `gate.images` lists is the policy's own. Images of Kubernetes objects, Titus, Amazon ECS, App Engine
    /// and Cloud Foundry are read.
    ///
    /// # Why it matters
    /// A tag is a name that its owner can give to another image: what was tested need not be what runs tomorrow on a new node.
    ///
    /// # Remedy
    /// Write the digest, `name:tag@sha256:…`, or let the pipeline bind a `docker/image` artifact that has one.
    id: "unpinned-image",
    summary: "an image is not pinned to its digest",
    family: Family::Supply,
    severity: Severity::Low,
    enforced: Enforced::STRICT,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_5_1, Control::NistSr4, Control::NistSi7, Control::PciDss6_5_1],
    since: "0.1.0",
}

const REMEDY: &str = "name the image by its digest, as name:tag@sha256:…, or bind it by an artifact that has one";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let images = context.images();
    if images.is_empty() && context.manifests.opaque.is_empty() {
        return report.not_applicable("the document names no container image");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    // The policy itself names the images of gates.
    let is_gate = |text: &str| context.policy.gate.images.iter().any(|gate| image::matches(gate, text));
    let is_pinned = |text: &str| image::is_pinned(text) || is_gate(text);
    for image in images.iter().filter(|image| !image.is_bound && !is_pinned(&image.text)) {
        let message = format!("the image of {} has no digest", image.owner);
        let finding = Finding::at(image.place, message, REMEDY).stage(image.stage);
        report.finding(if image.place.is_open() { finding.only_warns() } else { finding });
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::{restricted, with};

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("an image without a digest fires");
        let key = "/spec/containers/0/image";
        cases.fires(with(key, json!("registry.example.com/shop:1.2.3")), &[key]);
        cases.fires(with(key, json!("nginx")), &[key]);
        let titus =
            json!({"type": "deploy", "refId": "1", "clusters": [{"cloudProvider": "titus", "imageId": "shop:1.2"}]});
        cases.fires(json!({"stages": [titus]}), &["/stages/0/clusters/0/imageId"]);

        cases.about("a digest is fine, and an expression warns");
        cases.quiet(restricted());
        cases.quiet(with(key, json!("shop:1.2@sha256:00")));
        cases.warns(with(key, json!("shop:${x}")), &[key]);
        let deploy =
            json!({"type": "deployManifest", "refId": "1", "source": "text", "manifests": [with(key, json!("shop"))]});
        let expected = json!([{"id": "a", "matchArtifact": {"type": "docker/image", "name": "shop"}}]);
        cases.quiet(json!({"expectedArtifacts": expected, "stages": [deploy]}));
        cases
    }
}
