//! `inline-kubernetes-secret`.

use crate::checks::api::{Context, Control, Enforced, Family, Report, Severity, declare_check};
use crate::checks::shared::literal::literal_finding;
use crate::document::Kind;
use crate::document::value::Value;
use crate::secrets::detect;

declare_check! {
    /// # What it checks
    /// A manifest of kind `Secret` must not contain its values, neither in `data` (base64 is an encoding, not a protection) nor in
    /// `stringData`. Ignored are Secrets whose values are references (as bank-vaults reads them) or expressions, empty service account
    /// tokens, `SealedSecret` and `ExternalSecret`. Copies in the last-applied annotation and in an execution's results are listed
    /// as related places of the finding.
    ///
    /// # Why it matters
    /// The cluster protects the Secret; the pipeline does not. Everyone with READ on the application can read its values in the
    /// pipeline, in its executions and in their backups.
    ///
    /// # Remedy
    /// Let the cluster fetch it with an `ExternalSecret`, the Secrets Store CSI driver, Vault Agent or bank-vaults, or seal it
    /// (`SealedSecret`). Then rotate the values.
    id: "inline-kubernetes-secret",
    summary: "a Kubernetes Secret in the document contains its values",
    family: Family::Secret,
    severity: Severity::Critical,
    enforced: Enforced::HIGH_IN_STARTER,
    facts: [],
    evidence: [],
    detectors: [detect::KUBERNETES_SECRET],
    controls: [Control::PciDss8_6_2, Control::NistIa5_7, Control::Cis5_4_1, Control::HipaaAuthentication],
    since: "0.1.0",
}

const REMEDY: &str =
    "let the cluster fetch it (ExternalSecret, Vault Agent) or seal it, and rotate it: treat the old value as exposed";

/// The kind of a Secret's manifest, as JSON writes it.
const QUOTED_KIND: &str = "\"Secret\"";

fn run<'d>(context: &Context<'_, 'd>, report: &mut Report<'d>) {
    let secrets = &context.secrets.kubernetes;
    let is_secret = |value: Value<'d>| {
        value.kind() == Kind::String && value.length() == QUOTED_KIND.len() && value.raw() == QUOTED_KIND
    };
    if secrets.is_empty() && !context.input.root.descendants().any(is_secret) {
        return report.not_applicable("the document contains no Kubernetes Secret");
    }
    for literal in secrets {
        report.finding(literal_finding(literal, REMEDY));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value as Json, json};

    use crate::checks::testing::Cases;

    fn secret(change: &Json) -> Json {
        let mut manifest = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "type": "Opaque"});
        for (key, value) in change.as_object().unwrap() {
            manifest[key] = value.clone();
        }
        manifest
    }

    /// Documents on which it fires, and near misses.
    pub(crate) fn cases() -> Cases {
        let mut cases = Cases::default();
        cases.about("values in data and stringData fire, once for all copies");
        let inline = secret(&json!({"data": {"password": "S3g3dHJXMnFMcDk="}}));
        cases.fires(inline.clone(), &["/data/password"]);
        cases.fires(secret(&json!({"stringData": {"any": "Kx7tRw2qLp9"}})), &["/stringData/any"]);
        let results = json!([{"resultObjects": [{"manifests": [inline]}]}]);
        let stage = json!({"refId": "1", "type": "deployManifest", "manifests": [inline], "kato.tasks": results});
        cases.fires(json!({"stages": [stage]}), &["/stages/0/manifests/0/data/password"]);

        cases.about("references, empty Secrets and sealed ones pass");
        cases.quiet(secret(
            &json!({"stringData": {"password": "vault:secret/shop#password", "other": "${parameters.x}"}}),
        ));
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "vault:secret/shop#password");
        cases.quiet(secret(&json!({"data": {"password": encoded}})));
        cases.quiet(secret(&json!({"type": "kubernetes.io/service-account-token"})));
        cases.quiet(json!({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "spec": {"encryptedData": {"password": "AgBy3i4OJSWK"}}}),
        );
        cases
    }
}
