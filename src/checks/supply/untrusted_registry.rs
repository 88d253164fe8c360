//! `untrusted-registry`.

use crate::base::sanitize::quoted;
use crate::checks::api::{Context, Control, Enforced, Fact, Family, Finding, Report, Severity, declare_check};
use crate::checks::shared::manifests;
use crate::kubernetes::image;

declare_check! {
    /// # What it checks
    /// Every container image must come from one of the registries that `images.registries` in the policy lists. Without the list the
    /// check does not apply.
    ///
    /// # Why it matters
    /// Images of a registry that nobody chose have been scanned by nobody, and their owner can replace them.
    ///
    /// # Remedy
    /// Copy the image into a registry of the list, or add its registry to `images.registries`.
    id: "untrusted-registry",
    summary: "an image comes from a registry that the policy does not list",
    family: Family::Supply,
    severity: Severity::High,
    enforced: Enforced::FROM_PRODUCTION,
    facts: [Fact::Pods],
    evidence: [],
    detectors: [],
    controls: [Control::Cis5_5_1, Control::NistSr4, Control::NistSr11, Control::PciDss6_3_3],
    since: "0.1.0",
}

const REMEDY: &str = "copy the image into a registry that images.registries lists, or add its registry there";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let registries = &context.policy.images.registries;
    if registries.is_empty() {
        return report.not_applicable("the policy lists no registries (images.registries)");
    }
    let images = context.images();
    if images.is_empty() && context.manifests.opaque.is_empty() {
        return report.not_applicable("the document names no container image");
    }
    manifests::report_unread(context, report);
    report.skipped = manifests::skipped(context);
    for image in images {
        let label = &image.owner;
        let literal = image.text.split("${").next().unwrap_or_default();
        // A reference whose registry is literal shows it, whatever its tag becomes.
        let shows_registry = !image.text.contains("${") || literal.contains([':', '@']) && literal.contains('/');
        if !shows_registry {
            let message = format!("the registry of the image of {label} depends on an expression");
            report.unsettled(context, Finding::at(image.place, message, REMEDY).stage(image.stage));
        } else if !registries.iter().any(|registry| image::is_from(registry, literal)) {
            let name = quoted(&image::completed(literal), 120);
            let message = format!("the image of {label} is {name}, which is of no registry that the policy lists");
            report.finding(Finding::at(image.place, message, REMEDY).stage(image.stage));
        }
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
        cases.about("an image of another registry fires");
        let key = "/spec/containers/0/image";
        let listed = |document: serde_json::Value| {
            let mut case: crate::checks::testing::Case = document.into();
            case.policy.images.registries = vec!["registry.example.com".to_owned(), "ghcr.io/acme".to_owned()];
            case
        };
        cases.fires(listed(with(key, json!("nginx:1.27"))), &[key]);
        cases.fires(listed(with(key, json!("ghcr.io/other/shop:1"))), &[key]);

        cases.about("images of a listed registry are fine, and without a list every one is");
        cases.quiet(listed(restricted()));
        cases.quiet(listed(with(key, json!("ghcr.io/acme/team/shop:${x}"))));
        cases.quiet(with(key, json!("nginx:1.27")));
        cases.warns(listed(with(key, json!("${x}/shop:1"))), &[key]);
        cases
    }
}
