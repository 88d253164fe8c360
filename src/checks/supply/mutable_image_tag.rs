//! `mutable-image-tag`.

use crate::base::sanitize::quoted;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::kubernetes::image::{self, Moves};
use crate::meta::Confidence;

declare_check! {
    /// # What it checks
    /// No container image may be named by a tag that moves: none at all, `latest`, the name of a branch or of an environment (`main`,
    /// `stable`, `prod`). Another tag without any number, and any such tag of an init container, which ends before the application
    /// starts, is a warning outside the profile `strict`. A digest decides whatever the tag says. An image that an artifact of the
    /// pipeline replaces is not judged by what is written, and neither is a tag by expression.
    ///
    /// # Why it matters
    /// The image behind such a tag changes without a release: a restarted pod runs code that nobody released, and a rollback brings the
    /// new code back.
    ///
    /// # Remedy
    /// Name the version or, better, the digest of the image.
    id: "mutable-image-tag",
    summary: "an image has a tag that moves",
    family: Family::Supply,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION_SURE,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_5_1, Control::NistCm2, Control::NistSi7, Control::PciDss6_5_1, Control::SoxChangeManagement],
    since: "0.1.0",
}

const REMEDY: &str = "name the version or the digest of the image";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let images = context.images();
    if images.is_empty() && context.manifests.opaque.is_empty() {
        return report.not_applicable("the document names no container image");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    for image in images.iter().filter(|image| !image.is_bound && !image.place.is_open()) {
        let tag = image::tag(&image.text);
        let confidence = match image::moves(tag) {
            _ if image::is_pinned(&image.text) || image.text.contains("${") => continue,
            Moves::No => continue,
            Moves::Surely if !image.is_of_init => Confidence::High,
            Moves::Surely | Moves::Likely => Confidence::Medium,
        };
        let what =
            tag.map_or_else(|| "no tag, which is latest".to_owned(), |tag| format!("the tag {}", quoted(tag, 60)));
        let message = format!("the image of {} has {what}, so that it changes without a release", image.owner);
        report.finding(Finding::at(image.place, message, REMEDY).stage(image.stage).confidence(confidence));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use crate::checks::testing::Cases;
    use crate::checks::testing::pods::with;

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("a tag that moves fires");
        let key = "/spec/containers/0/image";
        for image in [
            "nginx",
            "nginx:latest",
            "r.example.com:5000/shop:main",
            "shop:stable",
            "shop:1.0-SNAPSHOT",
            "shop:bookworm",
        ] {
            cases.fires(with(key, json!(image)), &[key]);
        }
        let ecs = json!({"type": "deploy", "refId": "1", "clusters": [{"cloudProvider": "ecs", "dockerImageAddress": "shop:latest"}]});
        cases.fires(json!({"stages": [ecs]}), &["/stages/0/clusters/0/dockerImageAddress"]);

        cases.about("versions, commits, digests and bound images are fine");
        for image in [
            "nginx:1.27",
            "shop:v3-alpine",
            "shop:deadbeef",
            "shop:latest@sha256:00",
            "shop:${x}",
            "${x}",
            "r.example.com:5000/shop:2",
        ] {
            cases.quiet(with(key, json!(image)));
        }
        let deploy =
            json!({"type": "deployManifest", "refId": "1", "source": "text", "manifests": [with(key, json!("shop"))]});
        let trigger = json!({"type": "docker", "enabled": true, "registry": "r", "repository": "shop"});
        cases.quiet(json!({"triggers": [trigger], "stages": [deploy]}));
        cases
    }
}
